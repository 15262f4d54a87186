"""maintain: scheduled upkeep. The event {"task": "resend"} sends everything unfinished again at once."""

from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from cairn.bootstrap import upkeep
from cairn.bootstrap.release import check_parts
from cairn.metrics import Metric
from cairn.observability import logger, metrics
from cairn.release import Handler, checked_by
from cairn.settings import MaintainSettings
from cairn.usecases.maintain import Maintained


class UpkeepFailed(Exception):
    """Some tasks of a run failed: the log says why, and the function's error alarm that they did."""

    def __init__(self, tasks: list[str]) -> None:
        super().__init__(f"Upkeep failed at: {', '.join(tasks)}; see the log.")


@cache
def service() -> Callable[[bool], Maintained]:
    """The service of this environment, built on its first event."""
    return upkeep.maintain(MaintainSettings())  # pyright: ignore[reportCallIssue]  # read from the environment


def _check(handler: Handler, context: LambdaContext) -> None:
    check_parts(MaintainSettings())  # pyright: ignore[reportCallIssue]  # read from the environment
    service()


@checked_by(_check)
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Runs upkeep once and answers with its counts; raises UpkeepFailed where a task failed, after all the others."""
    done = service()(event.get("task") == "resend")
    metrics.add_metric(Metric.EVENTS_RESENT, MetricUnit.Count, done.resent)
    metrics.add_metric(Metric.EVENT_FAILED, MetricUnit.Count, done.failed)
    metrics.add_metric(Metric.MEMORIES_EXPIRED, MetricUnit.Count, done.expired)
    metrics.add_metric(Metric.MEMORIES_INDEXED, MetricUnit.Count, done.indexed)
    metrics.add_metric(Metric.GRAPH_SENT, MetricUnit.Count, done.graph_sent)
    metrics.add_metric(Metric.GRAPH_FAILED, MetricUnit.Count, done.graph_failed)
    if done.broken:
        raise UpkeepFailed(done.broken)
    return asdict(done)
