-- The facts of a scope, as consolidation reads them.

-- name: neighbours
-- The facts of a scope that are nearest to each of some vectors, and of those that ask for it closed ones, too.
SELECT probe.position, near.*
FROM unnest(%(vectors)s::halfvec[], %(closed)s::boolean[]) WITH ORDINALITY AS probe (vector, closed, position)
CROSS JOIN LATERAL (
    SELECT m.id, m.text, m.actor, m.valid_from, m.version, m.immutable, m.invalid_at IS NULL AS valid,
           (1 - (m.embedding <=> probe.vector))::float8 AS cosine
    FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.scope_key = %(scope_key)s AND m.kind = 'fact'
    AND (probe.closed OR m.invalid_at IS NULL AND {not_expired})
    ORDER BY m.embedding <=> probe.vector LIMIT %(k)s) near
ORDER BY probe.position, near.cosine DESC

-- name: scope_size
-- How many facts of a scope hold.
SELECT count(*) AS count FROM cairn.memories
WHERE project_id = %(project_id)s AND scope_key = %(scope_key)s AND kind = 'fact' AND invalid_at IS NULL
