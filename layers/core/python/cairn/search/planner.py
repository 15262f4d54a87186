"""Which path a search takes: every row of a small scope is scored, a large one is searched through its indexes.

The path is chosen by what was seen: the statement for small scopes stops where there are too many rows, and the one
for large scopes says when filters left its index too few. What was seen is remembered for a while by filter, so that
all but the first search of a process make one round trip. A wrong guess costs time, never a hit.
"""

import time
from collections import OrderedDict
from hashlib import sha256
from typing import Final, LiteralString

from cairn.kernel.tenancy import Tenant
from cairn.platform.database import Database, Rows, Statement
from cairn.search import large_scope_indexes
from cairn.search import large_scopes as large
from cairn.search.large_scopes import LargeEntity, large_entity
from cairn.search.statement import HASH_JOINS, large_statement, search_statement
from cairn.search.types import SearchPath, SearchQuery, SearchStats

EXACT_ROWS: Final = 8_000
"""Rows that are scored one by one; above it the indexes are faster."""
_REMEMBERED: Final = 1_000  # filters
_REMEMBERED_SECONDS: Final = 600


class SearchPlanner:
    """Searches, and remembers which way went well; `most` is the number of rows that are scored one by one."""

    def __init__(self, database: Database, *, most: int = EXACT_ROWS) -> None:
        self._database = database
        self._most = most
        self._paths: OrderedDict[bytes, tuple[SearchPath, float]] = OrderedDict()

    def find(self, tenant: Tenant, query: SearchQuery) -> tuple[Rows, SearchStats]:
        """The rows of the search statement, best first, and how they were found."""
        where = query.selection.where
        entity = large_entity(tenant, where)
        key = _key(tenant, query)
        path = SearchPath.EVERY_ROW if query.exact or entity is None else self._known(key)
        if entity is None or path is SearchPath.EVERY_ROW:
            return _found(SearchPath.EVERY_ROW, self._read(tenant, HASH_JOINS, search_statement(tenant, query)))
        if path is None:
            rows = self._read(tenant, HASH_JOINS, search_statement(tenant, query, most=self._most))
            if not rows[0]["large"] and rows[0]["scope_rows"] <= self._most:
                return _found(SearchPath.EVERY_ROW, rows)
            self._register(tenant, entity)
        rows = self._read(tenant, large.SETTINGS, large_statement(tenant, query, entity))
        if rows and not rows[0]["starved"]:
            self._remember(key, SearchPath.INDEXES)
            return _found(SearchPath.INDEXES, rows)
        self._remember(key, SearchPath.EVERY_ROW)
        return _found(SearchPath.EVERY_ROW, self._read(tenant, HASH_JOINS, search_statement(tenant, query)))

    def _read(self, tenant: Tenant, settings: LiteralString, statement: Statement) -> Rows:
        return self._database.read(tenant, [(settings, {}), statement], with_vectors=True)[1]

    def _register(self, tenant: Tenant, entity: LargeEntity) -> None:
        with self._database.transaction(tenant) as connection:
            large_scope_indexes.register(connection, tenant, entity)

    def _known(self, key: bytes) -> SearchPath | None:
        path, until = self._paths.get(key, (None, 0))
        return path if time.monotonic() < until else None

    def _remember(self, key: bytes, path: SearchPath) -> None:
        self._paths[key] = (path, time.monotonic() + _REMEMBERED_SECONDS)
        self._paths.move_to_end(key)
        if len(self._paths) > _REMEMBERED:
            self._paths.popitem(last=False)


def _key(tenant: Tenant, query: SearchQuery) -> bytes:
    """What the way was seen for. A filter may hold lists and objects, and be large, so it is its digest."""
    seen = (tenant.project_id, tenant.user_id, query.selection.where, query.messages)
    return sha256(repr(seen).encode()).digest()


def _found(path: SearchPath, rows: Rows) -> tuple[Rows, SearchStats]:
    """Every row tells of the scope too; without a hit the statement has one row, which tells of nothing else."""
    stats = SearchStats(path, int(rows[0]["scope_rows"]), rows[0]["not_indexed"])
    return [row for row in rows if row["id"] is not None], stats
