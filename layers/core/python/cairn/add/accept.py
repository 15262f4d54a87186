"""Accepting an add: stored first, queued second, so that accepted means kept."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from cairn.consolidate.extract import unfollowed_verbatim
from cairn.consolidate.keep_whole import NOT_SPEECH
from cairn.events.ports import Queue
from cairn.events.store import PostgresEventStore
from cairn.events.types import Event, NewEvent, Noted, QueuedEvent
from cairn.kernel.errors import Conflict, Unavailable
from cairn.kernel.ids import new_id
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Tenant
from cairn.language.entities import read
from cairn.language.vital import importance
from cairn.memories.embed import IN_A_REQUEST, embedded
from cairn.memories.messages import Message
from cairn.memories.types import Kind, NewMemory
from cairn.models_ai.embed.port import Embedder
from cairn.projects.budget import Budget
from cairn.projects.embedding_costs import Charge, free

VERBATIM = "verbatim"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of an add: its event, and whether SQS took what was sent for it."""

    event: Event
    enqueued: bool


class AddMemory:
    """infer=true stores the messages and queues them; infer=false makes each message a memory at once.

    `budget` is there where tokens are paid for. `tell_graph` is called when memories were made.
    """

    def __init__(
        self,
        events: PostgresEventStore,
        queue: Queue,
        embedder: Embedder,
        budget: Budget | None = None,
        tell_graph: Callable[[Tenant, int], int] = lambda _, __: 0,
        charge: Charge = free,
    ) -> None:
        self._events = events
        self._queue = queue
        self._embedder = embedder
        self._budget = budget
        self._tell_graph = tell_graph
        self._charge = charge

    def __call__(self, tenant: Tenant, event: NewEvent, now: datetime, *, in_budget: bool = False) -> Accepted:
        """Accepts the event; the first answer again when its idempotency key is known.

        `in_budget` says that the budget was checked already, before the call that this event remembers.

        Raises:
            Conflict: the idempotency key was used with another request.
            BudgetExceeded: a model would extract, and the project's tokens of today are spent.
        """
        if event.options.infer:
            if self._budget and not in_budget:
                self._budget.check(tenant, now)
            accepted = self._queue_it(tenant, event)
        else:
            accepted = Accepted(_same_request(self._store_verbatim(tenant, event), event), enqueued=True)
        _log(event, accepted)
        return accepted

    def _queue_it(self, tenant: Tenant, event: NewEvent) -> Accepted:
        accepted, first = self._events.accept(tenant, event)
        accepted = _same_request(accepted, event)
        if first is None:  # it was accepted before, or waits behind an earlier event of its scope
            return Accepted(accepted, enqueued=True)
        try:
            self._queue.send([_own(first, event)])
            self._events.mark_enqueued(tenant, [first.event_id])
        except Unavailable:  # accepted it is, whatever fails after the commit
            logger.warning("not enqueued, the sweep will send it", action="add.not_enqueued", event_id=str(event.id))
            return Accepted(accepted, enqueued=False)
        return Accepted(accepted, enqueued=True)

    def _store_verbatim(self, tenant: Tenant, event: NewEvent) -> Event:
        # What a system message says is how the application is built, not what anybody told.
        said = [message for message in event.messages if message.role != "system"]
        passed = Counter(event.options.passed_over) + Counter({NOT_SPEECH: len(event.messages) - len(said)})
        with self._charge(tenant):
            new = embedded([_draft(event, m) for m in said], self._embedder.embed, room=IN_A_REQUEST)
        noted = Noted(dict(passed), unfollowed_verbatim(event.options.extraction))
        stored = self._events.accept_done(tenant, event, new, noted)
        self._tell_graph(tenant, len(event.messages))
        return stored


def _own(first: QueuedEvent, event: NewEvent) -> QueuedEvent:
    """What is sent, under this request's id where it is what this request asks for, and no earlier add's."""
    return replace(first, correlation_id=logger.get_correlation_id()) if first.event_id == event.id else first


def _log(event: NewEvent, accepted: Accepted) -> None:
    logger.info(
        "accepted",
        action="add.accepted",
        event_id=str(accepted.event.id),
        messages=len(event.messages),
        infer=event.options.infer,
        repeated=accepted.event.id != event.id,
        enqueued=accepted.enqueued,
    )


def _draft(event: NewEvent, message: Message) -> NewMemory:
    named = read(message.content, message.actor)
    return NewMemory(
        id=new_id(),
        scope=event.scope,
        kind=Kind.VERBATIM,
        text=message.content,
        actor=message.actor,
        told_at=message.occurred_at,
        valid_from=message.occurred_at,
        embedding=(),
        options=event.options,
        source_message_ids=(message.id,),
        source_spans=((0, len(message.content)),),
        extractor=VERBATIM,
        importance=importance(message.content),
        entities=named.entities,
        relations=named.relations,
    )


def _same_request(stored: Event, event: NewEvent) -> Event:
    # Of an event whose memories are erased nothing is known of what was asked for.
    if stored.id != event.id and stored.request_sha256 not in (None, event.request_sha256):
        raise Conflict("This Idempotency-Key was used before with another request.")
    return stored
