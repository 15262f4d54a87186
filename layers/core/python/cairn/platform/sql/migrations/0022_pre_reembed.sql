-- Another embedding model while the service runs: its vectors are made beside those in use, and one transaction exchanges
-- them by the names of their columns, so that every statement reads `embedding` before and after.
ALTER TABLE cairn.embedding_model
    ADD COLUMN other_model text,
    ADD COLUMN other_dimensions int CHECK (other_dimensions BETWEEN 1 AND 16000);

-- How far the pass over all rows is that are older than it; both ids say nothing of whose they are.
CREATE TABLE cairn.reembedding (
    kept text PRIMARY KEY CHECK (kept IN ('memories', 'turns')),
    after_project uuid NOT NULL,
    after_id uuid NOT NULL,
    done boolean NOT NULL DEFAULT false
);
GRANT SELECT, UPDATE ON cairn.reembedding TO cairn_app;

-- What came, or was worded anew, since the pass began; `version` tells whether it happened again meanwhile.
CREATE TABLE cairn.to_embed (
    project_id uuid NOT NULL REFERENCES cairn.projects ON DELETE CASCADE,
    kept text NOT NULL CHECK (kept IN ('memories', 'turns')),
    id uuid NOT NULL,
    version int NOT NULL DEFAULT 0,
    PRIMARY KEY (project_id, kept, id)
);
ALTER TABLE cairn.to_embed ENABLE ROW LEVEL SECURITY;
ALTER TABLE cairn.to_embed FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON cairn.to_embed USING (project_id = (SELECT cairn.current_project()));
CREATE POLICY sweeper ON cairn.to_embed FOR SELECT TO cairn_sweeper USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON cairn.to_embed TO cairn_app;
GRANT SELECT (project_id, kept, id, version) ON cairn.to_embed TO cairn_sweeper;

CREATE FUNCTION cairn.note_to_embed() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
    INSERT INTO cairn.to_embed (project_id, kept, id) VALUES (NEW.project_id, TG_TABLE_NAME, NEW.id)
    ON CONFLICT (project_id, kept, id) DO UPDATE SET version = to_embed.version + 1;
    RETURN NULL;
END $$;

-- A transaction that holds the model it made its vectors with keeps the exchange away until it ends.
CREATE FUNCTION cairn.hold_embedding_model(wanted text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('cairn.embedding_model', 0));
    IF NOT EXISTS (SELECT FROM cairn.embedding_model e WHERE e.model = wanted) THEN
        RAISE EXCEPTION 'the embeddings are not of % any more', wanted USING ERRCODE = 'CA001';
    END IF;
END $$;
REVOKE ALL ON FUNCTION cairn.hold_embedding_model(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cairn.hold_embedding_model(text) TO cairn_app;

CREATE FUNCTION cairn.watch_embeddings(watched boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['memories', 'turns'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS to_embed ON cairn.%I', kept);
        IF watched THEN
            EXECUTE format('CREATE TRIGGER to_embed AFTER INSERT OR UPDATE OF embedding ON cairn.%I '
                           'FOR EACH ROW EXECUTE FUNCTION cairn.note_to_embed()', kept);
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION cairn.watch_embeddings(boolean) FROM PUBLIC;

-- Again with the same model it changes nothing; what was begun with another one has to be ended first.
CREATE FUNCTION cairn.begin_reembedding(wanted text, width int) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '5s'
AS $$
DECLARE
    kept text;
    other text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('cairn.embedding_model', 0));
    SELECT e.other_model INTO other FROM cairn.embedding_model e;
    IF other IS NOT NULL OR NOT FOUND THEN
        RETURN other;
    END IF;
    FOREACH kept IN ARRAY ARRAY['memories', 'turns'] LOOP
        EXECUTE format('ALTER TABLE cairn.%1$I ALTER COLUMN embedding DROP NOT NULL, '
                       'ADD COLUMN embedding_next public.halfvec, ADD COLUMN passages_next public.halfvec[], '
                       'ADD CONSTRAINT %2$I CHECK (public.vector_dims(embedding_next) = %3$s), '
                       'DROP CONSTRAINT IF EXISTS %4$I, ADD CONSTRAINT %4$I CHECK (embedding IS NOT NULL) NOT VALID',
                       kept, kept || '_width_next', width, kept || '_embedded');
        IF width <= 4000 THEN
            EXECUTE format('CREATE INDEX %I ON cairn.%I USING hnsw '
                           '((embedding_next::public.halfvec(%s)) public.halfvec_cosine_ops) WHERE indexed',
                           kept || '_nearest_next', kept, width);
        END IF;
        EXECUTE format('CREATE INDEX %I ON cairn.%I (project_id, user_id, %I) WHERE passages_next IS NOT NULL',
                       kept || '_long_next', kept, CASE kept WHEN 'turns' THEN 'placed' ELSE 'id' END);
        EXECUTE format('CREATE INDEX %I ON cairn.%I (id) WHERE passages_next IS NULL AND cairn.is_long(text)',
                       kept || '_without_passages_next', kept);
        INSERT INTO cairn.reembedding VALUES (kept, '00000000-0000-0000-0000-000000000000',
                                              '00000000-0000-0000-0000-000000000000');
    END LOOP;
    GRANT UPDATE (embedding, passages, embedding_next, passages_next) ON cairn.memories, cairn.turns TO cairn_app;
    PERFORM cairn.watch_embeddings(true);
    UPDATE cairn.embedding_model SET other_model = wanted, other_dimensions = width;
    RETURN wanted;
END $$;
REVOKE ALL ON FUNCTION cairn.begin_reembedding(text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cairn.begin_reembedding(text, int) TO cairn_app;

CREATE FUNCTION cairn.exchange_names(kind text, relation text, name text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
    step text[];
BEGIN
    FOREACH step SLICE 1 IN ARRAY ARRAY[[name, name || '_was'], [name || '_next', name], [name || '_was', name || '_next']] LOOP
        IF kind = 'INDEX' THEN
            EXECUTE format('ALTER INDEX IF EXISTS cairn.%I RENAME TO %I', step[1], step[2]);
        ELSE
            EXECUTE format('ALTER TABLE cairn.%I RENAME %s %I TO %I', relation, kind, step[1], step[2]);
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION cairn.exchange_names(text, text, text) FROM PUBLIC;

-- Only where every row has both vectors, which nothing can change while the lock is held. The other way round undoes it.
CREATE FUNCTION cairn.exchange_embeddings(wanted text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '5s'
AS $$
DECLARE
    kept text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('cairn.embedding_model', 0));
    IF EXISTS (SELECT FROM cairn.embedding_model WHERE model = wanted) THEN
        RETURN true;
    END IF;
    LOCK TABLE cairn.memories, cairn.turns IN ACCESS EXCLUSIVE MODE;
    IF NOT EXISTS (SELECT FROM cairn.embedding_model WHERE other_model = wanted)
        OR EXISTS (SELECT FROM cairn.reembedding WHERE NOT done) OR cairn.some_to_embed() THEN
        RETURN false;
    END IF;
    FOREACH kept IN ARRAY ARRAY['memories', 'turns'] LOOP
        EXECUTE format('ALTER TABLE cairn.%I DROP CONSTRAINT %I', kept, kept || '_embedded');
        PERFORM cairn.exchange_names('COLUMN', kept, 'embedding');
        PERFORM cairn.exchange_names('COLUMN', kept, 'passages');
        PERFORM cairn.exchange_names('CONSTRAINT', kept, kept || '_width');
        PERFORM cairn.exchange_names('INDEX', kept, kept || '_nearest');
        PERFORM cairn.exchange_names('INDEX', kept, kept || '_long');
        PERFORM cairn.exchange_names('INDEX', kept, kept || '_without_passages');
        EXECUTE format('ALTER TABLE cairn.%I ADD CONSTRAINT %I CHECK (embedding IS NOT NULL) NOT VALID',
                       kept, kept || '_embedded');
    END LOOP;
    PERFORM cairn.watch_embeddings(true);
    UPDATE cairn.embedding_model
    SET model = other_model, dimensions = other_dimensions, other_model = model, other_dimensions = dimensions;
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION cairn.exchange_embeddings(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cairn.exchange_embeddings(text) TO cairn_app;

-- Drops the vectors that are not in use, whether they were ever.
CREATE FUNCTION cairn.end_reembedding() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '5s'
AS $$
DECLARE
    kept text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('cairn.embedding_model', 0));
    PERFORM cairn.watch_embeddings(false);
    FOREACH kept IN ARRAY ARRAY['memories', 'turns'] LOOP
        EXECUTE format('ALTER TABLE cairn.%I DROP COLUMN IF EXISTS embedding_next, DROP COLUMN IF EXISTS passages_next',
                       kept);
    END LOOP;
    TRUNCATE cairn.to_embed, cairn.reembedding;
    UPDATE cairn.embedding_model SET other_model = NULL, other_dimensions = NULL;
END $$;
REVOKE ALL ON FUNCTION cairn.end_reembedding() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cairn.end_reembedding() TO cairn_app;

-- Which rows are next, of all projects: ids alone.
CREATE FUNCTION cairn.rows_to_embed(wanted text, after_project uuid, after_id uuid, at_most int)
    RETURNS TABLE (project_id uuid, id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    (SELECT m.project_id, m.id FROM cairn.memories m
     WHERE wanted = 'memories' AND (m.project_id, m.id) > (after_project, after_id) ORDER BY 1, 2 LIMIT at_most)
    UNION ALL
    (SELECT t.project_id, t.id FROM cairn.turns t
     WHERE wanted = 'turns' AND (t.project_id, t.id) > (after_project, after_id) ORDER BY 1, 2 LIMIT at_most)
    ORDER BY 1, 2
$$;
CREATE FUNCTION cairn.noted_to_embed(at_most int) RETURNS TABLE (project_id uuid, kept text, id uuid, version int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT n.project_id, n.kept, n.id, n.version FROM cairn.to_embed n ORDER BY 1, 2, 3 LIMIT at_most $$;
CREATE FUNCTION cairn.some_to_embed() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$ SELECT EXISTS (SELECT FROM cairn.to_embed) $$;
GRANT CREATE ON SCHEMA cairn TO cairn_sweeper;
GRANT cairn_sweeper TO CURRENT_USER;
ALTER FUNCTION cairn.rows_to_embed(text, uuid, uuid, int) OWNER TO cairn_sweeper;
ALTER FUNCTION cairn.noted_to_embed(int) OWNER TO cairn_sweeper;
ALTER FUNCTION cairn.some_to_embed() OWNER TO cairn_sweeper;
REVOKE ALL ON FUNCTION cairn.rows_to_embed(text, uuid, uuid, int) FROM PUBLIC;
REVOKE ALL ON FUNCTION cairn.noted_to_embed(int) FROM PUBLIC;
REVOKE ALL ON FUNCTION cairn.some_to_embed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cairn.rows_to_embed(text, uuid, uuid, int) TO cairn_app;
GRANT EXECUTE ON FUNCTION cairn.noted_to_embed(int) TO cairn_app;
GRANT EXECUTE ON FUNCTION cairn.some_to_embed() TO cairn_app, CURRENT_USER;
REVOKE cairn_sweeper FROM CURRENT_USER;
REVOKE CREATE ON SCHEMA cairn FROM cairn_sweeper;
