"""Bodies of requests about memories: which are read, and what is changed of them."""

from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from cairn.filters import Filter, has_entity, only_entities, parse_filters
from cairn.filters.tree import And
from cairn.kernel.errors import InvalidRequest
from cairn.kernel.tenancy import Page, Tenant
from cairn.memories.types import MemoryChange, Selection
from cairn.platform.http.scopes import ENTITY_KEYS, NO_ENTITY, given
from cairn.platform.http.values import (
    Body,
    Day,
    EntityId,
    FilterMoment,
    FilterObject,
    Metadata,
    Moment,
    Names,
    Text,
)


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


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


class FeedbackBody(Body):
    """POST /v1/feedback/; `feedback: null` takes it back."""

    memory_id: MemoryId
    feedback: Annotated[Literal["POSITIVE", "NEGATIVE", "VERY_NEGATIVE"] | None, BeforeValidator(_upper)] = None
    feedback_reason: Annotated[str, Field(max_length=10_000)] | None = None


DEFAULT_PAGE_SIZE: Final = 100


class SelectBody(Body):
    """What search and list have in common."""

    filters: FilterObject | None = None
    categories: Names | str | None = None
    metadata: dict[str, Any] | None = None
    keywords: Annotated[str, Field(max_length=1_000)] | None = None
    start_date: FilterMoment | None = None
    end_date: FilterMoment | None = None
    show_expired: bool = False
    latest_only: bool = True
    include_superseded: bool = False
    as_of: Moment | None = None
    fields: Names | None = None
    output_format: str | None = None
    enable_graph: bool = False
    # The oldest clients name entities beside the filters; v3 refuses that.
    user_id: EntityId | None = None
    agent_id: EntityId | None = None
    app_id: EntityId | None = None
    run_id: EntityId | None = None

    def selection(self, tenant: Tenant, *, legacy: bool = False) -> Selection:
        """The memories asked for; raises InvalidRequest naming the field, also without any entity."""
        entities = {k: v for k in ENTITY_KEYS if (v := getattr(self, k)) is not None}
        if entities and not legacy:
            raise InvalidRequest(f"{next(iter(entities))} belongs inside filters, as {{'filters': {entities}}}.")
        where = parse_filters(given(self.filters), field="filters")
        parts = [where, parse_filters(entities)]
        if tenant.user_id is None and not (has_entity(where) or entities):
            raise InvalidRequest(f"filters is missing an entity: {NO_ENTITY[0].lower()}{NO_ENTITY[1:]}")
        latest_only = self.latest_only and not self.include_superseded
        return Selection(And((*parts, *self._narrowed())), self.show_expired, latest_only, self.as_of)

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


class ListBody(SelectBody):
    """POST /v3/memories/ and its older forms; paging may stand in the query string too, which wins.

    `top_k` and `limit` are what clients of searches call the size of a page.
    """

    page: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    page_size: Annotated[int, Field(ge=1, le=200)] | None = None
    top_k: Annotated[int, Field(ge=1, le=1_000)] | None = None
    limit: Annotated[int, Field(ge=1, le=1_000)] | None = None

    def wanted(self, page: int | None = None, page_size: int | None = None) -> Page:
        """The page to answer, as the query string says or else the body."""
        size = page_size or self.page_size or self.top_k or self.limit or DEFAULT_PAGE_SIZE
        return Page(page or self.page or 1, size)


class SummaryBody(SelectBody):
    """POST /v1/summary/: of scopes, so only their entities select."""

    def entity_filter(self, tenant: Tenant) -> Filter:
        """The entities named; raises InvalidRequest where something else is filtered by."""
        named = {k: v for k in ENTITY_KEYS if (v := getattr(self, k)) is not None}
        where = And((parse_filters(given(self.filters), field="filters"), parse_filters(named)))
        if not only_entities(where):
            raise InvalidRequest("filters of a summary may only name user_id, agent_id, app_id and run_id.")
        return where
