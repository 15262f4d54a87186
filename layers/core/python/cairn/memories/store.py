"""Memories in Postgres: reads, and what a caller changes of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import sql
from psycopg.rows import DictRow

from cairn.filters import Filter, compile_filter, filter_of
from cairn.kernel.errors import Contended, NotFound
from cairn.kernel.tenancy import Page, Scope, Tenant
from cairn.memories.changes import changeable, update_memories
from cairn.memories.rows import MEMORY_COLUMNS, columns, to_memory
from cairn.memories.types import Entity, HistoryEntry, Memory, MemoryChange, Operation, Selection, Summary
from cairn.memories.visibility import visible
from cairn.platform.database import Database
from cairn.platform.rows import to_scope

_GET: Final = sql.SQL("""
SELECT {columns}, coalesce(a.count, 0) AS access_count, a.last_at AS last_accessed_at FROM cairn.memories m
LEFT JOIN cairn.accesses a ON a.project_id = m.project_id AND a.memory_id = m.id
WHERE m.project_id = %(project_id)s AND m.id = %(memory_id)s
AND (%(as_of)s::timestamptz IS NULL OR m.valid_from <= %(as_of)s)
""")

_GET_ALL: Final = sql.SQL("""
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s) ORDER BY m.id
""").format(columns=MEMORY_COLUMNS)

_GET_FOR_UPDATE: Final = _GET_ALL + sql.SQL("FOR UPDATE")

_LIST: Final = """
SELECT {columns} FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {visible} AND {where}
ORDER BY m.created_at, m.id LIMIT %(size)s OFFSET %(offset)s
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

_ENTITY: Final = """
SELECT count(*) AS total_memories, min(m.created_at) AS created_at, max(m.updated_at) AS updated_at
FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {where}
"""

_RATE: Final = """
UPDATE cairn.memories SET feedback = %(feedback)s, feedback_reason = %(reason)s
WHERE project_id = %(project_id)s AND id = %(memory_id)s
"""
_SUMMARIES: Final = """
SELECT user_id, agent_id, app_id, run_id, text, updated_at FROM cairn.summaries m
WHERE m.project_id = %(project_id)s AND {where} AND m.text <> '' ORDER BY updated_at DESC LIMIT 100
"""


class PostgresMemoryStore:
    """Memories, and their history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_memories(self, tenant: Tenant, selection: Selection, page: Page) -> tuple[int, list[Memory]]:
        """Count of all and one page, in order of creation."""
        where, params = compile_filter(selection.where)
        parts = {"visible": visible(selection), "where": where, "columns": columns(selection.as_of)}
        params = params | {
            "project_id": tenant.project_id,
            "as_of": selection.as_of,
            "size": page.size,
            "offset": page.offset,
        }
        counted, rows = self._database.read(
            tenant, [(sql.SQL(_COUNT).format(**parts), params), (sql.SQL(_LIST).format(**parts), params)]
        )
        return counted[0]["count"], [to_memory(row) for row in rows]

    def get(self, tenant: Tenant, memory_id: UUID, as_of: datetime | None = None) -> Memory | None:
        """The memory, as it read at `as_of` where that is given; None when it is not there, or was not yet true."""
        params = {"project_id": tenant.project_id, "memory_id": memory_id, "as_of": as_of}
        (rows,) = self._database.read(tenant, [(_GET.format(columns=columns(as_of)), params)])
        return to_memory(rows[0]) if rows else None

    def get_all(self, tenant: Tenant, memory_ids: Sequence[UUID]) -> dict[UUID, Memory]:
        """Those of these memories that are there, by their ids."""
        params = {"project_id": tenant.project_id, "memory_ids": list(memory_ids)}
        (rows,) = self._database.read(tenant, [(_GET_ALL, params)])
        return {row["id"]: to_memory(row) for row in rows}

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

    def entity(self, tenant: Tenant, kind: str, name: str) -> Entity | None:
        """One user, agent, app or run; None where no memory is about it."""
        where, params = compile_filter(filter_of(Scope(**{f"{kind}_id": name})))
        statement = sql.SQL(_ENTITY).format(where=where)
        (rows,) = self._database.read(tenant, [(statement, params | {"project_id": tenant.project_id})])
        (row,) = rows
        return Entity(kind, name, **row) if row["total_memories"] else None

    def update(self, tenant: Tenant, changes: Sequence[MemoryChange]) -> list[Memory]:
        """Applies all changes, each of another memory, or none.

        Raises:
            NotFound, InvalidRequest: a memory is not there, or is immutable.
            Conflict: a text stands in the scope already.
            Contended: a memory is not the version any more that its vectors were made from.
        """
        with self._database.transaction(tenant, with_vectors=True) as connection:
            ids = [c.memory_id for c in changes]
            params: dict[str, Any] = {"project_id": tenant.project_id, "memory_ids": ids}
            current = {r["id"]: to_memory(r) for r in connection.execute(_GET_FOR_UPDATE, params)}
            for change in changes:
                memory = changeable(current, change.memory_id)
                if change.made_from not in (None, memory.version):
                    raise Contended("Another change of this memory came between; send this one again.")
            update_memories(connection, tenant, changes, current)
            updated = {r["id"]: to_memory(r) for r in connection.execute(_GET_FOR_UPDATE, params)}
        return [updated[i] for i in ids]

    def rate(self, tenant: Tenant, memory_id: UUID, feedback: str | None, reason: str | None) -> None:
        """Keeps what a caller thinks of a memory; raises NotFound."""
        params = {"project_id": tenant.project_id, "memory_id": memory_id, "feedback": feedback, "reason": reason}
        with self._database.transaction(tenant) as connection:
            if not connection.execute(_RATE, params).rowcount:
                raise NotFound("Memory not found!")

    def summaries(self, tenant: Tenant, where: Filter) -> list[Summary]:
        """The running summaries of the scopes that match, latest first; `where` names entities only."""
        condition, params = compile_filter(where)
        statement = sql.SQL(_SUMMARIES).format(where=condition)
        (rows,) = self._database.read(tenant, [(statement, params | {"project_id": tenant.project_id})])
        return [Summary(to_scope(row), row["text"], row["updated_at"]) for row in rows]


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
