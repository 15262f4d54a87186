"""What is worth waking somebody for. Each alarm has a heading of its name in docs/operations.md."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from cairn.kernel.metrics import Metric
from infra_cdk.components.database import Database
from infra_cdk.environments import Environment
from infra_cdk.stacks.stateless import StatelessStack

NAMESPACE: Final = "Cairn"
_DIMENSIONS: Final = {"service": "cairn"}
_FIVE_MINUTES: Final = cdk.Duration.minutes(5)


@dataclass(frozen=True, kw_only=True)
class Watch:
    """An alarm: `metric` at or over `threshold` for `periods` periods in a row. No data is no alarm."""

    name: str
    says: str
    metric: cloudwatch.IMetric
    threshold: float
    periods: int = 1


def own_metric(name: Metric, *, statistic: str = "Sum", period: cdk.Duration = _FIVE_MINUTES) -> cloudwatch.Metric:
    """A metric that the functions emit; its names have one home, so a renamed one leaves no dead alarm."""
    return cloudwatch.Metric(
        namespace=NAMESPACE, metric_name=name.value, dimensions_map=_DIMENSIONS, statistic=statistic, period=period
    )


def watches(environment: Environment, stateless: StatelessStack, database: Database | None) -> Iterator[Watch]:
    """Every alarm of an environment."""
    yield from _queues(stateless)
    yield from _functions(stateless)
    yield from _api(stateless)
    yield from _own(environment)
    if database:
        yield from _database(environment, database)


def _queues(stateless: StatelessStack) -> Iterator[Watch]:
    for name, queue in stateless.queues.items():
        yield Watch(
            name=f"{pascal(name)}DeadLetters",
            says=f"Messages that {name} gave up after every attempt.",
            metric=queue.dead_letters.metric_approximate_number_of_messages_visible(
                period=_FIVE_MINUTES, statistic="Maximum"
            ),
            threshold=1,
        )
        yield Watch(
            name=f"{pascal(name)}Waiting",
            says=f"The oldest message for {name} is waiting too long.",
            metric=queue.queue.metric_approximate_age_of_oldest_message(period=_FIVE_MINUTES, statistic="Maximum"),
            threshold=900,
            periods=3,
        )
    yield Watch(
        name="UndeliveredEvents",
        says="Events of the bus that could not be put into the ingestion queue.",
        metric=stateless.undelivered.metric_approximate_number_of_messages_visible(
            period=_FIVE_MINUTES, statistic="Maximum"
        ),
        threshold=1,
    )


def _functions(stateless: StatelessStack) -> Iterator[Watch]:
    for name, function in stateless.functions.items():
        yield Watch(
            name=f"{pascal(name)}Errors",
            says=f"Invocations of {name} ended in an error or a timeout.",
            metric=function.function.metric_errors(period=_FIVE_MINUTES, statistic="Sum"),
            threshold=5 if function.spec.serves_http or name in stateless.queues else 1,
        )


def _api(stateless: StatelessStack) -> Iterator[Watch]:
    api = stateless.api.api
    # Not the gateway's count of 5xx, which holds the 501 of what Cairn does not have on purpose. What never became an
    # answer (a crash, a timeout) is in the errors of the functions.
    yield Watch(
        name="ApiServerErrors",
        says="The API answered with 5xx, other than 501.",
        metric=own_metric(Metric.SERVER_ERRORS),
        threshold=5,
    )
    yield Watch(
        name="ApiLatency",
        says="One answer in twenty takes longer than two seconds.",
        metric=api.metric_latency(period=_FIVE_MINUTES, statistic="p95"),
        threshold=2000,
        periods=3,
    )


def _own(environment: Environment) -> Iterator[Watch]:
    yield Watch(
        name="EventsFailed",
        says="Accepted adds came to nothing after every attempt; they can be redriven.",
        metric=own_metric(Metric.EVENT_FAILED),
        threshold=1,
    )
    if environment.has_graph:
        # Maintain empties the dead-letter queue within minutes, so an alarm on that alone could miss it.
        yield Watch(
            name="GraphFailed",
            says="Memories could not be projected into the graph, and were given up on; they can be redriven.",
            metric=own_metric(Metric.GRAPH_FAILED),
            threshold=1,
        )
    yield Watch(
        name="EnqueueFailed",
        says="Adds were stored and not queued; maintain sends them.",
        metric=own_metric(Metric.ENQUEUE_FAILED),
        threshold=10,
        periods=3,
    )
    yield Watch(
        name="TokensSpent",
        says="Models were asked for more tokens in a day than planned.",
        metric=own_metric(Metric.LLM_TOKENS, period=cdk.Duration.days(1)),
        threshold=environment.daily_tokens_alarm,
    )


def _database(environment: Environment, database: Database) -> Iterator[Watch]:
    cluster = database.cluster
    yield Watch(
        name="DatabaseConnections",
        says="The database nears the most connections it takes.",
        metric=cluster.metric_database_connections(period=_FIVE_MINUTES, statistic="Maximum"),
        threshold=round(0.8 * most_connections(environment)),
        periods=2,
    )
    yield Watch(
        name="DatabaseCapacity",
        says="The database works at nearly all of its largest capacity.",
        metric=cluster.metric_acu_utilization(period=_FIVE_MINUTES, statistic="Average"),
        threshold=90,
        periods=3,
    )


def most_connections(environment: Environment) -> int:
    """What Aurora allows: by its largest capacity, and no more than 2,000 where it can shrink below one ACU."""
    by_memory = int(environment.max_acu * 2 * 1024**3 / 9_531_392)
    return min(by_memory, 2000 if environment.min_acu <= 0.5 else 5000)


def pascal(name: str) -> str:
    """`add_memory` as AddMemory."""
    return name.title().replace("_", "")
