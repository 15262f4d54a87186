"""One environment: its stacks, split by how long what is in them lives."""

import aws_cdk as cdk
from constructs import Construct

from infra_cdk.environments import Environment
from infra_cdk.stacks.observability import ObservabilityStack
from infra_cdk.stacks.stateful import StatefulStack
from infra_cdk.stacks.stateless import StatelessStack
from infra_cdk.stacks.surroundings import given, made


class CairnStage(cdk.Stage):
    """The stacks of an environment; over an external database there is no stateful one."""

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, environment.name)
        self.stateful = None if environment.external_database else StatefulStack(self, "Stateful", environment)
        surroundings = made(self.stateful) if self.stateful else given(environment)
        self.stateless = StatelessStack(self, "Stateless", environment, surroundings)
        database = self.stateful.database if self.stateful else None
        self.observability = ObservabilityStack(self, "Observability", environment, self.stateless, database)
        tags = cdk.Tags.of(self)
        for key, value in {"application": "cairn", "environment": environment.name}.items():
            # CloudFormation refuses tags on the one, though the CDK would write them.
            tags.add(key, value, exclude_resource_types=["AWS::RDS::DBProxyTargetGroup"])
