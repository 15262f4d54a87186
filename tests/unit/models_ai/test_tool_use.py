"""How Anthropic's API and Bedrock are asked for an answer of a schema, and what they understand less of."""

import json

import pytest

from cairn.kernel.errors import AnswerUnusable, ModelUnavailable
from cairn.kernel.usage import TokenUsage
from cairn.models_ai.llm.tool_use import tool_schema
from tests.scripted_llm import Reply, in_turn
from tests.unit.models_ai.providers import ANTHROPIC, BEDROCK
from tests.unit.models_ai.questions import GOOD, KEY, WORDS, ask, failure, say

PART = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "kind": {"anyOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "null"}]},
    },
    "required": ["title", "kind"],
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "properties": {"parts": {"type": "array", "items": PART}, "summary": {"type": "string"}},
    "required": ["parts", "summary"],
}


@pytest.fixture(params=[ANTHROPIC, BEDROCK], ids=lambda provider: provider.name)
def provider(request):
    return request.param


def has_tool(request):
    return bool(request.get("tools") or request.get("toolConfig"))


@pytest.mark.parametrize("provider", [ANTHROPIC])
def test_anthropic_is_asked_for_the_input_of_a_tool_that_it_must_use(server, llm):
    server.script = in_turn(Reply.answer(GOOD))

    ask(llm)

    (asked,) = server.asked
    assert asked.body["tools"] == [{"name": "extract", "input_schema": SCHEMA}]
    assert asked.body["tool_choice"] == {"type": "tool", "name": "extract", "disable_parallel_tool_use": True}
    assert asked.body["max_tokens"] == 1_000
    assert asked.headers["x-api-key"] == KEY
    assert asked.headers["anthropic-version"] == "2023-06-01"


@pytest.mark.parametrize("provider", [BEDROCK])
def test_bedrock_is_asked_for_the_input_of_a_tool_that_it_must_use_and_the_request_is_signed(server, llm):
    server.script = in_turn(Reply.answer(GOOD))

    ask(llm)

    (asked,) = server.asked
    assert asked.body["toolConfig"] == {
        "tools": [{"toolSpec": {"name": "extract", "inputSchema": {"json": SCHEMA}}}],
        "toolChoice": {"tool": {"name": "extract"}},
    }
    assert asked.body["inferenceConfig"] == {"maxTokens": 1_000, "temperature": 0}
    signed = asked.headers["Authorization"]
    assert signed.startswith("AWS4-HMAC-SHA256 Credential=AKIDTEST/")
    assert "/eu-west-1/bedrock/aws4_request" in signed
    assert KEY not in str(asked.headers)


@pytest.mark.parametrize("provider", [BEDROCK])
@pytest.mark.parametrize(
    "model",
    [
        "eu.amazon.nova-lite-v1:0",
        "arn:aws:bedrock:eu-west-1:000000000000:inference-profile/eu.anthropic.claude-sonnet-4-5-v1:0",
    ],
)
def test_a_model_of_bedrock_may_be_an_inference_profile(server, make, model):
    server.path = f"/model/{model}/converse"
    server.script = in_turn(Reply.answer(GOOD))

    assert ask(make(model=model))[0].summary == "s"


@pytest.mark.parametrize("provider", [BEDROCK])
def test_a_key_of_bedrock_is_sent_in_place_of_a_signature(server, make, monkeypatch):
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "bedrock-key")
    server.script = in_turn(Reply.answer(GOOD))

    ask(make())

    assert server.asked[0].headers["Authorization"] == "Bearer bedrock-key"


@pytest.mark.parametrize("provider", [BEDROCK])
def test_without_credentials_the_error_names_the_role(server, make, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    assert "role" in str(failure(make(), ModelUnavailable))
    assert server.requests == []


def test_a_schema_for_a_tool_has_no_references():
    referring = {"$defs": {"Part": PART}, "type": "object", "properties": {"one": {"$ref": "#/$defs/Part"}}}

    assert tool_schema(referring | {"additionalProperties": False}) == {"type": "object", "properties": {"one": PART}}


def test_what_is_said_is_asked_for_without_a_tool(server, llm):
    server.script = in_turn(Reply.answer("Bergen."))

    say(llm)

    assert not has_tool(server.requests[0])


@pytest.mark.parametrize(
    "words",
    ["`temperature` is deprecated for this model.", "temperature: may only be set to 1 when thinking is enabled"],
)
def test_a_model_that_wants_no_temperature_is_not_sent_one_again(server, llm, words):
    server.script = lambda r: Reply.error(400, words) if "temperature" in r.body else Reply.answer(GOOD)

    ask(llm)
    ask(llm)
    say(llm)

    assert ["temperature" in r for r in server.requests] == [True, False, False, False]
    assert [has_tool(r) for r in server.requests] == [True, True, True, False]


@pytest.mark.parametrize(
    "words", ["This model doesn't support tool use.", "tool_choice: not with thinking", "scripted"]
)
def test_a_model_without_tools_is_asked_in_words_from_then_on(server, llm, words):
    server.script = lambda r: Reply.error(400, words) if has_tool(r.body) else Reply.answer(f"Here: {json.dumps(GOOD)}")

    assert ask(llm)[0].summary == "s"
    ask(llm)

    assert [has_tool(r) for r in server.requests] == [True, False, False]
    system = server.asked[2].messages[0]["content"]
    assert '"additionalProperties": false' in system


def test_a_bad_request_for_no_known_reason_is_given_up_after_a_few_tries_and_teaches_nothing(server, llm):
    server.script = lambda _: Reply.error(400, WORDS)
    assert "400" in str(failure(llm, ModelUnavailable))
    tries = len(server.requests)

    server.script = lambda _: Reply.answer(GOOD)
    ask(llm)

    assert tries == 2
    assert has_tool(server.requests[-1])
    assert "temperature" in server.requests[-1]


def test_a_bad_request_that_always_speaks_of_temperature_does_not_loop(server, llm):
    server.script = lambda _: Reply.error(400, "temperature")

    failure(llm, ModelUnavailable)

    assert len(server.requests) == 3


def test_saying_something_gives_up_no_tool(server, llm):
    server.script = lambda _: Reply.error(400, WORDS)
    failure(llm, ModelUnavailable, call=say)

    assert len(server.requests) == 1


@pytest.mark.parametrize("given", ["a text", ["a list"], 7, None])
def test_a_tool_that_was_used_wrongly_is_used_again(server, llm, provider, given):
    if provider is ANTHROPIC:
        wrong = {
            "type": "message",
            "content": [{"type": "tool_use", "id": "t", "name": "x", "input": {"given": given}}],
        }
    else:
        used = {"toolUse": {"toolUseId": "t", "name": "extract", "input": given}}
        wrong = {"output": {"message": {"role": "assistant", "content": [used]}}, "stopReason": "malformed_tool_use"}
    server.script = in_turn(Reply.json(wrong), Reply.answer(GOOD))

    assert ask(llm)[0].summary == "s"
    assert [m["role"] for m in server.asked[1].messages] == ["system", "user", "assistant", "user"]


def test_a_model_that_thinks_before_it_answers_is_understood(server, llm, provider):
    if provider is ANTHROPIC:
        blocks = [{"type": "thinking", "thinking": WORDS}, {"type": "text", "text": json.dumps(GOOD)}]
        answer = {"type": "message", "content": blocks, "stop_reason": "end_turn"}
    else:
        blocks = [{"reasoningContent": {"reasoningText": {"text": WORDS}}}, {"text": json.dumps(GOOD)}]
        answer = {"output": {"message": {"role": "assistant", "content": blocks}}, "stopReason": "end_turn"}
    server.script = in_turn(Reply.json(answer))

    assert ask(llm)[0].summary == "s"


def test_what_was_read_from_a_cache_or_written_to_it_counts(server, make, provider):
    if provider is ANTHROPIC:
        usage = {"input_tokens": 1, "cache_creation_input_tokens": 10, "cache_read_input_tokens": 100}
        more = {"type": "message", "content": [{"type": "text", "text": "Bergen."}]}
        answer = more | {"usage": usage | {"output_tokens": 5}}
    else:
        usage = {"inputTokens": 1, "cacheWriteInputTokens": 10, "cacheReadInputTokens": 100, "outputTokens": 5}
        output = {"message": {"role": "assistant", "content": [{"text": "Bergen."}]}}
        answer = {"output": output, "stopReason": "end_turn", "usage": usage | {"totalTokens": 116}}
    server.script = in_turn(Reply.json(answer))

    assert say(make(price_in=1, price_out=2))[1] == TokenUsage("extract", 1, 111, 5, pytest.approx(121e-6))


@pytest.mark.parametrize("provider", [BEDROCK])
@pytest.mark.parametrize("reason", ["content_filtered", "guardrail_intervened"])
def test_a_guardrail_of_bedrock_is_not_argued_with(server, llm, reason):
    output = {"message": {"role": "assistant", "content": [{"text": "Sorry."}]}}
    server.script = in_turn(Reply.json({"output": output, "stopReason": reason}))

    assert failure(llm, AnswerUnusable).usage.calls == 1


@pytest.mark.parametrize("provider", [ANTHROPIC])
def test_an_overloaded_endpoint_says_so_and_when_to_come_again(server, llm):
    server.script = in_turn(Reply.error(529, WORDS, headers={"Retry-After": "9"}))

    error = failure(llm, ModelUnavailable)

    assert "overloaded_error" in str(error)
    assert error.retry_after == 9


@pytest.mark.parametrize("provider", [ANTHROPIC])
@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/"])
def test_an_address_of_anthropic_may_have_its_version(server, make, ending):
    server.script = in_turn(Reply.answer(GOOD))

    assert ask(make(base_url=f"{server.root}{ending}"))[0].summary == "s"


@pytest.mark.parametrize("provider", [ANTHROPIC])
def test_a_newline_after_the_key_is_not_sent(server, make):
    server.script = in_turn(Reply.answer(GOOD))

    ask(make(api_key=f"{KEY}\n"))

    assert server.asked[0].headers["x-api-key"] == KEY


@pytest.mark.parametrize("provider", [ANTHROPIC])
@pytest.mark.parametrize("key", [f"{KEY}é", f"{KEY}\nx", f"{KEY}\x00"])
def test_a_key_that_no_header_can_hold_is_not_shown(server, make, key):
    failure(make(api_key=key), ModelUnavailable)

    assert server.requests == []
