"""The circuit breaker around a model endpoint: while it fails for everybody, it is left alone.

closed ── 3 failures in a row, of different subjects ──> open ── 30 s ──> half-open, one trial
   ^                                                       ^                  │
   └───────────────────── it succeeds ────────────────────────────────────────┤
                                                           └──── it fails ────┘
"""

import math
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final

from pybreaker import (
    STATE_CLOSED,
    STATE_OPEN,
    CircuitBreaker,
    CircuitBreakerListener,
    CircuitBreakerState,
    CircuitMemoryStorage,
)

from cairn.errors import AnswerUnusable, ModelPaused, ModelUnavailable
from cairn.observability import logger

_PAUSED: Final = "The model endpoint has failed several times in a row and is left alone for a while."


def _now() -> datetime:
    return datetime.now(UTC)


class _Logged(CircuitBreakerListener):
    def state_change(
        self, cb: CircuitBreaker, old_state: CircuitBreakerState | None, new_state: CircuitBreakerState
    ) -> None:
        before = old_state.name if old_state else None
        logger.warning("the model's breaker turned", action="llm.breaker", before=before, now=new_state.name)


class ModelBreaker:
    """Lets calls through, or not, by how the last ones ended.

    pybreaker holds its lock for as long as it calls, which would make all threads wait for one slow answer. So a call
    is made outside of it, and pybreaker hears how it ended.
    """

    def __init__(self, failures: int, seconds: float, *, clock: Callable[[], datetime] = _now) -> None:
        """Starts closed; `failures` in a row open it for `seconds`."""
        self._storage = CircuitMemoryStorage(STATE_CLOSED)
        self._breaker = CircuitBreaker(
            failures, seconds, listeners=[_Logged()], state_storage=self._storage, throw_new_error_on_trip=False
        )
        self._open_for = timedelta(seconds=seconds)
        self._clock = clock
        self._lock = Lock()
        self._on_trial = False
        self._failed_subjects: set[str] = set()

    @contextmanager
    def guard(self, subject: str) -> Generator[None]:
        """Around one call on behalf of `subject`.

        Raises:
            ModelPaused: the breaker is open, or somebody else is trying.
        """
        trial = self._enter()
        try:
            yield
        except ModelUnavailable as exc:
            self._failed(subject, exc, trial=trial)
            raise
        except AnswerUnusable:
            self._succeeded(trial=trial)  # the endpoint answered; that the answer is bad is not its fault
            raise
        else:
            self._succeeded(trial=trial)
        finally:
            if trial:
                self._on_trial = False

    def _enter(self) -> bool:
        """Whether this call is the trial."""
        with self._lock:
            if self._breaker.current_state == STATE_CLOSED:
                return False
            left = self._seconds_left()
            if self._on_trial or left > 0:
                raise ModelPaused(_PAUSED, retry_after=max(1, left))
            self._on_trial = True
            if self._breaker.current_state == STATE_OPEN:
                self._breaker.half_open()
            return True

    def _seconds_left(self) -> int:
        opened_at = self._storage.opened_at
        if self._breaker.current_state != STATE_OPEN or opened_at is None:
            return 0
        return math.ceil((opened_at + self._open_for - self._clock()).total_seconds())

    def _succeeded(self, *, trial: bool) -> None:
        with self._lock:
            if self._counts(trial=trial):
                self._failed_subjects.clear()
                self._breaker.call(_nothing)

    def _failed(self, subject: str, exc: ModelUnavailable, *, trial: bool) -> None:
        with self._lock:
            # One event that breaks the endpoint each time it is tried must not stop all others.
            if not self._counts(trial=trial) or (subject in self._failed_subjects and not trial):
                return
            self._failed_subjects.add(subject)
            with suppress(ModelUnavailable):  # pybreaker hands on what it was told, and the guard raises it
                self._breaker.call(_raise, exc)
            if self._breaker.current_state == STATE_OPEN:
                self._failed_subjects.clear()

    def _counts(self, *, trial: bool) -> bool:
        # What began before the breaker opened and ends after it is old news.
        return trial or self._breaker.current_state == STATE_CLOSED


def _nothing() -> None:
    pass


def _raise(exc: ModelUnavailable) -> None:
    raise exc
