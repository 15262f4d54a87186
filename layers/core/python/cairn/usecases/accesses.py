"""How often and when memories were found, counted beside the requests that find them."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from threading import Lock, Timer
from uuid import UUID

from cairn.errors import Unavailable
from cairn.models import Tenant
from cairn.observability import logger
from cairn.ports import MemoryStore


class CountAccesses:
    """Gathers what searches found, and writes it a few seconds later, all at once.

    A frozen or ended environment loses the counts of its last seconds: they say what is in use, and nothing rests on
    them. A pause of 0 seconds counts nothing.
    """

    def __init__(self, memories: MemoryStore, clock: Callable[[], datetime], *, seconds: float) -> None:
        self._memories = memories
        self._clock = clock
        self._seconds = seconds
        self._found: dict[Tenant, Counter[UUID]] = {}
        self._lock = Lock()

    def __call__(self, tenant: Tenant, memory_ids: Iterable[UUID]) -> None:
        """Counts these as found once more; returns at once."""
        if not self._seconds:
            return
        with self._lock:
            first = not self._found
            # Without the key: it may be revoked before this is written.
            owner = Tenant(tenant.project_id, user_id=tenant.user_id)
            self._found.setdefault(owner, Counter()).update(memory_ids)
        if first:
            timer = Timer(self._seconds, self._write)
            timer.daemon = True
            timer.start()

    def _write(self) -> None:
        with self._lock:
            found, self._found = self._found, {}
        try:
            for tenant, counts in found.items():
                self._memories.count_accesses(tenant, counts, self._clock())
        except Unavailable:
            logger.warning("accesses were not counted", action="accesses.lost")
