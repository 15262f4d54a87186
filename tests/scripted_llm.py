"""A model endpoint for tests, of chat or embeddings: a real HTTP server on loopback that answers what a script says."""

import json
import os
import select
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any
from urllib.parse import unquote

from tests.dialects import Dialect, OpenAi
from tests.scripted_replies import ChatRequest, Reply, Script, in_turn

__all__ = ["ChatRequest", "Reply", "Script", "ScriptedLlm", "in_turn"]

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no wait: closing resets the connection
_DRIP_SECONDS = 0.01
_POLL_SECONDS = 0.01  # how soon the server sees that it is to stop


class ScriptedLlm:
    """The server, for as long as a `with` block lasts. `script` may be replaced at any time, and runs in threads.

    Its address is known before: set variables of the environment then, as libfaketime reads them in every thread.

    What a script raises is answered with 500 and raised again at the end of the block.
    """

    def __init__(
        self,
        script: Script | Iterable[Reply] = (),
        path: str = "/v1/chat/completions",
        dialect: Dialect | None = None,
    ) -> None:
        self.script: Script = script if callable(script) else in_turn(*script)
        self.path = path
        self.dialect: Dialect = dialect or OpenAi()
        self._lock = threading.Lock()
        self._requests: list[ChatRequest] = []
        self._errors: list[BaseException] = []
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), name="scripted-llm")

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def base_url(self) -> str:
        return f"{self.root}/v1"

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The bodies of all chat requests so far."""
        return [request.body for request in self.asked]

    @property
    def asked(self) -> list[ChatRequest]:
        """All chat requests so far."""
        with self._lock:
            return list(self._requests)

    def __enter__(self) -> "ScriptedLlm":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.close()
        if len(self._errors) > 1:
            raise BaseExceptionGroup("scripts failed", self._errors)
        if self._errors:
            raise self._errors[0]

    def reply_to(self, request: ChatRequest) -> Reply:
        """Notes the request and asks the script."""
        with self._lock:
            self._requests.append(request)
        with _Noting(self.note):
            return self.dialect.answered(self.script(request))
        return Reply.error(500, "the script failed")

    def note(self, error: BaseException) -> None:
        """Keeps an error for the end of the block."""
        with self._lock:
            self._errors.append(error)


class _Noting:
    """Notes what its block raises, whatever that is: pytest.fail() raises no Exception."""

    def __init__(self, note: Callable[[BaseException], None]) -> None:
        self._note = note

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> bool:
        if error is not None:
            self._note(error)
        return True


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False  # so that closing waits for every thread
    request_queue_size = 128

    def __init__(self, llm: ScriptedLlm) -> None:
        self.llm = llm
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        self.closing, self._closer = socket.socketpair()  # readable once the server is to be closed
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        # A client that has gone is what some tests are about.
        if error is not None and not isinstance(error, OSError):
            self.llm.note(error)

    def close(self) -> None:
        """Wakes whoever hangs, ends idle connections, and waits for all threads."""
        self._closer.close()
        with self._guard:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # gone already
        self.server_close()
        self.closing.close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        if self.path != "/v1/models":
            return self._send(Reply.error(404))
        return self._send(Reply.json({"object": "list", "data": [{"id": "scripted", "object": "model"}]}))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if unquote(self.path) != self.server.llm.path:
            return self._send(Reply.error(404))
        asked = self.server.llm.dialect.asked(json.loads(body))
        reply = self.server.llm.reply_to(ChatRequest(asked, self.headers))
        acts = {"send": self._send, "hang": self._hang, "drip": self._drip, "reset": self._reset}
        return acts[reply.manner](reply)

    def _send(self, reply: Reply) -> None:
        self._begin(reply)
        self.wfile.write(reply.body)

    def _hang(self, reply: Reply) -> None:
        # Nothing more is asked on this connection, so it is readable when the client closes it.
        select.select([self.connection, self.server.closing], [], [])
        self.close_connection = True

    def _drip(self, reply: Reply) -> None:
        self._begin(reply)
        ended: list[Any] = []
        while not ended:
            self.wfile.write(b" ")
            ended, _, _ = select.select([self.connection, self.server.closing], [], [], _DRIP_SECONDS)
        self.close_connection = True

    def _reset(self, reply: Reply) -> None:
        self._begin(reply)
        self.wfile.write(reply.body[: len(reply.body) // 2])
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        # The server would first end the stream in good order, which is no reset.
        os.close(self.connection.detach())
        self.close_connection = True

    def _begin(self, reply: Reply) -> None:
        self.send_response(reply.status_code)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
