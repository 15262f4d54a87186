-- Scopes that are too large to be scored row by row are searched through indexes. Only their rows are in them: a row of a
-- small scope is found faster without, and pays nothing for what it does not use. Upkeep puts rows in; those that are not
-- in yet are scored one by one, so that a write is found by the next search.

ALTER TABLE cairn.memories ADD COLUMN indexed boolean NOT NULL DEFAULT false;
CREATE INDEX memories_nearest ON cairn.memories USING hnsw (embedding halfvec_cosine_ops) WHERE indexed;

-- The project stands before each word, so that no project's words make another's searches slower.
CREATE FUNCTION cairn.project_words(project_id uuid, lexemes tsvector) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT array_agg(project_id::text || word) FROM unnest(tsvector_to_array(lexemes)) AS word);
CREATE INDEX memories_words ON cairn.memories USING gin (cairn.project_words(project_id, lexemes)) WHERE indexed;

CREATE TABLE cairn.large_scopes (
    project_id uuid NOT NULL REFERENCES cairn.projects ON DELETE CASCADE,
    entity text NOT NULL CHECK (entity IN ('user_id', 'agent_id', 'app_id', 'run_id')),
    name text NOT NULL,
    indexed_to uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000', -- rows up to this id are all in the indexes
    counted bigint NOT NULL DEFAULT 0, -- rows in the indexes when their words were counted
    average_length float8 NOT NULL DEFAULT 1, -- of these, in words
    PRIMARY KEY (project_id, entity, name)
);

-- In how many rows a word stands. Hashed, because a row that is deleted may have been the only one with a word.
CREATE TABLE cairn.large_scope_words (
    project_id uuid NOT NULL,
    entity text NOT NULL,
    name text NOT NULL,
    word bigint NOT NULL,
    rows bigint NOT NULL,
    PRIMARY KEY (project_id, entity, name, word),
    FOREIGN KEY (project_id, entity, name) REFERENCES cairn.large_scopes ON DELETE CASCADE
);

ALTER TABLE cairn.large_scopes ENABLE ROW LEVEL SECURITY;
ALTER TABLE cairn.large_scopes FORCE ROW LEVEL SECURITY;
ALTER TABLE cairn.large_scope_words ENABLE ROW LEVEL SECURITY;
ALTER TABLE cairn.large_scope_words FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON cairn.large_scopes USING (
    project_id = (SELECT cairn.current_project())
    AND ((SELECT cairn.current_pinned_user()) IS NULL
         OR entity = 'user_id' AND name = (SELECT cairn.current_pinned_user())));
CREATE POLICY tenant ON cairn.large_scope_words USING (
    project_id = (SELECT cairn.current_project())
    AND ((SELECT cairn.current_pinned_user()) IS NULL
         OR entity = 'user_id' AND name = (SELECT cairn.current_pinned_user())));
GRANT SELECT, INSERT, UPDATE, DELETE ON cairn.large_scopes, cairn.large_scope_words TO cairn_app;

-- What upkeep finds work by; and which rows of the project have some words: under row level security an index cannot
-- answer that, because its operator might show what it compares. Both give ids and nothing else.
GRANT SELECT (project_id, entity, name) ON cairn.large_scopes TO cairn_sweeper;
CREATE POLICY sweeper ON cairn.large_scopes FOR SELECT TO cairn_sweeper USING (true);
GRANT SELECT (lexemes, indexed, user_id, agent_id, app_id, run_id) ON cairn.memories TO cairn_sweeper;

CREATE FUNCTION cairn.all_large_scopes() RETURNS TABLE (project_id uuid, entity text, name text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT s.project_id, s.entity, s.name FROM cairn.large_scopes s ORDER BY 1, 2, 3 $$;

CREATE FUNCTION cairn.rows_with_words(entity text, name text, words text[], weights float8[], at_most int)
    RETURNS TABLE (memory_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT m.id FROM cairn.memories m
    WHERE m.indexed AND m.project_id = (SELECT cairn.current_project())
      AND cairn.project_words(m.project_id, m.lexemes)
          && ARRAY(SELECT cairn.current_project()::text || w FROM unnest(words) w)
      AND CASE entity WHEN 'user_id' THEN m.user_id WHEN 'agent_id' THEN m.agent_id
                      WHEN 'app_id' THEN m.app_id ELSE m.run_id END = name
    ORDER BY (SELECT sum(weight) FROM unnest(words, weights) AS wanted (word, weight)
              WHERE m.lexemes @@ ('''' || replace(replace(word, '\', '\\'), '''', '''''') || '''')::tsquery) DESC, m.id
    LIMIT at_most
$$;

GRANT CREATE ON SCHEMA cairn TO cairn_sweeper;
GRANT cairn_sweeper TO CURRENT_USER;
ALTER FUNCTION cairn.all_large_scopes() OWNER TO cairn_sweeper;
ALTER FUNCTION cairn.rows_with_words(text, text, text[], float8[], int) OWNER TO cairn_sweeper;
REVOKE cairn_sweeper FROM CURRENT_USER;
REVOKE CREATE ON SCHEMA cairn FROM cairn_sweeper;
REVOKE ALL ON FUNCTION cairn.all_large_scopes() FROM PUBLIC;
REVOKE ALL ON FUNCTION cairn.rows_with_words(text, text, text[], float8[], int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cairn.all_large_scopes() TO cairn_app;
GRANT EXECUTE ON FUNCTION cairn.rows_with_words(text, text, text[], float8[], int) TO cairn_app;
