"""One Lambda function: its code and layers, its role, its log group, its versions and the alias that serves."""

from collections.abc import Mapping
from typing import Final, cast

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IDependable

from cairn.kernel.metrics import Metric
from infra_cdk.components.bundling import Bundle, code
from infra_cdk.components.layers import Layers
from infra_cdk.components.logs import log_group
from infra_cdk.components.network import Placement
from infra_cdk.components.settings_contract import check_settings
from infra_cdk.environments import Environment
from infra_cdk.functions import CHECK_RELEASE, FunctionSpec

LIVE: Final = "live"

_NETWORK_INTERFACES: Final = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
"""What Lambda asks of a role whose function runs in a VPC; none of them can be narrowed to a resource beforehand."""


class PythonFunction(Construct):
    """A function of `functions/`. What serves is the alias `live`; it moves only when its stack says so."""

    def __init__(
        self,
        scope: Construct,
        spec: FunctionSpec,
        *,
        environment: Environment,
        variables: Mapping[str, str],
        layers: Layers,
        placement: Placement | None,
    ) -> None:
        super().__init__(scope, spec.name)
        check_settings(spec.name, spec.settings, variables)
        self.spec = spec
        self._environment = environment
        self._layers = layers
        self._logs = log_group(self, "Logs", environment)
        self.role = self._role(placement)
        self.function = self._function(variables, layers, placement)

    def release(self, after: IDependable | None = None) -> lambda_.Alias:
        """Publishes this version under the alias, once `after` is done.

        Where the environment says so, that goes step by step: the version is checked first, and then has a tenth of the
        traffic for five minutes, and is taken back where the check fails or the alarm goes off.
        """
        alias = lambda_.Alias(self, "Live", alias_name=LIVE, version=self.function.current_version)
        if after is not None:
            alias.node.add_dependency(after)
        if self._environment.canary:
            self._release_gradually(alias)
        return alias

    def _release_gradually(self, alias: lambda_.Alias) -> None:
        check = self._check()
        group = codedeploy.LambdaDeploymentGroup(
            self,
            "Release",
            alias=alias,
            deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
            pre_hook=check.function,
            alarms=[self._release_alarm(alias)],
            auto_rollback=codedeploy.AutoRollbackConfig(failed_deployment=True, deployment_in_alarm=True),
        )
        # The alias names the hook alone: without these it could move before the hook may be called, or may answer.
        alias.node.add_dependency(group, check)
        called = cdk.Stack.of(self).get_logical_id(cast("cdk.CfnElement", check.function.node.default_child))
        cdk.Validations.of(group).acknowledge(
            cdk.Acknowledgment(
                id=f"AwsSolutions-IAM5[Resource::<{called}.Arn>:*]",
                reason="Versions and aliases of the hook, which only CodeDeploy calls: the CDK grants it so.",
            )
        )

    def _check(self) -> "PythonFunction":
        """What asks the new version, and may invoke nothing else."""
        version = self.function.current_version.function_arn
        variables = {
            "CAIRN_ENVIRONMENT": self._environment.name,
            "CAIRN_CHECKED_FUNCTION": self.spec.name,
            "CAIRN_CHECKED_VERSION_ARN": version,
        }
        check = PythonFunction(
            self,
            CHECK_RELEASE,
            environment=self._environment,
            variables=variables,
            layers=self._layers,
            placement=None,
        )
        check.role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[version]))
        return check

    def _role(self, placement: Placement | None) -> iam.Role:
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        writes = ["logs:CreateLogStream", "logs:PutLogEvents"]
        role.add_to_policy(iam.PolicyStatement(actions=writes, resources=[self._logs.log_group_arn]))
        if placement is not None:
            role.add_to_policy(iam.PolicyStatement(actions=list(_NETWORK_INTERFACES), resources=["*"]))
        return role

    def _function(self, variables: Mapping[str, str], layers: Layers, placement: Placement | None) -> lambda_.Function:
        spec, environment = self.spec, self._environment
        wanted = [layers[name] for name in spec.layers(environment)]
        snap = spec.serves_http and environment.snap_start
        function = lambda_.Function(
            self,
            "Function",
            description=f"Cairn {environment.name}: {spec.name}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"functions.{spec.name}.handler.lambda_handler",
            code=code(bundle(spec.name)),
            layers=wanted,
            environment={"POWERTOOLS_SERVICE_NAME": spec.name, "POWERTOOLS_METRICS_NAMESPACE": "Cairn", **variables},
            role=self.role,
            log_group=self._logs,
            tracing=lambda_.Tracing.ACTIVE,
            timeout=cdk.Duration.seconds(spec.timeout_seconds),
            memory_size=environment.http_memory_mb if spec.serves_http else spec.memory_mb,
            reserved_concurrent_executions=spec.reserved(environment),
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if snap else None,
            vpc=placement.vpc if placement else None,
            vpc_subnets=placement.subnets if placement else None,
            security_groups=[placement.security_group] if placement else None,
        )
        if snap:
            # It asks for a version to be published; `release` does.
            cdk.Annotations.of(function).acknowledge_warning("@aws-cdk/aws-lambda:snapStartRequirePublish")
        return function

    def _release_alarm(self, alias: lambda_.Alias) -> cloudwatch.Alarm:
        # An answer of 500, or a record that failed, is no error to Lambda: what the version itself counts is added.
        dimensions = {
            "service": "cairn",
            "function": self.function.function_name,
            "version": self.function.current_version.version,
        }
        minute = cdk.Duration.minutes(1)
        faults = cloudwatch.Metric(
            namespace="Cairn", metric_name=Metric.FAULTS, dimensions_map=dimensions, statistic="Sum", period=minute
        )
        return cloudwatch.Alarm(
            self,
            "ReleaseAlarm",
            alarm_description=f"Errors of {self.spec.name} while a release takes its first traffic: it is taken back.",
            metric=cloudwatch.MathExpression(
                expression="FILL(errors, 0) + FILL(faults, 0)",
                using_metrics={"errors": alias.metric_errors(period=minute, statistic="Sum"), "faults": faults},
                period=minute,
                label="errors and faults",
            ),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def bundle(name: str) -> Bundle:
    """The asset of a function: the package's own file, and its folder."""
    own = f"functions/{name}"
    return Bundle(root="/var/task", copies=(("functions/__init__.py", "functions/__init__.py"), (own, own)))
