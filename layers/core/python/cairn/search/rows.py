"""Rows of a search to values."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cairn.search.types import Source


def to_sources(sources: Sequence[Mapping[str, Any]]) -> tuple[Source, ...]:
    """The sources of a hit, as a search that asks for messages has them."""
    return tuple(
        Source(
            UUID(s["message_id"]),
            s["role"],
            s["name"],
            datetime.fromisoformat(s["timestamp"]),
            (s["start"], s["until"]),
            s["quote"],
        )
        for s in sources
    )
