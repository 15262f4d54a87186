"""What a read asks for: which memories, how many, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cairn.filters import Filter
from cairn.graph import Mention, Relation
from cairn.models import Memory, Message, Previous, Scope, Vector
from cairn.ranking import Attending, Fit, Weights


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: `number` counts from 1."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True)
class Selection:
    """Which memories a read may return.

    With `as_of` those that were true then, as they read then, else those that hold now; with `latest_only` false the
    ones superseded by then, too.
    """

    where: Filter
    show_expired: bool = False
    latest_only: bool = True
    as_of: datetime | None = None


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
class MemoryChange:
    """A caller's change of one memory; None leaves a part as it is, `clear_expiry` removes the expiry.

    `made_from` is the version of the memory that its vectors and words were made from.
    """

    memory_id: UUID
    text: str | None = None
    metadata: Mapping[str, Any] | None = None
    valid_from: datetime | None = None
    expires_on: date | None = None
    clear_expiry: bool = False
    embedding: Vector | None = None
    passages: tuple[Vector, ...] = ()
    indexed_texts: tuple[str, ...] = ()
    made_from: int | None = None
    entities: tuple[Mention, ...] | None = None
    relations: tuple[Relation, ...] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
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
class Surroundings:
    """Preferences by importance, earlier texts by the memory that holds now, and the last messages, oldest first.

    `filling` is what matters most and what is newest, whatever was asked: for the room that is left.
    """

    preferences: tuple[Memory, ...]
    previous: Mapping[UUID, tuple[Previous, ...]]
    recent: tuple[Message, ...]
    filling: tuple[Memory, ...] = ()
