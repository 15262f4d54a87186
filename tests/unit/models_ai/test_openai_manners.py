"""Endpoints that understand less than OpenAI's: what they refuse is not asked of them again."""

import pytest

from cairn.kernel.errors import ModelUnavailable
from tests.scripted_llm import Reply
from tests.unit.models_ai.providers import OPENAI
from tests.unit.models_ai.questions import GOOD, PROMPT, WORDS, ask, failure, say


@pytest.fixture
def provider():
    return OPENAI


def only(*forms, status=400, message="scripted"):
    def script(request):
        return Reply.answer(GOOD) if request.form in forms else Reply.error(status, message)

    return script


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "scripted"),
        (404, "No endpoints found"),
        (422, "Extra inputs"),
        (500, "response_format is not implemented"),
        (501, "json_schema: unknown"),
    ],
)
def test_an_endpoint_without_json_schema_is_asked_in_json_mode_from_then_on(server, llm, status, message):
    server.script = only("json_object", None, status=status, message=message)

    ask(llm)
    ask(llm)

    assert [r.form for r in server.asked] == ["json_schema", "json_object", "json_object"]
    system = server.asked[1].messages[0]["content"]
    assert system.startswith(PROMPT.system)
    assert '"additionalProperties": false' in system
    assert server.asked[1].task == "extract"


def test_an_endpoint_without_json_mode_is_asked_in_words_from_then_on(server, llm):
    server.script = only(None)

    ask(llm)
    ask(llm)

    assert [r.form for r in server.asked] == ["json_schema", "json_object", None, None]
    assert '"additionalProperties": false' in server.asked[3].messages[0]["content"]


def test_an_endpoint_that_wants_no_temperature_is_not_sent_one_again(server, llm):
    def script(request):
        if "temperature" in request.body:
            return Reply.error(400, "Unsupported value: 'temperature' does not support 0.", param="temperature")
        return Reply.answer(GOOD)

    server.script = script
    ask(llm)
    ask(llm)
    say(llm)

    assert ["temperature" in r for r in server.requests] == [True, False, False, False]
    assert [r.form for r in server.asked] == ["json_schema"] * 3 + [None]


def test_an_endpoint_that_understands_nothing_of_it_is_asked_in_four_manners_once(server, llm):
    def script(request):
        if "temperature" in request.body:
            return Reply.json({"detail": "temperature: extra fields not permitted"}, 422)
        return Reply.answer(GOOD) if request.form is None else Reply.error(400)

    server.script = script
    ask(llm)
    ask(llm)

    assert len(server.requests) == 5


def test_saying_something_keeps_what_is_known_of_json(server, llm):
    server.script = lambda request: Reply.answer(GOOD)

    say(llm)
    ask(llm)

    assert [r.form for r in server.asked] == [None, "json_schema"]


def test_a_bad_request_for_no_known_reason_is_given_up_after_a_few_tries_and_teaches_nothing(server, llm):
    server.script = lambda _: Reply.error(400, WORDS)
    assert "400" in str(failure(llm, ModelUnavailable))
    tries = len(server.requests)

    server.script = lambda _: Reply.answer(GOOD)
    ask(llm)

    assert tries == 3
    assert server.asked[-1].form == "json_schema"
    assert "temperature" in server.requests[-1]


def test_a_bad_request_that_always_speaks_of_temperature_does_not_loop(server, llm):
    server.script = lambda _: Reply.error(400, "temperature")

    failure(llm, ModelUnavailable)

    assert len(server.requests) == 4
