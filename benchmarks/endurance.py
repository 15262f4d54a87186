"""What many requests leave in the memory of the processes, and what many clients at once get for an answer.

Takes a one-machine run that nobody else uses, on its folder:

    CAIRN_LOCAL_DIR=/tmp/cairn CAIRN_LOCAL_PORT=8801 make run
    python -m benchmarks.endurance /tmp/cairn --requests 20000 --clients 8
    python -m benchmarks.endurance /tmp/cairn --requests 4000 --clients 200

Of ten requests six are searches whose words never came before, two are adds (one consolidated), one is a list and one
a context block. A closed loop: each client sends its next request when the last one is answered.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import psutil
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from benchmarks.connection import percentile
from benchmarks.invented import asked, said
from benchmarks.terminal import run_and_write

USERS = 50
_TIMEOUT_SECONDS = 60
_MEGABYTE = 1_000_000

Json = dict[str, Any]


@dataclass
class Seen:
    """What the clients saw."""

    statuses: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def request_of(number: int) -> tuple[str, Json]:
    """Path and body of a request; the same for the same number."""
    rng = random.Random(number)
    user = f"endurance-{rng.randrange(USERS)}"
    kind = number % 10
    if kind < 6:
        return "/v3/memories/search/", {"query": f"{asked(rng)} {number}", "filters": {"user_id": user}}
    if kind < 8:
        messages = [{"role": "user", "content": f"{said(rng)} ({number})"}]
        return "/v3/memories/add/", {"messages": messages, "user_id": user, "infer": kind == 7}
    if kind == 8:
        return "/v3/memories/", {"filters": {"user_id": user}}
    return "/v1/context/", {"query": f"{asked(rng)} {number}", "user_id": user}


async def client(
    target: httpx.AsyncClient, numbers: Iterator[int], seen: Seen, progress: Progress, task: TaskID
) -> None:
    """One client: takes the next number until there is none."""
    for number in numbers:
        path, body = request_of(number)
        began = time.perf_counter()
        try:
            answer = await target.post(path, json=body)
        except httpx.HTTPError as error:
            seen.statuses[type(error).__name__] += 1
        else:
            seen.statuses[str(answer.status_code)] += 1
            seen.seconds.append(time.perf_counter() - began)
            if not answer.is_success:
                seen.failures.append(answer.text[:200])
        progress.advance(task)


async def rush(info: Json, options: argparse.Namespace, console: Console) -> Seen:
    """Let the clients loose."""
    seen, numbers = Seen(), iter(range(options.first, options.first + options.requests))
    headers = {"Authorization": f"Token {info['api_key']}"}
    limits = httpx.Limits(max_connections=options.clients)
    with Progress(console=console) as progress:
        task = progress.add_task("requests", total=options.requests)
        async with httpx.AsyncClient(
            base_url=info["url"], headers=headers, timeout=_TIMEOUT_SECONDS, limits=limits
        ) as target:
            await asyncio.gather(*(client(target, numbers, seen, progress, task) for _ in range(options.clients)))
    return seen


def memory(info: Json) -> dict[str, float]:
    """Resident megabytes of each process of the service, by its name."""
    pids = cast("Json", info["pids"])
    found = {name: pid for name, pid in pids.items() if name != "workers" and pid}
    for name, group in pids["workers"].items():
        found |= {f"{name} {n}": pid for n, pid in enumerate(group, 1)}
    return {name: psutil.Process(pid).memory_info().rss / _MEGABYTE for name, pid in found.items()}


def run(options: argparse.Namespace, console: Console) -> Json:
    """Measure, and draw the tables."""
    info = cast("Json", json.loads((options.directory / "local.json").read_text()))
    before = memory(info)
    began = time.perf_counter()
    seen = asyncio.run(rush(info, options, console))
    took = time.perf_counter() - began
    after = memory(cast("Json", json.loads((options.directory / "local.json").read_text())))
    held = Table("process", "MB before", "MB after", "KB more per 1,000 requests")
    for name, size in before.items():
        grown = (after[name] - size) * 1000 / options.requests * 1000
        held.add_row(name, f"{size:.0f}", f"{after[name]:.0f}", f"{grown:.0f}")
    console.print(held)
    milliseconds = {
        f"p{share * 100:g}": round(percentile(seen.seconds, share) * 1000) for share in (0.5, 0.95, 0.99, 1)
    }
    console.print(f"{options.clients} clients, {options.requests} requests in {took:.0f} s: {dict(seen.statuses)}")
    console.print(f"milliseconds: {milliseconds}", seen.failures[:1])
    return {"statuses": seen.statuses, "ms": milliseconds, "seconds": took, "before": before, "after": after}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directory", type=Path, help="CAIRN_LOCAL_DIR of the service")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--first", type=int, default=0, help="number of the first request: others are other texts")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    run_and_write(parser.parse_args(), run)


if __name__ == "__main__":
    main()
