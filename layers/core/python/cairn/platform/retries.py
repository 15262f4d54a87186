"""When work that failed is tried again: by what failed, and for how long it has.

What may pass (the database, a queue, the graph, the model or a secret is away, or the deployment is set up wrongly,
which its operator hears of) is tried for a day. What no waiting mends is tried a few times, since a release or a
neighbour may have been at fault, and then given up on. Both are kept in the row of the work, which outlives every
message about it.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NoReturn

from cairn.kernel.errors import AnswerUnusable, CairnError, Misconfigured, OutOfTime, Unavailable

HELD: Final = timedelta(seconds=60)
"""A shorter wait keeps its message, hidden in the queue; after a longer one upkeep sends another, each minute."""

LOST_AFTER: Final = timedelta(minutes=15)
"""What was sent so long ago and is not done may have lost its message."""

_FIRST_SECONDS: Final = 2
_LONGEST_ASKED: Final = 3600  # seconds; whoever failed may ask for a pause, not for the end of the work


@dataclass(frozen=True, slots=True)
class Failing:
    """How some work has failed: since when it has without a break, and how often in a way that does not pass.

    `last` is the failure that is judged now, and counts among them.
    """

    since: datetime
    faults: int
    last: datetime


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Decides by the error and by how the work has failed; keeps nothing itself.

    `spread` gives a factor for each wait, so that what failed together does not come back together.
    """

    lasts: timedelta = timedelta(hours=24)
    longest: timedelta = timedelta(minutes=5)
    faults: int = 4
    spread: Callable[[], float] = lambda: random.uniform(0.8, 1.2)  # spreads load, guards nothing

    def retry_at(self, error: Exception, failing: Failing) -> datetime | None:
        """The moment of the next try; None where there is to be none.

        What may pass waits for twice as long as it has failed, from two seconds up to `longest`, or for as long as
        whoever failed asked for. What does not waits for 2, 8, 32 … seconds.
        """
        if not may_pass(error):
            if failing.faults >= self.faults:
                return None
            return failing.last + timedelta(seconds=_FIRST_SECONDS * 4 ** (failing.faults - 1) * self.spread())
        lasted = failing.last - failing.since
        if lasted >= self.lasts:
            return None
        wait = min(self.longest, max(timedelta(seconds=_FIRST_SECONDS), 2 * lasted)) * self.spread()
        return failing.last + max(wait, _asked(error))


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure of some work, as its row is told: what is shown of it, and when to try again.

    `holds` says whether its message may come again: one that came often is near to the dead-letter queue.
    """

    error: str
    fault: bool
    holds: bool
    retry_at: Callable[[Failing], datetime | None]


@dataclass(frozen=True, slots=True)
class Retry:
    """What becomes of work that failed: tried again in `seconds`, or given up where that is None.

    Where it is `held`, its message stays in the queue; else the row waits, and upkeep sends another.
    """

    seconds: float | None
    held: bool = True

    @classmethod
    def of(cls, failure: Failure, failing: Failing) -> "Retry":
        """What this failure, the last of those, makes of the work."""
        moment = failure.retry_at(failing)
        if moment is None:
            return cls(None)
        wait = moment - failing.last
        return cls(wait.total_seconds(), held=failure.holds and wait <= HELD)


def failure(error: Exception, policy: RetryPolicy, *, holds: bool = True) -> Failure:
    """What a row is told of this error."""
    return Failure(readable(error), not may_pass(error), holds, lambda failing: policy.retry_at(error, failing))


POLICY: Final = RetryPolicy()


def may_pass(error: Exception) -> bool:
    """Whether the same work may go well later without anybody touching it."""
    return isinstance(error, Unavailable | Misconfigured) and not isinstance(error, AnswerUnusable)


def seconds_unheard(receives: int) -> int:
    """Seconds until the n-th receive of a message is followed by another where its row cannot be read or written."""
    return min(_FIRST_SECONDS * 3 ** (receives - 1), int(POLICY.longest.total_seconds()))


def give_back(retry_in: Callable[[str, int], None], receipt_handle: str) -> NoReturn:
    """Makes a message visible again at once; raises OutOfTime, so that its record is answered as not done.

    A batch that is cut off in the middle stays hidden as a whole, and counts as an attempt for every record in it.
    """
    retry_in(receipt_handle, 0)
    raise OutOfTime("The invocation ends before this record could be done; it comes again.")


def readable(exc: Exception) -> str:
    """What is shown of a failure: our own errors say what to do, others may hold what was said."""
    return str(exc) if isinstance(exc, CairnError) else f"Unexpected {type(exc).__name__}; see the logs."


def _asked(error: Exception) -> timedelta:
    asked = (error.retry_after or 0) if isinstance(error, Unavailable) else 0
    return timedelta(seconds=min(asked, _LONGEST_ASKED))
