"""The header Retry-After, of whichever endpoint."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_LONGEST_WAIT: Final = 86_400  # seconds


def seconds(value: str | None) -> int | None:
    """Seconds to wait, from the header's seconds or its HTTP date; None where it names none."""
    if not value:
        return None
    try:
        found = float(value)
    except ValueError:
        found = _seconds_until(value)
    return math.ceil(min(max(0.0, found), _LONGEST_WAIT)) if math.isfinite(found) else None


def _seconds_until(date: str) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return math.nan
    if moment.tzinfo is None:  # "-0000", and RFC 9110 knows no time but GMT
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()
