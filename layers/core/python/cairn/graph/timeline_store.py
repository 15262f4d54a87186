"""Memories over time, read from their rows: chains of replacement, what was said of an entity, threads."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import sql
from psycopg.rows import DictRow

from cairn.filters import compile_filter
from cairn.filters.tree import And
from cairn.graph.timeline_types import Said, Thread
from cairn.kernel.tenancy import Page, Tenant
from cairn.language.mentions import Mention, Relation
from cairn.memories.messages import Message
from cairn.memories.rows import MEMORY_COLUMNS, columns, to_memory, to_relations
from cairn.memories.types import Memory, Selection
from cairn.memories.visibility import visible
from cairn.platform.database import Database

_VISIBLE: Final = """
SELECT m.id FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s) AND {visible} AND {where}
"""
_BY_ID: Final = """
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s) AND {visible} AND {where} ORDER BY m.id
"""
_RELATIONS: Final = """
SELECT m.id, m.relations FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s) ORDER BY m.id
"""
_SAID: Final = """
SELECT DISTINCT m.graph_scope, e AS entity, m.invalid_at IS NULL AS holds
FROM cairn.memories m CROSS JOIN LATERAL jsonb_array_elements(m.entities) e
WHERE m.project_id = %(project_id)s AND {visible} AND {where} LIMIT %(limit)s
"""
_SAYING: Final = """
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND {visible} AND {where} AND EXISTS (
    SELECT FROM jsonb_array_elements(m.entities) e
    JOIN unnest(%(scopes)s::text[], %(names)s::text[]) AS w (scope, name)
    ON w.scope = m.graph_scope AND w.name = e ->> 'name')
ORDER BY m.valid_from DESC, m.id DESC LIMIT %(limit)s
"""
# Names as the graph may have them: of an entity, its aliases, or an end of a relation.
_CARRIED: Final = r"""
SELECT DISTINCT w.scope, w.name FROM cairn.memories m
CROSS JOIN LATERAL (
    SELECT e ->> 'name' AS name FROM jsonb_array_elements(m.entities) e
    UNION ALL
    SELECT a FROM jsonb_array_elements(m.entities) e CROSS JOIN jsonb_array_elements_text(e -> 'aliases') a
    UNION ALL
    SELECT unnest(ARRAY[r ->> 'source', r ->> 'target']) FROM jsonb_array_elements(m.relations) r) said
JOIN unnest(%(scopes)s::text[], %(names)s::text[]) AS w (scope, name)
ON w.scope = m.graph_scope AND lower(w.name) = lower(regexp_replace(btrim(said.name), '\s+', ' ', 'g'))
WHERE m.project_id = %(project_id)s AND m.graph_scope = ANY(%(scopes)s) AND {visible} AND {where}
"""
# UNION, and not UNION ALL: a circle of successors ends.
_LINKED: Final = """
WITH RECURSIVE earlier AS (
    SELECT m.id FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s)
    UNION
    SELECT m.id FROM earlier e JOIN cairn.memories m ON m.project_id = %(project_id)s AND m.superseded_by = e.id
), later AS (
    SELECT m.id, m.superseded_by FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s)
    UNION
    SELECT m.id, m.superseded_by FROM later l JOIN cairn.memories m
    ON m.project_id = %(project_id)s AND m.id = l.superseded_by
)
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id IN (SELECT id FROM earlier UNION SELECT id FROM later) AND {visible}
ORDER BY m.valid_from, m.id LIMIT %(limit)s
"""
_CLOSED: Final = """
{visible} AND {where} AND m.invalid_at IS NOT NULL
AND (%(as_of)s::timestamptz IS NULL OR m.invalid_at <= %(as_of)s)"""
_COUNT_CLOSED: Final = """
SELECT count(*) AS count FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {closed}
"""
_LIST_CLOSED: Final = """
SELECT {columns} FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {closed}
ORDER BY m.invalid_at DESC, m.id DESC LIMIT %(size)s OFFSET %(offset)s
"""
_SUCCESSORS: Final = """
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id IN (
    SELECT p.superseded_by FROM (
        SELECT m.superseded_by FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {closed}
        ORDER BY m.invalid_at DESC, m.id DESC LIMIT %(size)s OFFSET %(offset)s) p)
"""
_SOURCES: Final = """
SELECT s.id, s.sequence, s.role, s.name, s.content, s.occurred_at FROM cairn.messages s
WHERE s.project_id = %(project_id)s AND s.id = ANY(ARRAY(
    SELECT unnest(m.source_message_ids) FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.id = %(memory_id)s))
ORDER BY s.id
"""
# The rows of its run in the same scope; without a run, those that came of the same event, found by its messages.
_AROUND: Final = """
WITH own AS MATERIALIZED (
    SELECT id, run_id, scope_key, event_id FROM cairn.memories
    WHERE project_id = %(project_id)s AND id = %(memory_id)s
), near AS (
    (SELECT m.id FROM own JOIN cairn.memories m ON m.project_id = %(project_id)s AND m.run_id = own.run_id
     AND m.scope_key = own.scope_key AND m.id < own.id AND {visible} ORDER BY m.id DESC LIMIT %(around)s)
    UNION ALL
    (SELECT m.id FROM own JOIN cairn.memories m ON m.project_id = %(project_id)s AND m.run_id = own.run_id
     AND m.scope_key = own.scope_key AND m.id > own.id AND {visible} ORDER BY m.id LIMIT %(around)s)
    UNION ALL
    (SELECT m.id FROM own JOIN cairn.memories m ON m.project_id = %(project_id)s AND own.run_id IS NULL
     AND m.id <> own.id AND m.event_id = own.event_id AND m.source_message_ids && ARRAY(
         SELECT s.id FROM own JOIN cairn.messages s ON s.project_id = %(project_id)s AND s.event_id = own.event_id)
     AND {visible} ORDER BY m.id LIMIT 2 * %(around)s)
)
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id IN (SELECT id FROM near) ORDER BY m.id
"""
_NAMES: Final = 20_000  # different names of one read
_CHAIN: Final = 500  # memories of the chains of one read


class PostgresTimelines:
    """Memories over time, and by id. Each method makes one round trip, as the tenant."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def visible(self, tenant: Tenant, selection: Selection, memory_ids: Sequence[UUID]) -> set[UUID]:
        """Which of these the selection lets through."""
        rows = self._read(tenant, _VISIBLE, selection, {"memory_ids": list(memory_ids)})
        return {row["id"] for row in rows}

    def by_id(self, tenant: Tenant, selection: Selection, memory_ids: Sequence[UUID]) -> dict[UUID, Memory]:
        """Those of these memories that the selection lets through."""
        rows = self._read(tenant, _BY_ID, selection, {"memory_ids": list(memory_ids)})
        return {row["id"]: to_memory(row) for row in rows}

    def relations(self, tenant: Tenant, memory_ids: Sequence[UUID]) -> list[tuple[UUID, Relation]]:
        """What these memories say of how things relate, in order of their ids."""
        params = {"project_id": tenant.project_id, "memory_ids": list(memory_ids)}
        (rows,) = self._database.read(tenant, [(_RELATIONS, params)])
        return [(row["id"], relation) for row in rows for relation in to_relations(row)]

    def said(self, tenant: Tenant, selection: Selection) -> list[Said]:
        """Every entity as memories of the selection name it, by graph scope; at most 20,000."""
        rows = self._read(tenant, _SAID, selection, {"limit": _NAMES})
        return [Said(row["graph_scope"], _mention(row["entity"]), row["holds"]) for row in rows]

    def saying(
        self, tenant: Tenant, selection: Selection, names: Sequence[tuple[str, str]], limit: int
    ) -> list[Memory]:
        """The latest memories of the selection that mention any of these (graph scope, name)."""
        own = {"scopes": [scope for scope, _ in names], "names": [name for _, name in names], "limit": limit}
        return [to_memory(row) for row in self._read(tenant, _SAYING, selection, own)]

    def carried(self, tenant: Tenant, selection: Selection, names: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these (graph scope, name) a memory of the selection says, in whatever case."""
        own = {"scopes": [scope for scope, _ in names], "names": [name for _, name in names]}
        return {(row["scope"], row["name"]) for row in self._read(tenant, _CARRIED, selection, own)}

    def linked(self, tenant: Tenant, selection: Selection, memory_ids: Sequence[UUID]) -> list[Memory]:
        """These memories, all they replaced and all that replaced them, by when they became true; at most 500."""
        own = {"memory_ids": list(memory_ids), "limit": _CHAIN}
        return [to_memory(row) for row in self._read(tenant, _LINKED, selection, own)]

    def superseded(
        self, tenant: Tenant, selection: Selection, page: Page
    ) -> tuple[int, list[tuple[Memory, Memory | None]]]:
        """Count of all memories that hold no longer and one page, the last closed first, each with its successor."""
        where, params = compile_filter(selection.where)
        closed = sql.SQL(_CLOSED).format(visible=visible(selection), where=where)
        parts = {"closed": closed, "columns": columns(selection.as_of)}
        params = params | _base(tenant, selection.as_of) | {"size": page.size, "offset": page.offset}
        statements = [(sql.SQL(s).format(**parts), params) for s in (_COUNT_CLOSED, _LIST_CLOSED, _SUCCESSORS)]
        counted, rows, successors = self._database.read(tenant, statements)
        by_id = {row["id"]: to_memory(row) for row in successors}
        return counted[0]["count"], [(to_memory(r), by_id.get(r["superseded_by"])) for r in rows]

    def thread(self, tenant: Tenant, memory_id: UUID, around: int) -> Thread | None:
        """The memory with its chain, its messages and what stands around it; None when it is not there."""
        shown = visible(Selection(_NO_FILTER, latest_only=False))
        params = _base(tenant, None) | {"memory_id": memory_id, "memory_ids": [memory_id], "limit": _CHAIN}
        params = params | {"around": around}
        parts = {"columns": MEMORY_COLUMNS, "visible": shown}
        chain, messages, near = self._database.read(
            tenant,
            [
                (sql.SQL(_LINKED).format(columns=MEMORY_COLUMNS, visible=sql.SQL("TRUE")), params),
                (_SOURCES, params),
                (sql.SQL(_AROUND).format(**parts), params),
            ],
        )
        memories = {row["id"]: to_memory(row) for row in chain}
        if memory_id not in memories:
            return None
        return Thread(
            memories[memory_id],
            tuple(m for m in memories.values() if m.id != memory_id),
            tuple(Message(**row) for row in messages),
            tuple(to_memory(row) for row in near),
        )

    def _read(self, tenant: Tenant, statement: Any, selection: Selection, own: dict[str, Any]) -> list[DictRow]:
        where, params = compile_filter(selection.where)
        parts = {"columns": columns(selection.as_of), "visible": visible(selection), "where": where}
        composed = sql.SQL(statement).format(**parts)
        (rows,) = self._database.read(tenant, [(composed, params | _base(tenant, selection.as_of) | own)])
        return rows


_NO_FILTER: Final = And(())


def _base(tenant: Tenant, as_of: datetime | None) -> dict[str, Any]:
    return {"project_id": tenant.project_id, "as_of": as_of}


def _mention(entity: dict[str, Any]) -> Mention:
    return Mention(entity["name"], entity["type"], tuple(entity.get("aliases") or ()))
