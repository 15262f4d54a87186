"""The HTTP server; stands in for API Gateway's HTTP API and its Lambda authorizer."""

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable, Generator, MutableMapping, Sequence
from dataclasses import replace
from typing import Final, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from functions.routing import CORS_HEADERS, OPEN_ROUTES, READ_POSTS
from local.authorizer import Authorizer, Refused
from local.errors import AllBusy, CallError, CallTimedOut, HandlerRaised
from local.events import Reply, Request, header_text, host_is_valid, http_event, is_own_host, problem, to_reply
from local.workers import Pool

Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LARGEST_BODY: Final = 6 * 1024 * 1024  # no event that Lambda takes has room for more
LARGEST_EVENT: Final = 6_291_556
"""Bytes of JSON that Lambda takes in one synchronous call: the request with its headers, its body as a JSON string."""
LARGEST_HEADERS: Final = 64 * 1024
_PATIENCE_SECONDS: Final = 30  # API Gateway waits no longer for an answer
_BODY_SECONDS: Final = 30  # for a body to come in
_HEADER_SECONDS: Final = 10  # for the headers of a new connection's first request
_PREFLIGHT: Final = Reply(
    204,
    [
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-methods", b"*"),
        (b"access-control-allow-headers", ", ".join(CORS_HEADERS).encode()),
        (b"access-control-max-age", b"300"),
    ],
)


_FOREIGN_HOST: Final = (
    "The Host header names neither this machine, as 127.0.0.1 and localhost do, nor the address in CAIRN_LOCAL_URL."
)
_TOO_LARGE: Final = (
    "The request is larger than 6 MB, in which its headers count and each quote and line break of its body twice: "
    "send it in several requests."
)
_SURELY_FITS: Final = 1_000_000  # bytes of a body, each of which is six of JSON at worst, as \u0001


class RequestTooLarge(Exception):
    """The request is larger than Lambda accepts."""


class ClientGone(Exception):
    """The client went away before it had sent its request."""


class Gateway:
    """The ASGI application: one HTTP request in, one Lambda event out."""

    def __init__(
        self, *, search: Pool, add_memory: Pool, authorizer: Authorizer, port: int, public_url: str = ""
    ) -> None:
        self._search = search
        self._add_memory = add_memory
        self._authorizer = authorizer
        self._port = port
        self._public_url = public_url

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        raw_headers = cast("list[tuple[bytes, bytes]]", scope["headers"])
        try:
            reply = await self._reply(scope, raw_headers, receive)
        except ClientGone:
            return
        headers = list(reply.headers)
        if reply.status != 204:
            headers.append((b"content-length", str(len(reply.body)).encode()))
        if reply is not _PREFLIGHT and any(name == b"origin" for name, _ in raw_headers):
            headers = [pair for pair in headers if not pair[0].startswith(b"access-control-")]
            headers.append((b"access-control-allow-origin", b"*"))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(self, scope: Message, raw_headers: list[tuple[bytes, bytes]], receive: Receive) -> Reply:
        method = cast("str", scope["method"])
        if method == "OPTIONS":
            return _PREFLIGHT
        if sum(len(name) + len(value) for name, value in raw_headers) > LARGEST_HEADERS:
            return problem(431, "Request Header Fields Too Large", "The request headers are larger than 64 KB.")
        hosts = [header_text(value) for name, value in raw_headers if name == b"host"]
        if len(hosts) > 1 or not all(map(host_is_valid, hosts)):
            return problem(400, "Bad Request", "The Host header does not name a host.")
        if not all(is_own_host(host, self._public_url) for host in hosts):
            return problem(421, "Misdirected Request", _FOREIGN_HOST)
        client = cast("tuple[str, int] | None", scope["client"])
        request = Request(
            method=method,
            raw_path=cast("bytes", scope["raw_path"]),
            query=cast("bytes", scope["query_string"]),
            headers=raw_headers,
            client=client[0] if client else "127.0.0.1",
            http_version=cast("str", scope["http_version"]),
            port=self._port,
            public_url=self._public_url,
        )
        try:
            return await self._serve(request, receive)
        except RequestTooLarge:
            return problem(413, "Request Entity Too Large", _TOO_LARGE)
        except TimeoutError:
            return problem(408, "Request Timeout", f"The request body took longer than {_BODY_SECONDS} seconds.")

    async def _serve(self, request: Request, receive: Receive) -> Reply:
        pool, route_key, is_open = self._route(request)
        _check_length(request.headers)
        try:
            known: dict[str, object] = {}
            if not is_open:
                known = {"authorizer": {"lambda": await self._authorizer.context(http_event(request, route_key))}}
            # Of nobody a body is kept whose key is not known.
            async with asyncio.timeout(_BODY_SECONDS):
                body = await _read_body(receive)
            event = http_event(replace(request, body=body), route_key)
            cast("dict[str, object]", event["requestContext"]).update(known)
            _check_size(event, body)
            return to_reply(await pool.call(event, retry=pool is self._search, patience=_PATIENCE_SECONDS))
        except Refused as refused:
            return problem(refused.status, refused.message, refused.detail)
        except HandlerRaised:
            return problem(500, "Internal Server Error", "Something went wrong on our side; it was logged.")
        except CallTimedOut:
            return problem(503, "Service Unavailable", "The request took longer than 30 seconds.")
        except AllBusy:
            return problem(503, "Service Unavailable", "Every process was busy for 30 seconds. Send it again later.")
        except CallError:
            return problem(503, "Service Unavailable", "The process serving this request ended. Send it again.")

    def _route(self, request: Request) -> tuple[Pool, str, bool]:
        path = request.path.rstrip("/")
        method = request.method
        if method == "POST" and path in READ_POSTS:
            return self._search, f"POST {path}", False
        if method in ("GET", "HEAD"):
            if method == "GET" and path in OPEN_ROUTES:
                return self._search, f"GET {path}", True
            return self._search, f"{method} /{{proxy+}}" if path else "$default", False
        return self._add_memory, "ANY /{proxy+}" if path else "$default", False


class JsonErrors(HttpToolsProtocol):
    """Answers also what is no HTTP at all the way every other answer is: as JSON. Waits for no headers for ever."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client connected; unless it sends a request soon, it is let go."""
        super().connection_made(transport)
        self.loop.call_later(_HEADER_SECONDS, self._let_go)

    def _let_go(self) -> None:
        if cast("object", self.cycle) is None and not self.transport.is_closing():  # whatever its annotation says
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that cannot be read, and close."""
        body = problem(400, "Bad Request", msg).body
        head = f"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(head.encode() + b"connection: close\r\n\r\n" + body)
        self.transport.close()


class Server(uvicorn.Server):
    """A uvicorn server that leaves the signals to the supervisor."""

    def __init__(self, app: Gateway) -> None:
        super().__init__(
            uvicorn.Config(
                cast("Callable[..., Awaitable[None]]", app),
                http=JsonErrors,
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=5,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Install no handlers."""
        yield

    async def listen(self, listening: socket.socket) -> "asyncio.Task[None]":
        """Serve on a bound socket; returns when connections are accepted."""
        task = asyncio.get_running_loop().create_task(self.serve(sockets=[listening]))
        while not self.started and not task.done():
            await asyncio.sleep(0.002)
        return task


def _check_length(headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Raises RequestTooLarge where the headers say so already."""
    for name, value in headers:
        if name == b"content-length" and value.isdigit() and int(value[:20]) > LARGEST_BODY:
            raise RequestTooLarge


def _check_size(event: dict[str, object], body: bytes) -> None:
    """Raises RequestTooLarge where Lambda would refuse the event."""
    if (
        len(body) > _SURELY_FITS
        and len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()) > LARGEST_EVENT
    ):
        raise RequestTooLarge


async def _read_body(receive: Receive) -> bytes:
    """The whole body; raises RequestTooLarge while it comes in."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part = cast("bytes", message.get("body", b""))
        size += len(part)
        if size > LARGEST_BODY:
            raise RequestTooLarge
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)
