"""The GraphStore on Neo4j: what the port promises, over the statements of `writing` and `reading`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final, LiteralString
from uuid import UUID, uuid4

from cairn.graph.neo4j import reading, writing
from cairn.graph.neo4j.connection import GraphAddress, GraphConnection, Record
from cairn.graph.neo4j.reading import refs, to_edge, to_entity
from cairn.graph.neo4j.writing import ids_of, moment
from cairn.graph.resolve import AliasClaim, Projection
from cairn.graph.types import EntityRef, GraphCounts, GraphEdge, GraphEntity, GraphView, Subgraph
from cairn.kernel.settings import GraphSettings
from cairn.kernel.tenancy import Scope

_SCOPES: Final = 1000  # graph scopes one read looks into
_STEP: Final = 2000  # relations one step of a path follows
_LOOK: Final = 500  # relations that one step at least looks at, to keep the latest of them


class Neo4jGraphStore:
    """The GraphStore over Bolt."""

    def __init__(self, connection: GraphConnection) -> None:
        self._connection = connection

    def write(self, projection: Projection) -> None:
        """Writes memories as they are, and takes out those that are gone, in one transaction."""
        written = str(uuid4())  # a value of its own, so that the scope's node is locked by every write
        self._connection.write(lambda transaction: writing.write(transaction, projection, written))

    def claims(self, project_id: UUID, scope: str, memory_ids: Sequence[UUID]) -> set[AliasClaim]:
        """The aliases that these memories gave when they were projected."""
        params = {"project_id": str(project_id), "scope": scope, "memory_ids": [str(m) for m in memory_ids]}
        (rows,) = self._connection.read([(reading.CLAIMS, params)])
        return {_claim(text) for row in rows for text in row["claims"] or ()}

    def saying(self, project_id: UUID, scope: str, keys: Iterable[str]) -> list[tuple[UUID, str, str]]:
        """The projected mentions under these names: memory, name, and the entity it was taken for."""
        params = {"project_id": str(project_id), "scope": scope, "keys": sorted(keys)}
        (rows,) = self._connection.read([(reading.SAYING, params)])
        return [(UUID(row["memory_id"]), row["said"], row["key"]) for row in rows]

    def scopes(self, project_id: UUID, whose: Scope, after: str = "", limit: int = _SCOPES) -> list[str]:
        """Keys of the graph scopes that have these ids, in order, from behind `after`."""
        statement = reading.SCOPES if whose.user_id is None else reading.SCOPES_OF_USER
        params = {"project_id": str(project_id), **ids_of(whose), "after": after, "limit": limit}
        (rows,) = self._connection.read([(statement, params)])
        return [row["scope"] for row in rows]

    def drop(self, project_id: UUID, scope: str) -> int:
        """Takes everything out of one graph scope, step by step; returns how many memories that were."""
        params = {"project_id": str(project_id), "scope": scope}
        memories = 0
        while dropped := self._drop(writing.DROP_MEMORIES, params):
            memories += dropped
        while self._drop(writing.DROP_ENTITIES, params):
            pass
        written = str(uuid4())
        self._connection.write(lambda transaction: writing.drop_scope(transaction, params, written))
        return memories

    def _drop(self, statement: LiteralString, params: dict[str, str]) -> int:
        return self._connection.write(lambda transaction: writing.drop_step(transaction, statement, params))

    def versions(self, project_id: UUID, whose: Scope, after: UUID | None, limit: int) -> list[tuple[UUID, str, int]]:
        """Projected memories with their graph scope and version, in order of id, from behind `after`."""
        params = {
            "project_id": str(project_id),
            **ids_of(whose),
            "after": str(after) if after else "",
            "limit": limit,
        }
        (rows,) = self._connection.read([(reading.VERSIONS, params)])
        return [(UUID(row["memory_id"]), row["scope"], row["version"]) for row in rows]

    def counts(self, view: GraphView) -> GraphCounts:
        """How much of the graph the view has."""
        params = self._scoped(view)
        memories, entities, relations = self._connection.read(
            [(s, params) for s in (reading.COUNT_MEMORIES, reading.COUNT_ENTITIES, reading.COUNT_RELATIONS)]
        )
        return GraphCounts(memories[0]["n"], entities[0]["n"], relations[0]["n"])

    def find(self, view: GraphView, keys: Sequence[str]) -> list[GraphEntity]:
        """The entities of these keys (see `entity_key`), or that these names stand for."""
        params = self._scoped(view) | {"keys": list(keys)}
        (rows,) = self._connection.read([(reading.ENTITIES, params)])
        missing = set(keys) - {row["key"] for row in rows}
        if missing:
            (called,) = self._connection.read([(reading.ENTITIES_CALLED, params | {"keys": sorted(missing)})])
            rows += called
        return _entities(rows)

    def entities_of(self, view: GraphView, memory_ids: Sequence[UUID]) -> dict[UUID, list[GraphEntity]]:
        """What each of these memories mentions; one that is not projected, or seen, is left out."""
        params = self._scoped(view) | {"memory_ids": [str(m) for m in memory_ids]}
        (rows,) = self._connection.read([(reading.ENTITIES_OF, params)])
        found: dict[UUID, list[Record]] = {}
        for row in rows:
            found.setdefault(UUID(row["memory_id"]), []).append(row)
        return {memory_id: _entities(own) for memory_id, own in found.items()}

    def memories_of(self, view: GraphView, starts: Sequence[EntityRef], limit: int) -> list[tuple[UUID, int]]:
        """Memories that mention any of these entities and how many of them, those that mention most first."""
        params = self._refs(view, self._seen(view, starts)) | {"limit": limit}
        (rows,) = self._connection.read([(reading.MENTIONING, params)])
        return [(UUID(row["memory_id"]), row["mentioned"]) for row in rows]

    def related(self, view: GraphView, starts: Sequence[EntityRef], depth: int, limit: int) -> Subgraph:
        """The relations within `depth` steps of these entities, nearest and latest first, at most `limit`.

        Of an entity with more relations than a step looks at, the latest of those that the server gives first.
        """
        frontier = self._seen(view, starts)
        seen = set(frontier)
        edges: dict[tuple[Any, ...], GraphEdge] = {}
        complete = True
        for _ in range(depth):
            # A step also meets the relations it came by, and one between two of its entities from both ends.
            most = max(_LOOK, 2 * limit + len(edges) + 1)
            found = self._step(view, frontier, most) if frontier else []
            fresh = {_identity(edge): edge for edge in found if _identity(edge) not in edges}
            room = limit - len(edges)
            complete = complete and len(found) < most and len(fresh) <= room
            edges.update(islice(fresh.items(), room))
            ends = {end for edge in edges.values() for end in (edge.source, edge.target)}
            frontier, seen = ends - seen, seen | ends
        return Subgraph(self._entities_at(view, seen), tuple(edges.values()), complete)

    def path(
        self, view: GraphView, sources: Sequence[EntityRef], targets: Sequence[EntityRef], longest: int
    ) -> list[GraphEdge] | None:
        """A shortest chain of relations from any source to any target, whatever their direction; None without one.

        It is sought from both ends, a step at a time; a step follows the first 2,000 relations that the server gives.
        """
        ends = (self._seen(view, sources), self._seen(view, targets))
        if ends[0] & ends[1]:
            return []
        came: tuple[dict[EntityRef, GraphEdge], dict[EntityRef, GraphEdge]] = ({}, {})
        reached, frontiers = [set(ends[0]), set(ends[1])], [set(ends[0]), set(ends[1])]
        for _ in range(longest):
            side = 0 if len(frontiers[0]) <= len(frontiers[1]) else 1
            frontiers[side] = self._spread(view, frontiers[side], reached[side], came[side])
            if met := reached[0] & reached[1]:
                meeting = min(met)
                return [*reversed(_back(meeting, came[0])), *_back(meeting, came[1])]
            if not frontiers[side]:
                return None
        return None

    def whole(self, view: GraphView, limit: int) -> Subgraph:
        """All relations of the view, at most `limit`, with the entities at their ends."""
        params = self._scoped(view) | {"at": moment(view.at), "limit": limit + 1}
        (rows,) = self._connection.read([(reading.EDGES, params)])
        edges = [to_edge(row) for row in rows[:limit]]
        ends = {end for edge in edges for end in (edge.source, edge.target)}
        return Subgraph(self._entities_at(view, ends), tuple(edges), len(rows) <= limit)

    def entities_at(self, view: GraphView, wanted: Iterable[EntityRef]) -> list[GraphEntity]:
        """The entities at these addresses, as far as the view has them."""
        return list(self._entities_at(view, self._seen(view, wanted)))

    def check(self) -> None:
        """Raises GraphUnavailable when the graph does not answer."""
        self._connection.read([(reading.ALIVE, {})])

    def close(self) -> None:
        """Closes the connections."""
        self._connection.close()

    def _spread(
        self, view: GraphView, frontier: set[EntityRef], reached: set[EntityRef], came: dict[EntityRef, GraphEdge]
    ) -> set[EntityRef]:
        """One step from the frontier; notes by which relation each new entity was reached."""
        fresh: set[EntityRef] = set()
        for edge in self._step(view, frontier, _STEP):
            for near, far in ((edge.source, edge.target), (edge.target, edge.source)):
                if near in frontier and far not in reached:
                    came[far] = edge
                    fresh.add(far)
                    reached.add(far)
        return fresh

    def _step(self, view: GraphView, frontier: set[EntityRef], limit: int) -> list[GraphEdge]:
        params = self._refs(view, frontier) | {"limit": limit}
        (rows,) = self._connection.read([(reading.EDGES_AT, params)])
        return sorted(map(to_edge, rows), key=lambda edge: (edge.valid_from, edge.memory_id), reverse=True)

    def _entities_at(self, view: GraphView, wanted: set[EntityRef]) -> tuple[GraphEntity, ...]:
        if not wanted:
            return ()
        (rows,) = self._connection.read([(reading.ENTITIES_AT, self._refs(view, wanted))])
        return tuple(_entities(rows))

    def _seen(self, view: GraphView, wanted: Iterable[EntityRef]) -> set[EntityRef]:
        """Those in scopes that the view has: an address alone opens nothing."""
        asked = set(wanted)
        params = {"project_id": str(view.project_id), **ids_of(view.whose), "scopes": sorted({r.scope for r in asked})}
        (rows,) = self._connection.read([(reading.SCOPES_AMONG, params)]) if asked else ([],)
        allowed = {row["scope"] for row in rows}
        return {ref for ref in asked if ref.scope in allowed}

    def _scoped(self, view: GraphView) -> dict[str, Any]:
        return {"project_id": str(view.project_id), "scopes": self.scopes(view.project_id, view.whose)}

    def _refs(self, view: GraphView, wanted: set[EntityRef]) -> dict[str, Any]:
        return {"project_id": str(view.project_id), "refs": refs(wanted), "at": moment(view.at)}


def address_of(
    settings: GraphSettings, seconds: float, renewed: Callable[[], tuple[str, str]] | None = None
) -> GraphAddress:
    """The graph that the settings name, as one who waits for so long."""
    return GraphAddress(
        settings.neo4j_uri or "",
        settings.neo4j_user,
        settings.neo4j_password.get_secret_value(),
        settings.neo4j_database,
        seconds,
        renewed,
    )


def connected(settings: GraphSettings, renewed: Callable[[], tuple[str, str]] | None = None) -> Neo4jGraphStore:
    """The store that the settings name; it connects on its first use."""
    return Neo4jGraphStore(GraphConnection(address_of(settings, settings.graph_timeout_seconds, renewed)))


def _claim(text: str) -> AliasClaim:
    alias, _, name = text.partition("\t")
    return alias, name


def _entities(rows: Sequence[Record]) -> list[GraphEntity]:
    found = {entity.ref: entity for entity in map(to_entity, rows)}
    return [found[ref] for ref in sorted(found)]


def _identity(edge: GraphEdge) -> tuple[Any, ...]:
    return edge.source, edge.type, edge.target, edge.memory_id


def _back(start: EntityRef, came: Mapping[EntityRef, GraphEdge]) -> list[GraphEdge]:
    """The relations that led to an entity, the last first."""
    edges: list[GraphEdge] = []
    while start in came:
        edge = came[start]
        edges.append(edge)
        start = edge.source if edge.target == start else edge.target
    return edges
