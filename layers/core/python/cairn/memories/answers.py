"""Answers about memories, in the shapes that Mem0's clients read."""

from datetime import UTC, date, datetime
from uuid import UUID

from cairn.memories.types import Entity, HistoryEntry, Memory, Summary
from cairn.platform.http.answers import Json, moment


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
