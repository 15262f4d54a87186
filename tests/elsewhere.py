"""Runs the unit and integration tests that touch time once more, with the clock and the time zone elsewhere.

Each file runs on one of three other days, so that all of them take as long as one run: another year, the last minute
of a 29 February, and a New Year's Eve, in time zones on both sides of UTC. The clock runs on from there. Servers that
the tests start have the same clock, since the preloaded libfaketime is handed down: all but Java, so what runs against
Neo4j as well as ArcadeDB runs against the one that starts sooner. How processes are started and stopped
(tests/integration/local) asks for no day. `python -m tests.elsewhere --all` runs every file on every day; further
arguments go to pytest.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import graph_servers

REPOSITORY = Path(__file__).resolve().parent.parent
LIBRARY = "vendor/libfaketime/src/libfaketime.so.1"
# In UTC.
CLOCKS = (
    ("2031-02-03 04:05:06", "America/St_Johns"),
    ("2028-02-29 23:59:00", "Pacific/Kiritimati"),
    ("2029-12-31 23:59:00", "Asia/Kathmandu"),
)
TIME = re.compile(r"datetime|timedelta|timestamp|timezone|_at\b|_on\b|since|today|valid_from|expir|period|as_of|\bday")


def files() -> list[Path]:
    """The test files that touch time, in order of their names."""
    found = [path for part in ("unit", "integration") for path in (REPOSITORY / "tests" / part).rglob("test_*.py")]
    asked = [path for path in found if "local" not in path.relative_to(REPOSITORY).parts]
    return sorted(path for path in asked if TIME.search(path.read_text(encoding="utf-8")))


def shards(*, every: bool) -> list[list[Path]]:
    """The files for each clock. Neighbours stay together: they share servers."""
    every_file = files()
    if every:
        return [every_file for _ in CLOCKS]
    size = -(-len(every_file) // len(CLOCKS))
    return [every_file[n * size : (n + 1) * size] for n in range(len(CLOCKS))]


def run(library: Path, clock: str, zone: str, paths: list[Path], options: list[str]) -> int:
    """Runs pytest as if it were `clock` in `zone`; its exit code."""
    print(f"The clock says {clock} in {zone}: {len(paths)} files.", flush=True)
    # An offset, so that every process that is started says the same time. The monotonic clock stays the kernel's: waits
    # that the library does not know would never end. The graph servers ask no clock, and Java's waits do not bear it.
    ahead = int((datetime.fromisoformat(clock).replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds())
    faked = {"LD_PRELOAD": str(library), "FAKETIME": f"{ahead:+d}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    environment = os.environ | faked | {"FAKETIME_SKIP_CMDS": "java", "TZ": zone, "LC_ALL": "C"}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider"]
    command += ["-k", "not neo4j_server"]
    done = subprocess.run([*command, *options, *map(str, paths)], cwd=REPOSITORY, env=environment, check=False)
    return done.returncode


def main(arguments: list[str]) -> int:
    """Runs each clock's files; 1 where a test failed anywhere."""
    package = importlib.util.find_spec("libfaketime")
    if not package or not package.origin:
        print("The clock can be set elsewhere on Linux on x86-64 alone: the library is built for it.", file=sys.stderr)
        return 2
    with suppress(pytest.skip.Exception):  # which each test that needs them says itself
        graph_servers.jars()  # now: no certificate of Maven Central is valid on those days
    options = [argument for argument in arguments if argument != "--all"]
    parts = zip(CLOCKS, shards(every="--all" in arguments), strict=True)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the servers run as another user
        library = Path(shutil.copy(Path(package.origin).parent / LIBRARY, folder))
        codes = [run(library, *clock, paths, options) for clock, paths in parts]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
