"""Many memories at once: copied into a temporary table, and from there into place by one statement.

The table's triggers (graph_inserted, graph_updated, graph_deleted in platform/sql/schema.sql) note each memory that a
statement here touches in graph_outbox, in the same transaction; graph/outbox.py tells the queue after the commit.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from cairn.kernel.ids import new_id
from cairn.kernel.tenancy import Tenant
from cairn.memories import repeats
from cairn.memories.rows import memory_params
from cairn.memories.types import Kind, NewMemory
from cairn.platform.database import Connection
from cairn.platform.sql_files import named_statements

_SQL: Final = named_statements(__name__)
# The columns in their order, with their types: a binary COPY converts nothing.
_COLUMNS: Final = {
    "id": "uuid",
    "history_id": "uuid",
    "user_id": "text",
    "agent_id": "text",
    "app_id": "text",
    "run_id": "text",
    "scope_key": "text",
    "actor": "text",
    "kind": "text",
    "text": "text",
    "text_sha256": "bytea",
    "embedding": "halfvec",
    "passages": "halfvec[]",
    "indexed_text": "text",
    "metadata": "jsonb",
    "categories": "text[]",
    "importance": "float4",
    "sequence": "int4",
    "event_time": "timestamptz",
    "event_precision": "text",
    "created_at": "timestamptz",
    "valid_from": "timestamptz",
    "since_precision": "text",
    "expires_on": "date",
    "immutable": "bool",
    "source_message_ids": "uuid[]",
    "source_spans": "int4range[]",
    "entities": "jsonb",
    "relations": "jsonb",
}


def memories(connection: Connection, tenant: Tenant, event_id: UUID, new: Sequence[NewMemory]) -> int:
    """Inserts them with their first history entries and returns how many; facts their scope has are passed over."""
    facts = [(memory.scope, memory.text_sha256) for memory in new if memory.kind is Kind.FACT]
    if facts:
        repeats.close_expired(connection, tenant, facts)
    connection.execute(_SQL["stage"])
    with connection.cursor() as cursor, cursor.copy(_SQL["copy"]) as copy:
        copy.set_types(list(_COLUMNS.values()))
        for sequence, memory in enumerate(new):
            copy.write_row(_row(memory, tenant, event_id, sequence))
    params = {"project_id": tenant.project_id, "event_id": event_id, "extractor": new[0].extractor}
    return connection.execute(_SQL["insert"], params).rowcount


def _row(memory: NewMemory, tenant: Tenant, event_id: UUID, sequence: int) -> list[Any]:
    params = memory_params(memory, tenant.project_id, event_id, sequence) | {"history_id": new_id()}
    return [params[column] for column in _COLUMNS]
