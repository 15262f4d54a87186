"""Answers that cannot be read: asked for once more, and paid for all the same."""

import json

import pytest

from cairn.kernel.errors import AnswerUnusable, ModelUnavailable
from cairn.kernel.usage import TokenUsage
from tests.scripted_llm import Reply, in_turn
from tests.unit.models_ai.questions import GOOD, Whole, ask, failure, say


def test_an_answer_of_the_wrong_shape_is_mended_by_asking_once_more(server, llm):
    bad = {"parts": [{"kind": "z"}]}
    server.script = in_turn(Reply.answer(bad), Reply.answer(GOOD, tokens_in=200, tokens_out=20))

    answer, usage = ask(llm)

    assert answer.summary == "s"
    assert usage == TokenUsage("extract", 2, 300, 30, 0)
    first, second = server.asked
    assert (first.rounds, second.rounds) == (1, 2)
    assert second.messages[:2] == first.messages
    assert second.messages[2] == {"role": "assistant", "content": json.dumps(bad)}
    assert "parts.0.title: Field required" in second.messages[3]["content"]
    assert "parts.0.kind: Input should be 'a' or 'b'" in second.messages[3]["content"]
    assert second.data == first.data


UNREADABLE = [
    Reply.answer({"parts": "none"}),
    Reply.answer("I think Ana lives in Bergen."),
    Reply.answer('{"parts": [{"title": "one"}, {"ti'),
    Reply.answer("{}"),
    Reply.answer({"error": "cannot"}),
    Reply.answer('[{"title": "one"}]'),
    Reply.answer('{"parts":' + "[" * 100_000),
    Reply.answer("{" * 100_000),
    Reply.answer('{"a":' * 50_000),
    Reply.cut_off('{"parts": [], "summary": "s"}'),
    Reply.empty(),
    Reply.answer(None),
    Reply.json({"choices": []}),
]


@pytest.mark.parametrize("bad", UNREADABLE)
def test_an_unreadable_answer_is_mended_once(server, llm, bad):
    server.script = in_turn(bad, Reply.answer(GOOD))

    assert ask(llm)[0].summary == "s"
    repair = server.asked[1].messages
    assert [m["role"] for m in repair] == ["system", "user", "assistant", "user"]
    assert all(0 < len(m["content"]) < 10_000 for m in repair)


@pytest.mark.parametrize("bad", UNREADABLE)
def test_an_answer_that_stays_unreadable_is_unusable_after_one_repair(server, llm, bad):
    server.script = in_turn(bad, bad)

    error = failure(llm, AnswerUnusable)

    assert error.usage.calls == 2


@pytest.mark.parametrize(
    "refusal",
    [
        Reply.refusal(tokens_in=5, tokens_out=1),
        Reply.answer("", finish_reason="content_filter", tokens_in=5, tokens_out=1),
    ],
)
@pytest.mark.parametrize("call", [ask, say])
def test_a_refusal_is_not_argued_with(server, llm, refusal, call):
    server.script = in_turn(refusal)

    assert failure(llm, AnswerUnusable, call=call).usage == TokenUsage("extract", 1, 5, 1, 0)


def test_a_refusal_to_mend_is_unusable(server, llm):
    server.script = in_turn(Reply.answer("no"), Reply.refusal())

    assert failure(llm, AnswerUnusable).usage.calls == 2


def test_a_failure_after_a_bad_answer_carries_what_that_had_cost(server, make):
    server.script = in_turn(Reply.answer("no", tokens_in=1_000, tokens_out=500), Reply.error(500))

    error = failure(make(price_in=2, price_out=8), ModelUnavailable)

    assert error.usage == TokenUsage("extract", 1, 1_000, 500, pytest.approx(0.006))


def test_the_costs_of_all_rounds_are_added_up_at_the_prices_given(server, make):
    server.script = in_turn(
        Reply.answer("no", tokens_in=1_000, tokens_out=100), Reply.answer(GOOD, tokens_in=2_000, tokens_out=300)
    )

    _, usage = ask(make(price_in=0.25, price_out=2))

    assert usage == TokenUsage("extract", 2, 3_000, 400, pytest.approx(0.00155))


@pytest.mark.parametrize("reply", [Reply.answer(GOOD, usage=False), Reply.answer(GOOD, tokens_in=0, tokens_out=0)])
def test_an_endpoint_that_counts_no_tokens_counts_as_none(server, llm, reply):
    server.script = in_turn(reply)

    assert ask(llm)[1] == TokenUsage("extract", 1, 0, 0, 0)


def test_a_usage_of_nulls_counts_as_none(server, llm):
    body = json.loads(Reply.answer(GOOD).body) | {"usage": {"prompt_tokens": None, "completion_tokens": None}}
    server.script = in_turn(Reply.json(body))

    assert ask(llm)[1].tokens_in == 0


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "```json\n{}\n```",
        "Here you are:\n```\n{}\n```\nAnything else?",
        "<think>It may be {{x}} or {{\"parts\": [], \"summary\": \"draft\"}}.</think>\n{}",
        "Answer: {} (done)",
        "\ufeff  {}",
    ],
)  # fmt: skip
def test_an_answer_is_found_whatever_stands_around_it(server, llm, around):
    server.script = in_turn(Reply.answer(around.format(json.dumps(GOOD, indent=1))))

    assert ask(llm)[0] == Whole.model_validate(GOOD)
