"""The API as its Lambda handlers answer it, over a real database and real queues; no process in between."""

import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import boto3
import pytest
from cairn import bootstrap
from cairn.bootstrap import ConsolidateService
from cairn.consumer import consolidate_record
from cairn.db import Database
from cairn.settings import (
    AddMemorySettings,
    AuthorizeSettings,
    ConsolidateSettings,
    MaintainSettings,
    SearchSettings,
)
from pydantic import SecretStr

from local.gateway import READ_POSTS
from local.sqs import Sqs
from tests.conftest import TestDatabase


@dataclass(frozen=True)
class Context:
    function_name: str = "test"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:test"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Api:
    """Sends requests the way API Gateway does: authorize first, then the function behind the route."""

    add_memory: Any
    search: Any
    authorizer: Callable[..., Any]
    key: str = ""
    project_id: str = ""

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        key: str | None = None,
        raw: str | None = None,
    ) -> Answer:
        sent = {"authorization": f"Token {key or self.key}", "content-type": "application/json", "host": "cairn.test"}
        sent |= headers or {}
        event = http_event(method, path, query or {}, sent, raw if raw is not None else _dumped(body))
        event["requestContext"]["authorizer"] = {"lambda": self._authorized(sent["authorization"])}
        reads = method in ("GET", "HEAD") or (method == "POST" and path.rstrip("/") in READ_POSTS)
        answer = (self.search if reads else self.add_memory)(event, Context())
        return Answer(answer["statusCode"], json.loads(answer["body"]), answer["headers"])

    def _authorized(self, authorization: str) -> dict[str, str]:
        from functions.authorize.handler import lambda_handler

        return lambda_handler({"identitySource": [authorization]}, Context())["context"]

    def add(self, *contents: str, infer: bool = False, expect: int = 200, **fields: Any) -> Any:
        fields = {"user_id": "ada"} | fields
        messages = [{"role": "user", "content": c} for c in contents]
        answer = self.request("POST", "/v3/memories/add/", {"messages": messages, "infer": infer} | fields)
        assert answer.status == expect, answer
        return answer.body

    def search_for(self, query: str, **fields: Any) -> list[dict[str, Any]]:
        body = {"query": query, "filters": {"user_id": "ada"}, "threshold": 0} | fields
        answer = self.request("POST", "/v3/memories/search/", body)
        assert answer.status == 200, answer
        return answer.body["results"]

    def list(self, **fields: Any) -> list[dict[str, Any]]:
        answer = self.request("POST", "/v3/memories/", {"filters": {"user_id": "ada"}} | fields)
        assert answer.status == 200, answer
        return answer.body["results"]

    def event(self, event_id: str) -> dict[str, Any]:
        answer = self.request("GET", f"/v1/event/{event_id}/")
        assert answer.status == 200, answer
        return answer.body


def _dumped(body: Any) -> str | None:
    return None if body is None else json.dumps(body)


def http_event(
    method: str, path: str, query: dict[str, Any], headers: dict[str, str], body: str | None
) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": urlencode(query, quote_via=quote),
        "headers": headers,
        "requestContext": {
            "stage": "$default",
            "requestId": "r",
            "http": {"method": method, "path": urlsplit(path).path, "sourceIp": "127.0.0.1", "protocol": "HTTP/1.1"},
        },
        "body": body,
        "isBase64Encoded": False,
    }


@pytest.fixture(scope="session")
def environment(sqs: Sqs, repository: Any) -> Iterator[dict[str, str]]:
    """AWS variables that keep boto3 on the emulator, and the folder of the model."""
    variables = {
        "AWS_ENDPOINT_URL_SQS": sqs.endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "CAIRN_ENVIRONMENT": "test",
        "CAIRN_EMBEDDER_DIR": str(repository / "layers" / "embedder"),
    }
    before = dict(os.environ)
    os.environ.update(variables)
    yield variables
    os.environ.clear()
    os.environ.update(before)


@dataclass
class Settings:
    """The settings of each function for one test."""

    add_memory: AddMemorySettings
    search: SearchSettings
    consolidate: ConsolidateSettings
    authorize: AuthorizeSettings
    maintain: MaintainSettings


@dataclass
class Queues:
    """A queue with its dead-letter queue, and a client to look into them."""

    client: Any
    url: str
    dead_letters_url: str

    def receive(self, url: str | None = None, wait: int = 5) -> list[dict[str, Any]]:
        return self.client.receive_message(
            QueueUrl=url or self.url, MaxNumberOfMessages=10, WaitTimeSeconds=wait, AttributeNames=["All"]
        ).get("Messages", [])

    def event(self, messages: list[dict[str, Any]]) -> dict[str, Any]:
        """The Lambda event of received messages."""
        return {"Records": [_record(m) for m in messages]}


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:test.fifo",
        "awsRegion": "us-east-1",
    }


@pytest.fixture
def queues(environment: dict[str, str]) -> Queues:
    client = boto3.client("sqs")
    name = f"test-{secrets.token_hex(4)}"
    fifo = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    dead = client.create_queue(QueueName=f"{name}-dlq.fifo", Attributes=fifo)["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 7})
    url = client.create_queue(QueueName=f"{name}.fifo", Attributes=fifo | {"RedrivePolicy": redrive})["QueueUrl"]
    return Queues(client, url, dead)


@pytest.fixture
def settings(database: TestDatabase, queues: Queues) -> Settings:
    url, queue, dead = SecretStr(database.app_url), queues.url, queues.dead_letters_url
    own: dict[str, Any] = {"database_url": url}
    return Settings(
        AddMemorySettings(**own, consolidate_queue_url=queue),
        SearchSettings(**own, consolidate_queue_url=queue),
        ConsolidateSettings(**own, consolidate_queue_url=queue),
        AuthorizeSettings(**own),
        MaintainSettings(**own, consolidate_queue_url=queue, consolidate_dlq_url=dead),
    )


@pytest.fixture
def connection(database: TestDatabase) -> Iterator[Database]:
    """The application's own connection."""
    with closing(Database(database.app_url)) as connection:
        yield connection


@pytest.fixture
def api(
    settings: Settings, database: TestDatabase, connection: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Api]:
    from functions.add_memory import handler as add_memory
    from functions.add_memory.routes import service as add_memory_service
    from functions.authorize import handler as authorize
    from functions.search import handler as search
    from functions.search.routes import service as search_service

    add = bootstrap.add_memory(settings.add_memory, database=connection)
    read = bootstrap.search(settings.search, database=connection)
    who = bootstrap.authorize(settings.authorize, database=connection)
    add_memory.app.dependency_overrides[add_memory_service] = lambda: add
    search.app.dependency_overrides[search_service] = lambda: read
    monkeypatch.setattr(authorize, "service", lambda: who)
    project_id, key = bootstrap.create_project(database.app_url, "test")
    yield Api(add_memory.lambda_handler, search.lambda_handler, authorize.lambda_handler, key, project_id)
    add_memory.app.dependency_overrides.clear()
    search.app.dependency_overrides.clear()


@pytest.fixture
def consolidator(settings: Settings, connection: Database) -> ConsolidateService:
    return bootstrap.consolidate(settings.consolidate, database=connection)


__all__ = ["Answer", "Api", "Context", "consolidate_record"]
