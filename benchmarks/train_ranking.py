"""Learn the weights of cairn.search.ranking from conversations in LoCoMo's format, against the running service.

Every turn is stored and every question asked with explain, so that the signals are those the service computes. Weights
are fitted on all conversations but one and tried on that one, each in turn; those printed last are fitted on all. What
is fitted is LambdaRank with recall@10 (Burges, From RankNet to LambdaRank to LambdaMART, 2010): of all pairs of a turn
that answers and one that does not, those count that a swap would move into the first ten or out of them.

    python -m benchmarks.train_ranking ours.json                        leaves one conversation out at a time
    python -m benchmarks.train_ranking ours.json --test theirs.json     and tries what ours teach on theirs
    python -m benchmarks.train_ranking ours.json --signals semantic,bm25,run
"""

from __future__ import annotations

import argparse
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import httpx
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.connection import add_arguments, answered, no_traceback, reach
from benchmarks.conversations import Conversation, Question, read
from benchmarks.locomo import Run
from cairn.search.ranking import DEFAULT_WEIGHTS, IMPORTANCE, RUN

Floats = NDArray[np.float64]

FIRST = 10
_MULTI_HOP = 1
_EPOCHS = 400
_STEP = 0.05
_START = 10.0  # total of the weights at the beginning: it sets how sharp the pairwise loss is
_PULL = 0.002  # towards equal weights, so that signals that say the same share what they are worth
_NEAR = 30  # turns behind the first ten that a pair may come from
_SAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: the signals of every turn of its conversation, a row each, and which turns answer it."""

    question: Question
    signals: Floats
    answers: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question found among its first ten."""

    recall: float
    category: int


def signals_of(hits: list[dict[str, Any]], names: Sequence[str]) -> Floats:
    """The signals as the statement weighed them: explain shows them in proportion to the score of the best hit."""
    shown = np.array([[hit["explain"][name]["normalised"] for name in names] for hit in hits])
    strength = max(hit["explain"][RUN]["normalised"] for hit in hits)  # the best run's share is 1
    return shown / strength if strength > 0 else shown


def ask(client: httpx.Client, run: Run, conversation: Conversation, names: Sequence[str]) -> Iterable[Asked]:
    """Ask every question for all turns of the conversation."""
    for question in conversation.questions:
        body = {
            "query": question.text,
            "filters": {"user_id": run.user_id(conversation)},
            "top_k": 1_000,
            "threshold": 0,
            "explain": True,
            "fields": ["id", "explain"],
        }
        hits = cast("list[dict[str, Any]]", answered(client.post("/v3/memories/search/", json=body))["results"])
        answers = np.array([run.turn_of[hit["id"]] in question.evidence for hit in hits])
        yield Asked(question, signals_of(hits, names), answers)


def negated(gathered: list[list[Asked]], signs: Floats) -> list[list[Asked]]:
    """The same questions with the signals that are taken off negated, so that every weight is positive."""
    return [[replace(one, signals=one.signals * signs) for one in conversation] for conversation in gathered]


def gather(client: httpx.Client, path: Path, names: Sequence[str]) -> list[list[Asked]]:
    """Store the conversations of a file, ask all their questions and delete them again."""
    run = Run(client, batch=50, suffix=uuid.uuid4().hex[:8], search_options={})
    gathered: list[list[Asked]] = []
    for conversation in track(read(path), description=path.name, console=Console(stderr=True)):
        try:
            list(run.load(conversation))
            gathered.append(list(ask(client, run, conversation, names)))
        finally:
            run.forget(conversation)
    return gathered


def gradient(asked: Asked, weights: Floats) -> Floats:
    """How the pairwise loss of one question changes with the weights."""
    scores = asked.signals @ weights
    order = np.argsort(-scores, kind="stable")
    inside, behind = order[:FIRST], order[FIRST : FIRST + _NEAR]
    total = np.zeros_like(weights)
    wanted = np.flatnonzero(asked.answers)
    for turn in wanted:
        rivals = behind if turn in inside else inside
        rivals = rivals[~asked.answers[rivals]]
        if not rivals.size:
            continue
        beaten = 1 / (1 + np.exp(np.clip(scores[turn] - scores[rivals], -30, 30)))
        total -= (beaten[:, None] * (asked.signals[turn] - asked.signals[rivals])).sum(axis=0) / rivals.size
    return total / max(1, wanted.size)


def fit(questions: Sequence[Asked], count: int) -> Floats:
    """The weights that put answers into the first ten; never negative, and together 1. By Adam.

    Signals that are taken off come negated, see `negated`.
    """
    weights = np.full(count, _START / count)
    mean, spread = np.zeros(count), np.zeros(count)
    for epoch in range(1, _EPOCHS + 1):
        slope = np.sum([gradient(one, weights) for one in questions], axis=0) / len(questions)
        slope += _PULL * (weights - weights.mean())
        mean, spread = 0.9 * mean + 0.1 * slope, 0.99 * spread + 0.01 * slope**2
        moved = (mean / (1 - 0.9**epoch)) / (np.sqrt(spread / (1 - 0.99**epoch)) + 1e-8)
        weights = np.maximum(0, weights - _STEP * moved / np.sqrt(1 + epoch / 40))
    return weights / weights.sum()


def outcome(asked: Asked, weights: Floats) -> Outcome:
    """Ask again with these weights."""
    first = np.argsort(-(asked.signals @ weights), kind="stable")[:FIRST]
    return Outcome(asked.answers[first].sum() / len(asked.question.evidence), asked.question.category)


def left_out(conversations: list[list[Asked]], count: int) -> list[Outcome]:
    """Every question, asked with weights that never saw its conversation."""
    found: list[Outcome] = []
    for left in conversations:
        weights = fit([one for other in conversations if other is not left for one in other], count)
        found += [outcome(one, weights) for one in left]
    return found


def summary(found: list[Outcome]) -> tuple[str, str, str]:
    """Recall@10 with its 95 % interval, that of multi-hop questions, and any@10."""
    recall = np.array([one.recall for one in found])
    drawn = np.random.default_rng(0).integers(0, len(recall), (_SAMPLES, len(recall)))
    low, high = np.percentile(100 * recall[drawn].mean(axis=1), (2.5, 97.5))
    hops = [one.recall for one in found if one.category == _MULTI_HOP]
    return (
        f"{100 * recall.mean():.2f} ({low:.1f} to {high:.1f})",
        f"{100 * np.mean(hops):.1f}" if hops else "",
        f"{100 * (recall > 0).mean():.1f}",
    )


def show(rows: dict[str, list[Outcome]], console: Console) -> None:
    """Print what each set of weights finds."""
    table = Table("weights", "recall@10", "multi-hop", "any@10", box=None, pad_edge=False)
    for name, found in rows.items():
        table.add_row(name, *summary(found))
    console.print(table)


def arguments(every: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+", help="conversations to learn from, in LoCoMo's format")
    parser.add_argument("--test", type=Path, nargs="*", default=[], help="conversations to try the weights on")
    parser.add_argument("--signals", type=lambda text: text.split(","), default=list(every), help="default: all")
    add_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Learn from the command line."""
    # What weighs nothing by default is not in the answer; importance is the same for all turns.
    today = {name: value for name, value in asdict(DEFAULT_WEIGHTS).items() if value and name != IMPORTANCE}
    options = arguments(list(today))
    names = cast("list[str]", options.signals)
    console = Console()
    signs = np.sign([today[name] for name in names])
    with reach(options).client() as client, no_traceback():
        learned = [one for path in options.files for one in negated(gather(client, path, names), signs)]
        tried = {path.stem: negated(gather(client, path, names), signs) for path in options.test}
    everything = [one for conversation in learned for one in conversation]
    shipped = np.array([today[name] for name in names]) * signs
    fitted = fit(everything, len(names))
    rows = {"today's": [outcome(one, shipped) for one in everything]}
    rows["fitted on the other conversations"] = left_out(learned, len(names)) if len(learned) > 1 else []
    rows["fitted on all, which flatters"] = [outcome(one, fitted) for one in everything]
    for name, conversations in tried.items():
        asked = [one for conversation in conversations for one in conversation]
        rows[f"{name}: today's"] = [outcome(one, shipped) for one in asked]
        rows[f"{name}: fitted on {', '.join(path.stem for path in options.files)}"] = [
            outcome(one, fitted) for one in asked
        ]
    show({name: found for name, found in rows.items() if found}, console)
    console.print(
        json.dumps({name: round(float(value), 3) for name, value in zip(names, fitted * signs, strict=True)}),
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()
