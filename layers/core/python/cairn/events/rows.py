"""Rows of events to values."""

from psycopg.rows import DictRow

from cairn.events.types import Event, EventStatus, EventType
from cairn.platform.rows import to_scope


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
        parked=row["parked"],
        usage=row["usage"],
        error=row["error"],
        request_sha256=row["request_sha256"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
    )
