"""Dates as precise as they were told: a day, a month or a year is kept and shown as that, and no day is invented.

What is no more precise than a day belongs to no time zone: it is kept as the first midnight of its days in UTC,
whatever the speaker's zone, and shown as it was told whoever asks. A moment with a time of day is a moment of the
world, and is shown in the zone of who asks. Searches read the periods of a question in UTC, and meet such days whole.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

_DAY: Final = timedelta(days=1)
_YEAR: Final = re.compile(r"[0-9]{4}")
_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})")
_WEEK_OF_YEAR: Final = re.compile(r"([0-9]{4})-?W([0-9]{2})")
_QUARTER: Final = re.compile(r"([0-9]{4})-?Q([1-4])")
_SEASONS: Final = {3: "spring", 6: "summer", 9: "autumn", 12: "winter"}  # of the northern hemisphere, by first month
_QUARTER_MONTHS: Final = 3


class Precision(StrEnum):
    """How much was told of a date; `time` is a moment of the world, the others are days of the calendar."""

    TIME = "time"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    SEASON = "season"
    QUARTER = "quarter"
    YEAR = "year"
    DECADE = "decade"


@dataclass(frozen=True, slots=True)
class Dated:
    """A date and how much of it was told; unless that is a time of day, `at` is midnight in UTC of the first day."""

    at: datetime
    precision: Precision


def calendar(first: date, precision: Precision) -> Dated:
    """The day, or what begins with it."""
    return Dated(datetime.combine(first, time(), UTC), precision)


def from_iso(text: str, zone: ZoneInfo) -> Dated | None:
    """What is written as ISO 8601: a time, a day, a week (2024-W20), a month, a year, or a quarter (2024-Q2).

    A time without an offset is one of the zone. None where it is no date.
    """
    text = text.strip()
    try:
        found = _calendar_unit(text) or _moment(text, zone)
    except (ValueError, OverflowError):
        return None
    return found if found.at.year > 1 else None  # the first year has no room for the zones


def _calendar_unit(text: str) -> Dated | None:
    if _YEAR.fullmatch(text):
        return calendar(date(int(text), 1, 1), Precision.YEAR)
    if found := _MONTH.fullmatch(text):
        return calendar(date(int(found[1]), int(found[2]), 1), Precision.MONTH)
    if found := _WEEK_OF_YEAR.fullmatch(text):
        return calendar(date.fromisocalendar(int(found[1]), int(found[2]), 1), Precision.WEEK)
    if found := _QUARTER.fullmatch(text):
        return calendar(date(int(found[1]), int(found[2]) * _QUARTER_MONTHS - 2, 1), Precision.QUARTER)
    return None


def _moment(text: str, zone: ZoneInfo) -> Dated:
    try:
        return calendar(date.fromisoformat(text), Precision.DAY)
    except ValueError:
        found = datetime.fromisoformat(text)
    return Dated((found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC), Precision.TIME)


def from_span(start: datetime, end: datetime) -> Dated | None:
    """What a span of local time was told as: the smallest unit of the calendar that holds it.

    "Early May" is in May, a morning on its day. None where it is longer than any, or ends in the middle of a day that
    it does not begin on, as "the last three days" do.
    """
    first, last = start.date(), (end - timedelta(microseconds=1)).date()
    if first == last or end - start < _DAY:  # a night belongs to its evening
        return calendar(first, Precision.DAY)
    if end.time() != time() or start.time() != time():
        return None
    for precision, same in _UNITS:
        if same(first, last):
            return calendar(first, precision)
    return None


def _same_month(first: date, last: date) -> bool:
    return (first.year, first.month) == (last.year, last.month)


def _a_quarter(first: date, last: date) -> bool:
    return _months(first, last) == _QUARTER_MONTHS and first.month % _QUARTER_MONTHS == 1


def _a_season(first: date, last: date) -> bool:
    return _months(first, last) == _QUARTER_MONTHS and first.month in _SEASONS


def _months(first: date, last: date) -> int | None:
    """How many whole months; None where they are not whole."""
    if first.day > 1 or (last + _DAY).day > 1:
        return None
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _same_week(first: date, last: date) -> bool:
    return first.isocalendar()[:2] == last.isocalendar()[:2]


def _same_year(first: date, last: date) -> bool:
    return first.year == last.year


def _same_decade(first: date, last: date) -> bool:
    return first.year // 10 == last.year // 10


_UNITS: Final = (
    (Precision.WEEK, _same_week),
    (Precision.MONTH, _same_month),
    (Precision.SEASON, _a_season),
    (Precision.QUARTER, _a_quarter),
    (Precision.YEAR, _same_year),
    (Precision.DECADE, _same_decade),
)


def shown(at: datetime, precision: Precision | None, zone: ZoneInfo) -> str:
    """A date in words, no more of it than was told; where nothing is known of that it is a moment."""
    if precision in (None, Precision.TIME):
        local = at.astimezone(zone)
        return f"{local.day} {local:%B} {local.year}"
    day = at.astimezone(UTC)
    week_year, week, _ = day.isocalendar()
    return {
        Precision.DAY: f"{day.day} {day:%B} {day.year}",
        Precision.WEEK: f"week {week} of {week_year}",
        Precision.MONTH: f"{day:%B} {day.year}",
        Precision.SEASON: f"{_SEASONS.get(day.month, 'the season of ' + format(day, '%B'))} {day.year}",
        Precision.QUARTER: f"Q{(day.month + 2) // _QUARTER_MONTHS} {day.year}",
        Precision.YEAR: f"{day.year}",
        Precision.DECADE: f"the {day.year // 10 * 10}s",
    }[precision]


def placed(at: datetime, precision: Precision | None, zone: ZoneInfo) -> str:
    """The date as when something happened: "on 3 May 2024", "in May 2024"."""
    on = precision in (None, Precision.TIME, Precision.DAY)
    return f"{'on' if on else 'in'} {shown(at, precision, zone)}"
