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

PATHS: Final = {
    "an add": ("test_an_event_that_repeats_itself_adds_once", ("add_memory", "consolidate")),
    "a search": ("test_the_best_hit_comes_first", ("search",)),
    "a projection": ("test_a_delivery_of_what_was_erased_meanwhile_leaves_nothing", ("graph_sync",)),
}
"""What each path is called: the test that goes it, and the functions that it is made of."""
_OURS: Final = ("cairn.", "functions.")


class Passed:
    """Notes, for each function that Lambda would run, the modules whose code runs under its handler."""

    def __init__(self) -> None:
        self.modules: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._test = ""
        self._within: list[tuple[FrameType, str]] = []

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: pytest.Function) -> Generator[None]:
        """Watches a test while it runs, without what sets it up."""
        self._test = item.originalname
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
            self.modules[self._test, self._within[-1][1]].add(module)


def main() -> int:
    """The exit code of pytest; prints one line a path."""
    passed = Passed()
    tests = " or ".join(test for test, _ in PATHS.values())
    code = pytest.main(["-q", "-p", "no:xdist", "tests/integration", "-k", tests], plugins=[passed])
    for path, (test, functions) in PATHS.items():
        modules = {module for name in functions for module in passed.modules[test, name]}
        print(f"{path}: {len(modules)} modules: {', '.join(sorted(modules))}")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
