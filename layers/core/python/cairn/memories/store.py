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
from cairn.platform.sql_files import named_statements

_SQL: Final = named_statements(__name__)

_GET_ALL: Final = _SQL["get_all"].format(columns=MEMORY_COLUMNS)

_GET_FOR_UPDATE: Final = _GET_ALL + sql.SQL(" FOR UPDATE")


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
            tenant, [(_SQL["count"].format(**parts), params), (_SQL["list"].format(**parts), params)]
        )
        return counted[0]["count"], [to_memory(row) for row in rows]

    def get(self, tenant: Tenant, memory_id: UUID, as_of: datetime | None = None) -> Memory | None:
        """The memory, as it read at `as_of` where that is given; None when it is not there, or was not yet true."""
        params = {"project_id": tenant.project_id, "memory_id": memory_id, "as_of": as_of}
        (rows,) = self._database.read(tenant, [(_SQL["get"].format(columns=columns(as_of)), params)])
        return to_memory(rows[0]) if rows else None

    def get_all(self, tenant: Tenant, memory_ids: Sequence[UUID]) -> dict[UUID, Memory]:
        """Those of these memories that are there, by their ids."""
        params = {"project_id": tenant.project_id, "memory_ids": list(memory_ids)}
        (rows,) = self._database.read(tenant, [(_GET_ALL, params)])
        return {row["id"]: to_memory(row) for row in rows}

    def history(self, tenant: Tenant, memory_id: UUID) -> list[HistoryEntry]:
        """Every change, oldest first; empty when the memory never was."""
        (rows,) = self._database.read(
            tenant, [(_SQL["history"], {"project_id": tenant.project_id, "memory_id": memory_id})]
        )
        return [_to_history(row) for row in rows]

    def entities(self, tenant: Tenant, page: Page) -> tuple[dict[str, int], list[Entity]]:
        """Counts per type and one page of all entities, oldest first."""
        params = {"project_id": tenant.project_id, "size": page.size, "offset": page.offset}
        (rows,) = self._database.read(tenant, [(_SQL["entities"], params)])
        if not rows and page.number > 1:
            totals, _ = self.entities(tenant, Page(1, 1))
            return totals, []
        entities = [Entity(r["type"], r["name"], r["total_memories"], r["created_at"], r["updated_at"]) for r in rows]
        return dict(rows[0]["totals"]) if rows else {}, entities

    def entity(self, tenant: Tenant, kind: str, name: str) -> Entity | None:
        """One user, agent, app or run; None where no memory is about it."""
        where, params = compile_filter(filter_of(Scope(**{f"{kind}_id": name})))
        statement = _SQL["entity"].format(where=where)
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
            if not connection.execute(_SQL["rate"], params).rowcount:
                raise NotFound("Memory not found!")

    def summaries(self, tenant: Tenant, where: Filter) -> list[Summary]:
        """The running summaries of the scopes that match, latest first; `where` names entities only."""
        condition, params = compile_filter(where)
        statement = _SQL["summaries"].format(where=condition)
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
