"""Versions of functions in the emulator's Lambda, good and broken ones, and the CodeDeploy that a hook answers."""

import base64
import io
import json
import threading
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
from botocore.config import Config

from local.aws import REGION
from local.sqs import Sqs

REPOSITORY = Path(__file__).resolve().parent.parent
EVENT: dict[str, str] = json.loads((REPOSITORY / "events" / "check_release.codedeploy.json").read_text())
_TARGET = "CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus"


@cache
def client(service: str, endpoint: str) -> Any:
    key = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    patient = Config(read_timeout=500, retries={"total_max_attempts": 1})
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION, config=patient, **key)


@dataclass(frozen=True)
class Invoked:
    """What an invocation came to."""

    payload: Any
    failed: bool
    log: str

    def logged(self) -> list[dict[str, Any]]:
        """The lines of JSON in its log."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]


@dataclass(frozen=True)
class Versions:
    """Publishes our functions as they are in the repository, or with some text of theirs replaced."""

    emulator: Sqs

    def publish(
        self, function: str, variables: Mapping[str, str], *edits: tuple[str, str, str], seconds: int = 420
    ) -> str:
        """The ARN of a new version, with its number. An edit is a file, a text in it, and what is to stand there."""
        code = _zipped(_sources(function, edits))
        aws = client("lambda", self.emulator.endpoint)
        named: dict[str, Any] = {"FunctionName": function}
        told: dict[str, Any] = {"Environment": {"Variables": dict(variables)}, "Timeout": seconds}
        if function in {known["FunctionName"] for known in aws.list_functions()["Functions"]}:
            aws.update_function_configuration(**named, **told)
            aws.update_function_code(**named, ZipFile=code)
        else:
            role = "arn:aws:iam::000000000000:role/any"
            handler = f"functions.{function}.handler.lambda_handler"
            aws.create_function(
                **named, **told, Runtime="python3.13", Role=role, Handler=handler, Code={"ZipFile": code}
            )
        made = aws.publish_version(**named)
        assert made["FunctionArn"].endswith(f":{made['Version']}")
        return made["FunctionArn"]

    def invoke(self, arn: str, event: Mapping[str, Any]) -> Invoked:
        answer = client("lambda", self.emulator.endpoint).invoke(
            FunctionName=arn, Payload=json.dumps(event), LogType="Tail"
        )
        payload = json.loads(answer["Payload"].read())
        log = base64.b64decode(answer.get("LogResult", "")).decode()
        return Invoked(payload, "FunctionError" in answer, log)

    def check(self, function: str, arn: str, codedeploy: "CodeDeploy") -> Invoked:
        """Calls the hook as CodeDeploy does, before a version gets traffic."""
        told = {
            "CAIRN_ENVIRONMENT": "test",
            "CAIRN_CHECKED_FUNCTION": function,
            "CAIRN_CHECKED_VERSION_ARN": arn,
            "AWS_ENDPOINT_URL_CODEDEPLOY": codedeploy.endpoint,
        }
        return self.invoke(self.publish("check_release", told), EVENT)


def _sources(function: str, edits: tuple[tuple[str, str, str], ...]) -> dict[str, str]:
    """The files of an asset. The package comes with it only where it differs from the one that is installed."""
    own = [Path("functions/__init__.py"), *Path(REPOSITORY, "functions", function).glob("*.py")]
    files = {str(Path(REPOSITORY, p).relative_to(REPOSITORY)): Path(REPOSITORY, p).read_text() for p in own}
    if any(path.startswith("cairn/") for path, _, _ in edits):
        core = REPOSITORY / "layers" / "core" / "python"
        files |= {str(p.relative_to(core)): p.read_text() for p in core.rglob("*.*") if p.suffix in (".py", ".sql")}
    for path, text, instead in edits:
        assert files[path].count(text) == 1, (path, text)
        files[path] = files[path].replace(text, instead)
    return files


def _zipped(files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return packed.getvalue()


@dataclass
class CodeDeploy:
    """A real HTTP server on loopback that takes what boto3 sends, for the emulator has no CodeDeploy."""

    told: list[dict[str, str]] = field(default_factory=list)

    def __enter__(self) -> "CodeDeploy":
        self._server = HTTPServer(("127.0.0.1", 0), _handler(self.told))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def status(self) -> str:
        """The one answer that the deployment got."""
        (answer,) = self.told
        assert answer["deploymentId"] == EVENT["DeploymentId"]
        assert answer["lifecycleEventHookExecutionId"] == EVENT["LifecycleEventHookExecutionId"]
        return answer["status"]


def _handler(told: list[dict[str, str]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = self.headers["X-Amz-Target"] == _TARGET
            if known:
                told.append(body)
            answer = json.dumps({"lifecycleEventHookExecutionId": EVENT["LifecycleEventHookExecutionId"]}).encode()
            self.send_response(200 if known else 400)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    return Handler
