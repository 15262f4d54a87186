-- Claiming an event for consolidation, and what consolidation has to know.

-- name: standing
-- How an event stands that is not finished: whether it failed, waits behind another or an erasure, or is one.
SELECT e.scope_key, e.status = 'FAILED' AS failed, EXISTS (
    SELECT FROM cairn.events p WHERE p.project_id = e.project_id AND p.scope_key = e.scope_key AND p.id < e.id
    AND p.status IN ('PENDING', 'RUNNING')) OR {erasing} AS behind, e.type = 'DELETE' AS erasure
FROM cairn.events e
WHERE e.project_id = %(project_id)s AND e.id = %(event_id)s AND e.status <> 'SUCCEEDED'

-- name: claim
-- Marks an event RUNNING.
UPDATE cairn.events SET status = 'RUNNING', attempts = attempts + 1, started_at = coalesce(started_at, now()),
    updated_at = now()
WHERE project_id = %(project_id)s AND id = %(event_id)s AND status IN ('PENDING', 'RUNNING')
RETURNING user_id, agent_id, app_id, run_id, payload

-- name: recent
-- The last ten messages of the scope before those of the event.
SELECT id, sequence, role, name, content, occurred_at FROM (
    SELECT * FROM cairn.messages
    WHERE project_id = %(project_id)s AND scope_key = %(scope_key)s AND id < (
        SELECT id FROM cairn.messages WHERE project_id = %(project_id)s AND event_id = %(event_id)s
        ORDER BY sequence LIMIT 1)
    ORDER BY id DESC LIMIT 10) last
ORDER BY id

-- name: background
-- The settings of the project and the summary of the scope.
SELECT p.settings,
       (SELECT s.text FROM cairn.summaries s
        WHERE s.project_id = %(project_id)s AND s.scope_key = %(scope_key)s) AS summary
FROM cairn.projects p WHERE p.project_id = %(project_id)s

-- name: messages
-- The messages of an event, in order.
SELECT id, sequence, role, name, content, occurred_at FROM cairn.messages
WHERE project_id = %(project_id)s AND event_id = %(event_id)s ORDER BY sequence
