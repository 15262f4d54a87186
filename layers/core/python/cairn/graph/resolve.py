"""From rows to graph: which entity a name stands for, and what of a memory is projected. Pure.

Everything here is a function of the rows as they are now, so that any order of changes ends in the same graph.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cairn.kernel.tenancy import Scope
from cairn.language.mentions import Mention, Relation, entity_key

THING: Final = "thing"
_UNSPECIFIC: Final = frozenset({THING, "entity", "object", "other", "unknown"})
# Whose sister "her sister" is depends on the sentence before it, so it names nobody beyond its own memory.
_SOMEBODYS: Final = ("his ", "her ", "their ", "its ")

AliasClaim = tuple[str, str]
"""An alias and the name that a memory gives it, both as keys."""


@dataclass(frozen=True, slots=True)
class GraphRow:
    """What the graph is made of: one memory, without its text."""

    memory_id: UUID
    scope: Scope
    version: int
    valid_from: datetime
    invalid_at: datetime | None
    entities: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()

    @property
    def claims(self) -> frozenset[AliasClaim]:
        """The aliases this memory gives; none once it holds no longer."""
        return frozenset(claims_of(self.entities)) if self.invalid_at is None else frozenset()


@dataclass(frozen=True, slots=True)
class ScopeState:
    """The rows of some memories, the claims of their whole graph scope, and the outbox rows that wait for them."""

    rows: tuple[GraphRow, ...]
    claims: frozenset[AliasClaim]
    outbox_ids: frozenset[UUID]

    def holds_as(self, other: "ScopeState") -> bool:
        """Whether both give the same graph."""
        return self.rows == other.rows and self.claims == other.claims


@dataclass(frozen=True, slots=True)
class ProjectedMention:
    """One name in one memory: `said` as the memory has it, `entity` what it stands for.

    `label` orders all mentions of an entity: the least of them names it and says of what type it is.
    """

    said: str
    entity: str
    label: str


@dataclass(frozen=True, slots=True)
class ProjectedMemory:
    """A memory with its names resolved; `relations` are source, type and target, by entity."""

    row: GraphRow
    mentions: tuple[ProjectedMention, ...]
    relations: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Projection:
    """What one transaction writes into one graph scope: memories as they are, and memories that are gone."""

    project_id: UUID
    scope: str
    memories: tuple[ProjectedMemory, ...]
    gone: tuple[UUID, ...]


class Names:
    """Which entity each name of a graph scope stands for.

    An alias stands for a name where exactly one name claims it; claimed by several it stays an entity of its own,
    unless all of them stand for the same one. Names that claim each other in a circle are one entity.
    """

    def __init__(self, claims: Iterable[AliasClaim]) -> None:
        self._claimed: dict[str, set[str]] = {}
        for alias, name in claims:
            self._claimed.setdefault(alias, set()).add(name)
        self._stands_for: dict[str, str] = {}
        while found := self._settled():
            self._stands_for.update(found)

    def _settled(self) -> dict[str, str]:
        """Aliases that can be settled once those before them are; each round sees only what earlier rounds found."""
        found: dict[str, str] = {}
        for alias, names in self._claimed.items():
            targets = {self.resolve(name) for name in names} - {alias}
            if alias not in self._stands_for and len(targets) == 1:
                found[alias] = targets.pop()
        return found

    def resolve(self, key: str) -> str:
        """The key of the entity that this name stands for."""
        seen = [key]
        while (following := self._stands_for.get(seen[-1])) is not None:
            if following in seen:
                return min(seen[seen.index(following) :])
            seen.append(following)
        return seen[-1]

    def reaching(self, keys: Iterable[str]) -> set[str]:
        """These keys, and every alias whose meaning hangs on one of them."""
        reached, fresh = set(keys), set(keys)
        while fresh:
            fresh = {alias for alias, names in self._claimed.items() if names & fresh} - reached
            reached |= fresh
        return reached


def claims_of(entities: Iterable[Mention]) -> set[AliasClaim]:
    """The aliases that these mentions give, as keys."""
    return {
        (entity_key(alias), entity_key(mention.name))
        for mention in entities
        for alias in mention.aliases
        if not entity_key(alias).startswith(_SOMEBODYS)
        and entity_key(alias) not in ("", entity_key(mention.name))
        and entity_key(mention.name)
    }


def projected(row: GraphRow, names: Names) -> ProjectedMemory:
    """The memory with its names resolved; an alias, and an entity that only a relation names, is mentioned too."""
    said = [m for mention in row.entities for m in (mention, *_by_aliases(mention))]
    known = {entity_key(mention.name) for mention in said}
    for relation in row.relations:
        for name in (relation.source, relation.target):
            if entity_key(name) not in known:
                known.add(entity_key(name))
                said.append(Mention(name, THING))
    mentions = {m.said: m for m in sorted((_mention(row, m, names) for m in said), key=lambda m: m.label, reverse=True)}
    mentions.pop("", None)
    return ProjectedMemory(row, tuple(mentions[key] for key in sorted(mentions)), _relations(row, names))


def _by_aliases(mention: Mention) -> list[Mention]:
    """The same under each name that the memory gives it, so that it is found by any of them."""
    claimed = {alias for alias, _ in claims_of([mention])}
    return [Mention(alias, mention.type) for alias in mention.aliases if entity_key(alias) in claimed]


def _relations(row: GraphRow, names: Names) -> tuple[tuple[str, str, str], ...]:
    """Each relation once; one between two names of the same entity says nothing."""
    found = {
        (names.resolve(entity_key(r.source)), r.type, names.resolve(entity_key(r.target)))
        for r in row.relations
        if entity_key(r.source) and entity_key(r.target)
    }
    return tuple(sorted(relation for relation in found if relation[0] != relation[2]))


def _mention(row: GraphRow, mention: Mention, names: Names) -> ProjectedMention:
    said = entity_key(mention.name)
    entity = names.resolve(said)
    kind = "_".join(mention.type.split()) or THING
    # Its own name before an alias, a type that says something before one that does not, the earliest memory first.
    order = f"{int(said != entity)}{int(kind in _UNSPECIFIC)}{row.memory_id.hex}"
    return ProjectedMention(said, entity, f"{order} {kind} {' '.join(mention.name.split())}")


def named(labels: Sequence[str]) -> tuple[str, str]:
    """Name and type of an entity that is mentioned under these labels."""
    _, kind, name = min(labels).split(" ", 2)
    return name, kind
