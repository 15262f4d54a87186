"""Looking at events, and waiting for them."""

import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from cairn.events.store import PostgresEventStore
from cairn.events.types import Event, EventStatus
from cairn.kernel.errors import DatabaseUnavailable, NotFound
from cairn.kernel.tenancy import Page, Tenant


class ReadEvents:
    """What became of accepted writes."""

    def __init__(self, events: PostgresEventStore) -> None:
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
        events: PostgresEventStore,
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
