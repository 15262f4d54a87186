"""Procedural memory: one account of how an agent did its work."""

from typing import Any

import pytest

from tests.integration.model import Modelled, system_of

WORK: list[dict[str, Any]] = [
    {"role": "system", "content": "You are a web agent."},
    {"role": "user", "content": "Find the opening hours."},
    {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
    {"role": "tool", "content": "Open 9 to 5."},
    {"role": "assistant", "content": "They are open from 9 to 5."},
]
PROCEDURAL = {"memory_type": "procedural_memory", "agent_id": "web", "run_id": "r1", "user_id": None}


def test_the_work_becomes_one_memory_of_the_agent(modelled: Modelled):
    event = modelled.tell_all(WORK, metadata={"k": 1}, custom_instructions="Name every page.", **PROCEDURAL)
    assert (event["status"], [r["event"] for r in event["results"]]) == ("SUCCEEDED", ["ADD"])
    (memory,) = modelled.api.list(filters={"agent_id": "web"})
    assert (memory["memory"], memory["kind"], memory["actor"]) == (modelled.mind.procedure, "procedural", "web")
    assert (memory["metadata"], memory["run_id"], memory["user_id"]) == ({"k": 1}, "r1", None)
    assert memory["extractor"].startswith("scripted ")
    assert len(memory["source_message_ids"]) == len(memory["source_spans"]) == 4
    (request,) = modelled.llm.asked
    assert request.task == "procedure"
    assert [m["text"] for m in request.data["messages"]] == [m["content"] for m in WORK if m["content"]]
    assert "Name every page." in system_of(request)
    assert [r["kind"] for r in modelled.usage()["results"]] == ["procedure"]


def test_without_a_model_the_transcript_itself_is_kept(modelled: Modelled):
    modelled.set_up(model=False)
    event = modelled.tell_all(WORK, **PROCEDURAL)
    assert event["status"] == "SUCCEEDED"
    (memory,) = modelled.api.list(filters={"agent_id": "web"})
    assert memory["kind"] == "procedural"
    assert memory["memory"].endswith("tool: Open 9 to 5.\nassistant: They are open from 9 to 5.")


def test_the_same_work_done_twice_is_two_accounts_and_closes_nothing(modelled: Modelled):
    for _ in range(2):
        assert modelled.tell_all(WORK, **PROCEDURAL)["status"] == "SUCCEEDED"
    assert len(modelled.api.list(filters={"agent_id": "web"})) == 2
    assert modelled.prompts("decide") == []


def test_a_very_long_transcript_is_kept_and_found(modelled: Modelled):
    modelled.set_up(model=False)
    long = [{"role": "assistant", "content": f"Step {n}: " + "clicked on " * 8_000} for n in range(12)]
    assert modelled.tell_all(long, **PROCEDURAL)["status"] == "SUCCEEDED"
    assert modelled.api.search_for("clicked", filters={"agent_id": "web"})


def test_erasing_the_account_erases_the_work(modelled: Modelled):
    event = modelled.tell_all(WORK, **PROCEDURAL)
    memory_id = event["results"][0]["id"]
    assert modelled.api.request("DELETE", f"/v1/memories/{memory_id}/").status == 200
    assert modelled.context("opening hours", user_id=None, agent_id="web")["context"] == ""


@pytest.mark.parametrize("fields", [{"agent_id": None}, {"memory_type": "semantic"}])
def test_a_procedure_needs_an_agent_and_no_other_type_is_known(modelled: Modelled, fields: dict[str, Any]):
    body = {"messages": WORK, "user_id": "ada", "memory_type": "procedural_memory", "agent_id": "web"} | fields
    answer = modelled.api.request("POST", "/v3/memories/add/", body)
    assert answer.status == 400
    assert answer.body["detail"].startswith("memory_type ")
