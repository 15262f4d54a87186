"""Messages of kinds that were once lost or kept in vain, in many languages: what of each is kept without a model."""

import json
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cairn.consolidate.keep_whole import speech
from cairn.memories.messages import Message

PATH = Path(__file__).parents[2] / "data" / "neighbours.jsonl"
ROWS = [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]
FEWEST = {"lists": 28, "dots": 42, "mixed": 35, "reason": 15, "remember": 22, "marks": 18}


def kept(text: str) -> list[str]:
    message = Message(uuid.uuid4(), 0, "user", None, text, datetime(2026, 1, 1, tzinfo=UTC))
    return [each.text for each in speech([message], of_agent=False)[0]]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['kind']} {row['language']}: {row['text'][:40]!r}" for row in ROWS])
def test_what_is_told_is_kept_and_what_tells_nothing_is_not(row):
    memories = kept(row["text"])
    assert [part for part in row["kept"] if not any(part in memory for memory in memories)] == []
    assert bool(memories) == bool(row["kept"])


def test_each_kind_has_many_neighbours_in_many_languages():
    assert Counter(row["kind"] for row in ROWS) >= Counter(FEWEST)
    for kind in FEWEST:
        assert len({row["language"] for row in ROWS if row["kind"] == kind}) >= 6
    assert len({row["text"] for row in ROWS}) == len(ROWS)
