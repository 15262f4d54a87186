-- Entities and relations of each memory, as [{"name", "type", "aliases"}] and [{"source", "type", "target"}].
ALTER TABLE cairn.memories
    ADD COLUMN entities jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN relations jsonb NOT NULL DEFAULT '[]';
