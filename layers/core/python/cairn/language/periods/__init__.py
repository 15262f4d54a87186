"""Dates and periods in a text, as the speaker meant them at the moment of speaking.

Rules of our own: dateparser.search takes ten to thirty times as long, gives moments where periods are meant, and finds
dates in "may", "we", "sat" and plain numbers.

What is not plain stays unread: no holidays, no 3/4/2024, nothing that hangs on another date ("two days later", "before
her birthday", "after 3 March"), nothing vague ("a few weeks ago"). A range is one period: "from 3 March to 5 March"
lasts from the first day to the end of the last.

A week runs from Monday to Sunday, seasons are those of the northern hemisphere, "next Friday" is the first one after
today. "Two weeks ago" is the week of that day, "two months ago" that month, and "since 2019" reaches until the
reference. A date without its year, "in May" and "on Friday" are chosen by the tense of their sentence, else by
nearness, where the past counts for more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from string import ascii_lowercase, ascii_uppercase
from typing import Final
from zoneinfo import ZoneInfo

from cairn.language.dated import Dated, Precision, from_span
from cairn.language.periods import expressions as say
from cairn.language.periods.abroad import in_english, longest, lower
from cairn.language.periods.ranges import joined
from cairn.language.periods.reading import Expression, read

__all__ = ["Period", "asked_for", "periods"]

_EVER: Final = (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))
_GAP: Final = "…"  # no letter and no blank: nothing is read across it
_BOUNDS: Final = ("before", "after", "until")
_BOUND: Final = re.compile(r"\b(?P<side>before|until|till|after)\s(?:the\s)?")
_RANGE: Final = re.compile(
    r"\b(?:between|from)\s(?P<first>[a-z0-9 .,-]{3,30}?)\s(?:and|to|until|till|through)\s(?P<last>[a-z0-9 .,-]{3,30})"
)
_YEAR: Final = re.compile(r"\b(?:19|20)[0-9]{2}\b")
_DECADE: Final = 10  # years
_LOWER: Final = str.maketrans(ascii_uppercase, ascii_lowercase)


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time that a text names: from `start` up to, not including, `end`; both in UTC.

    `text[text_span[0]:text_span[1]]` is the expression. `told` is what of the calendar it was told as: of a range of
    years its first date, None where it is no unit of it, as "the last three days". With `since` it is when something
    that goes on began.
    """

    start: datetime
    end: datetime
    text_span: tuple[int, int]
    told: Dated | None = None
    since: bool = False


def periods(text: str, reference: datetime, timezone: ZoneInfo) -> list[Period]:
    """Read the dates and periods of a text, in the order of their mention.

    Args:
        text: what was said or asked.
        reference: when it was said; aware.
        timezone: in which the speaker's days begin and end.
    """
    ranges, rest = _apart(text, reference, timezone)
    found = [*ranges, *_found(rest, in_english(rest), reference, timezone)]
    return sorted(found, key=lambda period: period.text_span)


def asked_for(text: str, reference: datetime, timezone: ZoneInfo) -> list[Period]:
    """The periods that a question is about: as `periods`, and what lies before, after or between the dates it names."""
    ranges, rest = _apart(text, reference, timezone)
    between = [] if ranges else _between(text, reference, timezone)
    if between:
        return between
    abroad, bounds = in_english(rest), _bounds(rest, reference, timezone)
    for said, span in abroad:
        bounds += [replace(period, text_span=span) for period in _bounds(said, reference, timezone)]
    return ranges + _found(rest, abroad, reference, timezone) + bounds


def _apart(text: str, reference: datetime, timezone: ZoneInfo) -> tuple[list[Period], str]:
    """The ranges of a text, each one period, and the text without them, as long as it was."""
    found, rest, end = list[Period](), list[str](), 0
    for each in joined(lower(text), reference.astimezone(timezone).replace(tzinfo=None)):
        start, stop = (_in_utc(moment, timezone) for moment in each.span)
        begin, after = each.place
        found.append(Period(start, stop, (begin, after), _told(*each.span) or (each.first and from_span(*each.first))))
        rest += [text[end:begin], _GAP * (after - begin)]
        end = after
    return found, "".join([*rest, text[end:]])


def _found(
    text: str, abroad: list[tuple[str, tuple[int, int]]], reference: datetime, timezone: ZoneInfo
) -> list[Period]:
    """The longest reading of each place; what is only a bound, as "before April", is no reading of its date."""
    own = _read(text, reference, timezone)
    found: list[tuple[Period | None, tuple[int, int]]] = [(period, period.text_span) for period in own]
    for said, span in abroad:
        read = _read(said, reference, timezone)
        if read or said.startswith(_BOUNDS):
            found.append((replace(read[0], text_span=span) if read else None, span))
    return [period for period, _ in longest(found, lambda each: each[1]) if period]


def _between(text: str, reference: datetime, timezone: ZoneInfo) -> list[Period]:
    """The one period from the first date of a range to its last; a year that stands at the end is that of both."""
    match = _RANGE.search(text.translate(_LOWER))
    if match is None:
        return []
    first, last = (text[match.start(name) : match.end(name)] for name in ("first", "last"))
    year = _YEAR.search(last)
    if year and not _YEAR.search(first):
        first += " " + year.group()
    begun, ended = (_read("in " + said, reference, timezone) for said in (first, last))
    if not begun or not ended or begun[0].start >= ended[0].end:
        return []
    return [Period(begun[0].start, ended[0].end, match.span())]


def _bounds(text: str, reference: datetime, timezone: ZoneInfo) -> list[Period]:
    """What is asked about before or after a date, which has only one end."""
    lowered, found = text.translate(_LOWER), list[Period]()
    for match in _BOUND.finditer(lowered):
        for period in _read("in " + text[match.end() : match.end() + 40], reference, timezone)[:1]:
            if period.text_span[0] <= len("in "):
                after = match["side"] == "after"
                start, end = (period.end, _EVER[1]) if after else (_EVER[0], period.start)
                found.append(Period(start, end, match.span()))
    return found


def _told(start: datetime, end: datetime) -> Dated | None:
    """What of the calendar a range was told as: the least that holds it, though no decade for a few years.

    Where there is none, as of 2015 to 2019, it is told by its first date.
    """
    told = from_span(start, end)
    return told if told and (told.precision is not Precision.DECADE or end.year - start.year == _DECADE) else None


def _read(text: str, reference: datetime, timezone: ZoneInfo) -> list[Period]:
    now = reference.astimezone(timezone).replace(tzinfo=None)
    # Not lower(), which can change the length.
    lowered = text.translate(_LOWER)
    found: list[Period] = []
    for match in say.SCANNER.finditer(lowered):
        rule = str(match.lastgroup)
        exact = say.PATTERNS[rule].match(lowered, match.start())
        if exact is None:
            continue
        try:
            period = _period(Expression(rule, exact, text, now), timezone)
        except (ValueError, OverflowError):
            continue  # no such day: 31 February, or 9,000 years ago
        if period is not None and period.start < period.end:
            found.append(period)
    return found


def _period(expression: Expression, timezone: ZoneInfo) -> Period | None:
    known = read(expression)
    if known is None:
        return None
    start, end = known.span
    # The dot of "in Dec." is as often that of the sentence.
    last = expression.match.start() + len(expression.match.group().rstrip("."))
    span = (known.begin, last)
    return Period(_in_utc(start, timezone), _in_utc(end, timezone), span, from_span(*known.named), known.since)


def _in_utc(moment: datetime, timezone: ZoneInfo) -> datetime:
    return moment.replace(tzinfo=timezone).astimezone(UTC)
