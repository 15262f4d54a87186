"""What adds and projects ask for, as it is kept in JSON columns."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from cairn.models import AddOptions
from cairn.project import Extractor, ProjectSettings, Wishes

# Under the names Mem0's clients use; the rest of a project's settings is kept and given back.
_SETTINGS: Final = (
    "custom_instructions",
    "agent_custom_instructions",
    "inclusion_prompt",
    "exclusion_prompt",
    "custom_categories",
    "extractor",
    "daily_token_budget",
)


def options_payload(options: AddOptions) -> dict[str, Any]:
    """AddOptions as the event's JSON payload; `to_options` reads it back."""
    wishes = options.wishes
    payload: dict[str, Any] = {
        "infer": options.infer,
        "metadata": dict(options.metadata),
        "categories": list(options.categories),
        "expiration_date": options.expires_on.isoformat() if options.expires_on else None,
        "immutable": options.immutable,
    }
    asked = {
        "timezone": None if options.timezone == "UTC" else options.timezone,
        "procedural": options.procedural or None,
        "allow_bulk": options.allow_bulk or None,
        "allow_duplicates": options.allow_duplicates or None,
        "passed_over": dict(options.passed_over) or None,
        "custom_instructions": wishes.instructions,
        "agent_custom_instructions": wishes.agent_instructions,
        "includes": wishes.includes,
        "excludes": wishes.excludes,
        "custom_categories": [{name: text} for name, text in wishes.categories] or None,
    }
    return payload | {name: value for name, value in asked.items() if value is not None}


def to_options(payload: Mapping[str, Any]) -> AddOptions:
    """The AddOptions of an event's payload."""
    expires_on = payload["expiration_date"]
    return AddOptions(
        infer=payload["infer"],
        metadata=payload["metadata"],
        categories=tuple(payload["categories"]),
        expires_on=date.fromisoformat(expires_on) if expires_on else None,
        immutable=payload["immutable"],
        wishes=Wishes(
            payload.get("custom_instructions"),
            payload.get("agent_custom_instructions"),
            payload.get("includes"),
            payload.get("excludes"),
            _categories(payload),
        ),
        timezone=payload.get("timezone") or "UTC",
        procedural=bool(payload.get("procedural")),
        allow_bulk=bool(payload.get("allow_bulk")),
        allow_duplicates=bool(payload.get("allow_duplicates")),
        passed_over=payload.get("passed_over") or {},
    )


def to_settings(stored: Mapping[str, Any]) -> ProjectSettings:
    """The ProjectSettings of a project's row."""
    return ProjectSettings(
        wishes=Wishes(
            stored.get("custom_instructions"),
            stored.get("agent_custom_instructions"),
            stored.get("inclusion_prompt"),
            stored.get("exclusion_prompt"),
            _categories(stored),
        ),
        extractor=Extractor(stored.get("extractor") or Extractor.MODEL),
        daily_token_budget=stored.get("daily_token_budget"),
        kept={name: value for name, value in stored.items() if name not in _SETTINGS},
    )


def _categories(stored: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for entry in stored.get("custom_categories") or () for name, text in entry.items())
