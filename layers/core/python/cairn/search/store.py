"""What search asks of Postgres."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from cairn.kernel.tenancy import Tenant
from cairn.platform.database import Database
from cairn.platform.sql_files import named_statements
from cairn.search import context_inputs, large_scope_indexes
from cairn.search import large_scopes as large
from cairn.search.planner import EXACT_ROWS, SearchPlanner
from cairn.search.statement import to_hit
from cairn.search.types import ContextInputs, ContextNeeds, SearchQuery, SearchResult

_SQL: Final = named_statements(__name__)


class PostgresSearchStore:
    """Searches, what stands beside their hits, and how often each was found."""

    def __init__(self, database: Database, *, exact_rows: int = EXACT_ROWS) -> None:
        self._database = database
        self._planner = SearchPlanner(database, most=exact_rows)

    def search(self, tenant: Tenant, query: SearchQuery) -> SearchResult:
        """The best hits, in one round trip; the first search of a large scope makes a few, and remembers it."""
        rows, stats = self._planner.find(tenant, query)
        return SearchResult([to_hit(row, query.weights) for row in rows], stats)

    def count_hits(self, tenant: Tenant, counts: Mapping[UUID, int], at: datetime) -> None:
        """Adds to how often memories were found, the last time at `at`; those that are gone are passed over."""
        params = {
            "project_id": tenant.project_id,
            "memory_ids": list(counts),
            "counts": list(counts.values()),
            "at": at,
        }
        self._database.read(tenant, [(_SQL["hastily"], {}), (_SQL["count_accesses"], params)])

    def context_inputs(self, tenant: Tenant, wanted: ContextNeeds) -> ContextInputs:
        """What belongs into a context block beside the hits, in one round trip."""
        return context_inputs.gathered(*self._database.read(tenant, context_inputs.statements(tenant, wanted)))

    def index_large_scopes(self, settled: UUID, at_most: int) -> int:
        """Puts up to about `at_most` memories and turns of large scopes into the indexes, in all projects.

        Returns how many. `settled` is an id below which none can appear any more: every transaction that could make one
        has ended.
        """
        with self._database.session() as connection:
            scopes = connection.execute("SELECT * FROM cairn.all_large_scopes()").fetchall()
        indexed = 0
        for row in scopes:
            tenant, entity = Tenant(row["project_id"]), large.LargeEntity(row["entity"], row["name"])
            batch = 1
            while batch and indexed < at_most:
                with self._database.transaction(tenant) as connection:
                    batch = large_scope_indexes.index_batch(connection, tenant, entity, settled)
                indexed += batch
            with self._database.transaction(tenant) as connection:
                large_scope_indexes.count_words(connection, tenant, entity)
        return indexed
