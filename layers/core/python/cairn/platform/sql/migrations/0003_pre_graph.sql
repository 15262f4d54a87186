-- The graph: what memories say of entities, and which of them it has not seen yet.

-- The key of a graph scope: whose entities a memory speaks of. As Scope.graph.key in the code, which a test compares.
CREATE FUNCTION cairn.scope_part(id text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN id IS NULL THEN '-' ELSE octet_length(id)::text || ':' || id END;
CREATE FUNCTION cairn.graph_scope(user_id text, agent_id text, app_id text, run_id text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN encode(sha256(convert_to(
        cairn.scope_part(user_id) || cairn.scope_part(agent_id) || cairn.scope_part(app_id)
        || cairn.scope_part(CASE WHEN user_id IS NULL AND agent_id IS NULL AND app_id IS NULL THEN run_id END),
        'UTF8')), 'hex');

-- Entities and relations of each memory, as [{"name", "type", "aliases"}] and [{"source", "type", "target"}].
-- The graph scope is a column, as row level security lets no index of an expression be used.
ALTER TABLE cairn.memories
    ADD COLUMN entities jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN relations jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN graph_scope text NOT NULL GENERATED ALWAYS AS (
        cairn.graph_scope(user_id, agent_id, app_id, run_id)) STORED;
-- The memories that give an alias: few, and read whenever anything of their scope is projected.
CREATE INDEX memories_claims ON cairn.memories (project_id, graph_scope)
    WHERE invalid_at IS NULL AND entities @? '$[*].aliases[*]';

-- One row per memory that changed and is not projected yet; `id` is another one after each change. A row outlives its
-- memory: what is deleted must leave the graph too. It refers to no project, so that it outlives that as well.
CREATE TABLE cairn.graph_outbox (
    project_id uuid NOT NULL,
    memory_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    scope text NOT NULL,
    user_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    failed_at timestamptz,
    error text,
    PRIMARY KEY (project_id, memory_id)
);
CREATE INDEX graph_outbox_unsent ON cairn.graph_outbox (project_id, created_at)
    WHERE sent_at IS NULL AND failed_at IS NULL;
CREATE INDEX graph_outbox_id ON cairn.graph_outbox (project_id, id);

-- The memories that were there before the graph; their owner sees them while its own policy is not forced on it.
ALTER TABLE cairn.memories NO FORCE ROW LEVEL SECURITY;
INSERT INTO cairn.graph_outbox (project_id, memory_id, scope, user_id)
SELECT project_id, id, graph_scope, user_id FROM cairn.memories;
ALTER TABLE cairn.memories FORCE ROW LEVEL SECURITY;

ALTER TABLE cairn.graph_outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE cairn.graph_outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON cairn.graph_outbox USING (
    project_id = (SELECT cairn.current_project())
    AND ((SELECT cairn.current_pinned_user()) IS NULL OR user_id = (SELECT cairn.current_pinned_user())));
GRANT SELECT, INSERT, UPDATE, DELETE ON cairn.graph_outbox TO cairn_app;

-- Once per statement, so that no path of writing can forget it and an import stays one statement.
CREATE FUNCTION cairn.note_for_graph() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO cairn.graph_outbox (project_id, memory_id, scope, user_id)
    SELECT c.project_id, c.id, c.graph_scope, c.user_id FROM changed c ORDER BY c.project_id, c.id
    ON CONFLICT (project_id, memory_id) DO UPDATE SET
        id = gen_random_uuid(), created_at = now(), sent_at = NULL, failed_at = NULL, error = NULL;
    RETURN NULL;
END
$$;
-- Counting an access or keeping an opinion changes nothing that the graph shows.
CREATE FUNCTION cairn.note_update_for_graph() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO cairn.graph_outbox (project_id, memory_id, scope, user_id)
    SELECT c.project_id, c.id, c.graph_scope, c.user_id
    FROM changed c JOIN before b USING (project_id, id)
    WHERE (c.version, c.valid_from, c.invalid_at, c.entities, c.relations)
          IS DISTINCT FROM (b.version, b.valid_from, b.invalid_at, b.entities, b.relations)
    ORDER BY c.project_id, c.id
    ON CONFLICT (project_id, memory_id) DO UPDATE SET
        id = gen_random_uuid(), created_at = now(), sent_at = NULL, failed_at = NULL, error = NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER graph_inserted AFTER INSERT ON cairn.memories
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION cairn.note_for_graph();
CREATE TRIGGER graph_updated AFTER UPDATE ON cairn.memories
    REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION cairn.note_update_for_graph();
CREATE TRIGGER graph_deleted AFTER DELETE ON cairn.memories
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION cairn.note_for_graph();

-- Upkeep learns which projects have something to send, and nothing of what.
GRANT SELECT (project_id, created_at, sent_at, failed_at) ON cairn.graph_outbox TO cairn_sweeper;
CREATE POLICY sweeper ON cairn.graph_outbox FOR SELECT TO cairn_sweeper USING (true);
CREATE FUNCTION cairn.projects_behind_graph(unsent_after interval, unfinished_after interval, at_most int)
    RETURNS TABLE (project_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT DISTINCT o.project_id FROM cairn.graph_outbox o
    WHERE o.failed_at IS NULL
      AND CASE WHEN o.sent_at IS NULL THEN o.created_at < now() - unsent_after
               ELSE o.sent_at < now() - unfinished_after END
    LIMIT at_most
$$;
GRANT CREATE ON SCHEMA cairn TO cairn_sweeper;
GRANT cairn_sweeper TO CURRENT_USER;
ALTER FUNCTION cairn.projects_behind_graph(interval, interval, int) OWNER TO cairn_sweeper;
REVOKE cairn_sweeper FROM CURRENT_USER;
REVOKE CREATE ON SCHEMA cairn FROM cairn_sweeper;
REVOKE ALL ON FUNCTION cairn.projects_behind_graph(interval, interval, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cairn.projects_behind_graph(interval, interval, int) TO cairn_app;
