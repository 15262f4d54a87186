"""Erasures that may be large: in steps, each a transaction of its own, with an event that says how far it is.

What is told after an erasure was asked for is not meant by it: `until` in the event says how far the tables went then.
Adds of the scope wait meanwhile (`RUNNING`), so that nothing is taken for known that is about to go.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from psycopg import sql
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from cairn.erasure import erase
from cairn.erasure.erase import Until
from cairn.erasure.types import Erasing, Erasure
from cairn.kernel.errors import NotFound
from cairn.kernel.ids import new_id
from cairn.kernel.tenancy import Scope, Tenant
from cairn.memories.types import Receipt
from cairn.platform.database import Connection, Database
from cairn.platform.sql_files import named_statements

_SQL: Final = named_statements(__name__)
# No index has the messages of an app by its name.
_NAMED_IN: Final = {"app_id": ("memories",)}
_NAMED: Final = ("memories", "messages")
AT_ONCE: Final = 2_000  # rows of a table in one transaction: under a second


class PostgresErasures:
    """Erasures, however large: each call removes a bounded part, in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, tenant: Tenant, erasure: Erasure) -> Erasing:
        """Erases what waits in the queue for the scope, and what one transaction bears.

        What is left is kept as an unfinished event, which consolidation of the scope waits for.
        """
        event_id = new_id()
        with self._database.transaction(tenant) as connection:
            queued = erase.queued(connection, tenant, erasure) if erasure.whole_scope else Receipt()
            removed, done = erase.some(connection, tenant, erasure, erase.ALL, at_most=AT_ONCE)
            receipt = queued + removed
            if done:
                erase.store(connection, tenant, event_id, _kept(erasure), _results(receipt))
            else:
                _insert(connection, tenant, event_id, erasure)
                connection.execute(_SQL["go_on"], _own(tenant, event_id) | {"results": Jsonb(_results(receipt))})
        return Erasing(event_id, receipt, done)

    def go_on(self, tenant: Tenant, event_id: UUID) -> Erasing | None:
        """Erases as much again; None where the event is finished or gone."""
        with self._database.transaction(tenant) as connection:
            row = connection.execute(_SQL["hold"], _own(tenant, event_id)).fetchone()
            return None if row is None else _next_step(connection, tenant, event_id, row)

    def is_cut_off(self, tenant: Tenant, scope: Scope) -> bool:
        """Whether a name goes on after that of the scope's one entity where a URL ends its path: with `?` or `#`."""
        ((column, name),) = ((column, name) for column, name in asdict(scope).items() if name is not None)
        bare = name.rstrip("/")
        params = {"project_id": tenant.project_id, "begins": [f"{bare}{end}" for end in ("?", "#", "/?", "/#")]}
        asked = [
            _SQL["longer_names"].format(column=sql.Identifier(column), table=sql.Identifier("cairn", table))
            for table in _NAMED_IN.get(column, _NAMED)
        ]
        found = self._database.read(tenant, [(statement, params) for statement in asked])
        return any(rows[0]["found"] for rows in found)

    def memories(self, tenant: Tenant, memory_ids: Sequence[UUID], *, linked: bool = False) -> Receipt:
        """Erases these memories and what they alone were made from; raises NotFound, and then erases none.

        With `linked` also what they superseded, what that superseded, and so on.
        """
        with self._database.transaction(tenant) as connection:
            chain = erase.with_superseded(connection, tenant, memory_ids) if linked else memory_ids
            receipt, erased = erase.memories(connection, tenant, chain)
            missing = set(memory_ids) - erased
            if missing:
                raise NotFound("Memory not found!")
        return receipt

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

    def hand_back(self, tenant: Tenant, event_id: UUID) -> None:
        """Puts an erasure back to PENDING, unsent."""
        with self._database.transaction(tenant) as connection:
            connection.execute(_SQL["hand_back"], _own(tenant, event_id))


def _next_step(connection: Connection, tenant: Tenant, event_id: UUID, row: DictRow) -> Erasing:
    running = row["payload"]["erasing"]
    whose = Tenant(tenant.project_id, user_id=running["pinned"])
    erasure = Erasure(Scope(**running["scope"]), running["metadata"], running["filters"])
    until = Until(**{table: UUID(last) for table, last in running["until"].items()})
    removed, done = erase.some(connection, whose, erasure, until, at_most=AT_ONCE)
    receipt = Receipt(**row["results"][0]["erased"]) + removed
    params = _own(tenant, event_id) | {"results": Jsonb(_results(receipt)), "user_id": whose.user_id}
    connection.execute(_SQL["end"] if done else _SQL["go_on"], params)
    return Erasing(event_id, receipt, done)


def _insert(connection: Connection, tenant: Tenant, event_id: UUID, erasure: Erasure) -> None:
    until = erase.until_now(connection, tenant, erasure)
    # Whoever goes on is no pinned key: what such a key may reach is in the scope itself then.
    scope = erasure.named | ({} if tenant.user_id is None else {"user_id": tenant.user_id})
    held = {name: value for name, value in scope.items() if value != "*"}
    erasing: dict[str, Any] = {
        "scope": scope,
        "metadata": erasure.metadata,
        "filters": erasure.filters,
        "holds": held,
        "until": {table: str(last) for table, last in asdict(until).items()},
        "pinned": tenant.user_id,
    }
    # While it runs it is an event of the user whose adds it holds, so that a key pinned to that user sees it too.
    params = _own(tenant, event_id) | {"user_id": held.get("user_id")}
    connection.execute(_SQL["insert"], params | {"payload": Jsonb(_kept(erasure) | {"erasing": erasing})})


def _kept(erasure: Erasure) -> dict[str, Any]:
    """What a receipt keeps: of a whole scope its ids, by which a restored backup is erased again, and no content."""
    return {"scope": erasure.named} if erasure.whole_scope else {}


def _results(receipt: Receipt) -> list[dict[str, Any]]:
    return [{"event": "DELETE", "erased": asdict(receipt)}]


def _own(tenant: Tenant, event_id: UUID) -> dict[str, Any]:
    return {"project_id": tenant.project_id, "id": event_id}
