"""Ranges, from one date to another, as one period; of two dates that share a month or a year one may leave it out."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from cairn.language.periods import expressions as say
from cairn.language.periods import spans
from cairn.language.periods.abroad import BEGIN, END, MONTH_OF, NUMBERED, NUMBERED_LENGTH
from cairn.language.periods.reading import sentence_around, tense_around
from cairn.language.periods.spans import Span, Tense
from cairn.language.scripts import DENSE

_MONTHS: Final = say.MONTHS | {name: say.MONTHS[month.lower()] for name, month in MONTH_OF.items()}
_S: Final = r"[ \u00a0]{1,2}"
_YEAR: Final = r"(?:19|20)[0-9]{2}"
_DAY: Final = r"[0-3]?[0-9]"
_TH: Final = r"(?:\.|st|nd|rd|th|er|º)?"
_NAMES: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAYS: Final = "|".join(name for name in say.WEEKDAYS if name.endswith("day"))
_OF: Final = rf"(?:,?{_S}|,)(?:(?:of|de|del|di|du|do){_S})?"
_ARTICLE: Final = (
    rf"(?:(?:the|el|le|la|il|o|dem|den|zum|der|año|ano|anno|jahr|tahun|năm|ngày|το|τον|ปี|year){_S}){{0,2}}"
)
_BETWEEN: Final = "between|zwischen|entre|tra|fra|tussen|mellan|mellem|między|mezi|между|між|antara|giữa|بين|בין|μεταξύ"
_FROM: Final = "from|von|vom|de|du|del|desde|depuis|dal?|van|från|od|с|со|з|від|dari|từ|من|από|ab|vuodesta"
_AND: Final = "and|und|y|et|e|en|och|og|a|i|и|і|та|dan|và|و|και"
_TO: Final = (
    "to|until|till|through|thru|bis|à|au|jusqu['’](?:en|à|au)|al|hasta|até|ao|fino al?|tot en met|tot|t/m|til|do|по|до|"
    "sampai|hingga|đến|tới|إلى|حتى|έως|μέχρι|ως|vuoteen"
)


def _date(p: str) -> str:
    """A date whose groups end in `p`; a day, a month or a year may be all of it."""
    return (
        rf"(?:(?P<number{p}>{_DAY})\.(?P<dotted{p}>[01]?[0-9])\.(?P<of{p}>{_YEAR})?|"
        rf"(?P<iso{p}>{_YEAR})-(?P<isomonth{p}>[01][0-9])-(?P<isoday{p}>[0-3][0-9])|"
        rf"(?:(?P<asian{p}>{_YEAR})[年년][ ]?)?(?P<asianmonth{p}>[01]?[0-9])[月월]|(?P<asianyear{p}>{_YEAR})[年년]|"
        rf"(?:(?P<before{p}>{_DAY}){_TH}{_S}(?:(?:of|de|di){_S})?)?(?P<month{p}>{_NAMES}){END}\.?"
        rf"(?:{_S}(?P<after{p}>{_DAY}){_TH}(?![\w:]))?(?:{_OF}(?P<year{p}>{_YEAR}))?|"
        rf"(?P<only{p}>{_YEAR})|(?P<day{p}>{_DAY}){_TH}(?:,{_S}(?P<ofday{p}>{_YEAR}))?|(?P<weekday{p}>{_WEEKDAYS})\b)"
    )


_RANGE: Final = re.compile(
    rf"{BEGIN}(?<![$€£#§+/.,:–—-])(?<![0-9][ ])"
    rf"(?:(?:(?P<between>{_BETWEEN})|(?P<from>{_FROM})){_S}{_ARTICLE}|[自从從])?{_date('1')}"
    rf"(?:{_S}(?:(?P<and>{_AND})|(?P<to>{_TO})){_S}{_ARTICLE}|\s?[–—~〜-]\s?|[至到]|から|부터{_S}|['’][dt][ae]n{_S}|{_S}से{_S}|-t[őó]l{_S}){_date('2')}(?:-ig\b)?"
    rf"(?![^\W{DENSE}]|[%€$£°]|[.,:/–—-][0-9]|[–—-]\w)"
)
# A week by its number, as ISO 8601 counts them.
_WEEK: Final = re.compile(
    rf"{BEGIN}(?:(?P<year>{_YEAR})-w(?P<week>[0-5][0-9])|"
    rf"(?:week|kw|kalenderwoche|semaine|semana|settimana|vecka|uge|uke|viikko|tydzień|týden|неделя){_S}(?P<number>[0-5]?[0-9])"
    rf"(?:,?{_S}(?:(?:of|de|del|di|do|von|i|in){_S})?|/)(?P<of>{_YEAR})){END}"
)
# What stands before two years that are a number of something.
_OF_SOMETHING: Final = re.compile(
    r"\b(?:call|number|no|nr|code|pin|order|invoice|ticket|scored?|won|lost|room|isbn)\.?:?\s$"
)
# "I work from Monday to Friday" tells of every week.
_HABIT: Final = re.compile(
    r"\b(?:works?|open|closed|usually|always|normally|every|each|available|hours|daily|weekly)\b"
)


@dataclass(frozen=True, slots=True)
class _Date:
    """What was said of a date; what was not is None."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None

    @property
    def is_bare(self) -> bool:
        """Whether it is a day and nothing else."""
        return self.day is not None and self.month is None

    @property
    def span(self) -> Span:
        """The day, month or year; raises a ValueError where there is no such day."""
        year = self.year or 1
        if self.day:
            return spans.day(date(year, self.month or 1, self.day))
        return spans.month(year, self.month) if self.month else spans.years(year)


@dataclass(frozen=True, slots=True)
class Range:
    """A range as a local period, its first date as one, and where it stands in the text."""

    span: Span
    first: Span | None
    place: tuple[int, int]


def joined(lowered: str, now: datetime) -> list[Range]:
    """The ranges of a text, in the order of their mention.

    The text is as `abroad.lower` makes it; `now` is when it was said, in local time.
    """
    found = list[Range]()
    for match in _RANGE.finditer(lowered):
        try:
            span = _span(match, now) if _is_range(match) else None
            first = _first(match) if span else None
        except (ValueError, OverflowError):
            continue  # no such day
        if span and span[0] < span[1]:
            found.append(Range(span, first, match.span()))
    for match in _WEEK.finditer(lowered):
        year, week = (int(match[name] or match[other]) for name, other in (("year", "of"), ("week", "number")))
        with suppress(ValueError, OverflowError):  # no such week
            found.append(Range(spans.day(date.fromisocalendar(year, week, 1), 7), None, match.span()))
    return sorted(found, key=lambda each: each.place)


def _first(match: re.Match[str]) -> Span | None:
    """The day, month or year that a range begins with, where its year was told."""
    first, _ = _of_one_year(*_shared(_said(match, "1"), _said(match, "2")))
    return first.span if first.year else None


def _is_range(match: re.Match[str]) -> bool:
    """Whether its words belong together; without them two years are often a number of something."""
    word, opened = match["and"], match["between"] or match["from"]
    if word and not (match["between"] or (opened and word == "a")):
        return False
    text, start, end = match.string, match.start(), match.end()
    begin = max(0, start - NUMBERED_LENGTH)
    is_number = NUMBERED.search(text, begin, start) or _OF_SOMETHING.search(text, begin, start)
    return bool(opened) or text[end - 1] in "年년" or not is_number


def _span(match: re.Match[str], now: datetime) -> Span | None:
    first, last = _said(match, "1"), _said(match, "2")
    if first.weekday is not None or last.weekday is not None:
        return _weekdays(first, last, match, now)
    first, last = _shared(first, last)
    if first.is_bare or last.is_bare or _is_count(first, last, match):
        return None
    if first.year is None and last.year is None:
        if not (match["between"] or match["from"] or (first.day and last.day)):
            return None
        return _nearest(first, last, now, tense_around(match))
    first, last = _of_one_year(first, last)
    if first.year is None or last.year is None:
        return None
    begun, ended = first.span, last.span
    return (begun[0], ended[1]) if begun[0] < ended[0] else None


def _said(match: re.Match[str], which: str) -> _Date:
    part = {name.removesuffix(which): said for name, said in match.groupdict().items() if name.endswith(which)}
    if part["weekday"]:
        return _Date(weekday=say.WEEKDAYS[part["weekday"]])
    year = next(
        (part[name] for name in ("of", "iso", "asian", "asianyear", "year", "only", "ofday") if part[name]), None
    )
    day = next((part[name] for name in ("number", "isoday", "before", "after", "day") if part[name]), None)
    number = next((part[name] for name in ("dotted", "isomonth", "asianmonth") if part[name]), None)
    month = _MONTHS[part["month"]] if part["month"] else number and int(number)
    return _Date(year and int(year), month, day and int(day))  # pyright: ignore


def _shared(first: _Date, last: _Date) -> tuple[_Date, _Date]:
    """A day that stands alone is of the other's month: "3 to 7 May", "May 3 to 7"."""
    if first.is_bare and last.month and last.day:
        return replace(first, month=last.month, year=last.year), last
    if last.is_bare and first.month and first.day:
        return first, replace(last, month=first.month, year=last.year or first.year)
    return first, last


def _of_one_year(first: _Date, last: _Date) -> tuple[_Date, _Date]:
    """The year is told once where both are of it: "March to May 2021", "November 2020 to March"."""
    if first.year is None and first.month and last.year and last.month:
        return replace(first, year=last.year - (_order(first) > _order(last))), last
    if last.year is None and last.month and first.year and first.month:
        return first, replace(last, year=first.year + (_order(first) > _order(last)))
    return first, last


def _order(said: _Date) -> tuple[int, int]:
    return said.month or 0, said.day or 0


def _is_count(first: _Date, last: _Date, match: re.Match[str]) -> bool:
    """Whether both are numbers of something: "from 2000 to 2020 steps"."""
    if first.month or last.month or first.year is None or last.year is None:
        return False
    is_round = first.year % 10 == last.year % 10 == 0
    text, end = match.string, match.end()
    return bool(say.COUNTED.match(text, end) or (is_round and say.PLURAL.match(text, end)))


def _nearest(first: _Date, last: _Date, now: datetime, tense: Tense) -> Span | None:
    candidates = list[Span]()
    for year in range(now.year - 1, now.year + 2):
        begun, ended = replace(first, year=year), replace(last, year=year + (_order(first) > _order(last)))
        candidates.append((begun.span[0], ended.span[1]))
    return spans.nearest(candidates, now, tense)


def _weekdays(first: _Date, last: _Date, match: re.Match[str], now: datetime) -> Span | None:
    if first.weekday is None or last.weekday is None or not (match["between"] or match["from"]):
        return None
    tense = tense_around(match)
    if tense is Tense.UNKNOWN and _HABIT.search(sentence_around(match)):
        return None
    monday, days = now.date() - timedelta(now.weekday()), (last.weekday - first.weekday) % 7 + 1
    starts = [monday + timedelta(7 * weeks + first.weekday) for weeks in (-2, -1, 0, 1)]
    candidates = [spans.day(start, days) for start in starts]
    if tense is Tense.UNKNOWN:
        return spans.nearest(candidates, now, tense)
    return spans.last(candidates, now) if tense is Tense.PAST else spans.coming(candidates, now)
