"""What the graph has about a question, for a search that waits for it: few, small statements."""

from collections.abc import Collection, Sequence
from typing import Any, Final, LiteralString
from uuid import UUID

from cairn.graph.nearness import GraphNeighbours
from cairn.graph.neo4j.connection import GraphAddress, GraphConnection
from cairn.graph.neo4j.reading import EDGES_AT, ENTITIES, ENTITIES_CALLED, refs, to_edge, to_entity
from cairn.graph.neo4j.store import Neo4jGraphStore
from cairn.graph.neo4j.writing import moment
from cairn.graph.types import EntityRef, GraphView

_MENTIONS: Final[LiteralString] = """
UNWIND $refs AS ref
MATCH (e:Entity {project_id: $project_id, scope: ref.scope, key: ref.key})
      <-[r:MENTIONS {project_id: $project_id, scope: ref.scope}]-(m:Memory {project_id: $project_id, scope: ref.scope})
WHERE m.valid_from <= $at AND (m.invalid_at IS NULL OR m.invalid_at > $at)
RETURN DISTINCT e.scope AS scope, e.key AS key, m.memory_id AS memory_id, m.valid_from AS since
ORDER BY since DESC, memory_id LIMIT $limit
"""
_MENTIONED: Final = 300
_RELATIONS: Final = 60
_NEIGHBOURS: Final = 30


class Neo4jNeighbours:
    """The NeighbourGraph over Bolt."""

    def __init__(self, address: GraphAddress) -> None:
        self._connection = GraphConnection(address)
        self._store = Neo4jGraphStore(self._connection)

    def neighbours(self, view: GraphView, keys: Sequence[str], speakers: Collection[str]) -> GraphNeighbours:
        """The entities of these keys, and which memories mention them or what they relate to; see the port."""
        base: dict[str, Any] = {"project_id": str(view.project_id), "at": moment(view.at)}
        named = self._named(view, keys, speakers, base)
        if not named:
            return GraphNeighbours()
        starts = {"refs": refs(list(named)), "limit": _MENTIONED}
        mentions, edges = self._connection.read(
            [(_MENTIONS, base | starts), (EDGES_AT, base | starts | {"limit": _RELATIONS})]
        )
        ends = dict.fromkeys(end for row in edges for e in (to_edge(row),) for end in (e.source, e.target))
        beside = [ref for ref in ends if ref not in named and ref.key not in speakers][:_NEIGHBOURS]
        further = self._mentions(beside, base) if beside else []
        names = tuple((ref.scope, name) for ref, name in named.items())
        return GraphNeighbours(names, tuple(_mention(row) for row in mentions), tuple(_mention(row) for row in further))

    def close(self) -> None:
        """Closes the connections."""
        self._connection.close()

    def _named(
        self, view: GraphView, keys: Sequence[str], speakers: Collection[str], base: dict[str, Any]
    ) -> dict[EntityRef, str]:
        """Addresses and names of what the question is about. Who asks is in most memories, so that says nothing."""
        asked = [key for key in keys if key not in speakers]
        scopes = self._store.scopes(view.project_id, view.whose) if asked else []
        if not scopes:
            return {}
        (rows,) = self._connection.read([(ENTITIES, base | {"scopes": scopes, "keys": asked})])
        # "my sister" may be a name for somebody else's key; looking for that reads the scope.
        roles = sorted({key for key in asked if "'s " in key} - {row["key"] for row in rows})
        if roles:
            (called,) = self._connection.read([(ENTITIES_CALLED, base | {"scopes": scopes, "keys": roles})])
            rows = [*rows, *called]
        found = [entity for entity in map(to_entity, rows) if entity.ref.key not in speakers]
        return {entity.ref: entity.name for entity in sorted(found, key=lambda e: e.ref)}

    def _mentions(self, wanted: list[EntityRef], base: dict[str, Any]) -> list[dict[str, Any]]:
        (rows,) = self._connection.read([(_MENTIONS, base | {"refs": refs(wanted), "limit": _MENTIONED})])
        return rows


def _mention(row: dict[str, Any]) -> tuple[EntityRef, UUID]:
    return EntityRef(row["scope"], row["key"]), UUID(row["memory_id"])
