"""The expressions that are read as dates and periods, and what makes each of them one.

Patterns see the text in ASCII lower case, of the same length. One pass over the text finds them all.
"""

from __future__ import annotations

import re
from typing import Final

MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        1,
    )
    for name in names.split()
}
WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        (
            "monday mon",
            "tuesday tues tue",
            "wednesday wed",
            "thursday thurs thur thu",
            "friday fri",
            "saturday sat",
            "sunday sun",
        )
    )
    for name in names.split()
}
NUMBERS: Final = {
    "a": 1,
    "an": 1,
    "a couple of": 2,
    "couple of": 2,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    **{
        word: number
        for number, word in enumerate(
            "one two three four five six seven eight nine ten eleven twelve".split(),  # noqa: SIM905
            1,
        )
    },
}
# Where it is 0 it is the last of however many there are.
ORDINALS: Final = {
    **{
        word: number
        for number, words in enumerate(("first 1st", "second 2nd", "third 3rd", "fourth 4th"), 1)
        for word in words.split()
    },
    "last": 0,
    "final": 0,
}
DECADES: Final = {"fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80, "nineties": 90}

_S: Final = r"\s{1,3}"
_MONTH: Final = rf"(?P<month>{'|'.join(MONTHS)})\b\.?"
_YEAR: Final = r"(?P<year>(?:19|20)[0-9]{2})(?![\w%€$£°]|[.,:/–-][0-9])"
_DAY: Final = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?(?![\w%€$£°]|[.:/–-][0-9]|,(?!(?:19|20)[0-9]{2}\b)[0-9])"
_NUMBER: Final = rf"(?P<number>[0-9]{{1,4}}|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
_UNIT: Final = r"(?P<unit>day|week|month|year|decade)"
_UNIT_OR_QUARTER: Final = (
    r"(?P<unit>day|week|month|quarter(?!\s(?:mile|hour|note|century|final|past|to)|-)|year|decade)"
)
_PART: Final = r"(?P<part>morning|afternoon|evening|night)"
_WHICH: Final = r"(?P<which>this past|this coming|last|past|this|next|coming)"
_OF_YEAR: Final = rf"(?:(?:,\s{{0,3}}|{_S}(?:of{_S})?){_YEAR})?"
# A month after one of these is one, and so is a year; "before", "after" and "until" say when it was not.
_LEAD: Final = (
    r"(?P<lead>in|since|during|throughout|early|mid|late|by|around|circa|"
    r"(?:beginning|start|middle|end|half|rest|all|most|month|spring|summer|autumn|fall|winter)\sof)"
)

RULES: Final = {
    "iso": r"(?<![.:/-])(?P<year>(?:19|20)[0-9]{2})[-/](?P<month>[01][0-9])[-/](?P<day>[0-3][0-9])(?![0-9/-])",
    "day_month": (
        rf"(?<![.,:/–$€£-])(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:{_S}of)?[\s-]{_MONTH}(?:[\s,-]{{1,3}}{_YEAR})?"
    ),
    "month": rf"(?:(?:{_LEAD}|{_WHICH})[\s-])?{_MONTH}(?!['’])(?:{_S}(?:the\s)?{_DAY})?{_OF_YEAR}",
    "quarter": (
        rf"(?<!fy\s)(?<!fiscal\s)(?:(?:{_LEAD}|{_WHICH})\s(?:the\s)?)?(?P<quarter_said>q(?P<quarter>[1-4])|h(?P<half>[12]))\b"
        rf"(?:(?:{_S}(?:of{_S})?|[/-]|,{_S}){_YEAR}|(?<=q[1-4])(?!{_S}(?:of{_S})?(?:[0-9]|fy|fiscal)|[\w/'’-]))"
    ),
    "year_quarter": (
        r"(?<![.:/-])(?<!fy\s)(?P<year>(?:19|20)[0-9]{2})[\s/-]?(?:q(?P<quarter>[1-4])|h(?P<half>[12]))(?![\w/-])"
    ),
    "nth": (
        rf"(?:the\s)?(?P<ordinal>{'|'.join(ORDINALS)})\s(?:(?P<of_four>quarter)|half)"
        rf"{_S}(?:of{_S}(?:the{_S}year{_S})?)?{_YEAR}"
    ),
    "season": (
        rf"(?:(?:in|during|over|since|by)\s(?:the\s)?(?P<lead>)|{_WHICH}\s|the\s)?"
        rf"(?P<season>spring|summer|autumn|fall|winter)\b{_OF_YEAR}(?!\sof\b)"
    ),
    "weekend": r"(?:over|on|at|during)\sthe\sweekend\b(?!\s(?:of|before|after))",
    "part": rf"(?P<which>last|this)\s{_PART}\b",
    "unit": (
        rf"(?:(?P<the>the)\s)?{_WHICH}\s(?:(?P<rolling>{_NUMBER}\s)?{_UNIT_OR_QUARTER}(?P<plural>s?)|(?P<weekend>weekend))"
        r"\b(?!\s(?:of|before|after)\b)"
    ),
    "weekday": (
        rf"(?:(?P<lead>on|by|since)|(?:the\s)?{_WHICH})\s(?P<weekday>{'|'.join(WEEKDAYS)})\b(?!\s(?:of\sthe|before|after)\b)"
        rf"(?:{_S}{_PART}\b)?(?:{_S}(?:of\s)?(?P<week>last|this|next)\sweek\b)?"
        rf"(?!,?\s{{1,3}}(?:the\s)?(?:[0-9]|(?:{'|'.join(MONTHS)})\b))"
    ),
    "near": (
        rf"(?:the\s)?day\s(?P<other>before\syesterday|after\stomorrow)\b|"
        rf"(?P<name>yesterday|today|tomorrow|tonight)\b(?:{_S}{_PART}\b)?"
    ),
    "ago": rf"(?<![.,:/–-]){_NUMBER}{_S}{_UNIT_OR_QUARTER}s?{_S}ago\b",
    "ahead": rf"in\s{_NUMBER}{_S}{_UNIT}s?\b(?!\s(?:of|or|after|before)\b)",
    "from_now": rf"(?<![.,:/–-]){_NUMBER}{_S}{_UNIT}s?\sfrom\s(?:now|today)\b",
    "decade": (
        rf"(?P<century>19|20)(?P<tens>[0-9]0)['’]?s\b|"
        rf"(?:the|early|mid|late)[\s-](?:(?:early|mid|late)[\s-])?(?:['’]?(?P<short>[3-9]0)s|(?P<word>{'|'.join(DECADES)}))\b"
    ),
    "year": rf"(?:{_LEAD}[\s-](?:the\syear\s)?|the\syear\s){_YEAR}",
}
PATTERNS: Final = {name: re.compile(rf"\b(?:{pattern})") for name, pattern in RULES.items()}


def _scanner() -> re.Pattern[str]:
    """All rules in one pattern; a match's last group says which rule it was."""
    unnamed = {name: re.sub(r"\(\?P<\w+>", "(?:", pattern) for name, pattern in RULES.items()}
    return re.compile(r"\b(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in unnamed.items()) + ")")


SCANNER: Final = _scanner()

# What stands right before an expression and changes what it means.
BEFORE: Final = re.compile(
    r"\b(?:(?P<apart>before|after|until|till|than|half|every|each)|(?P<since>since)|(?P<so_far>earlier)|(?P<rest>later)|"
    r"(?P<first>early|(?:beginning|start)\sof)|(?P<second>mid|middle\sof)|(?P<third>late|end\sof)|"
    r"(?P<rate>once|twice|times|all))[\s-]{1,3}(?:in\s|the\s){0,2}$"
)
BEFORE_LENGTH: Final = 24

FUTURE: Final = re.compile(
    r"\b(?:will|won['’]?t|shall|going to|gonna|next|upcoming|coming|tomorrow|plan(?:s|ned|ning)?|book(?:ed|ing)|"
    r"scheduled|due|deadline|expires?|until|starting|appointment|soon|(?:am|is|are)\s[a-z]+ing)\b|"
    r"['’](?:ll\b|(?:m|re)\s[a-z]+ing\b)"
)
PAST: Final = re.compile(
    r"\b(?:was|were|wasn['’]t|weren['’]t|did|didn['’]t|had|went|came|got|gave|made|met|saw|took|left|began|broke|bought|"
    r"brought|built|felt|found|flew|heard|kept|lost|ran|read|said|sold|sent|spent|told|taught|thought|won|wrote|became|"
    r"ate|drove|fell|grew|knew|paid|quit|slept|spoke|swam|ago|yesterday|back in|[a-z]+[^\We]ed)\b"
)

# A word after "in 2000" that makes it a count. Of other plurals only round numbers are counts: "in 2023 prices rose".
COUNTED: Final = re.compile(
    r"\s(?:steps|words|characters|people|miles|meters|metres|km|kilometers|kilometres|kg|grams|feet|calories|kcal|"
    r"dollars|euros|pounds|bucks|times|pieces|lines|points|hours|minutes|seconds|ms|days|weeks|pages|tokens)\b"
)
PLURAL: Final = re.compile(
    r"\s(?!(?:was|is|has|his|this|us|as|its|always|perhaps|does|besides|sometimes|across|yes|thus|less|unless)\b)[a-z]+s\b"
)
