"""The custom resource that migrates, against an HTTP server that speaks Lambda's invocations and takes the answer."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from infra_cdk.components import migration_provider
from infra_cdk.components.bundling import REPOSITORY


class Server(ThreadingHTTPServer):
    """What Lambda answers is set by the test; what CloudFormation is told is kept."""

    answer: tuple[int, dict[str, str], bytes] = (200, {}, b'{"applied": []}')
    invoked: list[str]
    told: list[dict[str, Any]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.invoked.append(self.path)
        status, headers, body = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.invoked, server.told = [], []
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{server.server_port}")
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }.items():
        monkeypatch.setenv(name, value)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _deploy(server: Server, kind: str) -> dict[str, Any]:
    migration_provider.lambda_handler(
        {
            "RequestType": kind,
            "ResponseURL": f"http://127.0.0.1:{server.server_port}/answer",
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "Migration",
            "ResourceProperties": {"Function": "migrate", "Version": "3"},
        },
        None,
    )
    (told,) = server.told
    assert (told["StackId"], told["RequestId"], told["LogicalResourceId"]) == ("stack", "request", "Migration")
    return told


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_deployment_goes_on_after_its_migrations(server: Server, kind: str):
    assert _deploy(server, kind)["Status"] == "SUCCESS"
    assert server.invoked == ["/2015-03-31/functions/migrate/invocations"]


def test_a_failed_migration_fails_the_deployment(server: Server):
    error = b'{"errorMessage": "Migration 0009_pre_x failed"}'
    server.answer = (200, {"X-Amz-Function-Error": "Unhandled"}, error)
    told = _deploy(server, "Update")
    assert told["Status"] == "FAILED"
    assert "Migration 0009_pre_x failed" in told["Reason"]


def test_a_function_that_cannot_be_invoked_fails_the_deployment(server: Server):
    server.answer = (404, {"X-Amzn-ErrorType": "ResourceNotFoundException"}, b'{"Message": "no such function"}')
    told = _deploy(server, "Update")
    assert told["Status"] == "FAILED"
    assert "ResourceNotFound" in told["Reason"]


def test_a_stack_that_goes_leaves_the_database_alone(server: Server):
    assert _deploy(server, "Delete")["Status"] == "SUCCESS"
    assert not server.invoked


def test_it_is_small_enough_to_be_inline():
    assert len((REPOSITORY / "infra_cdk" / "components" / "migration_provider.py").read_bytes()) <= 4096
