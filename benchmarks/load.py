"""How quick a running Cairn is under load: search, and adds with and without consolidation.

First it fills the service: --memories invented texts, spread evenly over --users users. Then it measures each operation
with each number of --clients. The load is a closed loop: each client sends its next request when the last one is
answered. Every client is a process of its own with one kept-alive connection, so that the measuring side is not what is
measured; on a small machine the clients and the service still share its cores, which the numbers then include.

    python benchmarks/load.py --users 20 --memories 20000 --reuse
    python benchmarks/load.py --url https://… --api-key … --clients 1,8,32 --requests 1000

"add, consolidated" measures how fast work is accepted; how long until all of it is done is printed below the table.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import time
import uuid
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from random import Random
from typing import Any, cast

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks.connection import Target, add_arguments, answered, no_traceback, percentile, reach
from benchmarks.invented import asked, said

OPERATIONS = ("search", "add, verbatim", "add, consolidated")
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
_DRAIN_SECONDS = 300
# A client that cannot start must not leave the others waiting.
_START_SECONDS = 60
_barrier: Barrier | None = None


@dataclass(frozen=True, slots=True)
class Errand:
    """What one client does: an operation so many times, over these users."""

    target: Target
    operation: str
    requests: int
    users: list[str]
    seed: int


@dataclass(frozen=True, slots=True)
class Done:
    """What one client saw."""

    began: float
    ended: float
    seconds: list[float]
    errors: list[str]
    last_event: str | None


@dataclass(frozen=True, slots=True)
class Measurement:
    """One row of the result."""

    operation: str
    clients: int
    requests: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    requests_per_second: float
    errors: int
    first_error: str | None


def request_of(errand: Errand, random: Random) -> tuple[str, dict[str, object]]:
    """Make up the next request of a client: path and body."""
    user = random.choice(errand.users)
    if errand.operation == "search":
        return "/v3/memories/search/", {"query": asked(random), "filters": {"user_id": user}, "top_k": 10}
    messages = [{"role": "user", "content": said(random)}]
    infer = errand.operation == "add, consolidated"
    return "/v3/memories/add/", {"messages": messages, "user_id": f"{user}-written", "infer": infer}


def _wait_for(barrier: Barrier) -> None:
    """Give a client process the barrier behind which all of them start at once."""
    global _barrier
    _barrier = barrier


def run_errand(errand: Errand) -> Done:
    """Be one client, in a process of its own."""
    random = Random(errand.seed)
    seconds: list[float] = []
    errors: list[str] = []
    last_event: str | None = None
    with errand.target.client() as client:
        client.get("/v1/ping/")  # opens the connection, which is not what is measured
        if _barrier is not None:
            _barrier.wait(timeout=_START_SECONDS)
        began = time.monotonic()
        for _ in range(errand.requests):
            path, body = request_of(errand, random)
            sent = time.perf_counter()
            try:
                answer = client.post(path, json=body)
            except httpx.HTTPError as exc:
                errors.append(repr(exc))
                continue
            seconds.append(time.perf_counter() - sent)
            if not answer.is_success:
                errors.append(f"{answer.status_code} {answer.text[:200]}")
            elif errand.operation == "add, consolidated":
                last_event = cast("dict[str, str]", answer.json()).get("event_id")
    return Done(began, time.monotonic(), seconds, errors, last_event)


def measure(
    target: Target, operation: str, clients: int, requests: int, users: list[str]
) -> tuple[Measurement, list[str]]:
    """Let the clients loose on one operation; return the row and the last event of each client."""
    each = math.ceil(requests / clients)
    errands = [Errand(target, operation, each, users, seed) for seed in range(clients)]
    context = multiprocessing.get_context("spawn")
    with context.Pool(clients, _wait_for, (context.Barrier(clients),)) as pool:
        done = pool.map(run_errand, errands, chunksize=1)
    return _measurement(operation, each * clients, done), [one.last_event for one in done if one.last_event]


def _measurement(operation: str, requests: int, done: list[Done]) -> Measurement:
    seconds = [one for client in done for one in client.seconds]
    errors = [error for client in done for error in client.errors]
    took = max(one.ended for one in done) - min(one.began for one in done)

    def milliseconds(share: float) -> float:
        return round(percentile(seconds, share) * 1000, 1)

    return Measurement(
        operation=operation,
        clients=len(done),
        requests=requests,
        p50_ms=milliseconds(0.5),
        p95_ms=milliseconds(0.95),
        p99_ms=milliseconds(0.99),
        max_ms=milliseconds(1),
        requests_per_second=round(len(seconds) / took, 1),
        errors=len(errors),
        first_error=next(iter(errors), None),
    )


def fill(target: Target, users: list[str], memories: int, options: argparse.Namespace, console: Console) -> None:
    """Store invented texts until each user has its share of them."""
    share = math.ceil(memories / len(users))

    def fill_one(index: int) -> None:
        with target.client() as client:
            there = _count(client, users[index])
            progress.advance(task, min(there, share))
            for first in range(there, share, options.batch):
                size = min(options.batch, share - first)
                random = Random(f"{options.seed}-{index}-{first}")
                messages = [{"role": "user", "content": said(random)} for _ in range(size)]
                body = {"messages": messages, "user_id": users[index], "infer": False, "allow_duplicates": True}
                answered(client.post("/v3/memories/add/", json=body))
                progress.advance(task, size)

    with Progress(*_COLUMNS, console=console) as progress, ThreadPoolExecutor(options.fill_clients) as threads:
        task = progress.add_task("filling", total=share * len(users))
        try:
            for filled in as_completed([threads.submit(fill_one, index) for index in range(len(users))]):
                filled.result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


def _count(client: httpx.Client, user: str) -> int:
    answer = client.post("/v3/memories/", params={"page_size": 1}, json={"filters": {"user_id": user}})
    return int(cast("int", answered(answer)["count"]))


def drain(target: Target, events: list[str]) -> float | None:
    """Wait until the last accepted adds are consolidated; return the seconds, or None when it takes too long."""
    began = time.monotonic()
    with target.client() as client:
        for event in events:
            while answered(client.get(f"/v1/event/{event}/"))["status"] in ("PENDING", "RUNNING"):
                if time.monotonic() - began > _DRAIN_SECONDS:
                    return None
                time.sleep(0.2)
    return time.monotonic() - began


def forget(target: Target, users: list[str]) -> None:
    """Delete users with all they have."""
    with target.client() as client:
        for user in users:
            client.delete(f"/v2/entities/user/{user}/")


def show(rows: list[Measurement], drained: dict[int, float | None], console: Console) -> None:
    """Print the result as a table."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in ("operation", "clients", "requests", "p50 ms", "p95 ms", "p99 ms", "max ms", "per s", "errors"):
        table.add_column(heading, no_wrap=True, justify="left" if heading == "operation" else "right")
    for row in rows:
        table.add_row(*(str(cell) for cell in list(asdict(row).values())[:-1]))
    console.print(table)
    for clients, seconds in drained.items():
        took = f"after {seconds:.1f} s" if seconds is not None else f"not within {_DRAIN_SECONDS} s"
        console.print(f"adds of {clients} client(s) all consolidated {took} from the last one's acceptance")
    for row in rows:
        if row.first_error:
            console.print(f"first error of {row.operation} with {row.clients} clients: {row.first_error}", markup=False)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--users", type=int, default=20, help="how many users the memories belong to (default: 20)")
    parser.add_argument("--memories", type=int, default=10_000, help="how many memories to search in (default: 10000)")
    parser.add_argument("--batch", type=int, default=100, help="texts per request while filling (default: 100)")
    parser.add_argument("--fill-clients", type=int, default=2, help="requests at a time while filling (default: 2)")
    parser.add_argument("--clients", default="1,8", help="numbers of clients to measure with (default: 1,8)")
    parser.add_argument("--requests", type=int, default=400, help="requests of each measurement (default: 400)")
    parser.add_argument("--operations", default=";".join(OPERATIONS), help=f"default: {';'.join(OPERATIONS)!r}")
    parser.add_argument("--seed", type=int, default=1, help="another seed invents other texts (default: 1)")
    parser.add_argument("--reuse", action="store_true", help="keep the memories and use them again next time")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the result as JSON too")
    return parser.parse_args()


def run(target: Target, options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Fill, measure everything, and delete what was stored."""
    name = f"load-{options.seed}" if options.reuse else f"load-{uuid.uuid4().hex[:8]}"
    users = [f"{name}-{index}" for index in range(options.users)]
    rows: list[Measurement] = []
    drained: dict[int, float | None] = {}
    try:
        fill(target, users, options.memories, options, console)
        for operation in options.operations.split(";"):
            for clients in map(int, options.clients.split(",")):
                with console.status(f"{operation}, {clients} client(s), {options.requests} requests"):
                    row, events = measure(target, operation, clients, options.requests, users)
                    rows.append(row)
                    if events:
                        drained[clients] = drain(target, events)
    finally:
        written = [f"{user}-written" for user in users]
        forget(target, written if options.reuse else users + written)
    show(rows, drained, console)
    return {"measurements": [asdict(row) for row in rows], "consolidated_after_seconds": drained}


def main() -> None:
    """Run the benchmark from the command line."""
    options = arguments()
    target = reach(options)
    with no_traceback():
        result = run(target, options, Console())
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
