"""Answers, in the shapes Mem0's clients read."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from cairn.access import ApiKey
from cairn.context import ContextBlock
from cairn.models import (
    Entity,
    Event,
    EventStatus,
    HistoryEntry,
    Kind,
    Memory,
    Operation,
    Searched,
    SearchHit,
    SearchResult,
    Source,
    Summary,
)
from cairn.ranking import GRAPH, Scoring
from cairn.reembedding import Models

Json = dict[str, Any]

STORED = "Memories stored successfully"
FAILED = "The messages are kept, and no memories could be made of them; the event can be redriven."
QUEUED = "Memories are being consolidated; poll the event."


def moment(value: datetime | None) -> str | None:
    """ISO 8601 in UTC, microseconds included."""
    return value.astimezone(UTC).isoformat() if value else None


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def memory(m: Memory) -> Json:
    """A memory. The run is both `run_id` and `session_id`: Mem0 says one in search and the other in lists."""
    return {
        "id": str(m.id),
        "memory": m.text,
        "user_id": m.scope.user_id,
        "agent_id": m.scope.agent_id,
        "app_id": m.scope.app_id,
        "run_id": m.scope.run_id,
        "session_id": m.scope.run_id,
        "actor": m.actor,
        "kind": m.kind.value,
        "metadata": dict(m.metadata),
        "categories": list(m.categories),
        "importance": m.importance,
        "feedback": m.feedback,
        "event_time": moment(m.event_time),
        "event_precision": m.event_precision,
        "immutable": m.immutable,
        "expiration_date": _day(m.expires_on),
        "timestamp": moment(m.valid_from),
        "valid_from": moment(m.valid_from),
        "since_precision": m.since_precision,
        "invalid_at": moment(m.invalid_at),
        "replaced_by": str(m.superseded_by) if m.superseded_by else None,
        "version": m.version,
        "extractor": m.extractor,
        "source_message_ids": [str(i) for i in m.source_message_ids],
        "source_spans": [list(span) for span in m.source_spans],
        "structured_attributes": None,
        "synthesized": False,
        "created_at": moment(m.created_at),
        "learned_at": moment(m.learned_at),
        "updated_at": moment(m.updated_at),
    }


def standing(m: Memory, at: datetime) -> Json:
    """A memory, with where it stood in its life at that moment."""
    expired = m.expires_on is not None and m.expires_on < at.astimezone(UTC).date()
    superseded = m.invalid_at is not None and m.invalid_at <= at
    state = "superseded" if superseded else "expired" if expired else "active"
    return memory(m) | {"lifecycle_state": state}


def single_memory(m: Memory, at: datetime) -> Json:
    """A memory by its id, with how often it was found."""
    return standing(m, at) | {"access_count": m.access_count, "last_accessed_at": moment(m.last_accessed_at)}


def hit(h: SearchHit, at: datetime, *, explain: bool) -> Json:
    """A search hit. `score_breakdown` holds each signal before its weight; `explain` says how it came about.

    What Mem0 calls `entity`, how near a memory is to what the query names, is the signal of the graph here.
    """
    breakdown = {name: round(c.normalised, 6) for name, c in h.signals.items()}
    breakdown |= {"entity": breakdown.get(GRAPH, 0.0)}
    answer = standing(h.memory, at) | {"score": round(h.score, 6), "score_breakdown": breakdown}
    if h.relevance is not None:
        answer["relevance"] = h.relevance
    if h.sources is not None:
        answer["sources"] = [_source(s) for s in h.sources]
    if h.sources and h.memory.kind is Kind.MESSAGE:
        answer["role"] = h.sources[0].role
    if explain:
        answer["explain"] = {
            name: {
                "score": round(c.raw, 6),
                "normalised": round(c.normalised, 6),
                "weight": c.weight,
                "contribution": round(c.normalised * c.weight, 6),
                "rank": c.rank,
            }
            for name, c in h.signals.items()
        }
    return answer


def _source(s: Source) -> Json:
    said = {"message_id": str(s.message_id), "role": s.role, "name": s.name, "timestamp": moment(s.occurred_at)}
    return said | {"span": list(s.span), "quote": s.quote}


def reranked(reason: str | None) -> Json:
    """Whether a search was reranked, and where not, why."""
    return {"used": reason is None, "reason": reason}


def searched(s: Searched, scoring: Scoring, attention: str) -> Json:
    """How a search went, for who asks for an explanation; `attention` where it was scored by that."""
    answer: Json = {"way": s.way.value, "rows": s.rows, "not_indexed": s.not_indexed, "scoring": scoring.value}
    return answer | ({"attention": attention} if scoring is Scoring.ATTENTION else {})


def only_fields(item: Json, fields: Sequence[str] | None) -> Json:
    """The item cut down to the fields asked for; its id always stays."""
    return item if not fields else {k: v for k, v in item.items() if k == "id" or k in fields}


_TOLD: Final = 500_000  # characters of texts that one event's answer tells: Lambda's answers end at 6 MB


def page(count: int, results: list[Json], next_url: str | None, previous_url: str | None) -> Json:
    """One page of a list, with absolute addresses of its neighbours."""
    return {"count": count, "next": next_url, "previous": previous_url, "results": results}


def accepted(event: Event) -> Json:
    """The answer to an add, the same for its idempotent repeats."""
    if event.payload.get("infer", True):
        return {"message": QUEUED, "status": EventStatus.PENDING.value, "event_id": str(event.id)}
    told = {"message": STORED, "status": EventStatus.SUCCEEDED.value, "event_id": str(event.id)}
    return told | _noted(event) | {"results": added_all(event.results)}


def _noted(e: Event) -> Json:
    """What was passed over, counted by reason, and what cannot be promised; only where there is something to say."""
    return {name: e.usage[name] for name in ("dropped", "warnings") if e.usage.get(name)}


def waited_for(e: Event) -> Json:
    """The answer to an add that was waited for: what became of it, or that nothing has yet."""
    if not e.is_finished:
        return accepted(e)
    told: Json = {"message": STORED, "status": e.status.value, "event_id": str(e.id)}
    if e.status is EventStatus.FAILED:
        told |= {"message": FAILED, "error": e.error}
    return told | _noted(e) | {"results": added_all([r for r in e.results if r.get("event") != Operation.NOOP])}


def added_all(results: Sequence[Mapping[str, Any]]) -> list[Json]:
    """The results of an add, without their texts where these are too much for an answer: each is there by its id."""
    return [added(r) for r in _told(results)]


def _told(results: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    if sum(len(r.get("memory") or "") for r in results) <= _TOLD:
        return results
    return [{**r, "memory": None} for r in results]


def added(result: Mapping[str, Any]) -> Json:
    """One result of an add: the text stands in both places where clients look for it."""
    text = result.get("memory")
    return {"id": result.get("id"), "event": result.get("event"), "memory": text, "data": {"memory": text}}


def event(e: Event) -> Json:
    """An event; `latency` is milliseconds from acceptance to completion, `warnings` what it could not promise."""
    latency = (e.completed_at - e.created_at).total_seconds() * 1000 if e.completed_at else None
    return {
        "id": str(e.id),
        "event_id": str(e.id),
        "event_type": e.type.value,
        "status": e.status.value,
        "user_id": e.scope.user_id,
        "agent_id": e.scope.agent_id,
        "app_id": e.scope.app_id,
        "run_id": e.scope.run_id,
        "payload": dict(e.payload),
        "metadata": e.payload.get("metadata"),
        "results": [_event_result(r) for r in _told(e.results)],
        "attempts": e.attempts,
        "redrives": e.redrives,
        "parked": e.parked,
        "usage": {name: value for name, value in e.usage.items() if name != "warnings"},
        "warnings": list(e.usage.get("warnings", ())),
        "error": e.error,
        "graph_status": None,
        "created_at": moment(e.created_at),
        "updated_at": moment(e.updated_at),
        "started_at": moment(e.started_at),
        "completed_at": moment(e.completed_at),
        "latency": latency,
    }


def _event_result(result: Mapping[str, Any]) -> Json:
    answer = {k: v for k, v in result.items() if v is not None}
    return answer | {"data": {"memory": result["memory"]}} if result.get("memory") else answer


def history(h: HistoryEntry) -> Json:
    """One change of a memory."""
    return {
        "id": str(h.id),
        "memory_id": str(h.memory_id),
        "input": list(h.input),
        "old_memory": h.old_memory,
        "new_memory": h.new_memory,
        "event": h.event.value,
        "actor": h.actor,
        "event_id": str(h.event_id) if h.event_id else None,
        "user_id": h.scope.user_id,
        "agent_id": h.scope.agent_id,
        "app_id": h.scope.app_id,
        "run_id": h.scope.run_id,
        "session_id": h.scope.run_id,
        "categories": list(h.categories),
        "metadata": dict(h.metadata) if h.metadata is not None else None,
        "created_at": moment(h.created_at),
        "updated_at": moment(h.created_at),
    }


def entity(e: Entity, project_id: UUID) -> Json:
    """An entity that memories are about; its owner is the project, there being no accounts."""
    return {
        "id": e.name,
        "name": e.name,
        "type": e.type,
        "total_memories": e.total_memories,
        "owner": str(project_id),
        "metadata": None,
        "created_at": moment(e.created_at),
        "updated_at": moment(e.updated_at),
    }


def api_key(k: ApiKey) -> Json:
    """A key without its secret."""
    return {
        "id": str(k.id),
        "name": k.name,
        "role": k.role.value,
        "user_id": k.pinned_user_id,
        "created_at": moment(k.created_at),
        "expires_at": moment(k.expires_at),
        "revoked_at": moment(k.revoked_at),
    }


def embeddings(models: Models | None) -> Json:
    """Which model the embeddings are of, and how long they are; null before the first text.

    `other` is there while the database changes to another model, and until the one before is dropped.
    """
    if models is None:
        return {"embeddings": None}
    other = {"other": {"model": models.other, "dimensions": models.other_dimensions}} if models.other else {}
    return {"embeddings": {"model": models.model, "dimensions": models.dimensions, **other}}


def degraded(found: SearchResult | ContextBlock) -> Json:
    """Said only where it is so: by words alone, while the embedder is away."""
    return {"degraded": True} if found.degraded else {}


def context(block: ContextBlock) -> Json:
    """A context block."""
    return {
        "context": block.text,
        "tokens": block.tokens,
        "truncated": block.truncated,
        "memory_ids": [str(i) for i in block.memory_ids],
    } | degraded(block)


def chat(answer: str, block: ContextBlock, event_id: UUID | None) -> Json:
    """An answered message; `event_id` remembers the turn."""
    return {"answer": answer, "event_id": str(event_id) if event_id else None} | context(block)


def summary(s: Summary) -> Json:
    """The summary of one scope."""
    return {
        "summary": s.text,
        "user_id": s.scope.user_id,
        "agent_id": s.scope.agent_id,
        "app_id": s.scope.app_id,
        "run_id": s.scope.run_id,
        "updated_at": moment(s.updated_at),
    }
