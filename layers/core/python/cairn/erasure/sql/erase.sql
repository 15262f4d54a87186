-- Erasing memories, and whatever else holds their words.

-- name: delete_memories
-- Deletes memories by id, and gives what it takes to find what else tells of them.
DELETE FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s)
RETURNING m.id, m.event_id, m.user_id, m.agent_id, m.app_id, m.run_id, m.scope_key, m.text, m.source_message_ids,
    {spans} AS source_spans

-- name: delete_matching
-- Deletes the next memories that a filter lets through; gives the same.
DELETE FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.id = ANY(ARRAY(
    SELECT m.id FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.id <= %(until)s AND {where} ORDER BY m.id LIMIT %(at_most)s))
RETURNING m.id, m.event_id, m.user_id, m.agent_id, m.app_id, m.run_id, m.scope_key, m.text, m.source_message_ids,
    {spans} AS source_spans

-- name: with_superseded
-- Memories, and all that they replaced. UNION, and not UNION ALL: a circle of successors ends.
WITH RECURSIVE chain AS (
    SELECT m.id FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s)
    UNION
    SELECT m.id FROM chain c JOIN cairn.memories m ON m.project_id = %(project_id)s AND m.superseded_by = c.id)
SELECT id FROM chain

-- name: blank_history
-- Takes the texts out of the history of memories.
UPDATE cairn.history SET old_memory = NULL, new_memory = NULL, actor = NULL
WHERE project_id = %(project_id)s AND memory_id = ANY(%(memory_ids)s)

-- name: tombstones
-- Notes that memories were erased.
INSERT INTO cairn.history (project_id, id, memory_id, event, user_id, agent_id, app_id, run_id)
SELECT %(project_id)s, t.id, t.memory_id, 'DELETE', t.user_id, t.agent_id, t.app_id, t.run_id
FROM unnest(%(ids)s::uuid[], %(memory_ids)s::uuid[], %(user_ids)s::text[], %(agent_ids)s::text[], %(app_ids)s::text[],
            %(run_ids)s::text[]) AS t (id, memory_id, user_id, agent_id, app_id, run_id)

-- name: delete_messages
-- Deletes messages that no memory was made from any more.
DELETE FROM cairn.messages s WHERE s.project_id = %(project_id)s AND s.id = ANY(%(message_ids)s)
AND s.id NOT IN (SELECT message_id FROM cairn.messages_in_use(%(message_ids)s))

-- name: blank_events
-- What an add said about its memories (metadata, categories, instructions) goes with the last of them: in the events
-- that made, changed or ended them, and in those that said the same again.
WITH blanked AS (
    UPDATE cairn.events e SET payload = e.payload - %(told)s::text[] || '{{"metadata": {{}}, "categories": []}}',
        request_sha256 = NULL,
        idempotency_key = {digest}
    WHERE e.project_id = %(project_id)s AND e.type = 'ADD' AND e.status = 'SUCCEEDED' AND e.id = ANY(
        %(event_ids)s::uuid[] || ARRAY(
            SELECT s.event_id FROM cairn.messages s
            WHERE s.project_id = %(project_id)s AND s.id = ANY(%(message_ids)s)
            UNION ALL SELECT h.event_id FROM cairn.history h
            WHERE h.project_id = %(project_id)s AND h.memory_id = ANY(%(memory_ids)s) AND h.event_id IS NOT NULL))
    AND NOT EXISTS (SELECT FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.event_id = e.id)
    RETURNING e.id)
UPDATE cairn.turns t SET metadata = '{{}}', categories = '{{}}'
WHERE t.project_id = %(project_id)s AND t.id = ANY(ARRAY(
    SELECT s.id FROM cairn.messages s WHERE s.project_id = %(project_id)s AND s.event_id IN (SELECT id FROM blanked)))

-- name: blank_reasons
-- Takes the reasons out of the results of events. Earlier releases kept a model's own words as reasons, which may quote
-- any memory it was shown.
UPDATE cairn.events e SET results = (
    SELECT jsonb_agg(r.result - 'reason' ORDER BY r.position)
    FROM jsonb_array_elements(e.results) WITH ORDINALITY AS r (result, position))
WHERE e.project_id = %(project_id)s AND e.results @? '$[*].reason' AND e.id = ANY(ARRAY(
    SELECT h.event_id FROM cairn.history h
    WHERE h.project_id = %(project_id)s AND h.memory_id = ANY(%(memory_ids)s) AND h.event_id IS NOT NULL))

-- name: blank_span
-- Blanks a part of a message. What stays of a shared message: the same length, so that the spans of the other memories
-- still fit.
UPDATE cairn.messages SET content = overlay(
    content PLACING repeat(' ', %(until)s - %(start)s) FROM %(start)s + 1 FOR %(until)s - %(start)s)
WHERE project_id = %(project_id)s AND id = %(message_id)s

-- name: forget_successors
-- Forgets what replaced a memory, where that is erased. Who ended a predecessor is who said what is erased.
WITH ended AS (
    UPDATE cairn.memories SET superseded_by = NULL
    WHERE project_id = %(project_id)s AND superseded_by = ANY(%(memory_ids)s) RETURNING id)
UPDATE cairn.history SET actor = NULL
WHERE project_id = %(project_id)s AND event = 'DELETE' AND memory_id IN (SELECT id FROM ended)

-- name: blank_summaries
-- Blanks the summaries of scopes. A summary was made of all its scope said, the deleted memory too; the next event of
-- the scope begins another. It is blanked, also where there was none, so that an event in progress sees that it has
-- read what is erased now.
INSERT INTO cairn.summaries (project_id, scope_key, user_id, agent_id, app_id, run_id, text)
SELECT DISTINCT ON (t.scope_key) %(project_id)s::uuid, t.scope_key, t.user_id, t.agent_id, t.app_id, t.run_id, ''
FROM unnest(%(row_scope_keys)s::text[], %(user_ids)s::text[], %(agent_ids)s::text[], %(app_ids)s::text[],
            %(run_ids)s::text[]) AS t (scope_key, user_id, agent_id, app_id, run_id)
ORDER BY t.scope_key
ON CONFLICT (project_id, scope_key) DO UPDATE SET text = '', updated_at = now()

-- name: hold_events
-- Locks the unfinished events of a scope. As whoever applies an event locks it before its messages and memories: the
-- other way round both would wait for ever.
SELECT m.id FROM cairn.events m
WHERE m.project_id = %(project_id)s AND m.status IN ('PENDING', 'RUNNING') AND {where} ORDER BY m.id FOR UPDATE

-- name: delete_scope_summaries
-- Deletes the summaries of a scope.
DELETE FROM cairn.summaries m WHERE m.project_id = %(project_id)s AND {where}

-- name: delete_scope_messages
-- Deletes the next messages of a scope.
DELETE FROM cairn.messages m WHERE m.project_id = %(project_id)s AND m.id = ANY(ARRAY(
    SELECT m.id FROM cairn.messages m
    WHERE m.project_id = %(project_id)s AND m.id <= %(until)s AND {where} LIMIT %(at_most)s))

-- name: scope_events
-- The next adds of a scope, and whether each has an idempotency key.
SELECT m.id, m.idempotency_key IS NOT NULL AS keyed FROM cairn.events m
WHERE m.project_id = %(project_id)s AND m.type = 'ADD' AND m.id <= %(until)s AND m.status = ANY(%(statuses)s)
AND {where} LIMIT %(at_most)s

-- name: keep_keys
-- A repeat must not bring an erased add back: its key stays, as a digest, with what its first answer said besides
-- texts.
UPDATE cairn.events m SET type = 'ERASED', user_id = NULL, agent_id = NULL, app_id = NULL, run_id = NULL,
    scope_key = '',
    payload = jsonb_build_object('infer', coalesce(m.payload -> 'infer', 'true')), request_sha256 = NULL,
    status = 'SUCCEEDED', error = NULL, usage = '{{}}', not_before = NULL,
    completed_at = now(), updated_at = now(),
    results = jsonb_path_query_array(m.results, '$[*] ? (exists (@.added))'),
    idempotency_key = {digest}
WHERE m.project_id = %(project_id)s AND m.id = ANY(%(event_ids)s)

-- name: delete_messages_of
-- Deletes the messages of events.
DELETE FROM cairn.messages m WHERE m.project_id = %(project_id)s AND m.event_id = ANY(%(event_ids)s)

-- name: delete_events
-- Deletes events.
DELETE FROM cairn.events m WHERE m.project_id = %(project_id)s AND m.id = ANY(%(event_ids)s)

-- name: as_project
-- What keeps an erased add's key names nobody any more, and so is no row of a pinned key's user.
SELECT set_config('cairn.user_id', '', true)

-- name: as_tenant
-- And after it the tenant's user is named again.
SELECT set_config('cairn.user_id', %(user_id)s, true)

-- name: last
-- The last row of a scope in a table.
SELECT m.id FROM {table} m WHERE m.project_id = %(project_id)s AND {where} ORDER BY m.id DESC LIMIT 1

-- name: record
-- Stores the receipt of an erasure that is done.
INSERT INTO cairn.events (project_id, id, type, user_id, scope_key, payload, status, results, enqueued_at, started_at,
                          completed_at)
VALUES (%(project_id)s, %(id)s, 'DELETE', %(user_id)s, '', %(payload)s, 'SUCCEEDED', %(results)s, now(), now(), now())
