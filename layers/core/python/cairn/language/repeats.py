"""When two texts are the same words, so that the second needs no memory of its own.

The same words are the same letters, case and signs, but for spacing, Unicode's ways to write one letter, the full stop
that ends a plain sentence, and the contractions of English. "jo.doe@" and "jo_doe@", "Hunter2" and "hunter2", "A-" and
"A", "abc" and "abc!" are two.
"""

import re
import unicodedata
from typing import Final

_APOSTROPHES: Final = str.maketrans("’ʼ`´", "''''")
_CONTRACTED: Final = (
    (re.compile(r"\b(I|[Yy]ou|[Ww]e|[Tt]hey|[Hh]e|[Ss]he|[Ii]t|[Tt]hat|[Tt]here)'(m|re|ve|ll|s)\b"), None),
    (re.compile(r"\b([Cc]an)'t\b|\b([Cc]an)not\b"), r"\1\2 not"),
    (re.compile(r"\b([Ww])on't\b"), r"\1ill not"),
    (re.compile(r"\b(\w+)n't\b"), r"\1 not"),
)
_WHOLE: Final = {"m": "am", "re": "are", "ve": "have", "ll": "will", "s": "is"}
_SENTENCE_END: Final = re.compile(r"(?<=[^\W\d_])(?:[.。]|\.{3}|…)\s*$")


def same_words(one: str, other: str) -> bool:
    """Whether two texts are the same words."""
    return words_key(one) == words_key(other)


def words_key(text: str) -> str:
    """What texts of the same words share: spaces as one, Unicode NFC, contractions spelt out, no last full stop.

    The mark stays where the last word is no plain word: it may belong to a password, an address or a name of a file.
    """
    spaced = " ".join(unicodedata.normalize("NFC", text).translate(_APOSTROPHES).split())
    spaced = _CONTRACTED[0][0].sub(lambda found: f"{found[1]} {_WHOLE[found[2]]}", spaced)
    for pattern, whole in _CONTRACTED[1:]:
        spaced = pattern.sub(whole or "", spaced)
    ended = _SENTENCE_END.search(spaced)
    if ended and spaced[: ended.start()].rsplit(" ", 1)[-1].isalpha():
        return spaced[: ended.start()]
    return spaced
