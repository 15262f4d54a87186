"""Mem0's own clients, unmodified, against one Cairn: every supported version, each in an environment of its own.

    python tests/e2e/compat.py                       starts a service on a free port with a data directory of its own
    python tests/e2e/compat.py --url … --api-key …   uses a running one; with --reset EVERYTHING in its project goes

The environments are made once, below .compat/. What is missing on this machine, as Node may be, is skipped and said so.
"""
# ruff: noqa: T201 - a program that talks to a terminal

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
ENVIRONMENTS = REPOSITORY / ".compat"
PYTHON_VERSIONS = ("2.2.1", "2.0.20", "1.0.11", "0.1.118")
NODE_VERSIONS = ("3.3.1", "2.4.6")
START_SECONDS = 300
ROUNDTRIP_SECONDS = 300
PYTHON_SCRIPT = REPOSITORY / "tests/e2e/python_client_roundtrip.py"
NODE_SCRIPT = REPOSITORY / "tests/e2e/node_client_roundtrip.mjs"


@dataclass(frozen=True)
class Outcome:
    """What became of one client: passed, failed or skipped, and why."""

    client: str
    status: str
    reason: str = ""


class NotInstallable(Exception):
    """A client's environment cannot be made here."""


def python_client(version: str) -> list[str]:
    """The command that runs the round trip with this version from PyPI."""
    environment = ENVIRONMENTS / f"python-{version}"
    python = environment / "bin" / "python"
    done = environment / "installed"
    if not done.exists():
        uv = Path(sys.executable).parent / "uv"
        install([str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(environment)])
        install([str(uv), "pip", "install", "--quiet", "--python", str(python), f"mem0ai=={version}"])
        done.touch()
    return [str(python), str(PYTHON_SCRIPT)]


def node_client(version: str) -> list[str]:
    """The command that runs the round trip with this version from npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise NotInstallable("there is no node with npm on this machine")
    environment = ENVIRONMENTS / f"node-{version}"
    done = environment / "installed"
    if not done.exists():
        shutil.rmtree(environment, ignore_errors=True)
        environment.mkdir(parents=True)
        # Its peers are the SDKs of every model provider; the client itself needs none of them.
        options = ["--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps", "--loglevel", "error"]
        install([npm, "install", "--prefix", str(environment), f"mem0ai@{version}", *options])
        done.touch()
    # ES modules are looked up from where the script lies, not from a search path.
    script = environment / NODE_SCRIPT.name
    shutil.copyfile(NODE_SCRIPT, script)
    return [node, str(script)]


def install(command: list[str]) -> None:
    """Run a step of an installation; its last line is the reason when it fails."""
    finished = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    if finished.returncode:
        lines = (finished.stderr or finished.stdout).strip().splitlines()
        raise NotInstallable(f"{Path(command[0]).name} failed: {lines[-1] if lines else finished.returncode}")


def round_trip(command: list[str], url: str, api_key: str, *, reset: bool) -> subprocess.CompletedProcess[str]:
    """Run one client's round trip to its end."""
    arguments = [*command, url, api_key, *(["--reset"] if reset else [])]
    try:
        return subprocess.run(arguments, capture_output=True, text=True, timeout=ROUNDTRIP_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(arguments, 1, "", f"not done after {ROUNDTRIP_SECONDS} s")


def outcome_of(client: str, version: str, url: str, api_key: str, *, reset: bool) -> Outcome:
    """Install one client, drive it, and say what became of it."""
    name = f"{client} mem0ai {version}"
    try:
        command = (python_client if client == "python" else node_client)(version)
    except NotInstallable as exc:
        # A missing Node is a fact of the machine; a client that cannot be installed is a failure.
        missing = "there is no node" in str(exc)
        return Outcome(name, "skipped" if missing else "failed", str(exc))
    finished = round_trip(command, url, api_key, reset=reset)
    lines = (finished.stderr if finished.returncode else finished.stdout).strip().splitlines()
    return Outcome(name, "failed" if finished.returncode else "passed", lines[-1] if lines else "no output")


def free_port() -> int:
    """A port of this machine that is free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def local_service() -> Iterator[dict[str, str]]:
    """Start a service of our own and stop it in the end, with all it holds."""
    with tempfile.TemporaryDirectory(prefix="cairn-compat-") as directory:
        environment = os.environ | {"CAIRN_LOCAL_PORT": str(free_port()), "CAIRN_LOCAL_DIR": directory}
        environment["CAIRN_LOCAL_FAITHFUL"] = "1"
        log = Path(directory) / "compat.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "local"], cwd=REPOSITORY, env=environment, stdout=output, stderr=output
            )
        try:
            yield wait_until_ready(process, Path(directory) / "local.json", log)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_until_ready(process: subprocess.Popen[bytes], ready: Path, log: Path) -> dict[str, str]:
    """Wait for local.json, which says where the service is."""
    for _ in range(START_SECONDS * 5):
        if ready.exists():
            return json.loads(ready.read_text())
        if process.poll() is not None:
            break
        time.sleep(0.2)
    sys.exit(f"The service does not start:\n{log.read_text()[-2000:]}")


def run_all(url: str, api_key: str, *, reset: bool) -> list[Outcome]:
    """Drive the service with one client after the other."""
    clients = [("python", version) for version in PYTHON_VERSIONS] + [("node", version) for version in NODE_VERSIONS]
    outcomes: list[Outcome] = []
    for client, version in clients:
        outcome = outcome_of(client, version, url, api_key, reset=reset)
        print(f"{outcome.status:8} {outcome.client:24} {outcome.reason}", flush=True)
        outcomes.append(outcome)
    return outcomes


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="address of a running service")
    parser.add_argument("--api-key", help="its API key")
    parser.add_argument("--reset", action="store_true", help="also try reset(), which empties the key's project")
    options = parser.parse_args()
    if bool(options.url) != bool(options.api_key):
        parser.error("--url and --api-key go together")
    if options.url:
        outcomes = run_all(options.url, options.api_key, reset=options.reset)
    else:
        with local_service() as service:
            outcomes = run_all(service["url"], service["api_key"], reset=True)
    count = {status: sum(one.status == status for one in outcomes) for status in ("passed", "failed", "skipped")}
    skipped = f", {count['skipped']} skipped" if count["skipped"] else ""
    print(f"{count['passed']} passed, {count['failed']} failed{skipped}")
    sys.exit(1 if count["failed"] or not count["passed"] else 0)


if __name__ == "__main__":
    main()
