-- Long texts of before there were passages have none, and so has what there was no room for when it came: upkeep finds them
-- here. The indexes hold what is still to do, so they are empty once it is done.
CREATE FUNCTION cairn.is_long(said text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN char_length(said) > 400 OR char_length(said) > 133 AND char_length(said) + 2 * char_length(
        regexp_replace(said, '[^\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+', '', 'g')) > 400;
COMMENT ON FUNCTION cairn.is_long(said text) IS 'Whether a text is longer than one vector tells well, as cairn.passages has it';
CREATE INDEX memories_without_passages ON cairn.memories (id) WHERE passages IS NULL AND cairn.is_long(text);
CREATE INDEX turns_without_passages ON cairn.turns (id) WHERE passages IS NULL AND cairn.is_long(text);

GRANT UPDATE (passages) ON cairn.turns TO cairn_app;
GRANT SELECT (text, passages) ON cairn.memories TO cairn_sweeper;
GRANT SELECT (text, passages) ON cairn.turns TO cairn_sweeper;
GRANT CREATE ON SCHEMA cairn TO cairn_sweeper;
GRANT cairn_sweeper TO CURRENT_USER;
CREATE FUNCTION cairn.texts_without_passages(at_most int) RETURNS TABLE (project_id uuid, id uuid, is_turn boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    (SELECT m.project_id, m.id, false FROM cairn.memories m WHERE m.passages IS NULL AND cairn.is_long(m.text)
     ORDER BY m.id LIMIT at_most)
    UNION ALL
    (SELECT t.project_id, t.id, true FROM cairn.turns t WHERE t.passages IS NULL AND cairn.is_long(t.text)
     ORDER BY t.id LIMIT at_most)
    LIMIT at_most
$$;
ALTER FUNCTION cairn.texts_without_passages(int) OWNER TO cairn_sweeper;
REVOKE ALL ON FUNCTION cairn.texts_without_passages(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cairn.texts_without_passages(int) TO cairn_app;
REVOKE cairn_sweeper FROM CURRENT_USER;
REVOKE CREATE ON SCHEMA cairn FROM cairn_sweeper;
