"""What each expression means at the moment it was said."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from cairn.language.periods import expressions as say
from cairn.language.periods import spans
from cairn.language.periods.spans import Span, Tense

# How much of a sentence is looked at for its tense; also keeps a text without full stops from taking quadratic time.
_BEFORE_TENSE: Final = 120
_AFTER_TENSE: Final = 80
_CLAUSE_END: Final = re.compile(r"[.!?;](?=\s|$)|\n")
_DAY: Final = timedelta(days=1)
_LEAP_YEARS: Final = 8  # at most so many years lie between two 29ths of February
_VERBS: Final = ("may", "march")
_WHOLE: Final = ("may", "june", "july")  # as short as an abbreviation, and none
_PAST: Final = ("last", "past", "this past")
_COMING: Final = ("next", "coming", "this coming")
# Where an expression that opens with a preposition begins to name its period.
_CORES: Final = (
    "which",
    "quarter_said",
    "ordinal",
    "day",
    "month",
    "season",
    "weekday",
    "year",
    "century",
    "short",
    "word",
)


def sentence_around(match: re.Match[str]) -> str:
    """The sentence that a match stands in, as far as it is looked at, without the match itself."""
    lowered, start, end = match.string, match.start(), match.end()
    before = _CLAUSE_END.split(lowered[max(0, start - _BEFORE_TENSE) : start])[-1]
    return before + " … " + _CLAUSE_END.split(lowered[end : end + _AFTER_TENSE])[0]


def tense_around(match: re.Match[str]) -> Tense:
    """What the words of the sentence around a match say."""
    sentence = sentence_around(match)
    if say.FUTURE.search(sentence):
        return Tense.FUTURE
    return Tense.PAST if say.PAST.search(sentence) else Tense.UNKNOWN


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression in its text, and when it was said, in local time."""

    rule: str
    match: re.Match[str]
    text: str
    now: datetime

    def group(self, name: str) -> str | None:
        """What a part of the expression says; None where it is absent or the rule has no such part."""
        return self.match[name] if name in self.match.re.groupindex else None

    def number(self, name: str) -> int | None:
        """A part that is digits or a word for a number."""
        said = self.group(name)
        return None if said is None else say.NUMBERS.get(said) or int(said)

    def is_capital(self, name: str) -> bool:
        """Whether a part was written with a capital."""
        return self.text[self.match.start(name)].isupper()

    @property
    def today(self) -> date:
        """The day on which it was said."""
        return self.now.date()

    @property
    def before(self) -> re.Match[str] | None:
        """The words right before it that change its meaning."""
        begin = min((self.match.start(name) for name in _CORES if self.group(name)), default=self.match.start())
        return say.BEFORE.search(self.match.string, max(0, begin - say.BEFORE_LENGTH), begin)

    @property
    def tense(self) -> Tense:
        """What the words of the sentence around it say."""
        return tense_around(self.match)

    def chosen(self, candidates: list[Span]) -> Span | None:
        """The candidate that "last" or "next" says, else the nearest in the tense of the sentence."""
        which = self.group("which")
        if which in _PAST:
            return spans.last(candidates, self.now)
        if which in _COMING:
            return spans.coming(candidates, self.now)
        before = self.before
        return spans.nearest(candidates, self.now, Tense.PAST if before and before["since"] else self.tense)


@dataclass(frozen=True, slots=True)
class Read:
    """What an expression means: its local period, where it begins in the text, and what it names.

    That is another period than the one meant where something goes on `since` then.
    """

    span: Span
    begin: int
    named: Span
    since: bool = False


def read(expression: Expression) -> Read | None:
    """What an expression means; None where it is no date after all.

    Raises:
        ValueError, OverflowError: there is no such day.
    """
    before = expression.before
    if before and before["apart"]:
        return None
    span = _READERS[expression.rule](expression)
    if span is None:
        return None
    if before is None or before["rate"]:
        return Read(span, expression.match.start(), span)
    changed = _changed(span, before, expression.now)
    since = bool(before["since"])
    return Read(changed, min(before.start(), expression.match.start()), span if since else changed, since)


def _changed(span: Span, before: re.Match[str], now: datetime) -> Span:
    start, end = span
    if before["since"]:
        return start, now
    if before["so_far"] or before["rest"]:
        runs = start < now < end
        return span if not runs else ((start, now) if before["so_far"] else (now, end))
    if end - start <= _DAY:
        return span
    return spans.third(span, 0 if before["first"] else 1 if before["second"] else 2)


def _iso(expression: Expression) -> Span | None:
    return spans.day(date(int(expression.match["year"]), int(expression.match["month"]), int(expression.match["day"])))


def _month(expression: Expression) -> Span | None:
    number, day, year = say.MONTHS[expression.match["month"]], expression.number("day"), expression.number("year")
    if not _names_a_month(expression, day, year):
        return None
    if day and year:
        return spans.day(date(year, number, day))
    if year:
        return spans.month(year, number)
    this_year = expression.now.year
    if day:
        around = range(this_year - _LEAP_YEARS, this_year + _LEAP_YEARS + 1)
        return expression.chosen(
            [spans.day(found) for some_year in around if (found := _valid(some_year, number, day))]
        )
    if expression.group("which") == "this":
        return spans.month(this_year, number)
    return expression.chosen([spans.month(some_year, number) for some_year in range(this_year - 1, this_year + 2)])


def _names_a_month(expression: Expression, day: int | None, year: int | None) -> bool:
    """Say whether it is a month and no verb ("I may"), no name ("Jan") and no count ("march 20 miles")."""
    name, qualified = expression.match["month"], expression.group("lead") or expression.group("which")
    if say.COUNTED.match(expression.match.string, expression.match.end()):
        return False
    if not (day or year or qualified):
        return False
    if expression.is_capital("month") or (day and year):
        return True
    is_abbreviated = len(name) <= len("sept") and name not in _WHOLE
    return name not in _VERBS and (not is_abbreviated or bool(day or year))


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _season(expression: Expression) -> Span | None:
    name, year, this_year = expression.match["season"], expression.number("year"), expression.now.year
    if year:
        return spans.season(name, year)
    if expression.group("lead") is None and expression.group("which") is None:
        return None
    candidates = [spans.season(name, some_year) for some_year in range(this_year - 2, this_year + 2)]
    if expression.group("which") == "this":
        return spans.current(candidates, expression.now) or spans.season(name, this_year)
    return expression.chosen(candidates)


def _part_of_year(expression: Expression) -> Span | None:
    """A quarter or a half by its number; a quarter without its year only after a word that makes it one."""
    quarter, half, year = expression.number("quarter"), expression.number("half"), expression.number("year")
    ordinal = expression.group("ordinal")
    if ordinal:
        number = say.ORDINALS[ordinal] or (4 if expression.group("of_four") else 2)
        quarter, half = (number, None) if expression.group("of_four") else (None, number)
    if half:
        return spans.part_of_year(year, half, 2) if year and half <= 2 else None
    if quarter is None:
        return None
    if year:
        return spans.part_of_year(year, quarter, 4)
    qualified = expression.group("lead") or expression.group("which")
    if not qualified or not expression.is_capital("quarter_said"):
        return None
    this_year = expression.now.year
    return expression.chosen([spans.part_of_year(some, quarter, 4) for some in range(this_year - 2, this_year + 2)])


def _weekend(expression: Expression) -> Span | None:
    return expression.chosen([spans.weekend(expression.today + weeks * 7 * _DAY) for weeks in (-1, 0, 1)])


def _part(expression: Expression) -> Span | None:
    is_last, part = expression.match["which"] == "last", expression.match["part"]
    if is_last and part not in ("night", "evening"):
        return None
    return spans.part(expression.today - is_last * _DAY, part)


def _unit(expression: Expression) -> Span | None:
    which, unit, number = expression.match["which"], expression.group("unit"), expression.number("number")
    if unit is None:
        return _named_weekend(expression, which)
    if number is None and (
        expression.group("plural") or unit == "day" or (expression.group("the") and which in _COMING)
    ):
        return None  # "the next day" hangs on another one
    if number is None and which not in ("past", "this past"):
        return spans.around(spans.shifted(expression.today, _steps(which), unit), unit)
    far = spans.shifted(expression.today, _steps(which) * (number or 1), unit)
    if which in _PAST:
        return spans.day(far)[0], expression.now
    return (expression.now, spans.day(far)[1]) if which in _COMING else None


def _steps(which: str) -> int:
    return -1 if which in _PAST else 1 if which in _COMING else 0


def _named_weekend(expression: Expression, which: str) -> Span | None:
    if which in ("this", "next"):
        return spans.weekend(expression.today + _steps(which) * 7 * _DAY)
    return _weekend(expression)


def _weekday(expression: Expression) -> Span | None:
    name, week, part = expression.match["weekday"], expression.group("week"), expression.group("part")
    if not name.endswith("day") and not expression.is_capital("weekday"):
        return None  # "this sat well", "on sun and rain"
    number = say.WEEKDAYS[name]
    monday = expression.today - expression.today.weekday() * _DAY
    if week or expression.group("which") == "this":
        day = monday + (7 * _steps(week or "this") + number) * _DAY
        return spans.part(day, part) if part else spans.day(day)
    chosen = expression.chosen([spans.day(monday + (7 * weeks + number) * _DAY) for weeks in (-2, -1, 0, 1, 2)])
    return spans.part(chosen[0].date(), part) if chosen and part else chosen


def _near(expression: Expression) -> Span | None:
    other, name, part = expression.group("other"), expression.group("name"), expression.group("part")
    if other:
        return spans.day(expression.today + (-2 if other.startswith("before") else 2) * _DAY)
    day = expression.today + {"yesterday": -1, "tomorrow": 1}.get(str(name), 0) * _DAY
    if name == "tonight":
        part = "night"
    return spans.part(day, part) if part else spans.day(day)


def _ago(expression: Expression) -> Span | None:
    return _away(expression, -1)


def _ahead(expression: Expression) -> Span | None:
    before, tense = expression.before, expression.tense
    # "I read it in two days" and "twice in a week" are durations.
    is_rate = bool(before and before["rate"]) or expression.match["number"] in ("a", "an")
    return None if tense is Tense.PAST or (is_rate and tense is not Tense.FUTURE) else _from_now(expression)


def _from_now(expression: Expression) -> Span | None:
    return _away(expression, 1)


def _away(expression: Expression, direction: int) -> Span | None:
    unit, number = expression.match["unit"], expression.number("number") or 0
    return spans.around(spans.shifted(expression.today, direction * number, unit), unit)


def _decade(expression: Expression) -> Span | None:
    century, short, word = expression.number("century") or 19, expression.number("short"), expression.group("word")
    tens = short or expression.number("tens") or 0
    return spans.years(century * 100 + (say.DECADES[word] if word else tens), 10)


def _year(expression: Expression) -> Span | None:
    year, end = int(expression.match["year"]), expression.match.end()
    is_round = year % 10 == 0
    if say.COUNTED.match(expression.match.string, end) or (is_round and say.PLURAL.match(expression.text, end)):
        return None
    return spans.years(year)


_READERS: Final[dict[str, Callable[[Expression], Span | None]]] = {
    "iso": _iso,
    "day_month": _month,
    "month": _month,
    "quarter": _part_of_year,
    "year_quarter": _part_of_year,
    "nth": _part_of_year,
    "season": _season,
    "weekend": _weekend,
    "part": _part,
    "unit": _unit,
    "weekday": _weekday,
    "near": _near,
    "ago": _ago,
    "ahead": _ahead,
    "from_now": _from_now,
    "decade": _decade,
    "year": _year,
}
