"""Days, weeks, months, seasons and their like as spans of local time, and the choice among several of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Final

Span = tuple[datetime, datetime]
"""Half-open and naive: wall clock time of the speaker's zone, until the very end."""

_DAY: Final = timedelta(days=1)
_MONTHS_A_YEAR: Final = 12
_QUARTER: Final = 3
_SATURDAY: Final = 5

# Of the northern hemisphere, by whole months; a winter bears the year in which it begins.
SEASONS: Final = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_SEASON_MONTHS: Final = 3

# Hours from midnight. A night is also its evening, and reaches into the next day.
_PARTS: Final = {"morning": (5, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (18, 30)}


class Tense(Enum):
    """Whether a sentence tells of what was or of what will be, as far as its words say."""

    PAST = "past"
    FUTURE = "future"
    UNKNOWN = "unknown"


def day(first: date, days: int = 1) -> Span:
    """A day, or several from it on."""
    start = datetime.combine(first, time())
    return start, start + days * _DAY


def week(inside: date) -> Span:
    """The week from Monday to Sunday."""
    return day(inside - inside.weekday() * _DAY, 7)


def weekend(inside: date) -> Span:
    """Saturday and Sunday of the week."""
    return day(inside + (_SATURDAY - inside.weekday()) * _DAY, 2)


def month(year: int, number: int, months: int = 1) -> Span:
    """A calendar month, or several from it on."""
    first = date(year, number, 1)
    return day(first)[0], day(shifted(first, months, "month"))[0]


def years(year: int, count: int = 1) -> Span:
    """A calendar year, or several from it on."""
    return day(date(year, 1, 1))[0], day(date(year + count, 1, 1))[0]


def season(name: str, year: int) -> Span:
    """A season of the northern hemisphere."""
    return month(year, SEASONS[name], _SEASON_MONTHS)


def part_of_year(year: int, number: int, parts: int) -> Span:
    """The first, second or later of so many equal parts of a calendar year: of 2 a half, of 4 a quarter."""
    months = _MONTHS_A_YEAR // parts
    return month(year, (number - 1) * months + 1, months)


def part(of: date, name: str) -> Span:
    """The morning, afternoon, evening or night of a day."""
    midnight = datetime.combine(of, time())
    first, last = _PARTS[name]
    return midnight + timedelta(hours=first), midnight + timedelta(hours=last)


def around(inside: date, unit: str) -> Span:
    """The calendar unit in which a day lies."""
    spans = {
        "day": lambda: day(inside),
        "week": lambda: week(inside),
        "month": lambda: month(inside.year, inside.month),
        "quarter": lambda: part_of_year(inside.year, (inside.month + 2) // _QUARTER, 4),
        "year": lambda: years(inside.year),
        "decade": lambda: years(inside.year - inside.year % 10, 10),
    }
    return spans[unit]()


def shifted(from_day: date, number: int, unit: str) -> date:
    """The day so many units later, or earlier where the number is negative; 31 January and a month is 28 February."""
    days = {"day": 1, "week": 7}
    if unit in days:
        return from_day + number * days[unit] * _DAY
    months = number * {"month": 1, "quarter": _QUARTER, "year": _MONTHS_A_YEAR, "decade": 10 * _MONTHS_A_YEAR}[unit]
    year, index = divmod(from_day.year * _MONTHS_A_YEAR + from_day.month - 1 + months, _MONTHS_A_YEAR)
    following = date(year + (index + 1) // _MONTHS_A_YEAR, (index + 1) % _MONTHS_A_YEAR + 1, 1)
    last = (following - _DAY).day
    return date(year, index + 1, min(from_day.day, last))


def third(span: Span, number: int) -> Span:
    """The first, second or last third (0, 1, 2) of a span, in whole days where it has so many."""
    start, end = span
    days = (end - start).days
    step = timedelta(days=days // 3) if days > 2 else (end - start) / 3
    return start + number * step, end if number == 2 else start + (number + 1) * step


def last(spans: Iterable[Span], now: datetime) -> Span | None:
    """The latest that is over."""
    return max((span for span in spans if span[1] <= now), default=None)


def coming(spans: Iterable[Span], now: datetime) -> Span | None:
    """The first that has not begun."""
    return min((span for span in spans if span[0] > now), default=None)


def current(spans: Iterable[Span], now: datetime) -> Span | None:
    """The one that runs now."""
    return next((span for span in spans if span[0] <= now < span[1]), None)


def nearest(spans: list[Span], now: datetime, tense: Tense) -> Span | None:
    """The one most likely meant where nothing says which.

    It is the one that runs now; else the tense decides; else it is the last one, unless the coming one is less than
    half as far away.
    """
    running = current(spans, now)
    before, after = last(spans, now), coming(spans, now)
    if running or before is None or after is None:
        return running or before or after
    if tense is Tense.UNKNOWN:
        return after if (after[0] - now) * 2 < now - before[0] else before
    return before if tense is Tense.PAST else after
