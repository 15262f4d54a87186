"""Upkeep of the indexes of large scopes: which scopes are large, what is in the indexes, how often a word occurs."""

from typing import Any, Final
from uuid import UUID

from psycopg import sql
from psycopg.rows import DictRow

from cairn.filters import Filter
from cairn.kernel.tenancy import Tenant
from cairn.platform.database import Connection
from cairn.platform.sql_files import named_statements
from cairn.search.large_scopes import LargeEntity, entity_params, large_entity

_SQL: Final = named_statements(__name__)
_BATCH: Final = 500  # memories, and as many turns, put into the indexes by one transaction: about a second each
_GROWN: Final = 0.1  # words are counted again when a tenth has come or gone
_DOUBLED: Final = 1.0  # while the indexes fill: a word finds nothing before it is counted, and counting takes seconds


def register(connection: Connection, tenant: Tenant, entity: LargeEntity) -> None:
    """Notes that an entity is large; upkeep then fills the indexes."""
    connection.execute(_SQL["register"], _of(tenant, entity))


def index_batch(connection: Connection, tenant: Tenant, entity: LargeEntity, settled: UUID) -> int:
    """Puts up to 500 memories and 500 turns into the indexes and returns how many of both.

    0 when all are in, or another upkeep is at it. `settled` is an id below which no row can appear any more.
    """
    params = _of(tenant, entity)
    scope = connection.execute(_SQL["lock"], params).fetchone()
    if scope is None:
        return 0
    column, wanted = sql.Identifier(entity.column), {"indexed_to": min(scope["indexed_to"], settled), "batch": _BATCH}
    indexed = [
        connection.execute(s.format(entity=column), params | wanted).rowcount
        for s in (_SQL["index"], _SQL["index_turns"])
    ]
    if max(indexed) < _BATCH:
        connection.execute(_SQL["advance"], params | {"settled": settled})
    if any(indexed):
        connection.execute(_SQL["add"], params | {"came": sum(indexed)})
        if _has_grown(scope, scope["added"] + sum(indexed), _DOUBLED):
            _count(connection, params, column)
    return sum(indexed)


def count_words(connection: Connection, tenant: Tenant, entity: LargeEntity) -> None:
    """Counts the words of an entity's rows again where a tenth came since; whether a tenth went is looked up hourly."""
    params, column = _of(tenant, entity), sql.Identifier(entity.column)
    scope = connection.execute(_SQL["lock"], params).fetchone()
    if scope is None:
        return
    if _has_grown(scope, scope["added"], _GROWN) or (scope["due"] and _differs(connection, params, column, scope)):
        _count(connection, params, column)


def _has_grown(scope: DictRow, added: int, share: float) -> bool:
    return added > 0 and added >= (scope["counted"] + scope["turns_counted"]) * share


def _differs(connection: Connection, params: dict[str, Any], column: sql.Identifier, scope: DictRow) -> bool:
    """Reads the whole scope."""
    connection.execute(_SQL["sized"], params)
    size = connection.execute(_SQL["size"].format(entity=column), params).fetchone()
    pairs = ((scope["counted"], size["rows"]), (scope["turns_counted"], size["turns"])) if size else ()
    return any(counted != rows and not abs(rows - counted) < counted * _GROWN for counted, rows in pairs)


def _count(connection: Connection, params: dict[str, Any], column: sql.Identifier) -> None:
    connection.execute("SELECT set_config('statement_timeout', '240s', true)")
    connection.execute(_SQL["forget_words"], params)
    connection.execute(_SQL["count_words"].format(entity=column), params)
    connection.execute(_SQL["counted"].format(entity=column), params)
    connection.execute(_SQL["sized"], params)


def forget(connection: Connection, tenant: Tenant, where: Filter) -> None:
    """Forgets that an entity was large, and its name with it, where nothing of it is left."""
    entity = large_entity(tenant, where)
    if entity:
        connection.execute(_SQL["forget"].format(entity=sql.Identifier(entity.column)), _of(tenant, entity))


def _of(tenant: Tenant, entity: LargeEntity) -> dict[str, Any]:
    return {"project_id": tenant.project_id, **entity_params(entity)}
