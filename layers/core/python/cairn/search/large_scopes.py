"""Scopes too large to be scored row by row: found through indexes, which upkeep fills.

Vectors are in an HNSW index (Malkov and Yashunin, 2016), words in an inverted one, both over rows of large scopes
alone. A search reads the nearest rows, those of the newest long texts with a passage near by, the rows with the
query's rarest words, what stands beside each of these, and every row that is not in the indexes yet; the same signals
then weigh them. Upkeep counts how often a word occurs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from psycopg import sql

from cairn.filters import Filter
from cairn.filters.tree import ENTITY_COLUMNS, And, StringIn
from cairn.kernel.ids import first_id
from cairn.kernel.settings import SETTLED_SECONDS
from cairn.kernel.tenancy import Tenant
from cairn.memories import message_index
from cairn.models_ai.embed.port import Vector

LIMITS: Final = {
    "nearest": 200,  # rows taken for their vectors
    "long": 1_000,  # rows of long texts, the newest, looked at for the vectors of their passages
    "worded": 200,  # rows taken for their words
    "postings": 3_000,  # rows looked at for their words: those of the rarest words that are no more together
}
INDEXED_WIDTH: Final = 4_000
"""Numbers of the widest embedding that an index takes; wider ones are compared one by one."""
# hnsw.ef_search is how many rows one pass of the index gives; relaxed_order lets another follow where filters leave too
# few. A plan made for any scope takes each for small and would sort its rows; without a sort, there is the index.
SETTINGS: Final = """
SELECT set_config('enable_nestloop', 'off', true), set_config('enable_sort', 'off', true),
       set_config('hnsw.ef_search', '200', true), set_config('hnsw.iterative_scan', 'relaxed_order', true)
"""
LARGE: Final = """
EXISTS (SELECT FROM cairn.large_scopes
        WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s
        AND {counted} > %(most)s::bigint)"""
_FOUND: Final = """
, big AS MATERIALIZED (
    -- A clock that was ahead took rows for indexed that were yet to come.
    SELECT CASE WHEN indexed_to > %(latest)s THEN %(settled)s ELSE indexed_to END AS indexed_to, {counted}
    FROM cairn.large_scopes
    WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s
), counts AS MATERIALIZED (
    SELECT t.lexeme, coalesce(w.rows, 0) AS rows, ln(1 + (counted - coalesce(w.rows, 0) + 0.5)
                                                       / (coalesce(w.rows, 0) + 0.5)) AS idf
    FROM big, query, unnest(query.terms) AS t (lexeme) LEFT JOIN (
        SELECT word, {rows_with} AS rows FROM cairn.large_scope_words
        WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s
        AND word = ANY(ARRAY(SELECT hashtextextended(l, 0) FROM query, unnest(terms) l))) w
    ON w.word = hashtextextended(t.lexeme, 0)
), rare AS MATERIALIZED (
    SELECT lexeme, idf FROM (
        SELECT lexeme, idf, sum(rows) OVER (ORDER BY rows, lexeme) AS together FROM counts WHERE rows > 0) c
    WHERE together <= %(postings)s
), nearest AS MATERIALIZED (
    SELECT m.id FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.indexed AND {visible} AND {where}
    ORDER BY {by_distance} LIMIT %(nearest)s
), long AS MATERIALIZED (
    SELECT id FROM (
        SELECT m.id, m.passages FROM cairn.memories m
        WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.passages IS NOT NULL AND m.indexed
        AND {visible} AND {where} ORDER BY m.id DESC LIMIT %(long)s) l
    ORDER BY (SELECT min(p <=> %(vector)s::halfvec) FROM unnest(passages) AS p) LIMIT %(nearest)s
), found AS MATERIALIZED (
    SELECT id FROM nearest
    UNION SELECT id FROM long
    UNION SELECT id FROM near
    UNION SELECT memory_id FROM cairn.rows_with_words(
        %(entity)s, %(name)s, ARRAY(SELECT lexeme FROM rare ORDER BY lexeme),
        ARRAY(SELECT idf FROM rare ORDER BY lexeme), %(worded)s)
), beside AS MATERIALIZED (
    SELECT id FROM found
    UNION SELECT o.id FROM found CROSS JOIN LATERAL (
        (SELECT m.id FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s
         AND m.id < found.id ORDER BY m.id DESC LIMIT 2)
        UNION ALL
        (SELECT m.id FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s
         AND m.id > found.id ORDER BY m.id LIMIT 2)) o{turns_found}
), scoped AS MATERIALIZED (
    SELECT {row}, false AS fresh FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.id = ANY(ARRAY(SELECT id FROM beside)) AND m.indexed
    AND {visible} AND {where}
    UNION ALL
    SELECT {row}, true AS fresh FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.id > (SELECT indexed_to FROM big)
    AND NOT m.indexed AND {visible} AND {where}{turns_scoped}
), stats AS MATERIALIZED (
    SELECT counted + count(*) FILTER (WHERE fresh) AS n, count(*) FILTER (WHERE fresh) AS not_indexed,
           CASE WHEN counted > 0 THEN average_length ELSE greatest(avg(lexeme_count), 1)::float8 END AS average_length,
           greatest(max(cosine), 0) AS best_cosine, min(cosine) AS worst_cosine,
           {background},
           {starved} AS starved, true AS large
    FROM big LEFT JOIN scoped ON true GROUP BY {grouped}
{frequencies}
), idf AS MATERIALIZED (
    SELECT lexeme, df, ln(1 + (n - df + 0.5) / (df + 0.5)) AS idf FROM (
        SELECT c.lexeme, stats.n, c.rows + coalesce(d.fresh, 0)::float8 AS df
        FROM stats, counts c LEFT JOIN (
            SELECT lexeme, count(*) AS fresh FROM term_frequencies JOIN scoped USING (id) WHERE fresh GROUP BY 1) d
        USING (lexeme)) t
    WHERE df > 0 OR lexeme = ANY(ARRAY(SELECT unnest(asked) FROM query))"""
_MEMORIES_ALONE: Final = {
    "counted": sql.SQL("counted, average_length"),
    "rows_with": sql.SQL("rows"),
    "starved": sql.SQL("counted >= %(nearest)s AND (SELECT count(*) FROM nearest) < %(nearest)s"),
    "grouped": sql.SQL("counted, average_length"),
    "turns_found": sql.SQL(""),
    "turns_scoped": sql.SQL(""),
}


@dataclass(frozen=True, slots=True)
class LargeEntity:
    """The user, agent, app or run whose memories are searched, by its column and name."""

    column: str
    name: str


def large_entity(tenant: Tenant, where: Filter) -> LargeEntity | None:
    """The one entity that every row a filter lets through belongs to; a pinned key's is its user. None without one."""
    if tenant.user_id is not None:
        return LargeEntity("user_id", tenant.user_id)
    match where:
        case StringIn(column, (name,)) if column in ENTITY_COLUMNS:
            return LargeEntity(column, name)
        case And(parts):
            return next((found for part in parts if (found := large_entity(tenant, part))), None)
        case _:
            return None


def clock_params() -> dict[str, UUID]:
    """The next id, about, and one below which every row is committed."""
    at = datetime.now(UTC)
    return {"latest": first_id(at + timedelta(seconds=1)), "settled": first_id(at - timedelta(seconds=SETTLED_SECONDS))}


def entity_params(entity: LargeEntity | None) -> dict[str, str | None]:
    """The entity as parameters; without one they match nothing."""
    return {"entity": entity.column if entity else None, "name": entity.name if entity else None}


def found(parts: Mapping[str, sql.Composable], *, messages: bool) -> sql.Composable:
    """The beginning of the search statement, with what the indexes of a large scope find; `parts` as for every row."""
    return sql.SQL(_FOUND).format(**parts, **(message_index.found(parts) if messages else _MEMORIES_ALONE))


def by_distance(vector: Vector | None) -> sql.Composable:
    """How far a row's embedding is from the query's, as the index over embeddings of its width has it."""
    if vector is None:
        return sql.SQL("m.id DESC")  # as good as any
    if len(vector) > INDEXED_WIDTH:
        return sql.SQL("m.embedding <=> %(vector)s::halfvec")
    return sql.SQL("m.embedding::halfvec({0}) <=> %(vector)s::halfvec({0})").format(sql.Literal(len(vector)))
