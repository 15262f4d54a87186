"""A local service with toy functions, run as its users run it: `python -m local`."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from local.children import birth
from local.settings import REPOSITORY

TOYS = "tests.integration.local.toys"
SINGLE = {"maintain", "ingest"}


def wait_for(condition: Callable[[], Any], seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
    return value


class Service:
    """One `python -m local` on one data directory."""

    def __init__(self, directory: Path, *, package: str = TOYS, **variables: str) -> None:
        self.directory = directory
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("CAIRN_", "AWS_"))},
            "CAIRN_LOCAL_DIR": str(directory),
            "CAIRN_LOCAL_PORT": "0",
            "CAIRN_LOCAL_CONCURRENCY": "2",
            "CAIRN_LOCAL_PACKAGE": package,
            "CAIRN_LOCAL_FAITHFUL": "1",
            "GRAPH": "off",  # the toys have none, and its start takes seconds
            **variables,
        }
        self._process: subprocess.Popen[str] | None = None

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run to the end, as a start that fails does."""
        argv = [sys.executable, "-m", "local", *arguments]
        return subprocess.run(
            argv, env=self.environment, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60
        )

    def launch(self) -> "subprocess.Popen[str]":
        argv = [sys.executable, "-m", "local"]
        with (self.directory.parent / f"{self.directory.name}.out").open("a") as output:
            self._process = subprocess.Popen(argv, env=self.environment, cwd=REPOSITORY, stdout=output, stderr=output)
        return self._process

    def start(self) -> dict[str, Any]:
        process = self.launch()
        wait_for(lambda: self.is_ready() or process.poll() is not None, 60)
        assert process.poll() is None, (self.directory.parent / f"{self.directory.name}.out").read_text()
        wait_for(
            lambda: all(len(pids) == 2 for name, pids in self.info["pids"]["workers"].items() if name not in SINGLE)
        )
        return self.info

    def is_ready(self) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return bool(self._process and self.info["pids"]["supervisor"] == self._process.pid)
        return False

    @property
    def info(self) -> dict[str, Any]:
        return json.loads((self.directory / "local.json").read_text())

    @property
    def children(self) -> list[int]:
        pids = self.info["pids"]
        workers = [pid for function in pids["workers"].values() for pid in function]
        return [pid for pid in (pids["postgres"], pids["ministack"], pids["graph"], *workers) if pid]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        process = self._process
        if not process:
            return 0
        process.send_signal(number)
        return process.wait(30)

    def request(self, method: str, path: str, body: Any = None, key: str | None = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(self.info["url"].removeprefix("http://"), timeout=40)
        headers = {"Authorization": f"Token {key or self.info['api_key']}", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, json.loads(content)

    def add(self, text: str) -> None:
        assert self.request("POST", "/v3/memories/add/", {"text": text})[0] == 202

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.info["database_url"]) as connection:
            return connection.execute(query).fetchall()

    def wait_done(self, text: str) -> None:
        wait_for(lambda: (text, True) in self.rows("SELECT text, done FROM events"))


def is_alive(pid: int) -> bool:
    return bool(birth(pid))


@pytest.fixture
def make_service(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    made: list[Service] = []

    def make(name: str = "data", **variables: str) -> Service:
        made.append(Service(tmp_path / name, **variables))
        return made[-1]

    yield make
    for service in made:
        service.stop()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One running service for all tests that leave it running."""
    running = Service(tmp_path_factory.mktemp("service") / "data", CAIRN_LOCAL_MAINTAIN_SECONDS="0.5")
    running.start()
    yield running
    assert running.stop() == 0
