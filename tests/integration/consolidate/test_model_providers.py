"""A conversation consolidated and answered by a model of each provider, from the API to the rows and what they cost."""

from typing import Any

import pytest

from tests.dialects import Anthropic, Bedrock, Dialect
from tests.integration.model import Modelled
from tests.scripted_llm import Reply

SAID, LATER = "I live in Oslo.", "I live in Bergen now."
DIALECTS: dict[str, Dialect] = {"anthropic": Anthropic(), "bedrock": Bedrock()}


@pytest.fixture(params=DIALECTS)
def asked(request: pytest.FixtureRequest, modelled: Modelled, monkeypatch: pytest.MonkeyPatch) -> Modelled:
    """The API and the consumer, with a model of that provider behind them."""
    modelled.llm.dialect = DIALECTS[request.param]
    modelled.llm.path = modelled.llm.dialect.path("scripted")
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", modelled.llm.root)
    set_up(modelled, request.param)
    return modelled


def set_up(modelled: Modelled, provider: str, **changes: Any) -> None:
    own = {"llm": provider, "openai_base_url": None, "anthropic_base_url": modelled.llm.root}
    modelled.set_up(**own | {"llm_price_in": 2, "llm_price_out": 30} | changes)


def test_facts_are_extracted_and_decided_about(asked: Modelled):
    asked.mind.hears(SAID).hears(LATER).decides(LATER, "DELETE", SAID)
    assert asked.tell(SAID)["status"] == "SUCCEEDED"
    event = asked.tell(LATER)

    cost = 2 * (100 * 2 + 10 * 30) / 1_000_000
    assert event["usage"] == {"calls": 2, "tokens_in": 200, "tokens_out": 20, "cost_usd": pytest.approx(cost)}
    assert [(hit["memory"], hit["extractor"].split()[0]) for hit in asked.api.list(filters={"user_id": "ada"})] == [
        (LATER, "scripted")
    ]
    assert [(row["kind"], row["requests"]) for row in asked.usage()["results"]] == [("decide", 1), ("extract", 2)]


def test_a_message_is_answered(asked: Modelled):
    asked.mind.answer = "In Oslo."
    answer = asked.api.request("POST", "/v1/chat/", {"message": "Where do I live?", "user_id": "ada"})
    assert (answer.status, answer.body["answer"]) == (200, "In Oslo.")


def test_while_it_is_overloaded_an_event_waits(asked: Modelled):
    asked.mind.hears(SAID)
    asked.mind.first = [Reply.error(529, headers={"Retry-After": "7"})]
    waiting = asked.tell(SAID)
    assert waiting["status"] != "FAILED"
    assert asked.queue.pauses == [7]
    asked.deliver()
    assert asked.api.event(waiting["id"])["status"] == "SUCCEEDED"


def test_a_spent_budget_stops_it(asked: Modelled):
    provider = next(name for name, dialect in DIALECTS.items() if dialect is asked.llm.dialect)
    asked.mind.hears(SAID)
    set_up(asked, provider, daily_token_budget=110)
    assert asked.tell(SAID)["status"] == "SUCCEEDED"
    refused = asked.api.request("POST", "/v3/memories/add/", {"messages": LATER, "user_id": "ada"})
    assert refused.status == 429
