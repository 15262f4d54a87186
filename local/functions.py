"""The Lambda functions and their limits, as they are deployed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    """One Lambda function."""

    name: str
    timeout_seconds: float
    memory_mb: int = 1024
    single: bool = False
    """Never more than one at a time, whatever the concurrency."""


MIGRATE = Function("migrate", 300)
MAINTAIN = Function("maintain", 300, single=True)
AUTHORIZE = Function("authorize", 10)
ADD_MEMORY = Function("add_memory", 30)
SEARCH = Function("search", 30)
CONSOLIDATE = Function("consolidate", 240)
"""Below the queue's visibility timeout; a model on the same laptop may need minutes."""

GRAPH_SYNC = Function("graph_sync", 240)
INGEST = Function("ingest", 120, single=True)
"""One of it is enough on a laptop, and each has the embedding model in its memory."""

SERVING = (AUTHORIZE, ADD_MEMORY, SEARCH, CONSOLIDATE, INGEST, MAINTAIN)
"""The functions that keep worker processes while the service runs; with a graph, GRAPH_SYNC does too."""
