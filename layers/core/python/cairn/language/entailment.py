"""Checks of truth on bare texts: is one supported by others, does it keep what another says, do two say the same.

They rest on content words, numbers, names and denials, never on what any two sentences about a person share, nor on
embeddings, dates or speakers. Words alone cannot tell every paraphrase from every contradiction ("engaged to Ralf",
"her engagement to Ralf is off"): that is the model's part. These checks refuse what no reading of the words allows.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from cairn.language.content import Content, content_of, lost, lost_names, shared
from cairn.language.vocabulary import LIGHT_VERBS

# Shares of content words. tests/data/entailment.jsonl has pairs on both sides of each, and a test says how far from it.
SUPPORTED: Final = 0.6
SAME_MATTER: Final = 0.5
KEPT: Final = 0.7
ALIKE: Final = 0.3
_FEWEST: Final = 2  # one word in common may be no more than whom both are about


class Kept(StrEnum):
    """What of an older text a newer one still says."""

    ALL = "all"
    CHANGED = "changed"
    NOTHING = "nothing"


def supported(text: str, by: Sequence[str]) -> bool:
    """Whether the texts in `by` say between them what `text` says: its names, numbers and denials, and most words."""
    said, sources = content_of(text), [content_of(other) for other in by]
    if said.denied and not any(source.denied for source in sources):
        return False
    given = _items(sources)
    if lost(said.numbers, given) or lost_names(said.names, given):
        return False
    return support(said, given) >= SUPPORTED


def kept(older: str, newer: str) -> Kept:
    """What `newer` keeps of `older`: all of it, so that it may take its place; a changed value; or nothing to speak of.

    A number, date or name that is gone, or a denial that came or went, is a change, however many words are the same.
    """
    old, new = content_of(older), content_of(newer)
    share = kept_share(old, new)
    if share < SAME_MATTER:
        return Kept.NOTHING
    if old.denied != new.denied or lost(old.numbers, new.items) or lost_names(old.names, new.items):
        return Kept.CHANGED
    gone, come = lost(old.items, new.items), lost(new.items, old.items)
    if share < KEPT or (len(gone) == len(come) == 1):
        return Kept.CHANGED
    return Kept.ALL


def says_the_same(text: str, known: str) -> bool:
    """Whether `text` may be known from `known`: no number, name or denial that is not there, and the same matter."""
    new, old = content_of(text), content_of(known)
    if new.denied != old.denied or lost(new.numbers, old.items) or lost_names(new.names, old.items):
        return False
    return likeness(new, old) >= ALIKE and not _of_another(old, new)


def support(said: Content, given: Sequence[str]) -> float:
    """Share of what is said that is given, in [0, 1]; of nothing it is 0."""
    return shared(said.items, given) / len(said.items) if said.items else 0.0


def kept_share(old: Content, new: Content) -> float:
    """Share of the older text's content that the newer one has, in [0, 1]; 0 where it is a single word of several."""
    common = shared(old.items, new.items)
    return common / len(old.items) if old.items and common >= min(_FEWEST, len(old.items)) else 0.0


def likeness(one: Content, other: Content) -> float:
    """Share of the shorter text's content, light verbs aside, that the other has, in [0, 1]; 0 where it is one word."""
    own, others = _weighty(one), _weighty(other)
    common, shorter = shared(own, others), min(len(own), len(others))
    return common / shorter if common >= _FEWEST else 0.0


def _of_another(old: Content, new: Content) -> bool:
    """Whether two texts are one sentence but for its first word, whom it is about, or its last, a value."""
    gone, come = lost(old.items, new.items), lost(new.items, old.items)
    ends = (old.items[0], new.items[0]), (old.items[-1], new.items[-1])
    return len(gone) == len(come) == 1 and (gone[0], come[0]) in ends


def _weighty(content: Content) -> list[str]:
    return [item for item in content.items if item not in LIGHT_VERBS]


def _items(sources: Sequence[Content]) -> list[str]:
    return [item for source in sources for item in source.items]
