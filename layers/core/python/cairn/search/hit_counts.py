"""How often and when memories were found, counted by the request that found them."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from cairn.kernel.errors import Unavailable
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Tenant
from cairn.search.store import PostgresSearchStore


class CountHits:
    """Writes what a search found with one statement, before it is answered.

    Nothing is gathered and no thread writes later: Lambda stops a process after its answer, wherever it stands, and a
    transaction that is open then would hold its locks until somebody calls again.
    """

    def __init__(self, store: PostgresSearchStore, clock: Callable[[], datetime], *, is_on: bool) -> None:
        self._store = store
        self._clock = clock
        self._is_on = is_on

    def __call__(self, tenant: Tenant, memory_ids: Iterable[UUID]) -> None:
        """Counts these as found once more. A count that cannot be had at once is lost: nothing rests on it."""
        found = Counter(memory_ids)
        if not self._is_on or not found:
            return
        try:
            self._store.count_hits(tenant, found, self._clock())
        except Unavailable:
            logger.warning("hits were not counted", action="accesses.lost")
