"""Memories in Postgres: reads, updates and the effects of consolidation."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import sql
from psycopg.rows import DictRow

from cairn.adapters.postgres import apply, erase, indexing, large, surroundings
from cairn.adapters.postgres.changes import changeable, update_memories
from cairn.adapters.postgres.finding import EXACT_ROWS, Finder
from cairn.adapters.postgres.rows import MEMORY_COLUMNS, NOT_EXPIRED, columns, halves, to_memory, to_scope
from cairn.adapters.postgres.search import to_hit, visible
from cairn.db import Database
from cairn.errors import Contended, NotFound
from cairn.facts import Applied, Neighbour, Outcome
from cairn.filters import Filter, compile_filter, filter_of
from cairn.models import Entity, HistoryEntry, Memory, Operation, Receipt, Scope, SearchResult, Summary, Tenant, Vector
from cairn.selection import MemoryChange, Page, SearchQuery, Selection, Surroundings, Wanted

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

NEIGHBOURS: Final = sql.SQL("""
SELECT probe.position, near.*
FROM unnest(%(vectors)s::halfvec[], %(closed)s::boolean[]) WITH ORDINALITY AS probe (vector, closed, position)
CROSS JOIN LATERAL (
    SELECT m.id, m.text, m.actor, m.valid_from, m.version, m.immutable, m.invalid_at IS NULL AS valid,
           (1 - (m.embedding <=> probe.vector))::float8 AS cosine
    FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.scope_key = %(scope_key)s AND m.kind = 'fact'
    AND (probe.closed OR m.invalid_at IS NULL AND {not_expired})
    ORDER BY m.embedding <=> probe.vector LIMIT %(k)s) near
ORDER BY probe.position, near.cosine DESC
""").format(not_expired=NOT_EXPIRED)

# In order of id, so that two writers never wait for each other in a circle. What is being erased is passed over.
_COUNT_ACCESSES: Final = """
INSERT INTO cairn.accesses (project_id, memory_id, user_id, count, last_at)
SELECT m.project_id, m.id, m.user_id, found.count, %(at)s
FROM unnest(%(memory_ids)s::uuid[], %(counts)s::bigint[]) AS found (id, count)
JOIN cairn.memories m ON m.project_id = %(project_id)s AND m.id = found.id ORDER BY m.id FOR KEY SHARE OF m
ON CONFLICT (project_id, memory_id) DO UPDATE SET
    count = accesses.count + excluded.count, last_at = greatest(accesses.last_at, excluded.last_at)
RETURNING memory_id
"""
# A search waits neither for a writer nor for the disk to have counted.
_HASTILY: Final = "SELECT set_config('lock_timeout', '100ms', true), set_config('synchronous_commit', 'off', true)"
_RATE: Final = """
UPDATE cairn.memories SET feedback = %(feedback)s, feedback_reason = %(reason)s
WHERE project_id = %(project_id)s AND id = %(memory_id)s
"""
_SCOPE_SIZE: Final = """
SELECT count(*) AS count FROM cairn.memories
WHERE project_id = %(project_id)s AND scope_key = %(scope_key)s AND kind = 'fact' AND invalid_at IS NULL
"""


class PostgresMemoryStore:
    """The MemoryStore on Postgres."""

    def __init__(self, database: Database, *, exact_rows: int = EXACT_ROWS) -> None:
        self._database = database
        self._finder = Finder(database, most=exact_rows)

    def search(self, tenant: Tenant, query: SearchQuery) -> SearchResult:
        """The best hits, in one round trip; the first search of a large scope makes a few, and remembers it."""
        rows, searched = self._finder.find(tenant, query)
        return SearchResult([to_hit(row, query.weights) for row in rows], searched)

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
        """One entity; None where no memory is about it."""
        where, params = compile_filter(filter_of(Scope(**{f"{kind}_id": name})))
        statement = sql.SQL(_ENTITY).format(where=where)
        (rows,) = self._database.read(tenant, [(statement, params | {"project_id": tenant.project_id})])
        (row,) = rows
        return Entity(kind, name, **row) if row["total_memories"] else None

    def neighbours(
        self, tenant: Tenant, scope: Scope, probes: Sequence[tuple[Vector, bool]], k: int
    ) -> tuple[int, list[list[Neighbour]]]:
        """How many valid facts exactly this scope has, and for each probe the k nearest facts of it; see the port."""
        params = {
            "project_id": tenant.project_id,
            "scope_key": scope.key,
            "vectors": [halves(vector) for vector, _ in probes],
            "closed": [closed for _, closed in probes],
            "k": k,
        }
        size, rows = self._database.read(tenant, [(_SCOPE_SIZE, params), (NEIGHBOURS, params)], with_vectors=True)
        near: dict[int, list[Neighbour]] = {position: [] for position in range(1, len(probes) + 1)}
        for row in rows:
            near[row.pop("position")].append(Neighbour(**row))
        return size[0]["count"], list(near.values())

    def apply(self, tenant: Tenant, event_id: UUID, outcome: Outcome) -> Applied | None:
        """Applies what consolidation decided and finishes the event, in one transaction; see the port."""
        with self._database.transaction(tenant, with_vectors=True) as connection:
            return apply.outcome(connection, tenant, event_id, outcome)

    def update(self, tenant: Tenant, changes: Sequence[MemoryChange]) -> list[Memory]:
        """Applies all changes or none; see the port."""
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

    def delete(self, tenant: Tenant, memory_ids: Sequence[UUID], *, linked: bool = False) -> Receipt:
        """Erases these memories, with `linked` what they superseded too; see the port."""
        with self._database.transaction(tenant) as connection:
            chain = erase.with_superseded(connection, tenant, memory_ids) if linked else memory_ids
            receipt, erased = erase.memories(connection, tenant, chain)
            missing = set(memory_ids) - erased
            if missing:
                raise NotFound("Memory not found!")
        return receipt

    def rate(self, tenant: Tenant, memory_id: UUID, feedback: str | None, reason: str | None) -> None:
        """Keeps what a caller thinks of a memory; raises NotFound."""
        params = {"project_id": tenant.project_id, "memory_id": memory_id, "feedback": feedback, "reason": reason}
        with self._database.transaction(tenant) as connection:
            if not connection.execute(_RATE, params).rowcount:
                raise NotFound("Memory not found!")

    def count_accesses(self, tenant: Tenant, counts: Mapping[UUID, int], at: datetime) -> None:
        """Adds to how often memories were found; see the port."""
        params = {
            "project_id": tenant.project_id,
            "memory_ids": list(counts),
            "counts": list(counts.values()),
            "at": at,
        }
        self._database.read(tenant, [(_HASTILY, {}), (_COUNT_ACCESSES, params)])

    def surroundings(self, tenant: Tenant, wanted: Wanted) -> Surroundings:
        """What belongs into a context block beside the hits, in one round trip."""
        return surroundings.gathered(*self._database.read(tenant, surroundings.statements(tenant, wanted)))

    def summaries(self, tenant: Tenant, where: Filter) -> list[Summary]:
        """The running summaries of the scopes that match, latest first; `where` names entities only."""
        (rows,) = self._database.read(tenant, [surroundings.summaries(tenant, where)])
        return [surroundings.to_summary(row) for row in rows]

    def index_large_scopes(self, settled: UUID, at_most: int) -> int:
        """Fills the indexes of large scopes, all projects', and counts their words; see the port."""
        with self._database.session() as connection:
            scopes = connection.execute("SELECT * FROM cairn.all_large_scopes()").fetchall()
        indexed = 0
        for row in scopes:
            tenant, entity = Tenant(row["project_id"]), large.LargeEntity(row["entity"], row["name"])
            batch = 1
            while batch and indexed < at_most:
                with self._database.transaction(tenant) as connection:
                    batch = indexing.index_batch(connection, tenant, entity, settled)
                indexed += batch
            with self._database.transaction(tenant) as connection:
                indexing.count_words(connection, tenant, entity)
        return indexed

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
