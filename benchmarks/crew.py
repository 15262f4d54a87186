"""Clients in processes of their own, which stay connected and do what they are told in a closed loop.

In a closed loop a client sends its next request when the last one is answered. Processes, because the measuring side
would else be what is measured, and because a library that runs in process has one of its own in every application.
"""

from __future__ import annotations

import math
import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from random import Random
from types import TracebackType
from typing import Any, Final, Protocol, Self, cast

from benchmarks.invented import asked, said

SEARCH: Final = "search"
ADD: Final = "add"
TOP_K: Final = 10


class Peer(Protocol):
    """A memory system as one client sees it."""

    def search(self, query: str, user: str) -> list[str]:
        """Ask for ten memories of a user; the users that they belong to, a row each."""
        ...

    def add(self, texts: Sequence[str], user: str) -> None:
        """Store what a user said, as it was said: one call, a memory each."""
        ...


Connect = Callable[[], Peer]


@dataclass(frozen=True, slots=True)
class Task:
    """So many requests of one kind over these users; an add has so many messages."""

    operation: str
    requests: int
    users: Sequence[str]
    seed: str
    messages: int = 1


@dataclass(frozen=True, slots=True)
class Done:
    """What clients saw: when it began and ended, each request's seconds, each search's rows, and rows of strangers."""

    began: float
    ended: float
    seconds: list[float]
    rows: list[int]
    strangers: int


class Crew:
    """Clients of one system; a context manager that ends them."""

    def __init__(self, name: str, connect: Connect, clients: int) -> None:
        self.name = name
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Any] = []
        self._processes: list[Any] = []
        for _ in range(clients):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(connect, theirs), daemon=True)
            process.start()
            theirs.close()  # ours then tells of the client's death
            self._pipes.append(ours)
            self._processes.append(process)
        for pipe in self._pipes:
            self._heard(pipe)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        for pipe, process in zip(self._pipes, self._processes, strict=True):
            pipe.close()
            process.join(5)
            process.terminate()

    def do(self, task: Task, clients: int) -> Done:
        """Share the requests of a task among so many clients, and wait for all of them."""
        each = math.ceil(task.requests / clients)
        for number, pipe in enumerate(self._pipes[:clients]):
            pipe.send(replace(task, requests=each, seed=f"{task.seed}-{number}"))
        return together([self._heard(pipe) for pipe in self._pipes[:clients]])

    def _heard(self, pipe: Any) -> Any:
        try:
            return pipe.recv()
        except EOFError as exc:
            raise SystemExit(f"A client of {self.name} died; its error stands above.") from exc


def together(done: Sequence[Done]) -> Done:
    """What several saw, as one."""
    return Done(
        began=min(one.began for one in done),
        ended=max(one.ended for one in done),
        seconds=[value for one in done for value in one.seconds],
        rows=[value for one in done for value in one.rows],
        strangers=sum(one.strangers for one in done),
    )


def _serve(connect: Connect, pipe: Connection) -> None:
    """Be one client until the other end of the pipe is closed."""
    peer = connect()
    pipe.send(None)
    while True:
        try:
            task = cast("Task", pipe.recv())
        except (EOFError, KeyboardInterrupt):
            return
        pipe.send(perform(peer, task))


def perform(peer: Peer, task: Task) -> Done:
    """Do one client's share of a task."""
    random = Random(task.seed)
    seconds: list[float] = []
    rows: list[int] = []
    strangers = 0
    began = time.monotonic()
    for _ in range(task.requests):
        user = random.choice(task.users)
        texts = [asked(random)] if task.operation == SEARCH else [said(random) for _ in range(task.messages)]
        sent = time.perf_counter()
        if task.operation == SEARCH:
            owners = peer.search(texts[0], user)
            rows.append(len(owners))
            strangers += sum(owner != user for owner in owners)
        else:
            peer.add(texts, user)
        seconds.append(time.perf_counter() - sent)
    return Done(began, time.monotonic(), seconds, rows, strangers)
