"""The document of the architecture tells of the packages and files that there are."""

import re
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CAIRN = REPOSITORY / "layers" / "core" / "python" / "cairn"
TEXT = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    return TEXT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]


def test_every_package_is_in_the_table_and_has_its_place_in_the_import_rules():
    told = re.findall(
        r"`(\w+)/`", "\n".join(row.split("|")[1] for row in section("Packages").splitlines() if "|" in row)
    )
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = [name.strip() for layer in contracts["contracts"][0]["layers"] for name in layer.split("|")]
    there = {path.parent.name for path in CAIRN.glob("*/__init__.py")}
    assert set(told) == set(layers) == there
    assert not [path.name for path in CAIRN.glob("*.py") if path.name != "__init__.py"]


def test_every_file_that_a_walk_names_is_there():
    walks = section("Three walks") + section("How to add")
    named = [name for name in re.findall(r"`([\w/<>]+\.py)`", walks) if "<" not in name]
    assert len(named) > 40
    every = {str(p.relative_to(REPOSITORY)) for p in REPOSITORY.glob("[!.]*/**/*.py") if ".venv" not in p.parts}
    assert [name for name in named if not any(f"/{path}".endswith(f"/{name}") for path in every)] == []


def test_tests_stand_in_folders_of_features():
    features = {path.parent.name for path in CAIRN.glob("*/__init__.py")}
    for kind in ("unit", "integration"):
        folders = {p.name for p in (REPOSITORY / "tests" / kind).iterdir() if p.is_dir() and any(p.glob("test_*.py"))}
        assert folders <= features | {"local", "tools"}
