"""The queue edge of ingestion: one SQS record of another system to one add, its refusal or its backoff."""

import json
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cairn.ingest.ingest import Ingest
from cairn.ingest.message import ingested
from cairn.kernel.clock import now
from cairn.kernel.errors import BudgetExceeded, CairnError, NotFound, QueueUnavailable
from cairn.kernel.metrics import Metric
from cairn.kernel.observability import count_embeddings, count_fault, logger, metrics
from cairn.kernel.tenancy import Tenant
from cairn.kernel.usage import watched
from cairn.platform.release_check import NOBODY
from cairn.platform.retries import POLICY, Failing, RetryPolicy, may_pass, seconds_unheard
from cairn.platform.sqs_records import attribute, follow, require_time

if TYPE_CHECKING:
    from cairn.events.queue import SqsQueue


@dataclass(frozen=True, slots=True)
class IngestService:
    """The consumer of adds from other systems, and the queue they wait in."""

    ingest: Ingest
    queue: "SqsQueue"
    clock: Callable[[], datetime] = now
    policy: RetryPolicy = POLICY


_LONGEST_HIDDEN: Final = 42_000  # seconds; SQS hides a message for 12 hours at most, those before this call included
_LONGEST_DELAY: Final = 900  # seconds; SQS delivers a message late by 15 minutes at most
# A database that resumes is waited for; as much text as a request may bring is embedded in 15.
_NEEDS_SECONDS: Final = 60
_SINCE: Final = "CairnFailingSince"
_FIRST_ID: Final = "CairnMessageId"


def ingest_record(service: IngestService, record: SQSRecord, *, seconds_left: float = math.inf) -> None:
    """Accepts the add in a record, or raises to have the record again.

    What may pass goes to the end of the queue as another message, later each time, for as long as the policy lets it:
    there is no row yet to keep that in. A message that no later try mends comes again at once, until the queue gives it
    to the dead-letter queue. Where too little of the invocation is left, the record is given back.
    """
    follow(record)
    require_time(seconds_left, _NEEDS_SECONDS, record, service.queue.retry_in)
    try:
        _ingest(service, record)
    except Exception as exc:
        count_fault(exc)
        receives = int(record.attributes.approximate_receive_count)
        try:
            if may_pass(exc) and _put_off(service, record, exc):
                return
            seconds = _pause(exc, receives)
        except QueueUnavailable:
            seconds = seconds_unheard(receives)
        if seconds is None:
            _refuse(record, exc, first=receives == 1)
        else:
            _note(record, exc, seconds)
        service.queue.retry_in(record.receipt_handle, seconds or 0)
        raise


def _put_off(service: IngestService, record: SQSRecord, exc: Exception) -> bool:
    """Sends the message again, to come at its next try; False where there is to be none. Raises QueueUnavailable."""
    since = attribute(record, _SINCE)
    now = service.clock()
    failing = Failing(datetime.fromisoformat(since) if since else now, 0, now)
    moment = service.policy.retry_at(exc, failing)
    if moment is None:
        return False
    seconds = min(_LONGEST_DELAY, math.ceil((moment - now).total_seconds()))
    carried = {_SINCE: failing.since.isoformat(), _FIRST_ID: _first_id(record)}
    service.queue.send_later(record.body, carried, seconds)
    _note(record, exc, seconds)
    return True


def _pause(exc: Exception, receives: int) -> int | None:
    """Seconds until the next try of the same message; None where no later try can go better."""
    if isinstance(exc, BudgetExceeded):
        return min(_LONGEST_HIDDEN, exc.retry_after)
    is_final = isinstance(exc, CairnError) and exc.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    return None if is_final or may_pass(exc) else seconds_unheard(receives)  # what may pass has had its day


def _first_id(record: SQSRecord) -> str:
    """The id under which the message came first: whatever is made of it is the same add."""
    return attribute(record, _FIRST_ID) or record.message_id


def ingest_nothing(service: IngestService) -> None:
    """Takes an add for a project that is not there, as far as that goes, and raises what else goes wrong."""
    message = {"project_id": str(NOBODY), "user_id": "nobody", "messages": [{"role": "user", "content": "Nothing."}]}
    with suppress(NotFound):
        _ingest(service, SQSRecord({"messageId": str(NOBODY), "body": json.dumps(message)}))


def _ingest(service: IngestService, record: SQSRecord) -> None:
    message = ingested(record.body, _first_id(record))
    tenant, now = Tenant(message.project_id), service.clock()
    with watched() as spent:
        accepted = service.ingest(tenant, message.body.event(tenant, now, message.idempotency_key), now)
    count_embeddings(spent)
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
