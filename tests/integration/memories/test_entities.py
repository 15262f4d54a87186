"""Each memory is stored with the entities and relations it tells of, whoever wrote it, and they go when it goes."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.conftest import TestDatabase
from tests.integration.add.test_import import load
from tests.integration.api import Api
from tests.integration.memories.test_memories import traces
from tests.integration.model import Modelled

SAID = "My sister Anna lives in Porto."
FACT = "User's sister Anna lives in Porto."
USER = {"name": "User", "type": "person", "aliases": []}
ANNA = {"name": "Anna", "type": "person", "aliases": ["User's sister"]}
PORTO = {"name": "Porto", "type": "place", "aliases": []}
SISTER = {"source": "Anna", "type": "sister_of", "target": "User"}
LIVES = {"source": "Anna", "type": "lives_in", "target": "Porto"}
ALL = ([USER, ANNA, PORTO], [SISTER, LIVES])
NAMED: dict[str, Any] = {
    "entities": [{"name": "User", "type": "person"}, {"name": "Anna", "type": "person", "aliases": ["my sister"]},
                 {"name": "Porto", "type": "place"}],
    "relations": [["Anna", "sister_of", "User"], ["Anna", "lives_in", "Porto"]],
}  # fmt: skip
Stored = Callable[[], list[tuple[Any, Any]]]


@pytest.fixture
def stored(database: TestDatabase) -> Stored:
    """The entities and relations of all memories, in order of creation."""

    def read() -> list[tuple[Any, Any]]:
        with psycopg.connect(database.owner_url, row_factory=dict_row) as owner:
            rows = owner.execute("SELECT entities, relations FROM cairn.memories ORDER BY id").fetchall()
        return [(row["entities"], row["relations"]) for row in rows]

    return read


def test_a_model_names_them(modelled: Modelled, stored: Stored):
    modelled.mind.hears(SAID, {"text": FACT} | NAMED)
    assert modelled.tell(SAID)["status"] == "SUCCEEDED"
    assert stored() == [ALL]
    assert modelled.api.list()[0].keys() & {"entities", "relations"} == set()


def test_rules_name_them_where_the_model_does_not(modelled: Modelled, stored: Stored):
    modelled.mind.hears(SAID, {"text": FACT})
    modelled.tell(SAID)
    assert stored() == [ALL]


def test_rules_name_them_without_a_model(modelled: Modelled, stored: Stored):
    modelled.set_up(model=False)
    modelled.tell(SAID)
    assert stored() == [ALL]


def test_rules_name_them_in_what_is_kept_as_said_and_in_what_is_imported(api: Api, stored: Stored):
    api.add(SAID)
    load(api, {"text": SAID}, {"text": "Hello."}, {"text": SAID, "actor": "Ana", "kind": "verbatim"})
    said, imported, nothing, of_ana = stored()
    assert said == imported == ALL
    assert nothing == ([], [])
    assert [e["name"] for e in of_ana[0]] == ["Ana", "Anna", "Porto"]
    assert of_ana[0][1]["aliases"] == ["Ana's sister"]


def test_a_caller_s_new_text_is_read_again_and_another_change_is_not(modelled: Modelled, stored: Stored):
    modelled.mind.hears("I saw it.", {"text": "User saw Jaws.", "entities": [{"name": "Jaws", "type": "work"}]})
    modelled.tell("I saw it.")
    (memory,) = modelled.api.list()
    path = f"/v1/memories/{memory['id']}/"
    jaws = ([{"name": "Jaws", "type": "work", "aliases": []}], [])
    assert stored() == [jaws]
    for change in ({"metadata": {"a": 1}}, {"text": "User saw Jaws."}, {"timestamp": 1_700_000_000}):
        assert modelled.api.request("PUT", path, change).status == 200
        assert stored() == [jaws]
    assert modelled.api.request("PUT", path, {"text": SAID}).status == 200
    assert stored() == [ALL]


def test_a_merged_memory_names_what_both_named(modelled: Modelled, stored: Stored):
    modelled.mind.hears(SAID, {"text": FACT} | NAMED)
    modelled.tell(SAID)
    more, merged = "User's sister Anna lives in Porto at Bolhão.", "User's sister Anna lives in Porto, at Bolhão."
    modelled.mind.hears("She lives at Bolhão there.", {"text": more, "entities": ["Bolhão"]})
    modelled.mind.decides(more, "UPDATE", FACT, text=merged)
    event = modelled.tell("She lives at Bolhão there.")
    assert [r["event"] for r in event["results"]] == ["UPDATE"]
    ((entities, relations),) = stored()
    assert {e["name"] for e in entities} == {"Bolhão", "User", "Anna", "Porto"}
    assert relations == [SISTER, LIVES]


HOSTILE: list[Any] = [
    {"entities": ["Anna"] * 20_000, "relations": [["Anna", "x", "User"]] * 20_000},
    {"entities": {"name": "Anna"}, "relations": "many"},
    {"entities": [[[[{"name": "Anna"}]]], None, 5], "relations": [{"source": {"a": []}}, [[]], None]},
    {"entities": [{"name": "Anna\x00\ud800\u202e"}, {"name": "\x00"}, {"name": "</data>'}) DETACH DELETE n //"}],
     "relations": [["Anna\x00", "\x00", "User"], ["Anna", "'}]->() DELETE", "User"]]},
    {"entities": [{"name": "Anna", "type": ["x"] * 50, "aliases": {"a": 1}}] * 30},
]  # fmt: skip


@pytest.mark.parametrize("junk", HOSTILE)
def test_whatever_a_model_names_the_fact_is_kept(modelled: Modelled, stored: Stored, junk: dict[str, Any]):
    modelled.mind.hears(SAID, {"text": FACT} | junk)
    event = modelled.tell(SAID)
    assert (event["status"], [r["memory"] for r in event["results"]]) == ("SUCCEEDED", [FACT])
    ((entities, relations),) = stored()
    names = [e["name"] for e in entities]
    assert "Anna" in names
    assert set(names) <= {"Anna", "User", "Porto"}
    assert len(entities) <= 12
    assert len(relations) <= 12


def test_they_are_erased_with_their_memory(modelled: Modelled, database: TestDatabase, stored: Stored):
    modelled.mind.hears(SAID, {"text": FACT} | NAMED)
    modelled.tell(SAID)
    assert "memories" in traces(database, "Anna")
    (memory,) = modelled.api.list()
    assert modelled.api.request("DELETE", f"/v1/memories/{memory['id']}/").status == 200
    assert stored() == []
    assert traces(database, "Anna") == {}


def test_how_an_agent_did_its_work_names_nothing(modelled: Modelled, stored: Stored):
    modelled.mind.procedure = "The agent asked Anna in Porto."
    modelled.tell_all(
        [{"role": "user", "content": SAID}], agent_id="coder", user_id=None, memory_type="procedural_memory"
    )
    assert stored() == [([], [])]
