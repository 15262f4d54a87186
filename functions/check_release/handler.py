"""check_release: CodeDeploy calls it before a new version gets traffic, and waits for its answer."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from cairn.bootstrap import Provided, check_release
from cairn.kernel.observability import logger
from cairn.kernel.settings import CheckReleaseSettings

service = Provided(lambda: check_release.check_release(CheckReleaseSettings()))  # pyright: ignore[reportCallIssue]  # read from the environment


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, str], context: LambdaContext) -> dict[str, Any]:
    """Checks the version of its settings, and answers the deployment of a BeforeAllowTraffic event."""
    deployment, execution = event["DeploymentId"], event["LifecycleEventHookExecutionId"]
    return asdict(service()(deployment, execution, lambda: context.get_remaining_time_in_millis() / 1000))
