"""The search statement: filters first, then the signals of ranking.py over what is left, in one round trip."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from psycopg import sql
from psycopg.rows import DictRow
from psycopg.types.multirange import TimestamptzMultirange
from psycopg.types.range import TimestamptzRange

from cairn.filters import compile_filter, only_entities
from cairn.kernel.tenancy import Tenant
from cairn.language.kana import other_kana
from cairn.language.periods import asked_for
from cairn.language.scripts import DENSE
from cairn.memories import message_index
from cairn.memories.rows import IMPORTANCE, SPANS, columns, halves, to_memory
from cairn.memories.visibility import visible
from cairn.search.attention_sql import attending_params, gaps
from cairn.search.large_scopes import (
    LARGE,
    LIMITS,
    LargeEntity,
    by_distance,
    clock_params,
    entity_params,
    found,
    large_entity,
)
from cairn.search.ranking import (
    AGENT,
    ATTENTION,
    BACKGROUND_ROWS,
    BM25,
    COVERAGE,
    FITS_SCORE,
    FITS_SPREADS,
    GRAPH,
    K1,
    NEIGHBOURS,
    PERIOD,
    RECENCY,
    RUN,
    SEMANTIC,
    SPREAD,
    B,
    Weights,
)
from cairn.search.ranking import IMPORTANCE as IMPORTANCE_SIGNAL
from cairn.search.rows import to_sources
from cairn.search.types import SearchHit, SearchQuery, SignalScore

_QUERY: Final = """
WITH query AS MATERIALIZED (
    -- The words of the query in the other kana count only where they occur: `asked` are its own.
    SELECT tsvector_to_array(cairn.words(%(text)s::text)) AS asked,
           tsvector_to_array(cairn.words(concat_ws(' ', %(text)s::text, %(other_kana)s::text))) AS terms,
           replace(plainto_tsquery('russian', cairn.spelt(concat_ws(' ', %(text)s::text, %(other_kana)s::text)))::text,
                   '&', '|')::tsquery AS any_term
), near AS MATERIALIZED (
    SELECT * FROM unnest(%(near_ids)s::uuid[], %(near)s::float8[]) AS n (id, graph)
)"""
# A row as it is scored; `run` is what it has beside it: its run's rows of the same scope, else those of its event.
_ROW: Final = """
m.id, m.lexemes, m.lexeme_count,
(1 - least(m.embedding <=> %(vector)s::halfvec, CASE WHEN m.passages IS NOT NULL THEN
    (SELECT min(p <=> %(vector)s::halfvec) FROM unnest(m.passages) AS p) END))::float8 AS cosine,
{importance} AS importance,
CASE WHEN m.valid_from <@ %(periods)s::tstzmultirange OR m.event_time <@ %(periods)s::tstzmultirange
     THEN 1 ELSE 0 END AS period,
(m.actor IS NOT DISTINCT FROM 'assistant')::int AS agent,
{beside}CASE WHEN m.run_id IS NULL THEN coalesce(m.event_id, m.id)::text ELSE m.scope_key END COLLATE "C" AS run
{more}"""
# What cosines of this scope are like, a few rows of the usual kind added; `fits` is the embedder's, or taken from them.
_BACKGROUND: Final = """(coalesce(sum(cosine), 0) + %(background)s * %(background_rows)s)
               / (count(cosine) + %(background_rows)s) AS background,
           coalesce(%(fits)s::float8, %(fits_spreads)s * sqrt(
               (coalesce(var_pop(cosine), 0) * count(cosine) + %(spread)s ^ 2 * %(background_rows)s)
               / (count(cosine) + %(background_rows)s))) AS fits"""
_FREQUENCIES: Final = """
), term_frequencies AS MATERIALIZED (
    SELECT s.id, l.lexeme, cardinality(l.positions)::float8 AS tf,
           %(k1)s * (1 - %(b)s + %(b)s * s.lexeme_count / stats.average_length) AS saturation
    FROM scoped s, query, stats, unnest(s.lexemes) l
    WHERE s.lexemes @@ query.any_term AND l.lexeme = ANY(query.terms) AND l.lexeme <> ALL(%(characters)s)
    UNION ALL
    SELECT s.id, c, (length(m.text) - length(replace(m.text, c, '')))::float8,
           %(k1)s * (1 - %(b)s + %(b)s * s.lexeme_count / stats.average_length)
    FROM unnest(%(characters)s::text[]) AS c, stats, scoped s
    JOIN {rows} m ON m.project_id = %(project_id)s AND m.id = ANY(ARRAY(SELECT id FROM scoped)) AND m.id = s.id
    WHERE cardinality(%(characters)s::text[]) > 0 AND position(c IN m.text) > 0"""
# Every row that the filters let through is scored, up to a number. Above it nothing is: that is for large.py to answer.
_EXACT: Final = """
, read AS MATERIALIZED (
    SELECT {row} FROM {rows} m
    WHERE m.project_id = %(project_id)s AND {visible} AND {where} AND NOT {large} LIMIT %(most)s::bigint + 1
), stats AS MATERIALIZED (
    SELECT count(*)::float8 AS n, greatest(avg(lexeme_count), 1)::float8 AS average_length,
           greatest(max(cosine), 0) AS best_cosine, min(cosine) AS worst_cosine,
           {background},
           false AS starved, {large} AS large, NULL::bigint AS not_indexed
    FROM read
), scoped AS (
    SELECT * FROM read WHERE (SELECT coalesce(n <= %(most)s::bigint, true) FROM stats)
{frequencies}
), idf AS MATERIALIZED (
    SELECT t.lexeme, d.df, ln(1 + (stats.n - coalesce(d.df, 0) + 0.5) / (coalesce(d.df, 0) + 0.5)) AS idf
    FROM query, stats, unnest(query.terms) AS t (lexeme)
    LEFT JOIN (SELECT lexeme, count(*)::float8 AS df FROM term_frequencies GROUP BY 1) d USING (lexeme)
    WHERE d.df > 0 OR t.lexeme = ANY(query.asked)"""
# What follows is the same whether every row of the scope was read or not: `scoped` holds the rows that are scored,
# `stats` and `idf` what is known of all of them.
_WEIGHED: Final = """
), bits AS MATERIALIZED (
    -- The 62 rarest terms that occur have a bit each, so that a set of terms is one number.
    SELECT lexeme, idf, 1::bigint << (row_number() OVER (ORDER BY idf DESC, lexeme))::int - 1 AS bit
    FROM idf WHERE df > 0 ORDER BY idf DESC, lexeme LIMIT 62
), bm25 AS MATERIALIZED (
    SELECT id, sum(idf.idf * tf * (%(k1)s + 1) / (tf + saturation)) AS bm25, coalesce(bit_or(bit), 0) AS words
    FROM term_frequencies JOIN idf USING (lexeme) LEFT JOIN bits USING (lexeme) GROUP BY 1
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
), channels AS MATERIALIZED (
    SELECT s.id, s.run, s.importance, s.period, s.agent, s.cosine, bm25.bm25, coalesce(bm25.words, 0) AS words,
           coalesce(near.graph, 0) AS graph, coalesce(greatest(s.cosine, 0) / nullif(whole_cosine, 0), 0) AS semantic,
           coalesce(bm25.bm25 / nullif(best_bm25, 0), 0) AS keyword,
           coalesce((s.cosine - worst_cosine) / nullif(best_cosine - worst_cosine, 0), 1) / 2
               + coalesce(bm25.bm25 / nullif(best_bm25, 0), 0) / 2 AS fused
    FROM scoped s CROSS JOIN best LEFT JOIN bm25 USING (id) LEFT JOIN near USING (id)
), candidates AS MATERIALIZED (
    -- What follows looks at these and their runs alone: a large scope costs no more than its two channels.
    (SELECT id, run FROM channels ORDER BY fused DESC, id LIMIT %(candidates)s)
    UNION SELECT id, run FROM channels WHERE graph > 0
{attended}
), surrounded AS MATERIALIZED (
    SELECT id, (coalesce(lag(fused) OVER turns, 0) + coalesce(lag(fused, 2) OVER turns, 0)
                + coalesce(lead(fused) OVER turns, 0) + coalesce(lead(fused, 2) OVER turns, 0)) / 4 AS neighbours,
           words | coalesce(lag(words) OVER turns, 0) | coalesce(lead(words) OVER turns, 0)
                 | coalesce(lag(words, 2) OVER turns, 0) | coalesce(lead(words, 2) OVER turns, 0) AS said,
           max(fused) OVER (PARTITION BY run) AS run_best
    -- DISTINCT, or a hash join would compare every row of a run with every candidate of it.
    FROM channels WHERE run IN (SELECT DISTINCT run FROM candidates) WINDOW turns AS (PARTITION BY run ORDER BY id)
), covered AS MATERIALIZED (
    SELECT said, sum(idf) FILTER (WHERE said & bit <> 0) / (SELECT sum(idf) FROM idf) AS coverage
    FROM (SELECT DISTINCT said FROM surrounded) d, bits GROUP BY said
), signals AS MATERIALIZED (
    SELECT c.id, c.importance, c.period, c.agent, c.graph, c.cosine, c.bm25, c.semantic, c.keyword, s.neighbours,
           coalesce(covered.coverage, 0) AS coverage,
           coalesce(s.run_best / nullif(max(s.run_best) OVER (), 0), 0) AS run{attention}
    FROM candidates JOIN channels c USING (id) JOIN surrounded s USING (id) LEFT JOIN covered USING (said){joined}
), weighed AS MATERIALIZED (
    SELECT *, {importance} AS importance_counts,
           greatest(0, %(w_semantic)s * semantic + %(w_bm25)s * keyword + %(w_neighbours)s * neighbours
                          + %(w_coverage)s * coverage + %(w_run)s * run + %(w_period)s * period
                          + %(w_agent)s * agent
                          + %(w_importance)s * {importance} + %(w_graph)s * graph{weighed}) AS weighed
    FROM signals{kept}
), scored AS (
    SELECT *, coalesce(best.strength / nullif(max(weighed) OVER (), 0), 0) AS scale FROM weighed CROSS JOIN best{once}
), top AS (
    SELECT *, round((scale * weighed)::numeric, 6)::float8 AS score FROM {shown}
    WHERE round((scale * weighed)::numeric, 6) >= %(threshold)s::numeric ORDER BY weighed DESC, id LIMIT %(top_k)s
), ranks AS (
    SELECT id, rank() OVER (ORDER BY cosine DESC) AS semantic_rank,
           rank() OVER (ORDER BY bm25 DESC NULLS LAST) AS bm25_rank FROM channels
)
SELECT stats.n AS scope_rows, stats.large, stats.starved, stats.not_indexed, hits.*
FROM stats LEFT JOIN (
    SELECT {columns}, top.weighed, top.score, top.scale, top.cosine, top.bm25, top.semantic, top.keyword,
           top.neighbours, top.coverage, top.run, top.period, top.agent, top.graph,
           top.importance_counts{attention_shown},
           ranks.semantic_rank, ranks.bm25_rank{sources}
    FROM top JOIN ranks USING (id)
    JOIN {rows} m ON m.project_id = %(project_id)s AND m.id = ANY(ARRAY(SELECT id FROM top)) AND m.id = top.id
) hits ON true
ORDER BY hits.weighed DESC, hits.id
"""
# Goes before the statement, in the same round trip. A plan made for any scope takes each step for a handful of rows and
# joins them row by row, which is quadratic in the size of a scope; every join here is better hashed.
HASH_JOINS: Final = "SELECT set_config('enable_nestloop', 'off', true)"
_UTC: Final = ZoneInfo("UTC")
_READ: Final = 4_000  # characters of a query; what goes on for longer is a text rather than a question
_WORDS: Final = 256  # of a query, in the order they stand in; a letter of a script without blanks counts as one
_DENSE: Final = re.compile(f"[{DENSE}]")
# A character alone of a script in which it may be a word. Words are kept as pairs of characters, so that it is looked
# for in the texts: a few of them, as each costs a look at every row.
_CHARACTER: Final = re.compile(rf"(?<![{DENSE}])[\u3400-\u9fff\uac00-\ud7a3](?![{DENSE}])")
_CHARACTERS: Final = 4
_CANDIDATES: Final = 1_000  # the largest top_k


def _moment(query: SearchQuery) -> datetime:
    """When a query is asked: its reference, the moment it asks about, or now."""
    return query.reference or query.selection.as_of or datetime.now(UTC)


def worded(text: str) -> str:
    """As much of a query as its words are looked for: each costs a look at every row."""
    kept: list[str] = []
    room = _WORDS
    # As Postgres will, which makes eighteen letters of one ligature.
    folded = unicodedata.normalize("NFKC", text[:_READ])
    for word in dict.fromkeys(folded[:_READ].split()):
        room -= max(1, len(_DENSE.findall(word)))
        if room < 0 and kept:
            break
        kept.append(word[:_WORDS] if room < 0 else word)
    return " ".join(kept)


def _asked_about(query: SearchQuery) -> TimestamptzMultirange:
    """The periods that the query names, read as of when it is asked."""
    found = asked_for(query.text[:_READ], _moment(query), _UTC)
    return TimestamptzMultirange([TimestamptzRange(period.start, period.end) for period in found])


def search_statement(
    tenant: Tenant, query: SearchQuery, *, most: int | None = None
) -> tuple[sql.Composable, dict[str, Any]]:
    """The statement that scores every row, and its parameters.

    With `most` it scores none where there are more, or where the entity that is searched is known to be large: its one
    row then has no id. Every row says how many there are (`scope_rows`) and whether the entity is (`large`).
    """
    where, params = compile_filter(query.selection.where)
    entity = large_entity(tenant, query.selection.where) if most and only_entities(query.selection.where) else None
    large = sql.SQL(LARGE).format(counted=message_index.SIZE if query.messages else sql.SQL("counted"))
    parts = _parts(query, where) | {"large": large if entity else sql.SQL("false")}
    head = sql.SQL(_EXACT).format(**parts)
    return _statement(head, query), params | _params(tenant, query) | entity_params(entity) | {"most": most}


def large_statement(tenant: Tenant, query: SearchQuery, entity: LargeEntity) -> tuple[sql.Composable, dict[str, Any]]:
    """The statement that scores what the indexes of a large scope find, and its parameters; rows as above."""
    where, params = compile_filter(query.selection.where)
    own = {"entity": sql.Identifier(entity.column), "by_distance": by_distance(query.vector)}
    head = found(_parts(query, where) | own, messages=query.messages)
    params |= _params(tenant, query) | entity_params(entity) | clock_params() | LIMITS
    return _statement(head, query), params


def _rows(query: SearchQuery) -> sql.Composable:
    return message_index.BOTH if query.messages else message_index.MEMORIES


def _parts(query: SearchQuery, where: sql.Composable) -> dict[str, sql.Composable]:
    nothing = sql.SQL("")
    rows = _rows(query)
    beside, more = (message_index.RUN, message_index.ROW) if query.messages else (nothing, nothing)
    return {
        "visible": visible(query.selection),
        "where": where,
        "rows": rows,
        "row": sql.SQL(_ROW).format(importance=IMPORTANCE, beside=beside, more=more),
        "background": sql.SQL(_BACKGROUND),
        "frequencies": sql.SQL(_FREQUENCIES).format(rows=rows),
    }


def _statement(head: sql.Composable, query: SearchQuery) -> sql.Composable:
    rows = _rows(query)
    tail = sql.SQL(_WEIGHED).format(
        columns=columns(query.selection.as_of),
        rows=rows,
        once=message_index.ONCE if query.messages else sql.SQL(""),
        shown=sql.SQL("once" if query.messages else "scored"),
        sources=message_index.SOURCES.format(spans=SPANS) if query.messages else sql.SQL(""),
        **gaps(query.attending, rows),
    )
    return sql.Composed([sql.SQL(_QUERY), head, tail])


def _params(tenant: Tenant, query: SearchQuery) -> dict[str, Any]:
    text = worded(query.text)
    return {
        "project_id": tenant.project_id,
        "as_of": query.selection.as_of,
        "text": text,
        "other_kana": other_kana(text) or None,
        "characters": list(dict.fromkeys(_CHARACTER.findall(text)))[:_CHARACTERS],
        "vector": None if query.vector is None else halves(query.vector),
        "periods": _asked_about(query),
        "k1": K1,
        "b": B,
        "w_semantic": query.weights.semantic,
        "w_bm25": query.weights.bm25,
        "w_neighbours": query.weights.neighbours,
        "w_coverage": query.weights.coverage,
        "w_run": query.weights.run,
        "w_period": query.weights.period,
        "w_agent": query.weights.agent,
        "w_importance": query.weights.importance,
        "w_graph": query.weights.graph,
        **(attending_params(query.attending, query.weights, _moment(query)) if query.attending else {}),
        "centre": query.fit.centre,
        "background": query.fit.background,
        "background_rows": BACKGROUND_ROWS,
        "spread": SPREAD,
        "fits_spreads": FITS_SPREADS,
        "fits": query.fit.fits,
        "fits_score": FITS_SCORE,
        "near_ids": [memory_id for memory_id, _ in query.near],
        "near": [nearness for _, nearness in query.near],
        "candidates": _CANDIDATES,
        "threshold": query.threshold,
        "top_k": query.top_k,
    }


def to_hit(row: DictRow, weights: Weights) -> SearchHit:
    """A row of the search statement, made with these weights."""
    scale = float(row["scale"])

    def signal(raw: float, value: float, weight: float, rank: int | None = None) -> SignalScore:
        return SignalScore(float(raw), scale * float(value), weight, rank)

    matched = row["bm25"] is not None
    return SearchHit(
        memory=to_memory(row),
        sources=to_sources(row["sources"]) if "sources" in row else None,
        score=min(1.0, float(row["score"])),
        signals={
            SEMANTIC: signal(row["cosine"] or 0, row["semantic"], weights.semantic, row["semantic_rank"]),
            BM25: signal(row["bm25"] or 0, row["keyword"], weights.bm25, row["bm25_rank"] if matched else None),
            NEIGHBOURS: signal(row["neighbours"], row["neighbours"], weights.neighbours),
            COVERAGE: signal(row["coverage"], row["coverage"], weights.coverage),
            RUN: signal(row["run"], row["run"], weights.run),
            PERIOD: signal(row["period"], row["period"], weights.period),
            AGENT: signal(row["agent"], row["agent"], weights.agent),
            IMPORTANCE_SIGNAL: signal(row["importance"], row["importance_counts"], weights.importance),
            **({GRAPH: signal(row["graph"], row["graph"], weights.graph)} if weights.graph else {}),
            **({ATTENTION: signal(row["share"], row["attention"], weights.attention)} if weights.attention else {}),
            **({RECENCY: signal(row["recency"], row["recency"], weights.recency)} if weights.recency else {}),
        },
    )
