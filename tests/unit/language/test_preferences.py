"""What a speaker likes, avoids and chooses, told from what others do, from questions and from wishes, by language."""

import json
from pathlib import Path

import pytest

from cairn.language.preferences import LANGUAGES, states_preference

PATH = Path(__file__).parents[2] / "data" / "preferences.jsonl"
TABLE = [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("row", TABLE, ids=[f"{row['language']}: {row['text'][:40]!r}" for row in TABLE])
def test_a_text_states_a_preference_or_none(row):
    assert states_preference(row["text"]) is row["states"]


def test_every_language_that_is_said_to_be_read_is_tested():
    for states in (True, False):
        assert {row["language"] for row in TABLE if row["states"] is states} == set(LANGUAGES)


def test_a_preference_beside_other_things_is_found():
    assert states_preference("Moved last week. I live in Oslo now!\n- I prefer trains\nWhat about you?")


@pytest.mark.parametrize("text", ["", "?", "\n", "ich " * 20_000, "我" * 20_000, "mein " * 10_000 + "lieb"])
def test_any_text_is_read_fast(text):
    assert states_preference(text) is False
