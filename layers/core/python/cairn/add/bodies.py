"""The body of an add, as Mem0's clients of every age send it."""

import hashlib
from datetime import datetime
from typing import Annotated, Any, Final, Literal, cast

from pydantic import Field, ValidationInfo, field_validator, model_validator

from cairn.add.conversation import conversation
from cairn.events.types import NewEvent
from cairn.kernel.errors import InvalidRequest
from cairn.kernel.ids import new_id
from cairn.kernel.tenancy import Scope, Tenant
from cairn.memories.messages import Message
from cairn.memories.options import AddOptions
from cairn.platform.http.scopes import NO_ENTITY, entities, pinned_scope
from cairn.platform.http.values import (
    Body,
    Categories,
    Day,
    EntityId,
    Metadata,
    Names,
    Text,
    TimeZone,
    WallTime,
    Wish,
    in_zone,
    is_absent,
)
from cairn.projects.types import ExtractionInstructions


class MessageBody(Body):
    """One message of an add, as `conversation` has it."""

    role: Annotated[str, Field(min_length=1, max_length=64)] = "user"
    content: Text
    name: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    timestamp: WallTime | None = None


# Not a part of what is asked for: other names of `timestamp`, and how the answer is wanted.
_SAID_OTHERWISE: Final = {"observation_datetime", "observation_date", "async_mode", "wait"}


class AddBody(Body):
    """POST /v3/memories/add/ and its older forms."""

    read_too = frozenset({"filters"})

    passed_over: dict[str, int] = Field(default_factory=dict[str, int], exclude=True)
    messages: Annotated[list[MessageBody], Field(max_length=1_000, json_schema_extra={"minItems": 1})]
    user_id: EntityId | None = None
    agent_id: EntityId | None = None
    app_id: EntityId | None = None
    run_id: EntityId | None = None
    metadata: Metadata | None = None
    categories: Names | None = None
    infer: bool = True
    timestamp: WallTime | None = None
    observation_datetime: WallTime | None = None
    observation_date: WallTime | None = None
    expiration_date: Day | None = None
    immutable: bool = False
    custom_instructions: Wish | None = None
    agent_custom_instructions: Wish | None = None
    includes: Wish | None = None
    excludes: Wish | None = None
    custom_categories: Categories | None = None
    timezone: TimeZone = "UTC"
    memory_type: Literal["procedural_memory"] | None = None
    allow_bulk: bool = False
    allow_duplicates: bool = False
    output_format: str | None = None
    async_mode: bool = True
    wait: bool = False

    @model_validator(mode="before")
    @classmethod
    def _in_one_shape(cls, data: Any) -> Any:
        """Messages in one shape; and the entity ids, which the Python client's AddOptions sends inside `filters`."""
        if not isinstance(data, dict):
            return data
        body = cast("dict[str, Any]", data)
        if "messages" in body:
            said, passed_over = conversation(body["messages"])
            body = body | {"messages": said, "passed_over": passed_over}
        return body | {k: v for k, v in entities(body.get("filters")).items() if is_absent(body.get(k))}

    @field_validator("messages")
    @classmethod
    def _sent(cls, messages: list[MessageBody], info: ValidationInfo) -> list[MessageBody]:
        """None are left where none of those that were sent says anything; that none were sent is a mistake."""
        if not messages and not info.data["passed_over"]:
            raise ValueError("should have at least 1 message")
        return messages

    @property
    def is_waited_for(self) -> bool:
        """Whether the answer shall tell what became of the add."""
        return self.wait or not self.async_mode

    @property
    def said_at(self) -> datetime | None:
        """When it was said, under whichever of its names; a time without an offset is of the body's `timezone`."""
        given = self.timestamp or self.observation_datetime or self.observation_date
        return in_zone(given, self.timezone) if given else None

    @property
    def sha256(self) -> bytes:
        """What tells a repeat under the same idempotency key from another request.

        Only what differs from the defaults counts: a field that a later release has more is in no earlier request.
        """
        meant = self.model_copy(update={"timestamp": self.said_at})
        text = meant.model_dump_json(exclude=_SAID_OTHERWISE, exclude_defaults=True)
        return hashlib.sha256(text.encode()).digest()

    def event(self, tenant: Tenant, now: datetime, idempotency_key: str | None) -> NewEvent:
        """The event to accept; raises InvalidRequest without an entity, Forbidden for another user than the pinned."""
        scope = pinned_scope(tenant, Scope(self.user_id, self.agent_id, self.app_id, self.run_id))
        if scope.is_empty:
            raise InvalidRequest(NO_ENTITY)
        if self.memory_type and not scope.agent_id:
            raise InvalidRequest("memory_type procedural_memory is about an agent: agent_id is required.")
        said_at = self.said_at or now
        return NewEvent(
            id=new_id(),
            scope=scope,
            options=AddOptions(
                infer=self.infer,
                metadata=self.metadata or {},
                categories=tuple(self.categories or ()),
                expires_on=self.expiration_date,
                immutable=self.immutable,
                extraction=ExtractionInstructions(
                    self.custom_instructions,
                    self.agent_custom_instructions,
                    self.includes,
                    self.excludes,
                    self.custom_categories or (),
                ),
                timezone=self.timezone,
                procedural=self.memory_type is not None,
                allow_bulk=self.allow_bulk,
                allow_duplicates=self.allow_duplicates,
                passed_over=self.passed_over,
            ),
            messages=tuple(
                Message(new_id(), n, m.role, m.name, m.content, in_zone(m.timestamp or said_at, self.timezone))
                for n, m in enumerate(self.messages)
            ),
            idempotency_key=idempotency_key,
            request_sha256=self.sha256,
        )
