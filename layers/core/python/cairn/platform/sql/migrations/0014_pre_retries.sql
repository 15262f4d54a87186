-- How work has failed, and when it is tried again, is kept in its row: it outlives every message about it.
ALTER TABLE cairn.events
    ADD COLUMN not_before timestamptz,
    ADD COLUMN failing_since timestamptz,
    ADD COLUMN faults integer NOT NULL DEFAULT 0;
ALTER TABLE cairn.graph_outbox
    ADD COLUMN not_before timestamptz,
    ADD COLUMN failing_since timestamptz,
    ADD COLUMN faults integer NOT NULL DEFAULT 0;
GRANT SELECT (not_before) ON cairn.events TO cairn_sweeper;
GRANT SELECT (not_before) ON cairn.graph_outbox TO cairn_sweeper;

GRANT CREATE ON SCHEMA cairn TO cairn_sweeper;
GRANT cairn_sweeper TO CURRENT_USER;
-- Of each scope the first event alone: the others wait for it, and are sent when it ends. With `unfinished_after` of
-- nothing all of them, since the queue has lost what it had.
CREATE OR REPLACE FUNCTION cairn.unfinished_events(unsent_after interval, unfinished_after interval, at_most int)
    RETURNS TABLE (project_id uuid, event_id uuid, scope_key text, redrives int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT e.project_id, e.id, e.scope_key, e.redrives + e.parked FROM (
        SELECT *, row_number() OVER (PARTITION BY b.project_id, b.scope_key ORDER BY b.id) AS place FROM (
            SELECT a.project_id, a.id, a.scope_key, a.redrives, a.parked, a.not_before, a.enqueued_at, a.created_at,
                   a.parked_at FROM cairn.events a
            WHERE a.status IN ('PENDING', 'RUNNING')
              AND (a.enqueued_at IS NULL OR a.enqueued_at < now() - unfinished_after)) b) e
    WHERE (e.place = 1 OR unfinished_after = interval '0')
      AND (e.not_before IS NULL OR e.not_before <= now())
      AND (e.enqueued_at IS NOT NULL OR e.not_before IS NOT NULL
           OR greatest(e.created_at, e.parked_at) < now() - unsent_after)
    ORDER BY e.id LIMIT at_most
$$;
CREATE OR REPLACE FUNCTION cairn.projects_behind_graph(unsent_after interval, unfinished_after interval, at_most int)
    RETURNS TABLE (project_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT DISTINCT o.project_id FROM cairn.graph_outbox o
    WHERE o.failed_at IS NULL AND (o.not_before IS NULL OR o.not_before <= now())
      AND CASE WHEN o.sent_at IS NULL THEN o.not_before IS NOT NULL OR o.created_at < now() - unsent_after
               ELSE o.sent_at < now() - unfinished_after END
    LIMIT at_most
$$;
REVOKE cairn_sweeper FROM CURRENT_USER;
REVOKE CREATE ON SCHEMA cairn FROM cairn_sweeper;

-- What changes again is tried again at once.
CREATE OR REPLACE FUNCTION cairn.note_for_graph() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO cairn.graph_outbox (project_id, memory_id, scope, user_id)
    SELECT c.project_id, c.id, c.graph_scope, c.user_id FROM changed c ORDER BY c.project_id, c.id
    ON CONFLICT (project_id, memory_id) DO UPDATE SET
        id = gen_random_uuid(), created_at = now(), sent_at = NULL, failed_at = NULL, error = NULL,
        not_before = NULL, failing_since = NULL, faults = 0;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION cairn.note_update_for_graph() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO cairn.graph_outbox (project_id, memory_id, scope, user_id)
    SELECT c.project_id, c.id, c.graph_scope, c.user_id
    FROM changed c JOIN before b USING (project_id, id)
    WHERE (c.version, c.valid_from, c.invalid_at, c.entities, c.relations)
          IS DISTINCT FROM (b.version, b.valid_from, b.invalid_at, b.entities, b.relations)
    ORDER BY c.project_id, c.id
    ON CONFLICT (project_id, memory_id) DO UPDATE SET
        id = gen_random_uuid(), created_at = now(), sent_at = NULL, failed_at = NULL, error = NULL,
        not_before = NULL, failing_since = NULL, faults = 0;
    RETURN NULL;
END
$$;
