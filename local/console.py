"""What the user sees while the service starts and stops."""

import contextlib
import sys
import time
from collections.abc import Generator
from typing import TextIO


class Console:
    """Prints one line per finished step; on a terminal, the steps under way are shown below and overwritten."""

    def __init__(self, output: TextIO | None = None) -> None:
        self._output = output or sys.stdout
        self._started = time.monotonic()
        self._in_place = self._output.isatty()
        self._running: list[str] = []

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    @contextlib.contextmanager
    def step(self, name: str) -> Generator[None]:
        """Show a step while it runs, and a line with its time when it has succeeded."""
        begun = time.monotonic()
        self._running.append(name)
        self._show_running()
        try:
            yield
            self.line(f"  {self.elapsed:6.1f} s  {name} ({time.monotonic() - begun:.1f} s)")
        finally:
            self._running.remove(name)
            self._show_running()

    def line(self, text: str) -> None:
        """Print a line."""
        self._write(("\r\x1b[K" if self._in_place else "") + text + "\n")

    def _show_running(self) -> None:
        if self._in_place:
            text = f"  {self.elapsed:6.1f} s  … {', '.join(self._running)}" if self._running else ""
            self._write("\r\x1b[K" + text[:100])

    def _write(self, text: str) -> None:
        # A closed terminal or pipe must not end the service.
        with contextlib.suppress(OSError, ValueError):
            self._output.write(text)
            self._output.flush()


def usage(url: str, api_key: str, info_file: str, model: str | None) -> str:
    """How to add a memory and find it again."""
    extracting = (
        f"Facts are extracted by {model}."
        if model
        else "Sentences are kept as said; OPENAI_BASE_URL or OPENAI_API_KEY lets a model extract facts."
    )
    return f"""
Cairn is ready: {url}  (API key, database and queue addresses: {info_file})
{extracting}

  add     curl -s {url}/v3/memories/add/ -H 'Authorization: Token {api_key}' \\
            -H 'Content-Type: application/json' \\
            -d '{{"messages":[{{"role":"user","content":"I moved from Lisbon to Porto."}}],"user_id":"alice"}}'

  search  curl -s {url}/v3/memories/search/ -H 'Authorization: Token {api_key}' \\
            -H 'Content-Type: application/json' \\
            -d '{{"query":"Where does she live?","filters":{{"user_id":"alice"}}}}'

Ctrl-C stops it; what was accepted stays.
"""
