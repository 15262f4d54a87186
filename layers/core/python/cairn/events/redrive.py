"""Putting events that failed back into the queue."""

from dataclasses import replace
from uuid import UUID

from cairn.events.ports import Queue
from cairn.events.store import PostgresEventStore
from cairn.kernel.errors import Conflict, NotFound, Unavailable
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Tenant


class RedriveEvent:
    """Puts FAILED events back."""

    def __init__(self, events: PostgresEventStore, queue: Queue) -> None:
        self._events = events
        self._queue = queue

    def __call__(self, tenant: Tenant, event_id: UUID) -> None:
        """Puts the event back to PENDING and queues it; where SQS is down the sweep does.

        Raises:
            NotFound: there is no such event.
            Conflict: the event is not FAILED.
        """
        queued = self._events.redrive(tenant, event_id)
        if queued is None:
            if self._events.get(tenant, event_id) is None:
                raise NotFound("Event not found!")
            raise Conflict("Only a FAILED event can be redriven.")
        try:
            self._queue.send([replace(queued, correlation_id=logger.get_correlation_id())])
            self._events.mark_enqueued(tenant, [event_id])
        except Unavailable:
            logger.warning(
                "not enqueued, the sweep will send it", action="redrive.not_enqueued", event_id=str(event_id)
            )
        logger.info("redriven", action="redrive.done", event_id=str(event_id))
