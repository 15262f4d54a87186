-- What is near to a new fact is looked for in its scope alone, however large the project is.
CREATE INDEX memories_scope_facts ON cairn.memories (project_id, scope_key) WHERE kind = 'fact';
-- Whoever said what is erased is erased with it.
GRANT UPDATE (actor) ON cairn.history TO cairn_app;
