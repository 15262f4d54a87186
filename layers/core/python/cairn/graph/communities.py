"""Groups of entities that relate to each other more than to others. Pure, and the same for the same relations."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

from cairn.graph.types import EntityRef, GraphEdge

_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Community:
    """A group of entities, the most central first: who has the most relations within the group."""

    members: tuple[EntityRef, ...]
    relations: int


def communities(edges: Iterable[GraphEdge]) -> list[Community]:
    """The groups by Louvain's method (Blondel et al., 2008), the largest first.

    A relation counts once however many memories tell it, and whatever its direction.
    """
    # It is slow to import, and nothing else needs it.
    import networkx

    ties = sorted({(*sorted((e.source, e.target)), e.type) for e in edges})
    refs = sorted({ref for one, other, _ in ties for ref in (one, other)})
    # Numbers in place of names: the order within a set of strings is another one in every process.
    number = {ref: n for n, ref in enumerate(refs)}
    graph: Any = cast("Callable[[], Any]", networkx.Graph)()
    for one, other, _ in ties:
        pair = number[one], number[other]
        graph.add_edge(*pair, weight=graph.get_edge_data(*pair, {"weight": 0})["weight"] + 1)
    found = cast("Callable[..., list[set[int]]]", networkx.community.louvain_communities)(graph, seed=_SEED)  # pyright: ignore[reportUnknownMemberType]
    groups = [_community(graph, members, refs) for members in found] if refs else []
    return sorted(groups, key=lambda group: (-len(group.members), group.members[0]))


def _community(graph: Any, members: set[int], refs: list[EntityRef]) -> Community:
    degrees: dict[int, int] = dict(graph.subgraph(members).degree(weight="weight"))
    ordered = sorted(members, key=lambda n: (-degrees[n], n))
    return Community(tuple(refs[n] for n in ordered), sum(degrees.values()) // 2)
