"""The queue edge of ingestion: one SQS record of another system to one add, its refusal or its backoff."""

from http import HTTPStatus
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cairn.bootstrap.ingestion import IngestService
from cairn.errors import BudgetExceeded, CairnError, Unavailable
from cairn.metrics import Metric
from cairn.models import Tenant
from cairn.observability import logger, metrics
from cairn.retries import backoff_seconds
from cairn.wire.ingesting import ingested

_LONGEST_WAIT: Final = 42_000  # seconds; SQS hides a message for 12 hours at most, those before this call included


def ingest_record(service: IngestService, record: SQSRecord) -> None:
    """Accepts the add in a record, or raises to have the record again.

    A message that no later try mends comes again at once, until the queue gives it to the dead-letter queue.
    """
    receives = int(record.attributes.approximate_receive_count)
    try:
        _ingest(service, record)
    except Exception as exc:
        seconds = _pause(exc, receives)
        if seconds is None:
            _refuse(record, exc, first=receives == 1)
        else:
            _note(record, exc, seconds)
        service.queue.retry_in(record.receipt_handle, seconds or 0)
        raise


def _pause(exc: Exception, receives: int) -> int | None:
    """Seconds until the next try; None where no later try can go better."""
    if isinstance(exc, BudgetExceeded):
        return min(_LONGEST_WAIT, exc.retry_after)
    if isinstance(exc, CairnError) and exc.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    return backoff_seconds(receives, exc.retry_after if isinstance(exc, Unavailable) else None)


def _ingest(service: IngestService, record: SQSRecord) -> None:
    message = ingested(record.body, record.message_id)
    tenant, now = Tenant(message.project_id), service.clock()
    accepted = service.ingest(tenant, message.body.event(tenant, now, message.idempotency_key), now)
    metrics.add_metric(Metric.INGESTED, MetricUnit.Count, 1)
    metrics.add_metric(Metric.ENQUEUE_FAILED, MetricUnit.Count, int(not accepted.enqueued))
    logger.info(
        "ingested",
        action="ingest.done",
        message_id=record.message_id,
        event_id=str(accepted.event.id),
        project_id=str(message.project_id),
    )


def _refuse(record: SQSRecord, exc: Exception, *, first: bool) -> None:
    metrics.add_metric(Metric.INGEST_REFUSED, MetricUnit.Count, int(first))
    logger.error("refused", action="ingest.refused", message_id=record.message_id, reason=str(exc))


def _note(record: SQSRecord, exc: Exception, seconds: int) -> None:
    metrics.add_metric(Metric.RECORDS_FAILED, MetricUnit.Count, 1)
    logger.warning(
        "tried again later", action="ingest.failed", message_id=record.message_id, seconds=seconds, exc_info=exc
    )
