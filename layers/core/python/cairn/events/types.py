"""Events: accepted writes, from their acceptance to what consolidation is given of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from cairn.kernel.tenancy import Scope
from cairn.memories.messages import Message
from cairn.memories.options import AddOptions
from cairn.projects.types import ExtractionInstructions, ProjectSettings


class EventStatus(StrEnum):
    """Where an accepted write stands."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class EventType(StrEnum):
    """What an event asks for. What was ERASED is no event to anybody; its key is known."""

    ADD = "ADD"
    DELETE = "DELETE"
    ERASED = "ERASED"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A write to accept: stored in one transaction with its messages."""

    id: UUID
    scope: Scope
    options: AddOptions
    messages: tuple[Message, ...]
    idempotency_key: str | None = None
    request_sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An event as callers see it. `results` hold one entry per operation, each with its reason.

    `parked` counts how often it was put back to wait.
    """

    id: UUID
    type: EventType
    scope: Scope
    status: EventStatus
    payload: Mapping[str, Any]
    results: tuple[Mapping[str, Any], ...]
    attempts: int
    redrives: int
    parked: int
    usage: Mapping[str, Any]
    error: str | None
    request_sha256: bytes | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    completed_at: datetime | None

    @property
    def is_finished(self) -> bool:
        """Whether nothing more becomes of it, unless it is redriven."""
        return self.status in (EventStatus.SUCCEEDED, EventStatus.FAILED)

    @property
    def generation(self) -> int:
        """Which message of this event is the current one: each redrive and each wait made another."""
        return self.redrives + self.parked


@dataclass(frozen=True, slots=True)
class QueuedEvent:
    """What the queue needs to know of an event; never its content. `generation` is the event's.

    `correlation_id` is that of the request which asks for the event, where that is who sends it.
    """

    project_id: UUID
    event_id: UUID
    scope_key: str
    generation: int = 0
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """An event claimed for consolidation, with what its scope knows already.

    `recent` are up to ten messages of the same scope told before this event, oldest first; `summary` is the scope's
    running summary, blank where it was erased.
    """

    scope: Scope
    options: AddOptions
    messages: tuple[Message, ...]
    recent: tuple[Message, ...]
    summary: str | None
    settings: ProjectSettings

    @property
    def extraction(self) -> ExtractionInstructions:
        """What the add asks for, and where it asks nothing the project."""
        return self.options.extraction.over(self.settings.extraction)


class Unclaimed(StrEnum):
    """Why there is nothing to consolidate: finished or gone, given up on, behind an unfinished one, or an erasure."""

    FINISHED = "finished"
    FAILED = "failed"
    BEHIND = "behind"
    ERASURE = "erasure"


@dataclass(frozen=True, slots=True)
class Noted:
    """What an event says besides its results.

    `dropped` counts what was passed over, by reason; `warnings` say what of the add's wishes cannot be promised.
    """

    dropped: Mapping[str, int] = field(default_factory=dict[str, int])
    warnings: tuple[str, ...] = ()

    @property
    def payload(self) -> dict[str, Any]:
        """What is there of it, as it is kept with the event's usage."""
        parts = {"dropped": dict(self.dropped), "warnings": list(self.warnings)}
        return {name: part for name, part in parts.items() if part}
