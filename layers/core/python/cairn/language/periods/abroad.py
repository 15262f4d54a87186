"""Dates of other languages, put into the English words that the rules read: one set of rules, a table a language."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Final, TypeVar

from cairn.language import vocabulary
from cairn.language.fold import fold
from cairn.language.periods.languages import LANGUAGES, NAMES, NUMBERS, SEASONS, Language
from cairn.language.scripts import DENSE, LETTERS

Found = TypeVar("Found")
_MONTHS: Final = NAMES["months"]
_NAME_OF: Final = {id(language): name for name, language in LANGUAGES.items()}
_UNITS: Final = ("day", "week", "month", "year")
# Marks that end a word in Indic scripts are no letters to `re`.
BEGIN: Final = rf"(?<![^\W{DENSE}])(?<![\u0900-\u0963])"
END: Final = rf"(?![^\W{DENSE}]|[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963])"
_S: Final = r"[ \u00a0]{1,2}"


def _month_names() -> dict[str, str]:
    """The English month of each form of a name; English ones are months here beside a day, a year or a word."""
    listed = [
        (name, forms) for language in LANGUAGES.values() for name, forms in zip(_MONTHS, language.months, strict=False)
    ]
    of = {form.lstrip("+"): name for name, forms in listed for form in forms.split("|")}
    return of | {name.lower(): name for name in _MONTHS}


MONTH_OF: Final = _month_names()
_WITHIN: Final = frozenset(
    form[1:] for each in LANGUAGES.values() for forms in each.months for form in forms.split("|") if form[0] == "+"
)
_THAI: Final = "|".join(LANGUAGES["Thai"].months)
_NAMES: Final = rf"(?:(?:{'|'.join(sorted(MONTH_OF, key=len, reverse=True))}){END}|{_THAI})"
# A Thai year is that of the Buddhist era.
_BUDDHIST: Final = 543
_LAST_YEAR: Final = 2100
_YEAR: Final = r"(?P<year>(?:19|20)[0-9]{2}|2[45][0-9]{2}(?<=[\u0e00-\u0e7f.] [0-9]{4}))(?![\w%€$£°]|[.,:/–-][0-9])"
_SINCE: Final = "seit|desde|depuis|dal|da|sinds|с|od|sedan|sejak|tangu|από|з|від|منذ|מאז|kể từ|từ|ตั้งแต่"
_BEFORE: Final = (
    "vor|antes de|avant|prima di|voor|до|przed|före|před|ennen|πριν(?: από)?|قبل|לפני|trước|sebelum|kabla ya|ก่อน"
)
_AFTER: Final = (
    "nach|después de|après|dopo|depois de|после|po|efter|setelah|sau|baada ya|بعد|אחרי|μετά(?: από)?|після|หลัง"
)
_UNTIL: Final = "bis|hasta|jusqu['’](?:en|à|au)|fino al?|até|tot|sampai|hingga|đến|حتى|עד|έως|μέχρι|ถึง|hadi"
_WITHOUT_A_YEAR: Final = (
    "im",
    "en",
    "em",
    "nel",
    "в",
    "w",
    "we",
    "v",
    "ve",
    "у",
    "i",
    "vào",
    "pada",
    "mnamo",
    "في",
    "τον",
    "ใน",
)
_IN: Final = (
    f"in|a|au|am|el|le|il|op|on|den|dem|der|vom|di|στις|{'|'.join(_WITHOUT_A_YEAR)}|since|before|after|until|till|"
    f"{_SINCE}|{_BEFORE}|{_AFTER}|{_UNTIL}"
)
_ARTICLE: Final = rf"(?:(?:dem|zum|den|el|le|il|o|to|το|τον|de){_S})?"
_YEAR_WORD: Final = (
    "jahr|jahre|année|año|ano|anno|jaar|året|år|roce|roku|rok|году|року|рік|năm|tahun|mwaka|vuonna|"
    "έτος|عام|سنة|שנת|ปี|साल"
)
# A rover of 2020 and a supermarket.
_LIKE_NAMES: Final = ("mars", "mart")
_ENGLISH_LEADS: Final = ("", "in", "we", "since", "before", "after", "until", "till", "a", "on", "der", "i")
_DIGITS: Final = {first + n: str(n) for first in (0x660, 0x6F0, 0x966, 0xE50) for n in range(10)}
_QUARTER: Final = r"(?P<quarter>第?[一二三四1-4]季度?|q[1-4]|第[一二三四1-4]四半期)|(?P<half>[上下]半[年期]|[前後]半)"
# The year before the first of an era: of the emperors of Japan, and of the Republic of China.
_ERAS: Final = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "民國": 1911, "民国": 1911}
_HAN_DIGITS: Final = {each: str(n) for n, each in enumerate("零一二三四五六七八九")} | {"〇": "0", "○": "0"}
_HAN: Final = "".join(_HAN_DIGITS)
_HAN_NUMBER: Final = r"[一二三四五六七八九十]"
_ASIAN_YEAR: Final = (
    rf"(?:(?P<year>(?:19|20)[0-9]{{2}}|[一二][{_HAN}]{{3}})|"
    rf"(?P<era>{'|'.join(_ERAS)})[ ]?(?P<of>[0-9]{{1,3}}|[{_HAN}十]{{1,3}}|元))[ ]?[年년]"
)
_ASIAN: Final = (
    rf"{_ASIAN_YEAR}[ ]?(?:的?(?:{_QUARTER})|(?P<number>[01]?[0-9]|{_HAN_NUMBER}{{1,2}})[ ]?[月월][ ]?"
    rf"(?:(?P<day>[0-3]?[0-9]|{_HAN_NUMBER}{{1,3}})[ ]?[日号號일])?)?"
    r"(?P<after>以来|起|から|부터|以前|之前|より前|前|이전|之后|以后|以降|이후)?"
)
_ASIAN_AFTER: Final = {
    **dict.fromkeys(("以来", "起", "から", "부터"), "since"),
    **dict.fromkeys(("以前", "之前", "より前", "前", "이전"), "before"),
    **dict.fromkeys(("之后", "以后", "以降", "이후"), "after"),
}
_JAPANESE_QUARTER: Final = r"第(?P<quarter>[一二三四1-4])四半期"
_DOTTED: Final = (
    rf"(?:{BEGIN}(?P<lead>{_IN}){_S}{_ARTICLE})?(?<![\w.,:/$€£§#+-])(?P<day>[0-3]?[0-9])\.[ ]?(?P<number>[01]?[0-9])\."
    r"[ ]?(?P<year>(?:19|20)[0-9]{2})(?![\w%€$£°]|[.+_/:-][\w]|\s[€$£])"
)
# What stands before the number of a version, a section or an address, which may look like a day or like two years.
NUMBERED: Final = re.compile(
    r"(?:\b(?:versi[oó]n|versie|versione|ver|v|build|firmware|rev|revision|ubuntu|debian|kernel|driver|treiber|android|ios|"
    r"macos|windows|python|node|phone|tel|fax|mobile|section|chapter|clause|article|abschnitt|kapitel|figure|table|ip|версия)\.?:?|[§#]|\+[0-9]{1,3})\s?$"
)
NUMBERED_LENGTH: Final = 16
_YEAR_FIRST: Final = (
    rf"{BEGIN}(?P<year>(?:19|20)[0-9]{{2}})(?P<mark>\.)?{_S}(?P<month>{_NAMES})"
    rf"(?:{_S}(?P<day>[0-3]?[0-9])(?![\w:/])(?:-[a-záéő]{{1,4}})?)?"
)
_NUMBERED_MONTH: Final = (
    rf"{BEGIN}(?:(?P<lead>{_IN}){_S})?(?:ngày{_S}(?P<day>[0-3]?[0-9]){_S})?tháng{_S}(?P<number>1[0-2]|0?[1-9])(?![\w])"
    rf"(?:(?:{_S}năm{_S}|/|,?{_S}){_YEAR})?"
)
_NAMED: Final = (
    rf"{BEGIN}(?:(?P<lead>{_IN}){_S}{_ARTICLE})?(?:(?:ใน|เมื่อ)?เดือน)?"
    rf"(?:(?P<day>[0-3]?[0-9])(?P<mark>\.|er|º|°|-го|-е)?{_S}(?:de{_S}|di{_S})?)?"
    rf"(?P<month>{_NAMES})(?:,?{_S}(?:de{_S}|del{_S}|di{_S}|του{_S}|ปี{_S}|พ\.ศ\.{_S})?{_YEAR})?"
)
_YEARLY: Final = (
    rf"{BEGIN}(?:(?P<lead>im jahr|{_IN}){_S}{_ARTICLE}(?:(?:{_YEAR_WORD}){_S})?|(?P<word>{_YEAR_WORD}){_S})"
    rf"{_YEAR}(?!\s(?:steps|km|kg|kcal|m)\b)"
)
_SEASON_NAMES: Final = ("spring", "summer", "autumn", "winter")
_SEASON: Final = "|".join(f"(?P<s{n}>{'|'.join(names)})" for n, names in enumerate(zip(*SEASONS.values(), strict=True)))
_OF_YEAR: Final = rf"(?:,?{_S}(?:(?:de|del|di|do|des{_S}jahres|von|van|του|года|року|roku|năm|ปี|of){_S})?)"
_SEASONED: Final = (
    rf"{BEGIN}(?:(?P<lead>{_IN}){_S}{_ARTICLE})?"
    rf"(?:(?P<first>(?:19|20)[0-9]{{2}})(?:[年년]?[的の ]?|['’]\w{{1,4}}{_S}|{_S}की{_S}))?"
    rf"(?:{_SEASON})(?:{_OF_YEAR}{_YEAR})?{END}"
)
# "The week before last" and its like, of which an ordinary "last" is a part.
_BEFORE_LAST: Final = (
    rf"{BEGIN}(?:(?:the )?(?P<en>week|month|year) before last|"
    r"vorletzte[nrsm]? (?:(?P<de_w>woche)|(?P<de_m>monat)|(?P<de_y>jahr))|"
    r"(?:(?P<es_w>semana)|(?P<es_m>mes)|(?P<es_y>año)) antepasad[oa]|"
    r"förrförra (?:(?P<sv_w>veckan)|(?P<sv_m>månaden)|(?P<sv_y>året))|"
    r"позапрошл(?:ой|ом|ую|ый|ое|ого) (?:(?P<ru_w>недел[юеи])|(?P<ru_m>месяц[еа]?)|(?P<ru_y>году?))|"
    rf"上上[个個]?(?:(?P<zh_w>周|週|星期|礼拜|禮拜)|(?P<zh_m>月))|(?P<pl_y>przedostatni(?:m|ego)? rok(?:u)?)){END}"
)
_ORDINALS: Final = {
    1: r"1(?:\.?º|\.|er|º|ª|°|-?[йме]{1,2})?|erste[nrsm]?|premier|primer|primeiro|primo|i|перв(?:ый|ом|ое)",
    2: r"2(?:\.?º|\.|e|ème|º|ª|°|-?[йме]{1,2})?|zweite[nrsm]?|deuxième|second|segundo|secondo|ii|втор(?:ой|ом|ое)",
    3: r"3(?:\.?º|\.|e|ème|er|º|°|-?[йме]{1,2})?|dritte[nrsm]?|troisième|tercer|terceiro|terzo|iii|трет(?:ий|ьем)",
    4: r"4(?:\.?º|\.|e|ème|º|°|-?[йме]{1,2})?|vierte[nrsm]?|quatrième|cuarto|quarto|iv|четв[её]рт(?:ый|ом)",
}
_NTH: Final = "|".join(rf"(?P<n{n}>{said})" for n, said in _ORDINALS.items())
_QUARTERED: Final = (
    rf"{BEGIN}(?:(?:{_NTH}){_S}(?:(?P<quarter>quartals?|trimestre|квартале?)|"
    rf"(?P<half>halbjahre?s?|semestre|полугоди[ие]|hälfte|moitié|mitad|metade|metà|половин[аеу]))|"
    rf"t(?P<t>[1-4])|(?P<tt>[1-4])t)"
    rf"{_S}(?:(?:de|del|di|do|des jahres|von|der){_S})?{_YEAR}"
)


def _seasoned(match: re.Match[str]) -> str | None:
    year = match["first"] or match["year"]
    if not year:
        return None
    season = next(name for n, name in enumerate(_SEASON_NAMES) if match[f"s{n}"])
    number = int(year)
    lead = _lead(match["lead"] or "in")
    return f"{lead} {'the ' if lead == 'in' else ''}{season} {number - _BUDDHIST if number > _LAST_YEAR else number}"


def _before_last(match: re.Match[str]) -> str:
    units = {"w": "week", "m": "month", "y": "year"}
    return f"2 {match['en'] or units[str(match.lastgroup)[-1]]}s ago"


def _told(language: Language) -> Iterator[tuple[str, str]]:
    """What each phrase of a language is in English, and the phrase."""
    for which, template in (("last", language.last), ("this", language.this), ("next", language.next)):
        for name, day in zip(NAMES["weekdays"], language.weekdays, strict=False):
            english = f"on {name} {which} week" if language.of_week else f"{which} {name}"
            yield english, template.replace("{}", f"(?:{day})")
        for unit, said in tuple(zip(_UNITS, language.units, strict=True))[1:]:
            yield f"{which} {unit}", template.replace("{}", f"(?:{said})")
        for season, said in zip(_SEASON_NAMES, SEASONS.get(_NAME_OF[id(language)], ()), strict=False):
            yield f"{which} {season}", template.replace("{}", f"(?:{said})")
    # The longer ones first: "kemarin lusa" begins with "kemarin".
    yield from sorted(language.said.items(), key=lambda item: not item[0].startswith("the day"))


def _phrases(languages: Iterable[Language]) -> dict[str, str]:
    """One expression of several languages for each English one."""
    found = defaultdict[str, list[str]](list)
    for language in languages:
        for english, said in _told(language):
            found[english].append(said)
    return {english: "|".join(said) for english, said in found.items()}


def _ago(languages: Iterable[Language], number: str) -> str:
    """What is some units ago, one group a language for the number and one for each unit."""
    found = list[str]()
    for index, language in enumerate(languages):
        units = "|".join(f"(?P<{unit}_{index}>{said})" for unit, said in zip(_UNITS, language.units, strict=True))
        found.append(language.ago.replace("{n}", f"(?P<n_{index}>[0-9]{{1,3}}|{number})").replace("{}", f"(?:{units})"))
    return "|".join(found)


def _numbered(alternatives: Iterable[str]) -> str:
    return "|".join(f"(?P<p{n}>{said})" for n, said in enumerate(alternatives))


def _index(match: re.Match[str]) -> int:
    """Which of the alternatives of `_numbered` it is."""
    return int(str(match.lastgroup)[1:])


_UNSURE: Final = tuple(
    (name, english, said) for name, each in LANGUAGES.items() for english, said in each.unsure.items()
)
_SIGNS: Final = {name: re.compile(language.sign) for name, language in LANGUAGES.items() if language.sign}
_NO_NUMBER: Final = "(?<![0-9.,:/–-])"
_WORD: Final = r"[^\s\d.,;:!?]{2,14}"
_DENSE_WORD: Final = r"[一二三四五六七八九十两兩]|[가-힣]{1,2}|หนึ่ง|สอง|สาม|สี่|ห้า"
_NUMBERS_SAID: Final = {word: int(number) for word, number in vocabulary.NUMBERS.items()} | {
    fold(word): number for number, words in NUMBERS.items() for word in words.split()
}

_TENS: Final = {word for word, number in _NUMBERS_SAID.items() if number > 10} | {"puluh", fold("mươi")}


def in_english(text: str) -> list[tuple[str, tuple[int, int]]]:
    """The dates of a text that English rules do not read, in English, each with where it stands in the text."""
    lowered = lower(text)

    @cache
    def signs(language: str) -> bool:
        return _SIGNS[language].search(lowered) is not None

    found = [
        (said, match.span())
        for needed, pattern, reader in _RULES
        if needed is None or needed.search(lowered)
        for match in pattern.finditer(lowered)
        if (said := reader(match))
    ]
    found += [(said, match.span()) for match in _UNSURE_WORDS.finditer(lowered) if (said := _unsure(match, signs))]
    return longest(found, lambda each: each[1])


def longest(found: Iterable[Found], span: Callable[[Found], tuple[int, int]]) -> list[Found]:
    """What does not overlap, in the order of the text: the longer of two that do, the first of two as long."""
    kept = list[Found]()
    for each in sorted(found, key=lambda item: (span(item)[0], -span(item)[1])):
        begin, end = span(each)
        if not kept or span(kept[-1])[1] <= begin:
            kept.append(each)
        elif end - begin > span(kept[-1])[1] - span(kept[-1])[0]:
            kept[-1] = each
    return kept


def lower(text: str) -> str:
    """`text` in lower case, composed, in ASCII digits; as long as it was, as places must fit."""
    composed = unicodedata.normalize("NFC", text)
    kept = composed if len(composed) == len(text) else text
    lowered = kept.lower()
    if len(lowered) != len(kept):
        lowered = "".join(each.lower() if len(each.lower()) == 1 else each for each in kept)
    return lowered.translate(_DIGITS)


def _dotted(match: re.Match[str]) -> str | None:
    if NUMBERED.search(match.string, max(0, match.start() - NUMBERED_LENGTH), match.start()):
        return None
    lead = _lead(match["lead"] or "on")
    return f"{'on' if lead == 'in' else lead} {match['year']}-{int(match['number']):02}-{int(match['day']):02}"


def _asian(match: re.Match[str]) -> str | None:
    lead = _ASIAN_AFTER.get(match["after"] or "", "in")
    year = _ERAS[match["era"]] + _han(match["of"]) if match["era"] else _han(match["year"])
    month, day = (_han(match[name]) if match[name] else 0 for name in ("number", "day"))
    if match["quarter"] or match["half"]:
        part = f"Q{_digit(match['quarter'])}" if match["quarter"] else f"H{1 if match['half'][0] in '上前' else 2}"
        return f"{lead} {part} {year}"
    if day:
        return f"{'on' if lead == 'in' else lead} {year}-{month:02}-{day:02}"
    return f"{lead} {_MONTHS[month - 1]} {year}" if 1 <= month <= len(_MONTHS) else f"{lead} {year}"


def _han(said: str) -> int:
    """The number of "2024", "二〇二四", "二十三" and "元", which is the first."""
    if "十" in said:
        tens, ones = said.split("十", 1)
        return _han(tens or "一") * 10 + (_han(ones) if ones.strip("十") else 0)
    return 1 if said == "元" else int("".join(_HAN_DIGITS.get(each, each) for each in said))


def _japanese_quarter(match: re.Match[str]) -> str | None:
    return f"in Q{_digit(match['quarter'])}"


def _digit(said: str) -> int:
    """The number in "第二季度", "q2"."""
    return next(_han(each) for each in said if each in _HAN_DIGITS or each.isdigit())


def _quartered(match: re.Match[str]) -> str | None:
    number = match["t"] or match["tt"] or next((n for n in _ORDINALS if match[f"n{n}"]), 0)
    is_half = bool(match["half"])
    return None if is_half and int(number) > 2 else f"{'H' if is_half else 'Q'}{number} {match['year']}"


def _year_first(match: re.Match[str]) -> str | None:
    month = MONTH_OF[match["month"]]
    if month.lower() == match["month"] and not match["mark"]:
        return None
    return f"{match['day']} {month} {match['year']}" if match["day"] else f"in {month} {match['year']}"


def _numbered_month(match: re.Match[str]) -> str | None:
    if not (match["year"] or match["day"] or match["lead"]):
        return None
    return _joined(match, _MONTHS[int(match["number"]) - 1])


def _named(match: re.Match[str]) -> str | None:
    name, lead, day, year = match["month"], match["lead"] or "", match["day"], match["year"]
    month = MONTH_OF[name]
    if name == month.lower() and lead in _ENGLISH_LEADS and match["mark"] is None:
        return None  # English says it itself
    if name in _LIKE_NAMES and not (day or lead):
        return None
    if not (day or year or lead in _WITHOUT_A_YEAR or name in _WITHIN):
        return None
    return _joined(match, month)


def _joined(match: re.Match[str], month: str) -> str:
    year = match["year"] and str(int(match["year"]) - (_BUDDHIST if int(match["year"]) > _LAST_YEAR else 0))
    return " ".join(word for word in (_lead(match["lead"] or "in"), match["day"], month, year) if word)


def _yearly(match: re.Match[str]) -> str | None:
    lead = match["lead"] or ""
    if match["word"] is None and lead in (*_ENGLISH_LEADS, "v", "i"):
        return None
    year = int(match["year"])
    return f"{_lead(lead)} {year - _BUDDHIST if year > _LAST_YEAR else year}"


def _lead(said: str) -> str:
    leads = {"since": _SINCE, "before": _BEFORE, "after": _AFTER, "until": f"till|{_UNTIL}"}
    return next((english for english, words in leads.items() if said == english or re.fullmatch(words, said)), "in")


def _ago_in_english(match: re.Match[str]) -> str | None:
    """What is so long ago; of "twenty-two days ago" in several words the last one is not all of the number."""
    index = str(match.lastgroup).rpartition("_")[2]
    said, unit = match[f"n_{index}"], next(unit for unit in _UNITS if match[f"{unit}_{index}"])
    number = int(said) if said.isdigit() else _NUMBERS_SAID.get(fold(said))
    before = _WORD_BEFORE.search(match.string, max(0, match.start() - NUMBERED_LENGTH), match.start())
    if before and match.start() == match.start(f"n_{index}") and fold(before[0]) in _TENS:
        return None
    since = "since " if _SINCE_THEN.search(match.string, max(0, match.start() - NUMBERED_LENGTH), match.start()) else ""
    return f"{since}{number} {unit}s ago" if number else None


def _unsure(match: re.Match[str], signs: Callable[[str], bool]) -> str | None:
    language, english, _ = _UNSURE[_index(match)]
    return english if signs(language) else None


_Reader = Callable[[re.Match[str]], str | None]
_Rule = tuple[re.Pattern[str] | None, re.Pattern[str], _Reader]


def _of_script(needed: str, languages: list[Language]) -> Iterator[_Rule]:
    """The phrases of languages, which are looked for where a text has letters that they need."""
    guard, phrases = re.compile(needed), _phrases(languages)
    english, dense = tuple(phrases), languages[0].dense
    begin, end = ("", "") if dense else (f"{BEGIN}(?=[{needed[1:-1]}0-9])", END)
    said = re.compile(f"{begin}(?:{_numbered(phrases.values())}){end}")
    no_number = _NO_NUMBER + ("(?<![一二三四五六七八九十百千数數幾几])(?<!สิบ)" if dense else "")
    ago = re.compile(f"{no_number}{begin}(?:{_ago(languages, _DENSE_WORD if dense else _WORD)}){end}")
    yield guard, said, lambda match: english[_index(match)]
    yield guard, ago, _ago_in_english


def _written(language: Language) -> str:
    """In what a language is written: `dense`, `latin` or `other`."""
    if language.dense:
        return "dense"
    return "latin" if re.search("[a-z]", language.last) else "other"


_WORD_BEFORE: Final = re.compile(r"[^\s\d.,;:!?]{2,14}(?=\s$)")
_SINCE_THEN: Final = re.compile(rf"(?:^|\s)(?:{_SINCE})\s$")
_SCRIPTS: Final = {"latin": f"[{LETTERS['latin']}]", "other": r"[\u0370-\u0dff]", "dense": f"[{DENSE}]"}
_RULES: Final[list[_Rule]] = [
    *(
        (None, re.compile(pattern), reader)
        for pattern, reader in (
            (_DOTTED, _dotted),
            (_ASIAN, _asian),
            (_QUARTERED, _quartered),
            (_YEAR_FIRST, _year_first),
            (_NUMBERED_MONTH, _numbered_month),
            (_NAMED, _named),
            (_YEARLY, _yearly),
            (_JAPANESE_QUARTER, _japanese_quarter),
            (_SEASONED, _seasoned),
            (_BEFORE_LAST, _before_last),
        )
    ),
    *(
        rule
        for script, needed in _SCRIPTS.items()
        for rule in _of_script(needed, [each for each in LANGUAGES.values() if _written(each) == script])
    ),
]
_UNSURE_WORDS: Final = re.compile(f"{BEGIN}(?:{_numbered(said for _, _, said in _UNSURE)}){END}")
