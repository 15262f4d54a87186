"""Consolidation's own values: what was extracted, what is near it, and what was decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from cairn.graph import Mention, Relation
from cairn.language.dated import Dated, Precision
from cairn.models import AddOptions, Kind, Message, Operation, Scope, Vector, indexed_texts, text_sha256
from cairn.project import ProjectSettings, TokenUsage, Wishes


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
    def wishes(self) -> Wishes:
        """What the add asks for, and where it asks nothing the project."""
        return self.options.wishes.over(self.settings.wishes)


class Unclaimed(StrEnum):
    """Why there is nothing to consolidate: finished or gone, given up on, behind an unfinished one, or an erasure."""

    FINISHED = "finished"
    FAILED = "failed"
    BEHIND = "behind"
    ERASURE = "erasure"


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement worth keeping, with where it was said.

    `source_span` are character offsets into the source message's content. `event` is when what it tells of
    happened or will happen, None where it tells of a state; `since` is when that state began, where that was said.
    `from_user` is false for what an agent said.
    """

    text: str
    actor: str
    occurred_at: datetime
    source_message_id: UUID
    source_span: tuple[int, int]
    category: str | None = None
    importance: float = 5
    event: Dated | None = None
    since: Dated | None = None
    from_user: bool = True
    entities: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()

    @property
    def valid_from(self) -> datetime:
        """When it became true, as far as is known: when it began, else when it was said."""
        return self.since.at if self.since else self.occurred_at


@dataclass(frozen=True, slots=True)
class NewMemory:
    """A memory ready to insert: the fact, what it belongs to and its embedding.

    `source_spans` has one pair of character offsets per source message. `told_at` is when it was said, which is when it
    was created for whoever asks, however late it came here. `since` is how precisely `valid_from` was told
    as a beginning; None where it is when the fact was told. One that is told late, after its successor, is
    closed from the start.
    """

    id: UUID
    scope: Scope
    kind: Kind
    text: str
    actor: str
    told_at: datetime
    valid_from: datetime
    embedding: Vector
    options: AddOptions
    source_message_ids: tuple[UUID, ...]
    source_spans: tuple[tuple[int, int], ...]
    extractor: str
    categories: tuple[str, ...] = ()
    importance: float = 5
    event: Dated | None = None
    since: Precision | None = None
    invalid_at: datetime | None = None
    superseded_by: UUID | None = None
    entities: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()
    passages: tuple[Vector, ...] = ()

    @property
    def indexed_texts(self) -> tuple[str, ...]:
        """What is embedded: the whole, whose words are indexed, and the passages of a long text."""
        return indexed_texts(self.text, self.actor, self.valid_from)

    @property
    def text_sha256(self) -> bytes:
        """Equal for the same words of the same actor, whatever their spacing."""
        return text_sha256(self.text, self.actor)


@dataclass(frozen=True, slots=True)
class NewTurn:
    """A message to be found by searches that ask for messages, too.

    `said` is its content without what it only hands on. `placed` is made with the turn, so that its order is that of
    appearance: the message's own id is as old as the add.
    """

    placed: UUID
    message: Message
    said: str
    embedding: Vector = ()
    passages: tuple[Vector, ...] = ()

    @property
    def indexed_texts(self) -> tuple[str, ...]:
        """What is embedded: the whole, whose words are indexed, and the passages of a long text."""
        return indexed_texts(self.said, self.message.actor, self.message.occurred_at)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A stored memory near a candidate fact; `cosine` is of the stored embeddings.

    `version` is what a decision about it rests on: a memory that has changed since is decided again.
    """

    id: UUID
    text: str
    actor: str | None
    valid_from: datetime
    version: int
    immutable: bool
    valid: bool
    cosine: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What consolidation decided for one fact.

    ADD inserts `memory`; one that is told late names its successor as the target. UPDATE gives the one target
    `memory`'s text, embedding and source. DELETE closes the targets' validity and, where `memory` is there, inserts it
    as their successor. NOOP changes nothing: `known_id` says it, and takes the
    sources of `repeated`, the draft that says it again, so that they are erased together.
    `at` is when a change or a closing took effect, `by` who said what it rests on.
    """

    operation: Operation
    reason: str
    memory: NewMemory | None = None
    targets: tuple[Neighbour, ...] = ()
    known_id: UUID | None = None
    repeated: NewMemory | None = None
    at: datetime | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What consolidation made of one event.

    `summary` replaces the scope's running summary where that still is `made_from`, the one it was made from. `dropped`
    counts what extraction gave that was not worth believing, by reason; `warnings` say what of the add's wishes cannot
    be promised. `turns` are the messages themselves, with the
    `options` of their add.
    """

    decisions: tuple[Decision, ...] = ()
    usage: tuple[TokenUsage, ...] = ()
    summary: str | None = None
    made_from: str | None = None
    dropped: Mapping[str, int] = field(default_factory=dict[str, int])
    turns: tuple[NewTurn, ...] = ()
    options: AddOptions = field(default_factory=AddOptions)
    warnings: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Applied:
    """How many memories an event added, changed, closed, and how many facts were known already."""

    added: int = 0
    updated: int = 0
    closed: int = 0
    known: int = 0
