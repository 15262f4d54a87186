"""Promise: whatever the model does, no message is lost and nothing is half written."""

from typing import Any

import pytest

from cairn.bootstrap import upkeep
from tests.integration.api import Context
from tests.integration.model import Modelled
from tests.integration.provide import Provide
from tests.scripted_llm import Reply

SAID = "I live in Oslo."
WRONG = Reply.answer({"facts": "many", "summary": 5})
NOTHING: dict[str, Any] = {"calls": 0, "tokens_in": 0, "tokens_out": 0}
ONE, TWO = {"calls": 1, "tokens_in": 100, "tokens_out": 10}, {"calls": 2, "tokens_in": 200, "tokens_out": 20}
FAILURES = {
    "too many requests": ([Reply.error(429, headers={"Retry-After": "40"})], NOTHING),
    "an error of the server": ([Reply.error(500)], NOTHING),
    "no answer in time": ([Reply.hang()], NOTHING),
    "a broken connection": ([Reply.reset()], NOTHING),
    "an answer that breaks off": ([Reply.truncated()], NOTHING),
    "the wrong schema twice": ([WRONG, WRONG], TWO),
    "a refusal": ([Reply.refusal()], ONE),
    "nothing said twice": ([Reply.empty(), Reply.empty()], TWO),
    "a wrong key": ([Reply.error(401)], NOTHING),
}


def summed(usage: dict[str, Any], *more: dict[str, Any]) -> dict[str, Any]:
    return {name: usage[name] + sum(m[name] for m in more) for name in NOTHING}


def spent(modelled: Modelled) -> dict[str, Any]:
    total = modelled.usage()["total"]
    return {"calls": total["requests"], "tokens_in": total["tokens_in"], "tokens_out": total["tokens_out"]}


@pytest.fixture
def hasty(modelled: Modelled) -> Modelled:
    """A model that knows what was said, and a consumer that does not wait for it long."""
    modelled.set_up(llm_timeout_seconds=0.5)
    modelled.mind.hears(SAID).summary = "Lives in Oslo."
    return modelled


def summaries(modelled: Modelled) -> list[str]:
    """What the scope's summary tells; without any the memories themselves."""
    answer = modelled.api.request("POST", "/v1/summary/", {"filters": {"user_id": "ada"}})
    return [s["summary"] for s in answer.body]


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failing_model_costs_a_pause_and_nothing_else(hasty: Modelled, failure: str):
    replies, cost = FAILURES[failure]
    hasty.mind.first = list(replies)
    event_id = hasty.api.add(SAID, infer=True)["event_id"]
    assert len(hasty.deliver()) == 1
    event = hasty.api.event(event_id)
    assert (event["status"], event["attempts"], event["results"]) == ("RUNNING", 1, [])
    assert event["error"].startswith("The ")
    assert "Error" not in event["error"].replace("ReadError", "").replace("RemoteProtocolError", "")
    assert summed(event["usage"]) == cost == spent(hasty)
    assert (hasty.api.list(), summaries(hasty)) == ([], [])
    (pause,) = hasty.queue.pauses
    assert 40 <= pause <= 41 if failure == "too many requests" else 2 <= pause <= 3

    assert hasty.deliver() == []
    event = hasty.api.event(event_id)
    assert (event["status"], event["attempts"], event["error"]) == ("SUCCEEDED", 2, None)
    assert summed(event["usage"]) == summed(ONE, cost) == spent(hasty)
    assert [m["memory"] for m in hasty.api.list()] == [SAID]
    assert summaries(hasty) == ["Lives in Oslo."]
    assert hasty.queues.receive(wait=0) == []


def test_a_failure_between_extraction_and_decision_writes_nothing(hasty: Modelled):
    later = "I moved to Bergen."
    hasty.tell(SAID)
    hasty.mind.hears(later).decides(later, "DELETE", SAID).summary = "Lives in Bergen."
    extracted = Reply.answer({"facts": [{"message": 0, "text": later, "quote": later}], "summary": "Lives in Bergen."})
    hasty.mind.first = [extracted, Reply.error(500)]
    event = hasty.tell(later)
    assert (event["status"], summed(event["usage"])) == ("RUNNING", ONE)
    assert [m["memory"] for m in hasty.api.list(include_superseded=True)] == [SAID]
    assert summaries(hasty) == ["Lives in Oslo."]
    assert hasty.deliver() == []
    assert [m["memory"] for m in hasty.api.list()] == [later]
    assert summaries(hasty) == ["Lives in Bergen."]


def test_a_model_that_invents_facts_and_targets_harms_nobody(hasty: Modelled):
    hasty.tell(SAID)
    said = "I like tea. I like rye."
    invented = [
        {"text": "I like tea.", "quote": "I like tea."},
        {"text": "I like rye.", "quote": "I like rye."},
        {"text": "User owns a yacht.", "quote": "I own a yacht"},
        {"text": "User is a spy.", "message": 99},
        {"text": "User is a baker.", "message": -1},
        {"text": " ", "quote": "I like tea."},
    ]
    hasty.mind.hears(said, *invented)
    hasty.mind.decides("I like tea.", "DELETE", 999, -1).decides("I like rye.", "UPDATE", 77, text="Gone.")
    event = hasty.tell(said)
    assert (event["status"], [r["event"] for r in event["results"]]) == ("SUCCEEDED", ["ADD", "ADD"])
    assert "not there" in event["results"][0]["reason"]
    assert event["usage"]["dropped"] == {"quote": 1, "source": 2, "text": 1}
    assert [m["memory"] for m in hasty.api.list(include_superseded=True)] == [SAID, "I like tea.", "I like rye."]


def test_a_fourth_refusal_is_the_last_and_a_redrive_gives_another_life(hasty: Modelled):
    hasty.mind.first = [Reply.refusal()] * 4
    event_id = hasty.api.add(SAID, infer=True)["event_id"]
    while hasty.deliver(wait=0):
        pass
    failed = hasty.api.event(event_id)
    assert (failed["status"], failed["attempts"]) == ("FAILED", 4)
    assert failed["error"] == "The model refused to answer 'extract'."
    assert summed(failed["usage"]) == {name: 4 * n for name, n in ONE.items()}
    first, second, third, *given_up = hasty.queue.pauses
    assert [2 <= first <= 3, 6 <= second <= 10, 25 <= third <= 39, set(given_up)] == [True, True, True, {0}]
    (dead,) = hasty.queues.receive(hasty.queues.dead_letters_url)
    assert event_id in dead["Body"]
    assert hasty.api.list() == []

    assert hasty.api.request("POST", f"/v1/event/{event_id}/redrive/").status == 200
    assert hasty.deliver() == []
    event = hasty.api.event(event_id)
    assert (event["status"], event["error"], event["redrives"]) == ("SUCCEEDED", None, 1)
    assert [m["memory"] for m in hasty.api.list()] == [SAID]


@pytest.fixture
def maintain(modelled: Modelled, provide: Provide) -> Any:
    from functions.maintain import handler

    service = upkeep.maintain(modelled.settings.maintain, database=modelled.connection)
    provide(handler, service)
    return lambda: handler.lambda_handler({"task": "resend"}, Context())
