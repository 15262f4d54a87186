"""Whether a statement tells of a preference: a like, a dislike, a habit of choice, a diet."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from cairn.language import liking
from cairn.language.fold import fold
from cairn.language.stating import QUESTION, nothing_stated

LANGUAGES: Final = tuple(sorted(liking.SPACED | liking.UNSPACED))
"""The languages that are read, by their ISO 639-1 codes."""

_READ: Final = 20_000  # characters of a text
_SENTENCE: Final = re.compile(r"[^.!?…。！？؟।۔;\n]+[.!?…。！？؟।۔;]*")
_ASKING: Final = frozenset("?？؟;¿")
_CLAUSES: Final = re.compile(r"([,،，—])")


def _any(patterns: Sequence[str]) -> str:
    return fold("|".join(f"(?:{pattern})" for pattern in patterns))


_SPACED: Final = re.compile(rf"(?<![\w'])(?:{_any([p for own in liking.SPACED.values() for p in own])})(?!\w)")
_UNSPACED: Final = {name: re.compile(_any(own)) for name, own in liking.UNSPACED.items()}
_OTHERS: Final = {name: re.compile(fold(own)) for name, own in liking.OTHERS.items()}
_ONESELF: Final = {name: re.compile(fold(own)) for name, own in liking.ONESELF.items()}


def states_preference(text: str) -> bool:
    """Whether the speaker says what they like, avoid or choose, in one of LANGUAGES; a question says nothing."""
    return any(_tells(fold(said)) and nothing_stated(said) != QUESTION for said in _stated(text[:_READ]))


def _stated(text: str) -> Iterator[str]:
    """The sentences; of a question what stands before its last clause: "I don't like tea, do you?"."""
    for found in _SENTENCE.finditer(text.replace("’", "'")):
        said = found.group().strip()
        yield said if _ASKING.isdisjoint(said) else "".join(_CLAUSES.split(said)[:-1])


def _tells(sentence: str) -> bool:
    if _SPACED.search(sentence):
        return True
    return any(found.search(sentence) and _of_oneself(name, sentence) for name, found in _UNSPACED.items())


def _of_oneself(name: str, sentence: str) -> bool:
    others = _OTHERS.get(name)
    return not others or not others.search(sentence) or bool(_ONESELF[name].search(sentence))
