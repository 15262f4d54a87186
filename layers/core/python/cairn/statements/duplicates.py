"""Whether two statements say the same, so that the second one needs no memory of its own.

A wrong yes loses something the user said; a wrong no only keeps it twice. So the embeddings must agree, and then the
words too, but for spelling, contractions and a few words that add no meaning. A number, a negation, a name or any other
word on one side alone makes two statements.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from cairn.statements.vocabulary import words

# The words decide; this only stops a pair whose embeddings disagree. Short sentences that differ in one word of padding
# measure from 0.83 up with the bundled model.
NEAR_DUPLICATE_COSINE: Final = 0.75

# Punctuation that changes what is said, as in "5%", "C#" or "R&D".
_MEANT: Final = frozenset("%&@#")
# Between digits these belong to the number: 3.5, 1,000, 10:30, 2026-01-01, 1/2.
_IN_NUMBERS: Final = frozenset(".,:-/–")
_APOSTROPHES: Final = str.maketrans("’ʼ`´", "''''")

_CONTRACTED: Final = {
    "i'm": "i am",
    "im": "i am",
    "i've": "i have",
    "ive": "i have",
    "i'll": "i will",
    "i'd": "i would",
    "can't": "can not",
    "cant": "can not",
    "cannot": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "dont": "do not",
    "doesnt": "does not",
    "didnt": "did not",
    "isnt": "is not",
    "wasnt": "was not",
    "it's": "it is",
    "that's": "that is",
    "there's": "there is",
    "favorite": "favourite",
    "color": "colour",
}
_ENDINGS: Final = {"n't": " not", "'re": " are", "'ve": " have", "'ll": " will"}
_NEGATIONS: Final = words("not no never none nobody nothing neither nor without hardly barely rarely seldom")
_PADDING: Final = words(
    "really very truly absolutely definitely totally actually basically honestly simply certainly indeed quite so "
    "please"
)
_OPENERS: Final = words("hi hey hello oh well ok okay yes yeah yep and but so btw hm hmm sure")


def is_near_duplicate(new: str, old: str, cosine: float) -> bool:
    """Say whether the new statement says no more and no other than the old one.

    Args:
        new: the statement just made.
        old: the text of a memory.
        cosine: the similarity of their embeddings.
    """
    new_words, old_words = _folded(new), _folded(old)
    if new_words == old_words:
        return True
    if not cosine >= NEAR_DUPLICATE_COSINE:  # a NaN is no agreement either
        return False
    return _meaning(new_words) == _meaning(old_words)


def _meaning(folded: list[str]) -> list[str]:
    spelt_out = [part for word in folded for part in _spelt_out(word).split()]
    first = 0
    while first < len(spelt_out) and spelt_out[first] in _OPENERS:
        first += 1
    rest = spelt_out[first:]
    if any(word in _NEGATIONS for word in rest):
        # "Not really" and "not very" are not "not": next to a negation nothing is padding.
        return rest
    return [word for word in rest if word not in _PADDING]


def _spelt_out(word: str) -> str:
    if word in _CONTRACTED:
        return _CONTRACTED[word]
    for ending, meaning in _ENDINGS.items():
        if word.endswith(ending) and len(word) > len(ending):
            return word.removesuffix(ending) + meaning
    return word


def _folded(text: str) -> list[str]:
    """Cut into words without case, spacing and punctuation; symbols, emoji too, are words of their own."""
    normal = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)
    cut: list[str] = []
    word = ""
    for index, character in enumerate(normal):
        before, after = normal[index - 1 : index], normal[index + 1 : index + 2]
        if _belongs(character, before, after):
            word += character
            continue
        if word:
            cut.append(word)
            word = ""
        if character in _MEANT or unicodedata.category(character)[0] == "S" or _is_sign(character, before, after):
            cut.append(character)
    return [*cut, word] if word else cut


def _belongs(character: str, before: str, after: str) -> bool:
    if unicodedata.category(character)[0] in "LMN":
        # The selector that only asks for the coloured form of an emoji is no letter.
        return character != "\ufe0f"
    if character == "'":
        return before.isalnum() and after.isalnum()
    return character in _IN_NUMBERS and before.isdigit() and after.isdigit()


def _is_sign(character: str, before: str, after: str) -> bool:
    return character in "-−" and after.isdigit() and not before.isalnum()
