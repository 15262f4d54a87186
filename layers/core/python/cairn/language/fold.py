"""Words as they are compared: without case, accents and width, in every script."""

import unicodedata
from typing import Final

# Letters that Unicode does not take apart, as people type them without a mark.
_PLAIN: Final = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
# Scripts whose marks are accents; those of Indic scripts, Thai and Hangul are vowels.
_ACCENTED: Final = ("\u0041", "\u052f"), ("\u0590", "\u06ff"), ("\u1e00", "\u1fff")


def fold(word: str) -> str:
    """`word` in lower case, full width made plain, and without accents where marks are accents."""
    lowered = unicodedata.normalize("NFKC", word).casefold()
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFD", lowered)
    kept: list[str] = []
    accented = False
    for character in decomposed:
        if unicodedata.category(character) == "Mn":
            if accented:
                continue
        else:
            accented = any(first <= character <= last for first, last in _ACCENTED)
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_PLAIN)
