"""Names in other languages than English, and in lower case: who is named, who speaks, and who is neither."""

import json
from pathlib import Path

import pytest

from cairn.language.entities import asked_about, read
from cairn.language.mentions import entity_key

PATH = Path(__file__).parents[2] / "data" / "names.jsonl"
TABLE = [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("row", TABLE, ids=[f"{row['language']}: {row['text'][:40]!r}" for row in TABLE])
def test_a_text_names(row):
    entities = read(row["text"], "user").entities

    assert {m.name for m in entities if not m.name.startswith("User")} == set(row["names"])
    assert {alias for m in entities if m.name == "User" for alias in m.aliases} == set(row["own"])


def test_every_language_has_names_and_texts_without_one():
    languages = {row["language"] for row in TABLE}

    assert len(languages) >= 22
    for language in languages:
        rows = [row for row in TABLE if row["language"] == language]
        assert sum(bool(row["names"] or row["own"]) for row in rows) >= 3
        assert any(not row["names"] and not row["own"] for row in rows)


@pytest.mark.parametrize(
    "text", ["我的朋友张伟住在北京。", "내 친구 김민수는 서울에 살아요.", "Меня зовут Ольга.", "my sister anna sings"]
)
def test_who_is_introduced_is_a_person(text):
    assert {m.type for m in read(text, "user").entities} == {"person"}


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("张伟住在哪里？", "张伟"),
        ("김민수는 어디에 살아요?", "김민수"),
        ("Где живёт Ольга?", "Ольга"),
        ("where does maria de la cruz live", "maria de la cruz"),
    ],
)
def test_a_question_asks_for_a_name(query, name):
    assert entity_key(name) in asked_about(query)


@pytest.mark.parametrize(
    "text",
    ["mi " * 700, "mein " * 400, "Anna " * 400, "我的" * 1000, "小" * 2000, "김" * 2000, "Ол" * 1000, "名前は" * 600],
    ids=lambda text: text[:6],
)
def test_any_text_is_read(text):
    assert len(read(text, "user").entities) <= 12
