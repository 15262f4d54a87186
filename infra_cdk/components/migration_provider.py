"""Invokes the function named by a custom resource, and fails the deployment where it fails. Runs in Lambda, inline."""

import json
import sys
import time
import urllib.request
from collections.abc import Callable
from typing import Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# Longer than the function may take, and never twice: a migration that is still running would be started again.
_CONFIG = Config(read_timeout=890, retries={"total_max_attempts": 1})


def lambda_handler(event: dict[str, Any], _context: object) -> None:
    """Answers CloudFormation whatever happens: without an answer it would wait until its own timeout."""
    status, reason = "SUCCESS", "The database stays as it is."
    if event["RequestType"] != "Delete":
        try:
            status, reason = _invoke(event["ResourceProperties"]["Function"])
        except Exception as exc:  # noqa: BLE001  # the outermost handler, which reports it
            status, reason = "FAILED", f"The function could not be invoked: {exc!r}"
    _answer(event, status, reason)


def _invoke(function: str) -> tuple[str, str]:
    connect = cast("Callable[..., Any]", boto3.client)  # pyright: ignore[reportUnknownMemberType]
    answer = _first_answer(connect("lambda", config=_CONFIG), function)
    payload = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        return "FAILED", f"The function failed, and nothing new takes traffic: {payload}"
    return "SUCCESS", payload


def _first_answer(client: Any, function: str, tries_left: int = 5) -> dict[str, Any]:
    try:
        return client.invoke(FunctionName=function, Payload=json.dumps({"task": "deploy"}))
    except ClientError as exc:
        # At the first deployment the permission is seconds old, and not known everywhere yet.
        if "AccessDeniedException" not in str(exc) or not tries_left:
            raise
    time.sleep(10)
    return _first_answer(client, function, tries_left - 1)


def _answer(event: dict[str, Any], status: str, reason: str) -> None:
    sys.stdout.write(json.dumps({"action": "migration.answered", "status": status, "reason": reason}) + "\n")
    body = {
        "Status": status,
        "Reason": reason[:1000],
        "PhysicalResourceId": "migration",
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    # The address is signed for a request without a content type.
    url, data = event["ResponseURL"], json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": ""}, method="PUT")
    urllib.request.urlopen(request, timeout=30).close()
