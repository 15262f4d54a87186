"""What a change of the embedding model costs those who search and write meanwhile, and whether their answers are right.

A Cairn of its own holds --memories (50,000) of fifty users, embedded by minilm. While `cairn reembed` changes it to
multilingual, one client searches and one adds, each at a fixed rate. Each search is for a memory it knows: it has to be
the first hit, and the cosine that the service gives for it has to be high, which it is not where the vector of the
question and that of the memory are of two models. What was added has to be there, and found, in the end.

    python -m benchmarks.reembed --json reembed.json
    python -m benchmarks.reembed --memories 5000 --rate 100
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks import service
from benchmarks.connection import Target, percentile
from benchmarks.embeddings import MODEL, WORK, embeddings
from benchmarks.importing import Item, import_all
from benchmarks.invented import said
from benchmarks.machine import about
from benchmarks.terminal import run_and_write

USERS: Final = 50
EVERY: Final = 25  # one memory in so many is asked for
COSINE: Final = 0.3  # of a question to the memory that answers it, with either model; of two models' vectors about 0
BEFORE_SECONDS: Final = 30.0
SEARCHES_A_SECOND: Final = 10.0
ADDS_A_SECOND: Final = 2.0

Json = dict[str, Any]


def text_of(number: int) -> str:
    """The memory of this number."""
    if number % EVERY:
        return said(Random(number))
    return f"The locker of employee {number} is on floor {number % 40}."


def user_of(number: int) -> str:
    """Whose memory it is."""
    return f"user-{number // EVERY % USERS}"


@dataclass
class Phase:
    """What the clients saw before, during or after the change."""

    statuses: Counter[str] = field(default_factory=Counter)
    searches: list[float] = field(default_factory=list)
    adds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def shown(self) -> Json:
        """Milliseconds and counts."""
        return {
            "searches": len(self.searches),
            "p50_ms": round(percentile(self.searches, 0.5) * 1000, 1),
            "p95_ms": round(percentile(self.searches, 0.95) * 1000, 1),
            "adds": len(self.adds),
            "add_p95_ms": round(percentile(self.adds, 0.95) * 1000, 1),
            "statuses": dict(self.statuses),
            "wrong": len(self.wrong),
        }


@dataclass
class Clients:
    """One that searches and one that adds, until they are stopped; `phase` is where what they see goes."""

    target: Target
    memories: int
    phase: Phase = field(default_factory=Phase)
    added: list[int] = field(default_factory=list)
    stopped: Event = field(default_factory=Event)

    def search(self, client: httpx.Client, number: int) -> None:
        """Asks for a memory that is there."""
        asked = Random(number).randrange(self.memories // EVERY) * EVERY
        body = {
            "query": f"On which floor is the locker of employee {asked}?",
            "filters": {"user_id": user_of(asked)},
            "top_k": 3,
            "explain": True,
        }
        phase, began = self.phase, time.perf_counter()
        answer = client.post("/v3/memories/search/", json=body)
        phase.searches.append(time.perf_counter() - began)
        phase.statuses[str(answer.status_code)] += 1
        if fault := _fault(answer, text_of(asked)):
            phase.wrong.append(f"{asked}: {fault}")

    def add(self, client: httpx.Client, number: int) -> None:
        """Tells something new."""
        number = self.memories + number * EVERY
        body = {"messages": text_of(number), "user_id": user_of(number), "infer": number // EVERY % 2 == 0}
        phase, began = self.phase, time.perf_counter()
        answer = client.post("/v3/memories/add/", json=body)
        phase.adds.append(time.perf_counter() - began)
        phase.statuses[str(answer.status_code)] += 1
        if answer.status_code == 200:
            self.added.append(number)

    def threads(self) -> list[Thread]:
        """Both, not started yet."""
        every = ((self.search, SEARCHES_A_SECOND), (self.add, ADDS_A_SECOND))
        return [Thread(target=self._run, args=(send, rate)) for send, rate in every]

    def _run(self, send: Callable[[httpx.Client, int], None], rate: float) -> None:
        began, number = time.monotonic(), 0
        with self.target.client() as client:
            while not self.stopped.wait(max(0, began + number / rate - time.monotonic())):
                send(client, number)
                number += 1


def _fault(answer: httpx.Response, wanted: str) -> str | None:
    if answer.status_code != 200:
        return answer.text[:200]
    hits = answer.json()["results"]
    if not hits or hits[0]["memory"] != wanted:
        return f"first is {hits[0]['memory'] if hits else None!r}"
    cosine = hits[0]["explain"]["semantic"]["score"]
    return None if cosine >= COSINE else f"cosine {cosine:.2f}"


def run(options: argparse.Namespace, console: Console) -> Json:
    """Loads, changes under load, and checks what was added."""
    with service.cairn(options.work / "cairn", console, {"CAIRN_NEXT_EMBEDDER": "multilingual"}) as target:
        _load(target, options, console)
        clients = Clients(target, options.memories)
        before, during, after = Phase(), Phase(), Phase()
        threads = clients.threads()
        for thread in threads:
            thread.start()
        clients.phase = before
        time.sleep(options.seconds)
        clients.phase = during
        seconds, said = _changed(options, console)
        clients.phase = after
        time.sleep(options.seconds)
        clients.stopped.set()
        for thread in threads:
            thread.join()
        lost = _lost(target, clients.added)
    phases = {"before": before, "during": during, "after": after}
    result = {"memories": options.memories, "seconds": round(seconds, 1), "said": said, "added": len(clients.added)}
    result |= {"lost": lost, "machine": about()} | {name: phase.shown() for name, phase in phases.items()}
    console.print(_table(result, phases))
    for name, phase in phases.items():
        for wrong in phase.wrong[:5]:
            console.print(f"{name}: {wrong}")
    return result


def _load(target: Target, options: argparse.Namespace, console: Console) -> None:
    vectors = embeddings("reembed", text_of, options.memories, folder=options.work, console=console)

    def items(first: int, end: int) -> list[Item]:
        return [Item(user_of(n), text_of(n), vectors[n].tolist()) for n in range(first, end)]

    import_all(target, items, 0, options.memories, options.work / f"imported-{options.memories}", console)


def _changed(options: argparse.Namespace, console: Console) -> tuple[float, str]:
    info = json.loads((options.work / "cairn" / "local.json").read_text())
    environment = {
        "CAIRN_ENVIRONMENT": "benchmark",
        "CAIRN_DATABASE_URL": info["database_url"],
        "CAIRN_EMBEDDER_DIR": str(MODEL),
        "CAIRN_NEXT_EMBEDDER": "multilingual",
    }
    command = [sys.executable, "-m", "tools.cli", "reembed"]
    if options.rate:
        command += ["--rate", str(options.rate)]
    began = time.monotonic()
    with console.status("changing the model"):
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return time.monotonic() - began, done.stdout


def _lost(target: Target, added: list[int]) -> int:
    """How many of what was added are not there, once the queue has had a minute."""
    until, missing = time.monotonic() + 60, set(added)
    with target.client() as client:
        while missing and time.monotonic() < until:
            missing = {n for n in missing if not _is_found(client, n)}
            time.sleep(0.5 if missing else 0)
    return len(missing)


def _is_found(client: httpx.Client, number: int) -> bool:
    body = {"query": text_of(number), "filters": {"user_id": user_of(number)}, "top_k": 1}
    hits = client.post("/v3/memories/search/", json=body).json()["results"]
    return bool(hits) and hits[0]["memory"] == text_of(number)


def _table(result: Json, phases: dict[str, Phase]) -> Table:
    table = Table(title=f"{result['memories']} memories changed in {result['seconds']} s; {result['added']} added, "
                        f"{result['lost']} lost")  # fmt: skip
    for name in ("", "searches", "p50 ms", "p95 ms", "adds", "add p95 ms", "wrong", "statuses"):
        table.add_column(name)
    for name in phases:
        shown = result[name]
        keys = ("searches", "p50_ms", "p95_ms", "adds", "add_p95_ms", "wrong", "statuses")
        table.add_row(name, *(str(shown[key]) for key in keys))
    return table


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memories", type=int, default=50_000)
    parser.add_argument("--rate", type=float, help="rows a second at most")
    parser.add_argument("--seconds", type=float, default=BEFORE_SECONDS, help="before and after the change")
    parser.add_argument("--work", type=Path, default=WORK / "reembed")
    parser.add_argument("--json", type=Path)
    run_and_write(parser.parse_args(), run)


if __name__ == "__main__":
    main()
