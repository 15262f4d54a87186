"""Request bodies, as Mem0's clients of every age send them."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, cast
from uuid import UUID

from pydantic import BeforeValidator, Field, model_validator

from cairn.errors import Forbidden, InvalidRequest
from cairn.filters import Filter, has_entity, parse_filters
from cairn.filters.tree import And
from cairn.models import AddOptions, Message, NewEvent, Role, Scope, Tenant, new_id
from cairn.selection import MemoryChange, Selection
from cairn.wire.values import (
    Body,
    Day,
    EntityId,
    Metadata,
    Moment,
    Names,
    Text,
)

_ENTITY_KEYS: Final = ("user_id", "agent_id", "app_id", "run_id")
NO_ENTITY: Final = "At least one of user_id, agent_id, app_id or run_id is required."


def _content_text(content: Any) -> Any:
    """The text of a message's content: a string, or parts of which only text can be remembered as said."""
    if isinstance(content, dict):
        content = [cast("object", content)]
    if not isinstance(content, list):
        return content
    return "\n".join(filter(None, map(_part_text, cast("list[object]", content))))


def _part_text(part: object) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        raise ValueError("must hold strings or objects with a type")
    fields = cast("dict[str, object]", part)
    text = fields.get("text")
    return text if fields.get("type") == "text" and isinstance(text, str) else _reference(fields)


def _reference(part: dict[str, object]) -> str:
    """A picture or document by its address; inline data has nothing to say here."""
    kind = str(part.get("type", "attachment"))
    target = part.get(kind)
    url = cast("dict[str, object]", target).get("url") if isinstance(target, dict) else target
    name = kind.removesuffix("_url")
    return f"[{name}: {url}]" if isinstance(url, str) and not url.startswith("data:") else f"[{name}]"


class MessageBody(Body):
    """One message of an add."""

    role: Annotated[str, Field(min_length=1, max_length=64)] = "user"
    content: Annotated[Text, BeforeValidator(_content_text)]
    name: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    timestamp: Moment | None = None


def _message_list(value: Any) -> Any:
    """A string, one message or a list; messages that only call a tool say nothing and are passed over."""
    if isinstance(value, str):
        value = [{"role": "user", "content": value}]
    if isinstance(value, dict):
        value = [cast("object", value)]
    if not isinstance(value, list):
        return value
    return [m for m in cast("list[object]", value) if not _only_calls_tools(m)]


def _only_calls_tools(message: object) -> bool:
    fields = cast("dict[str, object]", message) if isinstance(message, dict) else {}
    return fields.get("content") is None and bool(fields.get("tool_calls"))


class AddBody(Body):
    """POST /v3/memories/add/ and its older forms."""

    messages: Annotated[list[MessageBody], Field(min_length=1, max_length=1_000), BeforeValidator(_message_list)]
    user_id: EntityId | None = None
    agent_id: EntityId | None = None
    app_id: EntityId | None = None
    run_id: EntityId | None = None
    metadata: Metadata | None = None
    categories: Names | None = None
    infer: bool = True
    timestamp: Moment | None = None
    expiration_date: Day | None = None
    immutable: bool = False
    output_format: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _entities_from_filters(cls, data: Any) -> Any:
        """The Python client's AddOptions sends the entity ids inside `filters`."""
        if not isinstance(data, dict):
            return data
        body = cast("dict[str, Any]", data)
        return _entities(body.get("filters")) | body

    def event(self, tenant: Tenant, now: datetime, idempotency_key: str | None, request_sha256: bytes) -> NewEvent:
        """The event to accept; raises InvalidRequest without an entity, Forbidden for another user than the pinned."""
        scope = pinned_scope(tenant, Scope(self.user_id, self.agent_id, self.app_id, self.run_id))
        if scope.is_empty:
            raise InvalidRequest(NO_ENTITY)
        said_at = self.timestamp or now
        return NewEvent(
            id=new_id(),
            scope=scope,
            options=AddOptions(
                infer=self.infer,
                metadata=self.metadata or {},
                categories=tuple(self.categories or ()),
                expires_on=self.expiration_date,
                immutable=self.immutable,
            ),
            messages=tuple(
                Message(new_id(), n, m.role, m.name, m.content, m.timestamp or said_at)
                for n, m in enumerate(self.messages)
            ),
            idempotency_key=idempotency_key,
            request_sha256=request_sha256,
        )


def _entities(filters: object) -> dict[str, object]:
    """The entity ids that a filter names plainly, or in a list under AND."""
    fields = cast("dict[str, object]", filters) if isinstance(filters, dict) else {}
    joined = cast("list[object]", fields["AND"]) if isinstance(fields.get("AND"), list) else []
    objects = [cast("dict[str, object]", part) for part in (*joined, fields) if isinstance(part, dict)]
    return {k: v for part in objects for k, v in part.items() if k in _ENTITY_KEYS and v is not None}


def pinned_scope(tenant: Tenant, scope: Scope) -> Scope:
    """The scope a key may write: a pinned key writes to its user alone, named or not."""
    if tenant.user_id is None:
        return scope
    if scope.user_id not in (None, tenant.user_id):
        raise Forbidden(f"This API key may only use user_id {tenant.user_id!r}.")
    return Scope(tenant.user_id, scope.agent_id, scope.app_id, scope.run_id)


class SelectBody(Body):
    """What search and list have in common."""

    filters: Any = None
    categories: Names | str | None = None
    metadata: dict[str, Any] | None = None
    keywords: Annotated[str, Field(max_length=1_000)] | None = None
    start_date: Any = None
    end_date: Any = None
    show_expired: bool = False
    latest_only: bool = True
    fields: Names | None = None
    output_format: str | None = None
    # The oldest clients name entities beside the filters; v3 refuses that.
    user_id: EntityId | None = None
    agent_id: EntityId | None = None
    app_id: EntityId | None = None
    run_id: EntityId | None = None

    def selection(self, tenant: Tenant, *, legacy: bool = False) -> Selection:
        """The memories asked for; raises InvalidRequest naming the field, also without any entity."""
        entities = {k: v for k in _ENTITY_KEYS if (v := getattr(self, k)) is not None}
        if entities and not legacy:
            raise InvalidRequest(f"{next(iter(entities))} belongs inside filters, as {{'filters': {entities}}}.")
        where = parse_filters(self.filters if self.filters is not None else {}, field="filters")
        parts = [where, parse_filters(entities)]
        if tenant.user_id is None and not (has_entity(where) or entities):
            raise InvalidRequest(f"filters is missing an entity: {NO_ENTITY[0].lower()}{NO_ENTITY[1:]}")
        return Selection(And((*parts, *self._narrowed())), self.show_expired, self.latest_only)

    def _narrowed(self) -> list[Filter]:
        categories = [self.categories] if isinstance(self.categories, str) else self.categories
        narrowing: dict[str, Any] = {
            "categories": {"in": categories} if categories else None,
            "metadata": self.metadata or None,
            "keywords": self.keywords or None,
        }
        found = [parse_filters({k: v}, field="body") for k, v in narrowing.items() if v is not None]
        if self.start_date is not None:
            found.append(parse_filters({"created_at": {"gte": self.start_date}}, field="start_date"))
        if self.end_date is not None:
            found.append(parse_filters({"created_at": {"lte": self.end_date}}, field="end_date"))
        return found


class SearchBody(SelectBody):
    """POST /v3/memories/search/ and its older forms."""

    query: Text
    top_k: Annotated[int, Field(ge=1, le=1_000)] | None = None
    limit: Annotated[int, Field(ge=1, le=1_000)] | None = None
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    explain: bool = False


class ListBody(SelectBody):
    """POST /v3/memories/ and its older forms; paging may stand in the query string too, which wins."""

    page: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    page_size: Annotated[int, Field(ge=1, le=200)] | None = None


class UpdateBody(Body):
    """PUT /v1/memories/{id}/; `expiration_date: null` clears the expiry."""

    text: Text | None = None
    metadata: Metadata | None = None
    timestamp: Moment | None = None
    expiration_date: Day | None = None

    def change(self, memory_id: UUID) -> MemoryChange:
        """The change; raises InvalidRequest when there is none."""
        if not self.model_fields_set:
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
    """POST /v1/keys/."""

    name: Annotated[str, Field(min_length=1, max_length=256)]
    role: Role = Role.WRITER
    user_id: EntityId | None = None
    expires_at: Moment | None = None

    def expiry(self, now: datetime) -> datetime | None:
        """The expiry; raises InvalidRequest when it has passed."""
        if self.expires_at is not None and self.expires_at <= now.astimezone(UTC):
            raise InvalidRequest("expires_at must lie in the future.")
        return self.expires_at
