"""What the edges of queues share whose work is kept in rows: reading a record, and asking its row what comes next."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import BaseModel

from cairn.kernel.errors import Unavailable
from cairn.kernel.metrics import Metric
from cairn.kernel.observability import CORRELATION, count_fault, logger, metrics
from cairn.platform.retries import Failure, Retry, RetryPolicy, failure, give_back, seconds_unheard

MessageT = TypeVar("MessageT", bound=BaseModel)
RetryIn = Callable[[str, int], None]


class Limits(Protocol):
    """What a consumer's service says of its retries."""

    @property
    def max_receives(self) -> int:
        """Receives after which the queue gives a message up."""
        ...

    @property
    def policy(self) -> RetryPolicy:
        """When failed work is tried again."""
        ...


def attribute(record: SQSRecord, name: str) -> str | None:
    """What a record carries under this name, if anything."""
    return record.raw_event.get("messageAttributes", {}).get(name, {}).get("stringValue")


def follow(record: SQSRecord) -> None:
    """Has what is logged about a record found by the request that it comes from, or else by its own id."""
    logger.set_correlation_id(attribute(record, CORRELATION) or record.message_id)


def message_of(record: SQSRecord, kind: type[MessageT], retry_in: RetryIn) -> MessageT:
    """The message of a record; one that is none comes again at once, until the queue gives it up, and is raised."""
    follow(record)
    try:
        return kind.model_validate_json(record.body)
    except ValueError:
        metrics.add_metric(Metric.RECORDS_FAILED, MetricUnit.Count, 1)
        logger.exception("no message", action="queue.no_message")
        retry_in(record.receipt_handle, 0)
        raise


def require_time(seconds_left: float, needed: float, record: SQSRecord, retry_in: RetryIn) -> None:
    """Gives a record back where too little is left of the invocation; raises OutOfTime then."""
    if seconds_left < needed:
        metrics.add_metric(Metric.RECORDS_GIVEN_BACK, MetricUnit.Count, 1)
        give_back(retry_in, record.receipt_handle)


def attempt(
    record: SQSRecord, retry_in: RetryIn, work: Callable[[], None], pause: Callable[[Exception], int | None]
) -> None:
    """Does the work of a record; where it fails the record comes again after `pause` seconds, and the error is raised.

    None of them means that its rows wait without the record: then it is done with.
    """
    try:
        work()
    except Exception as exc:
        metrics.add_metric(Metric.RECORDS_FAILED, MetricUnit.Count, 1)
        count_fault(exc)
        seconds = pause(exc)
        if seconds is None:
            return
        retry_in(record.receipt_handle, seconds)
        raise


def retry_of(
    limits: Limits, record: SQSRecord, exc: Exception, fail: Callable[[Failure], Retry | None]
) -> Retry | None:
    """What becomes of work that failed, by `fail`, which writes it into its rows; None where they wait by themselves.

    Where they cannot be written they say already that they were sent and are not done: upkeep finds them once the
    database is back, and until then the record comes again as often as its queue lets it.
    """
    receives = int(record.attributes.approximate_receive_count)
    holds = receives < limits.max_receives - 1
    try:
        return fail(failure(exc, limits.policy, holds=holds))
    except Unavailable:
        logger.warning("could not write the error", action="queue.note_failed")
        return Retry(seconds_unheard(receives)) if holds else None
