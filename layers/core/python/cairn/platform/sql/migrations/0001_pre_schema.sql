-- Every table is a tenant's table: project_id leads its primary key, and row level security is enabled and FORCED.
-- A transaction names its tenant with set_config('cairn.project_id', …, true); without it no row is visible.
-- set_config('cairn.user_id', …, true) narrows it to one user, for keys pinned to a user.

CREATE EXTENSION IF NOT EXISTS vector;

DO $$
BEGIN
    IF (SELECT string_to_array(extversion, '.')::int[] FROM pg_extension WHERE extname = 'vector') < ARRAY[0, 8] THEN
        RAISE EXCEPTION 'pgvector 0.8.0 or newer is needed: run ALTER EXTENSION vector UPDATE';
    END IF;
    -- Roles belong to the whole server, so another database of it may have made them already.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cairn_app') THEN
        CREATE ROLE cairn_app NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cairn_sweeper') THEN
        CREATE ROLE cairn_sweeper NOLOGIN;
    END IF;
END
$$;

CREATE SCHEMA cairn;
GRANT USAGE ON SCHEMA cairn TO cairn_app, cairn_sweeper;

-- The scalar subqueries in the policies below make Postgres read the setting once per statement, not once per row.
CREATE FUNCTION cairn.current_project() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('cairn.project_id', true), '')::uuid;

CREATE FUNCTION cairn.current_pinned_user() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('cairn.user_id', true), '');

CREATE TABLE cairn.embedding_model (
    model text NOT NULL,
    dimensions int NOT NULL,
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one)
);
INSERT INTO cairn.embedding_model (model, dimensions) VALUES ('all-MiniLM-L6-v2-int8', 384);

CREATE TABLE cairn.projects (
    project_id uuid PRIMARY KEY,
    org_id uuid NOT NULL,
    name text NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE cairn.api_keys (
    project_id uuid NOT NULL REFERENCES cairn.projects ON DELETE CASCADE,
    id uuid NOT NULL,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('reader', 'writer', 'admin')),
    pinned_user_id text,
    key_sha256 bytea NOT NULL UNIQUE CHECK (octet_length(key_sha256) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (project_id, id)
);

CREATE TABLE cairn.events (
    project_id uuid NOT NULL REFERENCES cairn.projects ON DELETE CASCADE,
    id uuid NOT NULL,
    type text NOT NULL CHECK (type IN ('ADD', 'DELETE')),
    user_id text,
    agent_id text,
    app_id text,
    run_id text,
    scope_key text NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    idempotency_key text,
    request_sha256 bytea,
    status text NOT NULL CHECK (status IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED')),
    attempts int NOT NULL DEFAULT 0,
    redrives int NOT NULL DEFAULT 0,
    results jsonb NOT NULL DEFAULT '[]',
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    enqueued_at timestamptz,
    started_at timestamptz,
    completed_at timestamptz,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, idempotency_key)
);
-- The outbox: few rows at any time, whatever the size of the table.
CREATE INDEX events_unfinished ON cairn.events (project_id, scope_key, id) WHERE status IN ('PENDING', 'RUNNING');
CREATE INDEX events_user ON cairn.events (project_id, user_id);

CREATE TABLE cairn.messages (
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    user_id text,
    agent_id text,
    app_id text,
    run_id text,
    sequence int NOT NULL,
    role text NOT NULL,
    name text,
    content text NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, event_id) REFERENCES cairn.events ON DELETE CASCADE
);
CREATE INDEX messages_event ON cairn.messages (project_id, event_id, sequence);

CREATE TABLE cairn.memories (
    project_id uuid NOT NULL REFERENCES cairn.projects ON DELETE CASCADE,
    id uuid NOT NULL,
    user_id text,
    agent_id text,
    app_id text,
    run_id text,
    scope_key text NOT NULL,
    event_id uuid,
    actor text,
    kind text NOT NULL CHECK (kind IN ('fact', 'verbatim')),
    text text NOT NULL,
    text_sha256 bytea NOT NULL,
    embedding halfvec(384) NOT NULL,
    lexemes tsvector NOT NULL,
    lexeme_count int NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}',
    categories text[] NOT NULL DEFAULT '{}',
    importance real NOT NULL DEFAULT 5 CHECK (importance BETWEEN 1 AND 10),
    confidence real NOT NULL DEFAULT 1 CHECK (confidence BETWEEN 0 AND 1),
    sequence int NOT NULL DEFAULT 0,
    event_time timestamptz,
    valid_from timestamptz NOT NULL,
    invalid_at timestamptz,
    superseded_by uuid,
    expires_on date,
    immutable boolean NOT NULL DEFAULT false,
    version int NOT NULL DEFAULT 1,
    source_message_ids uuid[] NOT NULL DEFAULT '{}',
    source_span int4range,
    extractor text NOT NULL,
    access_count int NOT NULL DEFAULT 0,
    last_accessed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, id)
);
-- A search reads the whole of each row of its scope: keep embeddings and lexemes in the row instead of beside it.
ALTER TABLE cairn.memories ALTER COLUMN embedding SET STORAGE PLAIN;
ALTER TABLE cairn.memories SET (toast_tuple_target = 4080);

CREATE UNIQUE INDEX memories_fact ON cairn.memories (project_id, scope_key, text_sha256)
    WHERE invalid_at IS NULL AND kind = 'fact';
CREATE INDEX memories_user ON cairn.memories (project_id, user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX memories_agent ON cairn.memories (project_id, agent_id, id) WHERE agent_id IS NOT NULL;
CREATE INDEX memories_app ON cairn.memories (project_id, app_id, id) WHERE app_id IS NOT NULL;
CREATE INDEX memories_run ON cairn.memories (project_id, run_id, id) WHERE run_id IS NOT NULL;
CREATE INDEX memories_source ON cairn.memories USING gin (source_message_ids);
CREATE INDEX memories_expiry ON cairn.memories (expires_on) WHERE expires_on IS NOT NULL;

CREATE TABLE cairn.history (
    project_id uuid NOT NULL REFERENCES cairn.projects ON DELETE CASCADE,
    id uuid NOT NULL,
    memory_id uuid NOT NULL,
    event text NOT NULL CHECK (event IN ('ADD', 'UPDATE', 'DELETE')),
    old_memory text,
    new_memory text,
    user_id text,
    agent_id text,
    app_id text,
    run_id text,
    actor text,
    event_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, id)
);
CREATE INDEX history_memory ON cairn.history (project_id, memory_id, id);
CREATE INDEX history_event ON cairn.history (project_id, event_id) WHERE event_id IS NOT NULL;

ALTER TABLE cairn.projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE cairn.projects FORCE ROW LEVEL SECURITY;
ALTER TABLE cairn.api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE cairn.api_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE cairn.events ENABLE ROW LEVEL SECURITY;
ALTER TABLE cairn.events FORCE ROW LEVEL SECURITY;
ALTER TABLE cairn.messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE cairn.messages FORCE ROW LEVEL SECURITY;
ALTER TABLE cairn.memories ENABLE ROW LEVEL SECURITY;
ALTER TABLE cairn.memories FORCE ROW LEVEL SECURITY;
ALTER TABLE cairn.history ENABLE ROW LEVEL SECURITY;
ALTER TABLE cairn.history FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON cairn.projects USING (project_id = (SELECT cairn.current_project()));
CREATE POLICY tenant ON cairn.api_keys USING (project_id = (SELECT cairn.current_project()));
-- The authorizer does not know the project yet: it may see the one row whose secret it was shown.
CREATE POLICY presented ON cairn.api_keys FOR SELECT
    USING (key_sha256 = (SELECT decode(current_setting('cairn.key_sha256', true), 'hex')));
CREATE POLICY tenant ON cairn.events USING (
    project_id = (SELECT cairn.current_project())
    AND ((SELECT cairn.current_pinned_user()) IS NULL OR user_id = (SELECT cairn.current_pinned_user())));
CREATE POLICY tenant ON cairn.messages USING (
    project_id = (SELECT cairn.current_project())
    AND ((SELECT cairn.current_pinned_user()) IS NULL OR user_id = (SELECT cairn.current_pinned_user())));
CREATE POLICY tenant ON cairn.memories USING (
    project_id = (SELECT cairn.current_project())
    AND ((SELECT cairn.current_pinned_user()) IS NULL OR user_id = (SELECT cairn.current_pinned_user())));
CREATE POLICY tenant ON cairn.history USING (
    project_id = (SELECT cairn.current_project())
    AND ((SELECT cairn.current_pinned_user()) IS NULL OR user_id = (SELECT cairn.current_pinned_user())));

GRANT SELECT, INSERT ON cairn.projects TO cairn_app;
GRANT UPDATE (name, settings) ON cairn.projects TO cairn_app;
GRANT SELECT, INSERT ON cairn.api_keys TO cairn_app;
GRANT UPDATE (revoked_at) ON cairn.api_keys TO cairn_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON cairn.events, cairn.messages, cairn.memories TO cairn_app;
GRANT SELECT, INSERT, DELETE ON cairn.history TO cairn_app;
GRANT UPDATE (old_memory, new_memory) ON cairn.history TO cairn_app; -- an erasure blanks the texts, no more
GRANT SELECT ON cairn.embedding_model TO cairn_app;

-- Upkeep must find work in all projects. It gets ids and nothing else, through two functions of a role that cannot log in.
GRANT SELECT (project_id, id, scope_key, redrives, status, enqueued_at, created_at) ON cairn.events TO cairn_sweeper;
GRANT SELECT (project_id, id, expires_on) ON cairn.memories TO cairn_sweeper;
CREATE POLICY sweeper ON cairn.events FOR SELECT TO cairn_sweeper USING (true);
CREATE POLICY sweeper ON cairn.memories FOR SELECT TO cairn_sweeper USING (true);

CREATE FUNCTION cairn.unfinished_events(unsent_after interval, unfinished_after interval, at_most int)
    RETURNS TABLE (project_id uuid, event_id uuid, scope_key text, redrives int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT e.project_id, e.id, e.scope_key, e.redrives FROM cairn.events e
    WHERE e.status IN ('PENDING', 'RUNNING')
      AND CASE WHEN e.enqueued_at IS NULL THEN e.created_at < now() - unsent_after
               ELSE e.enqueued_at < now() - unfinished_after END
    ORDER BY e.id LIMIT at_most
$$;

CREATE FUNCTION cairn.expired_memories(expired_before date, at_most int)
    RETURNS TABLE (project_id uuid, memory_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT m.project_id, m.id FROM cairn.memories m WHERE m.expires_on < expired_before LIMIT at_most
$$;

-- Handing a function over takes membership in its new owner and the right to create in the schema, for a moment.
GRANT CREATE ON SCHEMA cairn TO cairn_sweeper;
GRANT cairn_sweeper TO CURRENT_USER;
ALTER FUNCTION cairn.unfinished_events(interval, interval, int) OWNER TO cairn_sweeper;
ALTER FUNCTION cairn.expired_memories(date, int) OWNER TO cairn_sweeper;
REVOKE cairn_sweeper FROM CURRENT_USER;
REVOKE CREATE ON SCHEMA cairn FROM cairn_sweeper;
REVOKE ALL ON FUNCTION cairn.unfinished_events(interval, interval, int) FROM PUBLIC;
REVOKE ALL ON FUNCTION cairn.expired_memories(date, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cairn.unfinished_events(interval, interval, int) TO cairn_app;
GRANT EXECUTE ON FUNCTION cairn.expired_memories(date, int) TO cairn_app;
