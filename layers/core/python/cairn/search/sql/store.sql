-- What search writes down.

-- name: count_accesses
-- Adds to how often memories were found. In order of id, so that two writers never wait for each other in a circle.
-- What is being erased is passed over.
INSERT INTO cairn.accesses (project_id, memory_id, user_id, count, last_at)
SELECT m.project_id, m.id, m.user_id, found.count, %(at)s
FROM unnest(%(memory_ids)s::uuid[], %(counts)s::bigint[]) AS found (id, count)
JOIN cairn.memories m ON m.project_id = %(project_id)s AND m.id = found.id ORDER BY m.id FOR KEY SHARE OF m
ON CONFLICT (project_id, memory_id) DO UPDATE SET
    count = accesses.count + excluded.count, last_at = greatest(accesses.last_at, excluded.last_at)
RETURNING memory_id

-- name: hastily
-- Goes before it. A search waits neither for a writer nor for the disk to have counted.
SELECT set_config('lock_timeout', '100ms', true), set_config('synchronous_commit', 'off', true)
