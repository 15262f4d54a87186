"""Cairn and mem0ai side by side: the same memories, embedder, machine and kind of Postgres, in one run.

Both get the same invented memories with the same vectors, in bulk, each into an embedded Postgres of its own with the
same settings. Then clients in processes of their own search and add in a closed loop, the two systems in turn, a block
each, so that whatever else the machine does hits both. Nothing is cached: Cairn's cache of queries is off, mem0 has
none. No model is asked: adds are verbatim (`infer` false).

Each system runs as its documentation says. Cairn is a service: its clients speak HTTP to the one-machine run, with the
authorizer, the handlers and the checks of every request. mem0 is a library: each client process has its own `Memory`,
on pgvector with the HNSW index it makes by default, and asks for embeddings at a loopback endpoint that serves Cairn's
bundled model. spaCy is not installed, as by `pip install mem0ai`; with it mem0 does more work on every call.

Adds are of one message, where the embedding and the commit set the pace, and of twenty, as a conversation comes in.

    python -m benchmarks.compare                                     100,000 memories of 1,000 users
    python -m benchmarks.compare --memories 5000 --users 50          a quick look
    python -m benchmarks.compare --json compare.json

An HNSW index knows nothing of users: of the nearest memories of all few are those of the one asked for, so that mem0
returns less than the ten that are there. The last measurement is without the index: mem0 looks at all rows and has ten.

What was embedded and loaded is kept in --work and used again by the next run, so an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean, median
from typing import Any, Final, cast

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import embedding_endpoint, service
from benchmarks.connection import percentile
from benchmarks.crew import ADD, SEARCH, TOP_K, Crew, Done, Task, together
from benchmarks.embeddings import WORK, embeddings
from benchmarks.loading import Corpus, drop_index, load_cairn, load_mem0, text_of
from benchmarks.machine import about, load_average
from benchmarks.peers import ConnectCairn, ConnectMem0
from benchmarks.terminal import numbers, run_and_write

CAIRN: Final = "Cairn"
MEM0: Final = "mem0ai 2.2.1"
WITHOUT: Final = "search, mem0 without HNSW"
ADD_MANY: Final = "add of 20"
MESSAGES: Final = {ADD: 1, ADD_MANY: 20}  # of each add
# Connections, prepared statements and their plans settle within the first dozen of requests on each connection.
_WARM_UP: Final = 20
_FEWER: Final = 4  # of the adds that take many times as long


@dataclass(frozen=True, slots=True)
class Contest:
    """Both systems with their clients, and what the loading took."""

    crews: Sequence[Crew]
    users: Sequence[str]
    index_seconds: float | None
    drop_index: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """One operation with so many clients: each system's blocks, in the order of the rounds."""

    operation: str
    clients: int
    blocks: dict[str, list[Done]]


@contextmanager
def contest(options: argparse.Namespace, console: Console) -> Generator[Contest]:
    """Load both systems, start their clients, and end everything."""
    work = cast("Path", options.work)
    vectors = embeddings("said", text_of, options.memories, folder=work / "embeddings", console=console)
    corpus = Corpus(vectors, options.users)
    folder = work / f"compare-{options.memories}-{options.users}"
    if options.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    clients = max(numbers(options.clients))
    with ExitStack() as stack:
        theirs = stack.enter_context(service.postgres(folder / "postgres-mem0"))
        target = stack.enter_context(service.cairn(folder / "cairn", console, {}))
        endpoint = stack.enter_context(embedding_endpoint.running(folder / "endpoint.log"))
        load_cairn(corpus, target, service.owner_address(folder / "cairn"), folder / "imported", console)
        (folder / "mem0").mkdir(exist_ok=True)
        connect = ConnectMem0(service.address(theirs), endpoint, folder / "mem0")
        seconds = load_mem0(corpus, connect.memory(), service.address(theirs), console)
        with console.status("starting clients"):
            crews = [Crew(CAIRN, ConnectCairn(target), clients), Crew(MEM0, connect, clients)]
        for crew in crews:
            stack.enter_context(crew)
        yield Contest(crews, corpus.names(), seconds, partial(drop_index, service.address(theirs)))


def warm_up(entered: Contest, clients: int, console: Console) -> None:
    """Ask both for most users, so that their servers' buffers hold what they hold on one that has run for a while."""
    for crew in entered.crews:
        with console.status(f"warming up {crew.name}"):
            crew.do(Task(SEARCH, 2 * len(entered.users), entered.users, "warm"), clients)


def measure(entered: Contest, operation: str, clients: int, options: argparse.Namespace, console: Console) -> Measured:
    """Let both systems do their blocks in turn; who begins changes with each round."""
    messages = MESSAGES.get(operation, 0)
    does = ADD if messages else SEARCH
    users = [f"{user}-written" for user in entered.users] if messages else entered.users
    requests = options.requests // _FEWER if operation == ADD_MANY else options.requests
    each = max(clients, -(-requests // options.rounds))
    measured = Measured(operation, clients, {crew.name: [] for crew in entered.crews})
    for crew in entered.crews:
        crew.do(Task(does, _WARM_UP * clients, users, f"{operation}-warm", messages), clients)
    for number in track(range(options.rounds), f"{operation}, {clients} client(s)", console=console):
        task = Task(does, each, users, f"{operation}-{clients}-{number}", messages)
        order = entered.crews if number % 2 == 0 else entered.crews[::-1]
        for crew in order:
            measured.blocks[crew.name].append(crew.do(task, clients))
    return measured


def row(measured: Measured, system: str) -> dict[str, Any]:
    """What is reported of one system."""
    done = together(measured.blocks[system])
    took = sum(block.ended - block.began for block in measured.blocks[system])
    found = {
        "system": system,
        "operation": measured.operation,
        "clients": measured.clients,
        "requests": len(done.seconds),
        "p50_ms": round(percentile(done.seconds, 0.5) * 1000, 1),
        "p95_ms": round(percentile(done.seconds, 0.95) * 1000, 1),
        "per_second": round(len(done.seconds) * MESSAGES.get(measured.operation, 1) / took, 1),
    }
    if done.rows:
        found |= {"rows_mean": round(fmean(done.rows), 2), "rows_least": min(done.rows), "strangers": done.strangers}
    return found


def ratios(measured: Measured) -> dict[str, Any]:
    """How many times mem0's figure Cairn's is better: by the median of the rounds, the least and the most of them."""
    pairs = list(zip(measured.blocks[MEM0], measured.blocks[CAIRN], strict=True))

    def spread(values: Sequence[float]) -> list[float]:
        return [round(value, 2) for value in (median(values), min(values), max(values))]

    def slower(share: float) -> list[float]:
        return spread([percentile(a.seconds, share) / percentile(b.seconds, share) for a, b in pairs])

    def rate(done: Done) -> float:
        return len(done.seconds) / (done.ended - done.began)

    return {
        "operation": measured.operation,
        "clients": measured.clients,
        "p50": slower(0.5),
        "p95": slower(0.95),
        "per_second": spread([rate(b) / rate(a) for a, b in pairs]),
    }


def show(rows: list[dict[str, Any]], compared: list[dict[str, Any]], console: Console) -> None:
    """Print both tables."""
    table = Table(
        "operation", "clients", "system", "p50 ms", "p95 ms", "per s", f"rows of {TOP_K}, mean (least)", box=None
    )
    for one in rows:
        found = f"{one['rows_mean']} ({one['rows_least']})" if "rows_mean" in one else ""
        cells = (one[key] for key in ("operation", "clients", "system", "p50_ms", "p95_ms", "per_second"))
        table.add_row(*map(str, cells), found)
    console.print(table)
    console.print("per s: searches, and memories added")
    table = Table("Cairn is better by", "clients", "p50", "p95", "per s", "median (least to most) of rounds", box=None)
    for one in compared:
        spans = (f"{m}x ({low} to {high})" for m, low, high in (one["p50"], one["p95"], one["per_second"]))
        table.add_row(one["operation"], str(one["clients"]), *spans)
    console.print(table)


def run(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Measure everything."""
    machine = about()
    with contest(options, console) as entered:
        warm_up(entered, max(numbers(options.clients)), console)
        measured = [
            measure(entered, operation, clients, options, console)
            for operation in (SEARCH, ADD, ADD_MANY)
            for clients in numbers(options.clients)
        ]
        entered.drop_index()
        measured += [measure(entered, WITHOUT, clients, options, console) for clients in numbers(options.clients)]
    rows = [row(one, system) for one in measured for system in (CAIRN, MEM0)]
    if strangers := sum(one.get("strangers", 0) for one in rows):
        raise SystemExit(f"{strangers} rows belonged to other users than were asked for; nothing here can be believed.")
    compared = [ratios(one) for one in measured]
    show(rows, compared, console)
    return {
        "benchmark": "compare",
        "machine": machine | {"load_average_after": load_average()},
        "memories": options.memories,
        "users": options.users,
        "mem0_index_seconds": entered.index_seconds,
        "measurements": rows,
        "ratios": compared,
    }


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memories", type=int, default=100_000, help="of both systems, in all (default: 100000)")
    parser.add_argument("--users", type=int, default=1_000, help="whose they are, the same number each (default: 1000)")
    parser.add_argument("--clients", default="1,8", help="numbers of clients to measure with (default: 1,8)")
    parser.add_argument("--requests", type=int, default=400, help="of each system and measurement (default: 400)")
    parser.add_argument("--rounds", type=int, default=5, help="blocks that these are split into (default: 5)")
    parser.add_argument("--work", type=Path, default=WORK, help=f"folder of what is kept (default: {WORK})")
    parser.add_argument("--fresh", action="store_true", help="load both systems anew")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the result as JSON too")
    return parser.parse_args()


def main() -> None:
    """Run the benchmark from the command line."""
    run_and_write(arguments(), run)


if __name__ == "__main__":
    main()
