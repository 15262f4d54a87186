"""What a text says, as far as its words show: content words, numbers, names, and whether it denies something.

For checks of truth: is one text supported by others, does it keep what another says, do two say the same. They look at
bare texts, word by word, in any script, and ask no model. Words that differ in their endings only are the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from cairn.language.fold import fold
from cairn.language.vocabulary import ARTICLES, BEFORE_NAMES, FUNCTION_WORDS, GERMAN, NEGATIONS, NUMBERS

# An address is one value, to be right to the letter.
_TOKEN: Final = re.compile(
    r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+|https?://[^\s<>()]+|\d+(?:[.,:/-]\d+)*|[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u0dff\u0e00-\u0eff])*"
)
_GROUPING: Final = re.compile(r"(?<=\d)[,.](?=\d{3}(?!\d))")
_SENTENCE_END: Final = frozenset('.!?:;…\n«»"“”„()[]。！？।')
# Scripts without spaces: ideographs count one by one, katakana, Thai, Burmese and Khmer in runs; hiragana is grammar.
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_PIECE: Final = re.compile(
    r"[\u3400-\u9fff\uf900-\ufaff]|[\u30a1-\u30fa\u30fc]+|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+"
)
_DENIED_UNSPACED: Final = re.compile(r"ない|ません|なかった|なく|ずに|[不没沒未無无别別]|ไม่")
_HANGUL: Final = re.compile(r"[\uac00-\ud7a3]")
_SAME_STEM: Final = 0.6


@dataclass(frozen=True, slots=True)
class Content:
    """What a text says: `words` that carry meaning, names too; `numbers` in digits, and addresses; `names`; `denied`.

    Words are folded: without case and accents. Ideographs count one by one.
    """

    words: tuple[str, ...]
    numbers: frozenset[str]
    names: frozenset[str]
    denied: bool

    @property
    def items(self) -> tuple[str, ...]:
        """Words and numbers."""
        return (*self.words, *sorted(self.numbers))


def content_of(text: str) -> Content:
    """What `text` says."""
    normal = unicodedata.normalize("NFKC", text).replace("’", "'")
    tokens = list(_tokens(normal))
    german = any(token.folded in GERMAN for token in tokens)
    words: dict[str, None] = {}
    numbers: set[str] = set()
    names: set[str] = set()
    denied = bool(_DENIED_UNSPACED.search(normal))
    for token in tokens:
        if "@" in token.folded or "://" in token.folded:
            numbers.add(token.folded)
        elif token.folded[0].isdigit() or token.folded in NUMBERS:
            numbers.update(_numbers(token.folded))
        elif token.denies:
            denied = True
        elif _UNSPACED.search(token.folded):
            words.update(dict.fromkeys(_PIECE.findall(token.folded)))
        elif token.carries_meaning:
            words[token.folded] = None
            if token.is_name(german=german):
                names.add(token.folded)
    return Content(tuple(words), frozenset(numbers), frozenset(names), denied)


def shared(items: Collection[str], others: Iterable[str]) -> int:
    """How many of `items` are among `others`, whatever their endings."""
    there = tuple(others)
    known = frozenset(there)
    return sum(item in known or any(_same(item, other) for other in there) for item in items)


def lost(items: Collection[str], others: Iterable[str]) -> list[str]:
    """Those of `items` that are not among `others`."""
    there = tuple(others)
    return [item for item in items if not shared((item,), there)]


def lost_names(names: Collection[str], others: Iterable[str]) -> list[str]:
    """Those of `names` that are not among `others`; a long one may have an ending of up to two letters."""
    there = tuple(others)
    known = frozenset(there)
    return [name for name in names if name not in known and not any(_same_name(name, other) for other in there)]


@dataclass(frozen=True, slots=True)
class _Token:
    """A word or number as it stands, folded, with the folded word before it, and whether a sentence begins with it."""

    text: str
    folded: str
    before: str
    starts: bool

    @property
    def denies(self) -> bool:
        return self.folded in NEGATIONS or (self.folded == "t" and self.before.endswith("n"))

    @property
    def carries_meaning(self) -> bool:
        return self.folded not in FUNCTION_WORDS and not (len(self.folded) == 1 and self.folded.isascii())

    def is_name(self, *, german: bool) -> bool:
        # A sentence begins with a capital whatever its first word is.
        if self.starts or not self.text[0].isupper():
            return False
        return self.before in BEFORE_NAMES if german else self.before not in ARTICLES


def _tokens(text: str) -> Iterator[_Token]:
    before, end, starts = "", 0, True
    for match in _TOKEN.finditer(text):
        starts = starts or not _SENTENCE_END.isdisjoint(text[end : match.start()])
        token = _Token(match.group(), fold(match.group()), before, starts)
        yield token
        before, end, starts = token.folded, match.end(), False


def _numbers(token: str) -> list[str]:
    """The numbers of a token: of a word for one, of digits grouped in thousands, of a date or time its parts."""
    if token in NUMBERS:
        return [NUMBERS[token]]
    return [part.lstrip("0") or "0" for part in re.split(r"[:/-]", _GROUPING.sub("", token))]


def _same_name(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and len(short) >= 4 and len(long) - len(short) <= 2


def _same(one: str, other: str) -> bool:
    """Whether two words differ in their endings only."""
    if one[0] != other[0] or one[0].isdigit():
        return one == other
    common = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        common += 1
    short, long = sorted((len(one), len(other)))
    if _HANGUL.match(one):
        return common >= 2 or common == short
    if common == short and common >= 3:
        return long - short <= 2 or common >= _SAME_STEM * long
    return common >= 4 and common >= _SAME_STEM * long
