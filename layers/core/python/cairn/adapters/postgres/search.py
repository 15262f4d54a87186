"""The search statement: filters first, then cosine and BM25 over what is left, fused, in one round trip."""

from typing import Any, Final

from psycopg import sql
from psycopg.rows import DictRow

from cairn.adapters.postgres.rows import MEMORY_COLUMNS, to_memory, vector_text
from cairn.filters import compile_filter
from cairn.models import ChannelScore, SearchHit, Tenant
from cairn.ranking import BM25, K1, SEMANTIC, B
from cairn.selection import SearchQuery, Selection

# `scoped` is materialized so that the scope's index is used and every row of the scope is scored exactly.
_SEARCH: Final = """
WITH query AS MATERIALIZED (
    SELECT tsvector_to_array(to_tsvector('english', %(text)s::text)) AS terms,
           replace(plainto_tsquery('english', %(text)s::text)::text, '&', '|')::tsquery AS any_term
), scoped AS MATERIALIZED (
    SELECT m.id, m.lexemes, m.lexeme_count, (1 - (m.embedding <=> %(vector)s::halfvec))::float8 AS cosine
    FROM cairn.memories m WHERE m.project_id = %(project_id)s AND {visible} AND {where}
), stats AS (
    SELECT count(*)::float8 AS n, greatest(avg(lexeme_count), 1)::float8 AS average_length,
           greatest(max(cosine), 0) AS best_cosine FROM scoped
), term_frequencies AS MATERIALIZED (
    SELECT s.id, l.lexeme, cardinality(l.positions)::float8 AS tf,
           %(k1)s * (1 - %(b)s + %(b)s * s.lexeme_count / stats.average_length) AS saturation
    FROM scoped s, query, stats, unnest(s.lexemes) l
    WHERE s.lexemes @@ query.any_term AND l.lexeme = ANY(query.terms)
), idf AS (
    SELECT t.lexeme, ln(1 + (stats.n - coalesce(d.df, 0) + 0.5) / (coalesce(d.df, 0) + 0.5)) AS idf
    FROM query, stats, unnest(query.terms) AS t (lexeme)
    LEFT JOIN (SELECT lexeme, count(*)::float8 AS df FROM term_frequencies GROUP BY 1) d USING (lexeme)
), bm25 AS (
    SELECT id, sum(idf * tf * (%(k1)s + 1) / (tf + saturation)) AS bm25
    FROM term_frequencies JOIN idf USING (lexeme) GROUP BY 1
), best AS (
    -- A channel that matched nothing has no say: its weight goes to the other.
    SELECT best_cosine, best_bm25, %(semantic_weight)s / (%(semantic_weight)s + matched.weight) AS semantic_weight,
           matched.weight / (%(semantic_weight)s + matched.weight) AS bm25_weight,
           least(1, greatest(best_cosine, coalesce(best_bm25 / nullif(attainable, 0), 0))) AS strength
    FROM stats, (SELECT max(bm25) AS best_bm25 FROM bm25) b,
         LATERAL (SELECT CASE WHEN best_bm25 IS NULL THEN 0 ELSE %(bm25_weight)s END AS weight) matched,
         (SELECT sum(idf) * (%(k1)s + 1) AS attainable FROM idf) a
), scored AS (
    SELECT s.id, s.cosine, bm25.bm25, best.strength, best.semantic_weight, best.bm25_weight,
           coalesce(greatest(s.cosine, 0) / nullif(best.best_cosine, 0), 0) AS semantic_share,
           coalesce(bm25.bm25 / nullif(best.best_bm25, 0), 0) AS bm25_share
    FROM scoped s CROSS JOIN best LEFT JOIN bm25 USING (id)
), ranked AS (
    SELECT *, strength * (semantic_weight * semantic_share + bm25_weight * bm25_share) AS score,
           rank() OVER (ORDER BY cosine DESC) AS semantic_rank,
           rank() OVER (ORDER BY bm25 DESC NULLS LAST) AS bm25_rank
    FROM scored
), top AS (
    SELECT * FROM ranked WHERE score >= %(threshold)s ORDER BY score DESC, id LIMIT %(top_k)s
)
SELECT {columns}, top.score, top.cosine, top.bm25, top.strength, top.semantic_share, top.bm25_share,
       top.semantic_weight, top.bm25_weight, top.semantic_rank, top.bm25_rank
FROM top JOIN cairn.memories m ON m.project_id = %(project_id)s AND m.id = top.id
ORDER BY top.score DESC, top.id
"""


def visible(selection: Selection) -> sql.Composable:
    """The condition that hides expired and superseded memories."""
    latest = sql.SQL("m.invalid_at IS NULL") if selection.latest_only else sql.SQL("TRUE")
    if selection.show_expired:
        return latest
    return sql.SQL("{} AND (m.expires_on IS NULL OR m.expires_on >= (now() AT TIME ZONE 'UTC')::date)").format(latest)


def search_statement(tenant: Tenant, query: SearchQuery) -> tuple[sql.Composable, dict[str, Any]]:
    """The statement and its parameters."""
    where, params = compile_filter(query.selection.where)
    statement = sql.SQL(_SEARCH).format(visible=visible(query.selection), where=where, columns=MEMORY_COLUMNS)
    return statement, params | {
        "project_id": tenant.project_id,
        "text": query.text,
        "vector": vector_text(query.vector),
        "k1": K1,
        "b": B,
        "semantic_weight": query.weights.semantic,
        "bm25_weight": query.weights.bm25,
        "threshold": query.threshold,
        "top_k": query.top_k,
    }


def to_hit(row: DictRow) -> SearchHit:
    """A row of the search statement."""
    strength = float(row["strength"])
    matched = row["bm25"] is not None
    return SearchHit(
        memory=to_memory(row),
        score=min(1.0, float(row["score"])),
        channels={
            SEMANTIC: ChannelScore(
                raw=float(row["cosine"]),
                normalised=strength * float(row["semantic_share"]),
                weight=float(row["semantic_weight"]),
                rank=row["semantic_rank"],
            ),
            BM25: ChannelScore(
                raw=float(row["bm25"] or 0),
                normalised=strength * float(row["bm25_share"]),
                weight=float(row["bm25_weight"]),
                rank=row["bm25_rank"] if matched else None,
            ),
        },
    )
