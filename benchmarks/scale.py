"""How the time of one search grows: with the memories of all users, and with those of one.

--part users: many users of 100 memories each, in all up to a million and more. Texts and vectors are generated
(benchmarks.generated), because embedding a million texts takes an hour. A question is made of the words of a stored
text, and the service embeds it with its model: the words find, and the vectors, which have nothing to do with those
stored, cost what they always cost. So this part tells times and nothing of quality.

--part scope: one user who has ever more. Texts are invented sentences with their real embeddings, which 200,000 texts
take minutes for, so that recall means something: the share of the ten best by `exact`, which scores every memory, that
a search through the indexes has among its own ten. Above 8,000 memories the first search asks for indexes, and the
benchmark waits until upkeep has filled them (docs/decisions/0018).

    python -m benchmarks.scale --json scale.json
    python -m benchmarks.scale --part users --sizes 1000,10000
    python -m benchmarks.scale --part scope --scopes 1000,10000,20000

One client asks one question after the other; the query cache is off. Each size is grown from the last and what was
measured is kept in --work, so an interrupted run goes on where it stopped, and --fresh begins anew.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any, Final, cast

import httpx
from rich.console import Console
from rich.progress import Progress, track
from rich.table import Table

from benchmarks import service
from benchmarks.connection import Target, answered, percentile
from benchmarks.embeddings import WORK, Halves, embeddings
from benchmarks.generated import Generator
from benchmarks.importing import BATCH, Item, import_all
from benchmarks.invented import asked, said
from benchmarks.machine import about, load_average
from benchmarks.terminal import numbers, run_and_write

EACH: Final = 100  # memories of a user
ONE: Final = "one"  # the user of --part scope
TOP_K: Final = 10
_SMALL: Final = 8_000  # scopes up to this size are searched row by row
_WARM_UP: Final = 100  # questions before those that are timed: what they read comes into the buffers
_ENVIRONMENT: Final = {
    # Upkeep comes often, and need not wait for transactions that nobody else makes. It counts the rows of large scopes,
    # which would be in the way of what is timed every second.
    "CAIRN_LOCAL_MAINTAIN_SECONDS": "10",
    "CAIRN_SETTLED_AFTER_SECONDS": "0",
}
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of whom."""

    text: str
    user: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: ids, best first, how the search went, and how long it took."""

    ids: list[str]
    search: Row
    seconds: float


def ask(client: httpx.Client, question: Question, *, exact: bool = False) -> Answer:
    """Ask one question."""
    body = {"query": question.text, "filters": {"user_id": question.user}, "top_k": TOP_K, "threshold": 0}
    began = time.perf_counter()
    answer = client.post("/v3/memories/search/", json=body | {"exact": exact, "explain": True})
    seconds = time.perf_counter() - began
    found = answered(answer)
    return Answer([hit["id"] for hit in cast("list[Row]", found["results"])], cast("Row", found["search"]), seconds)


def times(answers: Sequence[Answer]) -> Row:
    """The median and the 95th percentile."""
    seconds = [one.seconds for one in answers]
    return {name: round(percentile(seconds, share) * 1000, 1) for name, share in (("p50_ms", 0.5), ("p95_ms", 0.95))}


def recall(found: Sequence[Answer], wanted: Sequence[Answer]) -> float:
    """The mean share of what was wanted that was found."""
    return fmean(len(set(a.ids) & set(b.ids)) / len(b.ids) for a, b in zip(found, wanted, strict=True) if b.ids)


class Users:
    """Many users of 100 memories each; later users come later, and those of one growth lie among each other."""

    name = "users"

    def __init__(self, sizes: Sequence[int], queries: int) -> None:
        self.sizes = sizes
        self._queries = queries
        self._generator = Generator()

    def items(self, first: int, end: int) -> list[Item]:
        """The memories with these numbers."""
        self._generator.restart(first)
        made = list(self._generator.memories(end - first))
        return [Item(self._user(first + i), one.text, one.vector) for i, (one, _) in enumerate(made)]

    def measure(self, client: httpx.Client, size: int, console: Console) -> Row:
        """Ask users drawn from all for what they have."""
        random = Random(size)
        questions = [self._question(random, size) for _ in range(_WARM_UP + self._queries)]
        answers = [ask(client, q) for q in track(questions, f"asking, {size:,} memories", console=console)]
        return times(answers[_WARM_UP:]) | {"rows": fmean(len(one.ids) for one in answers[_WARM_UP:])}

    def _user(self, index: int) -> str:
        """The sizes' growths are dealt out to their own users, one memory each in turn."""
        last = 0
        for size in self.sizes:
            if index < size:
                return f"user-{last // EACH + index % max(1, (size - last) // EACH)}"
            last = size
        return "nobody"

    def _question(self, random: Random, size: int) -> Question:
        first = random.randrange(0, size, BATCH)
        self._generator.restart(first)
        _, query = next(self._generator.memories(1))
        return Question(query.text, self._user(first))


class Scope:
    """One user with ever more memories."""

    name = "scope"

    def __init__(self, sizes: Sequence[int], queries: int, vectors: Halves) -> None:
        self.sizes = sizes
        self._queries = queries
        self._vectors = vectors

    def items(self, first: int, end: int) -> list[Item]:
        """The memories with these numbers."""
        return [Item(ONE, story(i), self._vectors[i].astype(float).tolist()) for i in range(first, end)]

    def measure(self, client: httpx.Client, size: int, console: Console) -> Row:
        """Wait for the indexes, then ask every question both ways."""
        seconds = indexed(client, size, console)
        questions = [Question(asked(Random(f"asked-{n}")), ONE) for n in range(_WARM_UP + self._queries)]
        found = [ask(client, q) for q in track(questions, f"asking, {size:,} of one", console=console)][_WARM_UP:]
        wanted = [ask(client, q, exact=True) for q in track(questions[_WARM_UP:], "exact", console=console)]
        exact = {f"exact_{name}": value for name, value in times(wanted).items()}
        way = {"way": found[-1].search["way"], "indexing_seconds": seconds}
        return times(found) | exact | {"recall_at_10": round(recall(found, wanted), 4)} | way


def story(index: int) -> str:
    """The text with this number: two sentences, so that hardly any two are the same."""
    random = Random(f"story-{index}")
    return f"{said(random)} {said(random)}"


def indexed(client: httpx.Client, size: int, console: Console) -> float:
    """Search until the scope is in the indexes and its words are counted; the seconds that took."""
    began = time.monotonic()
    question = Question("Who taught me fencing?", ONE)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("upkeep fills the indexes", total=size)
        while size > _SMALL:
            search = ask(client, question).search
            waiting = search["not_indexed"]
            if waiting == 0 and search["rows"] >= 0.9 * size:
                break
            progress.update(task, completed=size - (size if waiting is None else waiting))
            time.sleep(1)
    return round(time.monotonic() - began, 1)


def run_part(part: Users | Scope, target: Target, folder: Path, console: Console) -> list[Row]:
    """Grow from size to size and measure each; what an earlier run measured is taken as it is."""
    noted = folder / "measured.json"
    rows = cast("list[Row]", json.loads(noted.read_text())) if noted.exists() else []
    last = 0
    for size in part.sizes:
        if all(row["memories"] != size for row in rows):
            import_all(target, part.items, last, size, folder / "imported", console)
            with target.client() as client:
                row = {"memories": size} | part.measure(client, size, console) | {"load_average": load_average()}
            rows.append(row)
            noted.write_text(json.dumps(rows))
            console.print(row)
        last = size
    return [row for row in rows if row["memories"] in part.sizes]


def show(part: str, rows: list[Row], console: Console) -> None:
    """Print what a part measured."""
    if rows:
        table = Table(*rows[0], box=None, title=part, title_justify="left")
        for row in rows:
            table.add_row(*map(str, row.values()))
        console.print(table)


def run(options: argparse.Namespace, console: Console) -> Row:
    """Run the parts that are asked for, each on a service of its own."""
    work = cast("Path", options.work)
    parts: list[Users | Scope] = []
    if options.part in ("users", "both"):
        parts.append(Users(numbers(options.sizes), options.queries))
    if options.part in ("scope", "both"):
        scopes = numbers(options.scopes)
        vectors = embeddings("story", story, max(scopes), folder=work / "embeddings", console=console)
        parts.append(Scope(scopes, options.queries, vectors))
    result: Row = {"benchmark": "scale", "machine": about(), "queries": options.queries}
    for part in parts:
        # Another list of sizes deals the memories out to other users.
        folder = work / f"scale-{part.name}-{'-'.join(map(str, part.sizes))}"
        if options.fresh:
            shutil.rmtree(folder, ignore_errors=True)
        with service.cairn(folder / "cairn", console, _ENVIRONMENT) as target:
            result[part.name] = run_part(part, target, folder, console)
        show(part.name, result[part.name], console)
    return result


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("users", "scope", "both"), default="both", help="default: both")
    parser.add_argument("--sizes", default="1000,10000,100000,1000000", help="memories in all (default: to 1000000)")
    scopes = "1000,2000,5000,10000,20000,50000,100000,200000"
    parser.add_argument("--scopes", default=scopes, help=f"memories of one (default: {scopes})")
    parser.add_argument("--queries", type=int, default=200, help="questions at each size (default: 200)")
    parser.add_argument("--work", type=Path, default=WORK, help=f"folder of what is kept (default: {WORK})")
    parser.add_argument("--fresh", action="store_true", help="begin anew")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the result as JSON too")
    return parser.parse_args()


def main() -> None:
    """Run the benchmark from the command line."""
    run_and_write(arguments(), run)


if __name__ == "__main__":
    main()
