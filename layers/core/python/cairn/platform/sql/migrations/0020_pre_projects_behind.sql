-- Upkeep asks each minute which projects the graph lags in: by an index for each reason, so that what was given up on, and what was
-- sent a moment ago, costs nothing.
CREATE INDEX graph_outbox_new ON cairn.graph_outbox (created_at)
    WHERE failed_at IS NULL AND sent_at IS NULL AND not_before IS NULL;
CREATE INDEX graph_outbox_put_off ON cairn.graph_outbox (not_before)
    WHERE failed_at IS NULL AND sent_at IS NULL AND not_before IS NOT NULL;
CREATE INDEX graph_outbox_sent ON cairn.graph_outbox (sent_at) WHERE failed_at IS NULL AND sent_at IS NOT NULL;

GRANT CREATE ON SCHEMA cairn TO cairn_sweeper;
GRANT cairn_sweeper TO CURRENT_USER;
CREATE OR REPLACE FUNCTION cairn.projects_behind_graph(unsent_after interval, unfinished_after interval, at_most int)
    RETURNS TABLE (project_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT o.project_id FROM cairn.graph_outbox o
    WHERE o.failed_at IS NULL AND o.sent_at IS NULL AND o.not_before IS NULL AND o.created_at < now() - unsent_after
    UNION SELECT o.project_id FROM cairn.graph_outbox o
    WHERE o.failed_at IS NULL AND o.sent_at IS NULL AND o.not_before <= now()
    UNION SELECT o.project_id FROM cairn.graph_outbox o
    WHERE o.failed_at IS NULL AND o.sent_at < now() - unfinished_after AND (o.not_before IS NULL OR o.not_before <= now())
    LIMIT at_most
$$;
REVOKE cairn_sweeper FROM CURRENT_USER;
REVOKE CREATE ON SCHEMA cairn FROM cairn_sweeper;
