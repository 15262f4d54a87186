-- Erasures, as they are done again after a backup was restored.

-- name: tombstones
-- Memories that were erased. A tombstone, and not the end of a memory that an event closed.
SELECT DISTINCT memory_id FROM cairn.history
WHERE project_id = %(project_id)s AND event = 'DELETE' AND event_id IS NULL ORDER BY memory_id

-- name: receipts
-- Erasures of scopes, in order.
SELECT id, CASE WHEN payload ? 'erasing' THEN payload -> 'erasing' ->> 'pinned' ELSE user_id END AS user_id,
    payload - 'erasing' AS payload, results
FROM cairn.events WHERE project_id = %(project_id)s AND type = 'DELETE' AND payload ? 'scope' ORDER BY id

-- name: known
-- Which of these erasures are there already.
SELECT id FROM cairn.events
WHERE project_id = %(project_id)s AND type = 'DELETE' AND id = ANY(%(event_ids)s)
