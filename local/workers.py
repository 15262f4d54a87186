"""The worker processes of one function; stands in for Lambda's execution environments."""

import asyncio
import uuid
from collections import deque
from collections.abc import Callable, Coroutine

from local import children
from local.errors import AllBusy, CallError, HandlerRaised, StartError, WorkerDied
from local.process import Worker, WorkerSpec

_LONGEST_PAUSE_SECONDS = 5


class Pool:
    """Hands each event to a free worker; events wait in order when all are busy. Lives on one event loop."""

    def __init__(self, spec: WorkerSpec, size: int, on_change: Callable[[], None] = lambda: None) -> None:
        self._spec = spec
        self._size = 1 if spec.function.single else size
        self._on_change = on_change
        self._workers: set[Worker] = set()
        self._idle: list[Worker] = []
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed_starts = 0
        self._closed = False

    @property
    def name(self) -> str:
        """The function's name."""
        return self._spec.function.name

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that live."""
        return sorted(worker.pid for worker in self._workers if worker.alive)

    async def start_one(self) -> None:
        """Start the first worker; a handler that cannot be loaded is a StartError."""
        children.rotate(self._spec.log)
        try:
            await self._add()
        except HandlerRaised as error:
            msg = f"{self._spec.module} cannot be loaded: {error.error_type}: {error}. See {self._spec.log}."
            raise StartError(msg) from error
        except WorkerDied as error:
            msg = f"The {self.name} worker ended while it started; see {self._spec.log}."
            raise StartError(msg) from error

    def start_rest(self) -> None:
        """Bring the pool to its full size in the background."""
        for _ in range(self._size - len(self._workers)):
            self._background(self._replace(0))

    async def call(self, event: object, *, retry: bool = False, patience: float | None = None) -> object:
        """Run the function on an event; with `retry`, once more when the worker died on the way.

        `patience` is how many seconds to wait for a free worker; raises AllBusy after them.
        """
        request_id = str(uuid.uuid4())
        try:
            return await self._call_once(event, request_id, patience)
        except WorkerDied:
            if not retry or self._closed:
                raise
        return await self._call_once(event, request_id, patience)

    async def close(self) -> None:
        """Let running events end, then end every worker."""
        self._closed = True
        for waiter in self._waiting:
            waiter.cancel()
        await asyncio.gather(*(worker.stop() for worker in list(self._workers)))
        await asyncio.gather(*self._tasks)

    async def _call_once(self, event: object, request_id: str, patience: float | None) -> object:
        try:
            async with asyncio.timeout(patience):
                worker = await self._take()
        except TimeoutError as error:
            msg = f"no {self.name} worker was free within {patience:g} s"
            raise AllBusy(msg) from error
        try:
            return await worker.call(event, request_id)
        finally:
            self._give_back(worker)

    async def _take(self) -> Worker:
        while self._idle:
            worker = self._idle.pop()
            if not worker.hung_up():
                return worker
        while True:
            waiter: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            try:
                worker = await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled():
                    self._give_back(waiter.result())
                raise
            if not worker.hung_up():
                return worker

    def _give_back(self, worker: Worker) -> None:
        if not worker.alive:
            return
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(worker)
                return
        self._idle.append(worker)

    async def _add(self) -> None:
        worker = Worker(self._spec, self._lost)
        self._workers.add(worker)
        try:
            await worker.start()
        except OSError:
            worker.kill()
            self._workers.discard(worker)  # it never was, so that nothing will notice its end
            raise
        except BaseException:
            worker.kill()
            raise
        self._failed_starts = 0
        self._on_change()
        self._give_back(worker)

    def _lost(self, worker: Worker) -> None:
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        self._background(worker.reap())
        if self._closed:
            return
        self._failed_starts = 0 if worker.ready else self._failed_starts + 1
        self._on_change()
        self._background(self._replace(self._pause()))

    def _pause(self) -> float:
        # One that worked is replaced at once; one that could not start would only fail again.
        return min(_LONGEST_PAUSE_SECONDS, 0.1 * 2**self._failed_starts) if self._failed_starts else 0

    async def _replace(self, pause: float) -> None:
        await asyncio.sleep(pause)
        if not self._closed and len(self._workers) < self._size:
            try:
                await self._add()
            except CallError:
                pass  # its end was noticed by _lost, which starts the next
            except OSError:  # there was no process to end: a full disk, or too many processes
                self._failed_starts += 1
                self._background(self._replace(self._pause()))

    def _background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
