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

# COPY cannot write to a table under row level security. The table belongs to the connection and is empty between
# transactions.
_STAGE: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS cairn_import (
    id uuid, history_id uuid, user_id text, agent_id text, app_id text, run_id text, scope_key text, actor text,
    kind text, text text, text_sha256 bytea, embedding halfvec, passages halfvec[], indexed_text text, metadata jsonb,
    categories text[], importance real, sequence int, event_time timestamptz, event_precision text,
    created_at timestamptz, valid_from timestamptz, since_precision text, expires_on date, immutable boolean,
    source_message_ids uuid[], source_spans int4range[], entities jsonb, relations jsonb
) ON COMMIT DELETE ROWS
"""
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
_COPY: Final = """
COPY cairn_import (id, history_id, user_id, agent_id, app_id, run_id, scope_key, actor, kind, text, text_sha256,
                   embedding, passages, indexed_text, metadata, categories, importance, sequence, event_time,
                   event_precision, created_at, valid_from, since_precision, expires_on, immutable, source_message_ids,
                   source_spans, entities, relations)
FROM STDIN (FORMAT BINARY)
"""
_INSERT: Final = """
WITH added AS (
    INSERT INTO cairn.memories (
        project_id, id, user_id, agent_id, app_id, run_id, scope_key, event_id, actor, kind, text, text_sha256,
        embedding, passages, lexemes, lexeme_count, metadata, categories, importance, sequence, event_time,
        event_precision, created_at, valid_from, since_precision, expires_on, immutable, source_message_ids,
        source_spans, extractor, entities, relations)
    SELECT %(project_id)s, i.id, i.user_id, i.agent_id, i.app_id, i.run_id, i.scope_key, %(event_id)s, i.actor, i.kind,
        i.text, i.text_sha256, i.embedding, i.passages, w.lexemes,
        (SELECT coalesce(sum(cardinality(positions)), 0) FROM unnest(w.lexemes)), i.metadata, i.categories,
        i.importance, i.sequence, i.event_time, i.event_precision, i.created_at, i.valid_from, i.since_precision,
        i.expires_on, i.immutable, i.source_message_ids, i.source_spans, %(extractor)s, i.entities, i.relations
    FROM cairn_import i CROSS JOIN LATERAL (SELECT cairn.words(i.indexed_text) AS lexemes) w
    ORDER BY i.sequence
    ON CONFLICT (project_id, scope_key, text_sha256) WHERE invalid_at IS NULL AND kind = 'fact' DO NOTHING
    RETURNING project_id, id, text, user_id, agent_id, app_id, run_id, actor, event_id, valid_from)
INSERT INTO cairn.history (project_id, id, memory_id, event, new_memory, user_id, agent_id, app_id, run_id, actor,
                           event_id, valid_from)
SELECT a.project_id, i.history_id, a.id, 'ADD', a.text, a.user_id, a.agent_id, a.app_id, a.run_id, a.actor, a.event_id,
       a.valid_from
FROM added a JOIN cairn_import i USING (id)
"""


def memories(connection: Connection, tenant: Tenant, event_id: UUID, new: Sequence[NewMemory]) -> int:
    """Inserts them with their first history entries and returns how many; facts their scope has are passed over."""
    facts = [(memory.scope, memory.text_sha256) for memory in new if memory.kind is Kind.FACT]
    if facts:
        repeats.close_expired(connection, tenant, facts)
    connection.execute(_STAGE)
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(list(_COLUMNS.values()))
        for sequence, memory in enumerate(new):
            copy.write_row(_row(memory, tenant, event_id, sequence))
    params = {"project_id": tenant.project_id, "event_id": event_id, "extractor": new[0].extractor}
    return connection.execute(_INSERT, params).rowcount


def _row(memory: NewMemory, tenant: Tenant, event_id: UUID, sequence: int) -> list[Any]:
    params = memory_params(memory, tenant.project_id, event_id, sequence) | {"history_id": new_id()}
    return [params[column] for column in _COLUMNS]
