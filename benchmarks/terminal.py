"""What the benchmarks share of their command lines: where they show progress and tables, and where results go."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any, Final

from rich.console import Console

from benchmarks.connection import no_traceback

_WIDTH: Final = 140


def wide_console() -> Console:
    """The terminal, or a file that is wide enough for the tables."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH)


def numbers(text: str) -> list[int]:
    """Numbers between commas, in order."""
    return sorted(int(part) for part in text.split(","))


def run_and_write(options: argparse.Namespace, run: Callable[[argparse.Namespace, Console], dict[str, Any]]) -> None:
    """Run a benchmark; its result goes to --json as well."""
    with no_traceback():
        result = run(options, wide_console())
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")
