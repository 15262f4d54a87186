"""Memories that a scope holds already in the same words, said by the same actor; expired ones hold no longer."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from psycopg import sql

from cairn.kernel.tenancy import Scope, Tenant
from cairn.memories.being_erased import DOOMED
from cairn.memories.rows import NOT_EXPIRED, SPANS, spans_param
from cairn.memories.types import NewMemory
from cairn.platform.database import Connection
from cairn.platform.rows import scope_params
from cairn.platform.sql_files import named_statements

_SQL: Final = named_statements(__name__)
_KNOWN: Final = _SQL["known"].format(not_expired=NOT_EXPIRED, doomed=DOOMED.format(memory=sql.Identifier("known")))
_NOTE: Final = _SQL["note"].format(spans=SPANS)
_CLOSE_EXPIRED: Final = _SQL["close_expired"].format(not_expired=NOT_EXPIRED)


def known(
    connection: Connection, tenant: Tenant, scope: Scope, digests: Iterable[bytes], *, lock: bool = False
) -> dict[bytes, UUID]:
    """The oldest memory that holds now for each digest (text_sha256) that the scope has.

    With `lock` no other transaction that asks so adds to the scope before this one ends.
    """
    params = {"project_id": tenant.project_id, "scope_key": scope.key, "digests": list(digests), **scope_params(scope)}
    with connection.pipeline():
        if lock:
            connection.execute(_SQL["lock"], params)
        rows = connection.execute(_KNOWN, params)
    return {row["text_sha256"]: row["id"] for row in rows}


def close_expired(connection: Connection, tenant: Tenant, words: Iterable[tuple[Scope, bytes]]) -> None:
    """Ends the facts that have expired but stand in the way of the same words (text_sha256) told anew."""
    pairs = [(scope.key, digest) for scope, digest in words]
    params = {
        "project_id": tenant.project_id,
        "scope_keys": [scope_key for scope_key, _ in pairs],
        "digests": [digest for _, digest in pairs],
    }
    connection.execute(_CLOSE_EXPIRED, params)


def note(connection: Connection, tenant: Tenant, memory_id: UUID, repeat: NewMemory) -> None:
    """Makes the sources of a repeat sources of the memory that is there, so that they are erased with it."""
    params = {
        "project_id": tenant.project_id,
        "memory_id": memory_id,
        "ids": list(repeat.source_message_ids),
        "spans": spans_param(repeat.source_spans),
    }
    connection.execute(_NOTE, params)
