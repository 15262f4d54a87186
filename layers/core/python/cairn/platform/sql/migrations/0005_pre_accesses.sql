-- How often memories were found. Not in their rows: a row holds its embedding, and every search would write ten of them.
CREATE TABLE cairn.accesses (
    project_id uuid NOT NULL,
    memory_id uuid NOT NULL,
    user_id text,
    count bigint NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, memory_id),
    FOREIGN KEY (project_id, memory_id) REFERENCES cairn.memories (project_id, id) ON DELETE CASCADE
);
ALTER TABLE cairn.memories DROP COLUMN access_count, DROP COLUMN last_accessed_at; -- never written, never read

ALTER TABLE cairn.accesses ENABLE ROW LEVEL SECURITY;
ALTER TABLE cairn.accesses FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON cairn.accesses USING (
    project_id = (SELECT cairn.current_project())
    AND ((SELECT cairn.current_pinned_user()) IS NULL OR user_id = (SELECT cairn.current_pinned_user())));
GRANT SELECT, INSERT, UPDATE, DELETE ON cairn.accesses TO cairn_app;
