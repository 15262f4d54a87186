"""The queue edge of consolidation: one SQS record to one use case, its failures and its backoff."""

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cairn.bootstrap.consolidation import ConsolidateService
from cairn.errors import Unavailable
from cairn.messages import ConsolidateMessage
from cairn.metrics import Metric
from cairn.models import QueuedEvent, Tenant
from cairn.observability import logger, metrics
from cairn.retries import backoff_seconds, readable
from cairn.usecases.consolidate import Consolidated


def consolidate_record(service: ConsolidateService, record: SQSRecord) -> None:
    """Consolidates the event a record names; raises to have it delivered again, later each time.

    On the last receive the event is FAILED with the error, and the record goes to the dead-letter queue.
    """
    receives = int(record.attributes.approximate_receive_count)
    try:
        message = ConsolidateMessage.model_validate_json(record.body)
        _consolidate(service, message, final=receives >= service.max_receives)
    except Exception as exc:
        metrics.add_metric(Metric.RECORDS_FAILED, MetricUnit.Count, 1)
        asked = exc.retry_after if isinstance(exc, Unavailable) else None
        service.queue.retry_in(record.receipt_handle, backoff_seconds(receives, asked))
        raise


def _consolidate(service: ConsolidateService, message: ConsolidateMessage, *, final: bool) -> None:
    tenant = Tenant(message.project_id)
    try:
        done = service.consolidate(tenant, message.event_id)
    except Exception as exc:
        _note(service, message, exc, final=final)
        raise
    if done.again:
        _send_again(service, tenant, done.again)
    if not done.skipped and not done.parked:
        service.tell_graph(tenant)
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


def _send_again(service: ConsolidateService, tenant: Tenant, event: QueuedEvent) -> None:
    """Sends an event to the end of its scope's queue; where SQS is down the sweep does."""
    try:
        service.queue.send([event])
        service.events.mark_enqueued(tenant, [event.event_id])
    except Unavailable:
        logger.warning(
            "not enqueued, the sweep will send it", action="consolidate.not_enqueued", event_id=str(event.event_id)
        )


def _measure(done: Consolidated) -> None:
    counts = {
        Metric.EVENT_SUCCEEDED: 0 if done.skipped or done.parked else 1,
        Metric.EVENTS_PARKED: int(done.parked),
        Metric.MEMORIES_ADDED: done.applied.added,
        Metric.MEMORIES_UPDATED: done.applied.updated,
        Metric.MEMORIES_CLOSED: done.applied.closed,
        Metric.FACTS_KNOWN: done.applied.known,
        Metric.FACTS_DROPPED: sum(done.dropped.values()),
        Metric.LLM_TOKENS: sum(u.tokens_in + u.tokens_out for u in done.usage),
        Metric.LLM_CALLS: sum(u.calls for u in done.usage),
    }
    for name, count in counts.items():
        metrics.add_metric(name, MetricUnit.Count, count)


def _note(service: ConsolidateService, message: ConsolidateMessage, exc: Exception, *, final: bool) -> None:
    """Writes the error to the event. Where the database is down too, the redelivery or the sweep settles it."""
    if final:
        metrics.add_metric(Metric.EVENT_FAILED, MetricUnit.Count, 1)
    logger.exception("consolidation failed", action="consolidate.failed", event_id=str(message.event_id), final=final)
    try:
        service.events.note_failure(
            Tenant(message.project_id), message.event_id, message.redrives, readable(exc), final=final
        )
    except Unavailable:
        logger.warning("could not write the error", action="consolidate.note_failed", event_id=str(message.event_id))
