-- Memories over time. Gaps: {visible} is what may be seen, {where} the caller's filter, {closed} both and that a memory
-- holds no longer.

-- name: visible
-- Which of some memories may be seen.
SELECT m.id FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s) AND {visible} AND {where}

-- name: by_id
-- Memories by id.
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s) AND {visible} AND {where} ORDER BY m.id

-- name: relations
-- What memories say of how things relate.
SELECT m.id, m.relations FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s) ORDER BY m.id

-- name: said
-- Every entity as memories name it.
SELECT DISTINCT m.graph_scope, e AS entity, m.invalid_at IS NULL AS holds
FROM cairn.memories m CROSS JOIN LATERAL jsonb_array_elements(m.entities) e
WHERE m.project_id = %(project_id)s AND {visible} AND {where} LIMIT %(limit)s

-- name: saying
-- The latest memories that mention one of these names.
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND {visible} AND {where} AND EXISTS (
    SELECT FROM jsonb_array_elements(m.entities) e
    JOIN unnest(%(scopes)s::text[], %(names)s::text[]) AS w (scope, name)
    ON w.scope = m.graph_scope AND w.name = e ->> 'name')
ORDER BY m.valid_from DESC, m.id DESC LIMIT %(limit)s

-- name: carried
-- Which of these names a memory says, in whatever case. Names as the graph may have them: of an entity, its aliases, or
-- an end of a relation.
SELECT DISTINCT w.scope, w.name FROM cairn.memories m
CROSS JOIN LATERAL (
    SELECT e ->> 'name' AS name FROM jsonb_array_elements(m.entities) e
    UNION ALL
    SELECT a FROM jsonb_array_elements(m.entities) e CROSS JOIN jsonb_array_elements_text(e -> 'aliases') a
    UNION ALL
    SELECT unnest(ARRAY[r ->> 'source', r ->> 'target']) FROM jsonb_array_elements(m.relations) r) said
JOIN unnest(%(scopes)s::text[], %(names)s::text[]) AS w (scope, name)
ON w.scope = m.graph_scope AND lower(w.name) = lower(regexp_replace(btrim(said.name), '\s+', ' ', 'g'))
WHERE m.project_id = %(project_id)s AND m.graph_scope = ANY(%(scopes)s) AND {visible} AND {where}

-- name: linked
-- Memories, all that they replaced and all that replaced them. UNION, and not UNION ALL: a circle of successors ends.
WITH RECURSIVE earlier AS (
    SELECT m.id FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s)
    UNION
    SELECT m.id FROM earlier e JOIN cairn.memories m ON m.project_id = %(project_id)s AND m.superseded_by = e.id
), later AS (
    SELECT m.id, m.superseded_by FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.id = ANY(%(memory_ids)s)
    UNION
    SELECT m.id, m.superseded_by FROM later l JOIN cairn.memories m
    ON m.project_id = %(project_id)s AND m.id = l.superseded_by
)
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id IN (SELECT id FROM earlier UNION SELECT id FROM later) AND {visible}
ORDER BY m.valid_from, m.id LIMIT %(limit)s

-- name: count_closed
-- How many memories hold no longer.
SELECT count(*) AS count FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {closed}

-- name: list_closed
-- A page of them, the last closed first.
SELECT {columns} FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {closed}
ORDER BY m.invalid_at DESC, m.id DESC LIMIT %(size)s OFFSET %(offset)s

-- name: successors
-- What took the place of those on the page.
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id IN (
    SELECT p.superseded_by FROM (
        SELECT m.superseded_by FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {closed}
        ORDER BY m.invalid_at DESC, m.id DESC LIMIT %(size)s OFFSET %(offset)s) p)

-- name: sources
-- The messages that a memory was made from.
SELECT s.id, s.sequence, s.role, s.name, s.content, s.occurred_at FROM cairn.messages s
WHERE s.project_id = %(project_id)s AND s.id = ANY(ARRAY(
    SELECT unnest(m.source_message_ids) FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.id = %(memory_id)s))
ORDER BY s.id

-- name: around
-- What stands around a memory. The rows of its run in the same scope; without a run, those that came of the same event,
-- found by its messages.
WITH own AS MATERIALIZED (
    SELECT id, run_id, scope_key, event_id FROM cairn.memories
    WHERE project_id = %(project_id)s AND id = %(memory_id)s
), near AS (
    (SELECT m.id FROM own JOIN cairn.memories m ON m.project_id = %(project_id)s AND m.run_id = own.run_id
     AND m.scope_key = own.scope_key AND m.id < own.id AND {visible} ORDER BY m.id DESC LIMIT %(around)s)
    UNION ALL
    (SELECT m.id FROM own JOIN cairn.memories m ON m.project_id = %(project_id)s AND m.run_id = own.run_id
     AND m.scope_key = own.scope_key AND m.id > own.id AND {visible} ORDER BY m.id LIMIT %(around)s)
    UNION ALL
    (SELECT m.id FROM own JOIN cairn.memories m ON m.project_id = %(project_id)s AND own.run_id IS NULL
     AND m.id <> own.id AND m.event_id = own.event_id AND m.source_message_ids && ARRAY(
         SELECT s.id FROM own JOIN cairn.messages s ON s.project_id = %(project_id)s AND s.event_id = own.event_id)
     AND {visible} ORDER BY m.id LIMIT 2 * %(around)s)
)
SELECT {columns} FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id IN (SELECT id FROM near) ORDER BY m.id
