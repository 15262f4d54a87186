"""One worker process, seen from the supervisor's event loop."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from local import children, frames
from local.errors import CallTimedOut, HandlerRaised, WorkerDied
from local.functions import Function
from local.settings import REPOSITORY


@dataclass(frozen=True)
class WorkerSpec:
    """How the workers of one function are started."""

    function: Function
    package: str
    environment: Mapping[str, str]
    directory: Path
    freezes: bool = False
    """Whether a worker is stopped once it has answered, as Lambda does; the next event lets it go on."""

    @property
    def module(self) -> str:
        """The module with the handler."""
        return f"{self.package}.{self.function.name}.handler"

    @property
    def log(self) -> Path:
        """Where the handler's output goes."""
        return self.directory / "logs" / f"{self.function.name}.log"


LARGEST_PAYLOAD = 6 * 1024 * 1024 + 64 * 1024
"""Bytes of an answer as Lambda takes it: 6 MB, and here the frame around it."""

_TOO_LARGE: dict[str, object] = {
    "errorType": "Function.ResponseSizeTooLarge",
    "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
}


class Worker(asyncio.Protocol):
    """A process that serves one event at a time."""

    def __init__(self, spec: WorkerSpec, on_lost: Callable[["Worker"], None]) -> None:
        self._spec = spec
        self._on_lost = on_lost
        self._received = bytearray()
        self._answer: asyncio.Future[dict[str, object]] | None = None
        self._transport: asyncio.Transport | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self.alive = False
        self.ready = False

    @property
    def pid(self) -> int:
        """Process id; 0 before the start."""
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Start the process and wait until it has loaded the handler; raises CallError if it cannot."""
        ours, theirs = socket.socketpair()
        self._socket = ours
        spec = self._spec
        limits = [str(spec.function.timeout_seconds), str(spec.function.memory_mb)]
        argv = [sys.executable, "-u", "-m", "local.worker", str(theirs.fileno()), spec.module, spec.function.name]
        self._process = children.spawn(
            argv + limits, env=spec.environment, log=spec.log, cwd=REPOSITORY, fds=[theirs.fileno()]
        )
        theirs.close()
        children.record(spec.directory / "run", spec.function.name, self._process.pid)
        loop = asyncio.get_running_loop()
        self._answer = loop.create_future()
        await loop.connect_accepted_socket(lambda: self, ours)
        _raise_failure(await self._answer)
        self.ready = True
        self._signal(signal.SIGSTOP)

    async def call(self, event: object, request_id: str) -> object:
        """Let the handler serve one event; raises CallError when it does not return."""
        if not self._transport or not self.alive:
            raise WorkerDied
        self._answer = asyncio.get_running_loop().create_future()
        answered = False
        try:
            self._signal(signal.SIGCONT)
            async with asyncio.timeout(self._spec.function.timeout_seconds):
                self._transport.write(frames.encode({"id": request_id, "event": event}))
                answer = await self._answer
            answered = True
            self._signal(signal.SIGSTOP)
        except TimeoutError as error:
            msg = f"{self._spec.function.name} took longer than {self._spec.function.timeout_seconds:g} s"
            raise CallTimedOut(msg) from error
        finally:
            if not answered:
                self.kill()  # as Lambda does: its answer would come during somebody else's call
        _raise_failure(answer)
        return answer.get("result")

    def hung_up(self) -> bool:
        """Whether the process has gone, also when the event loop has not noticed yet: it must not be given a call."""
        if not self.alive or not self._socket:
            return True
        try:
            return not self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _signal(self, number: signal.Signals) -> None:
        if self._spec.freezes and self._process and self._process.poll() is None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End the process now."""
        self.alive = False
        if self._process:
            self._process.kill()

    async def stop(self, seconds: float = 5) -> None:
        """Let the current event end, then end the process; one that is still loading has nothing to finish."""
        if not self.ready:
            self.kill()
        self.alive = False
        self._signal(signal.SIGCONT)
        if self._transport:
            self._transport.write_eof()
        if self._process:
            await asyncio.to_thread(self._wait, self._process, seconds)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket to the process is ready."""
        self._transport = cast("asyncio.Transport", transport)
        self.alive = True

    def data_received(self, data: bytes) -> None:
        """Collect a frame; when it is complete it is the answer to the call."""
        self._received += data
        if len(self._received) < frames.HEADER.size:
            return
        end = frames.HEADER.size + cast("int", frames.HEADER.unpack_from(self._received)[0])
        if len(self._received) < end:
            return
        payload = self._received[frames.HEADER.size : end]
        del self._received[:end]
        answer = _TOO_LARGE if len(payload) > LARGEST_PAYLOAD else cast("dict[str, object]", json.loads(payload))
        if self._answer and not self._answer.done():
            self._answer.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """The process has gone, or is about to."""
        self.alive = False
        if self._answer and not self._answer.done():
            self._answer.set_exception(WorkerDied(f"the {self._spec.function.name} worker ended"))
        self._on_lost(self)

    async def reap(self) -> None:
        """Collect the exit of a process whose socket has closed."""
        self.kill()
        if self._process:
            await asyncio.to_thread(self._wait, self._process, 5)

    def _wait(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin and not process.stdin.closed:
            process.stdin.close()
        children.forget(self._spec.directory / "run", process.pid)


def _raise_failure(answer: Mapping[str, object]) -> None:
    if "errorType" in answer:
        raise HandlerRaised(str(answer["errorType"]), str(answer["errorMessage"]))
