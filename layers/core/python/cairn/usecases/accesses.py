"""How often and when memories were found, counted by the request that found them."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from cairn.errors import Unavailable
from cairn.models import Tenant
from cairn.observability import logger
from cairn.ports import MemoryStore


class CountAccesses:
    """Writes what a search found with one statement, before it is answered.

    Nothing is gathered and no thread writes later: Lambda stops a process after its answer, wherever it stands, and a
    transaction that is open then would hold its locks until somebody calls again.
    """

    def __init__(self, memories: MemoryStore, clock: Callable[[], datetime], *, is_on: bool) -> None:
        self._memories = memories
        self._clock = clock
        self._is_on = is_on

    def __call__(self, tenant: Tenant, memory_ids: Iterable[UUID]) -> None:
        """Counts these as found once more. A count that cannot be had at once is lost: nothing rests on it."""
        found = Counter(memory_ids)
        if not self._is_on or not found:
            return
        try:
            self._memories.count_accesses(tenant, found, self._clock())
        except Unavailable:
            logger.warning("accesses were not counted", action="accesses.lost")
