"""What the queue edges share: when work that failed is tried again, and what is told of the failure."""

from typing import Final

from cairn.errors import CairnError

_LONGEST_BACKOFF: Final = 900  # seconds


def backoff_seconds(receives: int, asked: int | None = None) -> int:
    """Seconds until the next try after the n-th receive: 1, 2, 4 … at most 15 minutes.

    Where whoever failed asked for a longer pause (Retry-After), it is granted.
    """
    return min(_LONGEST_BACKOFF, max(2 ** (receives - 1), asked or 0))


def readable(exc: Exception) -> str:
    """What is shown of a failure: our own errors say what to do, others may hold what was said."""
    return str(exc) if isinstance(exc, CairnError) else f"Unexpected {type(exc).__name__}; see the logs."
