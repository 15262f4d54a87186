"""A project's settings, out of its JSON column."""

from collections.abc import Mapping
from typing import Any, Final

from cairn.projects.types import ExtractionInstructions, Extractor, ProjectSettings

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


def to_settings(stored: Mapping[str, Any]) -> ProjectSettings:
    """The ProjectSettings of a project's row."""
    return ProjectSettings(
        extraction=ExtractionInstructions(
            stored.get("custom_instructions"),
            stored.get("agent_custom_instructions"),
            stored.get("inclusion_prompt"),
            stored.get("exclusion_prompt"),
            categories_of(stored),
        ),
        extractor=Extractor(stored.get("extractor") or Extractor.MODEL),
        daily_token_budget=stored.get("daily_token_budget"),
        kept={name: value for name, value in stored.items() if name not in _SETTINGS},
    )


def categories_of(stored: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Custom categories, as pairs of a name and what it covers."""
    return tuple((name, text) for entry in stored.get("custom_categories") or () for name, text in entry.items())
