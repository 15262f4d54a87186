"""Which model is asked, by the settings."""

from contextlib import closing
from typing import Any

import pytest
from pydantic import ValidationError

from cairn.bootstrap import adapters
from cairn.kernel.settings import ConsolidateSettings
from tests.scripted_llm import Reply, in_turn
from tests.unit.models_ai.providers import ANTHROPIC, BEDROCK, OPENAI
from tests.unit.models_ai.questions import GOOD, ask

OWN: dict[str, Any] = {
    "environment": "test",
    "database_url": "postgresql://nobody@127.0.0.1/nothing",
    "consolidate_queue_url": "https://queue",
}


def settings(**changes: Any) -> ConsolidateSettings:
    return ConsolidateSettings(**OWN | changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"llm": "bedrock"}, "CAIRN_LLM=bedrock needs CAIRN_LLM_MODEL"),
        ({"llm": "anthropic", "anthropic_api_key": "k"}, "CAIRN_LLM=anthropic needs CAIRN_LLM_MODEL"),
        ({"llm": "anthropic", "llm_model": "m"}, "needs ANTHROPIC_API_KEY, or ANTHROPIC_BASE_URL"),
        ({"anthropic_api_key": "k", "anthropic_secret_arn": "arn"}, "Only one of ANTHROPIC_API_KEY"),
        ({"openai_api_key": "k", "openai_secret_arn": "arn"}, "Only one of OPENAI_API_KEY"),
        ({"llm": "gemini", "llm_model": "m"}, "'openai', 'bedrock' or 'anthropic'"),
    ],
)
def test_a_model_that_cannot_be_asked_is_said_at_the_start(changes: dict[str, Any], said: str):
    with pytest.raises(ValidationError, match=said):
        settings(**changes)


def test_without_a_key_or_an_address_there_is_no_model():
    assert not settings().has_model
    assert not settings(anthropic_api_key="k").has_model
    assert adapters.llm(settings()) is None


@pytest.mark.parametrize("provider", [OPENAI, ANTHROPIC, BEDROCK], ids=lambda provider: provider.name)
def test_the_settings_choose_who_is_asked_and_what_it_costs(server, provider):
    addresses = {"openai": {"openai_base_url": server.base_url}, "anthropic": {"anthropic_base_url": server.root}}
    own = {
        "llm": provider.name,
        "llm_model": "m",
        "bedrock_region": "eu-west-1",
        "llm_price_in": 1,
        "llm_price_out": 10,
    }
    server.script = in_turn(Reply.answer(GOOD))

    with closing(adapters.llm(settings(**own | addresses.get(provider.name, {})))) as llm:
        _, usage = ask(llm)

    assert usage.cost_usd == pytest.approx(200e-6)
    assert llm.model == "m"
