"""Invokes the function named by a custom resource, and fails the deployment where it fails. Runs in Lambda, inline."""

import json
import time
import urllib.request

import boto3
from botocore.config import Config

# Longer than the function may take, and never twice: a migration that is still running would be started again.
_CONFIG = Config(read_timeout=890, retries={"total_max_attempts": 1})


def lambda_handler(event, context):
    """Answers CloudFormation whatever happens: without an answer it would wait until its own timeout."""
    status, reason = "SUCCESS", "Deleted; the database stays as it is."
    if event["RequestType"] != "Delete":
        try:
            status, reason = _invoke(event["ResourceProperties"]["Function"])
        except Exception as exc:  # noqa: BLE001  # the outermost handler
            status, reason = "FAILED", f"The function could not be invoked: {exc!r}"
    _answer(event, status, reason)


def _invoke(function):
    client = boto3.client("lambda", config=_CONFIG)
    for tries_left in range(5, -1, -1):
        try:
            answer = client.invoke(FunctionName=function, Payload=json.dumps({"task": "deploy"}))
            break
        except client.exceptions.ClientError as exc:
            # At the first deployment the permission is seconds old, and not known everywhere yet.
            if exc.response["Error"]["Code"] != "AccessDeniedException" or not tries_left:
                raise
            time.sleep(10)
    payload = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        return "FAILED", f"The function failed, and nothing new takes traffic: {payload}"
    return "SUCCESS", payload


def _answer(event, status, reason):
    print(json.dumps({"action": "migration.answered", "status": status, "reason": reason}))
    body = {
        "Status": status,
        "Reason": reason[:1000],
        "PhysicalResourceId": "migration",
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    request = urllib.request.Request(event["ResponseURL"], json.dumps(body).encode(), {"content-type": ""}, method="PUT")
    urllib.request.urlopen(request, timeout=30).close()
