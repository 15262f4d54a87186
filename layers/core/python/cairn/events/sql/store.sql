-- Events and messages: the outbox of every accepted write.

-- name: insert_event
-- Stores an event, unless its idempotency key is known; gives its row without results. An idempotency key is kept as
-- its digest: it is the caller's own text, and outlives what its event made. A pinned API key's is one of its user, so
-- that nobody learns from a conflict what others sent. A repeat may come by another API key, and its first may be of an
-- earlier release, which kept the key as it came, or as one of the project.
INSERT INTO cairn.events (project_id, id, type, user_id, agent_id, app_id, run_id, scope_key, payload,
                          idempotency_key, request_sha256, status, results, enqueued_at, started_at, completed_at)
SELECT %(project_id)s, %(id)s, 'ADD', %(user_id)s, %(agent_id)s, %(app_id)s, %(run_id)s, %(scope_key)s, %(payload)s,
       %(idempotency_key)s, %(request_sha256)s::bytea, %(status)s, %(results)s,
       CASE WHEN %(done)s THEN now() END, CASE WHEN %(done)s THEN now() END, CASE WHEN %(done)s THEN now() END
WHERE NOT EXISTS (SELECT FROM cairn.events
                  WHERE project_id = %(project_id)s AND idempotency_key = ANY(%(other_keys)s::text[]))
ON CONFLICT (project_id, idempotency_key) DO NOTHING
RETURNING id, type, user_id, agent_id, app_id, run_id, status, payload, attempts, redrives, parked, usage, error,
          request_sha256, created_at, updated_at, started_at, completed_at

-- name: insert_messages
-- Stores the messages of an event.
INSERT INTO cairn.messages (project_id, id, event_id, user_id, agent_id, app_id, run_id, scope_key, sequence, role,
                            name, content, occurred_at)
SELECT %(project_id)s, t.id, %(event_id)s, %(user_id)s, %(agent_id)s, %(app_id)s, %(run_id)s, %(scope_key)s, t.sequence,
       t.role, t.name, t.content, t.occurred_at
FROM unnest(%(ids)s::uuid[], %(sequences)s::int[], %(roles)s::text[], %(names)s::text[], %(contents)s::text[],
            %(times)s::timestamptz[]) AS t (id, sequence, role, name, content, occurred_at)

-- name: next
-- The first unfinished event of the scope of %(event_id)s that is to be sent now. Only the first of a scope that is not
-- with the queue is sent, once it is due: what ends it sends the next one. So what waits behind another costs no
-- messages, however long that takes.
SELECT id, scope_key, generation FROM (
    SELECT id, scope_key, redrives + parked AS generation, not_before FROM cairn.events
    WHERE project_id = %(project_id)s AND status IN ('PENDING', 'RUNNING') AND scope_key = (
        SELECT scope_key FROM cairn.events WHERE project_id = %(project_id)s AND id = %(event_id)s)
    AND (enqueued_at IS NULL OR enqueued_at < now() - %(lost_after)s)
    ORDER BY id LIMIT 1) first
WHERE first.not_before IS NULL OR first.not_before <= now()

-- name: select
-- Events. Results keep ids and reasons; the texts are read from where an erasure blanks them. {which}
-- says of which events.
SELECT e.id, e.type, e.user_id, e.agent_id, e.app_id, e.run_id, e.status, e.payload, e.attempts, e.redrives, e.parked,
       e.usage, e.error, e.request_sha256, e.created_at, e.updated_at, e.started_at, e.completed_at,
       coalesce((
           SELECT jsonb_agg(r.result || jsonb_build_object('memory', coalesce(
               (SELECT coalesce(h.new_memory, h.old_memory) FROM cairn.history h
                WHERE h.project_id = e.project_id AND h.event_id = e.id
                AND h.memory_id = (r.result ->> 'id')::uuid AND h.event = r.result ->> 'event'),
               (SELECT m.text FROM cairn.memories m WHERE m.project_id = e.project_id
                AND m.id = (r.result ->> 'id')::uuid))) ORDER BY r.position)
           FROM jsonb_array_elements(e.results) WITH ORDINALITY AS r (result, position)), '[]') AS results
FROM cairn.events e WHERE e.project_id = %(project_id)s AND {which}

-- name: by_key
-- Which of them has an idempotency key, however it was kept.
e.idempotency_key = ANY(%(other_keys)s::text[] || %(idempotency_key)s::text)
ORDER BY e.idempotency_key = %(idempotency_key)s DESC LIMIT 1

-- name: page
-- Which of them are on a page, newest first.
e.type <> 'ERASED' AND (%(status)s::text IS NULL OR e.status = %(status)s)
ORDER BY e.id DESC LIMIT %(size)s OFFSET %(offset)s

-- name: count
-- How many events there are, or of one status.
SELECT count(*) AS count FROM cairn.events e
WHERE e.project_id = %(project_id)s AND e.type <> 'ERASED'
AND (%(status)s::text IS NULL OR e.status = %(status)s)

-- name: set_results
-- Writes down what became of an import.
UPDATE cairn.events SET results = %(results)s WHERE project_id = %(project_id)s AND id = %(event_id)s

-- name: mark_enqueued
-- Notes that the queue has taken events.
UPDATE cairn.events SET enqueued_at = now() WHERE project_id = %(project_id)s AND id = ANY(%(event_ids)s)

-- name: park
-- Puts an event back to wait for an earlier one of its scope, or for an erasure. Where what it waits for has ended
-- meanwhile, it does not wait.
UPDATE cairn.events e SET status = 'PENDING', parked = parked + 1, parked_at = now(), enqueued_at = NULL,
    error = %(reason)s, updated_at = now()
WHERE e.project_id = %(project_id)s AND e.id = %(event_id)s AND e.status IN ('PENDING', 'RUNNING')
AND (EXISTS (SELECT FROM cairn.events p WHERE p.project_id = e.project_id AND p.scope_key = e.scope_key
             AND p.id < e.id AND p.status IN ('PENDING', 'RUNNING'))
     OR {erasing})

-- name: failing
-- Locks an unfinished event of this generation, and tells since when it has been failing.
SELECT coalesce(failing_since, now()) AS since, faults, now() AS last FROM cairn.events
WHERE project_id = %(project_id)s AND id = %(event_id)s AND redrives + parked = %(generation)s
AND status IN ('PENDING', 'RUNNING') FOR UPDATE

-- name: note_failure
-- Writes down why an attempt failed.
UPDATE cairn.events SET error = %(error)s, failing_since = %(since)s, faults = %(faults)s, updated_at = now()
WHERE project_id = %(project_id)s AND id = %(event_id)s

-- name: postpone
-- Puts an event back to wait before it is tried again.
UPDATE cairn.events SET status = 'PENDING', parked = parked + 1, parked_at = now(), enqueued_at = NULL,
    not_before = now() + make_interval(secs => %(seconds)s)
WHERE project_id = %(project_id)s AND id = %(event_id)s

-- name: give_up
-- Ends an event that failed for good.
UPDATE cairn.events SET error = %(error)s, updated_at = now(), status = 'FAILED', completed_at = now()
WHERE project_id = %(project_id)s AND id = %(event_id)s AND redrives + parked = %(generation)s
AND status IN ('PENDING', 'RUNNING')

-- name: redrive
-- Puts an event that failed back to PENDING, as a new generation.
UPDATE cairn.events SET status = 'PENDING', error = NULL, redrives = redrives + 1, enqueued_at = NULL,
    not_before = NULL, failing_since = NULL, faults = 0, completed_at = NULL, updated_at = now()
WHERE project_id = %(project_id)s AND id = %(event_id)s AND status = 'FAILED'
RETURNING scope_key, redrives + parked AS generation

-- name: unfinished
-- Events of all projects that were never sent or never finished; this function passes row level security.
SELECT * FROM cairn.unfinished_events(%s, %s, 10000)
