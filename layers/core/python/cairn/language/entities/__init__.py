"""Entities and relations without a model: rules over the words of one text.

They err on the side of saying nothing. Relations told by verbs are read in English alone. Of other languages names are
read, and who they are to the speaker: where something introduces them, where they are among the commonest, and in Latin
script inside a sentence where a capital there is a name and a name is not inflected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cairn.language.entities import forms
from cairn.language.entities.asking import word_keys
from cairn.language.entities.introducing import Introduced, introduced
from cairn.language.entities.proper_nouns import Named, has_english, language, proper_nouns, without_noise
from cairn.language.entities.relating import Reading
from cairn.language.mentions import Mention, Relation, entity_key

__all__ = ["Read", "asked_about", "read"]

MAX_READ: Final = 2_000  # characters; what a long text is about stands at its beginning
_MAX_KEYS: Final = 64
_SUFFIX: Final = re.compile(r"(?<=\w)'(?=[a-zçğıöşü])")  # "Ankara'da" is in Ankara


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
    english = tongue == "en"
    told = introduced(tidy, is_english=english and has_english(tidy))
    if tongue == "tr":
        tidy = _SUFFIX.sub("|", tidy)
    if tongue is None and not told:
        return Read()
    others = proper_nouns(_without(tidy, told), english=english) if tongue else []
    names = [*(Named(t.name, t.start, t.end) for t in told), *others]
    named = _with_speaker(tidy, names, speaker.name)
    reading = Reading(tidy, named, speaker, english=english, asked=asked)
    reading.introduce(told)
    return Read(*reading.found())


def _without(text: str, told: list[Introduced]) -> str:
    """The text with small letters for the names that something introduces; every other character keeps its place."""
    for each in told:
        text = f"{text[: each.start]}{'x' * (each.end - each.start)}{text[each.end :]}"
    return text


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
