"""Bodies of the SQS messages. They carry ids, never content: the database is the truth."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class ConsolidateMessage(BaseModel):
    """Asks for one event to be consolidated.

    `redrives` says which life of the event the message belongs to: one left in the dead-letter queue by an earlier
    life is stale once the event was redriven, or put back to wait and sent again.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: Literal[1] = 1
    project_id: UUID
    event_id: UUID
    redrives: int = 0


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
