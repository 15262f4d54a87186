"""Memories in Postgres: reads, updates and the effects of consolidation."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from psycopg import errors, sql
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from cairn.adapters.postgres import erase
from cairn.adapters.postgres.rows import (
    MEMORY_COLUMNS,
    memory_params,
    scope_params,
    to_memory,
    to_scope,
    vector_text,
)
from cairn.adapters.postgres.search import search_statement, to_hit, visible
from cairn.db import Connection, Database
from cairn.errors import Conflict, InvalidRequest, NotFound
from cairn.filters import Filter, compile_filter
from cairn.models import (
    Decision,
    Entity,
    HistoryEntry,
    Memory,
    Neighbour,
    NewMemory,
    Operation,
    Receipt,
    Scope,
    SearchHit,
    Tenant,
    Vector,
    new_id,
    text_sha256,
)
from cairn.selection import MemoryChange, Page, SearchQuery, Selection

# One statement per memory: the row and its first history entry stand or fall together.
INSERT: Final = """
WITH words AS (SELECT to_tsvector('english', %(indexed_text)s::text) AS lexemes
), added AS (
    INSERT INTO cairn.memories (
        project_id, id, user_id, agent_id, app_id, run_id, scope_key, event_id, actor, kind, text, text_sha256,
        embedding, lexemes, lexeme_count, metadata, categories, sequence, valid_from, expires_on, immutable,
        source_message_ids, source_span, extractor)
    SELECT %(project_id)s, %(id)s, %(user_id)s, %(agent_id)s, %(app_id)s, %(run_id)s, %(scope_key)s, %(event_id)s,
        %(actor)s, %(kind)s, %(text)s, %(text_sha256)s, %(embedding)s::halfvec, lexemes,
        (SELECT coalesce(sum(cardinality(positions)), 0) FROM unnest(lexemes)), %(metadata)s, %(categories)s,
        %(sequence)s, %(valid_from)s, %(expires_on)s, %(immutable)s, %(source_message_ids)s, %(source_span)s,
        %(extractor)s
    FROM words
    ON CONFLICT (project_id, scope_key, text_sha256) WHERE invalid_at IS NULL AND kind = 'fact' DO NOTHING
    RETURNING project_id, id, text, user_id, agent_id, app_id, run_id, actor, event_id, created_at)
INSERT INTO cairn.history (project_id, id, memory_id, event, new_memory, user_id, agent_id, app_id, run_id, actor,
                           event_id, created_at)
SELECT project_id, %(history_id)s, id, 'ADD', text, user_id, agent_id, app_id, run_id, actor, event_id, created_at
FROM added
"""

_GET: Final = sql.SQL("""
SELECT {columns} FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.id = %(memory_id)s
""").format(columns=MEMORY_COLUMNS)

_GET_FOR_UPDATE: Final = sql.SQL("""
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s) ORDER BY m.id FOR UPDATE
""").format(columns=MEMORY_COLUMNS)

_LIST: Final = """
SELECT {columns} FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {visible} AND {where}
ORDER BY m.id LIMIT %(size)s OFFSET %(offset)s
"""

_COUNT: Final = """
SELECT count(*) AS count FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {visible} AND {where}
"""

_HISTORY: Final = """
SELECT h.*, m.metadata, coalesce(m.categories, '{}') AS categories, coalesce((
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('role', s.role, 'name', s.name, 'content', s.content))
                     ORDER BY s.sequence)
    FROM cairn.messages s
    WHERE s.project_id = h.project_id AND s.id = ANY(m.source_message_ids) AND h.event = 'ADD'), '[]') AS input
FROM cairn.history h LEFT JOIN cairn.memories m ON m.project_id = h.project_id AND m.id = h.memory_id
WHERE h.project_id = %(project_id)s AND h.memory_id = %(memory_id)s ORDER BY h.id
"""

_ENTITIES: Final = """
WITH entities AS (
    SELECT e.type, e.name, count(*) AS total_memories, min(m.created_at) AS created_at, max(m.updated_at) AS updated_at
    FROM cairn.memories m
    CROSS JOIN LATERAL (VALUES ('user', m.user_id), ('agent', m.agent_id), ('app', m.app_id), ('run', m.run_id))
        AS e (type, name)
    WHERE m.project_id = %(project_id)s AND e.name IS NOT NULL GROUP BY 1, 2)
SELECT *, (SELECT jsonb_object_agg(type, n) FROM (SELECT type, count(*) AS n FROM entities GROUP BY 1) t) AS totals
FROM entities ORDER BY created_at, type, name COLLATE "C" LIMIT %(size)s OFFSET %(offset)s
"""

_NEIGHBOURS: Final = """
SELECT probe.position, near.id, near.text, near.actor, near.cosine
FROM unnest(%(vectors)s::text[]) WITH ORDINALITY AS probe (vector, position)
CROSS JOIN LATERAL (
    SELECT m.id, m.text, m.actor, (1 - (m.embedding <=> probe.vector::halfvec))::float8 AS cosine
    FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.scope_key = %(scope_key)s AND m.kind = 'fact' AND m.invalid_at IS NULL
    ORDER BY m.embedding <=> probe.vector::halfvec LIMIT %(k)s) near
ORDER BY probe.position, near.cosine DESC
"""

_LOCK_UNFINISHED: Final = """
SELECT id FROM cairn.events
WHERE project_id = %(project_id)s AND id = %(event_id)s AND status IN ('PENDING', 'RUNNING') FOR UPDATE
"""

_KNOWN_FACT: Final = """
SELECT id FROM cairn.memories
WHERE project_id = %(project_id)s AND scope_key = %(scope_key)s AND text_sha256 = %(text_sha256)s
AND kind = 'fact' AND invalid_at IS NULL
"""

_FINISH: Final = """
UPDATE cairn.events SET status = 'SUCCEEDED', results = %(results)s, error = NULL, updated_at = now(),
    completed_at = now()
WHERE project_id = %(project_id)s AND id = %(event_id)s
"""

_UPDATE: Final = """
UPDATE cairn.memories m SET
    text = coalesce(%(text)s, m.text),
    text_sha256 = coalesce(%(text_sha256)s, m.text_sha256),
    embedding = coalesce(%(embedding)s::halfvec, m.embedding),
    lexemes = coalesce(w.lexemes, m.lexemes),
    lexeme_count = CASE WHEN w.lexemes IS NULL THEN m.lexeme_count
                        ELSE (SELECT coalesce(sum(cardinality(positions)), 0) FROM unnest(w.lexemes)) END,
    metadata = coalesce(%(metadata)s, m.metadata),
    valid_from = coalesce(%(valid_from)s, m.valid_from),
    expires_on = CASE WHEN %(clear_expiry)s THEN NULL ELSE coalesce(%(expires_on)s, m.expires_on) END,
    version = m.version + 1, updated_at = now()
FROM (SELECT to_tsvector('english', %(indexed_text)s::text) AS lexemes) w
WHERE m.project_id = %(project_id)s AND m.id = %(memory_id)s
"""

_HISTORY_UPDATE: Final = """
INSERT INTO cairn.history (project_id, id, memory_id, event, old_memory, new_memory, user_id, agent_id, app_id, run_id,
                           actor)
VALUES (%(project_id)s, %(history_id)s, %(memory_id)s, 'UPDATE', %(old_memory)s, %(new_memory)s, %(user_id)s,
        %(agent_id)s, %(app_id)s, %(run_id)s, %(actor)s)
"""


class PostgresMemoryStore:
    """The MemoryStore on Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def search(self, tenant: Tenant, query: SearchQuery) -> list[SearchHit]:
        """The best hits, in one round trip."""
        (rows,) = self._database.read(tenant, [search_statement(tenant, query)])
        return [to_hit(row) for row in rows]

    def list_memories(self, tenant: Tenant, selection: Selection, page: Page) -> tuple[int, list[Memory]]:
        """Count of all and one page, in order of creation."""
        where, params = compile_filter(selection.where)
        parts = {"visible": visible(selection), "where": where, "columns": MEMORY_COLUMNS}
        params = params | {"project_id": tenant.project_id, "size": page.size, "offset": page.offset}
        counted, rows = self._database.read(
            tenant, [(sql.SQL(_COUNT).format(**parts), params), (sql.SQL(_LIST).format(**parts), params)]
        )
        return counted[0]["count"], [to_memory(row) for row in rows]

    def get(self, tenant: Tenant, memory_id: UUID) -> Memory | None:
        """The memory, or None."""
        (rows,) = self._database.read(tenant, [(_GET, {"project_id": tenant.project_id, "memory_id": memory_id})])
        return to_memory(rows[0]) if rows else None

    def history(self, tenant: Tenant, memory_id: UUID) -> list[HistoryEntry]:
        """Every change, oldest first; empty when the memory never was."""
        (rows,) = self._database.read(tenant, [(_HISTORY, {"project_id": tenant.project_id, "memory_id": memory_id})])
        return [_to_history(row) for row in rows]

    def entities(self, tenant: Tenant, page: Page) -> tuple[dict[str, int], list[Entity]]:
        """Counts per type and one page of all entities, oldest first."""
        params = {"project_id": tenant.project_id, "size": page.size, "offset": page.offset}
        (rows,) = self._database.read(tenant, [(_ENTITIES, params)])
        if not rows and page.number > 1:
            totals, _ = self.entities(tenant, Page(1, 1))
            return totals, []
        entities = [Entity(r["type"], r["name"], r["total_memories"], r["created_at"], r["updated_at"]) for r in rows]
        return dict(rows[0]["totals"]) if rows else {}, entities

    def neighbours(self, tenant: Tenant, scope: Scope, vectors: Sequence[Vector], k: int) -> list[list[Neighbour]]:
        """For each vector the k nearest valid facts of exactly this scope."""
        params = {
            "project_id": tenant.project_id,
            "scope_key": scope.key,
            "vectors": [vector_text(v) for v in vectors],
            "k": k,
        }
        (rows,) = self._database.read(tenant, [(_NEIGHBOURS, params)])
        near: dict[int, list[Neighbour]] = {position: [] for position in range(1, len(vectors) + 1)}
        for row in rows:
            near[row["position"]].append(Neighbour(row["id"], row["text"], row["actor"], row["cosine"]))
        return list(near.values())

    def apply(self, tenant: Tenant, event_id: UUID, decisions: Sequence[Decision]) -> tuple[int, int] | None:
        """Applies the decisions and finishes the event, in one transaction: (added, known).

        The lock on the event's row makes the effect exactly-once: a second delivery finds the event finished.
        """
        event = {"project_id": tenant.project_id, "event_id": event_id}
        with self._database.transaction(tenant) as connection:
            if connection.execute(_LOCK_UNFINISHED, event).fetchone() is None:
                return None
            results = [_apply(connection, tenant, event_id, n, decision) for n, decision in enumerate(decisions)]
            connection.execute(_FINISH, event | {"results": Jsonb(results)})
        added = sum(r["event"] == Operation.ADD for r in results)
        return added, len(results) - added

    def update(self, tenant: Tenant, changes: Sequence[MemoryChange]) -> list[Memory]:
        """Applies all changes or none; raises NotFound, InvalidRequest (immutable) or Conflict naming the memory."""
        with self._database.transaction(tenant) as connection:
            ids = [c.memory_id for c in changes]
            params: dict[str, Any] = {"project_id": tenant.project_id, "memory_ids": ids}
            current = {r["id"]: to_memory(r) for r in connection.execute(_GET_FOR_UPDATE, params)}
            for change in changes:
                _update(connection, tenant, change, _changeable(current, change.memory_id))
            updated = {r["id"]: to_memory(r) for r in connection.execute(_GET_FOR_UPDATE, params)}
        return [updated[i] for i in ids]

    def delete(self, tenant: Tenant, memory_ids: Sequence[UUID]) -> Receipt:
        """Erases these memories and what they alone were made from; raises NotFound, and then erases none."""
        with self._database.transaction(tenant) as connection:
            receipt, erased = erase.memories(connection, tenant, memory_ids)
            missing = set(memory_ids) - erased
            if missing:
                raise NotFound("Memory not found!")
        return receipt

    def delete_matching(self, tenant: Tenant, where: Filter, *, whole_scope: bool) -> tuple[UUID, Receipt]:
        """Erases what matches; with `whole_scope`, its messages and events too. Returns the event of the receipt."""
        with self._database.transaction(tenant) as connection:
            receipt = erase.matching(connection, tenant, where)
            if whole_scope:
                receipt = erase.scope(connection, tenant, where, receipt)
            return erase.record(connection, tenant, receipt), receipt

    def purge_expired(self, days: int) -> int:
        """Erases memories that expired more than `days` days ago, in all projects; at most 10,000 a call."""
        with self._database.session() as connection:
            rows = connection.execute(
                "SELECT * FROM cairn.expired_memories((now() AT TIME ZONE 'UTC')::date - %s, 10000)", [days]
            ).fetchall()
        by_project: dict[UUID, list[UUID]] = {}
        for row in rows:
            by_project.setdefault(row["project_id"], []).append(row["memory_id"])
        for project_id, memory_ids in by_project.items():
            tenant = Tenant(project_id)
            with self._database.transaction(tenant) as connection:
                erase.memories(connection, tenant, memory_ids)
        return len(rows)


def insert_params(memory: NewMemory, tenant: Tenant, event_id: UUID, sequence: int) -> dict[str, Any]:
    """Parameters of INSERT."""
    return memory_params(memory, tenant.project_id, event_id, sequence) | {"history_id": new_id()}


def _apply(
    connection: Connection, tenant: Tenant, event_id: UUID, sequence: int, decision: Decision
) -> Mapping[str, Any]:
    """Applies one decision; an ADD that an exact repeat forestalled becomes a NOOP."""
    memory = decision.memory
    if memory is None:
        return {
            "event": decision.operation,
            "id": str(decision.known_id) if decision.known_id else None,
            "reason": decision.reason,
        }
    if connection.execute(INSERT, insert_params(memory, tenant, event_id, sequence)).rowcount:
        return {"event": Operation.ADD, "id": str(memory.id), "reason": decision.reason}
    known = connection.execute(
        _KNOWN_FACT,
        {"project_id": tenant.project_id, "scope_key": memory.scope.key, "text_sha256": memory.text_sha256},
    ).fetchone()
    known_id = str(known["id"]) if known else None
    return {"event": Operation.NOOP, "id": known_id, "reason": "Said before in the same words."}


def _changeable(current: Mapping[UUID, Memory], memory_id: UUID) -> Memory:
    memory = current.get(memory_id)
    if memory is None:
        raise NotFound("Memory not found!")
    if memory.immutable:
        raise InvalidRequest(f"memory_id {str(memory_id)!r} names an immutable memory, which cannot be updated.")
    return memory


def _update(connection: Connection, tenant: Tenant, change: MemoryChange, current: Memory) -> None:
    text = change.text
    params: dict[str, Any] = {
        "project_id": tenant.project_id,
        "memory_id": change.memory_id,
        "text": text,
        "text_sha256": None if text is None else text_sha256(text, current.actor),
        "embedding": vector_text(change.embedding) if change.embedding else None,
        "indexed_text": change.indexed_text,
        "metadata": None if change.metadata is None else Jsonb(dict(change.metadata)),
        "valid_from": change.valid_from,
        "expires_on": change.expires_on,
        "clear_expiry": change.clear_expiry,
    }
    try:
        connection.execute(_UPDATE, params)
    except errors.UniqueViolation as exc:
        raise Conflict("Another memory of this scope already says exactly that.") from exc
    connection.execute(
        _HISTORY_UPDATE,
        {
            "project_id": tenant.project_id,
            "history_id": new_id(),
            "memory_id": change.memory_id,
            "old_memory": current.text,
            "new_memory": current.text if text is None else text,
            "actor": current.actor,
            **scope_params(current.scope),
        },
    )


def _to_history(row: DictRow) -> HistoryEntry:
    return HistoryEntry(
        id=row["id"],
        memory_id=row["memory_id"],
        event=Operation(row["event"]),
        old_memory=row["old_memory"],
        new_memory=row["new_memory"],
        scope=to_scope(row),
        actor=row["actor"],
        event_id=row["event_id"],
        created_at=row["created_at"],
        input=tuple(row["input"]),
        categories=tuple(row["categories"]),
        metadata=row["metadata"],
    )
