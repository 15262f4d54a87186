"""The model adapter, through the real client of each provider: what it asks, what that costs, what it answers."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from cairn.kernel.errors import AnswerUnusable
from cairn.kernel.usage import TokenUsage
from tests.scripted_llm import Reply, in_turn
from tests.unit.models_ai.questions import GOOD, PROMPT, WORDS, Whole, ask, failure, say


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
