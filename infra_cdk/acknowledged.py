"""The AwsSolutions rules over every stack, and each finding that stands, with its reason."""

import aws_cdk as cdk
import cdk_nag

from infra_cdk.environments import Environment
from infra_cdk.stage import CairnStage


def check_with_nag(app: cdk.App, stage: CairnStage, environment: Environment) -> None:
    """Makes synthesis fail on a finding that is not acknowledged here."""
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
