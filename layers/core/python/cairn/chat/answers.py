"""Answers of chat."""

from uuid import UUID

from cairn.platform.http.answers import Json
from cairn.search.answers import context
from cairn.search.context_block import ContextBlock


def chat(answer: str, block: ContextBlock, event_id: UUID | None) -> Json:
    """An answered message; `event_id` remembers the turn."""
    return {"answer": answer, "event_id": str(event_id) if event_id else None} | context(block)
