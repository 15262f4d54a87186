"""What is read from the graph, the part of it that a reader may see, and what it is told."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from cairn.kernel.tenancy import Scope


@dataclass(frozen=True, slots=True)
class GraphChange:
    """What the graph's queue needs to know: memories of one graph scope that changed; `outbox_ids` are their rows."""

    project_id: UUID
    scope: str
    memory_ids: tuple[UUID, ...]
    outbox_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class GraphView:
    """The part of a project's graph that a read sees.

    `whose` narrows it to the scopes that have these ids, an absent one being any; entities belong to a user, agent and
    app over all their runs, so a run is one's own only where nothing else was named. `at` is the moment whose relations
    are seen.
    """

    project_id: UUID
    whose: Scope
    at: datetime


class EntityRef(NamedTuple):
    """An entity's address within a project: its graph scope's key and its own."""

    scope: str
    key: str


@dataclass(frozen=True, slots=True)
class GraphEntity:
    """An entity; `owner` says whose it is."""

    ref: EntityRef
    name: str
    type: str
    owner: Scope


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """A relation, and the memory that tells it."""

    source: EntityRef
    type: str
    target: EntityRef
    memory_id: UUID
    valid_from: datetime
    invalid_at: datetime | None


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Relations and the entities at their ends; `complete` is false where a limit cut something off."""

    entities: tuple[GraphEntity, ...]
    edges: tuple[GraphEdge, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class GraphCounts:
    """How much of the graph is there."""

    memories: int
    entities: int
    relations: int


@dataclass(frozen=True, slots=True)
class Drift:
    """Where rows and projections differ; the lists hold the first ids alone.

    `missing` are rows without a projection, `outdated` rows whose projection is of another version, `extra` projections
    without a row. Counted are the memories that were compared; those behind `last` were not, where that is an id.
    """

    rows: int
    projections: int
    missing: int
    outdated: int
    extra: int
    missing_ids: tuple[UUID, ...] = ()
    outdated_ids: tuple[UUID, ...] = ()
    extra_ids: tuple[UUID, ...] = ()
    last: UUID | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How far the graph is behind: memories to be projected, and those given up on with the latest error."""

    waiting: int
    failed: int
    error: str | None
