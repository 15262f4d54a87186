"""Bodies of requests that change what exists: memories, keys, feedback, settings."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from cairn.access import Role
from cairn.errors import InvalidRequest
from cairn.models import Scope, Tenant
from cairn.project import Extractor
from cairn.selection import MemoryChange
from cairn.wire.scopes import NO_ENTITY, pinned_scope
from cairn.wire.values import Body, Categories, Day, EntityId, Metadata, Moment, Text, TimeZone, Wish


class UpdateBody(Body):
    """PUT /v1/memories/{id}/; `expiration_date: null` clears the expiry. A blank text is refused, not passed over."""

    as_given: ClassVar[frozenset[str] | None] = frozenset({"text", "expiration_date"})

    text: Text | None = None
    metadata: Metadata | None = None
    timestamp: Moment | None = None
    expiration_date: Day | None = None

    def change(self, memory_id: UUID) -> MemoryChange:
        """The change; raises InvalidRequest when there is none."""
        changed = self.text, self.metadata, self.timestamp
        if all(value is None for value in changed) and "expiration_date" not in self.model_fields_set:
            raise InvalidRequest("At least one of text, metadata, timestamp or expiration_date is required.")
        return MemoryChange(
            memory_id=memory_id,
            text=self.text,
            metadata=self.metadata,
            valid_from=self.timestamp,
            expires_on=self.expiration_date,
            clear_expiry="expiration_date" in self.model_fields_set and self.expiration_date is None,
        )


def _uuid(value: Any) -> UUID:
    try:
        return UUID(value) if isinstance(value, str) else UUID("")
    except ValueError:
        raise ValueError("should be a valid UUID") from None


MemoryId = Annotated[UUID, BeforeValidator(_uuid)]


class BatchUpdateItem(Body):
    """One change of a batch."""

    as_given: ClassVar[frozenset[str] | None] = frozenset({"text"})

    memory_id: MemoryId
    text: Text | None = None
    metadata: Metadata | None = None


class BatchUpdateBody(Body):
    """PUT /v1/batch/."""

    memories: Annotated[list[BatchUpdateItem], Field(min_length=1, max_length=1_000)]

    def changes(self) -> list[MemoryChange]:
        """All changes; raises InvalidRequest where one memory is named twice or nothing is changed."""
        ids = [m.memory_id for m in self.memories]
        if len(set(ids)) < len(ids):
            raise InvalidRequest("memories names the same memory_id more than once.")
        for n, memory in enumerate(self.memories):
            if memory.text is None and memory.metadata is None:
                raise InvalidRequest(f"memories[{n}] needs text or metadata.")
        return [MemoryChange(m.memory_id, text=m.text, metadata=m.metadata) for m in self.memories]


class BatchDeleteItem(Body):
    """One deletion of a batch."""

    memory_id: MemoryId


class BatchDeleteBody(Body):
    """DELETE /v1/batch/."""

    memories: Annotated[list[BatchDeleteItem], Field(min_length=1, max_length=1_000)]


class CreateKeyBody(Body):
    """POST /v1/keys/. What bounds a key is never passed over: a blank user_id would make a key of the whole project."""

    as_given: ClassVar[frozenset[str] | None] = frozenset({"role", "user_id", "expires_at"})

    name: Annotated[str, Field(min_length=1, max_length=256)]
    role: Role = Role.WRITER
    user_id: EntityId | None = None
    expires_at: Moment | None = None

    def expiry(self, now: datetime) -> datetime | None:
        """The expiry; raises InvalidRequest when it has passed."""
        if self.expires_at is not None and self.expires_at <= now.astimezone(UTC):
            raise InvalidRequest("expires_at must lie in the future.")
        return self.expires_at


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


class FeedbackBody(Body):
    """POST /v1/feedback/; `feedback: null` takes it back."""

    memory_id: MemoryId
    feedback: Annotated[Literal["POSITIVE", "NEGATIVE", "VERY_NEGATIVE"] | None, BeforeValidator(_upper)] = None
    feedback_reason: Annotated[str, Field(max_length=10_000)] | None = None


class ProjectBody(Body):
    """PATCH of a project: what is left out stays, null clears. Keys that are unknown here are kept as they are."""

    as_given: ClassVar[frozenset[str] | None] = None

    custom_instructions: Wish | None = None
    agent_custom_instructions: Wish | None = None
    custom_categories: Categories | None = None
    inclusion_prompt: Wish | None = None
    exclusion_prompt: Wish | None = None
    extractor: Extractor | None = None
    daily_token_budget: Annotated[int, Field(ge=0, le=10**15)] | None = None
    multilingual: bool | None = None
    decay: bool | None = None
    enable_graph: bool | None = None
    memory_depth: Annotated[str, Field(max_length=1_000)] | None = None
    usecase_setting: Annotated[str, Field(max_length=10_000)] | None = None
    retrieval_criteria: Annotated[list[Any], Field(max_length=100)] | None = None
    version: Annotated[str, Field(max_length=32)] | None = None

    def changes(self) -> dict[str, Any]:
        """The settings to set, as they are stored; raises InvalidRequest when there are none."""
        if not self.model_fields_set:
            raise InvalidRequest(f"At least one setting is required: {', '.join(type(self).model_fields)}.")
        changes = self.model_dump(mode="json", include=self.model_fields_set)
        if self.custom_categories is not None:
            changes["custom_categories"] = [{name: text} for name, text in self.custom_categories]
        return changes


class ChatBody(Body):
    """POST /v1/chat/: a message to answer with what is remembered, and to remember."""

    message: Text
    user_id: EntityId | None = None
    agent_id: EntityId | None = None
    app_id: EntityId | None = None
    run_id: EntityId | None = None
    metadata: Metadata | None = None
    token_budget: Annotated[int, Field(ge=50, le=100_000)] = 1_200
    timezone: TimeZone = "UTC"
    remember: bool = True

    def scope(self, tenant: Tenant) -> Scope:
        """Who talks; raises InvalidRequest without an entity, Forbidden for another user than the pinned."""
        scope = pinned_scope(tenant, Scope(self.user_id, self.agent_id, self.app_id, self.run_id))
        if scope.is_empty:
            raise InvalidRequest(NO_ENTITY)
        return scope
