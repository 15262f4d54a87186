"""A question in one language finds what was told in another, with the embedder for many languages."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cairn.models_ai.embed.multilingual import MultilingualEmbedder

PATH = Path(__file__).parents[2] / "data" / "cross.jsonl"
ROWS = [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]


@cache
def embedder() -> MultilingualEmbedder:
    return MultilingualEmbedder(cache_size=1_000)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['language']}: {row['query'][:40]!r}" for row in ROWS])
def test_what_answers_a_question_in_another_language_is_among_the_nearest(row):
    asked = np.array(embedder().embed_query(row["query"]))
    near = sorted(row["texts"], key=lambda text: -float(np.dot(asked, embedder().embed_query(text))))
    assert any(row["found"] in text for text in near[:2])


def test_many_languages_are_asked_in():
    assert len(ROWS) >= 10
    assert len({row["language"] for row in ROWS}) >= 8
