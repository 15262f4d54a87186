"""Single changes of memories inside a transaction that others open: insert, update, and their history.

The table's triggers (graph_inserted, graph_updated, graph_deleted in platform/sql/schema.sql) note each memory that a
statement here touches in graph_outbox, in the same transaction; graph/outbox.py tells the queue after the commit.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import errors, sql
from psycopg.types.json import Jsonb

from cairn.kernel.errors import Conflict, InvalidRequest, NotFound
from cairn.kernel.ids import new_id
from cairn.kernel.tenancy import Tenant
from cairn.memories import repeats
from cairn.memories.rows import NOT_EXPIRED, entities_param, halves, memory_params, passages_param, relations_param
from cairn.memories.types import Memory, MemoryChange, NewMemory, Operation, text_sha256
from cairn.platform.database import Connection
from cairn.platform.rows import scope_params

# One statement per memory: the row and its first history entry stand or fall together.
INSERT: Final = sql.SQL("""
WITH words AS (SELECT cairn.words(%(indexed_text)s::text) AS lexemes
), added AS (
    INSERT INTO cairn.memories (
        project_id, id, user_id, agent_id, app_id, run_id, scope_key, event_id, actor, kind, text, text_sha256,
        embedding, passages, lexemes, lexeme_count, metadata, categories, importance, sequence, event_time,
        event_precision, valid_from, since_precision, invalid_at, superseded_by, expires_on, immutable,
        source_message_ids, source_spans, extractor, entities, relations, created_at)
    SELECT %(project_id)s, %(id)s, %(user_id)s, %(agent_id)s, %(app_id)s, %(run_id)s, %(scope_key)s, %(event_id)s,
        %(actor)s, %(kind)s, %(text)s, %(text_sha256)s, %(embedding)s::halfvec, %(passages)s::halfvec[], lexemes,
        (SELECT coalesce(sum(cardinality(positions)), 0) FROM unnest(lexemes)), %(metadata)s, %(categories)s,
        %(importance)s, %(sequence)s, %(event_time)s, %(event_precision)s, %(valid_from)s,
        %(since_precision)s, %(invalid_at)s, %(superseded_by)s, %(expires_on)s,
        %(immutable)s, %(source_message_ids)s, %(source_spans)s::int4range[], %(extractor)s,
        %(entities)s, %(relations)s, %(created_at)s
    FROM words
    WHERE %(kind)s <> 'fact' OR NOT EXISTS (
        SELECT FROM cairn.memories said
        WHERE said.project_id = %(project_id)s AND said.scope_key = %(scope_key)s
        AND said.text_sha256 = %(text_sha256)s AND said.kind = 'verbatim' AND said.invalid_at IS NULL
        AND {not_expired})
    ON CONFLICT (project_id, scope_key, text_sha256) WHERE invalid_at IS NULL AND kind = 'fact' DO NOTHING
    RETURNING project_id, id, text, user_id, agent_id, app_id, run_id, actor, event_id, valid_from)
INSERT INTO cairn.history (project_id, id, memory_id, event, new_memory, user_id, agent_id, app_id, run_id, actor,
                           event_id, valid_from)
SELECT project_id, %(history_id)s, id, 'ADD', text, user_id, agent_id, app_id, run_id, actor, event_id, valid_from
FROM added
""").format(not_expired=NOT_EXPIRED)

_UPDATE: Final = """
UPDATE cairn.memories m SET
    text = coalesce(%(text)s, m.text),
    text_sha256 = coalesce(%(text_sha256)s, m.text_sha256),
    embedding = coalesce(%(embedding)s::halfvec, m.embedding),
    passages = CASE WHEN %(embedding)s::halfvec IS NULL THEN m.passages ELSE %(passages)s::halfvec[] END,
    lexemes = coalesce(w.lexemes, m.lexemes),
    lexeme_count = CASE WHEN w.lexemes IS NULL THEN m.lexeme_count
                        ELSE (SELECT coalesce(sum(cardinality(positions)), 0) FROM unnest(w.lexemes)) END,
    metadata = coalesce(%(metadata)s, m.metadata),
    entities = coalesce(%(entities)s, m.entities),
    relations = coalesce(%(relations)s, m.relations),
    valid_from = coalesce(%(valid_from)s, m.valid_from),
    since_precision = CASE WHEN %(valid_from)s::timestamptz IS NULL THEN m.since_precision END,
    expires_on = CASE WHEN %(clear_expiry)s THEN NULL ELSE coalesce(%(expires_on)s, m.expires_on) END,
    version = m.version + 1, updated_at = now()
FROM (SELECT cairn.words(%(indexed_text)s::text) AS lexemes) w
WHERE m.project_id = %(project_id)s AND m.id = %(memory_id)s
"""

_HISTORY: Final = """
INSERT INTO cairn.history (project_id, id, memory_id, event, old_memory, new_memory, user_id, agent_id, app_id, run_id,
                           actor, event_id, valid_from)
VALUES (%(project_id)s, %(history_id)s, %(memory_id)s, %(event)s, %(old_memory)s, %(new_memory)s, %(user_id)s,
        %(agent_id)s, %(app_id)s, %(run_id)s, %(actor)s, %(event_id)s, %(at)s)
"""


_BLANK_SUMMARY: Final = """
UPDATE cairn.summaries SET text = '', updated_at = now()
WHERE project_id = %(project_id)s AND scope_key = %(scope_key)s
"""


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
        _HISTORY,
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
    connection.execute(_UPDATE, params)
    write_history(connection, tenant, current, Operation.UPDATE, current.text if text is None else text)
    if text is not None:
        # The scope's summary may still tell the old text; the next event begins another.
        scope = {"project_id": tenant.project_id, "scope_key": current.scope.key}
        connection.execute(_BLANK_SUMMARY, scope)
