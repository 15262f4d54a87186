-- Memories and their history, as they are read one by one and in lists.

-- name: get
-- One memory, with how often it was found; none where it was not true yet.
SELECT {columns}, coalesce(a.count, 0) AS access_count, a.last_at AS last_accessed_at FROM cairn.memories m
LEFT JOIN cairn.accesses a ON a.project_id = m.project_id AND a.memory_id = m.id
WHERE m.project_id = %(project_id)s AND m.id = %(memory_id)s
AND (%(as_of)s::timestamptz IS NULL OR m.valid_from <= %(as_of)s)

-- name: get_all
-- Memories by id, in that order, so that two writers that lock them never wait for each other in a circle.
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s) ORDER BY m.id

-- name: list
-- A page of the memories that a filter lets through, in order of creation.
SELECT {columns} FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {visible} AND {where}
ORDER BY m.created_at, m.id LIMIT %(size)s OFFSET %(offset)s

-- name: count
-- How many there are.
SELECT count(*) AS count FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {visible} AND {where}

-- name: history
-- What happened to a memory, with the messages that it was made from.
SELECT h.*, m.metadata, coalesce(m.categories, '{}') AS categories, coalesce((
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('role', s.role, 'name', s.name, 'content', s.content))
                     ORDER BY s.sequence)
    FROM cairn.messages s
    WHERE s.project_id = h.project_id AND s.id = ANY(m.source_message_ids) AND h.event = 'ADD'), '[]') AS input
FROM cairn.history h LEFT JOIN cairn.memories m ON m.project_id = h.project_id AND m.id = h.memory_id
WHERE h.project_id = %(project_id)s AND h.memory_id = %(memory_id)s ORDER BY h.id

-- name: entities
-- A page of the users, agents, apps and runs that have memories.
WITH entities AS (
    SELECT e.type, e.name, count(*) AS total_memories, min(m.created_at) AS created_at, max(m.updated_at) AS updated_at
    FROM cairn.memories m
    CROSS JOIN LATERAL (VALUES ('user', m.user_id), ('agent', m.agent_id), ('app', m.app_id), ('run', m.run_id))
        AS e (type, name)
    WHERE m.project_id = %(project_id)s AND e.name IS NOT NULL GROUP BY 1, 2)
SELECT *, (SELECT jsonb_object_agg(type, n) FROM (SELECT type, count(*) AS n FROM entities GROUP BY 1) t) AS totals
FROM entities ORDER BY created_at, type, name COLLATE "C" LIMIT %(size)s OFFSET %(offset)s

-- name: entity
-- How many memories an entity has, and from when.
SELECT count(*) AS total_memories, min(m.created_at) AS created_at, max(m.updated_at) AS updated_at
FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {where}

-- name: rate
-- Writes down what a caller thinks of a memory.
UPDATE cairn.memories SET feedback = %(feedback)s, feedback_reason = %(reason)s
WHERE project_id = %(project_id)s AND id = %(memory_id)s

-- name: summaries
-- The summaries of the scopes that a filter lets through, newest first.
SELECT user_id, agent_id, app_id, run_id, text, updated_at FROM cairn.summaries m
WHERE m.project_id = %(project_id)s AND {where} AND m.text <> '' ORDER BY updated_at DESC LIMIT 100
