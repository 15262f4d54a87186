-- created_at is when a memory was told, by the timestamp that came with it; learned_at is when it came here, by our own
-- clock. Of rows that are older than the difference both are the same.
ALTER TABLE cairn.memories ADD COLUMN learned_at timestamptz;
ALTER TABLE cairn.memories ALTER COLUMN learned_at SET DEFAULT now();
COMMENT ON COLUMN cairn.memories.created_at IS 'When it was told, by its timestamp';
COMMENT ON COLUMN cairn.memories.learned_at IS 'When it came here, by our own clock; NULL where created_at is that';
-- The order of lists.
CREATE INDEX memories_user_told ON cairn.memories (project_id, user_id, created_at, id) WHERE user_id IS NOT NULL;
