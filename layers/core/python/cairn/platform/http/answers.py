"""What all answers have in common: times, pages, and the fields asked for."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def moment(value: datetime | None) -> str | None:
    """ISO 8601 in UTC, microseconds included."""
    return value.astimezone(UTC).isoformat() if value else None


def only_fields(item: Json, fields: Sequence[str] | None) -> Json:
    """The item cut down to the fields asked for; its id always stays."""
    return item if not fields else {k: v for k, v in item.items() if k == "id" or k in fields}


def page(count: int, results: list[Json], next_url: str | None, previous_url: str | None) -> Json:
    """One page of a list, with absolute addresses of its neighbours."""
    return {"count": count, "next": next_url, "previous": previous_url, "results": results}
