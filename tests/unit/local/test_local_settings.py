from pathlib import Path

import pytest

from local.errors import StartError
from local.settings import read_settings


def test_without_any_variable_there_are_defaults():
    settings = read_settings({})
    assert (settings.port, settings.maintain_seconds, settings.database_url) == (8000, 15, None)
    assert settings.directory == Path(".local").resolve()
    assert settings.concurrency >= 1


def test_the_graph_is_embedded_unless_another_is_named_or_none_is_wanted():
    assert (read_settings({}).graph, read_settings({}).neo4j) == (True, None)
    assert not read_settings({"GRAPH": "OFF"}).graph
    own = read_settings({"NEO4J_URI": "neo4j+s://h", "NEO4J_USER": "u", "NEO4J_PASSWORD": "p"})
    assert own.neo4j == ("neo4j+s://h", "u", "p", "neo4j")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CAIRN_LOCAL_PORT", "http"),
        ("CAIRN_LOCAL_PORT", "70000"),
        ("CAIRN_LOCAL_CONCURRENCY", "0"),
        ("CAIRN_LOCAL_MAINTAIN_SECONDS", "nan"),
        ("CAIRN_LOCAL_FAITHFUL", "yes"),
        ("GRAPH", "maybe"),
        ("CAIRN_LOCAL_URL", "cairn.example"),
        ("CAIRN_LOCAL_URL", "ftp://cairn.example"),
        ("CAIRN_LOCAL_URL", "https://cairn.example/below"),
        ("CAIRN_LOCAL_URL", "https://user@cairn.example"),
        ("CAIRN_LOCAL_URL", "https://"),
        ("CAIRN_LOCAL_URL", "https://[::1"),
        ("CAIRN_LLM", "gemini"),
    ],
)
def test_a_value_that_is_not_one_is_named_with_its_variable(name, value):
    with pytest.raises(StartError, match=name):
        read_settings({name: value})


def test_the_address_of_a_proxy_is_kept_without_its_closing_slash():
    assert read_settings({}).public_url == ""
    assert read_settings({"CAIRN_LOCAL_URL": "https://cairn.example:8443/"}).public_url == "https://cairn.example:8443"


@pytest.mark.parametrize(
    ("variables", "model"),
    [
        ({}, None),
        ({"CAIRN_LLM": "", "OPENAI_API_KEY": "k"}, "gpt-5-mini at OpenAI"),
        ({"OPENAI_BASE_URL": "http://h/v1", "CAIRN_LLM_MODEL": "m"}, "m at http://h/v1"),
        ({"CAIRN_LLM": "anthropic", "CAIRN_LLM_MODEL": "m", "ANTHROPIC_API_KEY": "k"}, "m at Anthropic"),
        ({"CAIRN_LLM": "bedrock", "CAIRN_LLM_MODEL": "m"}, "m at Amazon Bedrock"),
    ],
)
def test_who_is_asked_is_said_in_words(variables, model):
    assert read_settings(variables).model == model


def test_only_openai_s_model_has_a_default():
    with pytest.raises(StartError, match="CAIRN_LLM_MODEL"):
        read_settings({"CAIRN_LLM": "bedrock"})
