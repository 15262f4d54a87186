"""The circuit breaker around the model: when it opens, how it closes, and who may not open it."""

import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest

from cairn.adapters.model_breaker import ModelBreaker
from cairn.errors import AnswerUnusable, ModelPaused, ModelUnavailable

SECRET = "what Ana said"


class Clock:
    """The time, moved by hand: pybreaker notes with the real clock when it opens."""

    ahead = timedelta()

    def __call__(self):
        return datetime.now(UTC) + self.ahead


class Records(logging.Handler):
    def __init__(self):
        super().__init__()
        self.seen = []

    def emit(self, record):
        self.seen.append(record)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return ModelBreaker(3, 30, clock=clock)


@pytest.fixture
def records():
    handler, logger = Records(), logging.getLogger("cairn")
    logger.addHandler(handler)
    yield handler.seen
    logger.removeHandler(handler)


def fail(breaker, subject):
    with pytest.raises(ModelUnavailable), breaker.guard(subject):
        raise ModelUnavailable(SECRET)


def answer_badly(breaker, subject):
    with pytest.raises(AnswerUnusable), breaker.guard(subject):
        raise AnswerUnusable(SECRET)


def succeed(breaker, subject="good"):
    with breaker.guard(subject):
        pass


def is_open(breaker):
    try:
        succeed(breaker)
    except ModelPaused:
        return True
    return False


def opened(breaker):
    for subject in ("a", "b", "c"):
        fail(breaker, subject)


def test_three_failures_of_three_subjects_in_a_row_open_it(breaker):
    fail(breaker, "a")
    fail(breaker, "b")
    fail(breaker, "c")

    assert is_open(breaker)


def test_fewer_failures_leave_it_closed(breaker):
    fail(breaker, "a")
    fail(breaker, "b")

    assert not is_open(breaker)


def test_one_subject_that_fails_again_and_again_does_not_open_it(breaker):
    for _ in range(10):
        fail(breaker, "poison")
    fail(breaker, "b")

    assert not is_open(breaker)


def test_a_repeat_between_others_does_not_count(breaker):
    for subject in ("a", "b", "a", "b", "a"):
        fail(breaker, subject)
    fail(breaker, "c")

    assert is_open(breaker)


def test_a_success_between_failures_begins_the_row_anew(breaker):
    fail(breaker, "a")
    fail(breaker, "b")
    succeed(breaker)
    fail(breaker, "a")
    fail(breaker, "b")

    assert not is_open(breaker)


def test_unusable_answers_never_open_it_and_end_a_row_of_failures(breaker):
    for subject in ("a", "b", "c", "d"):
        answer_badly(breaker, subject)
    fail(breaker, "a")
    fail(breaker, "b")
    answer_badly(breaker, "e")
    fail(breaker, "c")

    assert not is_open(breaker)


def test_while_open_nobody_is_let_through_and_they_are_told_how_long(breaker, clock):
    opened(breaker)
    clock.ahead = timedelta(seconds=20)

    with pytest.raises(ModelPaused) as caught, breaker.guard("d"):
        pytest.fail("was let through")

    assert 9 <= caught.value.retry_after <= 10


def test_after_its_time_one_success_closes_it(breaker, clock):
    opened(breaker)
    clock.ahead = timedelta(seconds=31)

    succeed(breaker)

    fail(breaker, "a")
    fail(breaker, "b")
    assert not is_open(breaker)


def test_after_its_time_one_failure_opens_it_again(breaker, clock):
    opened(breaker)
    clock.ahead = timedelta(seconds=31)

    fail(breaker, "a")

    clock.ahead = timedelta()
    assert is_open(breaker)
    clock.ahead = timedelta(seconds=31)
    assert not is_open(breaker)


def test_an_unusable_answer_to_the_trial_closes_it(breaker, clock):
    opened(breaker)
    clock.ahead = timedelta(seconds=31)

    answer_badly(breaker, "d")

    assert not is_open(breaker)


def test_only_one_is_let_through_on_trial(breaker, clock):
    opened(breaker)
    clock.ahead = timedelta(seconds=31)

    with breaker.guard("d"):
        assert is_open(breaker)

    assert not is_open(breaker)


def test_a_trial_that_ends_in_a_bug_leaves_the_next_one_to_try(breaker, clock):
    opened(breaker)
    clock.ahead = timedelta(seconds=31)

    with pytest.raises(ZeroDivisionError), breaker.guard("d"):
        raise ZeroDivisionError

    assert not is_open(breaker)


def test_what_began_before_it_opened_does_not_close_it(breaker):
    with breaker.guard("slow"):
        opened(breaker)

    assert is_open(breaker)


def test_a_slow_call_does_not_keep_others_waiting(breaker):
    inside, leave = threading.Event(), threading.Event()

    def slow():
        with breaker.guard("slow"):
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=slow)
    thread.start()
    try:
        assert inside.wait(10)
        succeed(breaker)
        fail(breaker, "a")
    finally:
        leave.set()
        thread.join()


def test_every_turn_is_logged_as_a_warning_without_content(breaker, clock, records):
    opened(breaker)
    clock.ahead = timedelta(seconds=31)
    succeed(breaker)

    turns = [(r.before, r.now) for r in records]
    assert turns == [("closed", "open"), ("open", "half-open"), ("half-open", "closed")]
    assert {(r.levelname, r.action) for r in records} == {("WARNING", "llm.breaker")}
    assert SECRET not in str([vars(r) for r in records])
