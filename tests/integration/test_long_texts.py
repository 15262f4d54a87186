"""A long text is found by what it says anywhere in it."""

import json

import psycopg
import pytest

from tests.conftest import TestDatabase
from tests.integration.api import Api

SHORT = ("My bicycle is red.", "I work in a library.", "My cat is called Nimbus.", "I go to yoga on Wednesdays.")
SHELVES = " ".join(f"The shelf by window {n} holds a row of clay pots." for n in range(60))
HIDDEN = "I can no longer eat shellfish since my hospital stay."
QUERY = "which seafood makes the user ill"


def wordy(place: str) -> str:
    half = SHELVES[: SHELVES.index("window 30") - len("The shelf by ")]
    return {
        "first": f"{HIDDEN} {SHELVES}",
        "middle": f"{half}{HIDDEN} {SHELVES[len(half) :]}",
        "last": f"{SHELVES} {HIDDEN}",
    }[place]


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_memory_is_found_by_any_of_its_sentences(api: Api, place: str):
    api.add(*SHORT)
    api.add(wordy(place))
    assert HIDDEN in api.search_for(QUERY)[0]["memory"]


def test_with_its_text_its_passages_change(api: Api, database: TestDatabase):
    api.add(*SHORT)
    (memory_id,) = (r["id"] for r in api.add(wordy("last"))["results"])
    path = f"/v1/memories/{memory_id}/"
    api.request("PUT", path, {"metadata": {"k": 1}})
    found = api.search_for(QUERY)[0]
    assert found["id"] == memory_id
    api.request("PUT", path, {"text": SHELVES})
    assert api.search_for(QUERY)[0]["score"] < found["score"]
    api.request("PUT", path, {"text": "The shelves are full."})
    with psycopg.connect(database.owner_url) as connection:
        assert connection.execute("SELECT count(*) FROM cairn.memories WHERE passages IS NOT NULL").fetchone() == (0,)


def test_an_import_of_texts_has_them_too(api: Api):
    lines = [{"text": text, "user_id": "ada"} for text in (*SHORT, wordy("middle"))]
    answer = api.request("POST", "/v1/import/", raw="\n".join(map(json.dumps, lines)))
    assert answer.status == 200, answer
    assert HIDDEN in api.search_for(QUERY)[0]["memory"]


def test_the_same_said_again_costs_no_second_memory(api: Api):
    """Its passages belong to the memory that is there."""
    api.add(wordy("last"))
    api.add(wordy("last"))
    assert len(api.list()) == 1
