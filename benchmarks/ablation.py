"""What each signal of the ranking is worth, on conversations in the format of LoCoMo.

Every turn is stored and every question asked once, with explain, so that the signals are those the service computes.
The order under other weights is then worked out here: it is the weighted sum of the same signals, and turns that score
the same stay in the order they were said, as in the service. First the signals are built up from the two channels,
then each is left out of the whole.

    python -m benchmarks.ablation conversations.json --json ablation.json
"""

from __future__ import annotations

import argparse
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, cast

import httpx
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import locomo
from benchmarks.connection import add_arguments, answered, no_traceback, reach
from benchmarks.conversations import Conversation, Question, read
from benchmarks.locomo import Run, Score
from benchmarks.machine import about, load_average
from benchmarks.terminal import wide_console
from benchmarks.train_ranking import Floats, signals_of
from cairn.ranking import BM25, COVERAGE, DEFAULT_WEIGHTS, IMPORTANCE, NEIGHBOURS, RUN, SEMANTIC

# Importance is the same for all turns, so that it orders nothing here.
SIGNALS: Final = tuple(name for name in asdict(DEFAULT_WEIGHTS) if name != IMPORTANCE)
_ALL: Final[Mapping[str, float]] = {name: value for name, value in asdict(DEFAULT_WEIGHTS).items() if name in SIGNALS}


@dataclass(frozen=True, slots=True)
class Signalled:
    """One question with the signals of every turn, a row each, in the order in which they were said."""

    question: Question
    turns: list[str]
    signals: Floats


def settings() -> dict[str, Mapping[str, float]]:
    """The weights that are tried, by what they are called; what a setting does not name weighs nothing."""
    structure = {name: _ALL[name] for name in (SEMANTIC, BM25, NEIGHBOURS, COVERAGE, RUN)}
    built: dict[str, Mapping[str, float]] = {
        "cosine alone": {SEMANTIC: 1},
        "BM25 alone": {BM25: 1},
        "both, half and half": {SEMANTIC: 0.5, BM25: 0.5},
        "+ neighbours, coverage, run": structure,
        "+ period: as shipped": _ALL,
    }
    for left in SIGNALS:
        built[f"shipped without {left}"] = {name: value for name, value in _ALL.items() if name != left}
    return built


def ordered(one: Signalled, weights: Mapping[str, float]) -> list[str]:
    """The turns, best first; those that score nothing at all were not found."""
    scores = one.signals @ np.array([weights.get(name, 0.0) for name in SIGNALS])
    order = np.argsort(-scores, kind="stable")[: locomo.TOP_K]
    return [one.turns[position] for position in order if scores[position] > 0]


def score(asked: Sequence[Signalled], weights: Mapping[str, float]) -> Score:
    """What these weights find."""
    found = [[frozenset({turn}) for turn in ordered(one, weights)] for one in asked]
    return locomo.score([locomo.Asked(one.question, turns, 0) for one, turns in zip(asked, found, strict=True)])


def gather(client: httpx.Client, run: Run, conversations: Sequence[Conversation], console: Console) -> list[Signalled]:
    """Store each conversation, ask its questions, and delete it again."""
    gathered: list[Signalled] = []
    for conversation in track(conversations, "conversations", console=console):
        try:
            for _ in run.load(conversation):
                pass
            gathered += list(_ask(client, run, conversation))
        finally:
            run.forget(conversation)
    return gathered


def _ask(client: httpx.Client, run: Run, conversation: Conversation) -> Iterable[Signalled]:
    for question in conversation.questions:
        body = {
            "query": question.text,
            "filters": {"user_id": run.user_id(conversation)},
            "top_k": 1_000,
            "threshold": 0,
            "explain": True,
            "fields": ["id", "explain"],
        }
        answer = answered(client.post("/v3/memories/search/", json=body))
        # Ids are in the order of creation.
        hits = sorted(cast("list[dict[str, Any]]", answer["results"]), key=lambda hit: hit["id"])
        yield Signalled(question, [run.turn_of[hit["id"]] for hit in hits], signals_of(hits, SIGNALS))


def report(asked: Sequence[Signalled]) -> dict[str, Any]:
    """Scores by setting, over all questions and over those of each category."""
    groups = {name: [one for one in asked if one.question.category == n] for n, name in locomo.CATEGORIES.items()}
    return {
        name: {"all": asdict(score(asked, weights))}
        | {group: asdict(score(own, weights)) for group, own in groups.items() if own}
        for name, weights in settings().items()
    }


def show(scores: Mapping[str, Any], console: Console) -> None:
    """Print one row a setting."""
    groups = [name for name in next(iter(scores.values())) if name != "all"]
    table = Table("weights", "hit@1", "recall@5", "recall@10", "any@10", *groups, box=None, pad_edge=False)
    for name, by_group in scores.items():
        every = by_group["all"]
        shares = [every[key] for key in ("hit_at_1", "recall_at_5", "recall_at_10", "any_at_10")]
        shares += [by_group[group]["recall_at_10"] for group in groups]
        table.add_row(name, *(f"{100 * share:.1f}" for share in shares))
    console.print(table)
    console.print("categories: recall@10")


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="conversations and questions, in the format of LoCoMo's JSON")
    add_arguments(parser)
    parser.add_argument("--conversations", type=int, help="use only the first so many")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the result as JSON too")
    options, console = parser.parse_args(), wide_console()
    machine, conversations = about(), read(options.file)[: options.conversations]
    with reach(options).client() as client, no_traceback():
        run = Run(client, batch=50, suffix=uuid.uuid4().hex[:8], search_options={})
        asked = gather(client, run, conversations, console)
    scores = report(asked)
    show(scores, console)
    result = {
        "benchmark": "ablation",
        "machine": machine | {"load_average_after": load_average()},
        "questions": len(asked),
        "scores": scores,
    }
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
