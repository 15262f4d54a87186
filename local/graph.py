"""ArcadeDB from a wheel, with its own Java, as a child on loopback; stands in for Neo4j over the same driver."""

import asyncio
import http.client
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from local import children
from local.console import Console
from local.errors import StartError
from local.postgres import free_port
from local.state import private_folder, write_private

USER = "root"
DATABASE = "cairn"
_START_SECONDS = 120
_STOP_SECONDS = 20
_WATCH_SECONDS = 0.2
_LAUNCH = "import sys; from local.children import become; become(sys.argv[1:])"


class ArcadeDb:
    """One ArcadeDB server on one data directory; it speaks Bolt, the protocol of Neo4j."""

    def __init__(self, directory: Path, password: str) -> None:
        self.port = free_port()
        self._http_port = free_port()
        self._password = password
        self._run = directory / "run"
        self._home = directory / "graph"
        self._log = directory / "logs" / "graph.log"
        self._package = _installed()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """Where drivers connect."""
        return f"bolt://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """Process id of the server."""
        return self._process.pid if self._process else None

    def spawn(self) -> None:
        """Start the process, on the same ports each time; call it on the main thread."""
        private_folder(self._home)
        children.rotate(self._log)
        java = self._package / "jre" / "bin" / "java"
        # The password is neither for the list of processes, which all users of the machine can read, nor for the log,
        # into which Java writes what it finds in its environment.
        secret = self._home / "password.options"
        write_private(secret, f"-Darcadedb.server.rootPassword={self._password}\n")
        options = [f"@{secret}", *self._options()]
        argv = [sys.executable, "-c", _LAUNCH, str(java), *options, "com.arcadedb.server.ArcadeDBServer"]
        self._process = children.spawn(argv, env=dict(os.environ), log=self._log, cwd=self._home)
        children.record(self._run, "graph", self._process.pid)

    def wait_ready(self) -> None:
        """Wait until it serves its database; the Bolt port is open a moment before that."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._is_ready():
            if self.died() or time.monotonic() > deadline:
                msg = f"The graph (ArcadeDB) did not start; see {self._log}. GRAPH=off leaves it out."
                raise StartError(msg)
            time.sleep(0.05)

    def died(self) -> bool:
        """Whether the process has ended."""
        return self._process is None or self._process.poll() is not None

    def stop(self) -> None:
        """Stop the server in order; what it holds is made from Postgres and can be made again."""
        if self._process:
            children.stop(self._process, seconds=_STOP_SECONDS)
            children.forget(self._run, self._process.pid)

    def _options(self) -> list[str]:
        own = {
            "arcadedb.server.rootPath": str(self._home),
            "arcadedb.server.httpIncomingHost": "127.0.0.1",
            "arcadedb.server.httpIncomingPort": str(self._http_port),
            "arcadedb.bolt.host": "127.0.0.1",
            "arcadedb.bolt.port": str(self.port),
            "arcadedb.server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "arcadedb.server.defaultDatabases": f"{DATABASE}[]",
        }
        machine = ["-Xmx512m", "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"]
        classes = ["-cp", str(self._package / "jars" / "*")]
        return [*machine, *classes, *(f"-D{name}={value}" for name, value in own.items())]

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._http_port, timeout=5)
        try:
            connection.request("GET", "/api/v1/ready")
            return connection.getresponse().status < http.client.BAD_REQUEST
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


async def keep(graph: ArcadeDb, console: Console, on_ready: Callable[[], None]) -> None:
    """Start the server, say when it is ready, and start it again when it ends. Nothing else waits for it."""
    while True:
        begun = time.monotonic()
        graph.spawn()
        try:
            await asyncio.to_thread(graph.wait_ready)
        except StartError as error:
            console.line(str(error))
            graph.stop()
            await asyncio.sleep(5)
            continue
        console.line(f"  {console.elapsed:6.1f} s  graph ({time.monotonic() - begun:.1f} s)")
        on_ready()
        while not graph.died():
            await asyncio.sleep(_WATCH_SECONDS)
        console.line("The graph ended; it is started again")
        graph.stop()


def _installed() -> Path:
    package = importlib.util.find_spec("arcadedb_embedded")
    folder = Path(package.origin).parent if package and package.origin else None
    if not folder or not shutil.which("java", path=str(folder / "jre" / "bin")):
        msg = "Missing dependency 'arcadedb-embedded': run `make install`, or set NEO4J_URI or GRAPH=off."
        raise StartError(msg)
    return folder
