"""What is shipped: that it fits Lambda, that it is what the tests ran on, and that it imports."""

import os
import re
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from cairn.kernel.settings import Settings
from infra_cdk.components.bundling import PYTHON, REPOSITORY, lambda_python
from infra_cdk.components.layers import BUNDLES
from infra_cdk.components.python_function import bundle
from infra_cdk.functions import functions
from tests.infra.conftest import ALL

EMBEDDERS = ("embedder", "multilingual", "numpy")  # of these layers a function has one
LARGEST = 250 * 1024 * 1024  # unzipped, a function with all its layers
LOCKS = sorted((REPOSITORY / "requirements").glob("lambda-*.txt"))
WITHOUT_A_LAYER = {"boto3"}
"""What Lambda's runtime brings."""


def _pins(path: Path) -> set[str]:
    return set(re.findall(r"^([a-z0-9_.-]+==\S+)", path.read_text(), re.MULTILINE))


def _named(path: Path) -> set[str]:
    return {re.split(r"[\[ ]", line)[0] for line in path.read_text().splitlines() if line and not line.startswith("#")}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_lambda_runs_the_versions_that_are_tested(lock: Path):
    assert _pins(lock)
    assert _pins(lock) <= _pins(REPOSITORY / "requirements" / "run-multilingual.txt")
    assert "--hash=sha256:" in lock.read_text()
    assert "index-url" not in lock.read_text().replace("--no-emit-index-url", "")


def test_every_dependency_has_a_layer():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[\[ =<>~]", dependency)[0] for dependency in project["dependencies"]} - WITHOUT_A_LAYER
    layers = {name for lock in LOCKS for name in _named(lock.with_suffix(".in"))}
    assert not wanted - layers


def test_what_runs_with_one_embedder_runs_with_the_other():
    assert _pins(REPOSITORY / "requirements" / "run.txt") < _pins(REPOSITORY / "requirements" / "run-multilingual.txt")


@pytest.mark.parametrize("embedder", EMBEDDERS)
def test_no_package_is_in_two_layers(embedder: str):
    others = {f"lambda-{other}.txt" for other in EMBEDDERS if other != embedder}
    names = [pin.split("==")[0] for lock in LOCKS if lock.name not in others for pin in _pins(lock)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", sorted({spec.name for spec in functions(ALL["everything"])}))
def test_a_function_ships_its_own_folder_alone(tmp_path: Path, name: str):
    if not (REPOSITORY / "functions" / name).is_dir():
        pytest.fail(f"infra_cdk deploys functions/{name}, which does not exist")
    bundle(name).write(tmp_path)
    shipped = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.py")}
    assert {f"functions/{name}/handler.py", "functions/__init__.py"} <= shipped
    assert all(path.startswith(f"functions/{name}/") for path in shipped - {"functions/__init__.py"})


def test_the_same_sources_make_the_same_asset(tmp_path: Path):
    for folder in ("one", "two"):
        bundle("authorize").write(tmp_path / folder)
    files = {p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file()}
    assert files == {p.relative_to(tmp_path / "two") for p in (tmp_path / "two").rglob("*") if p.is_file()}
    for path in files:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path
    assert bundle("authorize").digest("a") == bundle("authorize").digest("a") != bundle("authorize").digest("b")


@pytest.fixture(scope="session")
def layers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every layer as it is shipped. Needs a package registry, or uv's cache; in CI nothing is skipped."""
    root = tmp_path_factory.mktemp("layers")
    for name, found in BUNDLES.items():
        try:
            found.write(root / name)
        except subprocess.CalledProcessError:
            if os.environ.get("CI") or _registry_answers():
                raise
            pytest.skip("no package registry can be reached")
    return {name: root / name for name in BUNDLES}


def _registry_answers() -> bool:
    try:
        urllib.request.urlopen(os.environ.get("UV_INDEX_URL", "https://pypi.org/simple/"), timeout=10).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _size(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("following", [None, "openai"])
@pytest.mark.parametrize("embedder", ["minilm", "multilingual", "bedrock"])
def test_every_function_fits_with_all_its_layers(
    layers: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
    embedder: Literal["minilm", "multilingual", "bedrock"],
    following: Literal["openai"] | None,
):
    everything = replace(
        ALL["everything"],
        embedder=embedder,
        embedding_model="cohere.embed-english-v3",
        embedding_secret_arn="arn",
        next_embedder=following,
    )
    with capsys.disabled():
        sys.stdout.write("\n")
        for name, folder in layers.items():
            sys.stdout.write(f"  layer    {name:<12}{_size(folder) / 1e6:8.1f} MB\n")
        for spec in functions(everything):
            size = sum(_size(layers[name]) for name in spec.layers(everything))
            sys.stdout.write(f"  function {spec.name:<12}{size / 1e6:8.1f} MB\n")
            assert size < LARGEST, spec.name


def test_two_bundled_models_fit_into_no_function(layers: dict[str, Path]):
    """Which is why an environment is refused that asks for them; if this fails, it can be allowed."""
    least = ("deps", "core", "embedder", "multilingual")
    assert sum(_size(layers[name]) for name in least) > LARGEST


def test_the_core_layer_carries_what_is_no_code(tmp_path: Path):
    BUNDLES["core"].write(tmp_path)
    for folder, pattern in (
        ("search/attention", "*.npz"),
        ("platform/sql/migrations", "*.sql"),
        ("search/profiles", "*.toml"),
        ("", "*/sql/*.sql"),
    ):
        there, shipped = REPOSITORY / "layers/core/python/cairn" / folder, tmp_path / "python" / "cairn" / folder
        kept = {str(p.relative_to(there)) for p in there.glob(pattern)}
        assert kept
        assert kept == {str(p.relative_to(shipped)) for p in shipped.glob(pattern)}


def test_layers_carry_bytecode_that_is_never_checked_again(layers: dict[str, Path]):
    if lambda_python() is None:
        assert not os.environ.get("CI"), f"CI has no Python {PYTHON} to compile with"
        pytest.skip(f"no Python {PYTHON} on this machine")
    compiled = list((layers["core"] / "python" / "cairn").rglob("*.pyc"))
    assert len(compiled) == len(list((layers["core"] / "python" / "cairn").rglob("*.py")))
    for path in compiled:
        assert int.from_bytes(path.read_bytes()[4:8], "little") == 1  # by hash, unchecked
        assert str(layers["core"]).encode() not in path.read_bytes()


def test_no_settings_class_is_deployed_for_two_functions():
    classes: list[type[Settings]] = [spec.settings for spec in functions(ALL["everything"])]
    assert len(classes) == len(set(classes))
