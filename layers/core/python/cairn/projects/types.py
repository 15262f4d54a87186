"""What a project sets for itself, and what it spends on models."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

PREFERENCES: Final = "user_preferences"
"""The category of likes, dislikes and habits of choice."""


@dataclass(frozen=True, slots=True)
class ExtractionInstructions:
    """What a project, or one add, asks of extraction by a model. `categories` are pairs of a name and what it covers.

    `agent_custom_instructions` are for what the agent said, `custom_instructions` for everybody else.
    """

    custom_instructions: str | None = None
    agent_custom_instructions: str | None = None
    includes: str | None = None
    excludes: str | None = None
    categories: tuple[tuple[str, str], ...] = ()

    def over(self, project: "ExtractionInstructions") -> "ExtractionInstructions":
        """These instructions, and the project's where this add has none."""
        return ExtractionInstructions(
            self.custom_instructions or project.custom_instructions,
            self.agent_custom_instructions or project.agent_custom_instructions,
            self.includes or project.includes,
            self.excludes or project.excludes,
            self.categories or project.categories,
        )


class Extractor(StrEnum):
    """Who picks facts out of messages: a model where one is set up, or rules."""

    MODEL = "model"
    RULES = "rules"


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """What a project has set for itself. `daily_token_budget` None means the deployment's, 0 no limit.

    `kept` are settings of Mem0's clients that are stored and given back, and change nothing here.
    """

    extraction: ExtractionInstructions = field(default_factory=ExtractionInstructions)
    extractor: Extractor = Extractor.MODEL
    daily_token_budget: int | None = None
    kept: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Project:
    """A project as it is stored; `stored` are its settings under the names that callers use."""

    id: UUID
    org_id: UUID
    name: str
    created_at: datetime
    stored: Mapping[str, Any]
    settings: ProjectSettings


@dataclass(frozen=True, slots=True)
class DayUsage:
    """What one kind of call to a model cost a project on one day (UTC)."""

    day: date
    kind: str
    requests: int
    tokens_in: int
    tokens_out: int
    cost_usd: float
