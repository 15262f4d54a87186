"""Promise: delete deletes, also what a model made of it: summaries, successors, texts with two sources."""

from typing import Any

import psycopg
import pytest

from tests.conftest import TestDatabase
from tests.integration.memories.test_memories import traces
from tests.integration.model import Modelled
from tests.scripted_llm import ChatRequest, Reply

SECRET = "Rumpelstiltskin"


def memory_of(event: dict[str, Any]) -> str:
    """The memory that an event added."""
    (added,) = [r["id"] for r in event["results"] if r["event"] == "ADD"]
    return added


def erase(modelled: Modelled, memory_id: str) -> None:
    assert modelled.api.request("DELETE", f"/v1/memories/{memory_id}/").status == 200


def contents(database: TestDatabase) -> list[str]:
    with psycopg.connect(database.owner_url) as owner:
        return [row[0] for row in owner.execute("SELECT content FROM cairn.messages ORDER BY id")]


def test_a_secret_in_a_memory_and_in_the_summary_goes_with_the_memory(modelled: Modelled, database: TestDatabase):
    said = f"My name is {SECRET}."
    modelled.mind.hears(said).summary = f"This is {SECRET}."
    event = modelled.tell(said)
    assert traces(database, SECRET)["summaries"] == 1
    erase(modelled, memory_of(event))
    assert traces(database, SECRET) == {}


@pytest.mark.parametrize("summary", [f"This is {SECRET}.", ""])
def test_what_is_erased_while_an_event_is_consolidated_does_not_come_back_with_its_summary(
    modelled: Modelled, database: TestDatabase, summary: str
):
    said, later = f"My name is {SECRET}.", "I own a boat."
    modelled.mind.hears(said).summary = summary
    memory_id = memory_of(modelled.tell(said))
    modelled.mind.hears(later).summary = f"This is {SECRET}, who owns a boat."

    def erased_meanwhile(request: ChatRequest) -> Reply:
        modelled.llm.script = modelled.mind
        erase(modelled, memory_id)
        return modelled.mind(request)

    modelled.llm.script = erased_meanwhile
    assert modelled.tell(later)["status"] == "SUCCEEDED"
    assert traces(database, SECRET) == {}
    modelled.mind.hears("I own a canoe.").summary = "Owns a boat and a canoe."
    modelled.tell("I own a canoe.")
    answer = modelled.api.request("POST", "/v1/summary/", {"filters": {"user_id": "ada"}})
    assert [s["summary"] for s in answer.body] == ["Owns a boat and a canoe."]


def test_a_whole_scope_goes_with_its_summary(modelled: Modelled, database: TestDatabase):
    said = f"My name is {SECRET}."
    modelled.mind.hears(said).summary = f"This is {SECRET}."
    modelled.tell(said)
    modelled.tell("Hello!")  # its event has no memory, but the scope's summary stays
    assert modelled.api.request("DELETE", "/v1/memories/", query={"user_id": "ada"}).status == 200
    assert traces(database, SECRET) == {}


def test_the_predecessor_of_an_erased_memory_names_no_successor_and_stays_closed(modelled: Modelled):
    old, new = "I live in Oslo.", "I live in Bergen now."
    modelled.mind.hears(old).hears(new).decides(new, "DELETE", old)
    modelled.tell(old)
    erase(modelled, memory_of(modelled.tell(new)))
    (left,) = modelled.api.list(include_superseded=True)
    assert (left["memory"], left["replaced_by"], left["invalid_at"] is None) == (old, None, False)
    assert modelled.api.list() == []
    block = modelled.context("Where do I live?", recent_messages=0)["context"]
    assert f"previously: {old}" in block
    assert "Bergen" not in block


def test_the_successor_of_an_erased_memory_stays_and_tells_nothing_of_it(modelled: Modelled, database: TestDatabase):
    old, new = f"I live with {SECRET}.", "I live alone now."
    modelled.mind.hears(old).hears(new).decides(new, "DELETE", old)
    first = modelled.tell(old)
    modelled.tell(new)
    erase(modelled, memory_of(first))
    assert traces(database, SECRET) == {}
    assert [m["memory"] for m in modelled.api.list(include_superseded=True)] == [new]
    assert SECRET not in str(modelled.context("Who do I live with?"))


def test_who_ended_a_memory_is_named_no_more_once_what_they_said_is_erased(modelled: Modelled, database: TestDatabase):
    old, new = "I live in Oslo.", "I live in Bergen now."
    modelled.mind.hears(old).hears(new).decides(new, "DELETE", old)
    first = memory_of(modelled.tell(old))
    said = modelled.tell_all([{"role": "user", "content": new, "name": SECRET}])
    assert traces(database, SECRET)["history"] == 2
    erase(modelled, memory_of(said))
    assert traces(database, SECRET) == {}
    ended = modelled.api.request("GET", f"/v1/memories/{first}/history/").body[-1]
    assert (ended["event"], ended["old_memory"]) == ("DELETE", old)


def test_reasons_and_keys_as_earlier_releases_kept_them_go_with_the_memory(modelled: Modelled, database: TestDatabase):
    said = "I live in Oslo."
    modelled.mind.hears(said)
    event = modelled.tell(said)
    reason, key = f"Unlike {SECRET}.", f"key of {SECRET}"
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            "UPDATE cairn.events SET idempotency_key = %s, "
            "results = jsonb_set(results, '{0,reason}', to_jsonb(%s::text))",
            [key, reason],
        )
    body = {"messages": [{"role": "user", "content": said}], "user_id": "ada", "infer": True}
    again = modelled.api.request("POST", "/v3/memories/add/", body, headers={"idempotency-key": key})
    assert again.body["event_id"] == event["event_id"]
    erase(modelled, memory_of(event))
    assert traces(database, SECRET) == {}
    again = modelled.api.request("POST", "/v3/memories/add/", body, headers={"idempotency-key": key})
    assert again.body["event_id"] == event["event_id"]
    assert modelled.api.list() == []


@pytest.fixture
def merged(modelled: Modelled) -> str:
    """A memory made from parts of two messages, of each of which another memory was made too."""
    first, later = f"Tea first. I met {SECRET} once.", f"Rye later. In May I met {SECRET} again."
    met, again = f"I met {SECRET} once.", f"In May I met {SECRET} again."
    modelled.mind.hears(first, {"text": "Tea first.", "quote": "Tea first."}, {"text": met, "quote": met})
    modelled.mind.hears(later, {"text": "Rye later.", "quote": "Rye later."}, {"text": again, "quote": again})
    modelled.mind.decides(again, "UPDATE", met, text=f"I met {SECRET} once, and again in May.")
    event = modelled.tell(first)
    (memory_id,) = [r["id"] for r in event["results"] if SECRET in r["memory"]]
    modelled.tell(later)
    return memory_id


def test_a_memory_of_two_messages_names_its_place_in_each(modelled: Modelled, merged: str, database: TestDatabase):
    memory = modelled.api.request("GET", f"/v1/memories/{merged}/").body
    assert memory["memory"] == f"I met {SECRET} once, and again in May."
    quoted = [content[slice(*span)] for content, span in zip(contents(database), memory["source_spans"], strict=True)]
    assert [q.rstrip(".") for q in quoted] == [f"I met {SECRET} once", f"In May I met {SECRET} again"]


def test_erasing_it_blanks_its_part_of_each_message_and_no_other(
    modelled: Modelled, merged: str, database: TestDatabase
):
    before = contents(database)
    erase(modelled, merged)
    assert traces(database, SECRET) == {}
    after = contents(database)
    assert [len(text) for text in after] == [len(text) for text in before]
    assert [text.rstrip(" .") for text in after] == ["Tea first", "Rye later"]
    assert [m["memory"] for m in modelled.api.list()] == ["Tea first.", "Rye later."]
    history = modelled.api.request("GET", f"/v1/memories/{merged}/history/").body
    assert [(h["event"], h["old_memory"], h["new_memory"]) for h in history] == [
        ("ADD", None, None),
        ("UPDATE", None, None),
        ("DELETE", None, None),
    ]


def test_erasing_the_others_of_both_messages_first_leaves_it_its_sources(
    modelled: Modelled, merged: str, database: TestDatabase
):
    for memory in modelled.api.list():
        if memory["id"] != merged:
            erase(modelled, memory["id"])
    assert len(contents(database)) == 2
    erase(modelled, merged)
    assert contents(database) == []


def test_erased_texts_are_in_no_later_prompt(modelled: Modelled):
    said = f"My name is {SECRET}. I like tea."
    quotes = (f"My name is {SECRET}.", "I like tea.")
    modelled.mind.hears(said, *({"text": q, "quote": q} for q in quotes)).summary = f"{SECRET} likes tea."
    event = modelled.tell(said)
    erase(modelled, event["results"][0]["id"])
    asked = len(modelled.llm.requests)
    modelled.tell("What else?")
    later = modelled.llm.requests[asked:]
    assert later
    assert SECRET not in str(later)
    assert SECRET not in str(modelled.api.request("POST", "/v1/chat/", {"message": "Who am I?", "user_id": "ada"}))


@pytest.mark.parametrize(
    ("told", "echoes", "other"),
    [
        (
            "My card is 4000123412341238.",
            ["Saved 4000 1234 1234 1238.", "The one that ends in 1238?"],
            "It rains today.",
        ),
        ("Kızımın adı Ayşe.", ["Ayşe'nin okulu nerede?", "Ayşenin doğum günü ne zaman?"], "Hava çok güzel."),
        ("엄마 이름은 이영희예요", ["이영희님이시군요", "영희 씨는 건강하세요?"], "오늘 날씨가 좋네요"),
    ],
    ids=["card", "tr", "ko"],
)
def test_what_an_agent_spells_otherwise_goes_with_the_memory_and_what_is_unlike_it_stays(
    modelled: Modelled, database: TestDatabase, told: str, echoes: list[str], other: str
):
    modelled.set_up(model=False)
    said = [{"role": "assistant", "content": content} for content in (*echoes, other)]
    event = modelled.tell_all([{"role": "user", "content": told}, *said])
    erase(modelled, memory_of(event))
    assert contents(database) == [other]
    found = modelled.api.search_for(told, include_messages=True)
    assert [hit["memory"] for hit in found] in ([], [other])
