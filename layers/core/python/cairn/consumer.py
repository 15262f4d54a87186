"""The queue edge of consolidation: one SQS record to one use case, its failures and its backoff."""

from typing import Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cairn.bootstrap import ConsolidateService
from cairn.errors import CairnError, Unavailable
from cairn.messages import ConsolidateMessage
from cairn.metrics import Metric
from cairn.models import Tenant
from cairn.observability import logger, metrics

_LONGEST_BACKOFF: Final = 900  # seconds


def backoff_seconds(receives: int) -> int:
    """Seconds until the next try after the n-th receive: 1, 2, 4 … at most 15 minutes."""
    return min(_LONGEST_BACKOFF, 2 ** (receives - 1))


def consolidate_record(service: ConsolidateService, record: SQSRecord) -> None:
    """Consolidates the event a record names; raises to have it delivered again, later each time.

    On the last receive the event is FAILED with the error, and the record goes to the dead-letter queue.
    """
    receives = int(record.attributes.approximate_receive_count)
    try:
        message = ConsolidateMessage.model_validate_json(record.body)
        _consolidate(service, message, final=receives >= service.max_receives)
    except Exception:
        metrics.add_metric(Metric.RECORDS_FAILED, MetricUnit.Count, 1)
        service.queue.retry_in(record.receipt_handle, backoff_seconds(receives))
        raise


def _consolidate(service: ConsolidateService, message: ConsolidateMessage, *, final: bool) -> None:
    tenant = Tenant(message.project_id)
    try:
        done = service.consolidate(tenant, message.event_id)
    except Exception as exc:
        _note(service, message, exc, final=final)
        raise
    metrics.add_metric(Metric.EVENT_SUCCEEDED, MetricUnit.Count, 0 if done.skipped else 1)
    metrics.add_metric(Metric.MEMORIES_ADDED, MetricUnit.Count, done.added)
    metrics.add_metric(Metric.FACTS_KNOWN, MetricUnit.Count, done.known)
    logger.info(
        "consolidated",
        action="consolidate.skipped" if done.skipped else "consolidate.done",
        event_id=str(message.event_id),
        added=done.added,
        known=done.known,
    )


def _note(service: ConsolidateService, message: ConsolidateMessage, exc: Exception, *, final: bool) -> None:
    """Writes the error to the event. Where the database is down too, the redelivery or the sweep settles it."""
    if final:
        metrics.add_metric(Metric.EVENT_FAILED, MetricUnit.Count, 1)
    logger.exception("consolidation failed", action="consolidate.failed", event_id=str(message.event_id), final=final)
    error = str(exc) if isinstance(exc, CairnError) else f"Unexpected {type(exc).__name__}; see the logs."
    try:
        service.events.note_failure(Tenant(message.project_id), message.event_id, message.redrives, error, final=final)
    except Unavailable:
        logger.warning("could not write the error", action="consolidate.note_failed", event_id=str(message.event_id))
