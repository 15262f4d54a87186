"""Answers about the graph and about memories over time."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from cairn.graph.communities import Community
from cairn.graph.timeline_types import Thread, TimelineFact
from cairn.graph.types import Drift, EntityRef, GraphEdge, GraphEntity, Waiting
from cairn.language.mentions import Relation
from cairn.memories.answers import Mem0RelationAnswer, MemoryAnswer, ScopeAnswer, memory
from cairn.memories.messages import Message
from cairn.memories.types import Memory, Previous
from cairn.platform.http.answers import Id, Moment, PageAnswer, Picked, moment


class GraphEntityAnswer(ScopeAnswer):
    """An entity of the graph, and whose it is."""

    name: str
    type: Annotated[str, Field(description="What it is, as person or place.")]


class RelationAnswer(TypedDict):
    """A relation by the names of its ends, and the memory that tells it."""

    source: str
    type: Annotated[str, Field(description="A verb in snake_case, as lives_in.")]
    target: str
    memory_id: Id
    valid_from: Moment
    invalid_at: Moment | None


class StepAnswer(RelationAnswer):
    """A step of a path, with the memory that says it."""

    memory: MemoryAnswer


Complete = Annotated[bool, Field(description="False where a limit cut something off.")]


class RelatedAnswer(TypedDict):
    """What stands around some entities."""

    start: Annotated[list[GraphEntityAnswer], Field(description="The entities that were asked about.")]
    entities: list[GraphEntityAnswer]
    relations: list[RelationAnswer]
    memories: list[MemoryAnswer]
    complete: Complete


class PathAnswer(TypedDict):
    """A shortest chain of relations; null and no entities where there is none."""

    entities: list[GraphEntityAnswer]
    path: list[StepAnswer] | None


class CommunityAnswer(TypedDict):
    """A group of entities, the most central first."""

    size: int
    central: GraphEntityAnswer
    relations: Annotated[int, Field(description="How many there are within the group.")]
    entities: list[GraphEntityAnswer]


class CommunitiesAnswer(TypedDict):
    """Groups of entities, the largest first."""

    count: Annotated[int, Field(description="How many groups there are, beyond `limit` too.")]
    results: list[CommunityAnswer]
    relations: Annotated[int, Field(description="How many were looked at.")]
    complete: Complete


class EarlierAnswer(TypedDict):
    """A text that a memory had before."""

    memory: str
    valid_from: Moment
    invalid_at: Moment


class FactAnswer(MemoryAnswer):
    """A memory in a timeline: what it took the place of, what took its place (`replaced_by`), its earlier texts."""

    supersedes: list[Id]
    earlier: Annotated[list[EarlierAnswer], Field(description="The oldest first.")]


class EvolutionAnswer(TypedDict):
    """Facts in the order in which they became true."""

    results: list[Picked[FactAnswer]]


class SupersededAnswer(MemoryAnswer):
    """A memory that holds no longer, with what took its place; null where it only ended."""

    successor: MemoryAnswer | None


class SupersededPageAnswer(PageAnswer):
    """One page of memories that hold no longer, the last closed first."""

    results: list[Picked[SupersededAnswer]]


class ThreadMessageAnswer(TypedDict):
    """A message that a memory was made from."""

    id: Id
    sequence: Annotated[int, Field(description="Its place among the messages of its add, from 0.")]
    role: str
    name: str | None
    content: str
    timestamp: Moment


class ThreadAnswer(TypedDict):
    """What a memory is part of."""

    memory: MemoryAnswer
    predecessors: Annotated[list[MemoryAnswer], Field(description="What it replaced, the oldest first.")]
    successors: Annotated[list[MemoryAnswer], Field(description="What replaced it, step by step.")]
    messages: list[ThreadMessageAnswer]
    around: Annotated[list[MemoryAnswer], Field(description="What was learned beside it.")]


class WaitingAnswer(TypedDict):
    """How far the graph is behind."""

    waiting: Annotated[int, Field(description="Memories that are to be projected.")]
    failed: Annotated[int, Field(description="Those that were given up on; POST /v1/graph/redrive/ tries them again.")]
    error: Annotated[str | None, Field(description="The latest of these failures.")]


class DriftAnswer(WaitingAnswer):
    """Where rows and projections differ, how many changes are still on their way, and where to go on."""

    rows: int
    projections: int
    missing: Annotated[int, Field(description="Rows without a projection.")]
    outdated: Annotated[int, Field(description="Rows whose projection is of another version.")]
    extra: Annotated[int, Field(description="Projections without a row.")]
    missing_ids: Annotated[list[Id], Field(description="The first of them, as many as `ids` says; so below.")]
    outdated_ids: list[Id]
    extra_ids: list[Id]
    complete: Annotated[bool, Field(description="Whether these are the last memories to compare.")]
    next_after: Annotated[Id | None, Field(description="The `after` of the next answer.")]


class ProjectedAnswer(TypedDict):
    """What came of projecting one memory."""

    status: Literal["SUCCEEDED"]
    projected: Annotated[int, Field(description="How many memories were.")]
    moved: Annotated[int, Field(description="Other memories that were projected anew with it.")]


class QueuedAnswer(WaitingAnswer):
    """Memories that are queued to be projected."""

    status: Literal["PENDING"]
    queued: int


class RedrivenGraphAnswer(TypedDict):
    """Memories that are projected again."""

    redriven: int


def entity(e: GraphEntity) -> GraphEntityAnswer:
    """An entity of the graph, and whose it is."""
    return {
        "name": e.name,
        "type": e.type,
        "user_id": e.owner.user_id,
        "agent_id": e.owner.agent_id,
        "app_id": e.owner.app_id,
        "run_id": e.owner.run_id,
    }


def relation(edge: GraphEdge, names: Mapping[EntityRef, str]) -> RelationAnswer:
    """A relation by the names of its ends, and the memory that tells it."""
    return {
        "source": names.get(edge.source, edge.source.key),
        "type": edge.type,
        "target": names.get(edge.target, edge.target.key),
        "memory_id": str(edge.memory_id),
        "valid_from": moment(edge.valid_from),
        "invalid_at": moment(edge.invalid_at),
    }


def related(
    starts: Sequence[GraphEntity],
    entities: Sequence[GraphEntity],
    edges: Sequence[GraphEdge],
    memories: Sequence[Memory],
    *,
    complete: bool,
) -> RelatedAnswer:
    """What stands around some entities."""
    names = names_of((*starts, *entities))
    return {
        "start": [entity(e) for e in starts],
        "entities": [entity(e) for e in entities],
        "relations": [relation(edge, names) for edge in edges],
        "memories": [memory(m) for m in memories],
        "complete": complete,
    }


def path(steps: Sequence[GraphEdge], entities: Sequence[GraphEntity], memories: Mapping[UUID, Memory]) -> PathAnswer:
    """A chain of relations: the entities along it, and for each step the memory that says it."""
    names = names_of(entities)
    return {
        "entities": [entity(e) for e in entities],
        "path": [{**relation(step, names), "memory": memory(memories[step.memory_id])} for step in steps],
    }


def community(group: Community, entities: Mapping[EntityRef, GraphEntity]) -> CommunityAnswer:
    """A group of entities, the most central first."""
    members = [entity(entities[ref]) for ref in group.members]
    return {"size": len(members), "central": members[0], "relations": group.relations, "entities": members}


def fact(f: TimelineFact) -> FactAnswer:
    """A memory in a timeline: what it took the place of, what took its place (`replaced_by`), its earlier texts."""
    return {
        **memory(f.memory),
        "supersedes": [str(i) for i in f.supersedes],
        "earlier": [_earlier(p) for p in f.earlier],
    }


def superseded(old: Memory, successor: Memory | None) -> SupersededAnswer:
    """A memory that holds no longer, with what took its place."""
    return {**memory(old), "successor": memory(successor) if successor else None}


def thread(t: Thread) -> ThreadAnswer:
    """What a memory is part of."""
    return {
        "memory": memory(t.memory),
        "predecessors": [memory(m) for m in t.predecessors],
        "successors": [memory(m) for m in t.successors],
        "messages": [_message(m) for m in t.messages],
        "around": [memory(m) for m in t.around],
    }


def mem0_relations(found: Iterable[tuple[UUID, Relation]]) -> list[Mem0RelationAnswer]:
    """Relations as Mem0's graph memory writes them: its search says `destination`, its lists say `target`."""
    return [
        {
            "source": r.source,
            "relationship": r.type,
            "destination": r.target,
            "target": r.target,
            "memory_id": str(memory_id),
        }
        for memory_id, r in found
    ]


def drift(d: Drift, w: Waiting) -> DriftAnswer:
    """Where rows and projections differ, how many changes are still on their way, and where to go on (`next_after`)."""
    return {
        "rows": d.rows,
        "projections": d.projections,
        "missing": d.missing,
        "outdated": d.outdated,
        "extra": d.extra,
        "missing_ids": [str(i) for i in d.missing_ids],
        "outdated_ids": [str(i) for i in d.outdated_ids],
        "extra_ids": [str(i) for i in d.extra_ids],
        "complete": d.last is None,
        "next_after": str(d.last) if d.last else None,
        **waiting(w),
    }


def waiting(w: Waiting) -> WaitingAnswer:
    """How far the graph is behind."""
    return {"waiting": w.waiting, "failed": w.failed, "error": w.error}


def names_of(entities: Iterable[GraphEntity]) -> dict[EntityRef, str]:
    """The names of entities by their addresses."""
    return {e.ref: e.name for e in entities}


def _earlier(p: Previous) -> EarlierAnswer:
    return {"memory": p.text, "valid_from": moment(p.valid_from), "invalid_at": moment(p.until)}


def _message(m: Message) -> ThreadMessageAnswer:
    return {
        "id": str(m.id),
        "sequence": m.sequence,
        "role": m.role,
        "name": m.name,
        "content": m.content,
        "timestamp": moment(m.occurred_at),
    }
