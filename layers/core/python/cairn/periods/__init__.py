"""English dates and periods in a text, as the speaker meant them at the moment of speaking.

Rules of our own: dateparser.search takes ten to thirty times as long, gives moments where periods are meant, and finds
dates in "may", "we", "sat" and plain numbers.

What is not plain stays unread: no holidays, no 3/4/2024, nothing that hangs on another date ("two days later", "before
her birthday", "after 3 March"), nothing vague ("a few weeks ago"). Ranges are not joined: of "from 3 March to 5 March"
both days are read.

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

from cairn.language.dated import Dated, from_span
from cairn.periods import expressions as say
from cairn.periods.abroad import in_english
from cairn.periods.reading import Expression, read

__all__ = ["Period", "asked", "periods"]

_EVER: Final = (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))
_BOUND: Final = re.compile(r"\b(?P<side>before|until|till|after)\s(?:the\s)?")
_RANGE: Final = re.compile(
    r"\b(?:between|from)\s(?P<first>[a-z0-9 .,-]{3,30}?)\s(?:and|to|until|till|through)\s(?P<last>[a-z0-9 .,-]{3,30})"
)
_YEAR: Final = re.compile(r"\b(?:19|20)[0-9]{2}\b")

_LOWER: Final = str.maketrans(ascii_uppercase, ascii_lowercase)


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time that a text names: from `start` up to, not including, `end`; both in UTC.

    `text[text_span[0]:text_span[1]]` is the expression. `told` is what of the calendar it was told as, None
    where it is no unit of it, as "the last three days"; with `since` it is when something that goes on began.
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
    own = _read(text, reference, timezone)
    abroad = [
        replace(period, text_span=span)
        for said, span in in_english(text)
        for period in _read(said, reference, timezone)[:1]
        if not any(p.text_span[0] < span[1] and span[0] < p.text_span[1] for p in own)
    ]
    return sorted([*own, *abroad], key=lambda period: period.text_span)


def asked(text: str, reference: datetime, timezone: ZoneInfo) -> list[Period]:
    """The periods that a question is about: as `periods`, and what lies before, after or between the dates it names."""
    between = _between(text, reference, timezone)
    if between:
        return between
    bounds = _bounds(text, reference, timezone)
    for said, span in in_english(text):
        bounds += [replace(period, text_span=span) for period in _bounds(said, reference, timezone)]
    return periods(text, reference, timezone) + bounds


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
