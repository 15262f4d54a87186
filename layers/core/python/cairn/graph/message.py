"""The message that says which memories changed. It carries ids, never content: their rows are the truth."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class GraphSyncMessage(BaseModel):
    """Says that these memories of a graph scope changed: created, updated, closed or deleted. Their rows say how.

    `change_ids` are the outbox rows that it was sent for, to say which were given up on.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: Literal[1] = 1
    project_id: UUID
    scope: str = Field(pattern="^[0-9a-f]{64}$")
    memory_ids: tuple[UUID, ...] = Field(min_length=1, max_length=100)
    change_ids: tuple[UUID, ...] = Field((), max_length=100)
