"""A Postgres and a Cairn of a benchmark's own, in a folder outside the repository."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

from psycopg.conninfo import make_conninfo
from rich.console import Console

from benchmarks.connection import Target
from local.cluster import DATABASE, SUPERUSER
from local.postgres import Postgres
from local.state import DataDirectory

REPOSITORY: Final = Path(__file__).resolve().parent.parent
_STOP_SECONDS: Final = 90


@contextmanager
def postgres(directory: Path) -> Generator[Postgres]:
    """An embedded server with the settings of the one-machine run; its data stay in the folder."""
    data = DataDirectory(directory)
    data.open()
    server = Postgres(directory, data.secret("postgres"))
    try:
        server.prepare()
        server.spawn()
        server.wait_ready()
        yield server
    finally:
        server.stop()
        data.close()


def address(server: Postgres) -> str:
    """URL of the server's database for its owner."""
    parts = server.address
    return f"postgresql://{parts['user']}:{parts['password']}@{parts['host']}:{parts['port']}/{parts['dbname']}"


def owner_address(directory: Path) -> str:
    """URL of the database of a Cairn that runs on this folder, for its owner."""
    info = cast("dict[str, str]", json.loads((directory / "local.json").read_text()))
    secrets = cast("dict[str, str]", json.loads((directory / "secrets.json").read_text()))
    return make_conninfo(info["database_url"], user=SUPERUSER, password=secrets["postgres"], dbname=DATABASE)


@contextmanager
def cairn(directory: Path, console: Console, environment: Mapping[str, str]) -> Generator[Target]:
    """The one-machine run on this folder, without the query cache and the graph; its data stay there."""
    directory.mkdir(parents=True, exist_ok=True)
    variables = {
        "CAIRN_LOCAL_DIR": str(directory),
        "CAIRN_LOCAL_PORT": "0",
        "CAIRN_QUERY_CACHE_SIZE": "0",
        "GRAPH": "off",
        **environment,
    }
    log = directory / "benchmark.log"
    (directory / "local.json").unlink(missing_ok=True)  # of a run that was killed
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local"],
            cwd=REPOSITORY,
            env={**os.environ, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            with console.status(f"starting Cairn on {directory}"):
                yield _ready(directory, process, log)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(_STOP_SECONDS)


def _ready(directory: Path, process: subprocess.Popen[bytes], log: Path) -> Target:
    file = directory / "local.json"
    while not file.exists():
        if process.poll() is not None:
            raise SystemExit(f"Cairn did not start: {log.read_text().strip().splitlines()[-1]} (log: {log})")
        time.sleep(0.1)
    info = cast("dict[str, str]", json.loads(file.read_text()))
    return Target(info["url"], info["api_key"])
