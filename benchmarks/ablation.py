"""What each signal of the ranking is worth, on conversations in the format of LoCoMo.

Every turn is stored and every question asked once, with explain, so that the signals are those the service computes.
The order under other weights is then worked out here: it is the weighted sum of the same signals, and turns that score
the same stay in the order they were said, as in the service. First the signals are built up from the two channels, then
each is left out of the whole. Attention is asked for in a search of its own, and so is a reranker, where one is set up.

benchmarks/locomo.py runs it, with --ablation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, cast

import httpx
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import locomo
from benchmarks.connection import answered
from benchmarks.conversations import Conversation, Question
from benchmarks.locomo import Run, Score
from benchmarks.machine import about, load_average
from benchmarks.train_ranking import Floats, signals_of
from cairn.search.ranking import ATTENTION, BM25, COVERAGE, DEFAULT_WEIGHTS, IMPORTANCE, NEIGHBOURS, RUN, SEMANTIC

# Importance is the same for all turns, so that it orders nothing here.
SIGNALS: Final = tuple(name for name, weight in asdict(DEFAULT_WEIGHTS).items() if weight and name != IMPORTANCE)
EVERY: Final = (*SIGNALS, ATTENTION)
ATTENDED: Final = "scored by attention"
RERANKED: Final = "as shipped + rerank"
_ALL: Final[Mapping[str, float]] = {name: value for name, value in asdict(DEFAULT_WEIGHTS).items() if name in SIGNALS}


@dataclass(frozen=True, slots=True)
class Signalled:
    """One question with the signals of every turn, a row each, in the order in which they were said.

    `found` are turns as the service itself orders them with an option, by what that is called; `reason` says why there
    is no reranker's order.
    """

    question: Question
    turns: list[str]
    signals: Floats
    found: Mapping[str, list[str]] = field(default_factory=dict[str, list[str]])
    reason: str | None = None


def settings() -> dict[str, Mapping[str, float]]:
    """The weights that are tried, by what they are called; what a setting does not name weighs nothing."""
    structure = {name: _ALL[name] for name in (SEMANTIC, BM25, NEIGHBOURS, COVERAGE, RUN)}
    built: dict[str, Mapping[str, float]] = {
        "cosine alone": {SEMANTIC: 1},
        "BM25 alone": {BM25: 1},
        "both, half and half": {SEMANTIC: 0.5, BM25: 0.5},
        "+ neighbours, coverage, run": structure,
        "+ period: as shipped": _ALL,
        "as shipped + 0.1 attention": _ALL | {ATTENTION: 0.1},
        "attention alone": {ATTENTION: 1},
    }
    for left in SIGNALS:
        built[f"shipped without {left}"] = {name: value for name, value in _ALL.items() if name != left}
    return built


def ordered(one: Signalled, weights: Mapping[str, float]) -> list[str]:
    """The turns, best first; those that score nothing at all were not found."""
    scores = one.signals @ np.array([weights.get(name, 0.0) for name in EVERY])
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


def _search(client: httpx.Client, body: Mapping[str, Any]) -> dict[str, Any]:
    return cast("dict[str, Any]", answered(client.post("/v3/memories/search/", json=dict(body))))


def _ask(client: httpx.Client, run: Run, conversation: Conversation) -> Iterable[Signalled]:
    reason: str | None = None
    for question in conversation.questions:
        body = {"query": question.text, "filters": {"user_id": run.user_id(conversation)}, "threshold": 0}
        every = body | {"top_k": 1_000, "explain": True, "fields": ["id", "explain"]}
        # Ids are in the order of creation.
        hits = sorted(_search(client, every)["results"], key=lambda hit: hit["id"])
        attended = _search(client, every | {"scoring": "attention"})["results"]
        found = {ATTENDED: [run.turn_of[hit["id"]] for hit in attended[: locomo.TOP_K]]}
        if reason is None:
            reranked = _search(client, body | {"top_k": locomo.TOP_K, "rerank": True})
            reason = reranked["rerank"]["reason"]
            found |= {RERANKED: [run.turn_of[hit["id"]] for hit in reranked["results"]]} if reason is None else {}
        signals = np.column_stack([signals_of(hits, SIGNALS), _attention(hits, attended)])
        yield Signalled(question, [run.turn_of[hit["id"]] for hit in hits], signals, found, reason)


def _attention(hits: list[dict[str, Any]], attended: list[dict[str, Any]]) -> Floats:
    """Attention of each hit; none of those that distillation dropped."""
    shown = {hit["id"]: hit["explain"].get(ATTENTION, {}).get("normalised", 0.0) for hit in attended}
    best = max(shown.values(), default=0) or 1
    return np.array([shown.get(hit["id"], 0.0) / best for hit in hits])


def report(asked: Sequence[Signalled]) -> dict[str, Any]:
    """Scores by setting, over all questions and over those of each category."""
    groups = {"all": list(asked)}
    groups |= {name: [one for one in asked if one.question.category == n] for n, name in locomo.CATEGORIES.items()}
    groups = {group: own for group, own in groups.items() if own}
    scores = {
        name: {group: asdict(score(own, weights)) for group, own in groups.items()}
        for name, weights in settings().items()
    }
    for name in (ATTENDED, RERANKED):
        if all(name in one.found for one in asked):
            scores[name] = {group: asdict(_found(own, name)) for group, own in groups.items()}
    return scores


def _found(asked: Sequence[Signalled], name: str) -> Score:
    return locomo.score(
        [locomo.Asked(one.question, [frozenset({turn}) for turn in one.found[name]], 0) for one in asked]
    )


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


def measure(client: httpx.Client, run: Run, conversations: Sequence[Conversation], console: Console) -> dict[str, Any]:
    """Measure, print, and return the result."""
    machine = about()
    asked = gather(client, run, conversations, console)
    scores, reasons = report(asked), [one.reason for one in asked if one.reason]
    show(scores, console)
    if reasons:
        console.print(f"no row with a reranker: {reasons[0]}")
    return {
        "benchmark": "ablation",
        "machine": machine | {"load_average_after": load_average()},
        "questions": len(asked),
        "scores": scores,
    }
