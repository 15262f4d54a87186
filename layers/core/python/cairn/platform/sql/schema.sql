-- The schema after all migrations, to read and to compare: written by `make schema`, never applied by hand.
CREATE SCHEMA cairn;

CREATE FUNCTION cairn.all_large_scopes() RETURNS TABLE(project_id uuid, entity text, name text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$ SELECT s.project_id, s.entity, s.name FROM cairn.large_scopes s ORDER BY 1, 2, 3 $$;

CREATE FUNCTION cairn.begin_reembedding(wanted text, width integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET lock_timeout TO '5s'
    AS $_$
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
END $_$;

CREATE FUNCTION cairn.current_pinned_user() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('cairn.user_id'::text, true), ''::text);

CREATE FUNCTION cairn.current_project() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NULLIF(current_setting('cairn.project_id'::text, true), ''::text))::uuid;

CREATE FUNCTION cairn.end_reembedding() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET lock_timeout TO '5s'
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

CREATE FUNCTION cairn.exchange_embeddings(wanted text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET lock_timeout TO '5s'
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

CREATE FUNCTION cairn.exchange_names(kind text, relation text, name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
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

CREATE FUNCTION cairn.expired_memories(expired_before date, at_most integer) RETURNS TABLE(project_id uuid, memory_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT m.project_id, m.id FROM cairn.memories m WHERE m.expires_on < expired_before LIMIT at_most
$$;

CREATE FUNCTION cairn.forget_turn() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    DELETE FROM cairn.turns t WHERE t.project_id = NEW.project_id AND t.id = NEW.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION cairn.scope_part(id text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (id IS NULL) THEN '-'::text ELSE (((octet_length(id))::text || ':'::text) || id) END;

CREATE FUNCTION cairn.graph_scope(user_id text, agent_id text, app_id text, run_id text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN encode(sha256(convert_to((((cairn.scope_part(user_id) || cairn.scope_part(agent_id)) || cairn.scope_part(app_id)) || cairn.scope_part(CASE WHEN ((user_id IS NULL) AND (agent_id IS NULL) AND (app_id IS NULL)) THEN run_id ELSE NULL::text END)), 'UTF8'::name)), 'hex'::text);

CREATE FUNCTION cairn.hold_embedding_model(wanted text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('cairn.embedding_model', 0));
    IF NOT EXISTS (SELECT FROM cairn.embedding_model e WHERE e.model = wanted) THEN
        RAISE EXCEPTION 'the embeddings are not of % any more', wanted USING ERRCODE = 'CA001';
    END IF;
END $$;

CREATE FUNCTION cairn.is_long(said text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((char_length(said) > 400) OR ((char_length(said) > 133) AND ((char_length(said) + (2 * char_length(regexp_replace(said, '[^\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+'::text, ''::text, 'g'::text)))) > 400)));

COMMENT ON FUNCTION cairn.is_long(said text) IS 'Whether a text is longer than one vector tells well, as cairn.passages has it';

CREATE FUNCTION cairn.keep_width(dimensions integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
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

CREATE FUNCTION cairn.messages_in_use(message_ids uuid[]) RETURNS TABLE(message_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT asked FROM unnest(message_ids) AS asked
    WHERE (SELECT cairn.current_project()) = ANY (ARRAY(
        SELECT m.project_id FROM cairn.memories m WHERE m.source_message_ids @> ARRAY[asked] OFFSET 0
    ))
$$;

CREATE FUNCTION cairn.note_for_graph() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    INSERT INTO cairn.graph_outbox (project_id, memory_id, scope, user_id)
    SELECT c.project_id, c.id, c.graph_scope, c.user_id FROM changed c ORDER BY c.project_id, c.id
    ON CONFLICT (project_id, memory_id) DO UPDATE SET
        id = gen_random_uuid(), created_at = now(), sent_at = NULL, failed_at = NULL, error = NULL,
        not_before = NULL, failing_since = NULL, faults = 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION cairn.note_to_embed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    INSERT INTO cairn.to_embed (project_id, kept, id) VALUES (NEW.project_id, TG_TABLE_NAME, NEW.id)
    ON CONFLICT (project_id, kept, id) DO UPDATE SET version = to_embed.version + 1;
    RETURN NULL;
END $$;

CREATE FUNCTION cairn.note_update_for_graph() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
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

CREATE FUNCTION cairn.noted_to_embed(at_most integer) RETURNS TABLE(project_id uuid, kept text, id uuid, version integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$ SELECT n.project_id, n.kept, n.id, n.version FROM cairn.to_embed n ORDER BY 1, 2, 3 LIMIT at_most $$;

CREATE FUNCTION cairn.project_words(project_id uuid, lexemes tsvector) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT array_agg(((project_words.project_id)::text || word.word)) AS array_agg FROM unnest(tsvector_to_array(project_words.lexemes)) word(word));

CREATE FUNCTION cairn.projects_behind_graph(unsent_after interval, unfinished_after interval, at_most integer) RETURNS TABLE(project_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT o.project_id FROM cairn.graph_outbox o
    WHERE o.failed_at IS NULL AND o.sent_at IS NULL AND o.not_before IS NULL AND o.created_at < now() - unsent_after
    UNION SELECT o.project_id FROM cairn.graph_outbox o
    WHERE o.failed_at IS NULL AND o.sent_at IS NULL AND o.not_before <= now()
    UNION SELECT o.project_id FROM cairn.graph_outbox o
    WHERE o.failed_at IS NULL AND o.sent_at < now() - unfinished_after AND (o.not_before IS NULL OR o.not_before <= now())
    LIMIT at_most
$$;

CREATE FUNCTION cairn.projects_that_erased() RETURNS TABLE(project_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT h.project_id FROM cairn.history h WHERE h.event = 'DELETE' AND h.event_id IS NULL
    UNION SELECT e.project_id FROM cairn.events e WHERE e.type = 'DELETE'
$$;

CREATE FUNCTION cairn.rows_to_embed(wanted text, after_project uuid, after_id uuid, at_most integer) RETURNS TABLE(project_id uuid, id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
    (SELECT m.project_id, m.id FROM cairn.memories m
     WHERE wanted = 'memories' AND (m.project_id, m.id) > (after_project, after_id) ORDER BY 1, 2 LIMIT at_most)
    UNION ALL
    (SELECT t.project_id, t.id FROM cairn.turns t
     WHERE wanted = 'turns' AND (t.project_id, t.id) > (after_project, after_id) ORDER BY 1, 2 LIMIT at_most)
    ORDER BY 1, 2
$$;

CREATE FUNCTION cairn.rows_with_words(entity text, name text, words text[], weights double precision[], at_most integer) RETURNS TABLE(memory_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
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

CREATE FUNCTION cairn.some_to_embed() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$ SELECT EXISTS (SELECT FROM cairn.to_embed) $$;

CREATE FUNCTION cairn.spelt(said text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    AS $_$
SELECT CASE WHEN said ~ '^[\x01-\x7f]*$' THEN said ELSE (
    SELECT coalesce(string_agg(
        CASE
            WHEN run ~ '^[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]' THEN (
                SELECT string_agg(c || coalesce(following, ''), ' ' ORDER BY n) FROM (
                    SELECT c, n, lead(c) OVER (ORDER BY n) AS following
                    FROM string_to_table(run, NULL) WITH ORDINALITY AS single (c, n)) pair
                WHERE n = 1 OR following IS NOT NULL)
            WHEN run ~ '^[\u0600-\u06ff]' THEN (ts_lexize('arabic_stem', run))[1]
            WHEN run ~ '^[\u0370-\u03ff]' THEN (ts_lexize('greek_stem', run))[1]
            WHEN run ~ '^[\u0900-\u097f]' THEN (ts_lexize('hindi_stem', run))[1]
            ELSE run
        END, ' ' ORDER BY at), '')
    FROM regexp_matches(
        replace(replace(replace(translate(
            regexp_replace(normalize(regexp_replace(
                normalize(lower(normalize(said, NFKC)), NFD),
                '[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]', '', 'g'), NFC),
                '[\u00a1-\u00bf\u2010-\u2017\u201c-\u205e\u3000-\u303f\u0964\u0965\u060c\u061b\u061f]', ' ', 'g'),
            'łøđðħıς‘’', 'loddhiσ'''''), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
        '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]+|[\u0600-\u06ff]+|[\u0370-\u03ff]+|[\u0900-\u097f]+|[^\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\u0600-\u06ff\u0370-\u03ff\u0900-\u097f]+', 'g')
        WITH ORDINALITY AS cut(pieces, at)
    CROSS JOIN LATERAL (SELECT pieces[1] AS run) piece)
END
$_$;

COMMENT ON FUNCTION cairn.spelt(said text) IS 'A text as its words are read: folded, and cut where its script has no spaces';

CREATE FUNCTION cairn.texts_without_passages(at_most integer) RETURNS TABLE(project_id uuid, id uuid, is_turn boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
    (SELECT m.project_id, m.id, false FROM cairn.memories m WHERE m.passages IS NULL AND cairn.is_long(m.text)
     ORDER BY m.id LIMIT at_most)
    UNION ALL
    (SELECT t.project_id, t.id, true FROM cairn.turns t WHERE t.passages IS NULL AND cairn.is_long(t.text)
     ORDER BY t.id LIMIT at_most)
    LIMIT at_most
$$;

CREATE FUNCTION cairn.turns_with_words(entity text, name text, words text[], weights double precision[], at_most integer) RETURNS TABLE(message_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
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

CREATE FUNCTION cairn.unfinished_events(unsent_after interval, unfinished_after interval, at_most integer) RETURNS TABLE(project_id uuid, event_id uuid, scope_key text, redrives integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
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

CREATE FUNCTION cairn.use_embedding_model(wanted text, width integer) RETURNS TABLE(model text, dimensions integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('cairn.embedding_model', 0));
    IF NOT EXISTS (SELECT FROM cairn.embedding_model) THEN
        INSERT INTO cairn.embedding_model (model, dimensions) VALUES (wanted, width);
        PERFORM cairn.keep_width(width);
    END IF;
    RETURN QUERY SELECT e.model, e.dimensions FROM cairn.embedding_model e;
END $$;

CREATE FUNCTION cairn.watch_embeddings(watched boolean) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
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

CREATE FUNCTION cairn.words(said text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    AS $$ SELECT to_tsvector('russian', cairn.spelt(said)) $$;

COMMENT ON FUNCTION cairn.words(said text) IS 'The words of a text with their places, for memories, messages and questions alike';

CREATE TABLE cairn.accesses (
    project_id uuid NOT NULL,
    memory_id uuid NOT NULL,
    user_id text,
    count bigint NOT NULL,
    last_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY cairn.accesses FORCE ROW LEVEL SECURITY;

CREATE TABLE cairn.api_keys (
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    pinned_user_id text,
    key_sha256 bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_keys_key_sha256_check CHECK ((octet_length(key_sha256) = 32)),
    CONSTRAINT api_keys_role_check CHECK ((role = ANY (ARRAY['reader'::text, 'writer'::text, 'admin'::text])))
);

ALTER TABLE ONLY cairn.api_keys FORCE ROW LEVEL SECURITY;

CREATE TABLE cairn.embedding_model (
    model text NOT NULL,
    dimensions integer NOT NULL,
    only_one boolean DEFAULT true NOT NULL,
    other_model text,
    other_dimensions integer,
    CONSTRAINT embedding_model_dimensions_check CHECK (((dimensions >= 1) AND (dimensions <= 16000))),
    CONSTRAINT embedding_model_only_one_check CHECK (only_one),
    CONSTRAINT embedding_model_other_dimensions_check CHECK (((other_dimensions >= 1) AND (other_dimensions <= 16000)))
);

CREATE TABLE cairn.events (
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    type text NOT NULL,
    user_id text,
    agent_id text,
    app_id text,
    run_id text,
    scope_key text NOT NULL,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    idempotency_key text,
    request_sha256 bytea,
    status text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    redrives integer DEFAULT 0 NOT NULL,
    results jsonb DEFAULT '[]'::jsonb NOT NULL,
    error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    enqueued_at timestamp with time zone,
    started_at timestamp with time zone,
    completed_at timestamp with time zone,
    parked integer DEFAULT 0 NOT NULL,
    parked_at timestamp with time zone,
    usage jsonb DEFAULT '{}'::jsonb NOT NULL,
    not_before timestamp with time zone,
    failing_since timestamp with time zone,
    faults integer DEFAULT 0 NOT NULL,
    CONSTRAINT events_status_check CHECK ((status = ANY (ARRAY['PENDING'::text, 'RUNNING'::text, 'SUCCEEDED'::text, 'FAILED'::text])))
);

ALTER TABLE ONLY cairn.events FORCE ROW LEVEL SECURITY;

CREATE TABLE cairn.graph_outbox (
    project_id uuid NOT NULL,
    memory_id uuid NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    scope text NOT NULL,
    user_id text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    sent_at timestamp with time zone,
    failed_at timestamp with time zone,
    error text,
    not_before timestamp with time zone,
    failing_since timestamp with time zone,
    faults integer DEFAULT 0 NOT NULL
);

ALTER TABLE ONLY cairn.graph_outbox FORCE ROW LEVEL SECURITY;

CREATE TABLE cairn.history (
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    memory_id uuid NOT NULL,
    event text NOT NULL,
    old_memory text,
    new_memory text,
    user_id text,
    agent_id text,
    app_id text,
    run_id text,
    actor text,
    event_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    valid_from timestamp with time zone,
    CONSTRAINT history_event_check CHECK ((event = ANY (ARRAY['ADD'::text, 'UPDATE'::text, 'DELETE'::text])))
);

ALTER TABLE ONLY cairn.history FORCE ROW LEVEL SECURITY;

CREATE TABLE cairn.large_scope_words (
    project_id uuid NOT NULL,
    entity text NOT NULL,
    name text NOT NULL,
    word bigint NOT NULL,
    rows bigint NOT NULL,
    turns bigint DEFAULT 0 NOT NULL
);

ALTER TABLE ONLY cairn.large_scope_words FORCE ROW LEVEL SECURITY;

CREATE TABLE cairn.large_scopes (
    project_id uuid NOT NULL,
    entity text NOT NULL,
    name text NOT NULL,
    indexed_to uuid DEFAULT '00000000-0000-0000-0000-000000000000'::uuid NOT NULL,
    counted bigint DEFAULT 0 NOT NULL,
    average_length double precision DEFAULT 1 NOT NULL,
    turns_counted bigint DEFAULT 0 NOT NULL,
    turns_average_length double precision DEFAULT 1 NOT NULL,
    added bigint DEFAULT 0 NOT NULL,
    sized_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT large_scopes_entity_check CHECK ((entity = ANY (ARRAY['user_id'::text, 'agent_id'::text, 'app_id'::text, 'run_id'::text])))
);

ALTER TABLE ONLY cairn.large_scopes FORCE ROW LEVEL SECURITY;

CREATE TABLE cairn.memories (
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id text,
    agent_id text,
    app_id text,
    run_id text,
    scope_key text NOT NULL,
    event_id uuid,
    actor text,
    kind text NOT NULL,
    text text NOT NULL,
    text_sha256 bytea NOT NULL,
    embedding public.halfvec NOT NULL,
    lexemes tsvector NOT NULL,
    lexeme_count integer NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    categories text[] DEFAULT '{}'::text[] NOT NULL,
    importance real DEFAULT 5 NOT NULL,
    confidence real DEFAULT 1 NOT NULL,
    sequence integer DEFAULT 0 NOT NULL,
    event_time timestamp with time zone,
    valid_from timestamp with time zone NOT NULL,
    invalid_at timestamp with time zone,
    superseded_by uuid,
    expires_on date,
    immutable boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    source_message_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    source_span int4range,
    extractor text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    feedback text,
    feedback_reason text,
    source_spans int4range[],
    entities jsonb DEFAULT '[]'::jsonb NOT NULL,
    relations jsonb DEFAULT '[]'::jsonb NOT NULL,
    graph_scope text GENERATED ALWAYS AS (cairn.graph_scope(user_id, agent_id, app_id, run_id)) STORED NOT NULL,
    indexed boolean DEFAULT false NOT NULL,
    event_precision text,
    since_precision text,
    passages public.halfvec[],
    learned_at timestamp with time zone DEFAULT now(),
    CONSTRAINT memories_confidence_check CHECK (((confidence >= (0)::double precision) AND (confidence <= (1)::double precision))),
    CONSTRAINT memories_feedback_check CHECK ((feedback = ANY (ARRAY['POSITIVE'::text, 'NEGATIVE'::text, 'VERY_NEGATIVE'::text]))),
    CONSTRAINT memories_importance_check CHECK (((importance >= (1)::double precision) AND (importance <= (10)::double precision))),
    CONSTRAINT memories_kind_check CHECK ((kind = ANY (ARRAY['fact'::text, 'verbatim'::text, 'procedural'::text])))
)
WITH (toast_tuple_target='4080');

ALTER TABLE ONLY cairn.memories FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN cairn.memories.created_at IS 'When it was told, by its timestamp';

COMMENT ON COLUMN cairn.memories.event_precision IS 'How much was told of event_time; NULL where that is not known';

COMMENT ON COLUMN cairn.memories.since_precision IS 'How much was told of valid_from as a beginning; NULL where valid_from is when it was told';

COMMENT ON COLUMN cairn.memories.passages IS 'Embeddings of the passages of a long text; NULL of a short one';

COMMENT ON COLUMN cairn.memories.learned_at IS 'When it came here, by our own clock; NULL where created_at is that';

CREATE TABLE cairn.messages (
    project_id uuid NOT NULL,
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    user_id text,
    agent_id text,
    app_id text,
    run_id text,
    sequence integer NOT NULL,
    role text NOT NULL,
    name text,
    content text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    scope_key text
);

ALTER TABLE ONLY cairn.messages FORCE ROW LEVEL SECURITY;

CREATE TABLE cairn.projects (
    project_id uuid NOT NULL,
    org_id uuid NOT NULL,
    name text NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY cairn.projects FORCE ROW LEVEL SECURITY;

CREATE TABLE cairn.reembedding (
    kept text NOT NULL,
    after_project uuid NOT NULL,
    after_id uuid NOT NULL,
    done boolean DEFAULT false NOT NULL,
    CONSTRAINT reembedding_kept_check CHECK ((kept = ANY (ARRAY['memories'::text, 'turns'::text])))
);

CREATE TABLE cairn.summaries (
    project_id uuid NOT NULL,
    scope_key text NOT NULL,
    user_id text,
    agent_id text,
    app_id text,
    run_id text,
    text text NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY cairn.summaries FORCE ROW LEVEL SECURITY;

CREATE TABLE cairn.to_embed (
    project_id uuid NOT NULL,
    kept text NOT NULL,
    id uuid NOT NULL,
    version integer DEFAULT 0 NOT NULL,
    CONSTRAINT to_embed_kept_check CHECK ((kept = ANY (ARRAY['memories'::text, 'turns'::text])))
);

ALTER TABLE ONLY cairn.to_embed FORCE ROW LEVEL SECURITY;

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
    embedding public.halfvec NOT NULL,
    lexemes tsvector NOT NULL,
    lexeme_count integer NOT NULL,
    metadata jsonb NOT NULL,
    categories text[] NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    invalid_at timestamp with time zone,
    expires_on date,
    indexed boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    passages public.halfvec[]
)
WITH (toast_tuple_target='4080');

ALTER TABLE ONLY cairn.turns FORCE ROW LEVEL SECURITY;

COMMENT ON COLUMN cairn.turns.passages IS 'Embeddings of the passages of a long text; NULL of a short one';

CREATE TABLE cairn.usage (
    project_id uuid NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    requests bigint DEFAULT 0 NOT NULL,
    tokens_in bigint DEFAULT 0 NOT NULL,
    tokens_out bigint DEFAULT 0 NOT NULL,
    cost_usd numeric(20,10) DEFAULT 0 NOT NULL
);

ALTER TABLE ONLY cairn.usage FORCE ROW LEVEL SECURITY;

ALTER TABLE ONLY cairn.accesses
    ADD CONSTRAINT accesses_pkey PRIMARY KEY (project_id, memory_id);

ALTER TABLE ONLY cairn.api_keys
    ADD CONSTRAINT api_keys_key_sha256_key UNIQUE (key_sha256);

ALTER TABLE ONLY cairn.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (project_id, id);

ALTER TABLE ONLY cairn.embedding_model
    ADD CONSTRAINT embedding_model_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY cairn.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (project_id, id);

ALTER TABLE ONLY cairn.events
    ADD CONSTRAINT events_project_id_idempotency_key_key UNIQUE (project_id, idempotency_key);

ALTER TABLE cairn.events
    ADD CONSTRAINT events_type_check CHECK ((type = ANY (ARRAY['ADD'::text, 'DELETE'::text, 'ERASED'::text]))) NOT VALID;

ALTER TABLE ONLY cairn.graph_outbox
    ADD CONSTRAINT graph_outbox_pkey PRIMARY KEY (project_id, memory_id);

ALTER TABLE ONLY cairn.history
    ADD CONSTRAINT history_pkey PRIMARY KEY (project_id, id);

ALTER TABLE ONLY cairn.large_scope_words
    ADD CONSTRAINT large_scope_words_pkey PRIMARY KEY (project_id, entity, name, word);

ALTER TABLE ONLY cairn.large_scopes
    ADD CONSTRAINT large_scopes_pkey PRIMARY KEY (project_id, entity, name);

ALTER TABLE ONLY cairn.memories
    ADD CONSTRAINT memories_pkey PRIMARY KEY (project_id, id);

ALTER TABLE ONLY cairn.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (project_id, id);

ALTER TABLE ONLY cairn.projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (project_id);

ALTER TABLE ONLY cairn.reembedding
    ADD CONSTRAINT reembedding_pkey PRIMARY KEY (kept);

ALTER TABLE ONLY cairn.summaries
    ADD CONSTRAINT summaries_pkey PRIMARY KEY (project_id, scope_key);

ALTER TABLE ONLY cairn.to_embed
    ADD CONSTRAINT to_embed_pkey PRIMARY KEY (project_id, kept, id);

ALTER TABLE ONLY cairn.turns
    ADD CONSTRAINT turns_pkey PRIMARY KEY (project_id, id);

ALTER TABLE ONLY cairn.usage
    ADD CONSTRAINT usage_pkey PRIMARY KEY (project_id, day, kind);

CREATE INDEX events_unfinished ON cairn.events USING btree (project_id, scope_key, id) WHERE (status = ANY (ARRAY['PENDING'::text, 'RUNNING'::text]));

CREATE INDEX events_user ON cairn.events USING btree (project_id, user_id);

CREATE INDEX graph_outbox_id ON cairn.graph_outbox USING btree (project_id, id);

CREATE INDEX graph_outbox_new ON cairn.graph_outbox USING btree (created_at) WHERE ((failed_at IS NULL) AND (sent_at IS NULL) AND (not_before IS NULL));

CREATE INDEX graph_outbox_put_off ON cairn.graph_outbox USING btree (not_before) WHERE ((failed_at IS NULL) AND (sent_at IS NULL) AND (not_before IS NOT NULL));

CREATE INDEX graph_outbox_sent ON cairn.graph_outbox USING btree (sent_at) WHERE ((failed_at IS NULL) AND (sent_at IS NOT NULL));

CREATE INDEX graph_outbox_unsent ON cairn.graph_outbox USING btree (project_id, created_at) WHERE ((sent_at IS NULL) AND (failed_at IS NULL));

CREATE INDEX history_event ON cairn.history USING btree (project_id, event_id) WHERE (event_id IS NOT NULL);

CREATE INDEX history_memory ON cairn.history USING btree (project_id, memory_id, id);

CREATE INDEX memories_agent ON cairn.memories USING btree (project_id, agent_id, id) WHERE (agent_id IS NOT NULL);

CREATE INDEX memories_app ON cairn.memories USING btree (project_id, app_id, id) WHERE (app_id IS NOT NULL);

CREATE INDEX memories_claims ON cairn.memories USING btree (project_id, graph_scope) WHERE ((invalid_at IS NULL) AND (entities @? '$[*]."aliases"[*]'::jsonpath));

CREATE INDEX memories_event ON cairn.memories USING btree (project_id, event_id) WHERE (event_id IS NOT NULL);

CREATE INDEX memories_expiry ON cairn.memories USING btree (expires_on) WHERE (expires_on IS NOT NULL);

CREATE UNIQUE INDEX memories_fact ON cairn.memories USING btree (project_id, scope_key, text_sha256) WHERE ((invalid_at IS NULL) AND (kind = 'fact'::text));

CREATE INDEX memories_long ON cairn.memories USING btree (project_id, user_id, id) WHERE (passages IS NOT NULL);

CREATE INDEX memories_run ON cairn.memories USING btree (project_id, run_id, id) WHERE (run_id IS NOT NULL);

CREATE INDEX memories_said ON cairn.memories USING btree (project_id, scope_key, text_sha256) WHERE ((invalid_at IS NULL) AND (kind = 'verbatim'::text));

CREATE INDEX memories_scope_facts ON cairn.memories USING btree (project_id, scope_key) WHERE (kind = 'fact'::text);

CREATE INDEX memories_source ON cairn.memories USING gin (source_message_ids);

CREATE INDEX memories_successor ON cairn.memories USING btree (project_id, superseded_by) WHERE (superseded_by IS NOT NULL);

CREATE INDEX memories_user ON cairn.memories USING btree (project_id, user_id, id) WHERE (user_id IS NOT NULL);

CREATE INDEX memories_user_told ON cairn.memories USING btree (project_id, user_id, created_at, id) WHERE (user_id IS NOT NULL);

CREATE INDEX memories_vital ON cairn.memories USING btree (project_id, user_id, id) WHERE (importance >= (8)::double precision);

CREATE INDEX memories_without_passages ON cairn.memories USING btree (id) WHERE ((passages IS NULL) AND cairn.is_long(text));

CREATE INDEX memories_words ON cairn.memories USING gin (cairn.project_words(project_id, lexemes)) WHERE indexed;

CREATE INDEX messages_agent ON cairn.messages USING btree (project_id, agent_id, id) WHERE (agent_id IS NOT NULL);

CREATE INDEX messages_event ON cairn.messages USING btree (project_id, event_id, sequence);

CREATE INDEX messages_run ON cairn.messages USING btree (project_id, run_id, id) WHERE (run_id IS NOT NULL);

CREATE INDEX messages_scope ON cairn.messages USING btree (project_id, scope_key, id) WHERE (scope_key IS NOT NULL);

CREATE INDEX messages_user ON cairn.messages USING btree (project_id, user_id, id) WHERE (user_id IS NOT NULL);

CREATE INDEX summaries_user ON cairn.summaries USING btree (project_id, user_id);

CREATE INDEX turns_agent ON cairn.turns USING btree (project_id, agent_id, placed) INCLUDE (id) WHERE (agent_id IS NOT NULL);

CREATE INDEX turns_app ON cairn.turns USING btree (project_id, app_id, placed) INCLUDE (id) WHERE (app_id IS NOT NULL);

CREATE INDEX turns_long ON cairn.turns USING btree (project_id, user_id, placed) WHERE (passages IS NOT NULL);

CREATE INDEX turns_run ON cairn.turns USING btree (project_id, run_id, placed) INCLUDE (id) WHERE (run_id IS NOT NULL);

CREATE INDEX turns_user ON cairn.turns USING btree (project_id, user_id, placed) INCLUDE (id) WHERE (user_id IS NOT NULL);

CREATE INDEX turns_without_passages ON cairn.turns USING btree (id) WHERE ((passages IS NULL) AND cairn.is_long(text));

CREATE INDEX turns_words ON cairn.turns USING gin (cairn.project_words(project_id, lexemes)) WHERE indexed;

CREATE TRIGGER content_changed AFTER UPDATE OF content ON cairn.messages FOR EACH ROW WHEN ((old.content IS DISTINCT FROM new.content)) EXECUTE FUNCTION cairn.forget_turn();

CREATE TRIGGER graph_deleted AFTER DELETE ON cairn.memories REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION cairn.note_for_graph();

CREATE TRIGGER graph_inserted AFTER INSERT ON cairn.memories REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION cairn.note_for_graph();

CREATE TRIGGER graph_updated AFTER UPDATE ON cairn.memories REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION cairn.note_update_for_graph();

ALTER TABLE ONLY cairn.accesses
    ADD CONSTRAINT accesses_project_id_memory_id_fkey FOREIGN KEY (project_id, memory_id) REFERENCES cairn.memories(project_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY cairn.api_keys
    ADD CONSTRAINT api_keys_project_id_fkey FOREIGN KEY (project_id) REFERENCES cairn.projects(project_id) ON DELETE CASCADE;

ALTER TABLE ONLY cairn.events
    ADD CONSTRAINT events_project_id_fkey FOREIGN KEY (project_id) REFERENCES cairn.projects(project_id) ON DELETE CASCADE;

ALTER TABLE ONLY cairn.history
    ADD CONSTRAINT history_project_id_fkey FOREIGN KEY (project_id) REFERENCES cairn.projects(project_id) ON DELETE CASCADE;

ALTER TABLE ONLY cairn.large_scope_words
    ADD CONSTRAINT large_scope_words_project_id_entity_name_fkey FOREIGN KEY (project_id, entity, name) REFERENCES cairn.large_scopes(project_id, entity, name) ON DELETE CASCADE;

ALTER TABLE ONLY cairn.large_scopes
    ADD CONSTRAINT large_scopes_project_id_fkey FOREIGN KEY (project_id) REFERENCES cairn.projects(project_id) ON DELETE CASCADE;

ALTER TABLE ONLY cairn.memories
    ADD CONSTRAINT memories_project_id_fkey FOREIGN KEY (project_id) REFERENCES cairn.projects(project_id) ON DELETE CASCADE;

ALTER TABLE ONLY cairn.messages
    ADD CONSTRAINT messages_project_id_event_id_fkey FOREIGN KEY (project_id, event_id) REFERENCES cairn.events(project_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY cairn.summaries
    ADD CONSTRAINT summaries_project_id_fkey FOREIGN KEY (project_id) REFERENCES cairn.projects(project_id) ON DELETE CASCADE;

ALTER TABLE ONLY cairn.to_embed
    ADD CONSTRAINT to_embed_project_id_fkey FOREIGN KEY (project_id) REFERENCES cairn.projects(project_id) ON DELETE CASCADE;

ALTER TABLE ONLY cairn.turns
    ADD CONSTRAINT turns_project_id_id_fkey FOREIGN KEY (project_id, id) REFERENCES cairn.messages(project_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY cairn.usage
    ADD CONSTRAINT usage_project_id_fkey FOREIGN KEY (project_id) REFERENCES cairn.projects(project_id) ON DELETE CASCADE;

ALTER TABLE cairn.accesses ENABLE ROW LEVEL SECURITY;

ALTER TABLE cairn.api_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE cairn.events ENABLE ROW LEVEL SECURITY;

ALTER TABLE cairn.graph_outbox ENABLE ROW LEVEL SECURITY;

ALTER TABLE cairn.history ENABLE ROW LEVEL SECURITY;

ALTER TABLE cairn.large_scope_words ENABLE ROW LEVEL SECURITY;

ALTER TABLE cairn.large_scopes ENABLE ROW LEVEL SECURITY;

ALTER TABLE cairn.memories ENABLE ROW LEVEL SECURITY;

ALTER TABLE cairn.messages ENABLE ROW LEVEL SECURITY;

CREATE POLICY presented ON cairn.api_keys FOR SELECT USING ((key_sha256 = ( SELECT decode(current_setting('cairn.key_sha256'::text, true), 'hex'::text) AS decode)));

ALTER TABLE cairn.projects ENABLE ROW LEVEL SECURITY;

ALTER TABLE cairn.summaries ENABLE ROW LEVEL SECURITY;

CREATE POLICY sweeper ON cairn.events FOR SELECT TO cairn_sweeper USING (true);

CREATE POLICY sweeper ON cairn.graph_outbox FOR SELECT TO cairn_sweeper USING (true);

CREATE POLICY sweeper ON cairn.history FOR SELECT TO cairn_sweeper USING (true);

CREATE POLICY sweeper ON cairn.large_scopes FOR SELECT TO cairn_sweeper USING (true);

CREATE POLICY sweeper ON cairn.memories FOR SELECT TO cairn_sweeper USING (true);

CREATE POLICY sweeper ON cairn.to_embed FOR SELECT TO cairn_sweeper USING (true);

CREATE POLICY sweeper ON cairn.turns FOR SELECT TO cairn_sweeper USING (true);

CREATE POLICY tenant ON cairn.accesses USING (((project_id = ( SELECT cairn.current_project() AS current_project)) AND ((( SELECT cairn.current_pinned_user() AS current_pinned_user) IS NULL) OR (user_id = ( SELECT cairn.current_pinned_user() AS current_pinned_user)))));

CREATE POLICY tenant ON cairn.api_keys USING ((project_id = ( SELECT cairn.current_project() AS current_project)));

CREATE POLICY tenant ON cairn.events USING (((project_id = ( SELECT cairn.current_project() AS current_project)) AND ((( SELECT cairn.current_pinned_user() AS current_pinned_user) IS NULL) OR (user_id = ( SELECT cairn.current_pinned_user() AS current_pinned_user)))));

CREATE POLICY tenant ON cairn.graph_outbox USING (((project_id = ( SELECT cairn.current_project() AS current_project)) AND ((( SELECT cairn.current_pinned_user() AS current_pinned_user) IS NULL) OR (user_id = ( SELECT cairn.current_pinned_user() AS current_pinned_user)))));

CREATE POLICY tenant ON cairn.history USING (((project_id = ( SELECT cairn.current_project() AS current_project)) AND ((( SELECT cairn.current_pinned_user() AS current_pinned_user) IS NULL) OR (user_id = ( SELECT cairn.current_pinned_user() AS current_pinned_user)))));

CREATE POLICY tenant ON cairn.large_scope_words USING (((project_id = ( SELECT cairn.current_project() AS current_project)) AND ((( SELECT cairn.current_pinned_user() AS current_pinned_user) IS NULL) OR ((entity = 'user_id'::text) AND (name = ( SELECT cairn.current_pinned_user() AS current_pinned_user))))));

CREATE POLICY tenant ON cairn.large_scopes USING (((project_id = ( SELECT cairn.current_project() AS current_project)) AND ((( SELECT cairn.current_pinned_user() AS current_pinned_user) IS NULL) OR ((entity = 'user_id'::text) AND (name = ( SELECT cairn.current_pinned_user() AS current_pinned_user))))));

CREATE POLICY tenant ON cairn.memories USING (((project_id = ( SELECT cairn.current_project() AS current_project)) AND ((( SELECT cairn.current_pinned_user() AS current_pinned_user) IS NULL) OR (user_id = ( SELECT cairn.current_pinned_user() AS current_pinned_user)))));

CREATE POLICY tenant ON cairn.messages USING (((project_id = ( SELECT cairn.current_project() AS current_project)) AND ((( SELECT cairn.current_pinned_user() AS current_pinned_user) IS NULL) OR (user_id = ( SELECT cairn.current_pinned_user() AS current_pinned_user)))));

CREATE POLICY tenant ON cairn.projects USING ((project_id = ( SELECT cairn.current_project() AS current_project)));

CREATE POLICY tenant ON cairn.summaries USING (((project_id = ( SELECT cairn.current_project() AS current_project)) AND ((( SELECT cairn.current_pinned_user() AS current_pinned_user) IS NULL) OR (user_id = ( SELECT cairn.current_pinned_user() AS current_pinned_user)))));

CREATE POLICY tenant ON cairn.to_embed USING ((project_id = ( SELECT cairn.current_project() AS current_project)));

CREATE POLICY tenant ON cairn.turns USING (((project_id = ( SELECT cairn.current_project() AS current_project)) AND ((( SELECT cairn.current_pinned_user() AS current_pinned_user) IS NULL) OR (user_id = ( SELECT cairn.current_pinned_user() AS current_pinned_user)))));

CREATE POLICY tenant ON cairn.usage USING ((project_id = ( SELECT cairn.current_project() AS current_project)));

ALTER TABLE cairn.to_embed ENABLE ROW LEVEL SECURITY;

ALTER TABLE cairn.turns ENABLE ROW LEVEL SECURITY;

ALTER TABLE cairn.usage ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA cairn TO cairn_app;
GRANT USAGE ON SCHEMA cairn TO cairn_sweeper;

REVOKE ALL ON FUNCTION cairn.all_large_scopes() FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.all_large_scopes() TO cairn_app;

REVOKE ALL ON FUNCTION cairn.begin_reembedding(wanted text, width integer) FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.begin_reembedding(wanted text, width integer) TO cairn_app;

REVOKE ALL ON FUNCTION cairn.end_reembedding() FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.end_reembedding() TO cairn_app;

REVOKE ALL ON FUNCTION cairn.exchange_embeddings(wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.exchange_embeddings(wanted text) TO cairn_app;

REVOKE ALL ON FUNCTION cairn.exchange_names(kind text, relation text, name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION cairn.expired_memories(expired_before date, at_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.expired_memories(expired_before date, at_most integer) TO cairn_app;

REVOKE ALL ON FUNCTION cairn.hold_embedding_model(wanted text) FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.hold_embedding_model(wanted text) TO cairn_app;

REVOKE ALL ON FUNCTION cairn.keep_width(dimensions integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION cairn.messages_in_use(message_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.messages_in_use(message_ids uuid[]) TO cairn_app;

REVOKE ALL ON FUNCTION cairn.noted_to_embed(at_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.noted_to_embed(at_most integer) TO cairn_app;

REVOKE ALL ON FUNCTION cairn.projects_behind_graph(unsent_after interval, unfinished_after interval, at_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.projects_behind_graph(unsent_after interval, unfinished_after interval, at_most integer) TO cairn_app;

REVOKE ALL ON FUNCTION cairn.projects_that_erased() FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.projects_that_erased() TO cairn_app;

REVOKE ALL ON FUNCTION cairn.rows_to_embed(wanted text, after_project uuid, after_id uuid, at_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.rows_to_embed(wanted text, after_project uuid, after_id uuid, at_most integer) TO cairn_app;

REVOKE ALL ON FUNCTION cairn.rows_with_words(entity text, name text, words text[], weights double precision[], at_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.rows_with_words(entity text, name text, words text[], weights double precision[], at_most integer) TO cairn_app;

REVOKE ALL ON FUNCTION cairn.some_to_embed() FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.some_to_embed() TO cairn_app;
GRANT ALL ON FUNCTION cairn.some_to_embed() TO postgres;

REVOKE ALL ON FUNCTION cairn.texts_without_passages(at_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.texts_without_passages(at_most integer) TO cairn_app;

REVOKE ALL ON FUNCTION cairn.turns_with_words(entity text, name text, words text[], weights double precision[], at_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.turns_with_words(entity text, name text, words text[], weights double precision[], at_most integer) TO cairn_app;

REVOKE ALL ON FUNCTION cairn.unfinished_events(unsent_after interval, unfinished_after interval, at_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.unfinished_events(unsent_after interval, unfinished_after interval, at_most integer) TO cairn_app;

REVOKE ALL ON FUNCTION cairn.use_embedding_model(wanted text, width integer) FROM PUBLIC;
GRANT ALL ON FUNCTION cairn.use_embedding_model(wanted text, width integer) TO cairn_app;

REVOKE ALL ON FUNCTION cairn.watch_embeddings(watched boolean) FROM PUBLIC;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE cairn.accesses TO cairn_app;

GRANT SELECT,INSERT ON TABLE cairn.api_keys TO cairn_app;

GRANT UPDATE(revoked_at) ON TABLE cairn.api_keys TO cairn_app;

GRANT SELECT ON TABLE cairn.embedding_model TO cairn_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE cairn.events TO cairn_app;

GRANT SELECT(project_id) ON TABLE cairn.events TO cairn_sweeper;

GRANT SELECT(id) ON TABLE cairn.events TO cairn_sweeper;

GRANT SELECT(type) ON TABLE cairn.events TO cairn_sweeper;

GRANT SELECT(scope_key) ON TABLE cairn.events TO cairn_sweeper;

GRANT SELECT(status) ON TABLE cairn.events TO cairn_sweeper;

GRANT SELECT(redrives) ON TABLE cairn.events TO cairn_sweeper;

GRANT SELECT(created_at) ON TABLE cairn.events TO cairn_sweeper;

GRANT SELECT(enqueued_at) ON TABLE cairn.events TO cairn_sweeper;

GRANT SELECT(parked) ON TABLE cairn.events TO cairn_sweeper;

GRANT SELECT(parked_at) ON TABLE cairn.events TO cairn_sweeper;

GRANT SELECT(not_before) ON TABLE cairn.events TO cairn_sweeper;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE cairn.graph_outbox TO cairn_app;

GRANT SELECT(project_id) ON TABLE cairn.graph_outbox TO cairn_sweeper;

GRANT SELECT(created_at) ON TABLE cairn.graph_outbox TO cairn_sweeper;

GRANT SELECT(sent_at) ON TABLE cairn.graph_outbox TO cairn_sweeper;

GRANT SELECT(failed_at) ON TABLE cairn.graph_outbox TO cairn_sweeper;

GRANT SELECT(not_before) ON TABLE cairn.graph_outbox TO cairn_sweeper;

GRANT SELECT,INSERT,DELETE ON TABLE cairn.history TO cairn_app;

GRANT SELECT(project_id) ON TABLE cairn.history TO cairn_sweeper;

GRANT SELECT(event) ON TABLE cairn.history TO cairn_sweeper;

GRANT UPDATE(old_memory) ON TABLE cairn.history TO cairn_app;

GRANT UPDATE(new_memory) ON TABLE cairn.history TO cairn_app;

GRANT UPDATE(actor) ON TABLE cairn.history TO cairn_app;

GRANT SELECT(event_id) ON TABLE cairn.history TO cairn_sweeper;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE cairn.large_scope_words TO cairn_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE cairn.large_scopes TO cairn_app;

GRANT SELECT(project_id) ON TABLE cairn.large_scopes TO cairn_sweeper;

GRANT SELECT(entity) ON TABLE cairn.large_scopes TO cairn_sweeper;

GRANT SELECT(name) ON TABLE cairn.large_scopes TO cairn_sweeper;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE cairn.memories TO cairn_app;

GRANT SELECT(project_id) ON TABLE cairn.memories TO cairn_sweeper;

GRANT SELECT(id) ON TABLE cairn.memories TO cairn_sweeper;

GRANT SELECT(user_id) ON TABLE cairn.memories TO cairn_sweeper;

GRANT SELECT(agent_id) ON TABLE cairn.memories TO cairn_sweeper;

GRANT SELECT(app_id) ON TABLE cairn.memories TO cairn_sweeper;

GRANT SELECT(run_id) ON TABLE cairn.memories TO cairn_sweeper;

GRANT SELECT(text) ON TABLE cairn.memories TO cairn_sweeper;

GRANT SELECT(lexemes) ON TABLE cairn.memories TO cairn_sweeper;

GRANT SELECT(expires_on) ON TABLE cairn.memories TO cairn_sweeper;

GRANT SELECT(source_message_ids) ON TABLE cairn.memories TO cairn_sweeper;

GRANT SELECT(indexed) ON TABLE cairn.memories TO cairn_sweeper;

GRANT SELECT(passages) ON TABLE cairn.memories TO cairn_sweeper;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE cairn.messages TO cairn_app;

GRANT SELECT,INSERT ON TABLE cairn.projects TO cairn_app;

GRANT UPDATE(name) ON TABLE cairn.projects TO cairn_app;

GRANT UPDATE(settings) ON TABLE cairn.projects TO cairn_app;

GRANT SELECT,UPDATE ON TABLE cairn.reembedding TO cairn_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE cairn.summaries TO cairn_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE cairn.to_embed TO cairn_app;

GRANT SELECT(project_id) ON TABLE cairn.to_embed TO cairn_sweeper;

GRANT SELECT(kept) ON TABLE cairn.to_embed TO cairn_sweeper;

GRANT SELECT(id) ON TABLE cairn.to_embed TO cairn_sweeper;

GRANT SELECT(version) ON TABLE cairn.to_embed TO cairn_sweeper;

GRANT SELECT,INSERT,DELETE ON TABLE cairn.turns TO cairn_app;

GRANT SELECT(project_id) ON TABLE cairn.turns TO cairn_sweeper;

GRANT SELECT(id) ON TABLE cairn.turns TO cairn_sweeper;

GRANT SELECT(user_id) ON TABLE cairn.turns TO cairn_sweeper;

GRANT SELECT(agent_id) ON TABLE cairn.turns TO cairn_sweeper;

GRANT SELECT(app_id) ON TABLE cairn.turns TO cairn_sweeper;

GRANT SELECT(run_id) ON TABLE cairn.turns TO cairn_sweeper;

GRANT SELECT(text) ON TABLE cairn.turns TO cairn_sweeper;

GRANT SELECT(lexemes) ON TABLE cairn.turns TO cairn_sweeper;

GRANT UPDATE(metadata) ON TABLE cairn.turns TO cairn_app;

GRANT UPDATE(categories) ON TABLE cairn.turns TO cairn_app;

GRANT UPDATE(invalid_at) ON TABLE cairn.turns TO cairn_app;

GRANT UPDATE(indexed) ON TABLE cairn.turns TO cairn_app;
GRANT SELECT(indexed) ON TABLE cairn.turns TO cairn_sweeper;

GRANT UPDATE(passages) ON TABLE cairn.turns TO cairn_app;
GRANT SELECT(passages) ON TABLE cairn.turns TO cairn_sweeper;

GRANT SELECT,INSERT,UPDATE ON TABLE cairn.usage TO cairn_app;
