"""The service behind functions/graph_sync."""

from cairn.bootstrap import adapters
from cairn.graph.ports import GraphStore
from cairn.graph.rows import PostgresGraphRows
from cairn.graph.sqs import GraphSyncService
from cairn.graph.sync import GraphSync
from cairn.kernel.settings import GraphSyncSettings
from cairn.platform.database import Database


def graph_sync(
    settings: GraphSyncSettings, *, database: Database | None = None, graph: GraphStore | None = None
) -> GraphSyncService:
    """The service behind functions/graph_sync; `graph` is a seam for tests."""
    rows = PostgresGraphRows(database or adapters.database(settings))
    return GraphSyncService(
        sync=GraphSync(rows, (lambda: graph) if graph else adapters.graph(settings)),
        rows=rows,
        queue=adapters.graph_queue(settings.graph_queue_url),
        max_receives=settings.max_receives,
    )
