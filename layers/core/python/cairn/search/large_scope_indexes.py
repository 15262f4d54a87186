"""Upkeep of the indexes of large scopes: which scopes are large, what is in the indexes, how often a word occurs."""

from typing import Any, Final
from uuid import UUID

from psycopg import sql
from psycopg.rows import DictRow

from cairn.filters import Filter
from cairn.kernel.tenancy import Tenant
from cairn.platform.database import Connection
from cairn.search.large_scopes import LargeEntity, entity_params, large_entity

_REGISTER: Final = """
INSERT INTO cairn.large_scopes (project_id, entity, name) VALUES (%(project_id)s, %(entity)s, %(name)s)
ON CONFLICT DO NOTHING
"""
# Only one upkeep at a time works on a scope.
_LOCK: Final = """
SELECT indexed_to, counted, turns_counted, added, sized_at <= now() - interval '1 hour' AS due FROM cairn.large_scopes
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s FOR UPDATE SKIP LOCKED
"""
_INDEX: Final = sql.SQL("""
UPDATE cairn.memories SET indexed = true
WHERE project_id = %(project_id)s AND id = ANY(ARRAY(
    SELECT m.id FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s
    AND m.id > %(indexed_to)s AND NOT m.indexed ORDER BY m.id LIMIT %(batch)s))
""")
_INDEX_TURNS: Final = sql.SQL("""
UPDATE cairn.turns SET indexed = true
WHERE project_id = %(project_id)s AND id = ANY(ARRAY(
    SELECT m.id FROM cairn.turns m WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s
    AND m.placed > %(indexed_to)s AND NOT m.indexed ORDER BY m.placed LIMIT %(batch)s))
""")
# Also back: a clock that was ahead has advanced it beyond rows that came later.
_ADVANCE: Final = """
UPDATE cairn.large_scopes SET indexed_to = %(settled)s
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s
"""
_ADD: Final = """
UPDATE cairn.large_scopes SET added = added + %(came)s
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s
"""
_SIZED: Final = """
UPDATE cairn.large_scopes SET sized_at = now()
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s
"""
_SIZE: Final = sql.SQL("""
SELECT (SELECT count(*) FROM cairn.memories m
        WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.indexed) AS rows,
       (SELECT count(*) FROM cairn.turns m
        WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.indexed) AS turns
""")
_FORGET_WORDS: Final = """
DELETE FROM cairn.large_scope_words
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s
"""
_COUNT_WORDS: Final = sql.SQL("""
INSERT INTO cairn.large_scope_words (project_id, entity, name, word, rows, turns)
SELECT %(project_id)s, %(entity)s, %(name)s, hashtextextended(word, 0), count(*) FILTER (WHERE NOT turn),
       count(*) FILTER (WHERE turn)
FROM (SELECT m.lexemes, false AS turn FROM cairn.memories m
      WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.indexed
      UNION ALL
      SELECT m.lexemes, true FROM cairn.turns m
      WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.indexed) r,
     unnest(tsvector_to_array(r.lexemes)) AS word
GROUP BY 4
""")
_COUNTED: Final = sql.SQL("""
UPDATE cairn.large_scopes SET added = 0, (counted, average_length) = (
    SELECT count(*), greatest(avg(m.lexeme_count), 1) FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.indexed),
    (turns_counted, turns_average_length) = (
    SELECT count(*), greatest(avg(m.lexeme_count), 1) FROM cairn.turns m
    WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s AND m.indexed)
WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s
""")
_FORGET: Final = sql.SQL("""
DELETE FROM cairn.large_scopes WHERE project_id = %(project_id)s AND entity = %(entity)s AND name = %(name)s
AND NOT EXISTS (SELECT FROM cairn.memories m WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s)
AND NOT EXISTS (SELECT FROM cairn.turns m WHERE m.project_id = %(project_id)s AND m.{entity} = %(name)s)
""")
_BATCH: Final = 500  # memories, and as many turns, put into the indexes by one transaction: about a second each
_GROWN: Final = 0.1  # words are counted again when a tenth has come or gone
_DOUBLED: Final = 1.0  # while the indexes fill: a word finds nothing before it is counted, and counting takes seconds


def register(connection: Connection, tenant: Tenant, entity: LargeEntity) -> None:
    """Notes that an entity is large; upkeep then fills the indexes."""
    connection.execute(_REGISTER, _of(tenant, entity))


def index_batch(connection: Connection, tenant: Tenant, entity: LargeEntity, settled: UUID) -> int:
    """Puts up to 500 memories and 500 turns into the indexes and returns how many of both.

    0 when all are in, or another upkeep is at it. `settled` is an id below which no row can appear any more.
    """
    params = _of(tenant, entity)
    scope = connection.execute(_LOCK, params).fetchone()
    if scope is None:
        return 0
    column, wanted = sql.Identifier(entity.column), {"indexed_to": min(scope["indexed_to"], settled), "batch": _BATCH}
    indexed = [connection.execute(s.format(entity=column), params | wanted).rowcount for s in (_INDEX, _INDEX_TURNS)]
    if max(indexed) < _BATCH:
        connection.execute(_ADVANCE, params | {"settled": settled})
    if any(indexed):
        connection.execute(_ADD, params | {"came": sum(indexed)})
        if _has_grown(scope, scope["added"] + sum(indexed), _DOUBLED):
            _count(connection, params, column)
    return sum(indexed)


def count_words(connection: Connection, tenant: Tenant, entity: LargeEntity) -> None:
    """Counts the words of an entity's rows again where a tenth came since; whether a tenth went is looked up hourly."""
    params, column = _of(tenant, entity), sql.Identifier(entity.column)
    scope = connection.execute(_LOCK, params).fetchone()
    if scope is None:
        return
    if _has_grown(scope, scope["added"], _GROWN) or (scope["due"] and _differs(connection, params, column, scope)):
        _count(connection, params, column)


def _has_grown(scope: DictRow, added: int, share: float) -> bool:
    return added > 0 and added >= (scope["counted"] + scope["turns_counted"]) * share


def _differs(connection: Connection, params: dict[str, Any], column: sql.Identifier, scope: DictRow) -> bool:
    """Reads the whole scope."""
    connection.execute(_SIZED, params)
    size = connection.execute(_SIZE.format(entity=column), params).fetchone()
    pairs = ((scope["counted"], size["rows"]), (scope["turns_counted"], size["turns"])) if size else ()
    return any(counted != rows and not abs(rows - counted) < counted * _GROWN for counted, rows in pairs)


def _count(connection: Connection, params: dict[str, Any], column: sql.Identifier) -> None:
    connection.execute("SELECT set_config('statement_timeout', '240s', true)")
    connection.execute(_FORGET_WORDS, params)
    connection.execute(_COUNT_WORDS.format(entity=column), params)
    connection.execute(_COUNTED.format(entity=column), params)
    connection.execute(_SIZED, params)


def forget(connection: Connection, tenant: Tenant, where: Filter) -> None:
    """Forgets that an entity was large, and its name with it, where nothing of it is left."""
    entity = large_entity(tenant, where)
    if entity:
        connection.execute(_FORGET.format(entity=sql.Identifier(entity.column)), _of(tenant, entity))


def _of(tenant: Tenant, entity: LargeEntity) -> dict[str, Any]:
    return {"project_id": tenant.project_id, **entity_params(entity)}
