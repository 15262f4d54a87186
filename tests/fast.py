"""Runs the unit tests and those integration tests that what changed, or a named feature, is about.

`python -m tests.fast` looks at what differs from origin/main (or main); `python -m tests.fast search` runs the
integration tests whose name has that word.
"""

import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
INTEGRATION = REPOSITORY / "tests" / "integration"
# Words that say where a module is rather than what it is about.
PLACES = frozenset(
    {"layers", "core", "python", "cairn", "functions", "adapters", "postgres", "usecases", "wire", "routes", "handler"}
    | {"tests", "unit", "integration", "local", "init", "test", "prompts"}
)


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
    """The integration tests among `paths`, and those named for, or importing, a module among them."""
    found: set[Path] = set()
    every = {test: test.read_text(encoding="utf-8") for test in INTEGRATION.rglob("test_*.py")}
    for path in (p for p in paths if p.endswith((".py", ".sql"))):
        imports = _imports_of(path)
        words = set().union(*(_words(p) for p in (path, *_importers(imports))))
        for test, text in every.items():
            named = any(word in test.stem for word in words)
            if str(test.relative_to(REPOSITORY)) == path or named or imports.search(text):
                found.add(test)
    return sorted(found)


def _imports_of(path: str) -> re.Pattern[str]:
    module = path.removeprefix("layers/core/python/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return re.compile(rf"^(?:from|import) {re.escape(module)}\b", re.MULTILINE)


def _importers(imports: re.Pattern[str]) -> list[str]:
    """The use cases that import a module."""
    cases = (REPOSITORY / "layers/core/python/cairn/usecases").glob("*.py")
    return [str(case.relative_to(REPOSITORY)) for case in cases if imports.search(case.read_text(encoding="utf-8"))]


def _words(path: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", path.removesuffix(".py"))) - PLACES


def main(features: list[str]) -> int:
    """The exit code of pytest."""
    tests = sorted(t for f in features for t in INTEGRATION.rglob(f"test_*{f}*.py")) if features else chosen(changed())
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
