"""Bodies of searches and context blocks."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from cairn.kernel.tenancy import Scope, Tenant
from cairn.memories.bodies import SelectBody
from cairn.platform.http.scopes import ENTITY_KEYS, entities
from cairn.platform.http.values import Moment, Text, TimeZone
from cairn.search.context import ContextRequest
from cairn.search.ranking import Scoring
from cairn.search.search import THRESHOLD, SearchRequest


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

    def request(self, tenant: Tenant, *, legacy: bool = False) -> SearchRequest:
        """The search asked for; raises InvalidRequest naming the field."""
        return SearchRequest(
            self.query,
            self.selection(tenant, legacy=legacy),
            top_k=self.top_k or self.limit or 10,
            threshold=THRESHOLD if self.threshold is None else self.threshold,
            scoring=self.scoring,
            reference=self.reference_date,
            exact=self.exact,
            messages=self.include_messages,
            graph=self.graph,
            rerank=self.rerank,
        )


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

    def request(self, tenant: Tenant) -> ContextRequest:
        """The block asked for; raises InvalidRequest naming the field."""
        selection = self.selection(tenant, legacy=True)
        room = self.scope(tenant), self.token_budget, self.recent_messages, ZoneInfo(self.timezone)
        return ContextRequest(self.query, selection, *room, graph=self.graph)
