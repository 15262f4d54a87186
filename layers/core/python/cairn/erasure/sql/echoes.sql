-- Messages that repeat what is erased.

-- name: around
-- Messages that may repeat it, and that no memory was made from.
SELECT s.id, s.event_id, s.content FROM cairn.messages s
WHERE s.project_id = %(project_id)s AND s.id <> ALL(%(message_ids)s)
AND (s.role <> 'user' AND s.event_id = ANY(ARRAY(
        SELECT e.event_id FROM cairn.messages e WHERE e.project_id = %(project_id)s AND e.id = ANY(%(message_ids)s)))
     OR s.event_id = ANY(ARRAY(
        SELECT h.event_id FROM cairn.history h
        WHERE h.project_id = %(project_id)s AND h.memory_id = ANY(%(memory_ids)s) AND h.event = 'DELETE'
        AND h.event_id IS NOT NULL)))
AND NOT EXISTS (SELECT FROM cairn.messages_in_use(ARRAY[s.id]))

-- name: blank
-- Words a message anew, without it.
UPDATE cairn.messages SET content = %(content)s WHERE project_id = %(project_id)s AND id = %(message_id)s

-- name: remove
-- Deletes a message that says nothing else.
DELETE FROM cairn.messages WHERE project_id = %(project_id)s AND id = %(message_id)s
