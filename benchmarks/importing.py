"""Bulk loading through POST /v1/import/, with embeddings; what an earlier run imported is passed over."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.connection import Target, answered

BATCH: Final = 500
_SENDERS: Final = 2
_DIGITS: Final = 5  # more than the half-precision numbers of the database hold


@dataclass(frozen=True, slots=True)
class Item:
    """One memory to import."""

    user: str
    text: str
    vector: Sequence[float]


class Source(Protocol):
    """Memories by number; the same number is always the same memory."""

    def __call__(self, first: int, end: int) -> list[Item]:
        """Those from `first` up to but not including `end`."""
        ...


def body_of(items: Sequence[Item]) -> bytes:
    """The body of an import: one JSON object a line."""
    lines = (
        json.dumps(
            {"text": item.text, "user_id": item.user, "kind": "verbatim"}
            | {"embedding": [round(value, _DIGITS) for value in item.vector]}
        )
        for item in items
    )
    return "\n".join(lines).encode()


def import_all(target: Target, source: Source, first: int, end: int, noted: Path, console: Console) -> None:
    """Import the memories from `first` to `end`; `noted` is the file that says how far it got."""
    begun = max(first, int(noted.read_text()) if noted.exists() else 0)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with target.client() as client, Progress(*columns, console=console) as progress:
        task = progress.add_task("importing", total=max(0, end - first), completed=max(0, begun - first))
        for imported in _sent(client, source, begun, end):
            progress.update(task, completed=imported - first)
            noted.write_text(str(imported))


def _sent(client: httpx.Client, source: Source, begun: int, end: int) -> Iterator[int]:
    """Send batches, some at a time, and yield up to where all are in."""
    waiting: deque[tuple[int, Future[None]]] = deque()
    with ThreadPoolExecutor(_SENDERS) as threads:
        for first in range(begun, end, BATCH):
            last = min(first + BATCH, end)
            waiting.append((last, threads.submit(_send, client, body_of(source(first, last)))))
            if len(waiting) > _SENDERS:
                yield _done(*waiting.popleft())
        while waiting:
            yield _done(*waiting.popleft())


def _done(last: int, sent: Future[None]) -> int:
    sent.result()
    return last


def _send(client: httpx.Client, body: bytes) -> None:
    # The key lets a batch that was sent but not noted be sent again.
    key = hashlib.sha256(body).hexdigest()
    answered(client.post("/v1/import/", content=body, headers={"Idempotency-Key": key}))
