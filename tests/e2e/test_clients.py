"""The newest of Mem0's own clients, unmodified, against the running service; `make compat` drives the older ones."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e import compat

HERE = Path(__file__).resolve().parent


def passes(command, service, *options):
    finished = subprocess.run(
        [*command, service.url, service.api_key, *options], capture_output=True, text=True, timeout=300, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def test_the_python_client_does_everything_it_offers(service):
    output = passes([sys.executable, HERE / "python_client_roundtrip.py"], service)

    assert f"mem0ai {compat.PYTHON_VERSIONS[0]}: 15 steps ok" in output


def test_the_asynchronous_python_client_works(service):
    assert "ok" in passes([sys.executable, HERE / "async_client_roundtrip.py"], service)


def test_the_node_client_does_everything_it_offers(service):
    try:
        command = compat.node_client(compat.NODE_VERSIONS[0])
    except compat.NotInstallable as exc:
        pytest.skip(str(exc))

    assert f"mem0ai {compat.NODE_VERSIONS[0]}: 14 steps ok" in passes(command, service)
