"""What the graph is made from, and the outbox of what it has not seen yet."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from psycopg import sql
from psycopg.rows import DictRow

from cairn.graph.resolve import GraphRow, ScopeState, claims_of
from cairn.graph.types import GraphChange, Waiting
from cairn.kernel.tenancy import Scope, Tenant
from cairn.language.mentions import Mention, Relation
from cairn.platform.database import Database
from cairn.platform.failing_rows import FailingRows
from cairn.platform.retries import Failure, Retry
from cairn.platform.rows import scope_params, to_scope
from cairn.platform.sql_files import named_statements

_PER_MESSAGE: Final = 100  # memories named in one message

_SQL: Final = named_statements(__name__)
_OLDEST_FIRST: Final = sql.SQL("o.created_at, o.memory_id")
_NEWEST_FIRST: Final = sql.SQL("o.created_at DESC, o.memory_id DESC")
_FAILED: Final = FailingRows(_SQL["failing"], _SQL["note_failure"], _SQL["give_up"], _SQL["postpone"])


class PostgresGraphRows:
    """What the graph is made from, and the outbox of what it has not seen yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, tenant: Tenant, scope: str, memory_ids: Sequence[UUID]) -> ScopeState:
        """The rows of these memories, the claims of their whole graph scope, and their outbox rows."""
        params = {"project_id": tenant.project_id, "scope": scope, "memory_ids": list(memory_ids)}
        outbox, rows, claiming = self._database.read(
            tenant, [(_SQL["outbox"], params), (_SQL["rows"], params), (_SQL["claims"], params)]
        )
        claims = frozenset(claim for row in claiming for claim in claims_of(map(_mention, row["entities"])))
        return ScopeState(tuple(map(_to_row, rows)), claims, frozenset(row["id"] for row in outbox))

    def scope_of(self, tenant: Tenant, memory_id: UUID) -> str | None:
        """Key of the graph scope a memory belongs to; None when there is no such memory."""
        (rows,) = self._database.read(
            tenant, [(_SQL["scope_of"], {"project_id": tenant.project_id, "memory_id": memory_id})]
        )
        return rows[0]["graph_scope"] if rows else None

    def page(self, tenant: Tenant, whose: Scope, after: UUID | None, limit: int) -> list[tuple[UUID, str, int]]:
        """Memories with these ids, with graph scope and version, in order of id, from behind `after`."""
        params = {"project_id": tenant.project_id, **scope_params(whose), "after": after or UUID(int=0), "limit": limit}
        (rows,) = self._database.read(tenant, [(_SQL["page"], params)])
        return [(row["id"], row["graph_scope"], row["version"]) for row in rows]

    def count(self, tenant: Tenant, whose: Scope) -> int:
        """How many memories have these ids."""
        (rows,) = self._database.read(
            tenant, [(_SQL["count"], {"project_id": tenant.project_id, **scope_params(whose)})]
        )
        return rows[0]["count"]

    def take(
        self,
        tenant: Tenant,
        limit: int,
        unsent_after: timedelta,
        unfinished_after: timedelta,
        *,
        newest: bool = False,
    ) -> list[GraphChange]:
        """Takes up to `limit` outbox rows to be sent, the oldest or the newest first, and marks them as sent.

        Those never sent that are older than `unsent_after`, and those sent `unfinished_after` ago that were not
        projected since; none that waits for its next try. Two that ask at once get different rows.
        """
        params: dict[str, Any] = {
            "project_id": tenant.project_id,
            "limit": limit,
            "unsent_after": unsent_after,
            "unfinished_after": unfinished_after,
        }
        with self._database.transaction(tenant) as connection:
            with connection.pipeline():
                connection.execute("SET LOCAL synchronous_commit = off")
                claimed = connection.execute(
                    _SQL["claim"].format(order=_NEWEST_FIRST if newest else _OLDEST_FIRST), params
                )
            rows = claimed.fetchall()
        return _messages(tenant, rows)

    def release(self, tenant: Tenant, changes: Sequence[GraphChange]) -> None:
        """Marks rows as not sent after all."""
        self._write(tenant, _SQL["release"], {"ids": [i for change in changes for i in change.outbox_ids]})

    def done(self, tenant: Tenant, outbox_ids: Iterable[UUID]) -> int:
        """Removes the outbox rows with these ids; a memory that changed again has another by now."""
        ids = list(outbox_ids)
        return self._write(tenant, _SQL["done"], {"ids": ids}) if ids else 0

    def fail(self, tenant: Tenant, outbox_ids: Iterable[UUID], failure: Failure) -> Retry | None:
        """Writes down that these rows could not be projected, and what becomes of them.

        They keep their message where it need not wait long, are unsent until their next try where it must, or are given
        up on. None where all were projected, changed or given up on meanwhile.
        """
        params: dict[str, Any] = {"project_id": tenant.project_id, "ids": list(outbox_ids)}
        with self._database.transaction(tenant) as connection:
            return _FAILED.fail(connection, params, failure)

    def give_up(self, tenant: Tenant, outbox_ids: Iterable[UUID], error: str) -> int:
        """Gives up on these rows, with the error; returns how many were not given up on before."""
        return self._write(tenant, _SQL["give_up"], {"ids": list(outbox_ids), "error": error})

    def redrive(self, tenant: Tenant) -> int:
        """Makes rows that were given up on unsent again; returns how many."""
        return self._write(tenant, _SQL["redrive"], {})

    def mark(self, tenant: Tenant, whose: Scope) -> int:
        """Makes an outbox row of every memory with these ids, so that all are projected again."""
        return self._write(tenant, _SQL["mark"], scope_params(whose))

    def mark_gone(self, tenant: Tenant, memories: Sequence[tuple[UUID, str]]) -> int:
        """Makes an outbox row of each (memory, graph scope), whether there is such a memory or not."""
        ids, scopes = [memory_id for memory_id, _ in memories], [scope for _, scope in memories]
        return self._write(tenant, _SQL["mark_gone"], {"memory_ids": ids, "scopes": scopes, "user_id": tenant.user_id})

    def waiting(self, tenant: Tenant) -> Waiting:
        """How far the graph is behind."""
        (rows,) = self._database.read(tenant, [(_SQL["waiting"], {"project_id": tenant.project_id})])
        return Waiting(**rows[0])

    def waiting_projects(self, unsent_after: timedelta, unfinished_after: timedelta) -> list[UUID]:
        """All projects with rows that `take` would take; ids only."""
        with self._database.session() as connection:
            rows = connection.execute(_SQL["projects_behind"], [unsent_after, unfinished_after]).fetchall()
        return [row["project_id"] for row in rows]

    def _write(self, tenant: Tenant, statement: Any, params: dict[str, Any]) -> int:
        with self._database.transaction(tenant) as connection:
            return connection.execute(statement, params | {"project_id": tenant.project_id}).rowcount


def _messages(tenant: Tenant, rows: Sequence[DictRow]) -> list[GraphChange]:
    """One message per graph scope and hundred memories."""
    by_scope = sorted(rows, key=lambda row: (row["scope"], row["memory_id"]))
    found: list[GraphChange] = []
    for scope, group in groupby(by_scope, key=lambda row: row["scope"]):
        own = list(group)
        for start in range(0, len(own), _PER_MESSAGE):
            part = own[start : start + _PER_MESSAGE]
            ids = tuple(row["id"] for row in part)
            found.append(GraphChange(tenant.project_id, scope, tuple(row["memory_id"] for row in part), ids))
    return found


def _to_row(row: DictRow) -> GraphRow:
    return GraphRow(
        memory_id=row["id"],
        scope=to_scope(row),
        version=row["version"],
        valid_from=row["valid_from"],
        invalid_at=row["invalid_at"],
        entities=tuple(map(_mention, row["entities"])),
        relations=tuple(Relation(r["source"], r["type"], r["target"]) for r in row["relations"]),
    )


def _mention(entity: dict[str, Any]) -> Mention:
    return Mention(entity["name"], entity["type"], tuple(entity.get("aliases") or ()))
