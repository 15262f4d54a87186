"""Bodies of the SQS messages. They carry ids, never content: the database is the truth."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


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
