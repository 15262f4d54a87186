"""The bodies of reads: which memories, how many, and as of when."""

from typing import Annotated, Any, Final

from pydantic import Field

from cairn.errors import InvalidRequest
from cairn.filters import Filter, has_entity, only_entities, parse_filters
from cairn.filters.tree import And
from cairn.models import Scope, Tenant
from cairn.ranking import Scoring
from cairn.selection import Page, Selection
from cairn.wire.scopes import ENTITY_KEYS, NO_ENTITY, entities, given
from cairn.wire.values import Body, EntityId, FilterMoment, FilterObject, Moment, Names, Text, TimeZone

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


class SearchBody(SelectBody):
    """POST /v3/memories/search/ and its older forms."""

    query: Text
    top_k: Annotated[int, Field(ge=1, le=1_000)] | None = None
    limit: Annotated[int, Field(ge=1, le=1_000)] | None = None
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    reference_date: Moment | None = None
    explain: bool = False
    exact: bool = False
    rerank: bool = False
    graph: bool = False
    include_messages: bool = False
    scoring: Scoring = Scoring.LINEAR


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


class ContextBody(SelectBody):
    """POST /v1/context/. Entities may stand beside the filters or inside them."""

    query: Text
    token_budget: Annotated[int, Field(ge=50, le=100_000)] = 1_200
    recent_messages: Annotated[int, Field(ge=0, le=100)] = 6
    timezone: TimeZone = "UTC"
    graph: bool = False

    def scope(self, tenant: Tenant) -> Scope:
        """The entities named plainly, whose last messages belong into the block; a pinned key's user is one."""
        named = {k: v for k in ENTITY_KEYS if (v := getattr(self, k)) is not None}
        plain = {k: v for k, v in entities(self.filters).items() if isinstance(v, str) and v != "*"}
        ids = plain | named | ({"user_id": tenant.user_id} if tenant.user_id else {})
        return Scope(**ids)


class SummaryBody(SelectBody):
    """POST /v1/summary/: of scopes, so only their entities select."""

    def entity_filter(self, tenant: Tenant) -> Filter:
        """The entities named; raises InvalidRequest where something else is filtered by."""
        named = {k: v for k in ENTITY_KEYS if (v := getattr(self, k)) is not None}
        where = And((parse_filters(given(self.filters), field="filters"), parse_filters(named)))
        if not only_entities(where):
            raise InvalidRequest("filters of a summary may only name user_id, agent_id, app_id and run_id.")
        return where
