"""Consolidation's own values: what was extracted, what is near it, and what was decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cairn.kernel.usage import TokenUsage
from cairn.language.dated import Dated
from cairn.language.mentions import Mention, Relation
from cairn.memories.options import AddOptions
from cairn.memories.types import NewIndexedMessage, NewMemory, Operation


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
    turns: tuple[NewIndexedMessage, ...] = ()
    options: AddOptions = field(default_factory=AddOptions)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """How many memories an event added, changed, closed, and how many facts were known already."""

    added: int = 0
    updated: int = 0
    closed: int = 0
    known: int = 0
