"""Where the benchmarks show their progress and tables."""

from __future__ import annotations

import sys
from typing import Final

from rich.console import Console

_WIDTH: Final = 140


def wide_console() -> Console:
    """The terminal, or a file that is wide enough for the tables."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH)
