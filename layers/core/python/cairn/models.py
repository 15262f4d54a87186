"""The domain's values: plain frozen dataclasses that every layer above may hold."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import uuid_utils.compat

from cairn.language.dated import Precision
from cairn.language.repeats import words_key
from cairn.passages import passages
from cairn.project import Wishes

Vector = Sequence[float]


def new_id() -> UUID:
    """A UUIDv7: its order is the order of creation, so ids page and index well."""
    return uuid_utils.compat.uuid7()


def first_id(at: datetime) -> UUID:
    """The smallest id of that millisecond: ids from before it are less, ids from then on are not."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


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


class Operation(StrEnum):
    """What became of one candidate fact."""

    ADD = "ADD"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    NOOP = "NOOP"


class Kind(StrEnum):
    """A fact was extracted and is kept once per scope; a verbatim memory is a message as it was said.

    A procedural memory tells how an agent did a piece of work. A message is no memory: it is found where a search asks
    for what was said, too.
    """

    FACT = "fact"
    VERBATIM = "verbatim"
    PROCEDURAL = "procedural"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose rows a transaction may see.

    `key_id` is the API key behind the request; the database checks that it still holds, so a revoked key stops at its
    next request however long its authorization is cached. None where no caller is involved (queues, schedules).
    `user_id` narrows everything to one user, for keys pinned to a user.
    """

    project_id: UUID
    key_id: UUID | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a memory is about: any of the four may be absent."""

    user_id: str | None = None
    agent_id: str | None = None
    app_id: str | None = None
    run_id: str | None = None

    @property
    def key(self) -> str:
        """64 hex digits that stand for exactly these four values; never ambiguous, unlike joined strings."""
        parts = (self.user_id, self.agent_id, self.app_id, self.run_id)
        packed = b"".join(b"-" if p is None else b"%d:%s" % (len(p.encode()), p.encode()) for p in parts)
        return hashlib.sha256(packed).hexdigest()

    @property
    def graph(self) -> "Scope":
        """Whose entities a memory speaks of: without its run, as one's sister is the same over all runs.

        A scope that names a run alone keeps it.
        """
        whose = replace(self, run_id=None)
        return self if whose.is_empty else whose

    @property
    def is_empty(self) -> bool:
        """True when no entity is named at all."""
        return not (self.user_id or self.agent_id or self.app_id or self.run_id)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was said. `sequence` is its place in the add."""

    id: UUID
    sequence: int
    role: str
    name: str | None
    content: str
    occurred_at: datetime

    @property
    def actor(self) -> str:
        """Who spoke: the name when there is one, else the role."""
        return self.name or self.role


@dataclass(frozen=True, slots=True)
class AddOptions:
    """What an add asks for beside its messages; stored as the event's payload.

    `wishes` are for extraction by a model alone; `procedural` asks for one memory of how an agent did its work.
    `timezone` is an IANA name, in which relative dates are meant; `allow_bulk` lifts the guard against mass closing.
    `allow_duplicates` keeps a message again that the scope holds in the same words. `passed_over` counts messages that
    said nothing, and such as were mended.
    """

    infer: bool = True
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    categories: tuple[str, ...] = ()
    expires_on: date | None = None
    immutable: bool = False
    wishes: Wishes = field(default_factory=Wishes)
    timezone: str = "UTC"
    procedural: bool = False
    allow_bulk: bool = False
    allow_duplicates: bool = False
    passed_over: Mapping[str, int] = field(default_factory=dict[str, int])


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
    def life(self) -> int:
        """Which message of this event is the current one: each redrive and each wait made another."""
        return self.redrives + self.parked


@dataclass(frozen=True, slots=True)
class QueuedEvent:
    """What the queue needs to know of an event; never its content. `redrives` is the event's life."""

    project_id: UUID
    event_id: UUID
    scope_key: str
    redrives: int = 0


@dataclass(frozen=True, slots=True)
class Memory:
    """A memory as stored.

    `valid_from` and `invalid_at` say when it was true, `event_time` when what it tells of happened, `created_at` when
    it was told, by its timestamp, and `learned_at` when it came here, by our clock. `event_precision` is how much was
    told of `event_time`, None where that is not known; `since_precision` the same of `valid_from`, where it was told as
    a beginning, else None. `source_spans` are character offsets, one pair per source message. How often and when it was
    last found by a search is known of a memory that was read by its id alone.
    """

    id: UUID
    scope: Scope
    kind: Kind
    text: str
    actor: str | None
    metadata: Mapping[str, Any]
    categories: tuple[str, ...]
    importance: float
    feedback: str | None
    event_time: datetime | None
    valid_from: datetime
    invalid_at: datetime | None
    superseded_by: UUID | None
    expires_on: date | None
    immutable: bool
    version: int
    source_message_ids: tuple[UUID, ...]
    source_spans: tuple[tuple[int, int], ...]
    extractor: str
    created_at: datetime
    learned_at: datetime
    updated_at: datetime
    event_precision: Precision | None = None
    since_precision: Precision | None = None
    access_count: int | None = None
    last_accessed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The running summary of one scope."""

    scope: Scope
    text: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Previous:
    """What a memory said before: an older text of its own, or that of a memory it replaced."""

    memory_id: UUID
    text: str
    valid_from: datetime
    until: datetime
    since_precision: Precision | None = None
    until_precision: Precision | None = None


@dataclass(frozen=True, slots=True)
class SignalScore:
    """One signal of a hit: as measured, as it counts before its weight, and its rank from 1 where it has one."""

    raw: float
    normalised: float
    weight: float
    rank: int | None


@dataclass(frozen=True, slots=True)
class Source:
    """A message that a memory was made from: `quote` are its words within `span`, in character offsets."""

    message_id: UUID
    role: str
    name: str | None
    occurred_at: datetime
    span: tuple[int, int]
    quote: str


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A memory found, with its score in [0, 1] and each signal's part in it; `relevance` is a reranker's judgement.

    `sources` are there where the search asked for messages, too.
    """

    memory: Memory
    score: float
    signals: Mapping[str, SignalScore]
    relevance: float | None = None
    sources: tuple[Source, ...] | None = None


class Way(StrEnum):
    """How a search goes: every row scored, or through the indexes of a large scope."""

    EVERY_ROW = "every row"
    INDEXES = "indexes"


@dataclass(frozen=True, slots=True)
class Searched:
    """How a search went, and among how many rows; through indexes those of the whole entity, as last counted.

    `not_indexed` of them were not in the indexes yet, and were scored one by one; None where every row was.
    """

    way: Way
    rows: int
    not_indexed: int | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, best first, and how it went; `degraded` by words alone, while the embedder was away."""

    hits: list[SearchHit]
    searched: Searched
    degraded: bool = False


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of one memory; the texts are None once the memory was deleted.

    `categories` and `metadata` are the memory's own, as they are now.
    """

    id: UUID
    memory_id: UUID
    event: Operation
    old_memory: str | None
    new_memory: str | None
    scope: Scope
    actor: str | None
    event_id: UUID | None
    created_at: datetime
    input: tuple[Mapping[str, Any], ...]
    categories: tuple[str, ...]
    metadata: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Entity:
    """A user, agent, app or run that memories are about."""

    type: str
    name: str
    total_memories: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an erasure removed, counted per store.

    `graph_queued` are memories whose projection is to be removed: graph_sync does it in a moment, or when there is a
    graph again.
    """

    memories: int = 0
    history: int = 0
    messages: int = 0
    events: int = 0
    graph_queued: int = 0

    def __add__(self, other: "Receipt") -> "Receipt":
        """What two parts of an erasure removed."""
        return Receipt(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class LongText:
    """A stored text that is longer than one vector tells well: a memory's, or with no `version` a turn's."""

    project_id: UUID
    id: UUID
    text: str
    actor: str | None
    said_at: datetime
    version: int | None

    @property
    def is_turn(self) -> bool:
        """Whether it is a message, as searches find it."""
        return self.version is None


def indexed_text(text: str, actor: str | None, said_at: datetime) -> str:
    """The text handed to the embedder and to the word index: who said it and when come before it.

    Worth 7 points of recall@10 on LoCoMo against the bare text; the stored text stays as it was said.
    """
    when = f"{said_at.day} {said_at:%B} {said_at.year}"
    return f"{actor} ({when}): {text}" if actor else f"({when}): {text}"


def indexed_texts(text: str, actor: str | None, said_at: datetime) -> tuple[str, ...]:
    """The texts that get a vector each: the whole, then the passages of a long one."""
    return tuple(indexed_text(part, actor, said_at) for part in (text, *passages(text)))


def text_sha256(text: str, actor: str | None) -> bytes:
    """SHA-256 of the text's words and its actor (32 bytes); the same words share it."""
    return hashlib.sha256(f"{actor or ''}\x00{words_key(text)}".encode()).digest()
