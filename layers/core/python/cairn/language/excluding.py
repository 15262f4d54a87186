"""Whether a text says what shall be left out, without a model: in the words of the wish, whatever their endings.

Of a wish of three words or more most suffice, in one sentence: what somebody asks to leave out is left out in doubt.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from cairn.language.content import content_of
from cairn.language.fold import fold

_READ: Final = 4_000  # characters of a wish
_PHRASES: Final = 64
_BETWEEN: Final = re.compile(r"[,;.\n、，；。،؛•]|\s(?:and|or|und|oder|et|ou|y|e|oder|og|och|i|и|і|ve|και|או|और|dan)\s")
_SENTENCE: Final = re.compile(r"[^.!?…。！？؟।۔\n]+")
_WORD: Final = re.compile(r"[^\W_](?:[^\W_]|[\u0900-\u0dff])*")
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+")
_IDEOGRAPHS: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_MOST: Final = 2 / 3
_LONGEST_PIECE: Final = 3  # characters that stand together; of longer runs most pairs suffice

# A number of some length is one, whatever it is called.
_DIGITS: Final = re.compile(r"\d(?:[ -]?\d){3}")
_NUMBER: Final = ("number", "nummer", "numero", "numer", "номер", "رقم", "מספר", "नंबर", "번호", "so")

# What a wish says beside what it is about.
_IDLE: Final = frozenset(
    fold(
        "info information informations details detail data anything everything something things topics related "
        "regarding concerning mention mentions mentioned mentioning user users store save keep remember exclude leave "
        "skip ignore please memories memory kind sort like etc personal private sensitive "
        "informationen angaben daten alles persönliche speichere bitte données tout toute personnelles información "
        "datos todo informações dados tudo informazioni dati tutto gegevens informatie alles dane informacje wszystko "
        "информация данные всё інформація дані bilgi bilgileri πληροφορίες معلومات מידע जानकारी 정보 관련 thông tin "
        "informasi"
    ).split()
)
_IDLE_UNSPACED: Final = re.compile(
    r"(?:任何|所有|一切)?(?:关于|關於|有关|有關)|的?(?:信息|资料|資料|数据|數據|内容)|(?:に関する|について)(?:の)?|(?:の)?(?:情報|こと)|ข้อมูล|เกี่ยวกับ"
)


def excludes(wish: str, text: str) -> bool:
    """Whether `text` says what `wish` names: phrases between commas, line breaks, or "and"."""
    phrases = _phrases(wish[:_READ])
    return bool(phrases) and any(_says(said, phrase) for said in _sentences(text) for phrase in phrases)


@lru_cache(maxsize=64)
def _phrases(wish: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Of each phrase its words, and its runs of characters where these are not parted by blanks."""
    found: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    for phrase in _BETWEEN.split(wish.casefold()):
        folded = _IDLE_UNSPACED.sub(" ", fold(phrase))
        runs = tuple(_UNSPACED.findall(folded))
        words = content_of(_UNSPACED.sub(" ", folded)).items
        telling = tuple(w for w in words if w not in _IDLE) or words
        if runs or telling:
            found.append((telling, runs))
    return tuple(found[:_PHRASES])


def _sentences(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    for found in _SENTENCE.finditer(text):
        folded = fold(found.group())
        words = tuple(_WORD.findall(folded))
        yield (words + _NUMBER if _DIGITS.search(folded) else words), folded


def _says(said: tuple[Sequence[str], str], phrase: tuple[Sequence[str], Sequence[str]]) -> bool:
    (words, folded), (wanted, runs) = said, phrase
    there = [any(_same(one, other) for other in words) for one in wanted] + [_stands(run, folded) for run in runs]
    return sum(there) >= (len(there) if len(there) < 3 else len(there) * _MOST)


def _stands(run: str, text: str) -> bool:
    if len(run) <= _LONGEST_PIECE or not _IDEOGRAPHS.match(run):
        return run in text
    pairs = [run[n : n + 2] in text for n in range(len(run) - 1)]
    return sum(pairs) >= len(pairs) * _MOST


def _same(one: str, other: str) -> bool:
    """Whether two words are forms of one, or one ends in the other, as compounds do."""
    short, long = sorted((without_article(one), without_article(other)), key=len)
    if long.startswith(short):
        return long == short or long == f"{short}s" or (len(short) > 3 and len(long) - len(short) <= 3)
    common = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    ends = len(short) - common
    return (common >= 4 and ends <= 1 and len(long) - common <= (3 if common > 4 else 1)) or (
        len(short) >= 6 and long.endswith(short)
    )


def without_article(word: str) -> str:
    """A folded word without the article that Arabic and Hebrew write on it."""
    if len(word) > 4 and word.startswith("ال"):
        return word[2:]
    return word[1:] if len(word) > 4 and word.startswith("ה") else word
