"""Looking at events, waiting for them, and putting failed ones back."""

import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from cairn.errors import Conflict, DatabaseUnavailable, NotFound, Unavailable
from cairn.models import Event, EventStatus, Tenant
from cairn.observability import logger
from cairn.ports import EventStore, Queue
from cairn.selection import Page


class ReadEvents:
    """What became of accepted writes."""

    def __init__(self, events: EventStore) -> None:
        self._events = events

    def get(self, tenant: Tenant, event_id: UUID) -> Event:
        """The event; raises NotFound."""
        event = self._events.get(tenant, event_id)
        if event is None:
            raise NotFound("Event not found!")
        return event

    def list_events(self, tenant: Tenant, page: Page, status: EventStatus | None) -> tuple[int, list[Event]]:
        """Count of all (of a status) and one page, newest first."""
        return self._events.list_events(tenant, page, status)


class WaitForEvent:
    """Waits for an accepted event; nothing of the database is held between two looks."""

    LONGEST: Final = 20.0  # seconds; API Gateway gives up after 30, and storing the event took its part of them
    _FIRST_PAUSE: Final = 0.05
    _LONGEST_PAUSE: Final = 1.0

    def __init__(
        self,
        events: EventStore,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._events = events
        self._clock = clock
        self._sleep = sleep

    def __call__(self, tenant: Tenant, event: Event) -> Event:
        """The event once it is finished, or as it was last seen: it is accepted, whatever becomes of the waiting."""
        pause, until = self._FIRST_PAUSE, self._clock() + self.LONGEST
        while not event.is_finished and (left := until - self._clock()) > 0:
            self._sleep(min(pause, left))
            pause = min(2 * pause, self._LONGEST_PAUSE)
            try:
                seen = self._events.get(tenant, event.id)
            except DatabaseUnavailable:
                continue
            if seen is None:  # erased meanwhile, with all of its scope
                return event
            event = seen
        return event


class RedriveEvent:
    """Gives a FAILED event another life."""

    def __init__(self, events: EventStore, queue: Queue) -> None:
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
            self._queue.send([queued])
            self._events.mark_enqueued(tenant, [event_id])
        except Unavailable:
            logger.warning(
                "not enqueued, the sweep will send it", action="redrive.not_enqueued", event_id=str(event_id)
            )
