"""What became of memories over time: which names mean one entity, and facts in the order in which they held. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from cairn.graph.resolve import Names, claims_of
from cairn.language.mentions import Mention, entity_key
from cairn.memories.messages import Message
from cairn.memories.types import Memory, Previous


@dataclass(frozen=True, slots=True)
class Said:
    """An entity as memories of a graph scope name it; `holds` where one of them is true now."""

    scope: str
    mention: Mention
    holds: bool


@dataclass(frozen=True, slots=True)
class TimelineFact:
    """A memory in a timeline: what it replaced, and its own earlier texts, the oldest first."""

    memory: Memory
    supersedes: tuple[UUID, ...]
    earlier: tuple[Previous, ...]


@dataclass(frozen=True, slots=True)
class Thread:
    """A memory with the others of its chain, the messages it was made from, and the memories around it."""

    memory: Memory
    chain: tuple[Memory, ...]
    messages: tuple[Message, ...]
    around: tuple[Memory, ...]

    @property
    def successors(self) -> list[Memory]:
        """What replaced the memory, step by step."""
        by_id = {memory.id: memory for memory in self.chain}
        found: dict[UUID, Memory] = {}
        following = self.memory.superseded_by
        while following and following in by_id and following not in found:
            found[following] = by_id[following]
            following = by_id[following].superseded_by
        return list(found.values())

    @property
    def predecessors(self) -> list[Memory]:
        """What it replaced, directly or over several steps, the oldest first."""
        later = {memory.id for memory in self.successors}
        return [memory for memory in self.chain if memory.id not in later]


def naming(key: str, said: Iterable[Said]) -> list[tuple[str, str]]:
    """The (graph scope, name) pairs that mean the entity that `key` stands for in that graph scope."""
    by_scope: dict[str, list[Said]] = {}
    for one in said:
        by_scope.setdefault(one.scope, []).append(one)
    found: set[tuple[str, str]] = set()
    for scope, own in by_scope.items():
        names = Names(claims_of(one.mention for one in own if one.holds))
        wanted = names.resolve(key)
        found |= {(scope, o.mention.name) for o in own if names.resolve(entity_key(o.mention.name)) == wanted}
    return sorted(found)


def told(memories: Sequence[Memory], previous: Mapping[UUID, Sequence[Previous]]) -> list[TimelineFact]:
    """The memories by when they became true, each with what it replaced.

    `previous` are earlier texts by the memory that holds now: those that a memory had itself, and those of others.
    """
    replaced: dict[UUID, list[UUID]] = {}
    ordered = sorted(memories, key=lambda m: (m.valid_from, m.id))
    for memory in ordered:
        if memory.superseded_by:
            replaced.setdefault(memory.superseded_by, []).append(memory.id)
    return [
        TimelineFact(
            memory,
            tuple(replaced.get(memory.id, ())),
            tuple(sorted((p for p in previous.get(memory.id, ()) if p.memory_id == memory.id), key=lambda p: p.until)),
        )
        for memory in ordered
    ]
