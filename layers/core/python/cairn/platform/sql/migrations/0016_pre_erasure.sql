-- What an add said about its memories stands on its turns too, and is taken from them when the last memory goes.
GRANT UPDATE (metadata, categories) ON cairn.turns TO cairn_app;

-- Whoever erases again what a restored backup still has learns where anything was erased, and nothing of what.
CREATE POLICY sweeper ON cairn.history FOR SELECT TO cairn_sweeper USING (true);
GRANT SELECT (project_id, event, event_id) ON cairn.history TO cairn_sweeper;
GRANT SELECT (type) ON cairn.events TO cairn_sweeper;
CREATE FUNCTION cairn.projects_that_erased() RETURNS TABLE (project_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT h.project_id FROM cairn.history h WHERE h.event = 'DELETE' AND h.event_id IS NULL
    UNION SELECT e.project_id FROM cairn.events e WHERE e.type = 'DELETE'
$$;
GRANT CREATE ON SCHEMA cairn TO cairn_sweeper;
GRANT cairn_sweeper TO CURRENT_USER;
ALTER FUNCTION cairn.projects_that_erased() OWNER TO cairn_sweeper;
REVOKE cairn_sweeper FROM CURRENT_USER;
REVOKE CREATE ON SCHEMA cairn FROM cairn_sweeper;
REVOKE ALL ON FUNCTION cairn.projects_that_erased() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cairn.projects_that_erased() TO cairn_app;
