"""Projecting memories: each is taken out with all its edges and put in again as it is now, in one transaction.

Every statement names project and scope, and every node and relationship it touches carries both. Times are
microseconds since 1970, which every Bolt server compares alike.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, LiteralString

from cairn.graph.neo4j.connection import Transaction
from cairn.graph.resolve import ProjectedMemory, Projection, named
from cairn.kernel.tenancy import Scope

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# The first statement of every write: the lock on this node makes writers of one scope wait for each other.
LOCK: Final[LiteralString] = """
MERGE (s:Scope {project_id: $project_id, scope: $scope})
SET s.user_id = coalesce($user_id, s.user_id), s.agent_id = coalesce($agent_id, s.agent_id),
    s.app_id = coalesce($app_id, s.app_id), s.run_id = coalesce($run_id, s.run_id), s.written = $written
"""
MENTIONED: Final[LiteralString] = """
UNWIND $memory_ids AS memory_id
MATCH (m:Memory {project_id: $project_id, scope: $scope, memory_id: memory_id})
      -[r:MENTIONS {project_id: $project_id, scope: $scope}]->(e:Entity {project_id: $project_id, scope: $scope})
RETURN DISTINCT e.key AS key
"""
# One walk over each entity's relations, however many memories of it change: an entity may have thousands.
FORGET_RELATIONS: Final[LiteralString] = """
UNWIND $keys AS key
MATCH (e:Entity {project_id: $project_id, scope: $scope, key: key})
      -[r:RELATION {project_id: $project_id, scope: $scope}]->(:Entity {project_id: $project_id, scope: $scope})
WHERE r.memory_id IN $memory_ids
DELETE r
"""
FORGET_MENTIONS: Final[LiteralString] = """
UNWIND $memory_ids AS memory_id
MATCH (m:Memory {project_id: $project_id, scope: $scope, memory_id: memory_id})
      -[r:MENTIONS {project_id: $project_id, scope: $scope}]->(:Entity {project_id: $project_id, scope: $scope})
DELETE r
"""
FORGET_MEMORIES: Final[LiteralString] = """
UNWIND $gone AS memory_id
MATCH (m:Memory {project_id: $project_id, scope: $scope, memory_id: memory_id})
DETACH DELETE m
"""
PUT_MEMORIES: Final[LiteralString] = """
UNWIND $memories AS row
MERGE (m:Memory {project_id: $project_id, scope: $scope, memory_id: row.memory_id})
SET m.version = row.version, m.valid_from = row.valid_from, m.invalid_at = row.invalid_at, m.claims = row.claims,
    m.user_id = row.user_id, m.agent_id = row.agent_id, m.app_id = row.app_id, m.run_id = row.run_id
"""
PUT_ENTITIES: Final[LiteralString] = """
UNWIND $entities AS key
MERGE (e:Entity {project_id: $project_id, scope: $scope, key: key})
SET e.user_id = $user_id, e.agent_id = $agent_id, e.app_id = $app_id, e.run_id = $run_id
"""
PUT_MENTIONS: Final[LiteralString] = """
UNWIND $mentions AS row
MATCH (m:Memory {project_id: $project_id, scope: $scope, memory_id: row.memory_id})
MATCH (e:Entity {project_id: $project_id, scope: $scope, key: row.entity})
CREATE (m)-[:MENTIONS {project_id: $project_id, scope: $scope, said: row.said, label: row.label}]->(e)
"""
PUT_RELATIONS: Final[LiteralString] = """
UNWIND $relations AS row
MATCH (a:Entity {project_id: $project_id, scope: $scope, key: row.source})
MATCH (b:Entity {project_id: $project_id, scope: $scope, key: row.target})
CREATE (a)-[:RELATION {project_id: $project_id, scope: $scope, memory_id: row.memory_id, type: row.type,
    valid_from: row.valid_from, invalid_at: row.invalid_at, version: row.version}]->(b)
"""
LABELS: Final[LiteralString] = """
UNWIND $keys AS key
MATCH (e:Entity {project_id: $project_id, scope: $scope, key: key})
      <-[r:MENTIONS {project_id: $project_id, scope: $scope}]-(:Memory {project_id: $project_id, scope: $scope})
RETURN e.key AS key, min(r.label) AS label
"""
NAME_ENTITIES: Final[LiteralString] = """
UNWIND $named AS row
MATCH (e:Entity {project_id: $project_id, scope: $scope, key: row.key})
SET e.name = row.name, e.type = row.type
"""
FORGET_ENTITIES: Final[LiteralString] = """
UNWIND $unnamed AS key
MATCH (e:Entity {project_id: $project_id, scope: $scope, key: key})
DETACH DELETE e
"""
IS_INHABITED: Final[LiteralString] = """
MATCH (m:Memory {project_id: $project_id, scope: $scope}) RETURN m.memory_id AS memory_id LIMIT 1
"""
FORGET_SCOPE: Final[LiteralString] = """
MATCH (s:Scope {project_id: $project_id, scope: $scope}) DETACH DELETE s
"""
# Dropping goes in steps, so that no transaction grows with the scope.
DROP_MEMORIES: Final[LiteralString] = """
MATCH (m:Memory {project_id: $project_id, scope: $scope}) WITH m LIMIT 1000 DETACH DELETE m
RETURN count(*) AS dropped
"""
DROP_ENTITIES: Final[LiteralString] = """
MATCH (e:Entity {project_id: $project_id, scope: $scope}) WITH e LIMIT 1000 DETACH DELETE e
RETURN count(*) AS dropped
"""


def write(transaction: Transaction, projection: Projection, written: str) -> None:
    """Writes the projection; the scope's own node goes with its last memory."""
    memories = projection.memories
    owner = memories[0].row.scope.graph if memories else Scope()
    base = {"project_id": str(projection.project_id), "scope": projection.scope}
    params: dict[str, Any] = base | ids_of(owner) | {"written": written}
    transaction.run(LOCK, params)
    touched = _forget(transaction, projection, base)
    if memories:
        touched |= _put(transaction, memories, params)
    _name(transaction, touched, base)
    if projection.gone:
        _forget_empty(transaction, base)


def drop_step(transaction: Transaction, statement: LiteralString, base: dict[str, str]) -> int:
    """One step of taking everything out of a scope; returns how much that was."""
    rows = transaction.run(statement, base)
    return int(rows[0]["dropped"]) if rows else 0


def drop_scope(transaction: Transaction, base: dict[str, str], written: str) -> None:
    """Takes the scope's own node out, unless a memory has moved in meanwhile."""
    transaction.run(LOCK, base | ids_of(Scope()) | {"written": written})
    _forget_empty(transaction, base)


def ids_of(scope: Scope) -> dict[str, str | None]:
    """The four ids of a scope as parameters."""
    return {
        "user_id": scope.user_id,
        "agent_id": scope.agent_id,
        "app_id": scope.app_id,
        "run_id": scope.run_id,
    }


def moment(at: datetime | None) -> int | None:
    """A time as the graph keeps it."""
    return None if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def to_datetime(kept: int) -> datetime:
    """A time of the graph as a time."""
    return _EPOCH + timedelta(microseconds=kept)


def _forget(transaction: Transaction, projection: Projection, base: dict[str, str]) -> set[str]:
    """Takes the memories' edges out, and the memories that are gone; returns the entities they touched."""
    ids = [str(m.row.memory_id) for m in projection.memories] + [str(m) for m in projection.gone]
    keys = [row["key"] for row in transaction.run(MENTIONED, base | {"memory_ids": ids})]
    if keys:
        transaction.run(FORGET_RELATIONS, base | {"keys": keys, "memory_ids": ids})
        transaction.run(FORGET_MENTIONS, base | {"memory_ids": ids})
    if projection.gone:
        transaction.run(FORGET_MEMORIES, base | {"gone": [str(m) for m in projection.gone]})
    return set(keys)


def _forget_empty(transaction: Transaction, base: dict[str, str]) -> None:
    if not transaction.run(IS_INHABITED, base):
        transaction.run(FORGET_SCOPE, base)


def _put(transaction: Transaction, memories: Sequence[ProjectedMemory], params: dict[str, Any]) -> set[str]:
    entities = sorted({mention.entity for memory in memories for mention in memory.mentions})
    transaction.run(PUT_MEMORIES, params | {"memories": [_memory(memory) for memory in memories]})
    if entities:
        transaction.run(PUT_ENTITIES, params | {"entities": entities})
        transaction.run(PUT_MENTIONS, params | {"mentions": [row for memory in memories for row in _mentions(memory)]})
    relations = [row for memory in memories for row in _relations(memory)]
    if relations:
        transaction.run(PUT_RELATIONS, params | {"relations": relations})
    return set(entities)


def _name(transaction: Transaction, touched: set[str], base: dict[str, str]) -> None:
    """Names the entities after all that is said of them now; one that nothing mentions any more goes."""
    if not touched:
        return
    labels = {row["key"]: row["label"] for row in transaction.run(LABELS, base | {"keys": sorted(touched)})}
    rows = [{"key": key, **dict(zip(("name", "type"), named([label]), strict=True))} for key, label in labels.items()]
    if rows:
        transaction.run(NAME_ENTITIES, base | {"named": rows})
    if unnamed := sorted(touched - labels.keys()):
        transaction.run(FORGET_ENTITIES, base | {"unnamed": unnamed})


def _memory(memory: ProjectedMemory) -> dict[str, Any]:
    row = memory.row
    return {
        "memory_id": str(row.memory_id),
        "version": row.version,
        "valid_from": moment(row.valid_from),
        "invalid_at": moment(row.invalid_at),
        "claims": sorted(f"{alias}\t{name}" for alias, name in row.claims),
        **ids_of(row.scope),
    }


def _mentions(memory: ProjectedMemory) -> list[dict[str, Any]]:
    memory_id = str(memory.row.memory_id)
    return [{"memory_id": memory_id, "said": m.said, "entity": m.entity, "label": m.label} for m in memory.mentions]


def _relations(memory: ProjectedMemory) -> list[dict[str, Any]]:
    row = memory.row
    own = {
        "memory_id": str(row.memory_id),
        "version": row.version,
        "valid_from": moment(row.valid_from),
        "invalid_at": moment(row.invalid_at),
    }
    return [own | {"source": source, "type": kind, "target": target} for source, kind, target in memory.relations]
