"""Answers about accepted writes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cairn.events.types import Event, EventStatus
from cairn.memories.types import Operation
from cairn.platform.http.answers import Json, moment

STORED = "Memories stored successfully"
FAILED = "The messages are kept, and no memories could be made of them; the event can be redriven."
QUEUED = "Memories are being consolidated; poll the event."


_TOLD: Final = 500_000  # characters of texts that one event's answer tells: Lambda's answers end at 6 MB


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
