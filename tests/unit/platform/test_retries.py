"""When work that failed is tried again, by what failed and for how long it has."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from cairn.kernel.errors import (
    AnswerUnusable,
    Contended,
    DatabaseUnavailable,
    GraphUnavailable,
    Misconfigured,
    ModelUnavailable,
    QueueUnavailable,
    SecretUnavailable,
    TooExpensive,
)
from cairn.platform.retries import HELD, Failing, Failure, Retry, RetryPolicy, failure, may_pass, seconds_unheard

EVEN = RetryPolicy(spread=lambda: 1)
START = datetime(2028, 2, 29, 23, 59, 30, tzinfo=UTC)
NOW = Failing(START, 0, START)
PASSING = [
    DatabaseUnavailable("away"),
    QueueUnavailable("away"),
    GraphUnavailable("away"),
    ModelUnavailable("away"),
    SecretUnavailable("away"),
    Contended("changed"),
    Misconfigured("no such secret"),
]
POISON = [AnswerUnusable("refused"), RuntimeError("a bug"), ValueError("odd"), TooExpensive("too long")]


def tries(error: Exception, policy: RetryPolicy = EVEN) -> list[float]:
    """Seconds from the first failure to each next try of work that fails with this error every time."""
    found, now, faults = [], START, 0
    while len(found) < 10_000:
        faults += not may_pass(error)
        moment = policy.retry_at(error, Failing(START, faults, now))
        if moment is None:
            return found
        now = moment
        found.append((now - START).total_seconds())
    raise AssertionError("It never ends.")


@pytest.mark.parametrize("error", PASSING, ids=lambda e: type(e).__name__)
def test_what_may_pass_is_tried_for_a_day_with_growing_waits(error: Exception):
    found = tries(error)
    assert found[:6] == [2, 6, 18, 54, 162, 462]
    waits = [b - a for a, b in pairwise(found)]
    assert waits == sorted(waits)
    assert waits[-1] == 300
    assert 24 * 3600 <= found[-1] < 24 * 3600 + 300


@pytest.mark.parametrize("error", POISON, ids=lambda e: type(e).__name__)
def test_what_no_waiting_mends_is_tried_a_few_times(error: Exception):
    assert tries(error) == [2, 10, 42]


def test_faults_of_long_ago_do_not_end_an_outage_early():
    now = START + timedelta(hours=3)
    assert EVEN.retry_at(GraphUnavailable("away"), Failing(START, 3, now)) == now + timedelta(minutes=5)


def test_a_pause_that_was_asked_for_is_granted_within_reason():
    assert EVEN.retry_at(ModelUnavailable("busy", retry_after=40), NOW) == START + timedelta(seconds=40)
    assert EVEN.retry_at(ModelUnavailable("busy", retry_after=10**9), NOW) == START + timedelta(hours=1)
    assert EVEN.retry_at(ModelUnavailable("busy", retry_after=1), NOW) == START + timedelta(seconds=2)


def test_what_failed_together_does_not_come_back_together():
    policy = RetryPolicy()
    failing = Failing(START, 0, START + timedelta(minutes=10))
    moments = {policy.retry_at(GraphUnavailable("away"), failing) for _ in range(50)}
    waits = sorted((m - failing.last).total_seconds() for m in moments if m)
    assert len(waits) == 50
    assert 240 <= waits[0] < waits[-1] <= 360


def test_a_short_wait_keeps_the_message_and_a_long_one_does_not():
    def retry(wait: timedelta | None, *, holds: bool = True) -> Retry:
        return Retry.of(Failure("away", False, holds, lambda f: None if wait is None else f.last + wait), NOW)

    assert retry(HELD) == Retry(60.0, held=True)
    assert retry(HELD, holds=False) == Retry(60.0, held=False)  # it came so often that the queue would give it up
    assert retry(timedelta(seconds=61)) == Retry(61.0, held=False)
    assert retry(None).seconds is None


def test_no_words_of_a_foreign_error_are_shown():
    assert failure(ValueError("Ada lives in Oslo"), EVEN).error == "Unexpected ValueError; see the logs."
    assert failure(ModelUnavailable("The model is away."), EVEN).error == "The model is away."


def test_without_a_row_the_receives_say_how_long_to_wait():
    assert [seconds_unheard(n) for n in (1, 2, 3, 4, 5, 6, 50)] == [2, 6, 18, 54, 162, 300, 300]
