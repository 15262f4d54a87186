-- What is told again in the same words.

-- name: lock
-- Lets one writer of a scope in at a time. Two writers of one scope at the same moment: the second sees what the first
-- wrote.
SELECT pg_advisory_xact_lock(hashtextextended(%(project_id)s::text || %(scope_key)s, 0))

-- name: known
-- Which memories of a scope hold these words, the oldest last.
SELECT text_sha256, id FROM (
    SELECT text_sha256, id, expires_on FROM cairn.memories
    WHERE project_id = %(project_id)s AND scope_key = %(scope_key)s AND text_sha256 = ANY(%(digests)s)
    AND kind = 'fact' AND invalid_at IS NULL
    UNION ALL
    SELECT text_sha256, id, expires_on FROM cairn.memories
    WHERE project_id = %(project_id)s AND scope_key = %(scope_key)s AND text_sha256 = ANY(%(digests)s)
    AND kind = 'verbatim' AND invalid_at IS NULL) known
WHERE {not_expired} AND NOT {doomed}
ORDER BY id DESC

-- name: note
-- Adds to what a memory was told by.
UPDATE cairn.memories m SET source_message_ids = m.source_message_ids || %(ids)s::uuid[],
    source_spans = {spans} || %(spans)s::int4range[]
WHERE m.project_id = %(project_id)s AND m.id = %(memory_id)s AND NOT m.source_message_ids && %(ids)s::uuid[]

-- name: close_expired
-- Ends facts that have expired.
UPDATE cairn.memories m SET invalid_at = (expires_on + 1) AT TIME ZONE 'UTC', version = version + 1, updated_at = now()
FROM unnest(%(scope_keys)s::text[], %(digests)s::bytea[]) AS t (scope_key, digest)
WHERE m.project_id = %(project_id)s AND m.scope_key = t.scope_key AND m.text_sha256 = t.digest AND m.kind = 'fact'
AND m.invalid_at IS NULL AND NOT {not_expired}
