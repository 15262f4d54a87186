"""Erasing memories, and scopes: at once where that is quick, else within minutes, by the queue."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Final
from uuid import UUID

from cairn.erasure.store import PostgresErasures
from cairn.erasure.types import Erasing, Erasure
from cairn.events.ports import Queue
from cairn.events.store import PostgresEventStore
from cairn.events.types import QueuedEvent
from cairn.kernel.errors import InvalidRequest, Unavailable
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Scope, Tenant
from cairn.memories.types import Receipt

_IN_A_REQUEST: Final = 10.0  # seconds; API Gateway gives up after 30, and a step may take some of them
_FOR_A_MESSAGE: Final = 20.0  # seconds; other scopes wait for the same worker
_TOLD_AT_ONCE: Final = 1_000  # memories that the graph's queue is told of at once; upkeep sends the rest


class Erase:
    """Erases step by step; `tell_graph` is called once for what a call removed."""

    def __init__(
        self,
        erasures: PostgresErasures,
        events: PostgresEventStore,
        queue: Queue,
        tell_graph: Callable[[Tenant, int], int] = lambda _, __: 0,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._erasures = erasures
        self._events = events
        self._queue = queue
        self._tell_graph = tell_graph
        self._clock = clock

    def __call__(self, tenant: Tenant, erasure: Erasure) -> Erasing:
        """Erases for ten seconds; what is left then is queued, and done whatever becomes of this process."""
        until = self._clock() + _IN_A_REQUEST
        begun = self._erasures.begin(tenant, erasure)
        try:
            erasing = self._until(tenant, begun, until)
        except Unavailable:  # begun it is, whatever fails after the first commit
            logger.warning(
                "cut short, the queue goes on with it", action="erase.cut_short", event_id=str(begun.event_id)
            )
            erasing = begun
        if not erasing.done:
            self._send(tenant, erasing.event_id)
        self._tell(tenant, erasing.receipt)
        logger.info(
            "erased", action="erase.scope", event_id=str(erasing.event_id), done=erasing.done, **asdict(erasing.receipt)
        )
        return erasing

    def memories(self, tenant: Tenant, memory_ids: Sequence[UUID], *, linked: bool = False) -> Receipt:
        """Erases these memories, with `linked` also what they superseded, all or none; raises NotFound."""
        receipt = self._erasures.memories(tenant, memory_ids, linked=linked)
        self._tell_graph(tenant, receipt.graph_queued)
        logger.info("erased", action="erase.memories", memories=receipt.memories)
        return receipt

    def named_in_a_path(self, tenant: Tenant, scope: Scope) -> Erasing:
        """Erases everything about the scope's one entity, whose name came in a path.

        Raises:
            InvalidRequest: somebody else's name begins with it, and what came may be what was left of that.
        """
        if self._erasures.is_cut_off(tenant, scope):
            raise InvalidRequest(
                "name may have been cut off, since another one goes on after it with ? or #: "
                "use DELETE /v1/memories/ with the name in its query."
            )
        return self(tenant, Erasure(scope))

    def go_on(self, tenant: Tenant, event_id: UUID) -> bool:
        """Goes on for twenty seconds; False where what is left is for another message."""
        until = self._clock() + _FOR_A_MESSAGE
        erasing = self._erasures.go_on(tenant, event_id)
        if erasing is None:
            return True
        erasing = self._until(tenant, erasing, until)
        if not erasing.done:
            self._erasures.hand_back(tenant, event_id)
        self._tell(tenant, erasing.receipt)
        return erasing.done

    def _until(self, tenant: Tenant, erasing: Erasing, until: float) -> Erasing:
        while not erasing.done and self._clock() < until:
            further = self._erasures.go_on(tenant, erasing.event_id)
            if further is None:  # a worker has ended it meanwhile
                return Erasing(erasing.event_id, erasing.receipt, done=True)
            erasing = further
        return erasing

    def _send(self, tenant: Tenant, event_id: UUID) -> None:
        try:
            self._queue.send([QueuedEvent(tenant.project_id, event_id, "", 0)])
            self._events.mark_enqueued(tenant, [event_id])
        except Unavailable:
            logger.warning("not enqueued, the sweep will send it", action="erase.not_enqueued", event_id=str(event_id))

    def _tell(self, tenant: Tenant, receipt: Receipt) -> None:
        self._tell_graph(tenant, min(receipt.graph_queued, _TOLD_AT_ONCE))
