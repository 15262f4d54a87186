"""The queue edge of consolidation: one SQS record to one use case, and what becomes of it where that fails."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cairn.consolidate.pipeline import Consolidate, Consolidated
from cairn.erasure.scopes import Erase
from cairn.events.message import ConsolidateMessage
from cairn.events.store import PostgresEventStore
from cairn.kernel.errors import GivenUp, Unavailable
from cairn.kernel.metrics import Metric
from cairn.kernel.observability import count_embeddings, logger, metrics
from cairn.kernel.tenancy import Tenant
from cairn.kernel.usage import EMBED
from cairn.platform.release_check import NOBODY
from cairn.platform.retries import POLICY, RetryPolicy
from cairn.platform.sqs_records import attempt, message_of, retry_of

if TYPE_CHECKING:
    from cairn.events.queue import SqsQueue


@dataclass(frozen=True, slots=True)
class ConsolidateService:
    """The queue consumer: the use case, and what its failures are handled with."""

    consolidate: Consolidate
    erase: Erase
    events: PostgresEventStore
    queue: "SqsQueue"
    max_receives: int
    tell_graph: Callable[[Tenant, int], int] = lambda _, __: 0
    policy: RetryPolicy = POLICY


def consolidate_record(service: ConsolidateService, record: SQSRecord) -> None:
    """Consolidates the event a record names; raises to have the record delivered again.

    What fails is tried again by what its row says of it (`RetryPolicy`). Where that is soon, the record comes again;
    else the record is done with, and upkeep sends another. What is given up on comes again at once, until the queue
    gives it to its dead-letter queue.
    """
    message = message_of(record, ConsolidateMessage, service.queue.retry_in)
    attempt(
        record,
        service.queue.retry_in,
        lambda: _consolidate(service, message),
        lambda exc: _pause(service, message, exc, record),
    )


def consolidate_nothing(service: ConsolidateService) -> None:
    """Does with an event that is not there what is done with each, and raises what that raises."""
    _consolidate(service, ConsolidateMessage(project_id=NOBODY, event_id=NOBODY))


def _consolidate(service: ConsolidateService, message: ConsolidateMessage) -> None:
    tenant = Tenant(message.project_id)
    done = service.consolidate(tenant, message.event_id)
    if done.erasure:
        _erase(service, message)
        return
    if not done.parked:
        _send_next(service, message)
    if not done.skipped and not done.parked:
        service.tell_graph(tenant, sum((done.applied.added, done.applied.updated, done.applied.closed)))
    _measure(done)
    action = "consolidate.skipped" if done.skipped else "consolidate.parked" if done.parked else "consolidate.done"
    applied = done.applied
    logger.info(
        "consolidated",
        action=action,
        event_id=str(message.event_id),
        added=applied.added,
        updated=applied.updated,
        closed=applied.closed,
        known=applied.known,
    )


def _erase(service: ConsolidateService, message: ConsolidateMessage) -> None:
    ended = service.erase.go_on(Tenant(message.project_id), message.event_id)
    _send_next(service, message)
    metrics.add_metric(Metric.EVENT_SUCCEEDED, MetricUnit.Count, int(ended))
    logger.info("erased", action="erase.done" if ended else "erase.going_on", event_id=str(message.event_id))


def _send_next(service: ConsolidateService, ended: ConsolidateMessage) -> None:
    """Sends the event that waited for this one to end; where the queue or the database is down upkeep does."""
    tenant = Tenant(ended.project_id)
    try:
        if event := service.events.next_unsent(tenant, ended.event_id):
            service.queue.send([event])
            service.events.mark_enqueued(tenant, [event.event_id])
    except Unavailable:
        logger.warning("the next is not sent, upkeep will do it", action="consolidate.not_enqueued")


def _measure(done: Consolidated) -> None:
    asked = [usage for usage in done.usage if usage.kind != EMBED]
    count_embeddings([usage for usage in done.usage if usage.kind == EMBED])
    counts = {
        Metric.EVENT_SUCCEEDED: 0 if done.skipped or done.parked else 1,
        Metric.EVENTS_PARKED: int(done.parked),
        Metric.MEMORIES_ADDED: done.applied.added,
        Metric.MEMORIES_UPDATED: done.applied.updated,
        Metric.MEMORIES_CLOSED: done.applied.closed,
        Metric.FACTS_KNOWN: done.applied.known,
        Metric.FACTS_DROPPED: sum(done.dropped.values()),
        Metric.LLM_TOKENS: sum(u.tokens_in + u.tokens_out for u in asked),
        Metric.LLM_CALLS: sum(u.calls for u in asked),
    }
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)


def _pause(service: ConsolidateService, message: ConsolidateMessage, exc: Exception, record: SQSRecord) -> int | None:
    """Seconds until the record is to come again; None where its row waits without it."""
    if isinstance(exc, GivenUp):
        return 0
    logger.exception("consolidation failed", action="consolidate.failed", event_id=str(message.event_id))
    own = Tenant(message.project_id), message.event_id, message.generation
    retry = retry_of(service, record, exc, lambda failed: service.events.fail(*own, failed))
    if retry is None:
        return None
    if retry.seconds is None:
        metrics.add_metric(Metric.EVENT_FAILED, MetricUnit.Count, 1)
        _send_next(service, message)
        return 0
    if not retry.held:
        metrics.add_metric(Metric.EVENTS_PARKED, MetricUnit.Count, 1)
        return None
    return math.ceil(retry.seconds)
