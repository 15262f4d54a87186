"""The API with a graph behind it: what is written is projected when a test says so."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg

from cairn.graph.outbox import NEVER
from cairn.graph.rows import PostgresGraphRows
from cairn.graph.sync import GraphSync
from cairn.kernel.tenancy import Tenant
from cairn.platform.database import Database
from tests.conftest import TestDatabase
from tests.graph_servers import Address
from tests.integration.api import Answer, Api, Provided
from tests.integration.conftest import Settings
from tests.integration.graphing import connect


@dataclass
class GraphApi:
    """The API, and whoever carries its writes into the graph."""

    api: Api
    rows: PostgresGraphRows
    sync: GraphSync
    database: TestDatabase

    def tell(self, *texts: str, **fields: Any) -> list[str]:
        """Adds these as they are, and projects them; their ids."""
        ids = [result["id"] for result in self.api.add(*texts, **fields)["results"]]
        self.settle()
        return ids

    def settle(self, project_id: str | None = None) -> None:
        tenant = Tenant(UUID(project_id or self.api.project_id))
        while changes := self.rows.take(tenant, 1000, timedelta(), NEVER):
            for change in changes:
                self.sync(tenant, change.scope, change.memory_ids)

    def close(self, old: str, new: str | None, at: str = "2026-03-01") -> None:
        """Closes a memory in favour of another, as consolidation does."""
        with psycopg.connect(self.database.owner_url) as owner:
            owner.execute(
                "UPDATE cairn.memories SET invalid_at = %s, superseded_by = %s, version = version + 1 WHERE id = %s",
                [at, new, old],
            )

    def ask(self, what: str, key: str | None = None, **fields: Any) -> Answer:
        body = {"user_id": "ada"} | fields
        return self.api.request("POST", f"/v1/graph/{what}/", body, key=key)

    def found(self, what: str, **fields: Any) -> Any:
        answer = self.ask(what, **fields)
        assert answer.status == 200, answer
        return answer.body


def with_graph(settings: Settings, address: Address, **more: Any) -> None:
    """Sets the graph up for the functions that speak HTTP."""
    own = {**address.settings(), **more}
    settings.add_memory = settings.add_memory.model_copy(update=own)
    settings.search = settings.search.model_copy(update=own | {"graph_search_timeout_seconds": 20.0})


@contextmanager
def closed_afterwards() -> Iterator[None]:
    """Closes the connections to the graph that the services of a test have opened."""
    yield
    for provided in Provided._made:
        close_graph(provided._service)


def close_graph(service: Any) -> None:
    for connect_once in (
        getattr(getattr(getattr(service, "search", None), "_near", None), "_graph", None),
        getattr(getattr(service, "graph", None), "_graph", None),
        getattr(getattr(service, "rebuild_graph", None), "_graph", None),
    ):
        if connect_once is not None and connect_once.cache_info().currsize:
            connect_once().close()


def graph_api(api: Api, database: TestDatabase, connection: Database, address: Address) -> Iterator[GraphApi]:
    rows = PostgresGraphRows(connection)
    with closing(connect(address)) as store, closed_afterwards():
        yield GraphApi(api, rows, GraphSync(rows, lambda: store), database)
