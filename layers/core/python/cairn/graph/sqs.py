"""The queue edge of graph_sync: one SQS record to one use case, and what becomes of it where that fails."""

import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from cairn.graph.message import GraphSyncMessage
from cairn.graph.rows import PostgresGraphRows
from cairn.graph.sync import GraphSync
from cairn.kernel.errors import GraphUnavailable
from cairn.kernel.metrics import Metric
from cairn.kernel.observability import logger, metrics
from cairn.kernel.tenancy import Tenant
from cairn.platform.release_check import NOBODY
from cairn.platform.retries import POLICY, RetryPolicy
from cairn.platform.sqs_records import attempt, message_of, require_time, retry_of

if TYPE_CHECKING:
    from cairn.graph.queue import SqsGraphQueue


@dataclass(frozen=True, slots=True)
class GraphSyncService:
    """The consumer of the graph's queue: the use case, and what its failures are handled with."""

    sync: GraphSync
    rows: PostgresGraphRows
    queue: "SqsGraphQueue"
    max_receives: int
    policy: RetryPolicy = POLICY


_NEEDS_SECONDS: Final = 90  # a graph that hangs, found out at the second try, and a database that resumes
_NO_SCOPE: Final = "0" * 64


def graph_sync_record(service: GraphSyncService, record: SQSRecord, *, seconds_left: float = math.inf) -> None:
    """Projects the memories a record names; raises to have the record delivered again.

    What fails is tried again by what the outbox says of it (`RetryPolicy`), as in consolidation. What is given up on
    needs no record any more: its rows keep the error, and a redrive sends them again. Where too little time is left of
    the invocation, the record is given back.
    """
    require_time(seconds_left, _NEEDS_SECONDS, record, service.queue.retry_in)
    message = message_of(record, GraphSyncMessage, service.queue.retry_in)
    attempt(
        record,
        service.queue.retry_in,
        lambda: _sync(service, message),
        lambda exc: _pause(service, message, exc, record),
    )


def sync_nothing(service: GraphSyncService) -> None:
    """Projects a memory that is not there, and raises what that raises; a graph that is away is waited for later."""
    with suppress(GraphUnavailable):
        service.sync(Tenant(NOBODY), _NO_SCOPE, [NOBODY])


def _sync(service: GraphSyncService, message: GraphSyncMessage) -> None:
    done = service.sync(Tenant(message.project_id), message.scope, message.memory_ids)
    for name, count in (
        (Metric.GRAPH_PUT, done.put),
        (Metric.GRAPH_REMOVED, done.removed),
        (Metric.GRAPH_MOVED, done.moved),
    ):
        metrics.add_metric(name, MetricUnit.Count, count)
    logger.info("projected", action="graph.projected", put=done.put, removed=done.removed, moved=done.moved)


def _pause(service: GraphSyncService, message: GraphSyncMessage, exc: Exception, record: SQSRecord) -> int | None:
    """Seconds until the record is to come again; None where its rows wait without it, or are given up on."""
    logger.exception("projection failed", action="graph.failed", scope=message.scope)
    own = Tenant(message.project_id), message.change_ids
    retry = retry_of(service, record, exc, lambda failed: service.rows.fail(*own, failed))
    if retry is None:
        return None
    if retry.seconds is None:
        metrics.add_metric(Metric.GRAPH_FAILED, MetricUnit.Count, len(message.change_ids))
    return math.ceil(retry.seconds) if retry.seconds is not None and retry.held else None
