"""Aurora PostgreSQL Serverless v2: encrypted, backed up, with an owner for migrations and a role for the rest."""

import json
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_backup as backup
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra_cdk.components.logs import log_group
from infra_cdk.components.network import POSTGRES_PORT, Network
from infra_cdk.environments import Environment

ENGINE: Final = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_17_7)
NAME: Final = "cairn"
OWNER: Final = "cairn_owner"
APP_ROLE: Final = "cairn_service"
_PARAMETERS: Final = {
    "rds.force_ssl": "1",
    "log_min_duration_statement": "1000",  # milliseconds
    "log_parameter_max_length": "0",  # what people said and asked for is no matter of logs
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",  # without the row that an error is about
    "idle_in_transaction_session_timeout": "60000",
    # A frozen function keeps its connection open, and an open connection keeps a database from pausing.
    "idle_session_timeout": "300000",
}


class Database(Construct):
    """The cluster, its secrets, and where wanted a proxy and a backup vault."""

    def __init__(
        self, scope: Construct, construct_id: str, environment: Environment, network: Network, key: kms.IKey
    ) -> None:
        super().__init__(scope, construct_id)
        self._environment = environment
        self._network = network
        self._key = key
        self._kept = cdk.RemovalPolicy.RETAIN if environment.protect_data else cdk.RemovalPolicy.DESTROY
        self.cluster = self._cluster()
        if self.cluster.secret is None:
            raise TypeError("The cluster was made without a secret of its owner.")
        self.owner_secret: secretsmanager.ISecret = self.cluster.secret
        self.app_secret = self._app_secret()
        self.proxy = self._proxy() if environment.database_proxy else None
        if environment.protect_data:
            self._back_up()

    def _cluster(self) -> rds.DatabaseCluster:
        # The name is ours so that the log group is there, with its retention, before Aurora makes one that keeps all.
        name = f"cairn-{self._environment.name}"
        logs = log_group(self, "Logs", self._environment, name=f"/aws/rds/cluster/{name}/postgresql")
        pause = self._environment.auto_pause_minutes
        writer, *readers = [
            self._instance(n) for n in (["Writer", "Reader"] if self._environment.reader else ["Writer"])
        ]
        cluster = rds.DatabaseCluster(
            self,
            "Cluster",
            cluster_identifier=name,
            engine=ENGINE,
            parameters=_PARAMETERS,
            default_database_name=NAME,
            credentials=rds.Credentials.from_generated_secret(OWNER, encryption_key=self._key),
            port=POSTGRES_PORT,
            writer=writer,
            readers=readers,
            serverless_v2_min_capacity=self._environment.min_acu,
            serverless_v2_max_capacity=self._environment.max_acu,
            serverless_v2_auto_pause_duration=None if pause is None else cdk.Duration.minutes(pause),
            vpc=self._network.vpc,
            vpc_subnets=self._network.isolated,
            security_groups=[self._network.database_group],
            storage_encrypted=True,
            storage_encryption_key=self._key,
            iam_authentication=True,
            backup=rds.BackupProps(retention=cdk.Duration.days(self._environment.backup_days)),
            copy_tags_to_snapshot=True,
            cloudwatch_logs_exports=["postgresql"],
            deletion_protection=self._environment.protect_data,
            removal_policy=cdk.RemovalPolicy.SNAPSHOT if self._environment.protect_data else cdk.RemovalPolicy.DESTROY,
        )
        cluster.node.add_dependency(logs)
        return cluster

    def _instance(self, name: str) -> rds.IClusterInstance:
        # The reader grows with the writer, so that it can take over.
        grows = {"scale_with_writer": True} if name == "Reader" else {}
        return rds.ClusterInstance.serverless_v2(
            name,
            auto_minor_version_upgrade=True,
            enable_performance_insights=True,
            performance_insight_encryption_key=self._key,
            **grows,
        )

    def _app_secret(self) -> secretsmanager.Secret:
        """The secret of the role that the functions use; migrate gives the role this password."""
        template = {
            "engine": "postgres",
            "host": self.cluster.cluster_endpoint.hostname,
            "port": POSTGRES_PORT,
            "dbname": NAME,
            "username": APP_ROLE,
        }
        return secretsmanager.Secret(
            self,
            "AppSecret",
            description="How the functions reach the database: the application's role, which owns nothing",
            encryption_key=self._key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps(template),
                generate_string_key="password",
                password_length=40,
                exclude_punctuation=True,
            ),
            removal_policy=self._kept,
        )

    def _proxy(self) -> rds.DatabaseProxy:
        return rds.DatabaseProxy(
            self,
            "Proxy",
            proxy_target=rds.ProxyTarget.from_cluster(self.cluster),
            secrets=[self.app_secret],
            vpc=self._network.vpc,
            vpc_subnets=self._network.isolated,
            security_groups=[self._proxy_group()],
            require_tls=True,
        )

    def _proxy_group(self) -> ec2.SecurityGroup:
        """The database's own group for the proxy too: it takes what functions send, and may speak to itself."""
        group = self._network.database_group
        group.add_ingress_rule(group, ec2.Port.tcp(POSTGRES_PORT), "The proxy")
        group.add_egress_rule(group, ec2.Port.tcp(POSTGRES_PORT), "The proxy")
        return group

    def _back_up(self) -> None:
        """Copies that outlive the cluster, in a vault that outlives the stack."""
        vault = backup.BackupVault(self, "Vault", encryption_key=self._key, removal_policy=cdk.RemovalPolicy.RETAIN)
        plan = backup.BackupPlan(self, "BackupPlan", backup_vault=vault)
        for name, schedule, days in (
            ("Daily", events.Schedule.cron(hour="3", minute="0"), 35),
            ("Monthly", events.Schedule.cron(day="1", hour="4", minute="0"), 365),
        ):
            plan.add_rule(
                backup.BackupPlanRule(
                    rule_name=name, schedule_expression=schedule, delete_after=cdk.Duration.days(days)
                )
            )
        plan.add_selection("Cluster", resources=[backup.BackupResource.from_rds_database_cluster(self.cluster)])
