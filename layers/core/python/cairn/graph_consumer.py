"""The queue edge of graph_sync: one SQS record to one use case, its failures and its backoff."""

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cairn.bootstrap.projection import GraphSyncService
from cairn.errors import Unavailable
from cairn.messages import GraphSyncMessage
from cairn.metrics import Metric
from cairn.models import Tenant
from cairn.observability import logger, metrics
from cairn.retries import backoff_seconds, readable


def graph_sync_record(service: GraphSyncService, record: SQSRecord) -> None:
    """Projects the memories a record names; raises to have it delivered again, later each time.

    On the last receive they are given up on with the error, and the record goes to the dead-letter queue.
    """
    receives = int(record.attributes.approximate_receive_count)
    try:
        message = GraphSyncMessage.model_validate_json(record.body)
        _sync(service, message, final=receives >= service.max_receives)
    except Exception:
        metrics.add_metric(Metric.RECORDS_FAILED, MetricUnit.Count, 1)
        service.queue.retry_in(record.receipt_handle, backoff_seconds(receives))
        raise


def _sync(service: GraphSyncService, message: GraphSyncMessage, *, final: bool) -> None:
    try:
        done = service.sync(Tenant(message.project_id), message.scope, message.memory_ids)
    except Exception as exc:
        _note(service, message, exc, final=final)
        raise
    for name, count in (
        (Metric.GRAPH_PUT, done.put),
        (Metric.GRAPH_REMOVED, done.removed),
        (Metric.GRAPH_MOVED, done.moved),
    ):
        metrics.add_metric(name, MetricUnit.Count, count)
    logger.info("projected", action="graph.projected", put=done.put, removed=done.removed, moved=done.moved)


def _note(service: GraphSyncService, message: GraphSyncMessage, exc: Exception, *, final: bool) -> None:
    """Writes the last error to the outbox. Where the database is down too, upkeep settles it."""
    logger.exception("projection failed", action="graph.failed", scope=message.scope, final=final)
    if not final:
        return
    try:
        failed = service.rows.fail(Tenant(message.project_id), message.change_ids, readable(exc))
    except Unavailable:
        logger.warning("could not write the error", action="graph.note_failed", scope=message.scope)
        return
    metrics.add_metric(Metric.GRAPH_FAILED, MetricUnit.Count, failed)
