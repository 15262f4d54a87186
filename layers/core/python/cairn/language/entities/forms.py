"""The normal forms: how speakers, names, relations and who is known by a role are written, whoever wrote them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from cairn.language.entities import vocabulary as say
from cairn.language.mentions import Mention, entity_key

MAX_MENTIONS: Final = 12
MAX_RELATIONS: Final = 12
MAX_ALIASES: Final = 4
MAX_NAME: Final = 100  # characters
_MAX_WORD: Final = 32  # characters of a type
PERSON, PLACE, ORGANIZATION, ANIMAL, EVENT, OTHER = "person", "place", "organization", "animal", "event", "other"

_APOSTROPHES: Final = str.maketrans("’‘ʼ´", "''''")
_MINE: Final = re.compile(r"(?:my|our)\b|the (user|speaker)'s\b", re.IGNORECASE)
_POSSESSED: Final = re.compile(r"(?P<owner>.+?)'s? (?P<thing>[^']+)")


def straightened(text: str) -> str:
    """The text with plain apostrophes, each character in its place."""
    return text.translate(_APOSTROPHES)


def clean_name(name: str) -> str:
    """The name as it is stored: one line without control and format characters; empty where nothing can be read."""
    shown = "".join(" " if unicodedata.category(c)[0] in "CZ" and c.isspace() else c for c in name[: MAX_NAME * 4])
    shown = "".join(c for c in shown if unicodedata.category(c)[0] != "C")
    tidy = " ".join(straightened(unicodedata.normalize("NFC", shown)).split())
    return tidy if len(tidy) <= MAX_NAME and any(c.isalnum() for c in tidy) else ""


def speaker_name(actor: str | None) -> str:
    """The name of whoever speaks: "User" and "Assistant" for speakers without one."""
    name = clean_name((actor or "")[:MAX_NAME]) or "user"
    return name.capitalize() if name.casefold() in ("user", "assistant") else name


def speaker(actor: str | None) -> Mention:
    """Whoever speaks, as an entity."""
    name = speaker_name(actor)
    return Mention(name, OTHER if name == "Assistant" else PERSON)


def known_by_role(owner: str, adjectives: str, role: str) -> str:
    """The name or alias of whoever is known by a role alone: "User's older sister"."""
    kept = [say.ADJECTIVES.get(word, "") for word in adjectives.lower().split()]
    return " ".join([f"{owner}'s", *filter(None, kept), say.ROLES[role.lower()].name])


def normal_name(name: str, speaker: str) -> str:
    """A cleaned name; "my mom", "the user's mom" and "User’s mother" are one and the same where User speaks."""
    tidy = _MINE.sub(lambda _: f"{speaker}'s", clean_name(name), count=1)
    possessed = _POSSESSED.fullmatch(tidy)
    if possessed is None:
        return tidy[:MAX_NAME].strip()
    *adjectives, role = _role_last(possessed["thing"])
    if role.lower() not in say.ROLES or not all(word.lower() in say.ADJECTIVES for word in adjectives):
        return tidy[:MAX_NAME].strip()
    return known_by_role(possessed["owner"], " ".join(adjectives), role)[:MAX_NAME].strip()


def is_shared_role(name: str) -> bool:
    """Whether the name is that of a role which many have: "User's friend" is nobody in particular."""
    possessed = _POSSESSED.fullmatch(name)
    role = say.ROLES.get(_role_last(possessed["thing"])[-1].lower()) if possessed else None
    return role is not None and role.shared


def _role_last(thing: str) -> list[str]:
    """The words before a role, and the role, which may be of several words."""
    words = thing.split()
    for first in range(len(words)):
        if " ".join(words[first:]).lower() in say.ROLES:
            return [*words[:first], " ".join(words[first:])]
    return [thing]


def relation_type(verb: str) -> str:
    """A relation as snake_case in ASCII, at most 32 characters; empty where nothing is left of it."""
    plain = unicodedata.normalize("NFKD", verb[: _MAX_WORD * 4])
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", letters).casefold()
    return re.sub(r"[^a-z0-9]+", "_", spaced).strip("_")[:_MAX_WORD].strip("_")


def entity_type(word: str) -> str:
    """A type as one word of snake_case; `other` where it cannot be read."""
    return relation_type(word) or OTHER


def same(one: str, other: str) -> bool:
    """Whether two names have one key."""
    return entity_key(one) == entity_key(other)
