"""Answers of chat."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from cairn.platform.http.answers import Id
from cairn.search.answers import ContextAnswer, context
from cairn.search.context_block import ContextBlock


class ChatAnswer(ContextAnswer):
    """An answered message, with the context block that it was answered from."""

    answer: str
    event_id: Annotated[Id | None, Field(description="The event that remembers the turn; null without `remember`.")]


def chat(answer: str, block: ContextBlock, event_id: UUID | None) -> ChatAnswer:
    """An answered message; `event_id` remembers the turn."""
    return {"answer": answer, "event_id": str(event_id) if event_id else None, **context(block)}
