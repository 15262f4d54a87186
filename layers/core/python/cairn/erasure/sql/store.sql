-- Erasures that go in steps, each an event of the type DELETE.

-- name: insert
-- Stores an erasure that is to be done.
INSERT INTO cairn.events (project_id, id, type, user_id, scope_key, payload, status)
VALUES (%(project_id)s, %(id)s, 'DELETE', %(user_id)s, '', %(payload)s, 'PENDING')

-- name: hold
-- Locks an erasure that is not finished.
SELECT payload, results FROM cairn.events
WHERE project_id = %(project_id)s AND id = %(id)s AND type = 'DELETE' AND status IN ('PENDING', 'RUNNING') FOR UPDATE

-- name: go_on
-- Notes how far an erasure is.
UPDATE cairn.events SET status = 'RUNNING', results = %(results)s, started_at = coalesce(started_at, now()),
    updated_at = now()
WHERE project_id = %(project_id)s AND id = %(id)s

-- name: end
-- Notes that an erasure is done.
UPDATE cairn.events SET status = 'SUCCEEDED', results = %(results)s, payload = payload - 'erasing',
    user_id = %(user_id)s, error = NULL, completed_at = now(), updated_at = now()
WHERE project_id = %(project_id)s AND id = %(id)s

-- name: hand_back
-- Puts an erasure back to be gone on with.
UPDATE cairn.events SET status = 'PENDING', parked = parked + 1, parked_at = now(), enqueued_at = NULL,
    updated_at = now()
WHERE project_id = %(project_id)s AND id = %(id)s AND status IN ('PENDING', 'RUNNING')

-- name: longer_names
-- Whether an entity has a name that begins with one of these. By an index: what begins with a name stands together,
-- behind it. A few rows, as capitals may stand between.
SELECT EXISTS (
    SELECT FROM unnest(%(begins)s::text[]) AS b (begins), LATERAL (
        SELECT m.{column} AS name FROM {table} m WHERE m.project_id = %(project_id)s AND m.{column} >= begins
        ORDER BY m.{column} LIMIT 5) n
    WHERE starts_with(n.name, begins)) AS found
