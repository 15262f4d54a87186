"""What the most expensive requests that one key can form cost: CPU of the functions and of Postgres, and the answer.

Takes a one-machine run that nobody else uses, on its folder, with upkeep out of the way:

    CAIRN_LOCAL_DIR=/tmp/cairn CAIRN_LOCAL_PORT=8801 CAIRN_LOCAL_MAINTAIN_SECONDS=86400 make run
    python -m benchmarks.expensive /tmp/cairn

Fills two users first: one with many short memories and much metadata, one with long texts. Then it sends each request
once, twice more where it is quick, and reads from /proc what the processes have used; the smallest counts.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, cast

import httpx
import psutil
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from benchmarks.connection import answered
from benchmarks.invented import said
from benchmarks.terminal import run_and_write

MANY, LONG = "expensive-many", "expensive-long"
_SHORT, _BULKY, _LONG_TEXTS = 8_000, 400, 60
_QUICK_SECONDS: Final = 1.0
_TRIES: Final = 3
_SETTLED_CPU_SECONDS: Final = 0.02
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request to be measured."""

    name: str
    method: str
    path: str
    body: Json | list[Any] | bytes | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request took."""

    name: str
    status: int
    seconds: float
    functions_cpu: float
    postgres_cpu: float
    answer_bytes: int


def words(count: int, seed: int) -> str:
    """So many words that are all different."""
    rng = random.Random(seed)
    return " ".join(f"w{rng.randrange(16**6):06x}" for _ in range(count))


def _search(name: str, query: str, user: str = MANY, **more: Any) -> Request:
    filters = more.pop("filters", {"user_id": user})
    return Request(name, "POST", "/v3/memories/search/", {"query": query, "filters": filters} | more)


def _list(name: str, filters: Json, query: str = "") -> Request:
    return Request(name, "POST", f"/v3/memories/{query}", {"filters": filters})


def _both(user: str, *others: Json) -> Json:
    return {"AND": [{"user_id": user}, *others]}


def _nested(depth: int) -> Json:
    tree: Json = {"user_id": MANY}
    for level in range(depth):
        tree = {"AND" if level % 2 else "OR": [tree, {"NOT": [{"keywords": {"icontains": f"x{level}"}}]}]}
    return _both(MANY, tree)


def searches() -> Iterator[Request]:
    """Searches, by query and by options."""
    yield _search("an ordinary search", "where does she live?")
    yield _search("19,000 short words", " ".join(f"a{n % 900}" for n in range(19_000)))
    yield _search("9,000 dates", " ".join(f"20{n % 90:02}-0{n % 9 + 1}-1{n % 9}" for n in range(8_300)))
    yield _search("100,000 characters of distinct words", words(12_400, 1))
    yield _search("3,000 distinct words", words(3_000, 2))
    yield _search("3,000 distinct words, all users", words(3_000, 3), filters={"user_id": "*"})
    yield _search("99,000 emoji", "\U0001f600" * 99_000)
    yield _search("99,000 ligatures", "\ufdfa" * 99_000)
    yield _search("99,000 Thai characters", "กขคงจฉชซ" * 12_375)
    yield _search("1,000 hits of short texts", "house", top_k=1000)
    yield _search("1,000 hits of long texts", "house", LONG, top_k=1000)
    yield _search("with messages, 1,000 hits", "house", top_k=1000, include_messages=True)
    yield _search("exact, large scope", "house", exact=True, top_k=1000)
    yield _search("of everybody, exact", "house", filters={"user_id": "*"}, exact=True, top_k=1000)
    yield _search("as of last year, superseded too", "house", as_of="2025-01-01", include_superseded=True, top_k=1000)
    yield _search("reranked", "house", rerank=True, top_k=1000)
    yield _search("with the graph", "Anna Berta Carla", graph=True, top_k=1000)


def lists() -> Iterator[Request]:
    """Lists and filters."""
    contains = [{"keywords": {"icontains": f"needle{n}"}} for n in range(200)]
    yield _list("200 looks into texts, any", _both(LONG, {"OR": contains}))
    yield _list("20 looks into texts, all", _both(LONG, *contains[:20]))
    yield _list("10 looks into texts, any", _both(LONG, {"OR": contains[:10]}))
    tags = [{"metadata": {f"key{n}": {"icontains": "x"}}} for n in range(10)]
    yield _list("10 tests of 63 KB of metadata", _both(MANY, {"OR": tags}))
    dates = [f"2025-01-01T00:{n // 60 % 60:02}:{n % 60:02}Z" for n in range(1000)]
    yield _list("150 times one of 1,000 dates", _both(MANY, {"OR": [{"created_at": {"in": dates}}] * 150}))
    yield _list("one of 1,000 dates", _both(MANY, {"created_at": {"in": dates}}))
    yield _list("400 levels", _nested(400))
    yield _list("7 levels", _nested(7))
    yield _list("200 memories of 63 KB", {"user_id": MANY}, "?page_size=200")
    yield _list("200 memories of 100,000 characters", {"user_id": LONG}, "?page_size=200")
    yield _list("the last page", {"user_id": MANY}, "?page_size=200&page=41")
    yield Request("entities", "GET", "/v1/entities/?page_size=1000")
    yield Request("events", "GET", "/v1/events/?page_size=200")
    yield Request("preferences", "GET", f"/v1/preferences/?user_id={MANY}")
    yield Request("usage", "GET", "/v1/usage/")
    context = {"query": "house", "user_id": MANY, "token_budget": 100_000}
    yield Request("a context of 100,000 tokens", "POST", "/v1/context/", context)
    long = {"query": words(12_400, 4), "user_id": LONG, "token_budget": 100_000}
    yield Request("a context for a long query over long texts", "POST", "/v1/context/", long)


def graphs() -> Iterator[Request]:
    """The graph's routes."""
    yield Request("drift of the project", "GET", "/v1/graph/drift/")
    related = {"user_id": MANY, "entity": "Anna", "depth": 3}
    yield Request("related, three deep", "POST", "/v1/graph/related/", related)
    path = {"user_id": MANY, "source": "Anna", "target": "Berlin"}
    yield Request("path", "POST", "/v1/graph/path/", path)


def bodies() -> Iterator[Request]:
    """Bodies that are large or strange; what is added goes to a user of its own."""
    rng = random.Random(5)
    said_so = [{"role": "user", "content": said(rng)} for _ in range(1000)]
    add = {"user_id": "expensive-written", "infer": False, "allow_duplicates": True}
    yield Request("1,000 messages, verbatim", "POST", "/v3/memories/add/", add | {"messages": said_so})
    one = [{"role": "user", "content": words(12_400, 6)}]
    yield Request("100,000 characters, verbatim", "POST", "/v3/memories/add/", add | {"messages": one})
    ten = [{"role": "user", "content": words(12_400, n)} for n in range(10)]
    yield Request("10 of 100,000 characters, verbatim", "POST", "/v3/memories/add/", add | {"messages": ten})
    text = json.dumps(add | {"messages": "x"})[:-1].encode()
    empty = text + b',"unknown":[' + b"{}," * 1_990_000 + b"{}]}"
    yield Request("6 MB of {} under an unknown key", "POST", "/v3/memories/add/", empty)
    numbers = b'{"user_id":"a","messages":[' + b"1," * 2_990_000 + b"1]}"
    yield Request("6 MB of numbers as messages", "POST", "/v3/memories/add/", numbers)
    deep = b'{"user_id":"a","messages":' + b"[" * 2_900_000 + b"]" * 2_900_000 + b"}"
    yield Request("3 million levels of JSON", "POST", "/v3/memories/add/", deep)
    lines = [json.dumps({"text": said(rng), "user_id": "expensive-written"}) for _ in range(10_000)]
    yield Request("an import of 10,000 lines", "POST", "/v1/import/", "\n".join(lines).encode())


def requests() -> list[Request]:
    """Every request that is measured."""
    return [*searches(), *lists(), *graphs(), *bodies()]


class Meter:
    """CPU seconds of the functions' processes and of Postgres, its ended children included."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "local.json"

    def read(self) -> tuple[float, float]:
        """Functions, Postgres: CPU seconds so far of the processes that live."""
        pids = json.loads(self._file.read_text())["pids"]
        workers = [pid for group in pids["workers"].values() for pid in group]
        server = psutil.Process(pids["postgres"])
        postgres = _cpu(server) + sum(map(_cpu, server.children(recursive=True)))
        own = server.cpu_times()
        return sum(_cpu(psutil.Process(pid)) for pid in workers), postgres + own.children_user + own.children_system

    def settle(self) -> None:
        """Wait until nothing works any more."""
        before = sum(self.read())
        while True:
            time.sleep(0.5)
            now = sum(self.read())
            if now - before < _SETTLED_CPU_SECONDS:
                return
            before = now


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


def fill(client: httpx.Client, console: Console) -> None:
    """Tell both users what they are to know, once."""
    rng = random.Random(7)
    with Progress(*_COLUMNS, console=console) as progress:
        task = progress.add_task("filling", total=_SHORT + _BULKY + _LONG_TEXTS)

        def add(user: str, texts: list[str], **more: Any) -> None:
            messages = [{"role": "user", "content": text} for text in texts]
            body = {"user_id": user, "messages": messages, "infer": False} | more
            answered(client.post("/v3/memories/add/", json=body))
            progress.advance(task, len(texts))

        for first in range(0, _SHORT, 500):
            add(MANY, [f"{said(rng)} ({first + n})" for n in range(500)])
        for n in range(_BULKY):
            add(MANY, [f"{said(rng)} [{n}]"], metadata={f"key{k}": words(200, n * k) for k in range(40)})
        for n in range(_LONG_TEXTS):
            add(LONG, [words(12_400, 1000 + n)])


def measure(client: httpx.Client, meter: Meter, request: Request) -> Cost:
    """Send it, more than once where it is quick, and keep the cheapest."""
    costs: list[Cost] = []
    while not costs or (len(costs) < _TRIES and costs[-1].seconds < _QUICK_SECONDS):
        meter.settle()
        functions, postgres = meter.read()
        began = time.perf_counter()
        status, size = _send(client, request)
        took = time.perf_counter() - began
        after = meter.read()
        costs.append(Cost(request.name, status, took, after[0] - functions, after[1] - postgres, size))
    return min(costs, key=lambda cost: cost.functions_cpu + cost.postgres_cpu)


def _send(client: httpx.Client, request: Request) -> tuple[int, int]:
    body = request.body
    content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    try:
        answer = client.request(request.method, request.path, content=content, headers=headers)
    except httpx.HTTPError:
        return 0, 0
    return answer.status_code, len(answer.content)


def run(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Fill, measure, and draw the table."""
    info = cast("Json", json.loads((options.directory / "local.json").read_text()))
    headers = {"Authorization": f"Token {info['api_key']}"}
    meter, every = Meter(options.directory), requests()
    with httpx.Client(base_url=info["url"], headers=headers, timeout=120) as client:
        if not options.filled:
            fill(client, console)
        with Progress(*_COLUMNS, console=console) as progress:
            costs = [measure(client, meter, request) for request in progress.track(every, description="measuring")]
    table = Table("request", "status", "seconds", "CPU functions", "CPU Postgres", "answer, KB")
    for cost in costs:
        figures = (cost.seconds, cost.functions_cpu, cost.postgres_cpu)
        table.add_row(cost.name, str(cost.status), *(f"{n:.2f}" for n in figures), f"{cost.answer_bytes / 1000:.0f}")
    console.print(table)
    return {"costs": [asdict(cost) for cost in costs]}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directory", type=Path, help="CAIRN_LOCAL_DIR of the service")
    parser.add_argument("--filled", action="store_true", help="the users are there from a run before")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    run_and_write(parser.parse_args(), run)


if __name__ == "__main__":
    main()
