-- A search that scores every row: filters first, then the signals of ranking.py over what is left, in one round trip.
--
-- A row of the answer is a hit, best first, and tells of the scope too (scope_rows, large); without a hit there is one
-- row that tells of nothing else. With %(most)s nothing is scored where there are more rows than that, or where the
-- entity %(entity)s %(name)s is known to be large: then indexes.sql searches.
--
-- Gaps: {where} is the caller's filter and {visible} what may be seen at all, both conditions over m; {columns} are
-- those of a memory, at a moment; {importance} is that of a memory, moved by feedback; {spans} where it stands in its
-- sources.
-- Switches: messages searches what was said, too; attention scores by attention.
-- tests/data/sql has the text for each, with values in it: a script for psql that explains it.

-- The terms of the query, its words in the other kana with them, and a tsquery for a row that has any of them. What is
-- only in the other kana counts where it occurs: `asked` are the query's own.
WITH query AS MATERIALIZED (
    SELECT tsvector_to_array(cairn.words(%(text)s::text)) AS asked,
           tsvector_to_array(cairn.words(concat_ws(' ', %(text)s::text, %(other_kana)s::text))) AS terms,
           replace(plainto_tsquery('russian', cairn.spelt(concat_ws(' ', %(text)s::text, %(other_kana)s::text)))::text,
                   '&', '|')::tsquery AS any_term

-- What the graph found, and how near it is.
), near AS MATERIALIZED (
    SELECT * FROM unnest(%(near_ids)s::uuid[], %(near)s::float8[]) AS n (id, graph)

-- The memories of the project.
), memories AS NOT MATERIALIZED (
    SELECT a.project_id, a.id, a.user_id, a.agent_id, a.app_id, a.run_id, a.scope_key, a.event_id, a.actor, a.kind,
           a.text, a.embedding, a.passages, a.lexemes, a.lexeme_count, a.metadata, a.categories, a.importance,
           a.feedback, a.event_time, a.event_precision, a.valid_from, a.since_precision, a.invalid_at,
           a.superseded_by, a.expires_on, a.immutable, a.version, a.source_message_ids, a.source_span, a.source_spans,
           a.extractor, a.indexed, a.created_at, a.learned_at, a.updated_at, NULL::uuid AS placed
    FROM cairn.memories a WHERE a.project_id = %(project_id)s

-- with messages:
-- Turns, with the columns that search knows of memories.
), turns AS NOT MATERIALIZED (
    SELECT t.project_id, t.id, t.user_id, t.agent_id, t.app_id, t.run_id, t.scope_key, t.event_id, t.actor,
           'message' AS kind, t.text, t.embedding, t.passages, t.lexemes, t.lexeme_count, t.metadata, t.categories,
           5::real AS importance, NULL::text AS feedback, NULL::timestamptz AS event_time,
           NULL::text AS event_precision, t.valid_from, NULL::text AS since_precision, t.invalid_at,
           NULL::uuid AS superseded_by, t.expires_on, false AS immutable, 1 AS version,
           ARRAY[t.id] AS source_message_ids, NULL::int4range AS source_span,
           ARRAY[int4range(0, char_length(t.text))] AS source_spans, 'verbatim' AS extractor, t.indexed,
           t.valid_from AS created_at, t.created_at AS learned_at, t.created_at AS updated_at, t.placed
    FROM cairn.turns t WHERE t.project_id = %(project_id)s

-- end
-- What is searched: memories, and with messages turns beside them.
), searched AS NOT MATERIALIZED (
    SELECT * FROM memories
-- with messages:
    UNION ALL SELECT * FROM turns
-- end

-- Whether the entity that is searched is known to be large.
), known AS MATERIALIZED (
    SELECT EXISTS (
        SELECT FROM cairn.large_scopes
        WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s AND counted
-- with messages:
            + turns_counted
-- end
            > %(most)s::bigint) AS large

-- The rows that the filters let through, up to one more than may be scored; `run` says what stands beside a row: its
-- run's rows of the same scope, else those of its event. Turns and memories of a run are not beside each other.
), read AS MATERIALIZED (
    SELECT m.id, m.lexemes, m.lexeme_count,
           (1 - least(m.embedding <=> %(vector)s::halfvec, CASE WHEN m.passages IS NOT NULL THEN
               (SELECT min(p <=> %(vector)s::halfvec) FROM unnest(m.passages) AS p) END))::float8 AS cosine,
           {importance} AS importance,
           CASE WHEN m.valid_from <@ %(periods)s::tstzmultirange OR m.event_time <@ %(periods)s::tstzmultirange
                THEN 1 ELSE 0 END AS period,
           (m.actor IS NOT DISTINCT FROM 'assistant')::int AS agent,
-- with messages:
           m.kind = 'message' AS turn, m.source_message_ids AS sources,
           CASE WHEN m.kind = 'message' THEN 'message ' ELSE '' END ||
-- end
           CASE WHEN m.run_id IS NULL THEN coalesce(m.event_id, m.id)::text ELSE m.scope_key END COLLATE "C" AS run
    FROM searched m WHERE {visible} AND {where} AND NOT (SELECT large FROM known) LIMIT %(most)s::bigint + 1

-- What is known of all of them.
), stats AS MATERIALIZED (
    SELECT count(*)::float8 AS n, greatest(avg(lexeme_count), 1)::float8 AS average_length,
           greatest(max(cosine), 0) AS best_cosine, min(cosine) AS worst_cosine,
           -- What cosines of this scope are like, a few rows of the usual kind added, and how far one stands out where
           -- a hit begins to fit: the embedder's, or taken from them.
           (coalesce(sum(cosine), 0) + %(background)s * %(background_rows)s)
               / (count(cosine) + %(background_rows)s) AS background,
           coalesce(%(fits)s::float8, %(fits_spreads)s * sqrt(
               (coalesce(var_pop(cosine), 0) * count(cosine) + %(spread)s ^ 2 * %(background_rows)s)
               / (count(cosine) + %(background_rows)s))) AS fits,
           false AS starved, (SELECT large FROM known) AS large, NULL::bigint AS not_indexed
    FROM read

-- The rows that are scored: all, or where there are too many none.
), scoped AS (
    SELECT * FROM read WHERE (SELECT coalesce(n <= %(most)s::bigint, true) FROM stats)

-- How often each row has each of the query's terms, and what its length makes of that; single characters are looked for
-- in the text.
), term_frequencies AS MATERIALIZED (
    SELECT s.id, l.lexeme, cardinality(l.positions)::float8 AS tf,
           %(k1)s * (1 - %(b)s + %(b)s * s.lexeme_count / stats.average_length) AS saturation
    FROM scoped s, query, stats, unnest(s.lexemes) l
    WHERE s.lexemes @@ query.any_term AND l.lexeme = ANY(query.terms) AND l.lexeme <> ALL(%(characters)s)
    UNION ALL
    SELECT s.id, c, (length(m.text) - length(replace(m.text, c, '')))::float8,
           %(k1)s * (1 - %(b)s + %(b)s * s.lexeme_count / stats.average_length)
    FROM unnest(%(characters)s::text[]) AS c, stats, scoped s
    JOIN searched m ON m.id = ANY(ARRAY(SELECT id FROM scoped)) AND m.id = s.id
    WHERE cardinality(%(characters)s::text[]) > 0 AND position(c IN m.text) > 0

-- How rare each term is among these rows.
), idf AS MATERIALIZED (
    SELECT t.lexeme, d.df, ln(1 + (stats.n - coalesce(d.df, 0) + 0.5) / (coalesce(d.df, 0) + 0.5)) AS idf
    FROM query, stats, unnest(query.terms) AS t (lexeme)
    LEFT JOIN (SELECT lexeme, count(*)::float8 AS df FROM term_frequencies GROUP BY 1) d USING (lexeme)
    WHERE d.df > 0 OR t.lexeme = ANY(query.asked)

-- The ranking, the same in every_row.sql and indexes.sql (a test compares them): `scoped` are the rows that are scored,
-- `stats` and `idf` what is known of all of them, `term_frequencies` which of the query's terms each has.
--
-- The 62 rarest terms that occur have a bit each, so that a set of terms is one number.
), bits AS MATERIALIZED (
    SELECT lexeme, idf, 1::bigint << (row_number() OVER (ORDER BY idf DESC, lexeme))::int - 1 AS bit
    FROM idf WHERE df > 0 ORDER BY idf DESC, lexeme LIMIT 62

-- BM25 of each row that has a term, and which terms these are.
), bm25 AS MATERIALIZED (
    SELECT id, sum(idf.idf * tf * (%(k1)s + 1) / (tf + saturation)) AS bm25, coalesce(bit_or(bit), 0) AS words
    FROM term_frequencies JOIN idf USING (lexeme) LEFT JOIN bits USING (lexeme) GROUP BY 1

-- What the best row has of either channel, and from it the score of the best hit: the strength of the best evidence.
), best AS MATERIALIZED (
    SELECT best_cosine, worst_cosine, best_bm25, greatest(best_cosine, begins_to_fit) AS whole_cosine,
           least(1, greatest(fit, coalesce(best_bm25 / nullif(attainable, 0), 0))) AS strength
    FROM (SELECT best_cosine, worst_cosine, best_cosine - stands_out + fits AS begins_to_fit, CASE
              WHEN stands_out < fits THEN greatest(0, stands_out) * %(fits_score)s / fits
              ELSE %(fits_score)s + (stands_out - fits) * (1 - %(fits_score)s) / (1 - fits) END AS fit
          FROM (SELECT best_cosine, worst_cosine, fits, best_cosine - %(centre)s * background AS stands_out
                FROM stats) s) f,
         (SELECT max(bm25) AS best_bm25 FROM bm25) b,
         (SELECT sum(idf) * (%(k1)s + 1) AS attainable FROM idf) a

-- Both channels of each row, by the best of each; `fused` is half of either, and says which rows are looked at closely.
), channels AS MATERIALIZED (
    SELECT s.id, s.run, s.importance, s.period, s.agent, s.cosine, bm25.bm25, coalesce(bm25.words, 0) AS words,
           coalesce(near.graph, 0) AS graph, coalesce(greatest(s.cosine, 0) / nullif(whole_cosine, 0), 0) AS semantic,
           coalesce(bm25.bm25 / nullif(best_bm25, 0), 0) AS keyword,
           coalesce((s.cosine - worst_cosine) / nullif(best_cosine - worst_cosine, 0), 1) / 2
               + coalesce(bm25.bm25 / nullif(best_bm25, 0), 0) / 2 AS fused
    FROM scoped s CROSS JOIN best LEFT JOIN bm25 USING (id) LEFT JOIN near USING (id)

-- What follows looks at these and their runs alone: a large scope costs no more than its two channels.
), candidates AS MATERIALIZED (
    (SELECT id, run FROM channels ORDER BY fused DESC, id LIMIT %(candidates)s)
    UNION SELECT id, run FROM channels WHERE graph > 0

-- with attention:
-- How the query attends to each candidate, by the one it attends to most, and how new each is. What is too small for a
-- number would be an error.
), attended AS MATERIALIZED (
    SELECT id, attention, attention / sum(attention) OVER () AS share, recency FROM (
        SELECT id, exp(greatest(-700, logit - max(logit) OVER ())) AS attention,
               power(0.5::float8, least(1000, (max(since) OVER () - since) / %(half_life)s)) AS recency
        FROM (
            SELECT m.id, -(m.embedding <#> %(attending)s::halfvec) AS logit,
                   extract(epoch FROM least(m.valid_from, %(moment)s::timestamptz))::float8 AS since
            FROM searched m WHERE m.id = ANY(ARRAY(SELECT id FROM candidates))) r) a
-- end

-- What stands about each row of these runs: the two rows before it and the two after, and the best of its run.
), surrounded AS MATERIALIZED (
    SELECT id, (coalesce(lag(fused) OVER turns, 0) + coalesce(lag(fused, 2) OVER turns, 0)
                + coalesce(lead(fused) OVER turns, 0) + coalesce(lead(fused, 2) OVER turns, 0)) / 4 AS neighbours,
           words | coalesce(lag(words) OVER turns, 0) | coalesce(lead(words) OVER turns, 0)
                 | coalesce(lag(words, 2) OVER turns, 0) | coalesce(lead(words, 2) OVER turns, 0) AS said,
           max(fused) OVER (PARTITION BY run) AS run_best
    -- DISTINCT, or a hash join would compare every row of a run with every candidate of it.
    FROM channels WHERE run IN (SELECT DISTINCT run FROM candidates) WINDOW turns AS (PARTITION BY run ORDER BY id)

-- The share of the query's idf mass that each set of terms has.
), covered AS MATERIALIZED (
    SELECT said, sum(idf) FILTER (WHERE said & bit <> 0) / (SELECT sum(idf) FROM idf) AS coverage
    FROM (SELECT DISTINCT said FROM surrounded) d, bits GROUP BY said

-- Every signal of each candidate, as ranking.py says what they are.
), signals AS MATERIALIZED (
    SELECT c.id, c.importance, c.period, c.agent, c.graph, c.cosine, c.bm25, c.semantic, c.keyword, s.neighbours,
           coalesce(covered.coverage, 0) AS coverage,
           coalesce(s.run_best / nullif(max(s.run_best) OVER (), 0), 0) AS run,
           (c.importance - %(importance_from)s) / %(importance_by)s AS importance_counts
    FROM candidates JOIN channels c USING (id) JOIN surrounded s USING (id) LEFT JOIN covered USING (said)

-- Their weighted sum, which orders the hits.
), weighed AS MATERIALIZED (
    SELECT *, greatest(0, %(w_semantic)s * semantic + %(w_bm25)s * keyword + %(w_neighbours)s * neighbours
                          + %(w_coverage)s * coverage + %(w_run)s * run + %(w_period)s * period
                          + %(w_agent)s * agent + %(w_importance)s * importance_counts + %(w_graph)s * graph
-- with attention:
                          + %(w_attention)s * attention + %(w_recency)s * recency
-- end
              ) AS weighed
    FROM signals
-- with attention:
    JOIN attended USING (id) WHERE attention >= %(distillation)s
-- end

-- What a weighted sum is multiplied with, so that the best hit scores the strength of the best evidence.
), scored AS (
    SELECT *, coalesce(best.strength / nullif(max(weighed) OVER (), 0), 0) AS scale FROM weighed CROSS JOIN best

-- with messages:
-- Of a message and what was made from it the best placed is shown: a turn goes where a memory made from it stands above
-- it, a memory where the turns of all its sources do.
), placed AS MATERIALIZED (
    SELECT scored.*, s.turn, s.sources, row_number() OVER (ORDER BY weighed DESC, id) AS place
    FROM scored JOIN scoped s USING (id)
), sourced AS MATERIALIZED (
    -- By itself, so that what follows is hashed: joined within a row, all messages would be read for each.
    SELECT id, turn, place, message FROM placed CROSS JOIN unnest(sources) AS s (message)
), told AS MATERIALIZED (
    SELECT message, coalesce(min(place) FILTER (WHERE turn) < min(place) FILTER (WHERE NOT turn),
                             bool_and(turn)) AS turn_first
    FROM sourced GROUP BY message
), once AS (
    SELECT placed.* FROM placed LEFT JOIN (
        SELECT id, bool_and(turn_first) AS turns_first FROM sourced JOIN told USING (message) GROUP BY id) t USING (id)
    WHERE turn = coalesce(turns_first, false)
-- end

-- The hits: the best that score enough.
), top AS (
    SELECT *, round((scale * weighed)::numeric, 6)::float8 AS score
-- with messages:
    FROM once
-- end
-- without messages:
    FROM scored
-- end
    WHERE round((scale * weighed)::numeric, 6) >= %(threshold)s::numeric ORDER BY weighed DESC, id LIMIT %(top_k)s

-- The place of each row in either channel, for `explain`.
), ranks AS (
    SELECT id, rank() OVER (ORDER BY cosine DESC) AS semantic_rank,
           rank() OVER (ORDER BY bm25 DESC NULLS LAST) AS bm25_rank FROM channels
)
SELECT stats.n AS scope_rows, stats.large, stats.starved, stats.not_indexed, hits.*
FROM stats LEFT JOIN (
    SELECT {columns}, top.weighed, top.score, top.scale, top.cosine, top.bm25, top.semantic, top.keyword,
           top.neighbours, top.coverage, top.run, top.period, top.agent, top.graph, top.importance_counts,
-- with attention:
           top.attention, top.share, top.recency,
-- end
-- with messages:
           -- What was said of which it was made. A message may be a source twice. Through the index and then hashed:
           -- nested loops are off.
           (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'message_id', s.id, 'role', s.role, 'name', s.name, 'timestamp', s.occurred_at, 'start', q.start,
                'until', q.until, 'quote', substr(s.content, q.start + 1, q.until - q.start)) ORDER BY q.position),
                '[]')
            FROM (SELECT * FROM cairn.messages c
                  WHERE c.project_id = %(project_id)s AND c.id = ANY(m.source_message_ids) OFFSET 0) s
            JOIN (SELECT u.id, u.position, coalesce(lower(u.span), 0) AS start, coalesce(upper(u.span), 0) AS until
                  FROM unnest(m.source_message_ids, {spans}) WITH ORDINALITY AS u (id, span, position)) q
            USING (id)) AS sources,
-- end
           ranks.semantic_rank, ranks.bm25_rank
    FROM top JOIN ranks USING (id)
    JOIN searched m ON m.id = ANY(ARRAY(SELECT id FROM top)) AND m.id = top.id
) hits ON true
ORDER BY hits.weighed DESC, hits.id
