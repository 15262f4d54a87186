"""HTTP requests as API Gateway HTTP API events (payload 2.0), and Lambda answers as HTTP responses."""

import base64
import json
import os
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import parse_qsl, quote, urlsplit

from local.aws import ACCOUNT, REGION
from local.shapes import mapping

API_ID = "local"

_TEXT_TYPES = ("text/", "application/json", "application/xml", "application/javascript")
_FORM_TYPE = "application/x-www-form-urlencoded"
# Everything a URL may hold stays as it came; what it may not hold (raw bytes above 127) is percent-encoded.
_URL_CHARACTERS = "".join(map(chr, range(33, 127)))
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?")
_LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}")
_UNSAFE_IN_HEADER = re.compile("[\r\n\0]")


@dataclass(frozen=True)
class Request:
    """An HTTP request as it came off the wire."""

    method: str
    raw_path: bytes
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes = b""
    client: str = "127.0.0.1"
    http_version: str = "1.1"
    port: int = 8000
    """The port the gateway listens on."""
    public_url: str = ""
    """Where a proxy in front is called; empty without one."""

    @property
    def path(self) -> str:
        """The path, percent-encoding kept."""
        return quote(self.raw_path, safe=_URL_CHARACTERS) or "/"

    @property
    def header_map(self) -> dict[str, str]:
        """Header values by lower-case name, repeated ones joined as API Gateway joins them."""
        joined: dict[str, str] = {}
        for raw_name, raw_value in self.headers:
            name, value = raw_name.decode("latin-1").lower(), header_text(raw_value)
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        return joined


@dataclass(frozen=True)
class Reply:
    """An HTTP response."""

    status: int
    headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    body: bytes = b""


def header_text(value: bytes) -> str:
    """A header value as text: UTF-8 where it is that, else each byte a character."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def host_is_valid(host: str) -> bool:
    """Whether a Host header names a host and perhaps a port; the adapter behind us parses it without checking."""
    return _HOST.fullmatch(host) is not None


def is_own_host(host: str, public_url: str) -> bool:
    """Whether a Host header names this machine, or the proxy in front of it.

    Any other is of a page whose own name was made to lead here.
    """
    name = host.partition(":")[0].lower()
    return _LOOPBACK.fullmatch(name) is not None or name == urlsplit(public_url).hostname


def http_event(request: Request, route_key: str) -> dict[str, object]:
    """The event Lambda receives from an HTTP API for this request."""
    headers = request.header_map
    cookies = headers.pop("cookie", None)
    host = headers.setdefault("host", f"127.0.0.1:{request.port}")
    _add_forwarding(headers, request)
    domain = urlsplit(request.public_url).netloc or host
    query = request.query.decode("latin-1")
    event: dict[str, object] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path,
        "rawQueryString": quote(request.query, safe=_URL_CHARACTERS),
        "headers": headers,
        "requestContext": _request_context(request, route_key, domain, headers.get("user-agent", "")),
        **_body(request.body, headers.get("content-type", "")),
    }
    if cookies:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";") if cookie.strip()]
    if query:
        event["queryStringParameters"] = _query_parameters(query)
    if "{proxy+}" in route_key:
        event["pathParameters"] = {"proxy": request.path.removeprefix("/")}
    return event


def authorizer_event(event: Mapping[str, object], authorization: str) -> dict[str, object]:
    """The event of a REQUEST authorizer (payload 2.0) for the same request."""
    context = cast("Mapping[str, Mapping[str, str]]", event["requestContext"])
    arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{API_ID}/$default/{context['http']['method']}{event['rawPath']}"
    names = ("routeKey", "rawPath", "rawQueryString", "cookies", "headers", "queryStringParameters", "pathParameters")
    copied = {name: event[name] for name in (*names, "requestContext") if name in event}
    return {"version": "2.0", "type": "REQUEST", "routeArn": arn, "identitySource": [authorization], **copied}


def to_reply(result: object) -> Reply:
    """The HTTP response for what a handler returned; anything without a status code is itself the body."""
    answer = mapping(result)
    if "statusCode" not in answer:
        return json_reply(200, result)
    headers = _reply_headers(answer)
    text = answer.get("body")
    body = text.encode("utf-8", "replace") if isinstance(text, str) else b""
    if answer.get("isBase64Encoded"):
        body = base64.b64decode(body)
    return Reply(int(cast("int", answer["statusCode"])), headers, body)


def json_reply(status: int, content: object, headers: Sequence[tuple[bytes, bytes]] = ()) -> Reply:
    """A response with a JSON body."""
    return Reply(status, [(b"content-type", b"application/json"), *headers], json.dumps(content).encode())


_CODES = {
    400: "invalid_request",
    401: "unauthenticated",
    403: "forbidden",
    408: "request_timeout",
    413: "payload_too_large",
    421: "misdirected_request",
    431: "headers_too_large",
    500: "internal",
    503: "unavailable",
}


def problem(status: int, message: str, detail: str) -> Reply:
    """An error of the gateway itself: API Gateway's `message`, and besides what every error of the functions has."""
    return json_reply(status, {"message": message, "detail": detail, "error": detail, "code": _CODES[status]})


def _reply_headers(answer: Mapping[str, object]) -> list[tuple[bytes, bytes]]:
    pairs: list[tuple[str, object]] = []
    single = cast("Mapping[str, object]", answer.get("headers") or {})
    several = cast("Mapping[str, Sequence[object]]", answer.get("multiValueHeaders") or {})
    pairs += [(name, value) for name, value in single.items() if name.lower() not in several]
    pairs += [(name, value) for name, values in several.items() for value in values]
    pairs += [("set-cookie", cookie) for cookie in cast("Sequence[object]", answer.get("cookies") or ())]
    return [
        (name.lower().encode("latin-1", "replace"), _UNSAFE_IN_HEADER.sub(" ", str(value)).encode("utf-8", "replace"))
        for name, value in pairs
        if name.lower() not in ("content-length", "transfer-encoding", "connection")
    ]


def _add_forwarding(headers: dict[str, str], request: Request) -> None:
    via = headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{via}, {request.client}" if via else request.client
    headers["x-forwarded-port"] = str(request.port)
    # A proxy in front that ends TLS says so; it is needed for nothing but the addresses of pages.
    if request.public_url:
        headers["x-forwarded-proto"] = urlsplit(request.public_url).scheme
    elif headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower() != "https":
        headers["x-forwarded-proto"] = "http"
    headers.setdefault("x-amzn-trace-id", f"Root=1-{int(time.time()):08x}-{os.urandom(12).hex()}")


def _request_context(request: Request, route_key: str, domain: str, user_agent: str) -> dict[str, object]:
    now = time.time()
    return {
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": f"HTTP/{request.http_version}",
            "sourceIp": request.client,
            "userAgent": user_agent,
        },
        "requestId": str(uuid.uuid4()),
        "routeKey": route_key,
        "stage": "$default",
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "timeEpoch": int(now * 1000),
    }


def _body(body: bytes, content_type: str) -> dict[str, object]:
    if not body:
        return {"isBase64Encoded": False}
    media = content_type.partition(";")[0].strip().lower()
    if media.startswith(_TEXT_TYPES) or media == _FORM_TYPE or media.endswith(("+json", "+xml")):
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass  # what is not text after all must arrive as it was sent
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _query_parameters(query: str) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, encoding="utf-8", errors="replace"):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined
