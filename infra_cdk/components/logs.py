"""Log groups that forget after a while."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra_cdk.environments import Environment

RETENTION: Final = {
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}
"""The days that CloudWatch offers and an environment may ask for."""


def log_group(
    scope: Construct, construct_id: str, environment: Environment, *, name: str | None = None
) -> logs.LogGroup:
    """A log group; it goes with its stack, for what it holds is older than the stack's end by then."""
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=RETENTION[environment.log_days],
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
