"""Names in the languages that write no capitals, or write them otherwise than English does, and names in lower case.

What tells a name is a word that introduces it ("меня зовут", "我的朋友"), or that it is among the commonest. Where a
language inflects names only those are read that stand as subjects do. In doubt nothing is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cairn.language.entities import names as say
from cairn.language.entities import vocabulary as english

_MAX: Final = 24  # of one text


@dataclass(frozen=True, slots=True)
class Introduced:
    """A name and where it stands; `own` says that it is the speaker's."""

    name: str
    start: int
    end: int
    person: bool = True
    own: bool = False


def introduced(text: str, *, is_english: bool) -> list[Introduced]:
    """The names that a text without noise introduces, in order, none within another.

    In English what is written with capitals is read elsewhere (`proper_nouns`).
    """
    found: list[Introduced] = []
    for each in (*_by_their_words(text), *(_in_lower_case(text) if is_english else _by_themselves(text))):
        if len(found) < _MAX and all(each.end <= other.start or other.end <= each.start for other in found):
            found.append(each)
    return sorted(found, key=lambda each: each.start)


# --- patterns ---------------------------------------------------------------------------------------------------------

_UPPER: Final = "".join(chr(c) for c in (*range(0x41, 0x530), *range(0x1E00, 0x2000)) if chr(c).isupper())
_CAPITAL: Final = rf"[{_UPPER}][^\W\d_]+(?:['-][{_UPPER}][^\W\d_]+)*"
_CASED: Final = rf"{_CAPITAL}(?:(?: (?:{say.PARTICLES})){{0,3}} {_CAPITAL}(?![\w'])){{0,3}}"
_MARKED: Final = r"[\u0590-\u06ff\u0900-\u097f]{2,24}"
_UNCASED: Final = rf"(?:عبد )?{_MARKED}(?: (?:بن|ابن|بنت|בן|בת) {_MARKED})?"
_LOWER: Final = rf"[^\W\d_]{{2,20}}(?:-[^\W\d_]+)?(?:(?: (?:{say.PARTICLES})){{1,2}} [^\W\d_]{{2,20}})?"
_NAME: Final = rf"(?P<name>{_CASED}|{_UNCASED}|{_LOWER})(?![\w-])"

_HERE: Final = (
    rf"(?:(?:{say.MINE}) (?:[^\W\d_]+ ){{0,2}}?(?:{say.KIN})|(?:{say.KIN}) (?:{say.MINE_BEHIND})|(?:{say.HELD}))(?!\w)"
)
# These are looked for in lower case, and the name where they end.
_OWN: Final = re.compile(rf"(?<!\w)(?P<said>{say.OWN}) ")
_KIN: Final = re.compile(rf"(?<!\w)ל?{_HERE},?(?P<called> (?:{say.CALLED}))?(?: (?:o|a|η|ο|την|τον|τη))? ")
_CALLED: Final = re.compile(rf"(?<!\w)(?:{say.CALLED}) ")
_NAME_OF: Final = re.compile(rf"(?<!\w)(?:{say.NAME_OF}) ")
_NAMED: Final = re.compile(_NAME)
_SURNAME: Final = re.compile(rf" {_MARKED}(?= है)")  # "मेरा नाम प्रिया शर्मा है"
_ANY: Final = re.compile(rf"(?<![\w'’-])(?P<name>{_CASED})")
_BEFORE: Final = re.compile(r"(\w+) $")
_ALONE: Final = say.GIVEN - say.ALSO_WORDS


# --- languages with blanks between words ------------------------------------------------------------------------------


def _by_their_words(text: str) -> Iterator[Introduced]:
    lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    for said, found in _behind(_KIN, lower, text):
        named = said["called"] and not _is_no_name(found["name"])
        if _is_cased(found["name"]) or _is_given(found["name"]) or (named and not found["name"].isascii()):
            yield _at(found)
    for said, found in _behind(_OWN, lower, text):
        weak = said["said"] in ("adım", "adim")
        if _is_cased(found["name"]) or not (weak or _is_no_name(found["name"])):
            surname = _SURNAME.match(text, found.end())
            yield Introduced(*_span(text, found.start("name"), (surname or found).end()), own=True)
    yield from _eastern(text)
    for _, found in _behind(_NAME_OF, lower, text):
        if _is_cased(found["name"]) or not (found["name"].islower() or _is_no_name(found["name"])):
            yield _at(found)
    for _, found in _behind(_CALLED, lower, text):
        if _is_cased(found["name"]):
            yield _at(found, person=_is_given(found["name"]))


def _behind(pattern: re.Pattern[str], lower: str, text: str) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    for said in pattern.finditer(lower):
        found = _NAMED.match(text, said.end())
        if found:
            yield said, found


def _by_themselves(text: str) -> Iterator[Introduced]:
    for found in _ANY.finditer(text):
        given = next((w for w in found["name"].split() if w.lower() in _ALONE), None)
        if given:  # "Gestern Anna Meier"
            name = found["name"][found["name"].index(given) :]
            yield Introduced(name, found.end() - len(name), found.end())
        elif _is_subject(found["name"], _BEFORE.search(text[: found.start()][-30:])):
            yield _at(found, person=False)


def _at(found: re.Match[str], *, person: bool = True) -> Introduced:
    return Introduced(*_span(found.string, *found.span("name")), person)


def _span(text: str, start: int, end: int) -> tuple[str, int, int]:
    return text[start:end], start, end


def _is_cased(name: str) -> bool:
    return name[0].isupper() and name.split()[0].lower() not in english.NEVER


def _is_given(name: str) -> bool:
    first = name.split()[0]
    return first.lower() in say.GIVEN or first in say.UNCASED or name.startswith("عبد ")


def _is_no_name(name: str) -> bool:
    first = name.split()[0].lower()
    return first in english.NEVER or first in say.NO_NAMES


_OBJECTS: Final = english.words("τον στον του της των τους ενός μιας")
_POLITE: Final = english.words("вас вам ваш вами")
_CYRILLIC_SUBJECT: Final = re.compile(r"[\u0400-\u052f-]*[бвгджзклмнпрстфцчшщ](?<![аяыи][хм])(?<![ое]м)")
_GREEK_SUBJECT: Final = re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]*[αάηήςώ]")


def _is_subject(name: str, before: re.Match[str] | None) -> bool:
    """Whether a capital inside a Russian, Ukrainian or Greek sentence begins a name that is not inflected."""
    if before is None or name.lower() in _POLITE or len(name) < 3:
        return False
    if _CYRILLIC_SUBJECT.fullmatch(name.split()[-1].lower()):
        return True
    return bool(_GREEK_SUBJECT.fullmatch(name.split()[-1].lower())) and before[1].lower() not in _OBJECTS


# --- Chinese, Japanese, Korean ----------------------------------------------------------------------------------------

_HAN: Final = "[\u3400-\u9fff々]"
_KATA: Final = "[\u30a1-\u30fa\u30fc・]"
_ZH_NAME: Final = rf"(?P<name>(?:(?:{say.ZH_SURNAMES})(?!先生){_HAN}{{1,2}}?|[小老阿]{_HAN}))(?={say.ZH_BEHIND})"
_ZH_WHOLE: Final = rf"(?P<whole>{_HAN}{{2,4}}|{_HAN}{{1,4}}·{_HAN}{{1,6}})(?=[,，。.!！?？、;；\s]|$)"
_ZH: Final = (
    (re.compile(rf"我(?:叫做?|的名字[是叫]|名叫|姓名是)(?:{_ZH_NAME}|{_ZH_WHOLE})"), True),
    (re.compile(rf"我是(?P<name>{say.ZH_SURE}{_HAN}{{1,2}})(?=[,，。.!！]|$)"), True),
    (
        re.compile(
            rf"我们?的?(?:最好的|大|小|二|好)??(?:{say.ZH_KIN})(?:的?名字)?"
            rf"(?:(?:名叫|叫做?|是)(?:{_ZH_NAME}|(?<!是){_ZH_WHOLE})|{_ZH_NAME.replace('?P<name>', '?P<after>')})"
        ),
        False,
    ),
    (re.compile(rf"(?:{say.ZH_KIN})的?名字(?:叫做?|是)(?:{_ZH_NAME}|{_ZH_WHOLE})"), False),
    (re.compile(rf"(?:名叫|[他她]叫|名字叫)(?:{_ZH_NAME}|{_ZH_WHOLE})"), False),
    (re.compile(rf"(?:{say.ZH_WITH})(?P<name>{say.ZH_SURE}(?!先生){_HAN}{{1,2}}?)(?={say.ZH_BEHIND})"), False),
    (
        re.compile(
            rf"(?:^|[。！？!?，,；;\s：:“\"]|昨天|今天|明天|后来|上周|周末|刚才)(?P<name>{say.ZH_SURE}(?!先生){_HAN}{{1,2}}?)"
            rf"(?=[不很也最都]?(?:非常|特别)?(?:{say.ZH_VERBS}))"
        ),
        False,
    ),
)
_ZH_NO: Final = re.compile(say.ZH_NO_NAMES + "|[他她它你我您了过不人车外到来救起醒]|什么|啥")
_JA_CALLED: Final = (
    rf"(?P<name>[{_HAN[1:-1]}\u3041-\u3096{_KATA[1:-1]}]{{1,8}}?)(?=です|だ(?:よ|。|$)|と(?:いい|言い|申し)|、|。|$)"
)
_JA_TITLE: Final = "(?:さん|くん|君|ちゃん)"
_JA: Final = (
    (re.compile(rf"(?:(?:^|[。\n])|(?:私|僕|俺|わたし)の)名前は{_JA_CALLED}"), True),
    (re.compile(rf"(?<!{_HAN})(?:{say.JA_KIN})は(?P<name>(?:{_HAN}|{_KATA}){{2,6}})と(?:申し|言い|いい)ます"), False),
    (re.compile(rf"(?:は|^|、|。)(?P<name>(?:{_HAN}|{_KATA}){{2,6}})と(?:申し|言い|いい)ます"), True),
    (re.compile(rf"(?<!{_HAN})(?:{say.JA_KIN})の名前は{_JA_CALLED}"), False),
    (
        re.compile(
            rf"(?<!{_HAN})(?:{say.JA_KIN})の"
            rf"(?:(?P<name>{say.JA_NAMES}){_JA_TITLE}?(?=[はがもとをにへの、。]|$)|(?P<whole>{_HAN}{{2,4}}|{_KATA}{{2,8}})(?={_JA_TITLE}|という))"
        ),
        False,
    ),
    (re.compile(rf"(?<!{_HAN})(?<!{_KATA})(?P<name>{_HAN}{{2,4}}|{_KATA}{{3,10}})(?={_JA_TITLE}(?!{_HAN}))"), False),
)
_JA_NO: Final = re.compile(rf"(?:{say.JA_SAN_NO})$")
_KO_NAME: Final = rf"{say.KO_SURNAMES}{say.KO_GIVEN}{{2}}"
_KO_IS: Final = "(?=이?라고|입니다|이에요|예요|이야|야|이고|고 |[,.\\s]|$)"
_KO: Final = (
    (re.compile(rf"(?:제|내) 이름은 (?P<name>[가-힣]{{2,4}}?){_KO_IS}"), True),
    (re.compile(r"(?:저는|나는|전|난) (?P<name>[가-힣]{2,4}?)이?라고 (?=합니다|해요|해|불러)"), True),
    (re.compile(rf"(?:저는|나는) (?P<name>{_KO_NAME})(?=입니다|이에요|예요|이야)"), True),
    (
        re.compile(
            rf"(?<![가-힣])(?:{say.KO_KIN})의? (?:이름|성함|존함)[은이] (?P<name>[가-힣]{{2,4}}?)"
            rf"(?=(?: 씨)?(?:입니다|이에요|예요|이야|야(?![가-힣])|이고|이라고|라고))"
        ),
        False,
    ),
    (
        re.compile(
            rf"(?:제|내|우리|저희) (?:[가-힣]+ )?(?:{say.KO_KIN})(?:인| 이름은)? "
            rf"(?P<name>{_KO_NAME}|{say.KO_GIVEN}{{2}})(?={say.KO_BEHIND})"
        ),
        False,
    ),
    (
        re.compile(
            rf"(?<![가-힣])(?P<name>[김이박최정강조윤장임한오서신권황송]{say.KO_GIVEN}{{2}})"
            rf"(?= ?씨|[은는이가와과을를] |이?랑|에게|한테)"
        ),
        False,
    ),
)
_KO_NO: Final = re.compile(say.KO_NO_NAMES)


def _eastern(text: str) -> Iterator[Introduced]:
    yield from _listed(text, _ZH, _ZH_NO)
    yield from _listed(text, _JA, _JA_NO)
    yield from _listed(text, _KO, _KO_NO)


def _listed(
    text: str, patterns: Sequence[tuple[re.Pattern[str], bool]], no_names: re.Pattern[str]
) -> Iterator[Introduced]:
    for pattern, own in patterns:
        for found in pattern.finditer(text):
            named = next(n for n in ("name", "whole", "after") if n in pattern.groupindex and found[n])
            if no_names.match(found[named]):
                continue
            yield Introduced(found[named], found.start(named), found.end(named), own=own)


# --- English in lower case --------------------------------------------------------------------------------------------

_SMALL: Final = (
    r"(?P<name>[a-zà-ÿ]{2,20}(?:-[a-zà-ÿ]+)?(?:(?: (?:" + say.PARTICLES + r")){1,2} [a-zà-ÿ]{2,20})?)(?![\w'-]|'s \w)"
)
_ROLES: Final = "|".join(sorted(english.ROLES, key=len, reverse=True))
_SMALL_OWN: Final = re.compile(rf"\b(?i:my name is|my name's) {_SMALL}")
_SMALL_CALLED: Final = re.compile(rf"\b(?i:{_ROLES})(?:(?: is|'s)? named|(?: is|'s) called) {_SMALL}")
_SMALL_KIN: Final = re.compile(rf"\b(?i:my|our) (?:\w+ ){{0,2}}?(?i:{_ROLES}),?(?: is)? {_SMALL}")
_SMALL_ANY: Final = re.compile(rf"(?<![\w'-]){_SMALL}")
_NOBLE: Final = re.compile(r" (?:van|von|bin|ibn|de la) ")


def _in_lower_case(text: str) -> Iterator[Introduced]:
    for pattern in (_SMALL_OWN, _SMALL_CALLED):
        for found in pattern.finditer(text):
            if not _is_no_name(found["name"]):
                yield _at(found)
    for found in _SMALL_KIN.finditer(text):
        if _is_given(found["name"]) or (_NOBLE.search(found["name"]) and not _is_no_name(found["name"])):
            yield _at(found)
    if text.islower():
        for found in _SMALL_ANY.finditer(text):
            if _is_given(found["name"]):
                yield _at(found)
