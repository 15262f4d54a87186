"""How much of the evidence in tests/data/recall search finds with its defaults, and what it found before."""

import json
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from benchmarks.conversations import Conversation, Question, read

FOLDER = Path(__file__).parent / "data" / "recall"
BASELINE = FOLDER / "baseline.json"
RENEW = pytest.StashKey[bool]()
FIRST = 10
_MULTI_HOP = 1
_ROUNDING = 0.01

Found = tuple[Question, float]
Figures = dict[str, dict[str, float]]


def conversations() -> list[Conversation]:
    return [one for path in sorted(FOLDER.glob("*.json")) if path != BASELINE for one in read(path)]


def load(api: Any, conversation: Conversation) -> dict[str, str]:
    """Store every turn as it was said; which turn each memory is."""
    turn_of: dict[str, str] = {}
    for session in conversation.sessions:
        body = {
            "messages": [{"role": "user", "name": turn.speaker, "content": turn.text} for turn in session.turns],
            "user_id": conversation.name,
            "run_id": session.name,
            "timestamp": int(session.at.timestamp()),
            "infer": False,
        }
        answer = api.request("POST", "/v3/memories/add/", body)
        assert answer.status == 200, answer
        results = answer.body["results"]
        turn_of |= {result["id"]: turn.turn_id for result, turn in zip(results, session.turns, strict=True)}
    return turn_of


def ask(api: Any, conversation: Conversation, turn_of: dict[str, str]) -> list[Found]:
    """Every question with the share of its evidence among the first ten hits."""
    found: list[Found] = []
    for question in conversation.questions:
        body = {"query": question.text, "filters": {"user_id": conversation.name}}
        answer = api.request("POST", "/v3/memories/search/", body)
        assert answer.status == 200, answer
        turns = {turn_of[hit["id"]] for hit in answer.body["results"][:FIRST]}
        found.append((question, len(turns & question.evidence) / len(question.evidence)))
    return found


def figures(found: list[Found]) -> Figures:
    """In per cent, over all questions and over those that need several turns."""
    groups = {"all": found, "multi-hop": [one for one in found if one[0].category == _MULTI_HOP]}
    return {
        name: {
            "questions": len(group),
            "recall@10": round(100 * fmean(recall for _, recall in group), 2),
            "any@10": round(100 * fmean(recall > 0 for _, recall in group), 2),
        }
        for name, group in groups.items()
    }


def write(measured: Figures) -> None:
    BASELINE.write_text(json.dumps(measured, indent=2) + "\n")


def fault(measured: Figures) -> str | None:
    """What has become worse by more than a point, where that is more than one question; None where nothing has."""
    before: Figures = json.loads(BASELINE.read_text())
    if any(before[group]["questions"] != measured[group]["questions"] for group in measured):
        return "tests/data/recall has other questions than its baseline. Run: python -m tests.write_recall_baseline"
    dropped = [
        f"{group} {figure}: {measured[group][figure]} (was {before[group][figure]})"
        for group in before
        for figure in ("recall@10", "any@10")
        if before[group][figure] - measured[group][figure] > max(1, 100 / before[group]["questions"]) + _ROUNDING
    ]
    if not dropped:
        return None
    return (
        f"Search finds less of the evidence in tests/data/recall than it did: {'; '.join(dropped)}. "
        "Where that is the price of something better, renew the baseline: python -m tests.write_recall_baseline"
    )
