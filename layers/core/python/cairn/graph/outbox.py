"""Telling the graph's queue what changed, after the commit that changed it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from cairn.graph.ports import GraphQueue
from cairn.graph.rows import PostgresGraphRows
from cairn.graph.types import GraphChange
from cairn.kernel.errors import QueueUnavailable, Unavailable
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Tenant

_OTHERS: Final = 20  # rows of others that one request sends beside its own; the sweep sends the rest
_SWEPT: Final = 20_000  # rows that one run of upkeep sends, of one project
NEVER: Final = timedelta(days=36_500)


class TellGraph:
    """Sends what no message was sent for. Without a queue there is no graph, and the outbox keeps what it would see."""

    def __init__(self, rows: PostgresGraphRows, queue: GraphQueue | None) -> None:
        self._rows = rows
        self._queue = queue

    @property
    def has_graph(self) -> bool:
        """Whether there is anybody to tell."""
        return self._queue is not None

    def __call__(self, tenant: Tenant, own: int) -> int:
        """Sends the `own` newest changes of the tenant, and a few more; returns how many memories.

        What is not taken now, the sweep sends.

        It comes after the commit: its own failure must not make a write that was done look as if it was not.
        """
        if self._queue is None:
            return 0
        try:
            changes = self._rows.take(tenant, own + _OTHERS, timedelta(), NEVER, newest=True)
            return self._send(tenant, self._queue, changes)
        except Unavailable:
            logger.warning("the graph is not told, the sweep will do it", action="graph.not_told")
            return 0

    def everything(self, tenant: Tenant, unsent_after: timedelta, unfinished_after: timedelta) -> int:
        """Sends what waits for longer, within bounds; returns how many memories; raises QueueUnavailable."""
        if self._queue is None:
            return 0
        # In one claim: of several, each would find again what the one before has sent.
        return self._send(tenant, self._queue, self._rows.take(tenant, _SWEPT, unsent_after, unfinished_after))

    def _send(self, tenant: Tenant, queue: GraphQueue, changes: Sequence[GraphChange]) -> int:
        if not changes:
            return 0
        try:
            queue.send(changes)
        except QueueUnavailable:
            self._rows.release(tenant, changes)
            raise
        return sum(len(change.memory_ids) for change in changes)
