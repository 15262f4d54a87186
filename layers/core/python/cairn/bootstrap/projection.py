"""The service behind functions/graph_sync."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cairn import parts
from cairn.adapters.postgres.graph import PostgresGraphRows
from cairn.db import Database
from cairn.graph_ports import GraphStore
from cairn.retries import POLICY, RetryPolicy
from cairn.settings import GraphSyncSettings
from cairn.usecases.graph_sync import GraphSync

if TYPE_CHECKING:
    from cairn.adapters.sqs import SqsGraphQueue


@dataclass(frozen=True, slots=True)
class GraphSyncService:
    """The consumer of the graph's queue: the use case, and what its failures are handled with."""

    sync: GraphSync
    rows: PostgresGraphRows
    queue: "SqsGraphQueue"
    max_receives: int
    policy: RetryPolicy = POLICY


def graph_sync(
    settings: GraphSyncSettings, *, database: Database | None = None, graph: GraphStore | None = None
) -> GraphSyncService:
    """The service behind functions/graph_sync; `graph` is a seam for tests."""
    rows = PostgresGraphRows(database or parts.database(settings))
    return GraphSyncService(
        sync=GraphSync(rows, (lambda: graph) if graph else parts.graph(settings)),
        rows=rows,
        queue=parts.graph_queue(settings.graph_queue_url),
        max_receives=settings.max_receives,
    )
