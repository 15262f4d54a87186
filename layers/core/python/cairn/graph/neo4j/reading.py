"""Statements that read the graph. Every step names project and scope, is bounded, and sees what holds at a moment."""

from typing import Any, Final, LiteralString
from uuid import UUID

from cairn.graph.neo4j.connection import Record
from cairn.graph.neo4j.writing import to_datetime
from cairn.graph.types import EntityRef, GraphEdge, GraphEntity
from cairn.kernel.tenancy import Scope

SCOPES: Final[LiteralString] = """
MATCH (s:Scope {project_id: $project_id})
WHERE ($user_id IS NULL OR s.user_id = $user_id) AND ($agent_id IS NULL OR s.agent_id = $agent_id)
AND ($app_id IS NULL OR s.app_id = $app_id) AND ($run_id IS NULL OR s.run_id = $run_id)
AND s.scope > $after
RETURN s.scope AS scope ORDER BY s.scope LIMIT $limit
"""
# The same where a user is named: with the id outside of any alternative an index finds it.
SCOPES_OF_USER: Final[LiteralString] = """
MATCH (s:Scope {project_id: $project_id, user_id: $user_id})
WHERE ($agent_id IS NULL OR s.agent_id = $agent_id) AND ($app_id IS NULL OR s.app_id = $app_id)
AND ($run_id IS NULL OR s.run_id = $run_id) AND s.scope > $after
RETURN s.scope AS scope ORDER BY s.scope LIMIT $limit
"""
SCOPES_AMONG: Final[LiteralString] = """
UNWIND $scopes AS scope
MATCH (s:Scope {project_id: $project_id, scope: scope})
WHERE ($user_id IS NULL OR s.user_id = $user_id) AND ($agent_id IS NULL OR s.agent_id = $agent_id)
AND ($app_id IS NULL OR s.app_id = $app_id) AND ($run_id IS NULL OR s.run_id = $run_id)
RETURN s.scope AS scope
"""
ENTITIES: Final[LiteralString] = """
UNWIND $scopes AS scope UNWIND $keys AS key
MATCH (e:Entity {project_id: $project_id, scope: scope, key: key})
RETURN e.scope AS scope, e.key AS key, e.name AS name, e.type AS type, e.user_id AS user_id, e.agent_id AS agent_id,
    e.app_id AS app_id, e.run_id AS run_id
"""
ENTITIES_CALLED: Final[LiteralString] = """
UNWIND $scopes AS scope
MATCH (m:Memory {project_id: $project_id, scope: scope})
      -[r:MENTIONS {project_id: $project_id, scope: scope}]->(e:Entity {project_id: $project_id, scope: scope})
WHERE r.said IN $keys
RETURN DISTINCT e.scope AS scope, e.key AS key, e.name AS name, e.type AS type, e.user_id AS user_id,
    e.agent_id AS agent_id, e.app_id AS app_id, e.run_id AS run_id
"""
ENTITIES_AT: Final[LiteralString] = """
UNWIND $refs AS ref
MATCH (e:Entity {project_id: $project_id, scope: ref.scope, key: ref.key})
RETURN e.scope AS scope, e.key AS key, e.name AS name, e.type AS type, e.user_id AS user_id, e.agent_id AS agent_id,
    e.app_id AS app_id, e.run_id AS run_id
"""
ENTITIES_OF: Final[LiteralString] = """
UNWIND $scopes AS scope UNWIND $memory_ids AS memory_id
MATCH (m:Memory {project_id: $project_id, scope: scope, memory_id: memory_id})
      -[r:MENTIONS {project_id: $project_id, scope: scope}]->(e:Entity {project_id: $project_id, scope: scope})
RETURN DISTINCT m.memory_id AS memory_id, e.scope AS scope, e.key AS key, e.name AS name, e.type AS type,
    e.user_id AS user_id, e.agent_id AS agent_id, e.app_id AS app_id, e.run_id AS run_id
"""
# One step of a walk. Without an order the server stops at the limit; with one it would read all relations of an entity
# that has tens of thousands, which takes ten times as long.
EDGES_AT: Final[LiteralString] = """
UNWIND $refs AS ref
MATCH (e:Entity {project_id: $project_id, scope: ref.scope, key: ref.key})
      -[r:RELATION {project_id: $project_id, scope: ref.scope}]-(o:Entity {project_id: $project_id, scope: ref.scope})
WHERE r.valid_from <= $at AND (r.invalid_at IS NULL OR r.invalid_at > $at)
WITH e, r, o LIMIT $limit
WITH e, r, o, startNode(r) AS a
RETURN r.scope AS scope, a.key AS source, CASE WHEN a.key = e.key THEN o.key ELSE e.key END AS target, r.type AS type,
    r.memory_id AS memory_id, r.valid_from AS valid_from, r.invalid_at AS invalid_at
"""
EDGES: Final[LiteralString] = """
UNWIND $scopes AS scope
MATCH (a:Entity {project_id: $project_id, scope: scope})
      -[r:RELATION {project_id: $project_id, scope: scope}]->(b:Entity {project_id: $project_id, scope: scope})
WHERE r.valid_from <= $at AND (r.invalid_at IS NULL OR r.invalid_at > $at)
RETURN r.scope AS scope, a.key AS source, b.key AS target, r.type AS type, r.memory_id AS memory_id,
    r.valid_from AS valid_from, r.invalid_at AS invalid_at
LIMIT $limit
"""
MENTIONING: Final[LiteralString] = """
UNWIND $refs AS ref
MATCH (e:Entity {project_id: $project_id, scope: ref.scope, key: ref.key})
      <-[r:MENTIONS {project_id: $project_id, scope: ref.scope}]-(m:Memory {project_id: $project_id, scope: ref.scope})
WHERE m.valid_from <= $at AND (m.invalid_at IS NULL OR m.invalid_at > $at)
WITH m.memory_id AS memory_id, m.valid_from AS since, count(DISTINCT e) AS mentioned
ORDER BY mentioned DESC, since DESC, memory_id LIMIT $limit
RETURN memory_id, mentioned
"""
CLAIMS: Final[LiteralString] = """
UNWIND $memory_ids AS memory_id
MATCH (m:Memory {project_id: $project_id, scope: $scope, memory_id: memory_id})
RETURN m.claims AS claims
"""
SAYING: Final[LiteralString] = """
MATCH (m:Memory {project_id: $project_id, scope: $scope})
      -[r:MENTIONS {project_id: $project_id, scope: $scope}]->(e:Entity {project_id: $project_id, scope: $scope})
WHERE r.said IN $keys
RETURN m.memory_id AS memory_id, r.said AS said, e.key AS key
"""
VERSIONS: Final[LiteralString] = """
MATCH (m:Memory {project_id: $project_id})
WHERE m.memory_id > $after AND ($user_id IS NULL OR m.user_id = $user_id)
AND ($agent_id IS NULL OR m.agent_id = $agent_id) AND ($app_id IS NULL OR m.app_id = $app_id)
AND ($run_id IS NULL OR m.run_id = $run_id)
RETURN m.memory_id AS memory_id, m.scope AS scope, m.version AS version ORDER BY m.memory_id LIMIT $limit
"""
COUNT_MEMORIES: Final[LiteralString] = """
UNWIND $scopes AS scope MATCH (m:Memory {project_id: $project_id, scope: scope}) RETURN count(m) AS n
"""
COUNT_ENTITIES: Final[LiteralString] = """
UNWIND $scopes AS scope MATCH (e:Entity {project_id: $project_id, scope: scope}) RETURN count(e) AS n
"""
COUNT_RELATIONS: Final[LiteralString] = """
UNWIND $scopes AS scope
MATCH (:Entity {project_id: $project_id, scope: scope})
      -[r:RELATION {project_id: $project_id, scope: scope}]->(:Entity {project_id: $project_id, scope: scope})
RETURN count(r) AS n
"""
ALIVE: Final[LiteralString] = "RETURN 1 AS alive"


def to_entity(row: Record) -> GraphEntity:
    """A row of one of the statements that return entities."""
    owner = Scope(row["user_id"], row["agent_id"], row["app_id"], row["run_id"])
    return GraphEntity(EntityRef(row["scope"], row["key"]), row["name"], row["type"], owner)


def to_edge(row: Record) -> GraphEdge:
    """A row of EDGES or EDGES_AT."""
    invalid_at: int | None = row["invalid_at"]
    return GraphEdge(
        source=EntityRef(row["scope"], row["source"]),
        type=row["type"],
        target=EntityRef(row["scope"], row["target"]),
        memory_id=UUID(row["memory_id"]),
        valid_from=to_datetime(row["valid_from"]),
        invalid_at=None if invalid_at is None else to_datetime(invalid_at),
    )


def refs(found: "set[EntityRef] | list[EntityRef]") -> list[dict[str, Any]]:
    """Addresses as a parameter, in an order of their own."""
    return [{"scope": ref.scope, "key": ref.key} for ref in sorted(found)]
