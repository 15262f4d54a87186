"""The README's examples, run as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import REPOSITORY, Service, wait_for
from tests.e2e.test_feeding import found

README = (REPOSITORY / "README.md").read_text()


def block(language: str, heading: str = "Use it") -> str:
    (section,) = re.findall(rf"^## {heading}\n(.*?)^## ", README, re.DOTALL | re.MULTILINE)
    (found,) = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    return found


@pytest.fixture
def folder(service: Service, tmp_path: Path) -> Path:
    """A folder that looks like a checkout in which the service runs."""
    (tmp_path / ".local").symlink_to(service.directory)
    return tmp_path


def run(command: list[str], folder: Path) -> str:
    environment = os.environ | {"HOME": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_curl_example_works(service: Service, folder: Path):
    output = run(["bash", "-euc", block("sh").replace("http://127.0.0.1:8000", service.url)], folder)
    assert '"status":"PENDING"' in output
    assert '"results"' in output
    assert '"context"' in output


def test_the_client_example_works(folder: Path):
    assert "results" in run([sys.executable, "-W", "error", "-c", block("python")], folder)


def test_the_feeding_example_works(service: Service, folder: Path):
    run([sys.executable, "-W", "error", "-c", block("python", "Feed it from other systems")], folder)
    with service.client() as client:
        for user in ("bob", "carol"):
            wait_for(lambda user=user: found(client, user, "favourite colour"), 60)


def test_the_commands_it_names_exist():
    makefile = (REPOSITORY / "Makefile").read_text()
    for target in set(re.findall(r"`?make ([a-z]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for path in re.findall(r"\]\(((?!http)[^)]+)\)", README):
        assert (REPOSITORY / path).exists(), path
