"""The routes that read the graph, and memories over time."""

from typing import Annotated

from fastapi import Query, Request

from cairn.graph import answers as graph_answers
from cairn.graph.answers import (
    CommunitiesAnswer,
    DriftAnswer,
    EvolutionAnswer,
    PathAnswer,
    RelatedAnswer,
    SupersededPageAnswer,
    ThreadAnswer,
    WaitingAnswer,
)
from cairn.graph.bodies import CommunitiesBody, EvolutionBody, PathBody, RelatedBody, SupersededBody
from cairn.graph.read import Place, Start
from cairn.kernel.errors import InvalidRequest
from cairn.kernel.ids import same_id
from cairn.kernel.tenancy import Scope
from cairn.platform.http.answers import only_fields
from cairn.platform.http.app import IdParam, new_router, uuid_of
from cairn.platform.http.scopes import pinned_scope
from functions.search.list_routes import PageNumber, PageSize, paged
from functions.search.routes import EntityParam, Reader, Service

router = new_router()


@router.post("/v1/graph/related/")
async def related(body: RelatedBody, tenant: Reader, service: Service) -> RelatedAnswer:
    """What relates to an entity, or to what a memory mentions, with the memories that say so."""
    place, start = Place(body.scope(tenant), body.as_of), Start(body.entity, body.memory_id)
    found = service.graph.related(tenant, start, place, body.depth, body.limit)
    return graph_answers.related(found.starts, found.entities, found.edges, found.memories, complete=found.complete)


@router.post("/v1/graph/path/")
async def path(body: PathBody, tenant: Reader, service: Service) -> PathAnswer:
    """A shortest chain of relations between two entities or memories; `path` is null where there is none."""
    ends = Start(body.source, body.source_memory_id), Start(body.target, body.target_memory_id)
    found = service.graph.path(tenant, ends, Place(body.scope(tenant), body.as_of), body.max_length)
    if found is None:
        return {"entities": [], "path": None}
    return graph_answers.path(found.steps, found.entities, found.memories)


@router.post("/v1/graph/communities/")
async def communities(body: CommunitiesBody, tenant: Reader, service: Service) -> CommunitiesAnswer:
    """Groups of entities that relate to each other more than to others, the largest first."""
    found = service.graph.communities(tenant, Place(body.scope(tenant), body.as_of))
    groups = [graph_answers.community(group, found.entities) for group in found.groups[: body.limit]]
    return {
        "count": len(found.groups),
        "results": groups,
        "relations": found.relations,
        "complete": found.complete,
    }


@router.post("/v1/graph/evolution/")
async def evolution(body: EvolutionBody, tenant: Reader, service: Service) -> EvolutionAnswer:
    """Facts about an entity or a topic in the order in which they became true, with what superseded what."""
    selection = body.selection(tenant, legacy=True)
    read = service.timelines
    if body.entity is not None:
        facts = read.of_entity(tenant, body.entity, selection, body.limit)
    else:
        facts = read.of_topic(tenant, body.topic or "", selection, body.limit)
    return {"results": [only_fields(graph_answers.fact(f), body.fields) for f in facts]}


@router.post("/v1/graph/superseded/")
async def superseded(
    request: Request,
    body: SupersededBody,
    tenant: Reader,
    service: Service,
    page: PageNumber | None = None,
    page_size: PageSize | None = None,
) -> SupersededPageAnswer:
    """Memories that hold no longer, the last closed first, each with what took its place."""
    wanted = body.wanted(page, page_size)
    count, found = service.timelines.superseded(tenant, body.selection(tenant, legacy=True), wanted)
    results = [only_fields(graph_answers.superseded(old, new), body.fields) for old, new in found]
    return {**paged(request, count, len(results), wanted), "results": results}


@router.get("/v1/memories/{memory_id:path}/thread/")
async def thread(memory_id: IdParam, tenant: Reader, service: Service) -> ThreadAnswer:
    """What a memory is part of: what it replaced, what replaced it, what it was made from, and what was beside it."""
    return graph_answers.thread(service.timelines.thread(tenant, uuid_of("memory_id", memory_id)))


@router.get("/v1/graph/sync/")
async def waiting(tenant: Reader, service: Service) -> WaitingAnswer:
    """How many changes the graph has not seen yet, and how many were given up on, with the latest error."""
    return graph_answers.waiting(service.graph_waiting(tenant))


@router.get("/v1/graph/drift/")
async def drift(
    tenant: Reader,
    service: Service,
    user_id: EntityParam = None,
    agent_id: EntityParam = None,
    app_id: EntityParam = None,
    run_id: EntityParam = None,
    ids: Annotated[int, Query(ge=0, le=1_000)] = 10,
    after: Annotated[str | None, Query(max_length=64, json_schema_extra={"format": "uuid"})] = None,
) -> DriftAnswer:
    """Where Postgres and the graph differ, of a scope or of all that the key may see: 0, 0 and 0 once nothing waits.

    One answer compares 2,000 memories, in order of their ids; `next_after` is the `after` of the next one.
    """
    named = [value for value in (user_id, agent_id, app_id, run_id) if value is not None]
    if "*" in named:
        raise InvalidRequest("user_id, agent_id, app_id and run_id must each name one entity, not '*'.")
    scope = pinned_scope(tenant, Scope(*(each and same_id(each) for each in (user_id, agent_id, app_id, run_id))))
    start = None if after is None else uuid_of("after", after)
    return graph_answers.drift(service.drift(tenant, scope, ids, start), service.graph_waiting(tenant))
