-- What was kept as it was said, found by its words, so that the same said again is known; facts have an index already.
CREATE INDEX memories_said ON cairn.memories (project_id, scope_key, text_sha256)
WHERE invalid_at IS NULL AND kind = 'verbatim';
