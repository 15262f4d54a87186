"""How near memories are, in the graph, to what a question names. Pure.

A memory that mentions an entity of the question is near it; one that mentions what that entity relates to is half as
near. An entity that many memories mention says less of each of them, as a frequent word does.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cairn.graph.types import EntityRef

_OF_NEIGHBOURS: Final = 0.5
_MOST: Final = 300  # memories that one search is told of


@dataclass(frozen=True, slots=True)
class GraphNeighbours:
    """What the graph has about a question: the entities it names, and the memories of them and of their neighbours.

    `named` are pairs of graph scope and name.
    """

    named: tuple[tuple[str, str], ...] = ()
    mentions: tuple[tuple[EntityRef, UUID], ...] = ()
    of_neighbours: tuple[tuple[EntityRef, UUID], ...] = ()


def nearness(around: GraphNeighbours) -> tuple[tuple[UUID, float], ...]:
    """The nearest memories with how near each is, the nearest at 1."""
    found: dict[UUID, float] = {}
    for share, mentions in ((1.0, around.mentions), (_OF_NEIGHBOURS, around.of_neighbours)):
        counts = _counts(mentions)
        for ref, memory_id in mentions:
            found[memory_id] = found.get(memory_id, 0) + share / (1 + math.log(counts[ref]))
    most = max(found.values(), default=1)
    nearest = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:_MOST]
    return tuple((memory_id, near / most) for memory_id, near in nearest)


def _counts(mentions: Iterable[tuple[EntityRef, UUID]]) -> dict[EntityRef, int]:
    counts: dict[EntityRef, int] = {}
    for ref, _ in mentions:
        counts[ref] = counts.get(ref, 0) + 1
    return counts
