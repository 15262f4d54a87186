-- Upkeep of the indexes of large scopes. The gap {entity} is the column of the scope's entity.

-- name: register
-- Notes that an entity is large.
INSERT INTO cairn.large_scopes (project_id, entity, name) VALUES (%(project_id)s, %(entity)s, %(name)s)
ON CONFLICT DO NOTHING

-- name: lock
-- How far the indexes of a scope are. Only one upkeep at a time works on a scope.
SELECT indexed_to, counted, turns_counted, added, sized_at <= now() - interval '1 hour' AS due FROM cairn.large_scopes
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s FOR UPDATE SKIP LOCKED

-- name: index
-- Puts the next memories into the indexes.
UPDATE cairn.memories SET indexed = true
WHERE project_id = %(project_id)s AND id = ANY(ARRAY(
    SELECT m.id FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s
    AND m.id > %(indexed_to)s AND NOT m.indexed ORDER BY m.id LIMIT %(batch)s))

-- name: index_turns
-- Puts the next turns into the indexes.
UPDATE cairn.turns SET indexed = true
WHERE project_id = %(project_id)s AND id = ANY(ARRAY(
    SELECT m.id FROM cairn.turns m WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s
    AND m.placed > %(indexed_to)s AND NOT m.indexed ORDER BY m.placed LIMIT %(batch)s))

-- name: advance
-- Notes up to which id all rows are in the indexes. Also back: a clock that was ahead has advanced it beyond rows that
-- came later.
UPDATE cairn.large_scopes SET indexed_to = %(settled)s
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s

-- name: add
-- Notes how many rows came since words were counted.
UPDATE cairn.large_scopes SET added = added + %(came)s
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s

-- name: sized
-- Notes that the size of a scope was looked at.
UPDATE cairn.large_scopes SET sized_at = now()
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s

-- name: size
-- How many rows of a scope are in the indexes. Reads all of it.
SELECT (SELECT count(*) FROM cairn.memories m
        WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.indexed) AS rows,
       (SELECT count(*) FROM cairn.turns m
        WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.indexed) AS turns

-- name: forget_words
-- Forgets how often words occur.
DELETE FROM cairn.large_scope_words
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s

-- name: count_words
-- Counts in how many memories and turns each word occurs.
INSERT INTO cairn.large_scope_words (project_id, entity, name, word, rows, turns)
SELECT %(project_id)s, %(entity)s, %(name)s, hashtextextended(word, 0), count(*) FILTER (WHERE NOT turn),
       count(*) FILTER (WHERE turn)
FROM (SELECT m.lexemes, false AS turn FROM cairn.memories m
      WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.indexed
      UNION ALL
      SELECT m.lexemes, true FROM cairn.turns m
      WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.indexed) r,
     unnest(tsvector_to_array(r.lexemes)) AS word
GROUP BY 4

-- name: counted
-- Writes down how many rows were counted, and how long they are.
UPDATE cairn.large_scopes SET added = 0, (counted, average_length) = (
    SELECT count(*), greatest(avg(m.lexeme_count), 1) FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.indexed),
    (turns_counted, turns_average_length) = (
    SELECT count(*), greatest(avg(m.lexeme_count), 1) FROM cairn.turns m
    WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.indexed)
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s

-- name: forget
-- Forgets that an entity was large, where nothing of it is left.
DELETE FROM cairn.large_scopes WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s
AND NOT EXISTS (SELECT FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s)
AND NOT EXISTS (SELECT FROM cairn.turns m WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s)
