"""What holds data, and the network it is in. Nothing in here is replaced without a decision."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra_cdk.components.database import Database
from infra_cdk.components.network import Network
from infra_cdk.environments import Environment


class StatefulStack(cdk.Stack):
    """Network, key, database, its secrets and backups."""

    def __init__(self, scope: Construct, construct_id: str, environment: Environment) -> None:
        super().__init__(
            scope,
            construct_id,
            stack_name=f"cairn-{environment.name}-stateful",
            description=f"Cairn {environment.name}: network, database, secrets",
            termination_protection=environment.protect_data,
        )
        self.key = kms.Key(
            self,
            "Key",
            description=f"Cairn {environment.name}: the database, its secrets and backups",
            enable_key_rotation=True,
            removal_policy=cdk.RemovalPolicy.RETAIN if environment.protect_data else cdk.RemovalPolicy.DESTROY,
        )
        self.network = Network(self, "Network", environment)
        self.database = Database(self, "Database", environment, self.network, self.key)
        cdk.CfnOutput(self, "ClusterEndpoint", value=self.database.cluster.cluster_endpoint.hostname)
        cdk.CfnOutput(self, "OwnerSecretArn", value=self.database.owner_secret.secret_arn)
        cdk.CfnOutput(self, "AppSecretArn", value=self.database.app_secret.secret_arn)
