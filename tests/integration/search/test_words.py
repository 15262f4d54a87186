"""A search finds what has its words, in every script, whatever their accents and case."""

import json
from pathlib import Path

from tests.integration.api import Api

PATH = Path(__file__).parents[2] / "data" / "words.jsonl"
SCOPES = [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]


def test_what_has_the_word_of_a_search_comes_first(api: Api):
    missed: list[tuple[str, str, str]] = []
    for scope in SCOPES:
        api.add(*scope["texts"], user_id=scope["language"])
        for asked in scope["asked"]:
            found = api.search_for(asked["query"], filters={"user_id": scope["language"]})
            if asked["first"] not in found[0]["memory"]:
                missed.append((scope["language"], asked["query"], found[0]["memory"]))
    assert missed == []


def test_many_words_are_asked_for_in_many_languages():
    assert sum(len(scope["asked"]) for scope in SCOPES) >= 33
    assert len(SCOPES) >= 12
