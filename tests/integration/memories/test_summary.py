"""The running summary of a scope: kept up to date, and never a hiding place for what was erased."""

from typing import Any

import pytest

from tests.integration.model import Modelled

SAID, LATER = "I live in Oslo.", "I own a boat."


def summaries(modelled: Modelled, where: Any = None) -> list[tuple[str | None, str]]:
    answer = modelled.api.request("POST", "/v1/summary/", {"filters": where or {"user_id": "ada"}})
    assert answer.status == 200, answer
    return [(s["user_id"], s["summary"]) for s in answer.body]


def told(modelled: Modelled, text: str, summary: str, **fields: Any) -> dict[str, Any]:
    modelled.mind.hears(text).summary = summary
    event = modelled.tell(text, **fields)
    assert event["status"] == "SUCCEEDED"
    return event


def test_each_event_works_into_the_summary_what_is_new(modelled: Modelled):
    told(modelled, SAID, "Lives in Oslo.")
    assert summaries(modelled) == [("ada", "Lives in Oslo.")]
    told(modelled, LATER, "Lives in Oslo, owns a boat.")
    assert summaries(modelled) == [("ada", "Lives in Oslo, owns a boat.")]
    first, second = modelled.prompts("extract")
    assert (first.data["summary"], second.data["summary"]) == (None, "Lives in Oslo.")
    assert second.data["recent"] == [{"speaker": "user", "text": SAID}]


def test_a_model_that_gives_none_leaves_the_summary_as_it_was(modelled: Modelled):
    told(modelled, SAID, "Lives in Oslo.")
    told(modelled, LATER, "")
    assert summaries(modelled) == [("ada", "Lives in Oslo.")]


def test_scopes_have_summaries_of_their_own(modelled: Modelled):
    told(modelled, SAID, "Ada.")
    told(modelled, SAID, "Ada's run.", run_id="r1")
    told(modelled, SAID, "Bob.", user_id="bob")
    assert modelled.prompts("extract")[-1].data["summary"] is None
    assert summaries(modelled) == [("ada", "Ada's run."), ("ada", "Ada.")]
    assert summaries(modelled, {"AND": [{"user_id": "ada"}, {"run_id": "r1"}]}) == [("ada", "Ada's run.")]
    assert summaries(modelled, {"user_id": "bob"}) == [("bob", "Bob.")]


@pytest.mark.parametrize("how", ["delete", "batch", "update", "delete_all", "entity", "filtered"])
def test_a_summary_goes_when_a_memory_of_its_scope_is_erased_or_changed(modelled: Modelled, how: str):
    told(modelled, SAID, "Bob.", user_id="bob")
    event = told(modelled, SAID, "Lives in Oslo.", metadata={"k": 1})
    memory_id = event["results"][0]["id"]
    method, path, body, query = {
        "delete": ("DELETE", f"/v1/memories/{memory_id}/", None, None),
        "batch": ("DELETE", "/v1/batch/", {"memories": [{"memory_id": memory_id}]}, None),
        "update": ("PUT", f"/v1/memories/{memory_id}/", {"text": "I live in Rome."}, None),
        "delete_all": ("DELETE", "/v1/memories/", None, {"user_id": "ada"}),
        "entity": ("DELETE", "/v2/entities/user/ada/", None, None),
        "filtered": ("DELETE", "/v1/memories/", None, {"user_id": "ada", "metadata": '{"k": 1}'}),
    }[how]
    assert modelled.api.request(method, path, body, query=query).status == 200
    assert "Oslo" not in str(summaries(modelled))
    assert summaries(modelled, {"user_id": "bob"}) == [("bob", "Bob.")]
    told(modelled, LATER, "Owns a boat.")
    assert modelled.prompts("extract")[-1].data["summary"] is None


def test_a_change_of_metadata_alone_leaves_the_summary(modelled: Modelled):
    memory_id = told(modelled, SAID, "Lives in Oslo.")["results"][0]["id"]
    assert modelled.api.request("PUT", f"/v1/memories/{memory_id}/", {"metadata": {"k": 1}}).status == 200
    assert summaries(modelled) == [("ada", "Lives in Oslo.")]


def test_without_a_model_the_memories_stand_in(modelled: Modelled):
    modelled.set_up(model=False)
    modelled.tell(f"{SAID} {LATER}")
    assert summaries(modelled) == [("ada", "I live in Oslo. I own a boat.")]
    assert summaries(modelled, {"user_id": "nobody"}) == []


def test_a_summary_is_cut_to_its_longest(modelled: Modelled):
    told(modelled, SAID, "x" * 5_000)
    assert len(summaries(modelled)[0][1]) == 2_000
