-- What is written of a memory: it, its changes, and the history of both.

-- name: insert
-- Stores a memory, unless its scope holds these words. One statement per memory: the row and its first history entry
-- stand or fall together.
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

-- name: update
-- Changes what is given of a memory, and leaves the rest.
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

-- name: history
-- One entry about a memory.
INSERT INTO cairn.history (project_id, id, memory_id, event, old_memory, new_memory, user_id, agent_id, app_id, run_id,
                           actor, event_id, valid_from)
VALUES (%(project_id)s, %(history_id)s, %(memory_id)s, %(event)s, %(old_memory)s, %(new_memory)s, %(user_id)s,
        %(agent_id)s, %(app_id)s, %(run_id)s, %(actor)s, %(event_id)s, %(at)s)

-- name: blank_summary
-- Empties the summary of a scope, which told of what was changed.
UPDATE cairn.summaries SET text = '', updated_at = now()
WHERE project_id = %(project_id)s AND scope_key = %(scope_key)s
