"""A Cairn as a user runs it: `python -m local` on a free port, over its own directory."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.postgres import free_port

REPOSITORY = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 180


@dataclass
class Service:
    """One running service; what local.json says of it stands in attributes of the same names."""

    directory: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def __getattr__(self, name: str) -> Any:
        state = {} if name.startswith("_") else self.state
        if name not in state:
            raise AttributeError(name)
        return state[name]

    @property
    def state(self) -> dict[str, Any]:
        return json.loads((self.directory / "local.json").read_text())

    def start(self) -> "Service":
        self.directory.mkdir(exist_ok=True)
        own = {"CAIRN_LOCAL_PORT": str(self.port), "CAIRN_LOCAL_DIR": str(self.directory), "CAIRN_LOCAL_FAITHFUL": "1"}
        # No test asks a real model, whatever the developer's shell has set up.
        base = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
        environment = base | own | self.settings
        log = (self.directory / "console.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local"], cwd=REPOSITORY, env=environment, stdout=log, stderr=log
            )
        wait_for(self.is_ready, START_SECONDS, lambda: (self.directory / "console.log").read_text())
        return self

    def is_ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            pytest.fail(f"the service ended: {(self.directory / 'console.log').read_text()}")
        try:
            return self.state["pids"]["supervisor"] == self.process.pid  # and not what a killed one left
        except FileNotFoundError:
            return False

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 0

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        (self.directory / "local.json").unlink(missing_ok=True)

    def client(self, **options: Any) -> httpx.Client:
        headers = {"Authorization": f"Token {self.api_key}"} | options.pop("headers", {})
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, **options)


def wait_for(condition: Any, seconds: float, describe: Any = lambda: "") -> Any:
    """Waits until the condition holds and returns what it gave."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"not so within {seconds} s: {describe()}")
        time.sleep(0.05)
    return value


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("cairn") / "data").start()
    yield service
    service.stop()
