"""Entities and relations without a model: rules over the words of one text, in English.

They err on the side of saying nothing. Of other languages in Latin script only names inside a sentence are read, and
only of those in which a capital there is a name and a name is not inflected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cairn.entities import forms
from cairn.entities.asking import word_keys
from cairn.entities.proper_nouns import Named, language, proper_nouns, without_noise
from cairn.entities.relating import Reading
from cairn.graph import Mention, Relation, entity_key

__all__ = ["Read", "asked_about", "read"]

MAX_READ: Final = 2_000  # characters; what a long text is about stands at its beginning
_MAX_KEYS: Final = 64


@dataclass(frozen=True, slots=True)
class Read:
    """What a text says of things and how they relate."""

    entities: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()


def read(text: str, actor: str | None) -> Read:
    """The entities of a text and their relations, at most 12 of each; whoever says "I" is the actor."""
    return _read(text, actor, asked=False)


def _read(text: str, actor: str | None, *, asked: bool) -> Read:
    speaker = forms.speaker(actor)
    tidy = without_noise(forms.straightened(text[:MAX_READ]))
    tongue = language(tidy)
    if tongue is None:
        return Read()
    names = proper_nouns(tidy, english=tongue == "en")
    reading = Reading(tidy, _with_speaker(tidy, names, speaker.name), speaker, english=tongue == "en", asked=asked)
    return Read(*reading.found())


def asked_about(query: str, actor: str | None = None) -> tuple[str, ...]:
    """Keys of the entities that a question may be about, the surest first, at most 64.

    First those it names by the rules, then runs of its words: a question in lower case names nobody by the rules, and
    a key that no entity has costs nothing.
    """
    named = _read(query, actor, asked=True)
    keys = dict.fromkeys(entity_key(n) for m in named.entities for n in (m.name, *m.aliases))
    return tuple(keys | dict.fromkeys(word_keys(query[:MAX_READ])))[:_MAX_KEYS]


def _with_speaker(text: str, names: list[Named], speaker: str) -> list[Named]:
    """The names, and where the text calls the speaker by name: "User lives in Oslo"."""
    called = rf"(?<!\w)(?:[Tt]he {re.escape(speaker.lower())}|{re.escape(speaker)})(?!\w)"
    own = [Named(speaker, found.start(), found.end()) for found in re.finditer(called, text)]
    others = [n for n in names if all(n.end <= o.start or o.end <= n.start for o in own)]
    return sorted([*own, *others], key=lambda named: named.start)
