"""The routes that list, a page at a time."""

from typing import Annotated, Literal

from fastapi import Path, Query, Request

from cairn.bootstrap.reads import SearchService
from cairn.events import answers as events_answers
from cairn.events.answers import EventsPageAnswer
from cairn.events.types import EventStatus
from cairn.kernel.errors import InvalidRequest
from cairn.kernel.ids import same_id
from cairn.kernel.tenancy import Page, Tenant
from cairn.language.preferences import LANGUAGES
from cairn.memories import answers as memories_answers
from cairn.memories.answers import (
    EntitiesPageAnswer,
    EntityAnswer,
    MemoriesPageAnswer,
    MemoryAnswer,
    PreferencesPageAnswer,
)
from cairn.memories.bodies import DEFAULT_PAGE_SIZE, ListBody
from cairn.memories.list_query import ListQuery
from cairn.memories.types import Memory
from cairn.platform.http.answers import PageAnswer, Picked, only_fields
from cairn.platform.http.app import new_router, page_url
from cairn.projects.types import PREFERENCES
from functions.search.routes import EntityParam, Reader, Service, relations

router = new_router()

PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]
PageSize = Annotated[int, Query(ge=1, le=200)]

Listing = Annotated[ListQuery, Query()]
EntityType = Annotated[Literal["user", "agent", "app", "run"], Path()]

# delete_users() and reset() of Mem0's clients read the first page of entities alone.
ENTITIES_PAGE_SIZE = 10_000


def _listed(request: Request, count: int, memories: list[Memory], page: Page, body: ListBody) -> MemoriesPageAnswer:
    results = [only_fields(memories_answers.memory(m), body.fields) for m in memories]
    return {**paged(request, count, len(results), page), "results": results}


def paged(request: Request, count: int, here: int, page: Page) -> PageAnswer:
    """Where a page with so many `here` stands in its list, with absolute addresses of its neighbours."""
    more = page.offset + here < count
    next_url = page_url(request, page.number + 1, page.size) if more and here else None
    previous_url = page_url(request, page.number - 1, page.size) if page.number > 1 else None
    return {"count": count, "next": next_url, "previous": previous_url}


@router.post("/v3/memories/")
async def list_memories(
    request: Request,
    body: ListBody,
    tenant: Reader,
    service: Service,
    page: PageNumber | None = None,
    page_size: PageSize | None = None,
) -> MemoriesPageAnswer:
    """One page of the memories that match, in order of creation."""
    wanted = body.wanted(page, page_size)
    count, memories = service.memories.list_memories(tenant, body.selection(tenant), wanted)
    return {**_listed(request, count, memories, wanted, body), **relations(body, tenant, service, memories)}


@router.post("/v2/memories/")
async def list_v2(
    request: Request,
    body: ListBody,
    tenant: Reader,
    service: Service,
    page: PageNumber | None = None,
    page_size: PageSize | None = None,
) -> MemoriesPageAnswer | list[Picked[MemoryAnswer]]:
    """The same for clients up to 1.x: a bare list unless `output_format` is v1.1 or a page is asked for."""
    wanted = body.wanted(page, page_size)
    count, memories = service.memories.list_memories(tenant, body.selection(tenant, legacy=True), wanted)
    answer: MemoriesPageAnswer = {
        **_listed(request, count, memories, wanted, body),
        **relations(body, tenant, service, memories),
    }
    return answer if body.output_format == "v1.1" or page or page_size else answer["results"]


@router.get("/v1/memories/")
async def list_v1(
    request: Request, query: Listing, tenant: Reader, service: Service
) -> MemoriesPageAnswer | list[Picked[MemoryAnswer]]:
    """The oldest list: everything in the query string; a bare list unless a page is asked for."""
    return _listed_v1(request, query, query.body(), tenant, service)


@router.get("/v1/memories/user/{name:path}/")
@router.get("/v1/memories/agent/{name:path}/")
@router.get("/v1/memories/app/{name:path}/")
@router.get("/v1/memories/run/{name:path}/")
async def list_of_entity(
    request: Request,
    name: Annotated[str, Path(min_length=1, max_length=256)],
    query: Listing,
    tenant: Reader,
    service: Service,
) -> MemoriesPageAnswer | list[Picked[MemoryAnswer]]:
    """The memories of one user, agent, app or run, as GET /v1/memories/ lists them."""
    if name == "*":
        raise InvalidRequest("name must name one entity, not '*'.")
    kind = request.scope["route"].path.split("/")[3]
    return _listed_v1(request, query, query.body(**{f"{kind}_id": name}), tenant, service)


def _listed_v1(
    request: Request, query: ListQuery, body: ListBody, tenant: Tenant, service: SearchService
) -> MemoriesPageAnswer | list[Picked[MemoryAnswer]]:
    wanted = body.wanted()
    count, memories = service.memories.list_memories(tenant, body.selection(tenant), wanted)
    answer = _listed(request, count, memories, wanted, body)
    return answer if query.page or query.page_size else answer["results"]


@router.get("/v1/preferences/")
async def preferences(
    request: Request,
    tenant: Reader,
    service: Service,
    user_id: EntityParam = None,
    agent_id: EntityParam = None,
    app_id: EntityParam = None,
    run_id: EntityParam = None,
    page: PageNumber = 1,
    page_size: PageSize = DEFAULT_PAGE_SIZE,
) -> PreferencesPageAnswer:
    """What is known of somebody's preferences, in order of creation; `languages` are those read without a model."""
    ids = {"user_id": user_id, "agent_id": agent_id, "app_id": app_id, "run_id": run_id}
    filters = {k: v for k, v in ids.items() if v is not None}
    body = ListBody.model_validate({"filters": filters, "categories": [PREFERENCES]})
    wanted = Page(page, page_size)
    count, memories = service.memories.list_memories(tenant, body.selection(tenant), wanted)
    results = [memories_answers.memory(m) for m in memories]
    return {**paged(request, count, len(results), wanted), "results": results, "languages": list(LANGUAGES)}


@router.get("/v1/entities/")
async def entities(
    request: Request,
    tenant: Reader,
    service: Service,
    page: PageNumber = 1,
    page_size: Annotated[int, Query(ge=1, le=ENTITIES_PAGE_SIZE)] = ENTITIES_PAGE_SIZE,
) -> EntitiesPageAnswer:
    """The users, agents, apps and runs that memories are about."""
    totals, found = service.memories.entities(tenant, Page(page, page_size))
    results = [memories_answers.entity(e, tenant.project_id) for e in found]
    return {
        **paged(request, sum(totals.values()), len(results), Page(page, page_size)),
        "results": results,
        "total_users": totals.get("user", 0),
        "total_agents": totals.get("agent", 0),
        "total_apps": totals.get("app", 0),
        "total_runs": totals.get("run", 0),
    }


@router.get("/v2/entities/{entity_type}/{name:path}/")
@router.get("/v1/entities/{entity_type}/{name:path}/")
async def entity(entity_type: EntityType, name: str, tenant: Reader, service: Service) -> EntityAnswer:
    """One user, agent, app or run that memories are about."""
    return memories_answers.entity(service.memories.entity(tenant, entity_type, same_id(name)), tenant.project_id)


@router.get("/v1/memories/events/")
@router.get("/v1/events/")
async def events(
    request: Request,
    tenant: Reader,
    service: Service,
    page: PageNumber = 1,
    page_size: PageSize = DEFAULT_PAGE_SIZE,
    status: EventStatus | None = None,
) -> EventsPageAnswer:
    """All events, or those of one status, newest first."""
    count, found = service.events.list_events(tenant, Page(page, page_size), status)
    results = [events_answers.event(e) for e in found]
    return {**paged(request, count, len(results), Page(page, page_size)), "results": results}
