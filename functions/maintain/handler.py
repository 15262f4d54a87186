"""maintain: scheduled upkeep. The event {"task": "resend"} sends everything unfinished again at once.

The tasks reembed, reembed-undo and reembed-drop change the embedding model, as `cairn reembed` does where the database
can be reached; they answer with a Progress.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from cairn.bootstrap import Provided, reembed_tasks, upkeep
from cairn.bootstrap.release import check_parts
from cairn.kernel.errors import InvalidRequest
from cairn.kernel.metrics import Metric
from cairn.kernel.observability import count_embeddings, logger, metrics
from cairn.kernel.settings import MaintainSettings
from cairn.kernel.usage import watched
from cairn.platform.release_check import Handler, checked_by

_UPKEEP = ("scheduled", "resend")
_TASKS = (*_UPKEEP, *reembed_tasks.TASKS)


class UpkeepFailed(Exception):
    """Some tasks of a run failed: the log says why, and the function's error alarm that they did."""

    def __init__(self, tasks: list[str]) -> None:
        super().__init__(f"Upkeep failed at: {', '.join(tasks)}; see the log.")


service = Provided(lambda: upkeep.maintain(MaintainSettings()))  # pyright: ignore[reportCallIssue]  # read from the environment


def _check(handler: Handler, context: LambdaContext) -> None:
    check_parts(MaintainSettings())  # pyright: ignore[reportCallIssue]  # read from the environment
    service()


@checked_by(_check)
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Does a task once, upkeep where the event names none, and answers with its counts.

    Raises:
        UpkeepFailed: a part of upkeep failed, after all the others.
        InvalidRequest: there is no such task. An answer that says so would hide a schedule that is wrong.
    """
    task = event.get("task", _UPKEEP[0])
    if task not in _TASKS:
        raise InvalidRequest(f"maintain has no task {task!r}; its tasks are {', '.join(_TASKS)}.")
    return _done({"task": task}, context)


@metrics.log_metrics(capture_cold_start_metric=True)
def _done(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    task: str = event["task"]
    with watched() as spent:
        try:
            if task in _UPKEEP:
                return _upkeep(resend_all=task == "resend")
            return _reembed(task, lambda: context.get_remaining_time_in_millis() / 1000)
        finally:
            count_embeddings(spent)


def _upkeep(*, resend_all: bool) -> dict[str, Any]:
    done = service()(resend_all)
    metrics.add_metric(Metric.EVENTS_RESENT, MetricUnit.Count, done.resent)
    metrics.add_metric(Metric.EVENT_FAILED, MetricUnit.Count, done.failed)
    metrics.add_metric(Metric.MEMORIES_EXPIRED, MetricUnit.Count, done.expired)
    metrics.add_metric(Metric.MEMORIES_INDEXED, MetricUnit.Count, done.indexed)
    metrics.add_metric(Metric.ROWS_REEMBEDDED, MetricUnit.Count, done.reembedded)
    metrics.add_metric(Metric.GRAPH_SENT, MetricUnit.Count, done.graph_sent)
    metrics.add_metric(Metric.GRAPH_FAILED, MetricUnit.Count, done.graph_failed)
    if done.broken:
        raise UpkeepFailed(done.broken)
    return asdict(done)


def _reembed(task: str, seconds_left: Callable[[], float]) -> dict[str, Any]:
    settings = MaintainSettings()  # pyright: ignore[reportCallIssue]  # read from the environment
    progress = reembed_tasks.run(settings, task, seconds_left)
    metrics.add_metric(Metric.ROWS_REEMBEDDED, MetricUnit.Count, progress.rows)
    return asdict(progress)
