-- search/sql/indexes.sql, written by `python -m tests.write_sql`: what is sent, explained.
\set text '''When did Ana move to Bergen?'''
\set other_kana 'NULL'
\set near_ids '''{}'''
\set near '''{}'''
\set project_id '''00000000000000000000000000000001''::uuid'
\set latest '''00000000-0000-0000-0000-000000000002''::uuid'
\set settled '''00000000-0000-0000-0000-000000000002''::uuid'
\set entity '''user_id'''
\set name '''ana'''
\set postings '3000'
\set as_of 'NULL'
\set f0 '''ana'''
\set vector 'array_fill(0.05::real, ARRAY[384])::halfvec'
\set nearest '200'
\set long '1000'
\set worded '200'
\set periods '''{}''::tstzmultirange'
\set background '''0.06''::float8'
\set background_rows '5'
\set fits '''0.192''::float8'
\set fits_spreads '''3.2''::float8'
\set spread '''0.06''::float8'
\set k1 '''1.2''::float8'
\set b '''0.75''::float8'
\set characters '''{}'''
\set fits_score '''0.3''::float8'
\set centre '''0.5''::float8'
\set candidates '1000'
\set importance_from '''5.0''::float8'
\set importance_by '''5.0''::float8'
\set w_semantic '''0.29''::float8'
\set w_bm25 '''0.07''::float8'
\set w_neighbours '''0.06''::float8'
\set w_coverage '''0.25''::float8'
\set w_run '''0.1''::float8'
\set w_period '''0.23''::float8'
\set w_agent '''-0.2''::float8'
\set w_importance '''0.03''::float8'
\set w_graph '''0.0''::float8'
\set threshold '''0.1''::float8'
\set top_k '10'
BEGIN;
SELECT set_config('cairn.project_id', (:project_id)::text, true);
SELECT set_config('enable_nestloop', 'off', true), set_config('enable_sort', 'off', true),
       set_config('hnsw.ef_search', '200', true), set_config('hnsw.iterative_scan', 'relaxed_order', true);
EXPLAIN (ANALYZE, BUFFERS)
WITH query AS MATERIALIZED (
    SELECT tsvector_to_array(cairn.words(:text::text)) AS asked,
           tsvector_to_array(cairn.words(concat_ws(' ', :text::text, :other_kana::text))) AS terms,
           replace(plainto_tsquery('russian', cairn.spelt(concat_ws(' ', :text::text, :other_kana::text)))::text,
                   '&', '|')::tsquery AS any_term
), near AS MATERIALIZED (
    SELECT * FROM unnest(:near_ids::uuid[], :near::float8[]) AS n (id, graph)
), memories AS NOT MATERIALIZED (
    SELECT a.project_id, a.id, a.user_id, a.agent_id, a.app_id, a.run_id, a.scope_key, a.event_id, a.actor, a.kind,
           a.text, a.embedding, a.passages, a.lexemes, a.lexeme_count, a.metadata, a.categories, a.importance,
           a.feedback, a.event_time, a.event_precision, a.valid_from, a.since_precision, a.invalid_at,
           a.superseded_by, a.expires_on, a.immutable, a.version, a.source_message_ids, a.source_span, a.source_spans,
           a.extractor, a.indexed, a.created_at, a.learned_at, a.updated_at, NULL::uuid AS placed
    FROM cairn.memories a WHERE a.project_id = :project_id
), searched AS NOT MATERIALIZED (
    SELECT * FROM memories
), big AS MATERIALIZED (
    SELECT CASE WHEN indexed_to > :latest THEN :settled ELSE indexed_to END AS indexed_to,
           counted, average_length
    FROM cairn.large_scopes
    WHERE project_id = :project_id AND entity = :entity AND name = :name
), counts AS MATERIALIZED (
    SELECT t.lexeme, coalesce(w.rows, 0) AS rows, ln(1 + (counted - coalesce(w.rows, 0) + 0.5)
                                                       / (coalesce(w.rows, 0) + 0.5)) AS idf
    FROM big, query, unnest(query.terms) AS t (lexeme) LEFT JOIN (
        SELECT word, rows
        FROM cairn.large_scope_words
        WHERE project_id = :project_id AND entity = :entity AND name = :name
        AND word = ANY(ARRAY(SELECT hashtextextended(l, 0) FROM query, unnest(terms) l))) w
    ON w.word = hashtextextended(t.lexeme, 0)
), rare AS MATERIALIZED (
    SELECT lexeme, idf FROM (
        SELECT lexeme, idf, sum(rows) OVER (ORDER BY rows, lexeme) AS together FROM counts WHERE rows > 0) c
    WHERE together <= :postings
), nearest AS MATERIALIZED (
    SELECT m.id FROM memories m WHERE m.indexed AND TRUE AND m.invalid_at IS NULL AND (m.expires_on IS NULL OR m.expires_on >= (coalesce(:as_of::timestamptz, now()) AT TIME ZONE 'UTC')::date) AND m.user_id = :f0
    ORDER BY m.embedding::halfvec(384) <=> :vector::halfvec(384) LIMIT :nearest
), long AS MATERIALIZED (
    SELECT id FROM (
        SELECT m.id, m.passages FROM memories m
        WHERE m."user_id" = :name AND m.passages IS NOT NULL AND m.indexed AND TRUE AND m.invalid_at IS NULL AND (m.expires_on IS NULL OR m.expires_on >= (coalesce(:as_of::timestamptz, now()) AT TIME ZONE 'UTC')::date) AND m.user_id = :f0
        ORDER BY m.id DESC LIMIT :long) l
    ORDER BY (SELECT min(p <=> :vector::halfvec) FROM unnest(passages) AS p) LIMIT :nearest
), found AS MATERIALIZED (
    SELECT id FROM nearest
    UNION SELECT id FROM long
    UNION SELECT id FROM near
    UNION SELECT memory_id FROM cairn.rows_with_words(
        :entity, :name, ARRAY(SELECT lexeme FROM rare ORDER BY lexeme),
        ARRAY(SELECT idf FROM rare ORDER BY lexeme), :worded)
), beside AS MATERIALIZED (
    SELECT id FROM found
    UNION SELECT o.id FROM found CROSS JOIN LATERAL (
        (SELECT m.id FROM cairn.memories m WHERE m.project_id = :project_id AND m."user_id" = :name
         AND m.id < found.id ORDER BY m.id DESC LIMIT 2)
        UNION ALL
        (SELECT m.id FROM cairn.memories m WHERE m.project_id = :project_id AND m."user_id" = :name
         AND m.id > found.id ORDER BY m.id LIMIT 2)) o
), scoped AS MATERIALIZED (
    SELECT m.id, m.lexemes, m.lexeme_count,
           (1 - least(m.embedding <=> :vector::halfvec, CASE WHEN m.passages IS NOT NULL THEN
               (SELECT min(p <=> :vector::halfvec) FROM unnest(m.passages) AS p) END))::float8 AS cosine,
           
least(10, greatest(1, m.importance + CASE m.feedback WHEN 'POSITIVE' THEN 2 WHEN 'NEGATIVE' THEN -2
                                     WHEN 'VERY_NEGATIVE' THEN -4 ELSE 0 END)) AS importance,
           CASE WHEN m.valid_from <@ :periods::tstzmultirange OR m.event_time <@ :periods::tstzmultirange
                THEN 1 ELSE 0 END AS period,
           (m.actor IS NOT DISTINCT FROM 'assistant')::int AS agent,
           CASE WHEN m.run_id IS NULL THEN coalesce(m.event_id, m.id)::text ELSE m.scope_key END COLLATE "C" AS run,
           m.fresh
    FROM (
        SELECT s.*, false AS fresh FROM memories s
        WHERE s.id = ANY(ARRAY(SELECT id FROM beside)) AND s.indexed
        UNION ALL
        SELECT s.*, true FROM memories s
        WHERE s."user_id" = :name AND s.id > (SELECT indexed_to FROM big) AND NOT s.indexed
    ) m
    WHERE TRUE AND m.invalid_at IS NULL AND (m.expires_on IS NULL OR m.expires_on >= (coalesce(:as_of::timestamptz, now()) AT TIME ZONE 'UTC')::date) AND m.user_id = :f0
), stats AS MATERIALIZED (
    SELECT counted + count(*) FILTER (WHERE fresh) AS n, count(*) FILTER (WHERE fresh) AS not_indexed,
           CASE WHEN counted > 0 THEN average_length ELSE greatest(avg(lexeme_count), 1)::float8 END AS average_length,
           greatest(max(cosine), 0) AS best_cosine, min(cosine) AS worst_cosine,
           (coalesce(sum(cosine), 0) + :background * :background_rows)
               / (count(cosine) + :background_rows) AS background,
           coalesce(:fits::float8, :fits_spreads * sqrt(
               (coalesce(var_pop(cosine), 0) * count(cosine) + :spread ^ 2 * :background_rows)
               / (count(cosine) + :background_rows))) AS fits,
           counted >= :nearest AND (SELECT count(*) FROM nearest) < :nearest AS starved, true AS large
    FROM big LEFT JOIN scoped ON true GROUP BY counted, average_length
), term_frequencies AS MATERIALIZED (
    SELECT s.id, l.lexeme, cardinality(l.positions)::float8 AS tf,
           :k1 * (1 - :b + :b * s.lexeme_count / stats.average_length) AS saturation
    FROM scoped s, query, stats, unnest(s.lexemes) l
    WHERE s.lexemes @@ query.any_term AND l.lexeme = ANY(query.terms) AND l.lexeme <> ALL(:characters)
    UNION ALL
    SELECT s.id, c, (length(m.text) - length(replace(m.text, c, '')))::float8,
           :k1 * (1 - :b + :b * s.lexeme_count / stats.average_length)
    FROM unnest(:characters::text[]) AS c, stats, scoped s
    JOIN searched m ON m.id = ANY(ARRAY(SELECT id FROM scoped)) AND m.id = s.id
    WHERE cardinality(:characters::text[]) > 0 AND position(c IN m.text) > 0
), idf AS MATERIALIZED (
    SELECT lexeme, df, ln(1 + (n - df + 0.5) / (df + 0.5)) AS idf FROM (
        SELECT c.lexeme, stats.n, c.rows + coalesce(d.fresh, 0)::float8 AS df
        FROM stats, counts c LEFT JOIN (
            SELECT lexeme, count(*) AS fresh FROM term_frequencies JOIN scoped USING (id) WHERE fresh GROUP BY 1) d
        USING (lexeme)) t
    WHERE df > 0 OR lexeme = ANY(ARRAY(SELECT unnest(asked) FROM query))
), bits AS MATERIALIZED (
    SELECT lexeme, idf, 1::bigint << (row_number() OVER (ORDER BY idf DESC, lexeme))::int - 1 AS bit
    FROM idf WHERE df > 0 ORDER BY idf DESC, lexeme LIMIT 62
), bm25 AS MATERIALIZED (
    SELECT id, sum(idf.idf * tf * (:k1 + 1) / (tf + saturation)) AS bm25, coalesce(bit_or(bit), 0) AS words
    FROM term_frequencies JOIN idf USING (lexeme) LEFT JOIN bits USING (lexeme) GROUP BY 1
), best AS MATERIALIZED (
    SELECT best_cosine, worst_cosine, best_bm25, greatest(best_cosine, begins_to_fit) AS whole_cosine,
           least(1, greatest(fit, coalesce(best_bm25 / nullif(attainable, 0), 0))) AS strength
    FROM (SELECT best_cosine, worst_cosine, best_cosine - stands_out + fits AS begins_to_fit, CASE
              WHEN stands_out < fits THEN greatest(0, stands_out) * :fits_score / fits
              ELSE :fits_score + (stands_out - fits) * (1 - :fits_score) / (1 - fits) END AS fit
          FROM (SELECT best_cosine, worst_cosine, fits, best_cosine - :centre * background AS stands_out
                FROM stats) s) f,
         (SELECT max(bm25) AS best_bm25 FROM bm25) b,
         (SELECT sum(idf) * (:k1 + 1) AS attainable FROM idf) a
), channels AS MATERIALIZED (
    SELECT s.id, s.run, s.importance, s.period, s.agent, s.cosine, bm25.bm25, coalesce(bm25.words, 0) AS words,
           coalesce(near.graph, 0) AS graph, coalesce(greatest(s.cosine, 0) / nullif(whole_cosine, 0), 0) AS semantic,
           coalesce(bm25.bm25 / nullif(best_bm25, 0), 0) AS keyword,
           coalesce((s.cosine - worst_cosine) / nullif(best_cosine - worst_cosine, 0), 1) / 2
               + coalesce(bm25.bm25 / nullif(best_bm25, 0), 0) / 2 AS fused
    FROM scoped s CROSS JOIN best LEFT JOIN bm25 USING (id) LEFT JOIN near USING (id)
), candidates AS MATERIALIZED (
    (SELECT id, run FROM channels ORDER BY fused DESC, id LIMIT :candidates)
    UNION SELECT id, run FROM channels WHERE graph > 0
), surrounded AS MATERIALIZED (
    SELECT id, (coalesce(lag(fused) OVER turns, 0) + coalesce(lag(fused, 2) OVER turns, 0)
                + coalesce(lead(fused) OVER turns, 0) + coalesce(lead(fused, 2) OVER turns, 0)) / 4 AS neighbours,
           words | coalesce(lag(words) OVER turns, 0) | coalesce(lead(words) OVER turns, 0)
                 | coalesce(lag(words, 2) OVER turns, 0) | coalesce(lead(words, 2) OVER turns, 0) AS said,
           max(fused) OVER (PARTITION BY run) AS run_best
    FROM channels WHERE run IN (SELECT DISTINCT run FROM candidates) WINDOW turns AS (PARTITION BY run ORDER BY id)
), covered AS MATERIALIZED (
    SELECT said, sum(idf) FILTER (WHERE said & bit <> 0) / (SELECT sum(idf) FROM idf) AS coverage
    FROM (SELECT DISTINCT said FROM surrounded) d, bits GROUP BY said
), signals AS MATERIALIZED (
    SELECT c.id, c.importance, c.period, c.agent, c.graph, c.cosine, c.bm25, c.semantic, c.keyword, s.neighbours,
           coalesce(covered.coverage, 0) AS coverage,
           coalesce(s.run_best / nullif(max(s.run_best) OVER (), 0), 0) AS run,
           (c.importance - :importance_from) / :importance_by AS importance_counts
    FROM candidates JOIN channels c USING (id) JOIN surrounded s USING (id) LEFT JOIN covered USING (said)
), weighed AS MATERIALIZED (
    SELECT *, greatest(0, :w_semantic * semantic + :w_bm25 * keyword + :w_neighbours * neighbours
                          + :w_coverage * coverage + :w_run * run + :w_period * period
                          + :w_agent * agent + :w_importance * importance_counts + :w_graph * graph
              ) AS weighed
    FROM signals
), scored AS (
    SELECT *, coalesce(best.strength / nullif(max(weighed) OVER (), 0), 0) AS scale FROM weighed CROSS JOIN best
), top AS (
    SELECT *, round((scale * weighed)::numeric, 6)::float8 AS score
    FROM scored
    WHERE round((scale * weighed)::numeric, 6) >= :threshold::numeric ORDER BY weighed DESC, id LIMIT :top_k
), ranks AS (
    SELECT id, rank() OVER (ORDER BY cosine DESC) AS semantic_rank,
           rank() OVER (ORDER BY bm25 DESC NULLS LAST) AS bm25_rank FROM channels
)
SELECT stats.n AS scope_rows, stats.large, stats.starved, stats.not_indexed, hits.*
FROM stats LEFT JOIN (
    SELECT 
m.id, m.user_id, m.agent_id, m.app_id, m.run_id, m.kind, m.text AS text, m.actor, m.metadata, m.categories,

least(10, greatest(1, m.importance + CASE m.feedback WHEN 'POSITIVE' THEN 2 WHEN 'NEGATIVE' THEN -2
                                     WHEN 'VERY_NEGATIVE' THEN -4 ELSE 0 END)) AS importance, m.feedback, m.event_time, m.event_precision, m.valid_from, m.since_precision,
m.invalid_at, m.superseded_by, m.expires_on,
m.immutable, m.version, m.source_message_ids, coalesce(m.source_spans, CASE WHEN m.source_span IS NULL THEN '{}' ELSE ARRAY[m.source_span] END) AS source_spans, m.extractor, m.created_at,
coalesce(m.learned_at, m.created_at) AS learned_at, m.updated_at, top.weighed, top.score, top.scale, top.cosine, top.bm25, top.semantic, top.keyword,
           top.neighbours, top.coverage, top.run, top.period, top.agent, top.graph, top.importance_counts,
           ranks.semantic_rank, ranks.bm25_rank
    FROM top JOIN ranks USING (id)
    JOIN searched m ON m.id = ANY(ARRAY(SELECT id FROM top)) AND m.id = top.id
) hits ON true
ORDER BY hits.weighed DESC, hits.id;
ROLLBACK;
