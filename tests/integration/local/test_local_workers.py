import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.authorizer import Authorizer
from local.aws import isolated
from local.errors import AllBusy, CallTimedOut, HandlerRaised, StartError, WorkerDied
from local.functions import SEARCH
from local.gateway import Gateway
from local.process import WorkerSpec
from local.workers import Pool
from tests.integration.local.conftest import TOYS, is_alive


@contextlib.asynccontextmanager
async def pool(directory: Path, size: int = 1, package: str = TOYS, seconds: float = 30) -> AsyncIterator[Pool]:
    for folder in ("run", "logs"):
        (directory / folder).mkdir(exist_ok=True)
    function = replace(SEARCH, timeout_seconds=seconds)
    made = Pool(WorkerSpec(function, package, isolated(dict(os.environ)), directory), size)
    try:
        await made.start_one()
        made.start_rest()
        yield made
    finally:
        await made.close()


def event(query: str = "") -> dict[str, str]:
    return {"rawQueryString": query}


async def ask(workers: Pool, query: str = "", *, retry: bool = False) -> str:
    answer: Any = await workers.call(event(query), retry=retry)
    return answer["body"]


def test_a_killed_worker_is_replaced(tmp_path: Path):
    async def scenario():
        async with pool(tmp_path) as workers:
            (first,) = workers.pids
            os.kill(first, signal.SIGKILL)
            os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)  # the event loop stands still: the pool cannot know yet
            assert await ask(workers)
            assert workers.pids != [first]

    asyncio.run(scenario())


def test_a_call_whose_worker_dies_fails_unless_it_may_be_tried_again(tmp_path: Path):
    async def scenario():
        async with pool(tmp_path, size=2) as workers:
            with pytest.raises(WorkerDied):
                await ask(workers, f"die={tmp_path / 'first'}")
            assert await ask(workers, f"die={tmp_path / 'second'}", retry=True)
            with pytest.raises(WorkerDied):
                await ask(workers, "die=always", retry=True)

    asyncio.run(scenario())


def test_what_a_handler_raises_comes_back_and_its_worker_goes_on(tmp_path: Path):
    async def scenario():
        async with pool(tmp_path) as workers:
            before = workers.pids
            with pytest.raises(HandlerRaised, match="oops") as raised:
                await ask(workers, "raise=oops")
            assert raised.value.error_type == "ValueError"
            assert await ask(workers)
            assert workers.pids == before

    asyncio.run(scenario())


def test_a_call_past_the_functions_time_limit_is_ended(tmp_path: Path):
    async def scenario():
        async with pool(tmp_path, seconds=0.3) as workers:
            (slow,) = workers.pids
            with pytest.raises(CallTimedOut):
                await ask(workers, "sleep=60")
            assert await ask(workers)
            assert slow not in workers.pids

    asyncio.run(scenario())


def test_many_calls_wait_for_few_workers(tmp_path: Path):
    async def scenario():
        async with pool(tmp_path, size=2) as workers:
            answers = await asyncio.gather(*(ask(workers, "sleep=0.001") for _ in range(300)))
            assert len(answers) == 300

    asyncio.run(scenario())


def test_a_caller_that_gives_up_waiting_leaves_the_worker_to_others(tmp_path: Path):
    async def scenario():
        async with pool(tmp_path) as workers:
            busy = asyncio.create_task(ask(workers, "sleep=0.2"))
            await asyncio.sleep(0)
            waiting = asyncio.create_task(ask(workers))
            await asyncio.sleep(0)
            waiting.cancel()
            assert await busy
            assert await ask(workers)

    asyncio.run(scenario())


def test_a_call_that_finds_no_free_worker_in_time_says_so_and_takes_nobodys_place(tmp_path: Path):
    async def scenario():
        async with pool(tmp_path) as workers:
            (before,) = workers.pids
            busy = asyncio.create_task(ask(workers, f"until={tmp_path / 'enough'}"))
            await asyncio.sleep(0)
            with pytest.raises(AllBusy, match=r"no search worker was free within 0\.05 s"):
                await asyncio.wait_for(workers.call(event(), patience=0.05), 30)
            (tmp_path / "enough").touch()
            assert await busy
            assert await workers.call(event(), patience=30)
            assert workers.pids == [before]

    asyncio.run(scenario())


def test_the_gateway_answers_503_where_no_worker_is_free_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("local.gateway._PATIENCE_SECONDS", 0.05)

    async def scenario() -> list[MutableMapping[str, Any]]:
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        async with pool(tmp_path) as workers:
            gateway = Gateway(search=workers, add_memory=workers, authorizer=Authorizer(workers), port=1)
            busy = asyncio.create_task(ask(workers, f"until={tmp_path / 'enough'}"))
            await asyncio.sleep(0)
            await asyncio.wait_for(gateway(health(), receive, send), 30)
            (tmp_path / "enough").touch()
            await busy
            await gateway(health(), receive, send)
        return sent

    refused, body, served, _ = asyncio.run(scenario())
    assert (refused["status"], served["status"]) == (503, 200)
    assert json.loads(body["body"])["detail"].endswith("Send it again later.")


def health() -> MutableMapping[str, Any]:
    request = {"type": "http", "method": "GET", "raw_path": b"/health", "query_string": b"", "headers": []}
    return {**request, "client": None, "http_version": "1.1"}


def test_a_handler_that_cannot_be_loaded_is_one_clear_line(tmp_path: Path):
    async def scenario():
        async with pool(tmp_path, package="nowhere"):
            pytest.fail("started")

    with pytest.raises(StartError, match=r"nowhere\.search\.handler cannot be loaded: ModuleNotFoundError"):
        asyncio.run(scenario())


def test_no_worker_and_no_record_of_one_is_left(tmp_path: Path):
    async def scenario() -> list[int]:
        async with pool(tmp_path, size=2) as workers:
            await asyncio.gather(ask(workers, "sleep=0.1"), ask(workers, "sleep=0.1"))
            return workers.pids

    assert not any(is_alive(pid) for pid in asyncio.run(scenario()))
    assert not list((tmp_path / "run").iterdir())


def test_a_large_answer_passes(tmp_path: Path):
    async def scenario():
        async with pool(tmp_path) as workers:
            assert "x" * 5_000_000 in await ask(workers, "a=" + "x" * 5_000_000)

    asyncio.run(scenario())
