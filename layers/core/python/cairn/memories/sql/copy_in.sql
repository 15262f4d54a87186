-- Many memories at once.

-- name: stage
-- Where they are copied to first. COPY cannot write to a table under row level security. The table belongs to the
-- connection and is empty between transactions.
CREATE TEMPORARY TABLE IF NOT EXISTS cairn_import (
    id uuid, history_id uuid, user_id text, agent_id text, app_id text, run_id text, scope_key text, actor text,
    kind text, text text, text_sha256 bytea, embedding halfvec, passages halfvec[], indexed_text text, metadata jsonb,
    categories text[], importance real, sequence int, event_time timestamptz, event_precision text,
    created_at timestamptz, valid_from timestamptz, since_precision text, expires_on date, immutable boolean,
    source_message_ids uuid[], source_spans int4range[], entities jsonb, relations jsonb
) ON COMMIT DELETE ROWS

-- name: copy
-- Copies them there.
COPY cairn_import (id, history_id, user_id, agent_id, app_id, run_id, scope_key, actor, kind, text, text_sha256,
                   embedding, passages, indexed_text, metadata, categories, importance, sequence, event_time,
                   event_precision, created_at, valid_from, since_precision, expires_on, immutable, source_message_ids,
                   source_spans, entities, relations)
FROM STDIN (FORMAT BINARY)

-- name: insert
-- Stores what was copied, and the history of it.
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
