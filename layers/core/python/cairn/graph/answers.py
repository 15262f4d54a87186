"""Answers about the graph and about memories over time."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from cairn.graph.communities import Community
from cairn.graph.timeline_types import Thread, TimelineFact
from cairn.graph.types import Drift, EntityRef, GraphEdge, GraphEntity, Waiting
from cairn.language.mentions import Relation
from cairn.memories.answers import memory
from cairn.memories.messages import Message
from cairn.memories.types import Memory, Previous
from cairn.platform.http.answers import Json, moment


def entity(e: GraphEntity) -> Json:
    """An entity of the graph, and whose it is."""
    return {
        "name": e.name,
        "type": e.type,
        "user_id": e.owner.user_id,
        "agent_id": e.owner.agent_id,
        "app_id": e.owner.app_id,
        "run_id": e.owner.run_id,
    }


def relation(edge: GraphEdge, names: Mapping[EntityRef, str]) -> Json:
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
) -> Json:
    """What stands around some entities."""
    names = names_of((*starts, *entities))
    return {
        "start": [entity(e) for e in starts],
        "entities": [entity(e) for e in entities],
        "relations": [relation(edge, names) for edge in edges],
        "memories": [memory(m) for m in memories],
        "complete": complete,
    }


def path(steps: Sequence[GraphEdge], entities: Sequence[GraphEntity], memories: Mapping[UUID, Memory]) -> Json:
    """A chain of relations: the entities along it, and for each step the memory that says it."""
    names = names_of(entities)
    return {
        "entities": [entity(e) for e in entities],
        "path": [relation(step, names) | {"memory": memory(memories[step.memory_id])} for step in steps],
    }


def community(group: Community, entities: Mapping[EntityRef, GraphEntity]) -> Json:
    """A group of entities, the most central first."""
    members = [entity(entities[ref]) for ref in group.members]
    return {"size": len(members), "central": members[0], "relations": group.relations, "entities": members}


def fact(f: TimelineFact) -> Json:
    """A memory in a timeline: what it took the place of, what took its place (`replaced_by`), its earlier texts."""
    return memory(f.memory) | {
        "supersedes": [str(i) for i in f.supersedes],
        "earlier": [_earlier(p) for p in f.earlier],
    }


def superseded(old: Memory, successor: Memory | None) -> Json:
    """A memory that holds no longer, with what took its place."""
    return memory(old) | {"successor": memory(successor) if successor else None}


def thread(t: Thread) -> Json:
    """What a memory is part of."""
    return {
        "memory": memory(t.memory),
        "predecessors": [memory(m) for m in t.predecessors],
        "successors": [memory(m) for m in t.successors],
        "messages": [_message(m) for m in t.messages],
        "around": [memory(m) for m in t.around],
    }


def mem0_relations(found: Iterable[tuple[UUID, Relation]]) -> list[Json]:
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


def drift(d: Drift, w: Waiting) -> Json:
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
        "next_after": d.last and str(d.last),
    } | waiting(w)


def waiting(w: Waiting) -> Json:
    """How far the graph is behind."""
    return {"waiting": w.waiting, "failed": w.failed, "error": w.error}


def names_of(entities: Iterable[GraphEntity]) -> dict[EntityRef, str]:
    """The names of entities by their addresses."""
    return {e.ref: e.name for e in entities}


def _earlier(p: Previous) -> Json:
    return {"memory": p.text, "valid_from": moment(p.valid_from), "invalid_at": moment(p.until)}


def _message(m: Message) -> Json:
    return {
        "id": str(m.id),
        "sequence": m.sequence,
        "role": m.role,
        "name": m.name,
        "content": m.content,
        "timestamp": moment(m.occurred_at),
    }
