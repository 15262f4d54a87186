"""Scheduled upkeep: send again what queues missed, reconcile dead-letter queues, purge what expired, index, embed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from pydantic import ValidationError

from cairn.erasure.store import PostgresErasures
from cairn.events.message import ConsolidateMessage
from cairn.events.ports import DeadLetters, Queue
from cairn.events.store import PostgresEventStore
from cairn.events.types import EventStatus, QueuedEvent
from cairn.graph.upkeep import SweepGraph
from cairn.kernel.errors import QueueUnavailable
from cairn.kernel.ids import first_id
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Tenant
from cairn.search.store import PostgresSearchStore

GAVE_UP = "Every attempt ended before it could report an error; see the dead-letter queue."
_DEAD_LETTER_ROUNDS = 100  # of ten messages each, so that one run stays bounded
_EMBEDDED = 50_000  # characters of long texts in one run: some ten seconds of one processor
_INDEXED = 20_000  # memories and turns of large scopes in one run: about a minute
_REEMBEDDING = 40.0  # seconds of a run


@dataclass(slots=True)
class Maintained:
    """Counts of one run. Without an answer of the queue nothing was sent again and no dead letter was looked at.

    `indexed` counts the memories and turns of large scopes that were put into their indexes, `embedded` the long texts
    that got the vectors of their passages, `reembedded` the rows that got a vector of another embedding model. `broken`
    names the tasks that failed; what they did before stays counted as nothing.
    """

    resent: int = 0
    failed: int = 0
    expired: int = 0
    indexed: int = 0
    reembedded: int = 0
    embedded: int = 0
    graph_sent: int = 0
    graph_failed: int = 0
    queue_answered: bool = True
    broken: list[str] = field(default_factory=list[str])


class Maintain:
    """One run of upkeep; safe to run at any time."""

    def __init__(
        self,
        events: PostgresEventStore,
        erasures: PostgresErasures,
        searches: PostgresSearchStore,
        queue: Queue,
        dead_letters: DeadLetters,
        graph: SweepGraph,
        fill_passages: Callable[[int], int],
        *,
        expired_days: int,
        reembed: Callable[[float], int] = lambda _: 0,
    ) -> None:
        self._events = events
        self._erasures = erasures
        self._searches = searches
        self._queue = queue
        self._dead_letters = dead_letters
        self._graph = graph
        self._fill_passages = fill_passages
        self._expired_days = expired_days
        self._reembed = reembed

    def __call__(self, *, unsent_after: timedelta, unfinished_after: timedelta, settled: datetime) -> Maintained:
        """Runs every task, whatever becomes of the others; a queue that is down leaves its part for the next run.

        `settled` is a moment before which no id was made that is not committed yet, or never will be.
        """
        done = Maintained()
        # What somebody waits for comes first, and what may take a minute last.
        tasks: Mapping[str, Callable[[], int]] = {
            "failed": self._reconcile_dead_letters,
            "resent": lambda: self._resend(self._events.unfinished(unsent_after, unfinished_after)),
            "graph_failed": self._graph.drain,
            "graph_sent": lambda: self._graph.send(unsent_after, unfinished_after),
            "expired": lambda: self._erasures.purge_expired(self._expired_days),
            "indexed": lambda: self._searches.index_large_scopes(first_id(settled), _INDEXED),
            "reembedded": lambda: self._reembed(_REEMBEDDING),
            "embedded": lambda: self._fill_passages(_EMBEDDED),
        }
        for name, task in tasks.items():
            try:
                setattr(done, name, task())
            except QueueUnavailable:
                done.queue_answered = False
                logger.warning(
                    "the queue does not answer, the next run tries again", action="maintain.queue_unavailable"
                )
            except Exception:  # noqa: BLE001  # the others must run, and the handler raises
                done.broken.append(name)
                logger.exception(
                    "a task of upkeep failed, the next run tries again", action="maintain.failed", task=name
                )
        return done

    def _resend(self, events: Sequence[QueuedEvent]) -> int:
        """Sends in order of acceptance; a repeat of what SQS still has is dropped by its deduplication id."""
        self._queue.send(events)
        for project_id, group in groupby(sorted(events, key=lambda e: e.project_id), key=lambda e: e.project_id):
            self._events.mark_enqueued(Tenant(project_id), [e.event_id for e in group])
        return len(events)

    def _reconcile_dead_letters(self) -> int:
        """Fails the events whose message died without a word, and clears messages that no longer matter."""
        failed = 0
        for _ in range(_DEAD_LETTER_ROUNDS):
            messages = self._dead_letters.receive()
            if not messages:
                break
            failed += sum(self._reconcile(handle, body) for handle, body in messages)
        return failed

    def _reconcile(self, handle: str, body: str) -> bool:
        try:
            message = ConsolidateMessage.model_validate_json(body)
        except ValidationError:
            return False  # poison stays in the dead-letter queue for a human to see
        tenant = Tenant(message.project_id)
        event = self._events.get(tenant, message.event_id)
        if event is None or event.generation != message.generation or event.status is EventStatus.SUCCEEDED:
            self._dead_letters.delete(handle)
            return False
        if event.status is EventStatus.FAILED:
            return False
        self._events.give_up(tenant, message.event_id, message.generation, event.error or GAVE_UP)
        return True
