"""The I/O edges of the graph, as use cases see them: its driver is slow to import, and may not be there at all."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol
from uuid import UUID

from cairn.graph.nearness import GraphNeighbours
from cairn.graph.resolve import AliasClaim, Projection
from cairn.graph.types import EntityRef, GraphChange, GraphCounts, GraphEdge, GraphEntity, GraphView, Subgraph
from cairn.kernel.tenancy import Scope


class GraphQueue(Protocol):
    """The graph_sync queue."""

    def send(self, changes: Sequence[GraphChange]) -> None:
        """Sends the messages; raises QueueUnavailable where any was not taken."""
        ...


class GraphStore(Protocol):
    """The graph: written by projection alone, and read within a view. All methods raise GraphUnavailable.

    Views that name no ids look into the first 1,000 graph scopes of the project.
    """

    def write(self, projection: Projection) -> None:
        """Writes memories as they are, and takes out those that are gone, in one transaction."""
        ...

    def claims(self, project_id: UUID, scope: str, memory_ids: Sequence[UUID]) -> set[AliasClaim]:
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


class NeighbourGraph(Protocol):
    """The graph as a search asks it."""

    def neighbours(self, view: GraphView, keys: Sequence[str], speakers: Collection[str]) -> GraphNeighbours:
        """The entities of these keys, and which memories mention them or what they relate to.

        The entities of `speakers`, by key, are left out. Raises GraphUnavailable.
        """
        ...
