"""Who is what to whom, in English: kin and other roles, and relations told by a verb.

A text is read as its shape: each entity is one private-use character, so that a pattern of a few words sees them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cairn.language.entities import forms
from cairn.language.entities import vocabulary as say
from cairn.language.entities.introducing import Introduced
from cairn.language.entities.proper_nouns import Named
from cairn.language.mentions import Mention, Relation, entity_key

_SPEAKER: Final = "\ue000"
_FIRST_KIN: Final = 0xE800
_N: Final = "[\ue000-\ue7ff]"
_K: Final = "[\ue800-\uefff]"
_ANY: Final = "[\ue000-\uefff]"
_ONE: Final = rf"(?:{_ANY}|\b[Ii]\b|\b[Ww]e\b)"
_ROLES: Final = "|".join(sorted({*say.ROLES, *say.PLURALS}, key=len, reverse=True))
_ADJECTIVES: Final = "|".join(say.ADJECTIVES)
_ROLE: Final = rf"(?P<adjectives>(?:(?:{_ADJECTIVES}) ){{0,3}})(?P<role>{_ROLES})(?P<plural>s?)(?![\w-])(?! of\b)"
_KIN: Final = re.compile(rf"(?:\b(?:my|our)|(?P<owner>{_ANY})'s) {_ROLE}", re.IGNORECASE)
_BARE: Final = re.compile(rf"\b(?=[DGMP])(?<![\w'] )(?P<role>{'|'.join(w.capitalize() for w in say.BARE_ROLES)})(?!\w)")
_HAVING: Final = re.compile(
    rf"(?P<owner>{_ONE})(?: have| has|'ve got| have got| has got)(?: an?| one)(?: {_ROLE})", re.IGNORECASE
)
_NAMED: Final = "(?:,? (?:is |was )?(?:called|named))"
_JOINED: Final = (
    re.compile(rf"(?P<kin>{_K})(?: is)? (?P<name>{_N})(?!'s)"),
    re.compile(rf"(?P<kin>{_K})(?: is| was)?{_NAMED} (?P<name>{_N})"),
    re.compile(rf"(?P<kin>{_K})'s name(?: is|'s) (?P<name>{_N})"),
    re.compile(rf"(?P<kin>{_K}), (?P<name>{_N})(?=[.!?;)]|$|,(?! and| {_ANY}))"),
    re.compile(rf"(?P<name>{_N}), (?P<kin>{_K})(?=[.!?;)]|$|,(?! and| {_ANY}))"),
    re.compile(rf"(?P<name>{_N})(?: is|'s| was) (?P<kin>{_K})(?!'s| {_ANY})"),
)
_SEVERAL: Final = re.compile(rf"(?P<kin>{_K}),? (?P<names>{_N}(?:, {_N}){{0,5}},? and {_N})")
_TWICE: Final = re.compile(rf"(?P<first>{_ANY}),? (?P<second>{_ANY})(?!'s),?")
_MY_NAME: Final = re.compile(rf"\b(?:[Mm]y name(?:'s| is)|(?:call|calls) me) (?P<name>{_N})")
_MINE: Final = re.compile(
    r"\b(?:I|i|I'm|i'm|im|I've|i've|I'd|i'd|I'll|i'll|[Mm]y|[Mm]e|[Mm]ine|[Mm]yself|[Ww]e|[Oo]ur|[Uu]s)\b"
)

_ADVERBS: Final = "|".join(say.ADVERBS.split())
_PHRASES: Final = "|".join(sorted(say.VERBS, key=len, reverse=True))
_SUBJECTS: Final = rf"(?P<subjects>{_ONE}(?:(?:, and |, | and ){_ONE}){{0,5}})|(?P<again>,? (?:and|but|then))"
_BE: Final = r"'m|'re| am| are| is|'s"
_RELATED: Final = re.compile(
    rf"(?:{_SUBJECTS})(?P<aux>{_BE}|'ve| have| has)?(?: got)?"
    rf"(?: (?:{_ADVERBS})){{0,3}}(?: been)?(?: (?:{_ADVERBS})){{0,2}}"
    rf" (?P<verb>{_PHRASES})\b(?= )"
)
_TARGET: Final = rf"{_ANY}(?! (?:is|was|has|[a-z]+ed|{'|'.join(sorted(say.THIRD_PERSON))})\b)"
_TARGETS: Final = re.compile(
    rf" (?:[Tt]he |downtown |central )?(?P<targets>{_TARGET}(?:(?:, and |, | and ){_TARGET}){{0,5}})"
)
_ENDS: Final = rf"(?=[.,;:!?)|]|\s*$| (?:{'|'.join(say.ENDS_THING.split())})\b)"
_WORD: Final = r"[^\W\d_]{2,20}(?:['-][^\W\d_]{1,20})?"
_THING: Final = re.compile(rf" (?P<thing>{_WORD}(?: {_WORD})??){_ENDS}(?: and (?P<second>{_WORD})(?=[.!?]|\s*$))?")
_FAVORITE: Final = re.compile(
    rf"(?:\b(?:[Mm]y|[Oo]ur)|(?P<owner>{_ANY})'s)(?: all-time)? favou?rite (?:[a-z]+ ){{1,2}}(?:is|are)(?P<verb>)(?= )"
)
_AS_A: Final = re.compile(r"\b(work|works|working|worked) as an? (?:[a-z]+ ){1,3}(?=at |for )")
_SUBJECT: Final = re.compile(r"\b([Ss]tud(?:y|ies|ied|ying)) (?:[A-Za-z]+ ){1,2}(?=at )")
_SENTENCE: Final = re.compile(r"(?<=[.!?\n])\s")
_IF: Final = re.compile(rf"\b(?:{'|'.join(say.IF.split())})\b", re.IGNORECASE)


@dataclass(slots=True)
class _Entity:
    """An entity while the text is read. `stands` is False for what is named by a shared role alone."""

    name: str
    type: str = forms.OTHER
    aliases: list[str] = field(default_factory=list[str])
    stands: bool = True
    shared: bool = False
    plural: bool = False
    same_as: str | None = None


class Reading:
    """What one text says, gathered step by step."""

    def __init__(self, text: str, names: Sequence[Named], speaker: Mention, *, english: bool, asked: bool) -> None:
        self._speaker = speaker
        self._asked = asked
        self._entities: dict[str, _Entity] = {_SPEAKER: _Entity(speaker.name, speaker.type, stands=False)}
        self._relations: list[tuple[str, str, str]] = []
        self._shape = self._shaped(text, names)
        if english:
            self._entities[_SPEAKER].stands |= _MINE.search(self._shape) is not None
            self._relate()

    def _shaped(self, text: str, names: Sequence[Named]) -> str:
        """The text with a character for each name."""
        known = {entity_key(self._speaker.name): _SPEAKER}
        pieces: list[str] = []
        end = 0
        for named in names:
            sign = known.setdefault(entity_key(named.name), chr(0xE000 + len(known)))
            if sign not in self._entities:
                self._entities[sign] = _Entity(named.name, _type_of(named.name))
            self._entities[sign].stands = True
            pieces += [text[end : named.start], sign]
            end = named.end
        return "".join([*pieces, text[end:]])

    def _relate(self) -> None:
        for _ in range(2):  # "my sister's husband"
            self._shape = _KIN.sub(self._kin, self._shape)
        self._shape = _BARE.sub(self._kin, self._shape)
        self._shape = _HAVING.sub(self._had, self._shape)
        if max(self._entities) >= chr(_FIRST_KIN):
            self._name_kin()
        for found in _MY_NAME.finditer(self._shape) if "name" in self._shape or "call" in self._shape else ():
            self._call_speaker(found["name"])
        # What is left after its naming reads as one: "K N lives in" is "N lives in".
        self._shape = _TWICE.sub(self._once, self._shape)
        self._shape = _SUBJECT.sub(r"\1 ", _AS_A.sub(r"\1 ", self._shape))
        for sentence in _SENTENCE.split(self._shape):
            if sentence and not sentence.rstrip().endswith("?"):
                self._relate_in(sentence)

    def _name_kin(self) -> None:
        for found in _SEVERAL.finditer(self._shape):
            self._name_several(found["kin"], re.findall(_N, found["names"]))
        for pattern in _JOINED:
            for found in pattern.finditer(self._shape):
                self._name(found["kin"], found["name"])

    def _once(self, found: re.Match[str]) -> str:
        first, second = found["first"], found["second"]
        if second in (self._entities[first].same_as, first) or self._entities[second].same_as == first:
            return self._entities[first].same_as or first
        return found.group()

    # --- roles

    def _kin(self, found: re.Match[str]) -> str:
        named = found.groupdict()
        role, plural = named["role"], bool(named.get("plural"))
        if role.lower() in say.PLURALS:
            role, plural = say.PLURALS[role.lower()], True
        following = re.match(r" ([a-z']+)", found.string[found.end() :])
        # In "Where does my sister live?" any verb may follow.
        if following and not plural and not self._asked and not _follows_role(following[1]):
            return found.group()
        return self._role_sign(named.get("owner") or _SPEAKER, named.get("adjectives") or "", role, plural=plural)

    def _had(self, found: re.Match[str]) -> str:
        owner = found["owner"]
        following = re.match(r" ([a-z']+)", found.string[found.end() :])
        if found["plural"] or found["role"].lower() in say.PLURALS or (following and not _follows_role(following[1])):
            return found.group()
        sign = owner if re.match(_ANY, owner) else _SPEAKER
        return f"{owner} has {self._role_sign(sign, found['adjectives'], found['role'], plural=False)}"

    def _role_sign(self, owner: str, adjectives: str, role: str, *, plural: bool) -> str:
        meant = say.ROLES[role.lower()]
        name = forms.known_by_role(self._entities[owner].name, adjectives.replace("-", " "), role)
        sign = next((s for s, e in self._entities.items() if e.name == name and e.plural == plural), None)
        if sign is None or meant.shared:  # two friends are two
            kin = sum(ord(s) >= _FIRST_KIN for s in self._entities)
            sign = chr(_FIRST_KIN + kin)
            stands = not meant.shared and not plural
            self._entities[sign] = _Entity(name, meant.type, [], stands, meant.shared, plural)
            self._relations.append((sign, f"{meant.name.replace('-', '_').replace(' ', '_')}_of", owner))
        return sign

    def _name(self, kin: str, name: str) -> None:
        known = self._entities[kin]
        if name == _SPEAKER or known.plural or known.same_as or self._entities[name].same_as:
            return
        known.same_as = name
        self._entities[name].type = known.type
        if not known.shared:
            self._entities[name].aliases.append(known.name)

    def _name_several(self, kin: str, names: list[str]) -> None:
        """That "my sisters Anna and Bea" says of each that she is a sister; "my sister Anna and Tom" does not."""
        if not self._entities[kin].plural:
            return
        for source, relation, target in list(self._relations):
            if source == kin:
                self._relations += [(name, relation, target) for name in names]
        for name in names:
            self._entities[name].type = self._entities[kin].type

    def _call_speaker(self, sign: str) -> None:
        called, me = self._entities[sign], self._entities[_SPEAKER]
        if sign != _SPEAKER:
            me.aliases.append(called.name)
            me.stands, called.same_as = True, _SPEAKER

    def introduce(self, told: Sequence[Introduced]) -> None:
        """Says of the names of a text that is not English who is a person, and which is the speaker's."""
        signs = {entity_key(entity.name): sign for sign, entity in self._entities.items()}
        for each in told:
            sign = signs[entity_key(each.name)]
            if each.person:
                self._entities[sign].type = forms.PERSON
            if each.own:
                self._call_speaker(sign)

    # --- verbs

    def _relate_in(self, sentence: str) -> None:
        last: list[str] = []
        supposed = _IF.search(sentence)
        until = supposed.start() if supposed else len(sentence)
        found = _RELATED.search(sentence, 0, until)
        while found:
            end = found.end()
            if found["subjects"]:
                last = self._subjects(found["subjects"])
            verb, be = found["verb"], found["aux"] in ("'m", "'re", " am", " are", " is", "'s")
            if be or verb not in say.NEED_TO_BE:
                sources = last[-1:] if verb.split()[0] in say.THIRD_PERSON else last
                end = self._follow(sources, verb, sentence, end)
            found = _RELATED.search(sentence, end, until)
        for found in _FAVORITE.finditer(sentence) if "favo" in sentence else ():
            self._follow([found["owner"] or _SPEAKER], "likes", sentence, found.end())

    def _subjects(self, subjects: str) -> list[str]:
        return [sign if re.match(_ANY, sign) else _SPEAKER for sign in re.findall(_ONE, subjects)]

    def _follow(self, sources: list[str], verb: str, sentence: str, end: int) -> int:
        """Relates the sources to what stands behind the verb; where the text goes on."""
        relation = say.VERBS[verb]
        found = _TARGETS.match(sentence, end)
        if found:
            targets = re.findall(_ANY, found["targets"])
        elif relation in say.OF_THINGS and verb not in say.NAMES_ONLY:
            targets = list(self._things(sentence, end))
        else:
            return end
        for target in targets:
            self._typed(relation, sources, target)
            self._relations += [(s, _told(relation, self._entities[target].name), target) for s in sources]
        return found.end() if found else end

    def _typed(self, relation: str, sources: list[str], target: str) -> None:
        if self._entities[target].type == forms.OTHER:
            self._entities[target].type = say.TARGET_TYPES.get(relation, forms.OTHER)
        for source in sources if relation in say.SOURCE_TYPES else ():
            if self._entities[source].type == forms.OTHER and source != _SPEAKER:
                self._entities[source].type = forms.PERSON

    def _things(self, sentence: str, end: int) -> Iterator[str]:
        found = _THING.match(sentence, end)
        for thing in (found["thing"], found["second"]) if found else ():
            if thing and thing.split()[0].lower() not in say.NO_THING and thing.split()[0] not in say.VERBS:
                sign = chr(0xF000 + sum(ord(s) >= 0xF000 for s in self._entities))
                self._entities[sign] = _Entity(thing)
                yield sign

    # --- what was found

    def found(self) -> tuple[tuple[Mention, ...], tuple[Relation, ...]]:
        """The entities that stand for themselves, and the relations between them."""
        kept: dict[str, _Entity] = {}
        for sign, entity in self._entities.items():
            if entity.stands and not entity.same_as and forms.clean_name(entity.name):
                kept[sign] = entity
        for sign, entity in list(kept.items())[forms.MAX_MENTIONS :]:
            del kept[sign], entity
        mentions = tuple(_mention(entity) for entity in kept.values())
        relations: dict[Relation, None] = {}
        for source, relation, target in self._relations:
            one, other = self._resolved(source), self._resolved(target)
            if one in kept and other in kept and one != other:
                names = forms.clean_name(kept[one].name), forms.clean_name(kept[other].name)
                relations[Relation(names[0], relation, names[1])] = None
        return mentions, tuple(relations)[: forms.MAX_RELATIONS]

    def _resolved(self, sign: str) -> str:
        return self._entities[sign].same_as or sign


def _mention(entity: _Entity) -> Mention:
    aliases = dict.fromkeys(filter(None, (forms.clean_name(alias) for alias in entity.aliases)))
    return Mention(forms.clean_name(entity.name), entity.type, tuple(aliases)[: forms.MAX_ALIASES])


def _follows_role(word: str) -> bool:
    return word in say.AFTER_ROLE or word.endswith(("s", "ed", "'s", "ly"))


def _type_of(name: str) -> str:
    words = [word.lower().rstrip(".") for word in name.split()]
    if words[0].capitalize() in say.TITLES - {"Mt", "St"}:
        return forms.PERSON
    if words[0] in say.HOLIDAYS:
        return forms.EVENT
    for word in (words[-1], words[0]):
        if len(words) > 1 and word in say.TYPES_BY_WORD:
            return say.TYPES_BY_WORD[word]
    return forms.PERSON if words[0] in say.GIVEN_NAMES else forms.OTHER


def _told(relation: str, target: str) -> str:
    """To have gone to "Stanford University" is to have studied there."""
    school = target.split()[0] == "University" or target.split()[-1] in ("University", "College")
    return "studied_at" if relation == "visited" and school else relation
