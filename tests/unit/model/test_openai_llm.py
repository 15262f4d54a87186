"""The model adapter, through the real client: what it asks, what that costs, and when it leaves the endpoint alone."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from cairn.errors import AnswerUnusable, ModelUnavailable
from cairn.project import TokenUsage
from tests.scripted_llm import Reply, in_turn
from tests.unit.model.questions import GOOD, KEY, PROMPT, WORDS, Whole, ask, failure, say


def test_a_question_is_asked_once_and_its_answer_read(server, llm):
    server.script = in_turn(Reply.answer(GOOD))

    answer, usage = ask(llm)

    assert answer == Whole.model_validate(GOOD)
    assert usage == TokenUsage("extract", 1, 100, 10, 0)
    (request,) = server.asked
    assert (request.task, request.rounds, request.data) == ("extract", 1, {"messages": [WORDS]})
    assert request.body["model"] == "m"
    assert request.body["temperature"] == 0
    assert [m["content"] for m in request.messages] == [PROMPT.system, PROMPT.user]
    assert request.headers["Authorization"] == f"Bearer {KEY}"


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


def test_openai_is_not_imported_before_the_first_question():
    code = (
        "import sys; from cairn.adapters.openai_llm import OpenAiLlm as L;"
        "L(model='m', api_key='k', base_url=None, timeout=1).close(); print('openai' in sys.modules)"
    )

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "False"


def test_what_the_model_says_comes_as_plain_text_with_its_cost(server, llm):
    server.script = in_turn(Reply.answer("  Bergen.\n", tokens_in=7, tokens_out=3))

    assert say(llm) == ("Bergen.", TokenUsage("extract", 1, 7, 3, 0))
    assert "response_format" not in server.requests[0]


def test_half_an_emoji_in_an_answer_does_no_harm(server, llm):
    server.script = in_turn(Reply.answer("Bergen \ud83d!"))

    assert say(llm)[0] == "Bergen ?!"


@pytest.mark.parametrize("reply", [Reply.empty(), Reply.answer(None), Reply.answer(" \n"), Reply.json({"choices": []})])
def test_saying_nothing_is_unusable(server, llm, reply):
    server.script = in_turn(reply)

    assert failure(llm, AnswerUnusable, call=say).usage.calls == 1


def test_several_threads_share_one_client(server, llm):
    server.script = lambda request: Reply.answer(GOOD)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: ask(llm), range(40)))

    assert len(answers) == len(server.requests) == 40


def test_closing_twice_or_unused_does_no_harm(server, make):
    with closing(make()) as llm:
        server.script = in_turn(Reply.answer(GOOD))
        ask(llm)
        llm.close()
