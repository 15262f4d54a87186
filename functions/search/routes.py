"""The routes of reads, but for lists and the graph."""

from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from aws_lambda_powertools.metrics import MetricUnit
from fastapi import Depends, Query
from fastapi.responses import JSONResponse

from cairn.access import Role
from cairn.bootstrap import reads
from cairn.bootstrap.reads import SearchService
from cairn.http import IdParam, new_router, tenant_for, uuid_of
from cairn.metrics import Metric
from cairn.models import Memory, Tenant
from cairn.observability import metrics
from cairn.settings import SearchSettings
from cairn.usecases.context import ContextRequest
from cairn.usecases.rerank import LOOKED_AT
from cairn.wire import answers, graph_answers, project_answers
from cairn.wire.selecting import ContextBody, SearchBody, SelectBody, SummaryBody
from cairn.wire.values import Day, Moment

router = new_router()

Reader = Annotated[Tenant, Depends(tenant_for(Role.READER))]
ProjectReader = Annotated[Tenant, Depends(tenant_for(Role.READER, whole_project=True))]
Admin = Annotated[Tenant, Depends(tenant_for(Role.ADMIN, whole_project=True))]


@cache
def _built() -> SearchService:
    return reads.search(SearchSettings())  # pyright: ignore[reportCallIssue]  # read from the environment


async def service() -> SearchService:
    """The service of this environment, built on its first request."""
    return _built()


Service = Annotated[SearchService, Depends(service)]
EntityParam = Annotated[str | None, Query(min_length=1, max_length=256)]
DayParam = Annotated[Day, Query()]


@router.get("/health/")
async def health(service: Service) -> JSONResponse:
    """What is up, and which model embeds. 503 only without the database: nothing can be answered then."""
    parts = service.health()
    down = [name for name, status in parts.items() if status != "up"]
    status = "down" if "database" in down else "degraded" if down else "ok"
    answer: dict[str, Any] = {"status": status} | parts
    if status == "down":
        return JSONResponse(answer, 503)
    return JSONResponse(answer | answers.embeddings(service.embedding_models()))


@router.get("/v1/ping/")
async def ping(tenant: Reader, service: Service) -> dict[str, Any]:
    """Whose key this is; Mem0's clients call it first."""
    return project_answers.ping(service.projects.get(tenant), service.keys.name_of_own(tenant))


def _search(body: SearchBody, tenant: Tenant, service: SearchService, *, legacy: bool = False) -> dict[str, Any]:
    selection = body.selection(tenant, legacy=legacy)
    from_graph = service.near(tenant, body.query, selection) if body.graph else None
    top_k = body.top_k or body.limit or 10
    found = service.memories.search(
        tenant,
        body.query,
        selection,
        top_k=max(top_k, LOOKED_AT) if body.rerank else top_k,
        threshold=0.1 if body.threshold is None else body.threshold,
        scoring=body.scoring,
        reference=body.reference_date,
        exact=body.exact,
        near=from_graph.near if from_graph else (),
        messages=body.include_messages,
    )
    reranked = service.rerank(body.query, found.hits) if body.rerank else None
    hits = (reranked.hits if reranked else found.hits)[:top_k]
    metrics.add_metric(Metric.SEARCH_HITS, MetricUnit.Count, len(hits))
    service.count_accesses(tenant, (hit.memory.id for hit in hits))
    at = body.as_of or service.clock()
    answer: dict[str, Any] = {
        "results": [answers.only_fields(answers.hit(h, at, explain=body.explain), body.fields) for h in hits]
    }
    if body.explain:
        answer["search"] = answers.searched(found.searched, body.scoring, service.memories.attention)
    if reranked:
        answer["rerank"] = answers.reranked(reranked.reason)
    answer |= answers.degraded(found) | graph_answers.used(from_graph)
    return answer | relations(body, tenant, service, [h.memory for h in hits])


def relations(body: SelectBody, tenant: Tenant, service: SearchService, memories: list[Memory]) -> dict[str, Any]:
    """What these memories say of how things relate, where a client of Mem0 asks for its graph."""
    if not body.enable_graph:
        return {}
    found = service.timelines.relations(tenant, [memory.id for memory in memories])
    return {"relations": graph_answers.mem0_relations(found)}


@router.post("/v3/memories/search/agentic/")
@router.post("/v3/memories/search/fast/")
@router.post("/v3/memories/search/")
async def search(body: SearchBody, tenant: Reader, service: Service) -> dict[str, Any]:
    """The memories that answer a query, best first."""
    return _search(body, tenant, service)


@router.post("/v2/memories/search/")
@router.post("/v1/memories/search/")
async def search_legacy(body: SearchBody, tenant: Reader, service: Service) -> Any:
    """The same for clients up to 1.x: a bare list unless `output_format` is v1.1."""
    answer = _search(body, tenant, service, legacy=True)
    return answer if body.output_format == "v1.1" else answer["results"]


@router.get("/v1/memories/{memory_id:path}/history/")
async def history(memory_id: IdParam, tenant: Reader, service: Service) -> list[dict[str, Any]]:
    """Every change of a memory, oldest first; after its deletion without the texts."""
    return [answers.history(h) for h in service.memories.history(tenant, uuid_of("memory_id", memory_id))]


@router.get("/v1/memories/{memory_id:path}/")
async def get(memory_id: IdParam, tenant: Reader, service: Service, as_of: Moment | None = None) -> dict[str, Any]:
    """One memory, as it read at `as_of` where that is given."""
    memory = service.memories.get(tenant, uuid_of("memory_id", memory_id), as_of)
    return answers.single_memory(memory, as_of or service.clock())


@router.post("/v1/context/")
async def context(body: ContextBody, tenant: Reader, service: Service) -> dict[str, Any]:
    """A prompt-ready block for a question, within a token budget: what holds, what held before, the last turns."""
    selection = body.selection(tenant, legacy=True)
    from_graph = service.near(tenant, body.query, selection) if body.graph else None
    room = body.scope(tenant), body.token_budget, body.recent_messages, ZoneInfo(body.timezone)
    request = ContextRequest(body.query, selection, *room, from_graph.near if from_graph else ())
    block = service.context(tenant, request)
    service.count_accesses(tenant, block.memory_ids)
    return answers.context(block) | graph_answers.used(from_graph)


@router.post("/v1/summary/")
async def summary(body: SummaryBody, tenant: Reader, service: Service) -> list[dict[str, Any]]:
    """The running summary of each scope that matches."""
    selection = body.selection(tenant, legacy=True)
    return [answers.summary(s) for s in service.memories.summaries(tenant, body.entity_filter(tenant), selection)]


@router.get("/v1/usage/")
async def usage(
    tenant: ProjectReader, service: Service, start_date: DayParam | None = None, end_date: DayParam | None = None
) -> dict[str, Any]:
    """What models cost the project per day (UTC) and kind of call, and its budget; today's unless days are given."""
    spent = service.projects.spending(tenant, start_date, end_date, service.clock())
    return project_answers.usage(spent.days, spent.limit, spent.used_today, spent.resets_in)


@router.get("/api/v1/orgs/organizations/{org_id}/projects/{project_id}/")
async def project(
    org_id: str,
    project_id: str,
    tenant: Reader,
    service: Service,
    fields: Annotated[list[str] | None, Query(max_length=50)] = None,
) -> dict[str, Any]:
    """The project and its settings, or the fields of it that are asked for."""
    return project_answers.project(service.projects.named(tenant, org_id, project_id), fields)


@router.get("/v1/event/{event_id}/")
async def event(event_id: IdParam, tenant: Reader, service: Service) -> dict[str, Any]:
    """What became of an accepted write."""
    return answers.event(service.events.get(tenant, uuid_of("event_id", event_id)))


@router.get("/v1/keys/")
async def keys(tenant: Admin, service: Service) -> dict[str, Any]:
    """All API keys of the project, without their secrets."""
    return {"results": [answers.api_key(k) for k in service.keys.list_keys(tenant)]}
