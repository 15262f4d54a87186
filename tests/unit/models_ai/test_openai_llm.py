"""What is OpenAI's own of the model adapter: how it asks for a schema, and what it does with the key."""

import subprocess
import sys

import pytest

from cairn.kernel.errors import AnswerUnusable, ModelUnavailable
from tests.scripted_llm import Reply, in_turn
from tests.unit.models_ai.providers import OPENAI
from tests.unit.models_ai.questions import GOOD, KEY, WORDS, ask, failure, say


@pytest.fixture
def provider():
    return OPENAI


def test_the_schema_sent_is_strict_through_and_through(server, llm):
    server.script = in_turn(Reply.answer(GOOD))

    ask(llm)

    sent = server.requests[0]["response_format"]
    assert sent["type"] == "json_schema"
    assert (sent["json_schema"]["name"], sent["json_schema"]["strict"]) == ("extract", True)
    assert sent["json_schema"]["schema"] == {
        "type": "object",
        "properties": {"parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}}, "summary": {"type": "string"}},
        "required": ["parts", "summary"],
        "additionalProperties": False,
        "$defs": {
            "Part": {
                "type": "object",
                "properties": {
                    "title": {"type": "string"},
                    "kind": {"anyOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "null"}]},
                },
                "required": ["title", "kind"],
                "additionalProperties": False,
            }
        },
    }


def test_without_a_key_a_placeholder_is_sent(server, make):
    server.script = in_turn(Reply.answer(GOOD))

    ask(make(api_key=None))

    assert server.asked[0].headers["Authorization"] == "Bearer none"


def test_a_newline_after_the_key_is_not_sent(server, make):
    server.script = in_turn(Reply.answer(GOOD))

    ask(make(api_key=f"{KEY}\n"))

    assert server.asked[0].headers["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("key", [f"{KEY}é", f"{KEY}\nx", f"{KEY}\x00"])
def test_a_key_that_no_header_can_hold_is_not_shown(server, make, key):
    failure(make(api_key=key), ModelUnavailable)

    assert server.requests == []


def test_what_is_said_is_asked_for_without_a_schema(server, llm):
    server.script = in_turn(Reply.answer("Bergen."))

    say(llm)

    assert "response_format" not in server.requests[0]


def test_an_error_s_code_is_told_and_its_words_are_not(server, llm):
    server.script = in_turn(Reply.error(429, f"{WORDS} {KEY}", code="insufficient_quota"))

    assert "insufficient_quota" in str(failure(llm, ModelUnavailable))


@pytest.mark.parametrize("code", ["content_filter", "content_policy_violation"])
def test_a_question_that_a_filter_refuses_is_not_the_endpoint_s_failure(server, llm, code):
    server.script = in_turn(Reply.error(400, "The response was filtered", code=code))

    failure(llm, AnswerUnusable)


@pytest.mark.parametrize(("status", "code"), [(400, "model_not_found"), (404, "model_not_found")])
def test_a_model_that_is_not_there_is_asked_for_once(server, llm, status, code):
    server.script = in_turn(Reply.error(status, code=code))

    assert "CAIRN_LLM_MODEL" in str(failure(llm, ModelUnavailable))


def test_no_client_is_imported_before_the_first_question():
    code = (
        "import sys; from cairn.bootstrap import adapters;"
        "from cairn.kernel.settings import ConsolidateSettings as S;"
        "own = {'environment': 't', 'database_url': 'postgresql://x', 'consolidate_queue_url': 'q', 'llm_model': 'm'};"
        "own |= {'openai_api_key': 'k', 'anthropic_api_key': 'k'};"
        "[adapters.llm(S(**own, llm=name)).close() for name in ('openai', 'anthropic', 'bedrock')];"
        "print(bool({'openai', 'httpx2', 'boto3'} & sys.modules.keys()))"
    )

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "False"
