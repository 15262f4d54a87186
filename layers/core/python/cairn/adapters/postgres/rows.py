"""Rows to domain values and back."""

from typing import Any, Final

from pgvector import HalfVector
from psycopg import sql
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from psycopg.types.range import Range

from cairn.models import (
    AddOptions,
    Event,
    EventStatus,
    EventType,
    Kind,
    Memory,
    NewMemory,
    Scope,
    Vector,
)

MEMORY_COLUMNS: Final = sql.SQL("""
m.id, m.user_id, m.agent_id, m.app_id, m.run_id, m.kind, m.text, m.actor, m.metadata, m.categories, m.valid_from,
m.invalid_at, m.superseded_by, m.expires_on, m.immutable, m.version, m.source_message_ids,
lower(m.source_span) AS span_start, upper(m.source_span) AS span_end, m.extractor, m.created_at, m.updated_at""")


def scope_params(scope: Scope) -> dict[str, str | None]:
    """The four scope columns as parameters."""
    return {
        "user_id": scope.user_id,
        "agent_id": scope.agent_id,
        "app_id": scope.app_id,
        "run_id": scope.run_id,
    }


def to_scope(row: DictRow) -> Scope:
    """The scope of a row that has its four columns."""
    return Scope(row["user_id"], row["agent_id"], row["app_id"], row["run_id"])


def to_memory(row: DictRow) -> Memory:
    """A row of MEMORY_COLUMNS."""
    return Memory(
        id=row["id"],
        scope=to_scope(row),
        kind=Kind(row["kind"]),
        text=row["text"],
        actor=row["actor"],
        metadata=row["metadata"],
        categories=tuple(row["categories"]),
        valid_from=row["valid_from"],
        invalid_at=row["invalid_at"],
        superseded_by=row["superseded_by"],
        expires_on=row["expires_on"],
        immutable=row["immutable"],
        version=row["version"],
        source_message_ids=tuple(row["source_message_ids"]),
        source_span=None if row["span_start"] is None else (row["span_start"], row["span_end"]),
        extractor=row["extractor"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def to_event(row: DictRow) -> Event:
    """A row of the events table; `results` as the statement read them."""
    return Event(
        id=row["id"],
        type=EventType(row["type"]),
        scope=to_scope(row),
        status=EventStatus(row["status"]),
        payload=row["payload"],
        results=tuple(row["results"]),
        attempts=row["attempts"],
        redrives=row["redrives"],
        error=row["error"],
        request_sha256=row["request_sha256"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
    )


def options_payload(options: AddOptions) -> dict[str, Any]:
    """AddOptions as the event's JSON payload; `to_options` reads it back."""
    return {
        "infer": options.infer,
        "metadata": dict(options.metadata),
        "categories": list(options.categories),
        "expiration_date": options.expires_on.isoformat() if options.expires_on else None,
        "immutable": options.immutable,
    }


def memory_params(memory: NewMemory, project_id: object, event_id: object, sequence: int) -> dict[str, Any]:
    """Parameters of the insert of one memory."""
    return {
        "project_id": project_id,
        "id": memory.id,
        **scope_params(memory.scope),
        "scope_key": memory.scope.key,
        "event_id": event_id,
        "actor": memory.actor,
        "kind": memory.kind.value,
        "text": memory.text,
        "text_sha256": memory.text_sha256,
        "embedding": vector_text(memory.embedding),
        "indexed_text": memory.indexed_text,
        "metadata": Jsonb(dict(memory.options.metadata)),
        "categories": list(memory.options.categories),
        "sequence": sequence,
        "valid_from": memory.valid_from,
        "expires_on": memory.options.expires_on,
        "immutable": memory.options.immutable,
        "source_message_ids": list(memory.source_message_ids),
        "source_span": Range(*memory.source_span) if memory.source_span else None,
        "extractor": memory.extractor,
    }


def vector_text(vector: Vector) -> str:
    """The vector at half precision, as pgvector reads it."""
    return HalfVector(list(vector)).to_text()
