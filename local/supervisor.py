"""Starts every part in order, keeps them running, and stops them."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict
from typing import cast

from local import children, graph
from local.authorizer import Authorizer
from local.aws import isolated, sqs_client
from local.console import Console, usage
from local.environment import EMBEDDED
from local.errors import CallError, StartError
from local.functions import GRAPH_SYNC, MIGRATE, SERVING, Function
from local.gateway import Gateway, Server
from local.graph import ArcadeDb
from local.planning import plan
from local.pollers import Poller
from local.postgres import Postgres
from local.process import WorkerSpec
from local.projects import first_project
from local.settings import Settings
from local.sqs import Sqs
from local.state import DataDirectory
from local.steps import health, together
from local.workers import Pool

_WATCH_SECONDS = 0.2
_RETRY_SECONDS = 0.5
_HEALTH_SECONDS = 30
_MENDING_SECONDS = 1.0
_ROTATE_SECONDS = 60


class Supervisor:
    """One local service, from start to stop."""

    def __init__(
        self, settings: Settings, directory: DataDirectory, console: Console, listening: socket.socket
    ) -> None:
        self._settings = settings
        self._directory = directory
        self._console = console
        self._listening = listening
        self._port = int(listening.getsockname()[1])
        self._postgres = None if settings.database_url else _embedded(settings, directory)
        self._sqs = Sqs(settings.directory, access_key=directory.secret("queue"))
        embedded = settings.graph and not settings.neo4j
        self._graph = ArcadeDb(settings.directory, directory.secret("graph")) if embedded else None
        self._deployment = plan(settings, directory, self._postgres, self._sqs, self._graph)
        self._pools = {
            function.name: self._pool(function, self._deployment.environment(function, os.environ))
            for function in (*SERVING, *((GRAPH_SYNC,) if settings.graph else ()))
        }
        self._server: Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._resend_owed = asyncio.Event()
        self._pollers: list[Poller] = []
        self._project = ("", "")
        self._ready = False
        self._graph_polled = False

    async def run(self) -> None:
        """Start, serve until a signal comes, stop."""
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stopping.set)
        starting = loop.create_task(self._start())
        waiting = loop.create_task(stopping.wait())
        try:
            await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await waiting
        finally:
            starting.cancel()
            waiting.cancel()
            await asyncio.gather(starting, waiting, return_exceptions=True)
            await self._stop()

    def _pool(self, function: Function, environment: Mapping[str, str]) -> Pool:
        spec = WorkerSpec(
            function, self._settings.package, environment, self._settings.directory, freezes=self._settings.faithful
        )
        return Pool(spec, self._settings.concurrency, self._publish)

    async def _start(self) -> None:
        left = await asyncio.to_thread(children.stop_leftovers, self._settings.run)
        if left:
            self._console.line(f"  stopped {left} processes left by a run that was killed")
        await together(self._prepare_database(), self._start_queue(), self._start_workers())
        with self._console.step("first project"):
            self._project = await first_project(
                self._directory,
                self._deployment.database_key,
                self._pools["authorize"],
                self._settings.bootstrap,
                self._deployment.environment(MIGRATE, os.environ),
            )
        self._resend_owed.set()
        with self._console.step("gateway"):
            await self._open_gateway()
        self._ready = True
        self._publish()
        self._console.line(usage(self._url, self._project[1], str(self._directory.info_file), self._settings.model))
        self._keep_running()

    async def _prepare_database(self) -> None:
        environment = self._deployment.owner_environment(MIGRATE, os.environ)
        migrate = self._pool(MIGRATE, environment)
        try:
            await together(self._start_database(), migrate.start_one())
            with self._console.step("migrations"):
                await migrate.call({})
        except CallError as error:
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            msg = f"The database could not be migrated: {reason} (log: {self._settings.logs / 'migrate.log'})"
            raise StartError(msg) from error
        finally:
            await migrate.close()

    async def _start_database(self) -> None:
        if not self._postgres:
            return
        with self._console.step("Postgres"):
            is_new = await asyncio.to_thread(self._postgres.prepare)
            if is_new:
                self._directory.forget_project(EMBEDDED)
            self._postgres.spawn()
            await asyncio.to_thread(self._postgres.wait_ready)

    async def _start_queue(self) -> None:
        with self._console.step("queue"):
            self._sqs.spawn(isolated(dict(os.environ)))
            await asyncio.to_thread(self._sqs.wait_ready)

    async def _start_workers(self) -> None:
        with self._console.step("functions"):
            await together(*(pool.start_one() for pool in self._pools.values()))

    async def _open_gateway(self) -> None:
        gateway = Gateway(
            search=self._pools["search"],
            add_memory=self._pools["add_memory"],
            authorizer=Authorizer(self._pools["authorize"]),
            port=self._port,
            public_url=self._settings.public_url,
        )
        self._server = Server(gateway)
        self._serving = await self._server.listen(self._listening)
        deadline = asyncio.get_running_loop().time() + _HEALTH_SECONDS
        while (status := await asyncio.to_thread(health, self._port)) != 200:
            if asyncio.get_running_loop().time() > deadline:
                msg = f"GET /health answered {status}, not 200; see {self._settings.logs / 'search.log'}."
                raise StartError(msg)
            await asyncio.sleep(0.1)

    def _keep_running(self) -> None:
        for pool in self._pools.values():
            pool.start_rest()
        # As deployed: of a batch, events after one of their scope that failed would be received without a try.
        self._poll("consolidate", self._sqs.queue_url, batch=1)
        self._poll("ingest", self._sqs.ingest_queue_url)
        if self._graph:
            server = self._graph
            self._keep("graph", lambda: graph.keep(server, self._console, self._graph_is_ready))
        elif self._settings.graph:
            self._poll("graph_sync", self._sqs.graph_queue_url)
        if self._postgres:
            postgres = self._postgres
            self._keep("Postgres", lambda: self._watch_database(postgres))
        self._keep("queue", self._watch_queue)
        self._keep("upkeep", self._schedule)
        self._keep("logs", lambda: children.keep_rotating(self._settings.logs, _ROTATE_SECONDS))

    def _poll(self, name: str, queue_url: str, *, batch: int = 10) -> None:
        """Carry the messages of a queue to a function, as many at a time as it has workers."""
        loop, pool = asyncio.get_running_loop(), self._pools[name]
        for _ in range(self._settings.concurrency):
            poller = Poller(
                sqs_client(self._sqs.endpoint, self._sqs.access_key),
                queue_url,
                lambda event: asyncio.run_coroutine_threadsafe(pool.call(event), loop),
                batch=batch,
                name=name,
            )
            poller.start()
            self._pollers.append(poller)

    def _graph_is_ready(self) -> None:
        """What waits for the graph waits in its queue, which is first listened to when there is somebody to tell."""
        if not self._graph_polled:
            self._graph_polled = True
            self._poll("graph_sync", self._sqs.graph_queue_url)
        self._publish()

    def _keep(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Runs work that never ends, and begins it again where it fails: a full disk has room again some day."""

        async def forever() -> None:
            told = ""
            while True:
                try:
                    await work()
                except Exception as error:  # noqa: BLE001  # whatever it is, the part must be looked after
                    if str(error) != told:
                        self._console.line(f"Looking after the {name} failed, and is tried again: {error}")
                    told = str(error)
                await asyncio.sleep(_MENDING_SECONDS)

        self._tasks.append(asyncio.get_running_loop().create_task(forever()))

    async def _maintain(self, task: str) -> bool:
        """Run upkeep once; false when it could not do all of it."""
        try:
            done = await self._pools["maintain"].call({"task": task})
        except CallError as error:
            self._console.line(f"maintain {task} failed: {error} (log: {self._settings.logs / 'maintain.log'})")
            return False
        return bool(cast("dict[str, object]", done).get("queue_answered", True))

    async def _schedule(self) -> None:
        """Upkeep at its times; a resend that is owed comes at once, and again until all of it was done."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._resend_owed.wait(), self._settings.maintain_seconds)
            if not self._resend_owed.is_set():
                await self._maintain("scheduled")
                continue
            self._resend_owed.clear()  # before the run: a queue that dies meanwhile owes another
            if not await self._maintain("resend"):
                self._resend_owed.set()
                await asyncio.sleep(_RETRY_SECONDS)

    async def _watch_database(self, postgres: Postgres) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if postgres.died():
                self._console.line("Postgres ended; it is started again")
                await asyncio.to_thread(postgres.reap)
                postgres.spawn()
                await self._until_ready(postgres.wait_ready)

    async def _watch_queue(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            if self._sqs.died():
                self._console.line("The queue ended; it is started again, and what is unfinished is sent again")
                self._sqs.stop()
                self._sqs.spawn(isolated(dict(os.environ)))
                if await self._until_ready(self._sqs.wait_ready):
                    self._resend_owed.set()

    async def _until_ready(self, wait_ready: Callable[[], None]) -> bool:
        try:
            await asyncio.to_thread(wait_ready)
        except StartError as error:
            self._console.line(str(error))
            await asyncio.sleep(1)
            return False
        self._publish()
        return True

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def _publish(self) -> None:
        """Write local.json, which is there from the moment the service is ready until it begins to stop."""
        if not self._ready:
            return
        deployment = self._deployment
        info: dict[str, object] = {
            "url": self._url,
            "api_key": self._project[1],
            "project_id": self._project[0],
            **asdict(deployment),
            "package": self._settings.package,
            "model": self._settings.model,
            "pids": {
                "supervisor": os.getpid(),
                "postgres": self._postgres.pid if self._postgres else None,
                "ministack": self._sqs.pid,
                "graph": self._graph.pid if self._graph else None,
                "workers": {name: pool.pids for name, pool in self._pools.items()},
            },
        }
        with contextlib.suppress(OSError):  # on a full disk the last one that could be written stays
            self._directory.write_info(info)

    async def _stop(self) -> None:
        self._ready = False
        self._directory.remove_info()
        for poller in self._pollers:
            poller.stop()
        if self._server and self._serving:
            self._server.should_exit = True
            await self._serving
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))
        await asyncio.to_thread(self._sqs.stop)
        for server in (self._graph, self._postgres):
            if server:
                await asyncio.to_thread(server.stop)


def _embedded(settings: Settings, directory: DataDirectory) -> Postgres:
    connections = max(100, 50 + (len(SERVING) + 1) * settings.concurrency)
    return Postgres(settings.directory, directory.secret("postgres"), connections=connections)
