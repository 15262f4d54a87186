"""What tells that a sentence speaks of what a text does: long numbers however grouped, names however inflected.

Made for erasure: in doubt it is the same. Names are compared by their stems, in scripts without capitals by what is
written on to them, and in those without blanks by their letters alone.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from cairn.language.fold import fold
from cairn.language.kana import GRAMMAR
from cairn.language.scripts import DENSE
from cairn.language.vocabulary import FUNCTION_WORDS, NUMBERS


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_GROUPED: Final = re.compile(r"\d(?:[\s().,/·•*_\u2010-\u2015-]{0,3}\d)*")
# Words that make a number many: "90k", "1,2 Mio.", "12 тыс.", "30万", "5천만". Folded, as a number is looked at.
_MANY: Final = {
    fold(word): factor
    for factor, words in {
        100: "hundred hundert cientos cento cent honderd hundra sto сто सौ",
        1_000: "k thousand thousands grand tsd tausend mille mila mil duizend tusen tys tysięcy tisíc tis тыс "
        "тысяч тысячи тис тисяч bin ezer tuhat χιλιάδες ألف אלף हज़ार ngàn nghìn ribu 千 천 พัน",
        10_000: "万 萬 만 หมื่น",
        100_000: "lakh lakhs लाख แสน",
        1_000_000: "m mn mio million millions millionen millones milioni milhões miljoen miljoner mln milionów "
        "milionů млн миллион миллиона миллионов мільйон мільйонів milyon millió miljoonaa "
        "εκατομμύρια مليون מיליון triệu juta 百万 백만 ล้าน",
        10_000_000: "crore crores करोड़ 千万 천만",
        100_000_000: "億 亿 억",
        1_000_000_000: "bn billion billions mrd milliarden milliards mld млрд miliar tỷ",
    }.items()
    for word in words.split()
}
_TENS: Final = ("ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ONES: Final = {word: float(number) for word, number in NUMBERS.items()} | {
    word: float(10 * n) for n, word in enumerate(_TENS, 1)
}
_IDEOGRAPHIC: Final = {each: n for n, each in enumerate("零一二三四五六七八九")} | {"两": 2, "兩": 2}
_MULTIPLIED: Final = re.compile(
    rf"(?P<digits>(?<![\d.,])\d{{1,3}}(?:[.,]\d{{3}})*(?:[.,]\d{{1,2}})?)\s?(?P<many>{_any(_MANY)})(?![^\W\d_{DENSE}])"
    rf"|(?<![^\W_])(?P<word>{_any(_ONES)})[\s-](?P<times>{_any(_MANY)})(?![^\W\d_])"
    r"|(?P<han>[一二两兩三四五六七八九](?:[十百千][一二两兩三四五六七八九]?)*)(?P<of>[万萬億亿])"
)
_DECIMAL: Final = re.compile(r"(\d{1,3}(?:[.,]\d{3})*)(?:[.,](\d{1,2}))?")
_PLACES: Final = {"十": 10, "百": 100, "千": 1_000}
_SHORTEST, _LONGEST = 4, 32  # digits that tell a number from others
_WORD: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u0dff])*")
_DENSE: Final = re.compile(rf"[{DENSE}\u1000-\u109f\u1780-\u17ff]")
# Scripts in which a run of letters is a whole sentence.
_RUN: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+")
_PIECE: Final = 5  # letters of a run that say something
# Hiragana without what is grammar in it: words such as てんかん are written in it alone.
_HIRAGANA: Final = re.compile(r"[\u3041-\u3096]{4,}")
_HIRAGANA_PIECE: Final = 4
_SEMITIC: Final = re.compile(r"[\u0590-\u06ff]")
# What Hebrew and Arabic write before a name: "to", "in", "and", "that", "like", "from", the article.
_BEFORE: Final = frozenset("ולבהמשכوفبكلسا")
_VOWELS: Final = frozenset("aeiouyаеиоуыэюяйьіїєαεηιουω")
_ENDING: Final = 4  # letters of an ending: "Ilonának", "Павлович"
_SOFTENED: Final = {"k": "c", "g": "z", "h": "z", "t": "c"}  # "Monika", "Monice"


@dataclass(frozen=True, slots=True)
class Traces:
    """Numbers of four digits and more, without what groups them and their first zeros; words, as written and folded.

    `endings` are those of its numbers, as a card is known by its last four digits. `pieces` are runs of five letters in
    scripts that part no words, and of four of hiragana. "90k" is the number 90000, too.
    """

    numbers: frozenset[str]
    endings: frozenset[str]
    pieces: frozenset[str]
    words: tuple[tuple[str, str], ...]
    folded: str


@dataclass(frozen=True, slots=True)
class Names:
    """The words of names, folded: those that inflect by their `stems`; those in scripts without blanks or capitals."""

    whole: frozenset[str]
    stems: frozenset[str]
    dense: frozenset[str]


def traces_of(text: str) -> Traces:
    """What `text` has that can be found again."""
    normal = unicodedata.normalize("NFKC", text)
    words = tuple((word, fold(word)) for word in _WORD.findall(normal))
    runs = _RUN.findall(normal)
    pieces = frozenset(run[n : n + _PIECE] for run in runs for n in range(len(run) - _PIECE + 1))
    pieces |= frozenset(_hiragana_pieces(normal))
    numbers = frozenset(_numbers(normal))
    endings = frozenset(number[n:] for number in numbers for n in range(len(number) - _SHORTEST + 1))
    return Traces(numbers, endings, pieces, words, fold(normal))


def _hiragana_pieces(text: str) -> Iterator[str]:
    for run in _HIRAGANA.findall(GRAMMAR.sub(" ", text)):
        yield from (run[n : n + _HIRAGANA_PIECE] for n in range(len(run) - _HIRAGANA_PIECE + 1))


def are_shared(one: Traces, other: Traces) -> bool:
    """Whether they share a piece, or a number of one ends as one of the other does."""
    ends_so = one.numbers & other.endings or one.endings & other.numbers
    return bool(ends_so) or not one.pieces.isdisjoint(other.pieces)


def names_of(names: Iterable[str]) -> Names:
    """The words by which whoever has these names may be called; of a name in ideographs or Hangul its parts too."""
    words = {fold(w) for name in names for w in _WORD.findall(unicodedata.normalize("NFKC", name))} - FUNCTION_WORDS
    dense = {word for word in words if _DENSE.match(word) and len(word) > 1}
    semitic = {word for word in words if _SEMITIC.match(word) and len(word) > 1}
    cased = {word for word in words if len(word) > 2} - dense - semitic
    stems = {stem for word in cased for stem in _stems(word)}
    parts = {part for word in dense for part in _called(word)}
    return Names(frozenset(cased | semitic), frozenset(stems), frozenset(dense | parts))


def is_named(names: Names, said: Traces) -> bool:
    """Whether one of the names is called in a text, whatever its ending or what is written before it."""
    if any(_is_called(names, written, word) for written, word in said.words):
        return True
    sizes = {len(name) for name in names.dense}
    return any(said.folded[n : n + size] in names.dense for size in sizes for n in range(len(said.folded)))


def _numbers(text: str) -> Iterator[str]:
    for found in _GROUPED.finditer(text):
        digits = "".join(str(unicodedata.digit(c)) for c in found.group() if c.isdecimal()).lstrip("0")
        if len(digits) >= _SHORTEST:
            yield digits[-_LONGEST:]
    for found in _MULTIPLIED.finditer(fold(text)):
        digits = str(_multiplied(found))
        if len(digits) >= _SHORTEST:
            yield digits


def _multiplied(found: re.Match[str]) -> int:
    """The number of "1.2 million", "ninety thousand" and "三十万"."""
    if found["han"]:
        return _ideographic(found["han"]) * _MANY[found["of"]]
    if found["word"]:
        return round(_ONES[found["word"]] * _MANY[found["times"]])
    whole, fraction = _DECIMAL.fullmatch(found["digits"]).groups()  # type: ignore[union-attr]
    return round(float(re.sub("[.,]", "", whole) + "." + (fraction or "0")) * _MANY[found["many"]])


def _ideographic(said: str) -> int:
    """The number of "三十", "百二十" and "五"."""
    total, digit = 0, 0
    for each in said:
        if each in _PLACES:
            total, digit = total + (digit or 1) * _PLACES[each], 0
        else:
            digit = _IDEOGRAPHIC[each]
    return total + digit


def _called(name: str) -> tuple[str, ...]:
    """The given name or the surname alone: of 이영희 영희, of 田中太郎 田中 and 太郎."""
    if len(name) == 4:
        return (name[:2], name[2:])
    return (name[1:],) if len(name) == 3 else ()


def _is_called(names: Names, written: str, word: str) -> bool:
    if word in names.whole:
        return True
    if _SEMITIC.match(word):
        return any(word[n:] in names.whole and _BEFORE.issuperset(word[:n]) for n in range(1, min(4, len(word))))
    if word in FUNCTION_WORDS or not written[0].isupper():
        return False
    lengths = range(max(1, len(word) - _ENDING), len(word) + 1)
    return any(word[:n] in names.stems and len(word) - n <= n for n in lengths)


def _stems(name: str) -> set[str]:
    """What stays of a name in its forms: without a vowel at its end, or one before it, and as it is softened."""
    stem = name
    if len(name) > 4 and name[-1] in "sσ" and name[-2] in _VOWELS:  # "Jonas", "Γιώργος"
        stem = stem[:-1]
    stem = stem[:-1] if stem[-1] in _VOWELS else stem
    stems = {name, stem, stem[:-1] + _SOFTENED.get(stem[-1], stem[-1])}
    if len(name) > 4 and name[-2] in "eoео":  # "Marek", "Marka"
        stems.add(name[:-2] + name[-1])
    return stems
