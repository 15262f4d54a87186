"""Which entities a search question may be about."""

from __future__ import annotations

import re
from typing import Final

from cairn.language.entities import forms
from cairn.language.entities import vocabulary as say
from cairn.language.mentions import entity_key

_WORD: Final = re.compile(r"[^\W_]+(?:['&-][^\W_]+)*")
_UNSPACED: Final = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_MAX_KEYS: Final = 64
_MAX_WORDS: Final = 32
_LONGEST: Final = 4  # words, or characters of a script without spaces


def word_keys(query: str) -> list[str]:
    """Runs of the query's words that may be a name, the shortest first."""
    straight = forms.straightened(query)
    words = [entity_key(found.group()) for found in _WORD.finditer(straight)][:_MAX_WORDS]
    keys: dict[str, None] = {}
    for length in range(1, _LONGEST):
        for first in range(len(words) - length + 1):
            run = words[first : first + length]
            if run[0] not in say.NOT_ASKED and run[-1].removesuffix("'s") not in say.NOT_ASKED:
                keys |= dict.fromkeys((" ".join(run), " ".join([*run[:-1], run[-1].removesuffix("'s")])))
    for found in _UNSPACED.finditer(query):
        run = entity_key(found.group())[:_MAX_WORDS]
        pieces = (run[n : n + length] for length in range(_LONGEST, 1, -1) for n in range(len(run) - length + 1))
        keys |= dict.fromkeys(pieces)
    return list(keys)[:_MAX_KEYS]
