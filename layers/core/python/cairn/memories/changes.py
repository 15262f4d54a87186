"""Single changes of memories inside a transaction that others open: insert, update, and their history.

The table's triggers (graph_inserted, graph_updated, graph_deleted in platform/sql/schema.sql) note each memory that a
statement here touches in graph_outbox, in the same transaction; graph/outbox.py tells the queue after the commit.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import errors
from psycopg.types.json import Jsonb

from cairn.kernel.errors import Conflict, InvalidRequest, NotFound
from cairn.kernel.ids import new_id
from cairn.kernel.tenancy import Tenant
from cairn.memories import repeats
from cairn.memories.rows import NOT_EXPIRED, entities_param, halves, memory_params, passages_param, relations_param
from cairn.memories.types import Memory, MemoryChange, NewMemory, Operation, text_sha256
from cairn.platform.database import Connection
from cairn.platform.rows import scope_params
from cairn.platform.sql_files import named_statements

_SQL: Final = named_statements(__name__)
INSERT: Final = _SQL["insert"].format(not_expired=NOT_EXPIRED)


def insert_params(memory: NewMemory, tenant: Tenant, event_id: UUID, sequence: int) -> dict[str, Any]:
    """Parameters of INSERT."""
    return memory_params(memory, tenant.project_id, event_id, sequence) | {"history_id": new_id()}


def write_history(
    connection: Connection,
    tenant: Tenant,
    memory: Memory,
    operation: Operation,
    new_text: str | None,
    *,
    actor: str | None = None,
    event_id: UUID | None = None,
    at: datetime | None = None,
) -> None:
    """One entry about a memory as it was; `at` is when the change became true, None for now."""
    connection.execute(
        _SQL["history"],
        {
            "project_id": tenant.project_id,
            "history_id": new_id(),
            "memory_id": memory.id,
            "event": operation.value,
            "old_memory": memory.text,
            "new_memory": new_text,
            "actor": actor or memory.actor,
            "event_id": event_id,
            "at": at,
            **scope_params(memory.scope),
        },
    )


def changeable(current: Mapping[UUID, Memory], memory_id: UUID) -> Memory:
    """The memory a caller wants to change; raises NotFound, or InvalidRequest when it is immutable."""
    memory = current.get(memory_id)
    if memory is None:
        raise NotFound("Memory not found!")
    if memory.immutable:
        raise InvalidRequest(f"memory_id {str(memory_id)!r} names an immutable memory, which cannot be updated.")
    return memory


def update_memories(
    connection: Connection, tenant: Tenant, changes: Sequence[MemoryChange], current: Mapping[UUID, Memory]
) -> None:
    """Applies the changes and writes them to the history, sent together: a thousand wait for no thousand answers.

    Raises:
        Conflict: a text stands in its scope already.
    """
    try:
        with connection.pipeline():
            for change in changes:
                _update(connection, tenant, change, current[change.memory_id])
    except errors.UniqueViolation as exc:
        raise Conflict("Another memory of this scope already says exactly that.") from exc


def _update(connection: Connection, tenant: Tenant, change: MemoryChange, current: Memory) -> None:
    text = change.text
    params: dict[str, Any] = {
        "project_id": tenant.project_id,
        "memory_id": change.memory_id,
        "text": text,
        "text_sha256": None if text is None else text_sha256(text, current.actor),
        "embedding": halves(change.embedding) if change.embedding else None,
        "passages": passages_param(change.passages),
        "indexed_text": change.indexed_texts[0] if change.indexed_texts else None,
        "metadata": None if change.metadata is None else Jsonb(dict(change.metadata)),
        "entities": None if change.entities is None else entities_param(change.entities),
        "relations": None if change.relations is None else relations_param(change.relations),
        "valid_from": change.valid_from,
        "expires_on": change.expires_on,
        "clear_expiry": change.clear_expiry,
    }
    digest = params["text_sha256"]
    if digest is not None and digest != text_sha256(current.text, current.actor):
        repeats.close_expired(connection, tenant, [(current.scope, digest)])
    connection.execute(_SQL["update"], params)
    write_history(connection, tenant, current, Operation.UPDATE, current.text if text is None else text)
    if text is not None:
        # The scope's summary may still tell the old text; the next event begins another.
        scope = {"project_id": tenant.project_id, "scope_key": current.scope.key}
        connection.execute(_SQL["blank_summary"], scope)
