"""Runs the unit tests and those integration tests that what changed, or a named feature, is about.

`python -m tests.fast` looks at what differs from origin/main (or main); `python -m tests.fast search` runs the
integration tests of that feature, or whose name has that word.
"""

import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
INTEGRATION = REPOSITORY / "tests" / "integration"


def changed() -> list[str]:
    """Paths that differ from origin/main, or from main, committed or not."""
    for base in ("origin/main", "main"):
        merge_base = _git("merge-base", base, "HEAD")
        if merge_base:
            return [*_git("diff", "--name-only", *merge_base), *_git("ls-files", "--others", "--exclude-standard")]
    return _git("ls-files", "--modified", "--others", "--exclude-standard")


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return done.stdout.split() if done.returncode == 0 else []


def chosen(paths: list[str]) -> list[Path]:
    """The integration tests among `paths`, those of the features that these are of, and those that import them."""
    every = {test: test.read_text(encoding="utf-8") for test in INTEGRATION.rglob("test_*.py")}
    found: set[Path] = set()
    for path in (p for p in paths if p.endswith((".py", ".sql"))):
        feature, imports = _feature(path), _imports_of(path)
        for test, text in every.items():
            if str(test.relative_to(REPOSITORY)) == path or test.parent.name == feature or imports.search(text):
                found.add(test)
    return sorted(found)


def _feature(path: str) -> str:
    """The package of cairn, or the function, that a path is of; blank for any other."""
    found = re.match(r"(?:layers/core/python/cairn|functions)/(\w+)/", path)
    return {"add_memory": "add", "graph_sync": "graph", "maintain": "upkeep"}.get(found[1], found[1]) if found else ""


def _imports_of(path: str) -> re.Pattern[str]:
    module = path.removeprefix("layers/core/python/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return re.compile(rf"^(?:from|import) {re.escape(module)}\b", re.MULTILINE)


def _named(feature: str) -> list[Path]:
    return [*INTEGRATION.glob(f"{feature}/test_*.py"), *INTEGRATION.rglob(f"test_*{feature}*.py")]


def main(features: list[str]) -> int:
    """The exit code of pytest."""
    tests = sorted({t for f in features for t in _named(f)}) if features else chosen(changed())
    if features and not tests:
        print(f"No integration test is named for {' '.join(features)}.", file=sys.stderr)
        return 2
    print(f"Unit tests and {len(tests)} files of integration tests: {' '.join(t.stem for t in tests)}", flush=True)
    # What runs against Neo4j runs against ArcadeDB, too, which starts in a fraction of the time.
    how = ["-q", "-n", "2", "--dist", "loadfile", "--durations=10", "-k", "not neo4j_server"]
    command = [sys.executable, "-m", "pytest", *how, "tests/unit", *map(str, tests)]
    return subprocess.run(command, cwd=REPOSITORY, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
