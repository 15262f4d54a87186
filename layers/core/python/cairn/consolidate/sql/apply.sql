-- What consolidation writes of an event, in one transaction.

-- name: lock_unfinished
-- Locks an event that is not finished, and tells whose it is.
SELECT user_id, agent_id, app_id, run_id, scope_key FROM cairn.events
WHERE project_id = %(project_id)s AND id = %(event_id)s AND status IN ('PENDING', 'RUNNING') FOR UPDATE

-- name: lock_targets
-- Locks the memories that are to be changed or closed, in order of id.
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s) ORDER BY m.id FOR UPDATE

-- name: named
-- The entities and relations of a memory.
SELECT entities, relations FROM cairn.memories WHERE project_id = %(project_id)s AND id = %(memory_id)s

-- name: change
-- Words a memory anew, and adds what it was told by.
UPDATE cairn.memories m SET
    text = %(text)s, text_sha256 = %(text_sha256)s, embedding = %(embedding)s::halfvec,
    passages = %(passages)s::halfvec[], lexemes = w.lexemes,
    lexeme_count = (SELECT coalesce(sum(cardinality(positions)), 0) FROM unnest(w.lexemes)),
    categories = ARRAY(SELECT DISTINCT unnest(m.categories || %(categories)s::text[])),
    importance = greatest(m.importance, %(importance)s), event_time = coalesce(%(event_time)s, m.event_time),
    event_precision = CASE WHEN %(event_time)s::timestamptz IS NULL THEN m.event_precision ELSE %(event_precision)s END,
    source_message_ids = m.source_message_ids || %(source_message_ids)s::uuid[],
    source_spans = {spans} || %(source_spans)s::int4range[],
    extractor = %(extractor)s, entities = %(entities)s, relations = %(relations)s,
    version = m.version + 1, updated_at = now()
FROM (SELECT cairn.words(%(indexed_text)s::text) AS lexemes) w
WHERE m.project_id = %(project_id)s AND m.id = %(memory_id)s

-- name: close
-- Ends a memory. What was said of it holds no longer either; turns of this event come later, and see for themselves.
WITH closed AS (
    UPDATE cairn.memories SET invalid_at = %(at)s, superseded_by = %(successor)s, version = version + 1,
        updated_at = now()
    WHERE project_id = %(project_id)s AND id = %(memory_id)s RETURNING source_message_ids)
UPDATE cairn.turns SET invalid_at = least(invalid_at, %(at)s)
WHERE project_id = %(project_id)s AND id = ANY((SELECT source_message_ids FROM closed)::uuid[])

-- name: last_change
-- When a memory last changed.
SELECT max(coalesce(valid_from, created_at)) AS at FROM cairn.history
WHERE project_id = %(project_id)s AND memory_id = %(memory_id)s

-- name: before
-- What a memory replaced: two tell that it was more than one.
SELECT id, valid_from, invalid_at FROM cairn.memories
WHERE project_id = %(project_id)s AND superseded_by = %(successor)s ORDER BY id LIMIT 2 FOR UPDATE

-- name: told_before
-- Facts of the same words that held from the same moment.
SELECT id FROM cairn.memories
WHERE project_id = %(project_id)s AND scope_key = %(scope_key)s AND text_sha256 = %(text_sha256)s
AND kind = 'fact' AND valid_from = %(valid_from)s

-- name: summary
-- Stores the summary of a scope. A summary takes the place of the one it was made from, and of no other: it was made
-- from all that the scope said, and what was erased meanwhile must not come back with it.
INSERT INTO cairn.summaries (project_id, scope_key, user_id, agent_id, app_id, run_id, text)
SELECT %(project_id)s, %(scope_key)s, %(user_id)s, %(agent_id)s, %(app_id)s, %(run_id)s, %(summary)s
WHERE %(made_from)s::text IS NULL OR EXISTS (
    SELECT FROM cairn.summaries WHERE project_id = %(project_id)s AND scope_key = %(scope_key)s)
ON CONFLICT (project_id, scope_key) DO UPDATE SET text = excluded.text, updated_at = now()
WHERE summaries.text = %(made_from)s

-- name: finish
-- Notes that an event is done, and what became of it.
UPDATE cairn.events SET status = 'SUCCEEDED', results = %(results)s, error = NULL, updated_at = now(),
    completed_at = now()
WHERE project_id = %(project_id)s AND id = %(event_id)s
