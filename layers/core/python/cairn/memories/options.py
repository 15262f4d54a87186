"""What an add asks for beside its messages, and how it is kept in the event's JSON column."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cairn.projects.settings import categories_of
from cairn.projects.types import ExtractionInstructions


@dataclass(frozen=True, slots=True)
class AddOptions:
    """What an add asks for beside its messages; stored as the event's payload.

    `extraction` are for extraction by a model alone; `procedural` asks for one memory of how an agent did its work.
    `timezone` is an IANA name, in which relative dates are meant; `allow_bulk` lifts the guard against mass closing.
    `allow_duplicates` keeps a message again that the scope holds in the same words. `passed_over` counts messages that
    said nothing, and such as were mended.
    """

    infer: bool = True
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    categories: tuple[str, ...] = ()
    expires_on: date | None = None
    immutable: bool = False
    extraction: ExtractionInstructions = field(default_factory=ExtractionInstructions)
    timezone: str = "UTC"
    procedural: bool = False
    allow_bulk: bool = False
    allow_duplicates: bool = False
    passed_over: Mapping[str, int] = field(default_factory=dict[str, int])


def options_payload(options: AddOptions) -> dict[str, Any]:
    """AddOptions as the event's JSON payload; `to_options` reads it back."""
    extraction = options.extraction
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
        "custom_instructions": extraction.custom_instructions,
        "agent_custom_instructions": extraction.agent_custom_instructions,
        "includes": extraction.includes,
        "excludes": extraction.excludes,
        "custom_categories": [{name: text} for name, text in extraction.categories] or None,
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
        extraction=ExtractionInstructions(
            payload.get("custom_instructions"),
            payload.get("agent_custom_instructions"),
            payload.get("includes"),
            payload.get("excludes"),
            categories_of(payload),
        ),
        timezone=payload.get("timezone") or "UTC",
        procedural=bool(payload.get("procedural")),
        allow_bulk=bool(payload.get("allow_bulk")),
        allow_duplicates=bool(payload.get("allow_duplicates")),
        passed_over=payload.get("passed_over") or {},
    )
