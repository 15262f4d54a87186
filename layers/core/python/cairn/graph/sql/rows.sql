-- What the graph is made from, and the outbox of what it has not seen yet.

-- name: outbox
-- The outbox rows of memories. Read before the rows: a row that changes in between has another outbox row by then.
SELECT id FROM cairn.graph_outbox WHERE project_id = %(project_id)s AND memory_id = ANY(%(memory_ids)s)

-- name: rows
-- The memories of a scope of the graph, with their entities and relations.
SELECT id, user_id, agent_id, app_id, run_id, version, valid_from, invalid_at, entities, relations
FROM cairn.memories
WHERE project_id = %(project_id)s AND id = ANY(%(memory_ids)s) AND graph_scope = %(scope)s ORDER BY id

-- name: claims
-- The entities of a scope that have aliases.
SELECT entities FROM cairn.memories
WHERE project_id = %(project_id)s AND graph_scope = %(scope)s
AND invalid_at IS NULL AND entities @? '$[*].aliases[*]'

-- name: scope_of
-- The graph scope of a memory.
SELECT graph_scope FROM cairn.memories WHERE project_id = %(project_id)s AND id = %(memory_id)s

-- name: page
-- A page of the memories of some entities, by id.
SELECT id, graph_scope, version FROM cairn.memories
WHERE project_id = %(project_id)s AND id > %(after)s
AND (%(user_id)s::text IS NULL OR user_id = %(user_id)s) AND (%(agent_id)s::text IS NULL OR agent_id = %(agent_id)s)
AND (%(app_id)s::text IS NULL OR app_id = %(app_id)s) AND (%(run_id)s::text IS NULL OR run_id = %(run_id)s)
ORDER BY id LIMIT %(limit)s

-- name: count
-- How many memories these entities have.
SELECT count(*) AS count FROM cairn.memories
WHERE project_id = %(project_id)s
AND (%(user_id)s::text IS NULL OR user_id = %(user_id)s) AND (%(agent_id)s::text IS NULL OR agent_id = %(agent_id)s)
AND (%(app_id)s::text IS NULL OR app_id = %(app_id)s) AND (%(run_id)s::text IS NULL OR run_id = %(run_id)s)

-- name: claim
-- Takes outbox rows that are due, and notes them as sent. An array, since a join may ask a subquery again, and then
-- takes more than the limit.
UPDATE cairn.graph_outbox SET sent_at = now()
WHERE project_id = %(project_id)s AND id = ANY(ARRAY(
    SELECT o.id FROM cairn.graph_outbox o
    WHERE o.project_id = %(project_id)s AND o.failed_at IS NULL AND (o.not_before IS NULL OR o.not_before <= now())
    AND CASE WHEN o.sent_at IS NULL THEN o.not_before IS NOT NULL OR o.created_at <= now() - %(unsent_after)s
             ELSE o.sent_at < now() - %(unfinished_after)s END
    ORDER BY {order} LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
RETURNING id, memory_id, scope

-- name: release
-- Notes that rows were not sent after all.
UPDATE cairn.graph_outbox SET sent_at = NULL WHERE project_id = %(project_id)s AND id = ANY(%(ids)s)

-- name: done
-- Takes rows out of the outbox, as the graph has seen them. A row that is locked is being written to: it stands for a
-- newer change, or does in a moment.
DELETE FROM cairn.graph_outbox WHERE project_id = %(project_id)s AND id IN (
    SELECT o.id FROM cairn.graph_outbox o WHERE o.project_id = %(project_id)s AND o.id = ANY(%(ids)s)
    FOR UPDATE SKIP LOCKED)

-- name: failing
-- Locks rows, and tells since when each has been failing. Those that one message names fail together.
SELECT coalesce(failing_since, now()) AS since, faults, now() AS last FROM cairn.graph_outbox
WHERE project_id = %(project_id)s AND id = ANY(%(ids)s) AND failed_at IS NULL ORDER BY memory_id FOR UPDATE

-- name: note_failure
-- Writes down why an attempt failed.
UPDATE cairn.graph_outbox SET error = %(error)s, failing_since = %(since)s, faults = %(faults)s
WHERE project_id = %(project_id)s AND id = ANY(%(ids)s) AND failed_at IS NULL

-- name: postpone
-- Puts rows back to wait before they are tried again.
UPDATE cairn.graph_outbox
SET id = gen_random_uuid(), sent_at = NULL, not_before = now() + make_interval(secs => %(seconds)s)
WHERE project_id = %(project_id)s AND id = ANY(%(ids)s) AND failed_at IS NULL

-- name: give_up
-- Notes that rows failed for good.
UPDATE cairn.graph_outbox SET failed_at = now(), error = %(error)s
WHERE project_id = %(project_id)s AND id = ANY(%(ids)s) AND failed_at IS NULL

-- name: redrive
-- Puts the rows that failed back. Another id is another life: what is still under way about the old one neither ends it
-- nor fails it.
UPDATE cairn.graph_outbox SET id = gen_random_uuid(), sent_at = NULL, failed_at = NULL, error = NULL,
    not_before = NULL, failing_since = NULL, faults = 0
WHERE project_id = %(project_id)s AND failed_at IS NOT NULL

-- name: mark
-- Notes all memories of some entities, so that the graph is made again from them.
INSERT INTO cairn.graph_outbox (project_id, memory_id, scope, user_id)
SELECT project_id, id, graph_scope, user_id FROM cairn.memories
WHERE project_id = %(project_id)s
AND (%(user_id)s::text IS NULL OR user_id = %(user_id)s) AND (%(agent_id)s::text IS NULL OR agent_id = %(agent_id)s)
AND (%(app_id)s::text IS NULL OR app_id = %(app_id)s) AND (%(run_id)s::text IS NULL OR run_id = %(run_id)s)
ORDER BY id
ON CONFLICT (project_id, memory_id) DO UPDATE SET
    id = gen_random_uuid(), created_at = now(), sent_at = NULL, failed_at = NULL, error = NULL,
    not_before = NULL, failing_since = NULL, faults = 0

-- name: mark_gone
-- Notes memories that are no longer there.
INSERT INTO cairn.graph_outbox (project_id, memory_id, scope, user_id)
SELECT %(project_id)s, t.memory_id, t.scope, %(user_id)s
FROM unnest(%(memory_ids)s::uuid[], %(scopes)s::text[]) AS t (memory_id, scope) ORDER BY t.memory_id
ON CONFLICT (project_id, memory_id) DO UPDATE SET
    id = gen_random_uuid(), created_at = now(), sent_at = NULL, failed_at = NULL, error = NULL,
    not_before = NULL, failing_since = NULL, faults = 0

-- name: waiting
-- How many rows wait and how many failed, and why the last one did.
SELECT count(*) FILTER (WHERE failed_at IS NULL) AS waiting, count(*) FILTER (WHERE failed_at IS NOT NULL) AS failed,
    (array_agg(error ORDER BY failed_at DESC NULLS LAST))[1] AS error
FROM cairn.graph_outbox WHERE project_id = %(project_id)s

-- name: projects_behind
-- Projects of which rows are due; this function passes row level security.
SELECT project_id FROM cairn.projects_behind_graph(%s, %s, 10000)
