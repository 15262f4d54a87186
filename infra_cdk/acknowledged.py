"""The AwsSolutions rules over every stack, and each finding that stands, with its reason.

One about a single resource, whose name is in the finding, is acknowledged where that is made.
"""

import aws_cdk as cdk
import cdk_nag

from infra_cdk.environments import Environment
from infra_cdk.stage import CairnStage


def check_with_nag(app: cdk.App, stage: CairnStage, environment: Environment) -> None:
    """Makes synthesis fail on a finding that is not acknowledged here."""
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    for rule, reason in _reasons(environment).items():
        cdk.Validations.of(stage).acknowledge(cdk.Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason))


def _reasons(environment: Environment) -> dict[str, str]:
    """Findings that stand: rule and, for roles, what exactly of it."""
    found = {
        "L1": "Python 3.13 is what the bytecode in the assets is compiled with, and is supported until 2029.",
        "IAM5[Resource::*]": "X-Ray and the network interfaces of Lambda take no resource; a test lists these actions.",
        "SQS3": "UndeliveredEvents is itself the dead-letter queue of the event rule, which the rule does not see.",
        "APIG4": "GET /health needs no key: it tells load balancers what is up, and nothing of anybody's data.",
    }
    if not environment.external_database:
        found["SMG4"] = (
            "Rotated by the procedure in docs/operations.md: migrate sets the role's password from the secret."
        )
        if not environment.protect_data:
            found["RDS10"] = "This environment holds nothing worth keeping, and is taken down by its owner."
        if environment.protect_data:
            found[
                "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]"
            ] = "What AWS Backup itself asks for, on a role that only it assumes."
    if environment.canary:
        found["IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]"] = (
            "The narrower of CodeDeploy's own policies for Lambda, on roles that only it assumes."
        )
    return found
