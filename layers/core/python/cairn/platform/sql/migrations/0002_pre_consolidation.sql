-- Consolidation with a model: what it costs, what a scope is about in short, and facts that change over time.

ALTER TABLE cairn.memories
    DROP CONSTRAINT memories_kind_check,
    ADD CONSTRAINT memories_kind_check CHECK (kind IN ('fact', 'verbatim', 'procedural')),
    ADD COLUMN feedback text CHECK (feedback IN ('POSITIVE', 'NEGATIVE', 'VERY_NEGATIVE')),
    ADD COLUMN feedback_reason text,
    -- One span per source message; rows from before have the one `source_span`.
    ADD COLUMN source_spans int4range[];
CREATE INDEX memories_successor ON cairn.memories (project_id, superseded_by) WHERE superseded_by IS NOT NULL;

-- When a changed text became true; None means when it was written.
ALTER TABLE cairn.history ADD COLUMN valid_from timestamptz;

-- `parked` counts how often an event was put back to wait: each time it is sent as another message.
ALTER TABLE cairn.events
    ADD COLUMN parked int NOT NULL DEFAULT 0,
    ADD COLUMN parked_at timestamptz,
    ADD COLUMN usage jsonb NOT NULL DEFAULT '{}';

ALTER TABLE cairn.messages ADD COLUMN scope_key text;
CREATE INDEX messages_scope ON cairn.messages (project_id, scope_key, id) WHERE scope_key IS NOT NULL;
-- The last turns of an entity, for a context block.
CREATE INDEX messages_user ON cairn.messages (project_id, user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX messages_run ON cairn.messages (project_id, run_id, id) WHERE run_id IS NOT NULL;
CREATE INDEX messages_agent ON cairn.messages (project_id, agent_id, id) WHERE agent_id IS NOT NULL;

CREATE TABLE cairn.summaries (
    project_id uuid NOT NULL REFERENCES cairn.projects ON DELETE CASCADE,
    scope_key text NOT NULL,
    user_id text,
    agent_id text,
    app_id text,
    run_id text,
    text text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, scope_key)
);
CREATE INDEX summaries_user ON cairn.summaries (project_id, user_id);

CREATE TABLE cairn.usage (
    project_id uuid NOT NULL REFERENCES cairn.projects ON DELETE CASCADE,
    day date NOT NULL,
    kind text NOT NULL,
    requests bigint NOT NULL DEFAULT 0,
    tokens_in bigint NOT NULL DEFAULT 0,
    tokens_out bigint NOT NULL DEFAULT 0,
    cost_usd numeric(20, 10) NOT NULL DEFAULT 0,
    PRIMARY KEY (project_id, day, kind)
);

ALTER TABLE cairn.summaries ENABLE ROW LEVEL SECURITY;
ALTER TABLE cairn.summaries FORCE ROW LEVEL SECURITY;
ALTER TABLE cairn.usage ENABLE ROW LEVEL SECURITY;
ALTER TABLE cairn.usage FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON cairn.summaries USING (
    project_id = (SELECT cairn.current_project())
    AND ((SELECT cairn.current_pinned_user()) IS NULL OR user_id = (SELECT cairn.current_pinned_user())));
-- A project's budget holds for all its keys, so a key pinned to a user counts against it and is stopped by it too.
CREATE POLICY tenant ON cairn.usage USING (project_id = (SELECT cairn.current_project()));
GRANT SELECT, INSERT, UPDATE, DELETE ON cairn.summaries TO cairn_app;
GRANT SELECT, INSERT, UPDATE ON cairn.usage TO cairn_app;

-- A parked event is another message than the one that was parked, as a redriven one is: its `redrives` counts both.
GRANT SELECT (parked, parked_at) ON cairn.events TO cairn_sweeper;
GRANT CREATE ON SCHEMA cairn TO cairn_sweeper;
GRANT cairn_sweeper TO CURRENT_USER;
CREATE OR REPLACE FUNCTION cairn.unfinished_events(unsent_after interval, unfinished_after interval, at_most int)
    RETURNS TABLE (project_id uuid, event_id uuid, scope_key text, redrives int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT e.project_id, e.id, e.scope_key, e.redrives + e.parked FROM cairn.events e
    WHERE e.status IN ('PENDING', 'RUNNING')
      AND CASE WHEN e.enqueued_at IS NULL THEN greatest(e.created_at, e.parked_at) < now() - unsent_after
               ELSE e.enqueued_at < now() - unfinished_after END
    ORDER BY e.id LIMIT at_most
$$;
REVOKE cairn_sweeper FROM CURRENT_USER;
REVOKE CREATE ON SCHEMA cairn FROM cairn_sweeper;
