"""What an embedder is worth: how well searches find what answers a question with it, and what it costs.

Each embedder has a one-machine run of its own; without --embedder it is that of the running service. The turns of each
file are stored as they were said, in LoCoMo's format or that of benchmarks/conversations.py, and each question is asked
with explain. recall@10 is the mean share of a question's evidence among the first ten hits: as the service orders them,
and by the words alone (BM25), by the vectors alone (cosine), and by half of each, which is worked out from the signals
of the thousand hits that the service gives at most. The cost is that of fresh processes, in time and in CPU time, which
others on the machine disturb less: to import and load the embedder and to embed a first text, of each text after that,
memory, and what its layer has on disk.

    python -m benchmarks.embedder --embedder minilm --embedder multilingual locomo.json chats.jsonl.gz
    python -m benchmarks.embedder --embedder minilm --questions 100 FILE      the first 100 questions of each file
    python -m benchmarks.embedder FILE --url … --api-key …                    recall alone, with what runs there
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final, cast

import httpx
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import ablation, service
from benchmarks.ablation import EVERY, SIGNALS, Signalled
from benchmarks.connection import add_arguments, answered, percentile, reach
from benchmarks.conversations import Conversation, Question, read
from benchmarks.locomo import TOP_K, Asked, Run, score
from benchmarks.machine import about, load_average
from benchmarks.terminal import run_and_write
from benchmarks.train_ranking import signals_of
from cairn.search.ranking import BM25, SEMANTIC

Json = dict[str, Any]

SHIPPED: Final = "as shipped"
ALONE: Final[Mapping[str, Mapping[str, float]]] = {
    "words": {BM25: 1},
    "vectors": {SEMANTIC: 1},
    "half and half": {BM25: 0.5, SEMANTIC: 0.5},
}
LAYERS: Final = {"minilm": "embedder", "multilingual": "multilingual"}
TEXTS: Final = 400
TIMES: Final = ("text_ms", "text_cpu_ms")
SHARES: Final = {"p50": 0.5, "p95": 0.95}
_LONGEST_QUERY: Final = 2_000  # characters
_BATCH: Final = 100


def ask(client: httpx.Client, run: Run, user_id: str, question: Question) -> Signalled:
    """One question, with the signals of each hit and with the order of the service."""
    body: Json = {
        "query": question.text[:_LONGEST_QUERY],
        "filters": {"user_id": user_id},
        "threshold": 0,
        "top_k": 1_000,
        "explain": True,
        "fields": ["id", "explain"],
    }
    if question.asked:
        body["reference_date"] = int(question.asked.timestamp())
    answer = answered(client.post("/v3/memories/search/", json=body))
    hits = cast("list[Json]", answer["results"])
    first = [run.turn_of[hit["id"]] for hit in hits[:TOP_K]]
    hits.sort(key=lambda hit: hit["id"])  # ids are in the order of creation
    signals = np.column_stack([signals_of(hits, SIGNALS), np.zeros(len(hits))]) if hits else np.zeros((0, len(EVERY)))
    return Signalled(question, [run.turn_of[hit["id"]] for hit in hits], signals, {SHIPPED: first})


def gather(client: httpx.Client, conversations: Sequence[Conversation], said: str, console: Console) -> list[Signalled]:
    """Store each conversation, ask its questions, and delete it again."""
    run = Run(client, _BATCH, uuid.uuid4().hex[:8], {})
    gathered: list[Signalled] = []
    for conversation in track(conversations, said, console=console):
        try:
            for _ in run.load(conversation):
                pass
            user_id = run.user_id(conversation)
            gathered += [ask(client, run, user_id, question) for question in conversation.questions]
        finally:
            run.forget(conversation)
        console.log(f"{said}: {conversation.name}, {len(gathered)} questions so far")
    return gathered


def recalls(asked: Sequence[Signalled]) -> dict[str, float]:
    """recall@10 in per cent of the service's own order, and of each channel alone."""
    shipped = [Asked(one.question, [frozenset({turn}) for turn in one.found[SHIPPED]], 0) for one in asked]
    scores = {SHIPPED: score(shipped)} | {name: ablation.score(asked, weights) for name, weights in ALONE.items()}
    return {name: round(100 * found.recall_at_10, 1) for name, found in scores.items()}


def first_questions(conversations: Iterable[Conversation], count: int | None) -> list[Conversation]:
    """The conversations as far as they hold the first so many questions; None is all."""
    kept: list[Conversation] = []
    left = sys.maxsize if count is None else count
    for conversation in conversations:
        if left > 0:
            kept.append(replace(conversation, questions=conversation.questions[:left]))
            left -= len(kept[-1].questions)
    return kept


def sample(paths: Iterable[Path]) -> list[str]:
    """Texts of the files, the same ones each time."""
    every = [turn.text for path in paths for one in read(path) for session in one.sessions for turn in session.turns]
    return Random(0).sample(every, min(TEXTS, len(every)))


def cost(embedder: str, texts: list[str], repeat: int) -> Json:
    """Medians over fresh processes, after one that embeds the texts, and whose start nobody counts."""
    first, *runs = [_cost_once(embedder, [] if number else texts) for number in range(repeat + 1)]
    keys = ("load_seconds", "first_seconds", "ready_cpu_seconds", "before_mb", "ready_mb")
    return {
        "model": first["model"],
        "dimensions": first["dimensions"],
        **{key: round(median(run[key] for run in runs), 3) for key in keys},
        "ready_seconds": [round(run["load_seconds"] + run["first_seconds"], 2) for run in runs],
        "after_mb": first["after_mb"],
        **{key: {name: round(percentile(first[key], q), 2) for name, q in SHARES.items()} for key in TIMES},
        "layer_mb": layer_mb(embedder),
    }


def _cost_once(embedder: str, texts: list[str]) -> Json:
    command = [sys.executable, "-m", "benchmarks.embedding_cost", embedder]
    done = subprocess.run(
        command, input=json.dumps(texts), capture_output=True, text=True, cwd=service.REPOSITORY, check=False
    )
    if done.returncode:
        raise SystemExit(f"{embedder} cannot be loaded: {done.stderr.strip().splitlines()[-1]}")
    return cast("Json", json.loads(done.stdout))


def layer_mb(embedder: str) -> float | None:
    """What the embedder's layer has on disk, unpacked; None for an endpoint, and where no layer can be put together."""
    if embedder not in LAYERS:
        return None
    from infra_cdk.components.layers import BUNDLES  # which starts Node

    with tempfile.TemporaryDirectory() as folder:
        try:
            BUNDLES[LAYERS[embedder]].write(Path(folder))
        except subprocess.CalledProcessError:  # no package registry
            return None
        return round(sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1e6, 1)


def found(client: httpx.Client, options: argparse.Namespace, said: str, console: Console) -> dict[str, Json]:
    """recall@10 of each file."""
    results: dict[str, Json] = {}
    for path in options.files:
        conversations = first_questions(read(path), options.questions)
        asked = gather(client, conversations, f"{said}, {path.name}", console)
        results[path.name] = {"questions": len(asked), **recalls(asked)}
        console.log(f"{said}, {path.name}: {results[path.name]}")  # what is cut short has told as much
    return results


def run(options: argparse.Namespace, console: Console) -> Json:
    """Measure each embedder, or the running service, and print the tables."""
    result: Json = {"benchmark": "embedder", "machine": about()}
    if options.embedder:
        texts = sample(options.files)
        result["cost"] = {name: cost(name, texts, options.repeat) for name in options.embedder}
        result["recall"] = {name: _own(name, options, console) for name in options.embedder}
        console.print(cost_table(result["cost"]))
    else:
        with reach(options).client() as client:
            model = cast("Json", answered(client.get("/health"))["embeddings"] or {"model": "not said yet"})
            result["recall"] = {model["model"]: found(client, options, "the running service", console)}
    result["machine"] |= {"load_average_after": load_average()}
    console.print(recall_table(result["recall"]))
    return result


def _own(embedder: str, options: argparse.Namespace, console: Console) -> dict[str, Json]:
    environment = {"CAIRN_EMBEDDER": embedder}
    with (
        tempfile.TemporaryDirectory() as folder,
        service.cairn(Path(folder), console, environment) as target,
        target.client() as client,
    ):
        return found(client, options, embedder, console)


def cost_table(costs: Mapping[str, Json]) -> Table:
    """One row an embedder."""
    table = Table("embedder", "numbers", "load s", "first text s", "both, CPU s", box=None, pad_edge=False)
    for heading in ("ms a text, p50", "p95", "CPU ms, p50", "MB before", "ready", "after", "layer MB"):
        table.add_column(heading)
    for name, one in costs.items():
        row = [one[key] for key in ("dimensions", "load_seconds", "first_seconds", "ready_cpu_seconds")]
        row += [*one["text_ms"].values(), one["text_cpu_ms"]["p50"]]
        row += [one["before_mb"], one["ready_mb"], one["after_mb"], one["layer_mb"] or "-"]
        table.add_row(name, *map(str, row))
    return table


def recall_table(results: Mapping[str, Mapping[str, Json]]) -> Table:
    """One row for each file and embedder."""
    table = Table("file", "embedder", "questions", *ALONE, SHIPPED, title="recall@10", box=None, pad_edge=False)
    for file in next(iter(results.values())):
        for name, files in results.items():
            table.add_row(file, name, *(str(files[file][key]) for key in ("questions", *ALONE, SHIPPED)))
    return table


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+", help="conversations with questions")
    parser.add_argument("--embedder", action="append", choices=["minilm", "multilingual", "openai"])
    parser.add_argument("--questions", type=int, help="ask only the first so many of each file")
    parser.add_argument("--repeat", type=int, default=5, help="fresh processes of each embedder (default: 5)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the result as JSON too")
    add_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Run the benchmark from the command line."""
    run_and_write(arguments(), run)


if __name__ == "__main__":
    main()
