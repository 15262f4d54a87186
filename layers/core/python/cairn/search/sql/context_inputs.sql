-- What belongs into a context block beside the hits. The gaps are those of every_row.sql; {vital} is from
-- which importance on a memory matters most.

-- name: preferences
-- What a user prefers, the most important first.
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND {visible} AND {where} AND m.categories @> ARRAY[%(preferences)s]
ORDER BY {importance} DESC, m.valid_from DESC, m.id DESC LIMIT %(preference_limit)s

-- name: filling
-- What matters most and what is newest, whatever was asked. The newest are few, and what is vital has an index: this
-- costs the same in a scope of any size.
WITH newest AS (
    SELECT m.id FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {visible} AND {where}
    ORDER BY m.id DESC LIMIT %(filling_limit)s
), vital AS (
    SELECT m.id FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND {visible} AND {where} AND m.importance >= {vital}
    ORDER BY m.importance DESC, m.id DESC LIMIT %(filling_limit)s
)
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id IN (SELECT id FROM newest UNION SELECT id FROM vital)
ORDER BY {importance} DESC, m.valid_from DESC, m.id DESC LIMIT %(filling_limit)s

-- name: previous
-- What was held before. Two kinds of earlier text: that of a memory that was replaced, over several steps, and that of
-- a memory before it was changed, which its history keeps.
WITH RECURSIVE replaced AS (
    SELECT m.superseded_by AS holder, m.superseded_by AS successor, m.id, m.text, m.valid_from, m.since_precision,
           m.invalid_at, 1 AS step FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.superseded_by = ANY(%(memory_ids)s)
    UNION ALL
    SELECT r.holder, m.superseded_by, m.id, m.text, m.valid_from, m.since_precision, m.invalid_at, r.step + 1
    FROM replaced r JOIN cairn.memories m ON m.project_id = %(project_id)s AND m.superseded_by = r.id WHERE r.step < 5
), changed AS (
    SELECT h.memory_id AS holder, h.memory_id AS id, h.old_memory AS text,
           lag(coalesce(h.valid_from, h.created_at)) OVER entries AS valid_from,
           coalesce(h.valid_from, h.created_at) AS invalid_at, h.event, h.new_memory
    FROM cairn.history h WHERE h.project_id = %(project_id)s AND h.memory_id = ANY(%(memory_ids)s)
    AND h.event IN ('ADD', 'UPDATE') WINDOW entries AS (PARTITION BY h.memory_id ORDER BY h.id)
)
SELECT holder, id, text, valid_from, invalid_at, since_precision, (
    -- It ended when its successor began, as precisely as that was told.
    SELECT s.since_precision FROM cairn.memories s
    WHERE s.project_id = %(project_id)s AND s.id = replaced.successor AND s.valid_from = replaced.invalid_at
) AS until_precision FROM replaced
WHERE %(as_of)s::timestamptz IS NULL OR invalid_at <= %(as_of)s
UNION ALL
SELECT holder, id, text, coalesce(valid_from, invalid_at), invalid_at, NULL, NULL FROM changed
WHERE event = 'UPDATE' AND text IS NOT NULL AND text <> new_memory
AND (%(as_of)s::timestamptz IS NULL OR invalid_at <= %(as_of)s)
ORDER BY holder, invalid_at DESC, valid_from DESC

-- name: recent
-- The last messages of a scope, oldest first.
SELECT id, sequence, role, name, content, occurred_at FROM (
    SELECT * FROM cairn.messages m
    WHERE m.project_id = %(project_id)s AND %(any_entity)s AND m.role NOT IN ('system', 'developer', 'tool', 'function')
    AND (%(user_id)s::text IS NULL OR m.user_id = %(user_id)s)
    AND (%(agent_id)s::text IS NULL OR m.agent_id = %(agent_id)s)
    AND (%(app_id)s::text IS NULL OR m.app_id = %(app_id)s)
    AND (%(run_id)s::text IS NULL OR m.run_id = %(run_id)s)
    AND (%(as_of)s::timestamptz IS NULL OR m.occurred_at <= %(as_of)s)
    ORDER BY m.id DESC LIMIT %(recent_limit)s) last
ORDER BY id
