"""Memories over time: how facts changed, what was superseded, and what a memory is part of. No graph is set up."""

import uuid
from typing import Any

import pytest

from cairn.bootstrap import access
from tests.conftest import TestDatabase
from tests.integration.api import Api
from tests.integration.model import Modelled

OSLO = "User lives in Oslo."
BERGEN = "User lives in Bergen."
TROMSO = "User lives in Tromsø."
TEA = "User likes tea."


def told(text: str, *entities: str) -> dict[str, Any]:
    return {"text": text, "entities": [{"name": name, "type": "place"} for name in entities]}


@pytest.fixture
def moved(modelled: Modelled) -> Modelled:
    """Somebody who moved twice, and likes tea."""
    mind = modelled.mind
    mind.hears("I live in Oslo.", OSLO).hears("I moved to Bergen.", BERGEN).hears("I moved to Tromsø.", TROMSO)
    mind.hears("I like tea.", TEA).decides(BERGEN, "DELETE", OSLO).decides(TROMSO, "DELETE", BERGEN)
    mind.decides(TEA, "ADD")
    for day, text in enumerate(("I live in Oslo.", "I like tea.", "I moved to Bergen.", "I moved to Tromsø."), 1):
        assert modelled.tell(text, timestamp=f"2026-0{day}-01", run_id="chat")["status"] == "SUCCEEDED"
    return modelled


def ask(api: Api, what: str, expect: int = 200, key: str | None = None, **fields: Any) -> Any:
    answer = api.request("POST", f"/v1/graph/{what}/", {"user_id": "ada"} | fields, key=key)
    assert answer.status == expect, answer
    return answer.body


def texts(memories: list[dict[str, Any]]) -> list[str]:
    return [m["memory"] for m in memories]


def test_a_topic_over_time_tells_what_took_whose_place(moved: Modelled):
    facts = ask(moved.api, "evolution", topic="Where does the user live?", limit=1)["results"]
    assert texts(facts) == [OSLO, BERGEN, TROMSO]
    oslo, bergen, tromso = facts
    assert (oslo["replaced_by"], bergen["replaced_by"], tromso["replaced_by"]) == (bergen["id"], tromso["id"], None)
    assert (oslo["supersedes"], bergen["supersedes"]) == ([], [oslo["id"]])
    assert tromso["supersedes"] == [bergen["id"]]
    assert oslo["invalid_at"].startswith("2026-03-01")


def test_an_entity_over_time(moved: Modelled):
    assert texts(ask(moved.api, "evolution", entity="OSLO")["results"]) == [OSLO, BERGEN, TROMSO]
    assert texts(ask(moved.api, "evolution", entity="tea")["results"]) == [TEA]
    assert ask(moved.api, "evolution", entity="Zoe") == {"results": []}
    assert texts(ask(moved.api, "evolution", entity="Oslo", as_of="2026-01-15")["results"]) == [OSLO]
    fields = ask(moved.api, "evolution", entity="tea", fields=["memory"])["results"]
    assert [set(fact) for fact in fields] == [{"id", "memory"}]


def test_an_entity_goes_by_its_other_names(api: Api):
    api.add("My sister Anna lives in Porto.", timestamp="2026-01-01")
    api.add("My sister plays chess.", timestamp="2026-02-01")
    api.add("Anna owns a boat.", user_id="bob")
    found = ask(api, "evolution", entity="anna")["results"]
    assert texts(found) == ["My sister Anna lives in Porto.", "My sister plays chess."]
    assert texts(ask(api, "evolution", entity="user's sister")["results"]) == texts(found)


def test_earlier_texts_of_a_memory_are_told(api: Api):
    (memory,) = api.add("Anna owns a boat.", timestamp="2026-01-01")["results"]
    change = {"text": "Anna owns two boats.", "timestamp": "2026-02-01"}
    assert api.request("PUT", f"/v1/memories/{memory['id']}/", change).status == 200
    (fact,) = ask(api, "evolution", entity="Anna")["results"]
    assert fact["memory"] == "Anna owns two boats."
    (earlier,) = fact["earlier"]
    assert earlier["memory"] == "Anna owns a boat."
    assert earlier["valid_from"].startswith("2026-01-01")
    assert earlier["invalid_at"] == fact["updated_at"]


def test_what_was_superseded_comes_with_its_successor_newest_first(moved: Modelled):
    found = ask(moved.api, "superseded")
    assert [(old["memory"], old["successor"]["memory"]) for old in found["results"]] == [
        (BERGEN, TROMSO),
        (OSLO, BERGEN),
    ]
    assert (found["count"], found["next"], found["previous"]) == (2, None, None)
    first = ask(moved.api, "superseded", page_size=1)
    assert (texts(first["results"]), first["count"]) == ([BERGEN], 2)
    assert "page=2" in first["next"]
    assert texts(ask(moved.api, "superseded", page_size=1, page=2)["results"]) == [OSLO]
    assert texts(ask(moved.api, "superseded", as_of="2026-03-15")["results"]) == [OSLO]
    assert ask(moved.api, "superseded", filters={"run_id": "other"})["results"] == []


def test_a_thread_is_a_memorys_chain_messages_and_run(moved: Modelled):
    bergen = next(m for m in moved.api.list(include_superseded=True) if m["memory"] == BERGEN)
    thread = moved.api.request("GET", f"/v1/memories/{bergen['id']}/thread/").body
    assert thread["memory"]["memory"] == BERGEN
    assert texts(thread["predecessors"]) == [OSLO]
    assert texts(thread["successors"]) == [TROMSO]
    assert [(m["role"], m["content"]) for m in thread["messages"]] == [("user", "I moved to Bergen.")]
    assert texts(thread["around"]) == [OSLO, TEA, TROMSO]


def test_without_a_run_what_came_of_the_same_event_is_around(api: Api):
    added = api.add("I live in Oslo.", "I own a boat.", "I like tea.")["results"]
    api.add("I like rain.")
    thread = api.request("GET", f"/v1/memories/{added[1]['id']}/thread/").body
    assert texts(thread["around"]) == ["I live in Oslo.", "I like tea."]
    assert (thread["predecessors"], thread["successors"]) == ([], [])


def test_no_one_elses_are_told(moved: Modelled, database: TestDatabase):
    api = moved.api
    memory_id = api.list()[0]["id"]
    _, other = access.create_project(database.app_url, "other")
    pinned = api.request("POST", "/v1/keys/", {"name": "bob", "user_id": "bob"}).body["key"]
    for key in (other, pinned):
        assert api.request("GET", f"/v1/memories/{memory_id}/thread/", key=key).status == 404
        for fields in ({"entity": "Oslo"}, {"topic": "Oslo"}):
            assert ask(api, "evolution", key=key, **fields)["results"] == []
        assert ask(api, "superseded", key=key)["count"] == 0


@pytest.mark.parametrize(
    ("what", "fields", "named"),
    [
        ("evolution", {}, "entity and topic"),
        ("evolution", {"entity": "Oslo", "topic": "Oslo"}, "entity and topic"),
        ("evolution", {"topic": " "}, "topic"),
        ("evolution", {"entity": "Oslo", "limit": 201}, "limit"),
        ("evolution", {"entity": "Oslo", "user_id": None}, "filters"),
        ("superseded", {"user_id": None}, "filters"),
        ("superseded", {"page": 0}, "page"),
        ("superseded", {"filters": {"colour": "red"}}, "filters"),
    ],
)
def test_bad_input_is_refused_with_the_fields_name(api: Api, what: str, fields: dict[str, Any], named: str):
    assert named in ask(api, what, 400, **fields)["detail"]


def test_a_thread_needs_a_memory(api: Api):
    assert api.request("GET", "/v1/memories/x/thread/").status == 400
    assert api.request("GET", f"/v1/memories/{uuid.uuid4()}/thread/").status == 404


@pytest.mark.parametrize(("linked", "count", "left"), [("true", 2, [TEA]), ("false", 0, [OSLO, TEA, BERGEN])])
def test_what_a_memory_superseded_goes_with_it_where_that_is_asked_for(
    moved: Modelled, database: TestDatabase, linked: str, count: int, left: list[str]
):
    (tromso,) = [m for m in moved.api.list() if m["memory"] == TROMSO]
    answer = moved.api.request("DELETE", f"/v1/memories/{tromso['id']}/", query={"delete_linked": linked})
    assert answer.body == {"message": "Memory deleted successfully!", "cascade_count": count}
    assert texts(moved.api.list(include_superseded=True)) == left


def test_only_what_was_superseded_before_goes_and_not_what_came_after(moved: Modelled):
    by_text = {m["memory"]: m["id"] for m in moved.api.list(include_superseded=True)}
    answer = moved.api.request("DELETE", f"/v1/memories/{by_text[BERGEN]}/", query={"delete_linked": "true"})
    assert answer.body["cascade_count"] == 1
    assert texts(moved.api.list(include_superseded=True)) == [TEA, TROMSO]
