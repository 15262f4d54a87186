"""Fixtures: a scripted endpoint that speaks the protocol of each provider, and the adapter on it."""

from functools import partial

import pytest

from cairn.models_ai.llm.endpoint import EndpointLlm
from tests.scripted_llm import ScriptedLlm
from tests.unit.models_ai.providers import PROVIDERS
from tests.unit.models_ai.questions import KEY


@pytest.fixture(params=PROVIDERS, ids=lambda provider: provider.name)
def provider(request):
    """Each of them in turn; a file about one alone has a fixture of this name of its own."""
    return request.param


@pytest.fixture
def server(provider, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = ScriptedLlm(path=provider.dialect.path("m"), dialect=provider.dialect)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.root)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)  # it keeps the keys that it found first
    with server:
        yield server


@pytest.fixture
def make(server, provider):
    made = []

    def build(*, price_in=0, price_out=0, **options):
        connect = partial(provider.connect, server, **options)
        made.append(EndpointLlm(model="m", connect=connect, price_in=price_in, price_out=price_out))
        return made[-1]

    yield build
    for llm in made:
        llm.close()


@pytest.fixture
def llm(make):
    return make()
