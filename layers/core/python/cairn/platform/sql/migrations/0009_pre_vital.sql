-- What matters most of a user is found without reading all that is kept of them.
CREATE INDEX memories_vital ON cairn.memories (project_id, user_id, id) WHERE importance >= 8;
