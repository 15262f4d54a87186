-- Embeddings of any width: which model a database is for is recorded when the first text is embedded, and the width with it.
DROP INDEX cairn.memories_nearest;
DROP INDEX cairn.turns_nearest;
-- Without a width in the type nothing is written anew; the check below takes its place.
ALTER TABLE cairn.memories ALTER COLUMN embedding TYPE halfvec;
ALTER TABLE cairn.turns ALTER COLUMN embedding TYPE halfvec;

-- An index needs a width, and pgvector's takes 4,000 numbers at most; wider ones are compared one by one.
CREATE FUNCTION cairn.keep_width(dimensions int) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['memories', 'turns'] LOOP
        EXECUTE format('ALTER TABLE cairn.%I ADD CONSTRAINT %I CHECK (public.vector_dims(embedding) = %s)',
                       kept, kept || '_width', dimensions);
        IF dimensions <= 4000 THEN
            EXECUTE format('CREATE INDEX %I ON cairn.%I USING hnsw '
                           '((embedding::public.halfvec(%s)) public.halfvec_cosine_ops) WHERE indexed',
                           kept || '_nearest', kept, dimensions);
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION cairn.keep_width(int) FROM PUBLIC;

-- The first to embed says with which model; everybody learns which one it was. Both tables are empty then.
CREATE FUNCTION cairn.use_embedding_model(wanted text, width int) RETURNS TABLE (model text, dimensions int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('cairn.embedding_model', 0));
    IF NOT EXISTS (SELECT FROM cairn.embedding_model) THEN
        INSERT INTO cairn.embedding_model (model, dimensions) VALUES (wanted, width);
        PERFORM cairn.keep_width(width);
    END IF;
    RETURN QUERY SELECT e.model, e.dimensions FROM cairn.embedding_model e;
END $$;
REVOKE ALL ON FUNCTION cairn.use_embedding_model(text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cairn.use_embedding_model(text, int) TO cairn_app;
ALTER TABLE cairn.embedding_model ADD CONSTRAINT embedding_model_dimensions_check CHECK (dimensions BETWEEN 1 AND 16000);

DO $$
BEGIN
    -- Row level security binds the owner, too, who sees no row.
    IF pg_relation_size('cairn.projects') > 0 THEN
        PERFORM cairn.keep_width(dimensions) FROM cairn.embedding_model;
    ELSE
        DELETE FROM cairn.embedding_model;
    END IF;
END $$;
