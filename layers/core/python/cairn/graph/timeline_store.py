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
from cairn.platform.sql_files import named_statements

_SQL: Final = named_statements(__name__)
_CLOSED: Final = """
{visible} AND {where} AND m.invalid_at IS NOT NULL
AND (%(as_of)s::timestamptz IS NULL OR m.invalid_at <= %(as_of)s)"""
_NAMES: Final = 20_000  # different names of one read
_CHAIN: Final = 500  # memories of the chains of one read


class PostgresTimelines:
    """Memories over time, and by id. Each method makes one round trip, as the tenant."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def visible(self, tenant: Tenant, selection: Selection, memory_ids: Sequence[UUID]) -> set[UUID]:
        """Which of these the selection lets through."""
        rows = self._read(tenant, _SQL["visible"], selection, {"memory_ids": list(memory_ids)})
        return {row["id"] for row in rows}

    def by_id(self, tenant: Tenant, selection: Selection, memory_ids: Sequence[UUID]) -> dict[UUID, Memory]:
        """Those of these memories that the selection lets through."""
        rows = self._read(tenant, _SQL["by_id"], selection, {"memory_ids": list(memory_ids)})
        return {row["id"]: to_memory(row) for row in rows}

    def relations(self, tenant: Tenant, memory_ids: Sequence[UUID]) -> list[tuple[UUID, Relation]]:
        """What these memories say of how things relate, in order of their ids."""
        params = {"project_id": tenant.project_id, "memory_ids": list(memory_ids)}
        (rows,) = self._database.read(tenant, [(_SQL["relations"], params)])
        return [(row["id"], relation) for row in rows for relation in to_relations(row)]

    def said(self, tenant: Tenant, selection: Selection) -> list[Said]:
        """Every entity as memories of the selection name it, by graph scope; at most 20,000."""
        rows = self._read(tenant, _SQL["said"], selection, {"limit": _NAMES})
        return [Said(row["graph_scope"], _mention(row["entity"]), row["holds"]) for row in rows]

    def saying(
        self, tenant: Tenant, selection: Selection, names: Sequence[tuple[str, str]], limit: int
    ) -> list[Memory]:
        """The latest memories of the selection that mention any of these (graph scope, name)."""
        own = {"scopes": [scope for scope, _ in names], "names": [name for _, name in names], "limit": limit}
        return [to_memory(row) for row in self._read(tenant, _SQL["saying"], selection, own)]

    def carried(self, tenant: Tenant, selection: Selection, names: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these (graph scope, name) a memory of the selection says, in whatever case."""
        own = {"scopes": [scope for scope, _ in names], "names": [name for _, name in names]}
        return {(row["scope"], row["name"]) for row in self._read(tenant, _SQL["carried"], selection, own)}

    def linked(self, tenant: Tenant, selection: Selection, memory_ids: Sequence[UUID]) -> list[Memory]:
        """These memories, all they replaced and all that replaced them, by when they became true; at most 500."""
        own = {"memory_ids": list(memory_ids), "limit": _CHAIN}
        return [to_memory(row) for row in self._read(tenant, _SQL["linked"], selection, own)]

    def superseded(
        self, tenant: Tenant, selection: Selection, page: Page
    ) -> tuple[int, list[tuple[Memory, Memory | None]]]:
        """Count of all memories that hold no longer and one page, the last closed first, each with its successor."""
        where, params = compile_filter(selection.where)
        closed = sql.SQL(_CLOSED).format(visible=visible(selection), where=where)
        parts = {"closed": closed, "columns": columns(selection.as_of)}
        params = params | _base(tenant, selection.as_of) | {"size": page.size, "offset": page.offset}
        statements = [
            (s.format(**parts), params) for s in (_SQL["count_closed"], _SQL["list_closed"], _SQL["successors"])
        ]
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
                (_SQL["linked"].format(columns=MEMORY_COLUMNS, visible=sql.SQL("TRUE")), params),
                (_SQL["sources"], params),
                (_SQL["around"].format(**parts), params),
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

    def _read(self, tenant: Tenant, statement: sql.SQL, selection: Selection, own: dict[str, Any]) -> list[DictRow]:
        where, params = compile_filter(selection.where)
        parts = {"columns": columns(selection.as_of), "visible": visible(selection), "where": where}
        composed = statement.format(**parts)
        (rows,) = self._database.read(tenant, [(composed, params | _base(tenant, selection.as_of) | own)])
        return rows


_NO_FILTER: Final = And(())


def _base(tenant: Tenant, as_of: datetime | None) -> dict[str, Any]:
    return {"project_id": tenant.project_id, "as_of": as_of}


def _mention(entity: dict[str, Any]) -> Mention:
    return Mention(entity["name"], entity["type"], tuple(entity.get("aliases") or ()))
