"""What an endpoint can do wrong, and which error of ours it is."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from cairn.kernel.errors import AnswerUnusable, ModelUnavailable
from tests.scripted_llm import Reply, in_turn
from tests.unit.models_ai.providers import BEDROCK
from tests.unit.models_ai.questions import GOOD, KEY, WORDS, ask, failure


def at(hours: int, zone: str = "GMT") -> str:
    """An HTTP date so many hours from now."""
    return format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True).replace("GMT", zone)


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        (lambda: "7", 7, 7),
        (lambda: "1.2", 2, 2),
        (lambda: "-5", 0, 0),
        (lambda: at(2), 3_600, 7_200),
        (lambda: at(-2), 0, 0),
        (lambda: at(-2, zone="-0000"), 0, 0),
        (lambda: "1e99", 86_400, 86_400),
    ],
    ids=["seconds", "part of a second", "past seconds", "a date", "a past date", "a date of no zone", "too long"],
)
def test_too_many_requests_say_when_to_come_again(server, llm, header, least, most):
    server.script = in_turn(Reply.error(429, WORDS, headers={"Retry-After": header()}))

    error = failure(llm, ModelUnavailable)

    assert least <= error.retry_after <= most
    assert len(server.requests) == 1


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"Retry-After": "nan"}, {"Retry-After": "1e999"}])
def test_too_many_requests_without_a_time_leave_it_open(server, llm, headers):
    server.script = in_turn(Reply.error(429, headers=headers))

    assert failure(llm, ModelUnavailable).retry_after is None


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 529])
def test_a_failing_endpoint_is_asked_once_and_is_unavailable(server, llm, status):
    server.script = in_turn(Reply.error(status, WORDS))

    assert str(status) in str(failure(llm, ModelUnavailable))
    assert len(server.requests) == 1


def test_an_overloaded_endpoint_may_say_when_to_come_again(server, llm):
    server.script = in_turn(Reply.error(503, headers={"Retry-After": "9"}))

    assert failure(llm, ModelUnavailable).retry_after == 9


@pytest.mark.parametrize("reply", [Reply.hang(), Reply.drip()], ids=["hangs", "drips"])
def test_an_answer_that_takes_too_long_is_given_up(server, make, reply, provider):
    if provider is BEDROCK:
        reply = Reply.hang()  # AWS sends no blanks while a model thinks
    server.script = in_turn(reply)
    began = time.monotonic()

    error = failure(make(timeout=0.2), ModelUnavailable)

    assert "CAIRN_LLM_TIMEOUT_SECONDS" in str(error)
    assert time.monotonic() - began < 5


def test_a_connection_that_breaks_in_the_middle_of_an_answer(server, llm, provider):
    server.script = in_turn(Reply.reset())

    assert provider.address in str(failure(llm, ModelUnavailable))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/v1", "localhost:1/v1", "http://[::1", "ftp://127.0.0.1/v1", "http://"]
)
def test_an_address_where_nothing_is_names_the_setting(make, url, provider, monkeypatch):
    options = {"base_url": url}
    if provider is BEDROCK:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url)
        options = {}

    assert provider.address in str(failure(make(**options), ModelUnavailable))


@pytest.mark.parametrize(
    "reply",
    [
        Reply.truncated(),
        Reply.text("<html>Bad gateway</html>"),
        Reply.text("{not json", "application/json"),
        Reply.text("", "application/json"),
        Reply.json({"error": {"message": WORDS}}),
        Reply.json([]),
        Reply.json({"choices": None}),
        Reply.json({"choices": [{"message": None}]}),
        Reply.json({"choices": [{"message": {"content": ["a"]}}]}),
        Reply.text("[" * 100_000, "application/json"),
        Reply.text("\xff\xfe", "application/json"),
    ],
)
def test_a_body_that_is_no_completion_is_an_unavailable_endpoint(server, llm, reply, provider):
    server.script = in_turn(reply)

    assert provider.address in str(failure(llm, ModelUnavailable))
    assert len(server.requests) == 1


def test_an_answer_of_another_content_type_is_read_all_the_same(server, llm):
    server.script = in_turn(Reply(200, Reply.answer(GOOD).body, {"Content-Type": "text/plain"}))

    assert ask(llm)[0].summary == "s"


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_names_the_setting_after_one_request(server, llm, provider, status):
    server.script = in_turn(Reply.error(status, f"Incorrect API key provided: {KEY}"))

    assert provider.access in str(failure(llm, ModelUnavailable))
    assert len(server.requests) == 1


def test_a_model_that_is_not_there_names_the_settings(server, llm, provider):
    server.script = lambda _: Reply.error(404)

    error = failure(llm, ModelUnavailable)

    assert "CAIRN_LLM_MODEL" in str(error)
    assert provider.address in str(error)


@pytest.mark.parametrize(
    "reply",
    [
        Reply.error(400, "too much", code="context_length_exceeded"),
        Reply.error(400, "This model's maximum context length is 4096 tokens."),
        Reply.error(413),
    ],
)
def test_a_question_that_the_endpoint_never_takes_is_asked_once_and_is_not_its_failure(server, llm, reply):
    server.script = in_turn(*[reply] * 4)

    for _ in range(4):
        failure(llm, AnswerUnusable)

    assert len(server.requests) == 4
