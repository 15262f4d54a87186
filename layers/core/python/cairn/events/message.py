"""The message that asks for an event to be consolidated. It carries ids, never content: the database is the truth."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class ConsolidateMessage(BaseModel):
    """Asks for one event to be consolidated.

    `generation` says which of the event the message belongs to: one left in the dead-letter queue by an earlier
    one is stale once the event was redriven, or put back to wait and sent again.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)

    schema_version: Literal[1] = 1
    project_id: UUID
    event_id: UUID
    # Its name in messages since the first release, which consumers of any read.
    generation: int = Field(default=0, validation_alias="redrives", serialization_alias="redrives")
