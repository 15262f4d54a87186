"""What can be replaced at any time: functions, layers, queues, the API, the event bus and the schedule."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra_cdk.components.http_api import HttpApi
from infra_cdk.components.layers import Layers
from infra_cdk.components.migration import Migration
from infra_cdk.components.python_function import PythonFunction
from infra_cdk.components.work_queue import WorkQueue
from infra_cdk.environments import Environment
from infra_cdk.functions import CONSOLIDATE, GRAPH_SYNC, INGEST, MIGRATE, functions
from infra_cdk.stacks.access import grant_access
from infra_cdk.stacks.surroundings import Surroundings
from infra_cdk.stacks.variables import Variables

ADD_EVENT: Final = "cairn.memory.add"
"""The detail-type of events whose detail is an add."""


class StatelessStack(cdk.Stack):
    """One environment of Cairn, over a database."""

    def __init__(
        self, scope: Construct, construct_id: str, environment: Environment, surroundings: Surroundings
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            stack_name=f"cairn-{environment.name}-stateless",
            description=f"Cairn {environment.name}: functions, queues, API",
        )
        self._environment = environment
        self.queues = self._queues()
        variables = Variables(
            environment, surroundings, self.queues["consolidate"], self.queues["ingest"], self.queues.get("graph_sync")
        )
        layers = Layers(self, "Layers")
        self.functions = {
            spec.name: PythonFunction(
                self,
                spec,
                environment=environment,
                variables=variables.of(spec),
                layers=layers,
                placement=surroundings.place(spec.leaves_network(environment)),
            )
            for spec in functions(environment)
        }
        migration = Migration(self, "Migration", environment, self.functions["migrate"])
        grant_access(environment, surroundings, self.functions, self.queues, migration)
        live = {
            name: function.release(after=migration.resource)
            for name, function in self.functions.items()
            if name != MIGRATE.name
        }
        self._feed(live)
        self.undelivered, self.bus = self._event_bus()
        self._maintain(live["maintain"])
        self.api = HttpApi(
            self,
            "HttpApi",
            environment,
            reads=live["search"],
            writes=live["add_memory"],
            authorize=live["authorize"],
        )
        self._say()

    def _queues(self) -> dict[str, WorkQueue]:
        queues = {
            "consolidate": WorkQueue(self, "ConsolidateQueue", CONSOLIDATE),
            "ingest": WorkQueue(self, "IngestQueue", INGEST, fifo=False),
        }
        if self._environment.has_graph:
            queues["graph_sync"] = WorkQueue(self, "GraphSyncQueue", GRAPH_SYNC)
        return queues

    def _feed(self, live: dict[str, lambda_.Alias]) -> None:
        for name, queue in self.queues.items():
            # Of a batch, events after one of their scope that failed would be received, and count that, without a try.
            batch = 1 if name == "consolidate" else 10
            queue.feed(live[name], at_most=self._environment.worker_concurrency, batch=batch)

    def _event_bus(self) -> tuple[sqs.Queue, events.EventBus]:
        """A bus for other systems: an event of our detail-type becomes a message of the ingestion queue."""
        bus = events.EventBus(self, "Bus", event_bus_name=f"cairn-{self._environment.name}")
        undelivered = sqs.Queue(self, "UndeliveredEvents", enforce_ssl=True, retention_period=cdk.Duration.days(14))
        events.Rule(
            self,
            "AddRule",
            event_bus=bus,
            description="Adds of other systems go to the ingestion queue",
            event_pattern=events.EventPattern(detail_type=[ADD_EVENT]),
            targets=[
                targets.SqsQueue(
                    self.queues["ingest"].queue,
                    dead_letter_queue=undelivered,
                    retry_attempts=20,
                    max_event_age=cdk.Duration.hours(2),
                )
            ],
        )
        return undelivered, bus

    def _maintain(self, maintain: lambda_.IFunction) -> None:
        # A run that fails is not repeated, by EventBridge or by Lambda: the next one does all that this one left.
        maintain.configure_async_invoke(retry_attempts=0, max_event_age=cdk.Duration.minutes(1))
        events.Rule(
            self,
            "MaintainSchedule",
            description="Upkeep: send again, reconcile, purge",
            schedule=events.Schedule.rate(cdk.Duration.minutes(self._environment.maintain_minutes)),
            targets=[targets.LambdaFunction(maintain, retry_attempts=0)],
        )

    def _say(self) -> None:
        ingest = self.queues["ingest"].queue
        outputs = {
            "ApiUrl": self.api.url,
            "BusName": self.bus.event_bus_name,
            "IngestQueueUrl": ingest.queue_url,
            "IngestQueueArn": ingest.queue_arn,
            "ConsolidateQueueUrl": self.queues["consolidate"].queue.queue_url,
        }
        for name, queue in self.queues.items():
            outputs[f"{_pascal(name)}DeadLettersUrl"] = queue.dead_letters.queue_url
        for name, function in self.functions.items():
            outputs[f"{_pascal(name)}Function"] = function.function.function_name
        if self.api.domain:
            outputs["DomainTarget"] = self.api.domain.regional_domain_name
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)


def _pascal(name: str) -> str:
    return name.title().replace("_", "")
