"""What the graph is asked: what relates to something, how two things are connected, which things belong together.

The graph finds, and Postgres has the last word: a relation is told only where its memory is there, holds, and is the
caller's to see, and an entity only where a memory still says its name. So what was deleted a moment ago is not told,
however late the graph is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cairn.filters import filter_of
from cairn.graph.channel import ever
from cairn.graph.communities import Community, communities
from cairn.graph.ports import GraphStore
from cairn.graph.timeline_store import PostgresTimelines
from cairn.graph.types import EntityRef, GraphEdge, GraphEntity, GraphView, Subgraph
from cairn.kernel.errors import NotFound
from cairn.kernel.tenancy import Scope, Tenant
from cairn.language.mentions import entity_key
from cairn.memories.types import Memory, Selection

MOST_RELATIONS: Final = 5_000
"""Relations that communities are made of."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a read of the graph looks at: the scope, and the moment whose relations count; None is now."""

    scope: Scope
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Where a walk begins: an entity by any of its names, or what a memory mentions."""

    entity: str | None = None
    memory_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What was found around some entities; `complete` is false where the limit cut something off."""

    starts: tuple[GraphEntity, ...]
    entities: tuple[GraphEntity, ...]
    edges: tuple[GraphEdge, ...]
    memories: tuple[Memory, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from one entity to another, with the memories that tell them; `entities` has one more than `steps`."""

    steps: tuple[GraphEdge, ...]
    entities: tuple[GraphEntity, ...]
    memories: Mapping[UUID, Memory]


@dataclass(frozen=True, slots=True)
class Communities:
    """Groups of entities, the largest first; `complete` is false where there were more relations than are looked at."""

    groups: tuple[Community, ...]
    entities: Mapping[EntityRef, GraphEntity]
    relations: int
    complete: bool


class ReadGraph:
    """Every read that walks the graph. `graph` raises NoGraph where none is set up."""

    def __init__(
        self, graph: Callable[[], GraphStore], timelines: PostgresTimelines, clock: Callable[[], datetime]
    ) -> None:
        self._graph = graph
        self._timelines = timelines
        self._clock = clock

    def related(self, tenant: Tenant, start: Start, place: Place, depth: int, limit: int) -> Neighbourhood:
        """The relations within `depth` steps, and the memories that tell them or mention the start; raises NotFound."""
        graph, view = self._graph(), self._view(tenant, place)
        starts = self._starts(tenant, graph, view, start, place)
        refs = [entity.ref for entity in starts]
        found = graph.related(view, refs, depth, limit) if refs else Subgraph((), ())
        mentioning = [memory_id for memory_id, _ in graph.memories_of(view, refs, limit)] if refs else []
        wanted = list(dict.fromkeys([*(edge.memory_id for edge in found.edges), *mentioning]))
        memories = self._timelines.by_id(tenant, _selection(place), wanted)
        by_ref = self._told(tenant, place, (*starts, *found.entities))
        edges = tuple(e for e in found.edges if e.memory_id in memories and {e.source, e.target} <= by_ref.keys())
        told = _ends(edges).union(refs if memories else ())
        return Neighbourhood(
            tuple(start for start in starts if start.ref in by_ref) if memories else (),
            tuple(by_ref[ref] for ref in sorted(told) if ref in by_ref),
            edges,
            tuple(memories[memory_id] for memory_id in wanted if memory_id in memories)[:limit],
            found.complete and len(memories) <= limit and len(mentioning) < limit,
        )

    def path(self, tenant: Tenant, ends: tuple[Start, Start], place: Place, longest: int) -> Path | None:
        """A shortest chain of relations between two entities or memories, whatever their direction; None without one.

        Raises NotFound for a memory that is not there.
        """
        graph, view = self._graph(), self._view(tenant, place)
        self._timelines.visible(tenant, _selection(place), [])  # a key that is valid no longer is told no name
        sources, targets = (self._starts(tenant, graph, view, end, place) for end in ends)
        if not sources or not targets:
            return None
        steps = graph.path(view, [e.ref for e in sources], [e.ref for e in targets], longest)
        if steps is None:
            return None
        memories = self._timelines.by_id(tenant, _selection(place), [step.memory_id for step in steps])
        if any(step.memory_id not in memories for step in steps):
            return None
        order = _walked(steps, {e.ref for e in sources}, {e.ref for e in targets})
        by_ref = self._told(tenant, place, (*sources, *targets, *graph.entities_at(view, order)))
        if any(ref not in by_ref for ref in order):
            return None
        return Path(tuple(steps), tuple(by_ref[ref] for ref in order), memories)

    def communities(self, tenant: Tenant, place: Place) -> Communities:
        """Groups of entities that relate to each other more than to others, of at most 5,000 relations."""
        graph, view = self._graph(), self._view(tenant, place)
        whole = graph.whole(view, MOST_RELATIONS)
        shown = self._timelines.visible(tenant, _selection(place), [edge.memory_id for edge in whole.edges])
        entities = self._told(tenant, place, whole.entities)
        edges = [e for e in whole.edges if e.memory_id in shown and {e.source, e.target} <= entities.keys()]
        return Communities(tuple(communities(edges)), entities, len(edges), whole.complete)

    def _told(self, tenant: Tenant, place: Place, found: Iterable[GraphEntity]) -> dict[EntityRef, GraphEntity]:
        """Those whose name a memory still says, by their addresses."""
        entities = list({entity.ref: entity for entity in found}.values())
        names = [(entity.ref.scope, entity.name) for entity in entities]
        carried = self._timelines.carried(tenant, ever(place.scope.graph), names) if names else set[tuple[str, str]]()
        return {e.ref: e for e in entities if (e.ref.scope, e.name) in carried}

    def _view(self, tenant: Tenant, place: Place) -> GraphView:
        return GraphView(tenant.project_id, place.scope.graph, place.as_of or self._clock())

    def _starts(
        self, tenant: Tenant, graph: GraphStore, view: GraphView, start: Start, place: Place
    ) -> list[GraphEntity]:
        if start.memory_id is None:
            return graph.find(view, [entity_key(start.entity or "")])
        if not self._timelines.visible(tenant, ever(place.scope), [start.memory_id]):
            raise NotFound("Memory not found!")
        return graph.entities_of(view, [start.memory_id]).get(start.memory_id, [])


def _selection(place: Place) -> Selection:
    """The memories that a read of this place may tell of."""
    return Selection(filter_of(place.scope), as_of=place.as_of)


def _ends(edges: Iterable[GraphEdge]) -> set[EntityRef]:
    return {end for edge in edges for end in (edge.source, edge.target)}


def _walked(steps: Sequence[GraphEdge], sources: set[EntityRef], targets: set[EntityRef]) -> list[EntityRef]:
    """The entities along the steps, from a source to a target."""
    if not steps:
        return [min(sources & targets)]
    first = steps[0]
    order = [first.source if first.source in sources else first.target]
    for step in steps:
        order.append(step.target if step.source == order[-1] else step.source)
    return order
