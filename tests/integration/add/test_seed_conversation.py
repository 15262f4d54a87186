"""The seed: what holds now, what held before, and since when, whichever way the model says it."""

from typing import Any

import pytest

from tests.integration.model import Modelled

FIRST, LATER = "I am vegetarian and avoid dairy", "I now eat cheese occasionally"
QUESTION = "What are my dietary preferences?"
MARCH, APRIL, MAY = "2024-03-01T09:00:00Z", "2024-04-01", "2024-05-10T18:00:00Z"
VEGETARIAN, NO_DAIRY, CHEESE = "User is vegetarian.", "User avoids dairy.", "User occasionally eats cheese."
MERGED = "User avoids dairy, but occasionally eats cheese."


def converse(modelled: Modelled, action: str) -> list[dict[str, Any]]:
    """Both messages, told on their days; returns the events."""
    modelled.mind.hears(FIRST, VEGETARIAN, NO_DAIRY).hears(LATER, CHEESE)
    modelled.mind.decides(CHEESE, action, NO_DAIRY, text=MERGED if action == "UPDATE" else None)
    return [modelled.tell(FIRST, timestamp=MARCH), modelled.tell(LATER, timestamp=MAY)]


def section(block: str, heading: str) -> str:
    """The lines below a heading."""
    found = [part for part in block.split("\n\n") if part.startswith(f"{heading}:")]
    return found[0] if found else ""


@pytest.mark.parametrize(("action", "now"), [("DELETE", CHEESE), ("UPDATE", MERGED)])
def test_the_context_tells_what_holds_now_and_what_held_before_with_dates(modelled: Modelled, action: str, now: str):
    converse(modelled, action)
    block = modelled.context(QUESTION)["context"]
    holding, before = section(block, "What holds now"), section(block, "What held before")
    # Told, not since: nobody said how long it has been so.
    told = "10 May 2024" if action == "DELETE" else "1 March 2024"
    assert f"{now} (told {told})" in holding
    assert f"{VEGETARIAN} (told 1 March 2024)" in holding
    assert f"- {NO_DAIRY}" not in holding
    assert f"previously: {NO_DAIRY} (from 1 March 2024 until 10 May 2024)" in before
    assert f"now: {now}" in before
    assert "cheese" not in before.replace(f"now: {now}", "")


@pytest.mark.parametrize("action", ["DELETE", "UPDATE"])
def test_between_the_two_only_the_first_was_true(modelled: Modelled, action: str):
    converse(modelled, action)
    expected = {VEGETARIAN, NO_DAIRY}
    assert {m["memory"] for m in modelled.api.search_for(QUESTION, as_of=APRIL)} == expected
    listed = modelled.api.list(as_of=APRIL)
    assert {m["memory"] for m in listed} == expected
    for memory in listed:
        path = f"/v1/memories/{memory['id']}/"
        then = modelled.api.request("GET", path, query={"as_of": APRIL}).body
        assert (then["memory"], then["lifecycle_state"]) == (memory["memory"], "active")
        assert modelled.api.request("GET", path, query={"as_of": "2024-02-01"}).status == 404
    block = modelled.context(QUESTION, as_of=APRIL)["context"]
    assert block.startswith("As things stood on 1 April 2024.")
    assert NO_DAIRY in section(block, "What holds now")
    assert "cheese" not in block
    assert section(block, "What held before") == ""
    assert modelled.api.search_for(QUESTION, as_of="2024-02-01") == []


def test_superseded_memories_are_shown_when_asked_for(modelled: Modelled):
    converse(modelled, "DELETE")
    assert {m["memory"] for m in modelled.api.list()} == {VEGETARIAN, CHEESE}
    every = {m["memory"]: m for m in modelled.api.list(include_superseded=True)}
    assert set(every) == {VEGETARIAN, NO_DAIRY, CHEESE}
    assert {m["memory"] for m in modelled.api.search_for(QUESTION, include_superseded=True)} == set(every)
    old = every[NO_DAIRY]
    assert (old["invalid_at"], old["replaced_by"]) == ("2024-05-10T18:00:00+00:00", every[CHEESE]["id"])
    single = modelled.api.request("GET", f"/v1/memories/{old['id']}/").body
    assert single["lifecycle_state"] == "superseded"


@pytest.mark.parametrize("action", ["DELETE", "UPDATE"])
def test_history_has_the_old_and_the_new_text_the_actor_and_the_event(modelled: Modelled, action: str):
    first, later = converse(modelled, action)
    (target,) = [r["id"] for r in first["results"] if r["memory"] == NO_DAIRY]
    history = modelled.api.request("GET", f"/v1/memories/{target}/history/").body
    new = MERGED if action == "UPDATE" else None
    assert [(h["event"], h["old_memory"], h["new_memory"], h["actor"], h["event_id"]) for h in history] == [
        ("ADD", None, NO_DAIRY, "user", first["id"]),
        (action, NO_DAIRY, new, "user", later["id"]),
    ]
    assert [h["content"] for h in history[0]["input"]] == [FIRST] + ([LATER] if action == "UPDATE" else [])


def test_the_event_names_what_became_of_each_fact_with_its_reason(modelled: Modelled):
    _, later = converse(modelled, "DELETE")
    assert [(r["event"], r["memory"]) for r in later["results"]] == [("ADD", CHEESE), ("DELETE", NO_DAIRY)]
    assert all(r["reason"] and r["reason"] != "Scripted." for r in later["results"])
    assert later["results"][1]["replaced_by"] == later["results"][0]["id"]
