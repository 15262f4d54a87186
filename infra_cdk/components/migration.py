"""Migrates the database while a deployment runs, before any new code takes traffic."""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra_cdk.components.logs import log_group
from infra_cdk.components.python_function import PythonFunction
from infra_cdk.environments import Environment

_PROVIDER: Final = Path(__file__).with_name("migration_provider.py")
_PROVIDER_TIMEOUT: Final = cdk.Duration.seconds(900)


class Migration(Construct):
    """A custom resource that invokes each new version of migrate once.

    Whatever depends on it waits for it. Where migrate fails, so does the deployment: CloudFormation rolls back, and the
    aliases, which wait for this resource, have not moved.
    """

    def __init__(self, scope: Construct, construct_id: str, environment: Environment, migrate: PythonFunction) -> None:
        super().__init__(scope, construct_id)
        logs = log_group(self, "Logs", environment)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        writes = ["logs:CreateLogStream", "logs:PutLogEvents"]
        self.role.add_to_policy(iam.PolicyStatement(actions=writes, resources=[logs.log_group_arn]))
        provider = lambda_.Function(
            self,
            "Provider",
            description="Cairn: runs the migrations of a deployment",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler="index.lambda_handler",
            code=lambda_.Code.from_inline(_PROVIDER.read_text()),
            role=self.role,
            log_group=logs,
            timeout=_PROVIDER_TIMEOUT,
        )
        self.resource = cdk.CustomResource(
            self,
            "Run",
            resource_type="Custom::Migration",
            service_token=provider.function_arn,
            service_timeout=_PROVIDER_TIMEOUT,
            # The version is named so that each new one runs; what is invoked has one name, and one exact permission.
            properties={
                "Function": migrate.function.function_arn,
                "Version": migrate.function.current_version.version,
            },
        )
        self.resource.node.add_dependency(self.role)
