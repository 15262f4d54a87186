-- What was said, beside what was made of it: each message of an add that is consolidated, ready to be searched. In a table
-- of its own, so that nothing but a search that asks for it ever reads one, and nothing else is slower for it. A turn has
-- the id of its message and goes with it. Upkeep goes by `placed`, as the message's own id is older than the turn.
CREATE TABLE cairn.turns (
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    placed uuid NOT NULL,
    user_id text,
    agent_id text,
    app_id text,
    run_id text,
    scope_key text NOT NULL,
    event_id uuid NOT NULL,
    actor text NOT NULL,
    text text NOT NULL,
    embedding halfvec(384) NOT NULL,
    lexemes tsvector NOT NULL,
    lexeme_count int NOT NULL,
    metadata jsonb NOT NULL,
    categories text[] NOT NULL,
    valid_from timestamptz NOT NULL,
    invalid_at timestamptz, -- when a memory that was made from it ceased to hold
    expires_on date,
    indexed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, id),
    FOREIGN KEY (project_id, id) REFERENCES cairn.messages ON DELETE CASCADE
);
-- As for memories: a search reads the whole of each row of its scope.
ALTER TABLE cairn.turns ALTER COLUMN embedding SET STORAGE PLAIN;
ALTER TABLE cairn.turns SET (toast_tuple_target = 4080);

CREATE INDEX turns_user ON cairn.turns (project_id, user_id, placed) INCLUDE (id)
    WHERE user_id IS NOT NULL;
CREATE INDEX turns_agent ON cairn.turns (project_id, agent_id, placed) INCLUDE (id)
    WHERE agent_id IS NOT NULL;
CREATE INDEX turns_app ON cairn.turns (project_id, app_id, placed) INCLUDE (id)
    WHERE app_id IS NOT NULL;
CREATE INDEX turns_run ON cairn.turns (project_id, run_id, placed) INCLUDE (id)
    WHERE run_id IS NOT NULL;
CREATE INDEX turns_nearest ON cairn.turns USING hnsw (embedding halfvec_cosine_ops) WHERE indexed;
CREATE INDEX turns_words ON cairn.turns USING gin (cairn.project_words(project_id, lexemes)) WHERE indexed;

ALTER TABLE cairn.turns ENABLE ROW LEVEL SECURITY;
ALTER TABLE cairn.turns FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON cairn.turns USING (
    project_id = (SELECT cairn.current_project())
    AND ((SELECT cairn.current_pinned_user()) IS NULL OR user_id = (SELECT cairn.current_pinned_user())));
GRANT SELECT, INSERT, DELETE ON cairn.turns TO cairn_app;
GRANT UPDATE (invalid_at, indexed) ON cairn.turns TO cairn_app;

-- An erasure blanks a part of a message that other memories need: its turn still has the words, so it goes.
CREATE FUNCTION cairn.forget_turn() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    DELETE FROM cairn.turns t WHERE t.project_id = NEW.project_id AND t.id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER content_changed AFTER UPDATE OF content ON cairn.messages
    FOR EACH ROW WHEN (OLD.content IS DISTINCT FROM NEW.content) EXECUTE FUNCTION cairn.forget_turn();

-- Of a large scope, its turns as its memories.
ALTER TABLE cairn.large_scopes
    ADD COLUMN turns_counted bigint NOT NULL DEFAULT 0,
    ADD COLUMN turns_average_length float8 NOT NULL DEFAULT 1;
ALTER TABLE cairn.large_scope_words ADD COLUMN turns bigint NOT NULL DEFAULT 0;

GRANT SELECT (project_id, id, lexemes, indexed, user_id, agent_id, app_id, run_id) ON cairn.turns TO cairn_sweeper;
CREATE POLICY sweeper ON cairn.turns FOR SELECT TO cairn_sweeper USING (true);
CREATE FUNCTION cairn.turns_with_words(entity text, name text, words text[], weights float8[], at_most int)
    RETURNS TABLE (message_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT t.id FROM cairn.turns t
    WHERE t.indexed AND t.project_id = (SELECT cairn.current_project())
      AND cairn.project_words(t.project_id, t.lexemes)
          && ARRAY(SELECT cairn.current_project()::text || w FROM unnest(words) w)
      AND CASE entity WHEN 'user_id' THEN t.user_id WHEN 'agent_id' THEN t.agent_id
                      WHEN 'app_id' THEN t.app_id ELSE t.run_id END = name
    ORDER BY (SELECT sum(weight) FROM unnest(words, weights) AS wanted (word, weight)
              WHERE t.lexemes @@ ('''' || replace(replace(word, '\', '\\'), '''', '''''') || '''')::tsquery) DESC, t.id
    LIMIT at_most
$$;
GRANT CREATE ON SCHEMA cairn TO cairn_sweeper;
GRANT cairn_sweeper TO CURRENT_USER;
ALTER FUNCTION cairn.turns_with_words(text, text, text[], float8[], int) OWNER TO cairn_sweeper;
REVOKE cairn_sweeper FROM CURRENT_USER;
REVOKE CREATE ON SCHEMA cairn FROM cairn_sweeper;
REVOKE ALL ON FUNCTION cairn.turns_with_words(text, text, text[], float8[], int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cairn.turns_with_words(text, text, text[], float8[], int) TO cairn_app;
