"""What a search asks for, and what it finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from cairn.kernel.tenancy import Scope
from cairn.memories.messages import Message
from cairn.memories.types import Memory, Previous, Selection
from cairn.models_ai.embed.port import Vector
from cairn.search.ranking import Attending, Fit, Weights


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


class SearchPath(StrEnum):
    """How a search goes: every row scored, or through the indexes of a large scope."""

    EVERY_ROW = "every row"
    INDEXES = "indexes"


@dataclass(frozen=True, slots=True)
class SearchStats:
    """How a search went, and among how many rows; through indexes those of the whole entity, as last counted.

    `not_indexed` of them were not in the indexes yet, and were scored one by one; None where every row was.
    """

    path: SearchPath
    rows: int
    not_indexed: int | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, best first, and how it went."""

    hits: list[SearchHit]
    stats: SearchStats


Near = Sequence[tuple[UUID, float]]


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search: its words, their embedding, and what to return. Hits under `threshold` (0 to 1) are dropped.

    `vector` is None while the embedder is away: words alone count then. `reference` is the moment from which "last May"
    is meant; None is the selection's `as_of`, or now. `exact` scores every row of a large scope too, which takes time.
    `near` are memories that the graph found, with how near they are (0 to 1): they are looked at whatever else finds
    them. `messages` finds what was said, too, and names the sources of every hit. `weights` and `fit` are those of its
    embedder. `attending` is how the query attends where it is scored by that, else None.
    """

    text: str
    vector: Vector | None
    selection: Selection
    weights: Weights
    fit: Fit
    top_k: int = 10
    threshold: float = 0.1
    reference: datetime | None = None
    exact: bool = False
    near: Near = ()
    messages: bool = False
    attending: Attending | None = None


@dataclass(frozen=True, slots=True)
class ContextNeeds:
    """What a context block needs beside its hits: up to `preferences`, `recent` and `filling` of each.

    `previous_of` are the memories whose earlier texts are asked for. `scope` names the entities whose messages count;
    an empty one has none.
    """

    selection: Selection
    scope: Scope
    previous_of: tuple[UUID, ...]
    preferences: int
    recent: int
    filling: int = 0


@dataclass(frozen=True, slots=True)
class ContextInputs:
    """Preferences by importance, earlier texts by the memory that holds now, and the last messages, oldest first.

    `filling` is what matters most and what is newest, whatever was asked: for the room that is left.
    """

    preferences: tuple[Memory, ...]
    previous: Mapping[UUID, tuple[Previous, ...]]
    recent: tuple[Message, ...]
    filling: tuple[Memory, ...] = ()


@dataclass(frozen=True, slots=True)
class FromGraph:
    """What the graph gave a search: entities by name, and memories with how near they are; `reason` is why nothing."""

    named: tuple[str, ...] = ()
    near: tuple[tuple[UUID, float], ...] = ()
    reason: str | None = None
