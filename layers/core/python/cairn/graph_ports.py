"""The I/O edges of the graph, as use cases see them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from cairn.models import Scope, Tenant
from cairn.nearness import Around
from cairn.projection import Claim, Projection, ScopeState
from cairn.retries import Failure, Retry
from cairn.subgraph import (
    EntityRef,
    GraphChange,
    GraphCounts,
    GraphEdge,
    GraphEntity,
    GraphView,
    Subgraph,
    Waiting,
)


class GraphQueue(Protocol):
    """The graph_sync queue."""

    def send(self, changes: Sequence[GraphChange]) -> None:
        """Sends the messages; raises QueueUnavailable where any was not taken."""
        ...


class GraphRows(Protocol):
    """What the graph is made from, in Postgres, and the outbox of what it has not seen yet."""

    def read(self, tenant: Tenant, scope: str, memory_ids: Sequence[UUID]) -> ScopeState:
        """The rows of these memories, the claims of their whole graph scope, and their outbox rows."""
        ...

    def scope_of(self, tenant: Tenant, memory_id: UUID) -> str | None:
        """Key of the graph scope a memory belongs to; None when there is no such memory."""
        ...

    def page(self, tenant: Tenant, whose: Scope, after: UUID | None, limit: int) -> list[tuple[UUID, str, int]]:
        """Memories with these ids, with graph scope and version, in order of id, from behind `after`."""
        ...

    def count(self, tenant: Tenant, whose: Scope) -> int:
        """How many memories have these ids."""
        ...

    def claim(
        self,
        tenant: Tenant,
        limit: int,
        unsent_after: timedelta,
        unfinished_after: timedelta,
        *,
        newest: bool = False,
    ) -> list[GraphChange]:
        """Takes up to `limit` outbox rows to be sent, the oldest or the newest first, and marks them as sent.

        Those never sent that are older than `unsent_after`, and those sent `unfinished_after` ago that were not
        projected since; none that waits for its next try. Two that ask at once get different rows.
        """
        ...

    def release(self, tenant: Tenant, changes: Sequence[GraphChange]) -> None:
        """Marks rows as not sent after all."""
        ...

    def done(self, tenant: Tenant, outbox_ids: Iterable[UUID]) -> int:
        """Removes the outbox rows with these ids; a memory that changed again has another by now."""
        ...

    def fail(self, tenant: Tenant, outbox_ids: Iterable[UUID], failure: Failure) -> Retry | None:
        """Writes down that these rows could not be projected, and what becomes of them.

        They keep their message where it need not wait long, are unsent until their next try where it must, or are given
        up on. None where all were projected, changed or given up on meanwhile.
        """
        ...

    def give_up(self, tenant: Tenant, outbox_ids: Iterable[UUID], error: str) -> int:
        """Gives up on these rows, with the error; returns how many were not given up on before."""
        ...

    def redrive(self, tenant: Tenant) -> int:
        """Makes rows that were given up on unsent again; returns how many."""
        ...

    def mark(self, tenant: Tenant, whose: Scope) -> int:
        """Makes an outbox row of every memory with these ids, so that all are projected again."""
        ...

    def mark_gone(self, tenant: Tenant, memories: Sequence[tuple[UUID, str]]) -> int:
        """Makes an outbox row of each (memory, graph scope), whether there is such a memory or not."""
        ...

    def waiting(self, tenant: Tenant) -> Waiting:
        """How far the graph is behind."""
        ...

    def waiting_projects(self, unsent_after: timedelta, unfinished_after: timedelta) -> list[UUID]:
        """All projects with rows that `claim` would take; ids only."""
        ...


class GraphStore(Protocol):
    """The graph: written by projection alone, and read within a view. All methods raise GraphUnavailable.

    Views that name no ids look into the first 1,000 graph scopes of the project.
    """

    def project(self, projection: Projection) -> None:
        """Writes memories as they are, and takes out those that are gone, in one transaction."""
        ...

    def claims(self, project_id: UUID, scope: str, memory_ids: Sequence[UUID]) -> set[Claim]:
        """The aliases that these memories gave when they were projected."""
        ...

    def saying(self, project_id: UUID, scope: str, keys: Iterable[str]) -> list[tuple[UUID, str, str]]:
        """The projected mentions under these names: memory, name, and the entity it was taken for."""
        ...

    def scopes(self, project_id: UUID, whose: Scope, after: str = "", limit: int = 1000) -> list[str]:
        """Keys of the graph scopes that have these ids, in order, from behind `after`."""
        ...

    def drop(self, project_id: UUID, scope: str) -> int:
        """Takes everything out of one graph scope; returns how many memories that were."""
        ...

    def versions(self, project_id: UUID, whose: Scope, after: UUID | None, limit: int) -> list[tuple[UUID, str, int]]:
        """Projected memories with their graph scope and version, in order of id, from behind `after`."""
        ...

    def counts(self, view: GraphView) -> GraphCounts:
        """How much of the graph the view has."""
        ...

    def find(self, view: GraphView, keys: Sequence[str]) -> list[GraphEntity]:
        """The entities of these keys (see `entity_key`), or that these names stand for."""
        ...

    def entities_at(self, view: GraphView, wanted: Iterable[EntityRef]) -> list[GraphEntity]:
        """The entities at these addresses, as far as the view has them."""
        ...

    def entities_of(self, view: GraphView, memory_ids: Sequence[UUID]) -> dict[UUID, list[GraphEntity]]:
        """What each of these memories mentions; one that is not projected, or seen, is left out."""
        ...

    def memories_of(self, view: GraphView, starts: Sequence[EntityRef], limit: int) -> list[tuple[UUID, int]]:
        """Memories that hold and mention any of these entities, with how many of them, the most first."""
        ...

    def related(self, view: GraphView, starts: Sequence[EntityRef], depth: int, limit: int) -> Subgraph:
        """The relations within `depth` steps of these entities, nearest and latest first, at most `limit`."""
        ...

    def path(
        self, view: GraphView, sources: Sequence[EntityRef], targets: Sequence[EntityRef], longest: int
    ) -> list[GraphEdge] | None:
        """A shortest chain of relations from any source to any target, whatever their direction; None without one."""
        ...

    def whole(self, view: GraphView, limit: int) -> Subgraph:
        """All relations of the view, at most `limit`, with the entities at their ends."""
        ...

    def check(self) -> None:
        """Raises GraphUnavailable when the graph does not answer."""
        ...


class GraphAround(Protocol):
    """The graph as a search asks it."""

    def around(self, view: GraphView, keys: Sequence[str], speakers: Collection[str]) -> Around:
        """The entities of these keys, and which memories mention them or what they relate to.

        The entities of `speakers`, by key, are left out. Raises GraphUnavailable.
        """
        ...
