-- An erasure asks whether an event has a memory left: without this each delete reads all memories of the project.
CREATE INDEX memories_event ON cairn.memories (project_id, event_id) WHERE event_id IS NOT NULL;

-- And whether a message has one. Row level security keeps Postgres from using an index for `@>`, which is not leakproof;
-- and without statistics it would take the project's rows for few, and read them all: OFFSET 0 leaves it the one index.
GRANT SELECT (source_message_ids) ON cairn.memories TO cairn_sweeper;
CREATE FUNCTION cairn.messages_in_use(message_ids uuid[]) RETURNS TABLE (message_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT asked FROM unnest(message_ids) AS asked
    WHERE (SELECT cairn.current_project()) = ANY (ARRAY(
        SELECT m.project_id FROM cairn.memories m WHERE m.source_message_ids @> ARRAY[asked] OFFSET 0
    ))
$$;
GRANT CREATE ON SCHEMA cairn TO cairn_sweeper;
GRANT cairn_sweeper TO CURRENT_USER;
ALTER FUNCTION cairn.messages_in_use(uuid[]) OWNER TO cairn_sweeper;
REVOKE cairn_sweeper FROM CURRENT_USER;
REVOKE CREATE ON SCHEMA cairn FROM cairn_sweeper;
REVOKE ALL ON FUNCTION cairn.messages_in_use(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cairn.messages_in_use(uuid[]) TO cairn_app;
