"""The API as its Lambda handlers answer it: authorize first, then the function behind the route."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

from functions.routing import READ_POSTS
from tests.contract import require_conformity


@dataclass(frozen=True)
class Context:
    function_name: str = "test"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:test"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return 120_000


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


class Provided:
    """A dependency that can let go of its service: FastAPI remembers every dependency it has seen, for good.

    A service holds an embedding model and more; hundreds of tests would fill the memory with them.
    """

    _made: ClassVar[list["Provided"]] = []

    def __init__(self, service: Any) -> None:
        self._service = service
        self._made.append(self)

    async def __call__(self) -> Any:  # a plain one would be called on a thread of its own, which stays for a while
        return self._service

    @classmethod
    def let_go(cls) -> None:
        for one in cls._made:
            one._service = None
        cls._made.clear()


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
        found = Answer(answer["statusCode"], json.loads(answer["body"]), answer["headers"])
        picked = "fields" in (query or {}) or '"fields"' in (event["body"] or "")
        require_conformity(method, path, found.status, found.body, picked=picked)
        return found

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
        "rawQueryString": urlencode(query, doseq=True, quote_via=quote),
        "headers": headers,
        "requestContext": {
            "stage": "$default",
            "requestId": str(uuid.uuid4()),
            "http": {"method": method, "path": urlsplit(path).path, "sourceIp": "127.0.0.1", "protocol": "HTTP/1.1"},
        },
        "body": body,
        "isBase64Encoded": False,
    }
