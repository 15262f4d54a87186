"""Counts the modules that an add, a search and a projection pass: those of our own whose code runs under a handler.

It is a plugin of pytest, which runs one real request of each against a real database, queue and graph:

    python -m tools.modules_passed
"""

import sys
from collections import defaultdict
from collections.abc import Generator
from types import FrameType
from typing import Any, Final

import pytest

TESTS: Final = (
    "test_an_event_that_repeats_itself_adds_once",
    "test_the_best_hit_comes_first",
    "test_a_delivery_of_what_was_erased_meanwhile_leaves_nothing",
)
PATHS: Final = {"an add": ("add_memory", "consolidate"), "a search": ("search",), "a projection": ("graph_sync",)}
_OURS: Final = ("cairn.", "functions.")


class Passed:
    """Notes, for each function that Lambda would run, the modules whose code runs under its handler."""

    def __init__(self) -> None:
        self.modules: dict[str, set[str]] = defaultdict(set)
        self._within: list[tuple[FrameType, str]] = []

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self) -> Generator[None]:
        """Watches a test while it runs, without what sets it up."""
        sys.setprofile(self._watch)
        try:
            yield
        finally:
            sys.setprofile(None)
            self._within.clear()

    def _watch(self, frame: FrameType, event: str, _: Any) -> None:
        module = frame.f_globals.get("__name__", "")
        if not module.startswith(_OURS):
            return
        if event == "call" and frame.f_code.co_name == "lambda_handler":
            self._within.append((frame, module.split(".")[1]))
        if event == "return" and self._within and self._within[-1][0] is frame:
            self._within.pop()
        if event == "call" and self._within:
            self.modules[self._within[-1][1]].add(module)


def main() -> int:
    """The exit code of pytest; prints one line a path."""
    passed = Passed()
    code = pytest.main(["-q", "-p", "no:xdist", "tests/integration", "-k", " or ".join(TESTS)], plugins=[passed])
    for path, functions in PATHS.items():
        modules = {module for name in functions for module in passed.modules[name]}
        print(f"{path}: {len(modules)} modules: {', '.join(sorted(modules))}")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
