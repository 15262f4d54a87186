"""What was erased, as receipts and tombstones say it, and erasing it again in a database restored from a backup."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from cairn.erasure import erase
from cairn.erasure.store import AT_ONCE
from cairn.erasure.types import Erasure
from cairn.kernel.tenancy import Scope, Tenant
from cairn.platform.database import Database
from cairn.platform.sql_files import named_statements

_SQL: Final = named_statements(__name__)
_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Receipt:
    """One erasure of a whole scope: by which pinned user's key, if by one, and its payload and results as stored."""

    event_id: UUID
    pinned_user_id: str | None
    payload: dict[str, Any]
    results: list[Any]


def projects(database: Database) -> list[UUID]:
    """All projects in which anything was ever erased; ids only."""
    with database.session() as connection:
        rows = connection.execute("SELECT project_id FROM cairn.projects_that_erased() ORDER BY project_id").fetchall()
    return [row["project_id"] for row in rows]


def erased(database: Database, project_id: UUID) -> tuple[list[UUID], list[Receipt]]:
    """The memories that were ever erased in a project, and the erasures of whole scopes, the oldest first."""
    params = {"project_id": project_id}
    with database.transaction(Tenant(project_id)) as connection:
        memory_ids = [row["memory_id"] for row in connection.execute(_SQL["tombstones"], params)]
        found = connection.execute(_SQL["receipts"], params).fetchall()
    return memory_ids, [Receipt(r["id"], r["user_id"], r["payload"], r["results"]) for r in found]


def erase_memories(database: Database, project_id: UUID, memory_ids: Sequence[UUID]) -> int:
    """Erases those of these memories that are there; returns how many."""
    tenant, done = Tenant(project_id), 0
    for start in range(0, len(memory_ids), _AT_ONCE):
        with database.transaction(tenant) as connection:
            _, gone = erase.memories(connection, tenant, memory_ids[start : start + _AT_ONCE])
        done += len(gone)
    return done


def erase_scopes(database: Database, project_id: UUID, receipts: Sequence[Receipt]) -> int:
    """Erases these scopes but for those whose receipt is there already; returns how many.

    Where it is, the state is a later one than the erasure, and what the scope has now was told after it.
    """
    params: dict[str, Any] = {"project_id": project_id, "event_ids": [receipt.event_id for receipt in receipts]}
    with database.transaction(Tenant(project_id)) as connection:
        known = {row["id"] for row in connection.execute(_SQL["known"], params)}
    missing = [receipt for receipt in receipts if receipt.event_id not in known]
    for receipt in missing:
        _erase_scope(database, Tenant(project_id, user_id=receipt.pinned_user_id), receipt)
    return len(missing)


def _erase_scope(database: Database, tenant: Tenant, receipt: Receipt) -> None:
    erasure = Erasure(Scope(**receipt.payload["scope"]))
    done = False
    while not done:
        with database.transaction(tenant) as connection:
            erase.queued(connection, tenant, erasure)
            _, done = erase.some(connection, tenant, erasure, erase.ALL, at_most=AT_ONCE)
            if done:
                erase.store(connection, tenant, receipt.event_id, receipt.payload, receipt.results)
