"""What tells how an environment does: a dashboard, and alarms that reach somebody."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from cairn.kernel.metrics import Metric
from infra_cdk.components.alarms import Watch, own_metric, watches
from infra_cdk.components.database import Database
from infra_cdk.environments import Environment
from infra_cdk.stacks.stateless import StatelessStack

_AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD


class ObservabilityStack(cdk.Stack):
    """Alarms, the topic they go to, and the dashboard."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        environment: Environment,
        stateless: StatelessStack,
        database: Database | None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            stack_name=f"cairn-{environment.name}-observability",
            description=f"Cairn {environment.name}: dashboard and alarms",
        )
        self._environment = environment
        topic = sns.Topic(self, "Alarms", display_name=f"Cairn {environment.name}", enforce_ssl=True)
        if environment.alarm_email:
            topic.add_subscription(subscriptions.EmailSubscription(environment.alarm_email))
        alarms = [self._alarm(watch, topic) for watch in watches(environment, stateless, database)]
        self._dashboard(alarms, stateless, database)
        cdk.CfnOutput(self, "AlarmTopicArn", value=topic.topic_arn)

    def _alarm(self, watch: Watch, topic: sns.ITopic) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            watch.name,
            alarm_name=f"cairn-{self._environment.name}-{watch.name}",
            alarm_description=f"{watch.says} What to do: docs/operations.md, {watch.name}.",
            metric=watch.metric,
            threshold=watch.threshold,
            evaluation_periods=watch.periods,
            comparison_operator=_AT_LEAST,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(topic))
        alarm.add_ok_action(actions.SnsAction(topic))
        return alarm

    def _dashboard(self, alarms: list[cloudwatch.Alarm], stateless: StatelessStack, database: Database | None) -> None:
        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=f"cairn-{self._environment.name}")
        dashboard.add_widgets(cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=24))
        api = stateless.api.api
        dashboard.add_widgets(
            _graph("Requests", [api.metric_count(statistic="Sum"), own_metric(Metric.REQUESTS)]),
            _graph("Latency, ms", [api.metric_latency(statistic=s) for s in ("p50", "p95", "p99")]),
            _graph("Errors", [api.metric_server_error(), api.metric_client_error(), own_metric(Metric.SERVER_ERRORS)]),
        )
        dashboard.add_widgets(
            _graph("What became of adds", [own_metric(m) for m in _ADDS]),
            _graph("What models cost", [own_metric(metric) for metric in _MODELS]),
            _graph(
                "Waiting messages",
                [q.queue.metric_approximate_number_of_messages_visible() for q in stateless.queues.values()],
            ),
        )
        functions = [f.function for f in stateless.functions.values()]
        dashboard.add_widgets(
            _graph("Functions: duration p95", [f.metric_duration(statistic="p95") for f in functions]),
            _graph("Functions: errors", [f.metric_errors() for f in functions]),
            *([_database(database)] if database else []),
        )


_ADDS = (
    Metric.ADD_ACCEPTED,
    Metric.EVENT_SUCCEEDED,
    Metric.EVENT_FAILED,
    Metric.EVENTS_PARKED,
    Metric.MEMORIES_ADDED,
    Metric.MEMORIES_UPDATED,
    Metric.MEMORIES_CLOSED,
)


_MODELS = (Metric.LLM_CALLS, Metric.LLM_TOKENS, Metric.EMBEDDING_CALLS, Metric.EMBEDDING_TOKENS)


def _graph(title: str, metrics: list[cloudwatch.Metric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=8)


def _database(database: Database) -> cloudwatch.GraphWidget:
    cluster = database.cluster
    return _graph("Database", [cluster.metric_serverless_database_capacity(), cluster.metric_database_connections()])
