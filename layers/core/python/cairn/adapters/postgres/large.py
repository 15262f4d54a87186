"""Scopes too large to be scored row by row: found through indexes, which upkeep fills.

Vectors are in an HNSW index (Malkov and Yashunin, 2016), words in an inverted one, both over rows of large scopes
alone. A search reads the nearest rows, the rows with the query's rarest words, what stands beside each of these, and
every row that is not in the indexes yet; the same signals then weigh them. Upkeep counts how often a word occurs.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import sql

from cairn.db import Connection
from cairn.filters import Filter
from cairn.filters.tree import ENTITY_COLUMNS, And, StringIn
from cairn.models import Tenant

LIMITS: Final = {
    "nearest": 200,  # rows taken for their vectors
    "worded": 200,  # rows taken for their words
    "postings": 3_000,  # rows looked at for their words: those of the rarest words that are no more together
}
# hnsw.ef_search is how many rows one pass of the index gives; relaxed_order lets another follow where filters leave too
# few. A plan made for any scope takes each for small and would sort its rows; without a sort, there is the index.
SETTINGS: Final = """
SELECT set_config('enable_nestloop', 'off', true), set_config('enable_sort', 'off', true),
       set_config('hnsw.ef_search', '200', true), set_config('hnsw.iterative_scan', 'relaxed_order', true)
"""
LARGE: Final = """
EXISTS (SELECT FROM cairn.large_scopes
        WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s)"""
FOUND: Final = """
, big AS MATERIALIZED (
    SELECT indexed_to, counted, average_length FROM cairn.large_scopes
    WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s
), counts AS MATERIALIZED (
    SELECT t.lexeme, coalesce(w.rows, 0) AS rows, ln(1 + (counted - coalesce(w.rows, 0) + 0.5)
                                                       / (coalesce(w.rows, 0) + 0.5)) AS idf
    FROM big, query, unnest(query.terms) AS t (lexeme) LEFT JOIN (
        SELECT word, rows FROM cairn.large_scope_words
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
    ORDER BY m.embedding <=> %(vector)s::halfvec LIMIT %(nearest)s
), found AS MATERIALIZED (
    SELECT id FROM nearest
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
         AND m.id > found.id ORDER BY m.id LIMIT 2)) o
), scoped AS MATERIALIZED (
    SELECT {row}, false AS fresh FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.id = ANY(ARRAY(SELECT id FROM beside)) AND m.indexed
    AND {visible} AND {where}
    UNION ALL
    SELECT {row}, true AS fresh FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.id > (SELECT indexed_to FROM big)
    AND NOT m.indexed AND {visible} AND {where}
), stats AS MATERIALIZED (
    SELECT counted + count(*) FILTER (WHERE fresh) AS n, count(*) FILTER (WHERE fresh) AS not_indexed,
           CASE WHEN counted > 0 THEN average_length ELSE greatest(avg(lexeme_count), 1)::float8 END AS average_length,
           greatest(max(cosine), 0) AS best_cosine, min(cosine) AS worst_cosine,
           counted >= %(nearest)s AND (SELECT count(*) FROM nearest) < %(nearest)s AS starved, true AS large
    FROM big LEFT JOIN scoped ON true GROUP BY counted, average_length
{frequencies}
), idf AS MATERIALIZED (
    SELECT lexeme, df, ln(1 + (n - df + 0.5) / (df + 0.5)) AS idf FROM (
        SELECT c.lexeme, stats.n, c.rows + coalesce(d.fresh, 0)::float8 AS df
        FROM stats, counts c LEFT JOIN (
            SELECT lexeme, count(*) AS fresh FROM term_frequencies JOIN scoped USING (id) WHERE fresh GROUP BY 1) d
        USING (lexeme)) t"""

_REGISTER: Final = """
INSERT INTO cairn.large_scopes (project_id, entity, name) VALUES (%(project_id)s, %(entity)s, %(name)s)
ON CONFLICT DO NOTHING
"""
# Only one upkeep at a time works on a scope.
_LOCK: Final = """
SELECT indexed_to, counted FROM cairn.large_scopes
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s FOR UPDATE SKIP LOCKED
"""
_INDEX: Final = sql.SQL("""
UPDATE cairn.memories SET indexed = true
WHERE project_id = %(project_id)s AND id = ANY(ARRAY(
    SELECT m.id FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s
    AND m.id > %(indexed_to)s AND NOT m.indexed ORDER BY m.id LIMIT %(batch)s))
""")
_ADVANCE: Final = """
UPDATE cairn.large_scopes SET indexed_to = greatest(indexed_to, %(settled)s)
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s
"""
_SIZE: Final = sql.SQL("""
SELECT count(*) AS rows FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.indexed
""")
_FORGET_WORDS: Final = """
DELETE FROM cairn.large_scope_words
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s
"""
_COUNT_WORDS: Final = sql.SQL("""
INSERT INTO cairn.large_scope_words (project_id, entity, name, word, rows)
SELECT %(project_id)s, %(entity)s, %(name)s, hashtextextended(word, 0), count(*)
FROM cairn.memories m, unnest(tsvector_to_array(m.lexemes)) AS word
WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.indexed GROUP BY 4
""")
_COUNTED: Final = sql.SQL("""
UPDATE cairn.large_scopes SET (counted, average_length) = (
    SELECT count(*), greatest(avg(m.lexeme_count), 1) FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.indexed)
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s
""")
_FORGET: Final = sql.SQL("""
DELETE FROM cairn.large_scopes WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s
AND NOT EXISTS (SELECT FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s)
""")
_BATCH: Final = 500  # rows put into the indexes by one transaction: about a second
_GROWN: Final = 1.1  # words are counted again when a tenth has come or gone
_DOUBLED: Final = 2.0  # while the indexes fill: a word finds nothing before it is counted, and counting takes seconds


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


def entity_params(entity: LargeEntity | None) -> dict[str, str | None]:
    """The entity as parameters; without one they match nothing."""
    return {"entity": entity.column if entity else None, "name": entity.name if entity else None}


def register(connection: Connection, tenant: Tenant, entity: LargeEntity) -> None:
    """Notes that an entity is large; upkeep then fills the indexes."""
    connection.execute(_REGISTER, _of(tenant, entity))


def index_batch(connection: Connection, tenant: Tenant, entity: LargeEntity, settled: UUID) -> int:
    """Puts up to 500 rows into the indexes and returns how many; 0 when all are in, or another upkeep is at it.

    `settled` is an id below which no row can appear any more.
    """
    params = _of(tenant, entity)
    scope = connection.execute(_LOCK, params).fetchone()
    if scope is None:
        return 0
    index = _INDEX.format(entity=sql.Identifier(entity.column))
    indexed = connection.execute(index, params | {"indexed_to": scope["indexed_to"], "batch": _BATCH}).rowcount
    if indexed < _BATCH:
        connection.execute(_ADVANCE, params | {"settled": settled})
    count_words(connection, tenant, entity, grown=_DOUBLED)
    return indexed


def count_words(connection: Connection, tenant: Tenant, entity: LargeEntity, grown: float = _GROWN) -> None:
    """Counts the words of an entity's rows again where there are so many times more or fewer than were counted."""
    params, column = _of(tenant, entity), sql.Identifier(entity.column)
    scope = connection.execute(_LOCK, params).fetchone()
    size = connection.execute(_SIZE.format(entity=column), params).fetchone()
    if scope is None or size is None:
        return
    if not scope["counted"] / grown < size["rows"] < scope["counted"] * grown:
        connection.execute("SELECT set_config('statement_timeout', '240s', true)")
        connection.execute(_FORGET_WORDS, params)
        connection.execute(_COUNT_WORDS.format(entity=column), params)
        connection.execute(_COUNTED.format(entity=column), params)


def forget(connection: Connection, tenant: Tenant, where: Filter) -> None:
    """Forgets that an entity was large, and its name with it, where nothing of it is left."""
    entity = large_entity(tenant, where)
    if entity:
        connection.execute(_FORGET.format(entity=sql.Identifier(entity.column)), _of(tenant, entity))


def _of(tenant: Tenant, entity: LargeEntity) -> dict[str, Any]:
    return {"project_id": tenant.project_id, **entity_params(entity)}
