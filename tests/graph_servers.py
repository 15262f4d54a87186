"""Real Bolt servers for tests: ArcadeDB as the one-machine run starts it, and Neo4j from Maven Central."""

import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import neo4j
import pytest
from neo4j.exceptions import DriverError, Neo4jError
from pydantic import SecretStr

from local import graph
from local.graph import ArcadeDb
from local.postgres import free_port

_POM = Path(__file__).parent / "data" / "neo4j" / "pom.xml"
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy-dependencies"
_VERSION = "5.26.26"
_START_SECONDS = 240
_CONFIG = """
server.bolt.listen_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.heap.initial_size=256m
server.memory.heap.max_size=512m
server.memory.pagecache.size=64m
dbms.usage_report.enabled=false
"""


@dataclass(frozen=True)
class Address:
    """How to connect to a server."""

    uri: str
    user: str
    password: str
    database: str

    def settings(self) -> dict[str, Any]:
        """As fields of GraphSettings."""
        return {
            "neo4j_uri": self.uri,
            "neo4j_user": self.user,
            "neo4j_password": SecretStr(self.password),
            "neo4j_database": self.database,
        }


class GraphServer(Protocol):
    """What the tests need of a server."""

    @property
    def address(self) -> Address: ...


@dataclass
class Arcade:
    """ArcadeDB; it can be killed and started again."""

    server: ArcadeDb
    password: str

    @classmethod
    def start(cls, directory: Path) -> "Arcade":
        for folder in ("run", "logs"):
            (directory / folder).mkdir()
        password = secrets.token_urlsafe(12)
        arcade = cls(ArcadeDb(directory, password), password)
        arcade.again()
        return arcade

    def again(self) -> None:
        self.server.spawn()
        self.server.wait_ready()

    def kill(self) -> None:
        os.kill(self.server.pid or 0, 9)
        self.server.stop()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It takes connections and says nothing; whoever waits for it without an end is set free after a minute."""
        wake = threading.Timer(60, self._wake)
        os.kill(self.server.pid or 0, signal.SIGSTOP)
        wake.start()
        try:
            while not self._is_stopped():  # the signal reaches one thread after the other
                time.sleep(0.01)
            yield
        finally:
            wake.cancel()
            self._wake()

    def _is_stopped(self) -> bool:
        tasks = Path(f"/proc/{self.server.pid}/task")
        try:
            states = [(task / "stat").read_text().rpartition(")")[2].split()[0] for task in tasks.iterdir()]
        except (FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            return False
        return set(states) <= {"T", "t", "Z", "X"}

    def _wake(self) -> None:
        os.kill(self.server.pid or 0, signal.SIGCONT)

    @property
    def address(self) -> Address:
        return Address(self.server.uri, graph.USER, self.password, graph.DATABASE)


@dataclass
class Neo4j:
    """Neo4j community, started from its jars, or one that NEO4J_TEST_URI names, which cannot be killed."""

    address: Address
    directory: Path | None = None
    process: "subprocess.Popen[bytes] | None" = None

    @classmethod
    def start(cls, directory: Path) -> "Neo4j":
        uri = os.environ.get("NEO4J_TEST_URI")
        if uri:
            user = os.environ.get("NEO4J_TEST_USER", "neo4j")
            return cls(Address(uri, user, os.environ.get("NEO4J_TEST_PASSWORD", ""), "neo4j"))
        port = free_port()
        (directory / "conf").mkdir()
        (directory / "conf" / "neo4j.conf").write_text(_CONFIG.format(port=port))
        address = Address(f"bolt://127.0.0.1:{port}", "neo4j", secrets.token_urlsafe(12), "neo4j")
        server = cls(address, directory)
        server.again()
        server._set_password()
        return server

    def again(self) -> None:
        assert self.directory
        with (self.directory / "out.log").open("ab") as log:
            self.process = subprocess.Popen(
                _command(jars(), self.directory), cwd=self.directory, stdout=log, stderr=log
            )
        _wait_open(int(self.address.uri.rpartition(":")[2]), self.process, self.directory / "out.log")

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(60)

    def _set_password(self) -> None:
        """The first password must be changed before anything else is allowed."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                with neo4j.GraphDatabase.driver(self.address.uri, auth=("neo4j", "neo4j")) as driver:
                    driver.execute_query(
                        "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $new",
                        {"new": self.address.password},
                        database_="system",
                    )
                return
            except (DriverError, Neo4jError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


def unavailable(reason: str) -> Any:
    """On a user's machine the tests are skipped with a plain word; where CI runs, a missing server is a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _command(jars: Path, home: Path) -> list[str]:
    opened = [f"--add-opens=java.base/{p}=ALL-UNNAMED" for p in ("java.nio", "java.io", "sun.nio.ch")]
    entry = ["org.neo4j.server.CommunityEntryPoint", f"--home-dir={home}", f"--config-dir={home / 'conf'}"]
    return [shutil.which("java") or "java", "-Xmx512m", *opened, "-cp", str(jars / "*"), *entry]


def jars() -> Path:
    """The folder of the server's jars, fetched once per machine."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "cairn-tests" / f"neo4j-{_VERSION}"
    java, maven = shutil.which("java"), shutil.which("mvn")
    if not java or (not folder.exists() and not maven):
        unavailable("Neo4j needs java (17 or 21) and mvn, or NEO4J_TEST_URI.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        # The test workers of a fresh machine start together, and Maven shares one folder.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _fetch(folder, maven or "mvn")
    return folder


def _fetch(jars: Path, maven: str) -> None:
    with tempfile.TemporaryDirectory(dir=jars.parent) as fresh:
        argv = [maven, "-q", "-B", "-f", str(_POM), _PLUGIN, f"-DoutputDirectory={fresh}/jars"]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode:
            unavailable(f"Neo4j could not be fetched from Maven Central: {done.stdout[-500:]}")
        (Path(fresh) / "jars").rename(jars)


def _wait_open(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
