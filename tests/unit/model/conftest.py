"""Fixtures: a scripted endpoint, and the adapter on it."""

import pytest

from cairn.adapters.openai_llm import OpenAiLlm
from tests.scripted_llm import ScriptedLlm
from tests.unit.model.questions import KEY


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ScriptedLlm() as server:
        yield server


@pytest.fixture
def make(server):
    made = []

    def build(**options):
        given = {"model": "m", "api_key": KEY, "base_url": server.base_url, "timeout": 10, **options}
        made.append(OpenAiLlm(**given))
        return made[-1]

    yield build
    for llm in made:
        llm.close()


@pytest.fixture
def llm(make):
    return make()
