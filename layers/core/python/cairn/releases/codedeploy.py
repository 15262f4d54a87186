"""Published versions of functions, and the CodeDeploy deployments that give them traffic, through boto3.

AWS_ENDPOINT_URL_LAMBDA and AWS_ENDPOINT_URL_CODEDEPLOY move them; botocore reads these by itself.
"""

import json
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cairn.platform.release_check import QUESTION, Status, Verdict, said

_CONFIG: Final = Config(connect_timeout=5, read_timeout=100, retries={"total_max_attempts": 1})
_TRIES: Final = 6
_PAUSE: Final = 10  # seconds; a permission that came with this release is not known everywhere at once


class Releases:
    """Asks versions, and tells CodeDeploy."""

    @cached_property
    def _lambda(self) -> Any:
        return _client("lambda")

    @cached_property
    def _codedeploy(self) -> Any:
        return _client("codedeploy")

    def ask(self, version_arn: str) -> Verdict:
        """What a version says of itself; one that cannot be invoked, or has no time, is waited for."""
        try:
            answer = self._lambda.invoke(FunctionName=version_arn, Payload=json.dumps(QUESTION))
            payload = json.loads(answer["Payload"].read())
        except (BotoCoreError, ClientError) as exc:
            return Verdict(Status.WAITING, f"It could not be invoked: {said(exc)}")
        except ValueError:
            return Verdict(Status.BAD, "It answered no JSON.")
        return _failed(payload) if "FunctionError" in answer else _verdict(payload)

    def answer(self, deployment_id: str, execution_id: str, *, succeeded: bool) -> None:
        """Lets a deployment go on, or ends it; raises what boto3 raises where CodeDeploy does not take it."""
        status = "Succeeded" if succeeded else "Failed"
        for tried in range(1, _TRIES + 1):
            try:
                self._codedeploy.put_lifecycle_event_hook_execution_status(
                    deploymentId=deployment_id, lifecycleEventHookExecutionId=execution_id, status=status
                )
                return
            except ClientError as exc:
                if "AccessDenied" not in str(exc) or tried == _TRIES:
                    raise
            time.sleep(_PAUSE)


def _client(service: str) -> Any:
    connect = cast("Callable[..., Any]", boto3.client)  # pyright: ignore[reportUnknownMemberType]
    return connect(service, config=_CONFIG)


def _failed(error: dict[str, Any]) -> Verdict:
    """Of an invocation that ended in an error: it could not be imported, raised, or ran out of time."""
    message = str(error.get("errorMessage"))
    if "Task timed out" in message:  # in what waits for a database that resumes, too
        return Verdict(Status.WAITING, message)
    return Verdict(Status.BAD, " ".join(f"{error.get('errorType')}: {message}".split()))


def _verdict(payload: object) -> Verdict:
    try:
        found = cast("dict[str, str]", payload)
        return Verdict(Status(found["status"]), found["reason"])
    except (KeyError, TypeError, ValueError):
        return Verdict(Status.BAD, "It does not know the check of a release.")
