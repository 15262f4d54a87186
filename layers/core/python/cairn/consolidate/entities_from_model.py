"""What is believed of the entities and relations a model names: what the fact itself says, in the normal forms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from cairn.consolidate.prompts.extract import ExtractedFact, NamedEntity
from cairn.language.entities import Read, forms, read
from cairn.language.entities import vocabulary as say
from cairn.language.mentions import Mention, Relation, entity_key

_SELF: Final = frozenset({"i", "me", "my", "myself", "speaker", "the speaker"})
_USER: Final = frozenset({"user", "the user"})
_MINE: Final = re.compile(r"\b(?:my|our)\b", re.IGNORECASE)
_MOST_LOOKED_AT: Final = 50  # of each list of an answer


def mentioned(extracted: ExtractedFact, text: str, actor: str, *, from_user: bool) -> Read:
    """The entities and relations of a fact; where the model named none that can be believed, the rules read the text.

    An entity counts only where the fact or its quote names it, a relation only between such entities.
    """
    told = _Told(forms.speaker(actor), _Stated(f"{text}\n{extracted.quote}", forms.speaker_name(actor)), from_user)
    for entity in extracted.entities[:_MOST_LOOKED_AT]:
        told.name(entity)
    told.join_known_by_role()
    relations = list(told.relations(extracted.relations[:_MOST_LOOKED_AT]))
    if not told.mentions:
        return read(text, actor)
    return Read(tuple(told.mentions.values()), tuple(dict.fromkeys(relations))[: forms.MAX_RELATIONS])


def merged(text: str, actor: str | None, parts: Sequence[Read]) -> Read:
    """What a text says that was merged of several: what they said, as far as the text still names it."""
    speaker = forms.speaker_name(actor)
    stated = _Stated(text, speaker)
    mentions: dict[str, Mention] = {}
    for mention in (m for part in parts for m in part.entities):
        if forms.same(mention.name, speaker) or any(stated.names(n) for n in (mention.name, *mention.aliases)):
            _add(mentions, mention)
    kept = {mention.name for mention in mentions.values()}
    relations = dict.fromkeys(r for p in parts for r in p.relations if r.source in kept and r.target in kept)
    if not mentions:
        return read(text, actor)
    return Read(tuple(mentions.values()), tuple(relations)[: forms.MAX_RELATIONS])


class _Stated:
    """The words of a text, as names are looked for in them."""

    def __init__(self, text: str, speaker: str) -> None:
        straight = forms.straightened(text)
        third_person = _MINE.sub(lambda _: f"{speaker}'s", straight)
        self._text = entity_key(f"{straight} | {third_person}")

    def names(self, name: str) -> bool:
        """Whether the name stands there; "Art" does not stand in "party"."""
        key = entity_key(name)
        start = self._text.find(key) if key else -1
        while start >= 0 and self._inside_word(start, start + len(key)):
            start = self._text.find(key, start + 1)
        return start >= 0

    def _inside_word(self, start: int, end: int) -> bool:
        edges = (self._text[max(0, start - 1) : start + 1], self._text[end - 1 : end + 1])
        return any(len(edge) == 2 and edge.isascii() and edge.isalnum() for edge in edges)


@dataclass(slots=True)
class _Told:
    """The entities that are believed, by their keys."""

    speaker: Mention
    stated: _Stated
    from_user: bool
    mentions: dict[str, Mention] = field(default_factory=dict[str, Mention])

    def name(self, entity: NamedEntity) -> str | None:
        """The name of the entity among those believed; None where it is not believed."""
        name = self._name(entity.name)
        if name is None:
            return None
        if name == self.speaker.name:
            mention = replace(self.speaker, aliases=self._aliases(entity, name))
        else:
            mention = Mention(name, forms.entity_type(entity.type), self._aliases(entity, name))
        return _add(self.mentions, mention)

    def _name(self, given: str) -> str | None:
        clean = forms.clean_name(given)
        key = entity_key(clean)
        means_speaker = key in _SELF or (self.from_user and key in _USER)
        if means_speaker or key == entity_key(self.speaker.name):
            return self.speaker.name
        if key in _USER:
            return "User"
        name = forms.normal_name(clean, self.speaker.name)
        said = name and (self.stated.names(clean) or self.stated.names(name))
        return name if said and not forms.is_shared_role(name) else None

    def _aliases(self, entity: NamedEntity, name: str) -> tuple[str, ...]:
        found: dict[str, str] = {}
        for given in entity.aliases[:_MOST_LOOKED_AT]:
            alias = self._name(given)
            key = entity_key(alias or "")
            # "Sister" and "he" are said of many.
            if alias and alias != self.speaker.name and key not in say.ROLES and key not in say.NEVER:
                found[key] = alias
        found.pop(entity_key(name), None)
        return tuple(found.values())[: forms.MAX_ALIASES]

    def join_known_by_role(self) -> None:
        """Who was named twice, by name and by role, is one; an alias of two is no alias."""
        aliases = [entity_key(alias) for mention in self.mentions.values() for alias in mention.aliases]
        for key in aliases:
            self.mentions.pop(key, None)
        for key, mention in self.mentions.items():
            own = tuple(alias for alias in mention.aliases if aliases.count(entity_key(alias)) == 1)
            self.mentions[key] = replace(mention, aliases=own)

    def relations(self, stated: Sequence[Sequence[str]]) -> Iterator[Relation]:
        """Those between believed entities; an end that the fact names is an entity too."""
        for source_named, told, target_named in stated:
            verb = forms.relation_type(told)
            source, target = self._end(source_named), self._end(target_named)
            if verb and source and target and source != target:
                yield Relation(source, verb, target)

    def _end(self, given: str) -> str | None:
        key = entity_key(self._name(given) or "")
        for mention in self.mentions.values():
            if key in (entity_key(name) for name in (mention.name, *mention.aliases)):
                return mention.name
        return self.name(NamedEntity(name=given)) if key else None


def _add(mentions: dict[str, Mention], mention: Mention) -> str | None:
    """Adds it, or what it says more of one that is there; the name it has then, None where there is no room."""
    key = entity_key(mention.name)
    known = mentions.get(key)
    if known is None:
        if len(mentions) >= forms.MAX_MENTIONS:
            return None
        mentions[key] = mention
        return mention.name
    aliases = {entity_key(alias): alias for alias in (*known.aliases, *mention.aliases)}
    kind = mention.type if known.type == forms.OTHER else known.type
    mentions[key] = Mention(known.name, kind, tuple(aliases.values())[: forms.MAX_ALIASES])
    return known.name
