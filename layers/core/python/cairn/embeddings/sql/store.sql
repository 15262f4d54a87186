-- Embedding a database with another model, row by row.

-- name: pass
-- Which table is at it, and how far that is.
SELECT kept, after_project, after_id FROM cairn.reembedding WHERE NOT done ORDER BY kept LIMIT 1

-- name: next
-- The next rows; this function passes row level security.
SELECT project_id, id FROM cairn.rows_to_embed(%(kept)s, %(project)s, %(id)s, %(at_most)s)

-- name: noted
-- Rows that changed meanwhile; this function passes row level security.
SELECT project_id, kept, id, version FROM cairn.noted_to_embed(%(at_most)s)

-- name: move
-- Notes how far it is.
UPDATE cairn.reembedding SET after_project = %(project)s, after_id = %(id)s, done = %(done)s WHERE kept = %(kept)s

-- name: count
-- How many rows there are, about.
SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint AS rows FROM pg_class c
WHERE c.oid IN ('cairn.memories'::regclass, 'cairn.turns'::regclass)

-- name: read_memories
-- Texts of memories.
SELECT m.id, m.text, m.actor, m.valid_from AS at FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id = ANY(%(ids)s)

-- name: read_turns
-- Texts of turns.
SELECT t.id, t.text, t.actor, t.valid_from AS at FROM cairn.turns t
WHERE t.project_id = %(project_id)s AND t.id = ANY(%(ids)s)

-- name: keep
-- Stores vectors of another model beside those that are searched. Only where the row still says what was embedded: if
-- it does not, that it was worded anew is noted.
UPDATE {table} r SET embedding_next = t.embedding, passages_next = t.passages::halfvec[]
FROM unnest(%(ids)s::uuid[], %(texts)s::text[], %(actors)s::text[], %(times)s::timestamptz[],
            %(embeddings)s::halfvec[], %(passages)s::text[]) AS t (id, text, actor, at, embedding, passages)
WHERE r.project_id = %(project_id)s AND r.id = t.id AND r.text = t.text AND r.actor IS NOT DISTINCT FROM t.actor
AND r.valid_from = t.at

-- name: forget
-- Takes rows off the list of what changed.
DELETE FROM cairn.to_embed n USING unnest(%(ids)s::uuid[], %(versions)s::int[]) AS t (id, version)
WHERE n.project_id = %(project_id)s AND n.kept = %(kept)s AND n.id = t.id AND n.version = t.version
