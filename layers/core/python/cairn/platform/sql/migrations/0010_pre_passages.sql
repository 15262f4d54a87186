-- A long text has a vector for each of its passages beside the one of the whole, and counts by the nearest.
ALTER TABLE cairn.memories ADD COLUMN passages halfvec[];
ALTER TABLE cairn.turns ADD COLUMN passages halfvec[];
COMMENT ON COLUMN cairn.memories.passages IS 'Embeddings of the passages of a long text; NULL of a short one';
COMMENT ON COLUMN cairn.turns.passages IS 'Embeddings of the passages of a long text; NULL of a short one';
-- In a large scope the newest of them are looked at beside what its indexes find.
CREATE INDEX memories_long ON cairn.memories (project_id, user_id, id) WHERE passages IS NOT NULL;
CREATE INDEX turns_long ON cairn.turns (project_id, user_id, placed) WHERE passages IS NOT NULL;
