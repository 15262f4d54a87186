"""The routes of reads, but for lists and the graph."""

from typing import Annotated, Literal

from aws_lambda_powertools.metrics import MetricUnit
from fastapi import Depends, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from typing_extensions import TypedDict

from cairn.auth import answers as auth_answers
from cairn.auth.answers import KeysAnswer
from cairn.bootstrap import Provided, reads
from cairn.bootstrap.reads import SearchService
from cairn.embeddings import answers as embeddings_answers
from cairn.embeddings.answers import ModelAnswer
from cairn.events import answers as events_answers
from cairn.events.answers import EventAnswer
from cairn.graph import answers as graph_answers
from cairn.kernel.metrics import Metric
from cairn.kernel.observability import metrics
from cairn.kernel.settings import SearchSettings
from cairn.kernel.tenancy import Role, Tenant
from cairn.memories import answers as memories_answers
from cairn.memories.answers import HistoryAnswer, OneMemoryAnswer, SummaryAnswer, WithRelationsAnswer
from cairn.memories.bodies import SelectBody, SummaryBody
from cairn.memories.types import Memory
from cairn.platform.http.answers import Picked, only_fields
from cairn.platform.http.app import IdParam, new_router, tenant_for, uuid_of
from cairn.platform.http.values import Day, Moment
from cairn.projects import answers as projects_answers
from cairn.projects.answers import PickedProject, PingAnswer, UsageAnswer
from cairn.search import answers as search_answers
from cairn.search.answers import ContextAnswer, SearchAnswer, SearchHitAnswer
from cairn.search.bodies import ContextBody, SearchBody

router = new_router()

Reader = Annotated[Tenant, Depends(tenant_for(Role.READER))]
ProjectReader = Annotated[Tenant, Depends(tenant_for(Role.READER, whole_project=True))]
Admin = Annotated[Tenant, Depends(tenant_for(Role.ADMIN, whole_project=True))]


_service = Provided(lambda: reads.search(SearchSettings()))  # pyright: ignore[reportCallIssue]  # read from the environment


async def service() -> SearchService:
    """The service of this environment, built on its first request."""
    return _service()


Service = Annotated[SearchService, Depends(service)]
EntityParam = Annotated[str | None, Query(min_length=1, max_length=256)]
DayParam = Annotated[Day, Query()]


class HealthAnswer(TypedDict):
    """What is up. It is degraded where something is down without which reads go on."""

    status: Literal["ok", "degraded"]
    database: Literal["up"]
    queue: Literal["up", "down"]
    embeddings: Annotated[ModelAnswer | None, Field(description="The model that embeds; null before the first text.")]


class DownAnswer(TypedDict):
    """Nothing can be answered: there is no database."""

    status: Literal["down"]
    database: Literal["down"]
    queue: Literal["up", "down"]


@router.get("/health/")
async def health(service: Service) -> JSONResponse:
    """What is up, and which model embeds. 503 only without the database: nothing can be answered then."""
    parts = service.health()
    down = [name for name, status in parts.items() if status != "up"]
    status = "down" if "database" in down else "degraded" if down else "ok"
    answer: dict[str, object] = {"status": status, **parts}
    if status == "down":
        return JSONResponse(answer, 503)
    return JSONResponse(answer | {"embeddings": embeddings_answers.embeddings(service.embedding_models())})


@router.get("/v1/ping/")
async def ping(tenant: Reader, service: Service) -> PingAnswer:
    """Whose key this is; Mem0's clients call it first."""
    return projects_answers.ping(service.projects.get(tenant), service.keys.name_of_own(tenant))


def _search(body: SearchBody, tenant: Tenant, service: SearchService, *, legacy: bool = False) -> SearchAnswer:
    found = service.search(tenant, body.request(tenant, legacy=legacy))
    metrics.add_metric(Metric.SEARCH_HITS, MetricUnit.Count, len(found.hits))
    at = body.as_of or service.clock()
    answer: SearchAnswer = {
        "results": [only_fields(search_answers.hit(h, at, explain=body.explain), body.fields) for h in found.hits]
    }
    if body.explain:
        answer["search"] = search_answers.searched(found, body.scoring)
    if found.reranked:
        answer["rerank"] = search_answers.reranked(found.reranked.reason)
    if found.degraded:
        answer["degraded"] = True
    if found.from_graph is not None:
        answer["graph"] = search_answers.from_graph(found.from_graph)
    return {**answer, **relations(body, tenant, service, [h.memory for h in found.hits])}


def relations(body: SelectBody, tenant: Tenant, service: SearchService, memories: list[Memory]) -> WithRelationsAnswer:
    """What these memories say of how things relate, where a client of Mem0 asks for its graph."""
    if not body.enable_graph:
        return {}
    found = service.timelines.relations(tenant, [memory.id for memory in memories])
    return {"relations": graph_answers.mem0_relations(found)}


@router.post("/v3/memories/search/agentic/")
@router.post("/v3/memories/search/fast/")
@router.post("/v3/memories/search/")
async def search(body: SearchBody, tenant: Reader, service: Service) -> SearchAnswer:
    """The memories that answer a query, best first."""
    return _search(body, tenant, service)


@router.post("/v2/memories/search/")
@router.post("/v1/memories/search/")
async def search_legacy(
    body: SearchBody, tenant: Reader, service: Service
) -> SearchAnswer | list[Picked[SearchHitAnswer]]:
    """The same for clients up to 1.x: a bare list unless `output_format` is v1.1."""
    answer = _search(body, tenant, service, legacy=True)
    return answer if body.output_format == "v1.1" else answer["results"]


@router.get("/v1/memories/{memory_id:path}/history/")
async def history(memory_id: IdParam, tenant: Reader, service: Service) -> list[HistoryAnswer]:
    """Every change of a memory, oldest first; after its deletion without the texts."""
    return [memories_answers.history(h) for h in service.memories.history(tenant, uuid_of("memory_id", memory_id))]


@router.get("/v1/memories/{memory_id:path}/")
async def get(memory_id: IdParam, tenant: Reader, service: Service, as_of: Moment | None = None) -> OneMemoryAnswer:
    """One memory, as it read at `as_of` where that is given."""
    memory = service.memories.get(tenant, uuid_of("memory_id", memory_id), as_of)
    return memories_answers.single_memory(memory, as_of or service.clock())


@router.post("/v1/context/")
async def context(body: ContextBody, tenant: Reader, service: Service) -> ContextAnswer:
    """A prompt-ready block for a question, within a token budget: what holds, what held before, the last turns."""
    block = service.context(tenant, body.request(tenant))
    service.count_hits(tenant, block.memory_ids)
    return search_answers.context(block)


@router.post("/v1/summary/")
async def summary(body: SummaryBody, tenant: Reader, service: Service) -> list[SummaryAnswer]:
    """The running summary of each scope that matches."""
    selection = body.selection(tenant, legacy=True)
    return [
        memories_answers.summary(s) for s in service.memories.summaries(tenant, body.entity_filter(tenant), selection)
    ]


@router.get("/v1/usage/")
async def usage(
    tenant: ProjectReader, service: Service, start_date: DayParam | None = None, end_date: DayParam | None = None
) -> UsageAnswer:
    """What models cost the project per day (UTC) and kind of call, and its budget; today's unless days are given."""
    spent = service.projects.spending(tenant, start_date, end_date, service.clock())
    return projects_answers.usage(spent.days, spent.limit, spent.used_today, spent.resets_in)


@router.get("/api/v1/orgs/organizations/{org_id}/projects/{project_id}/")
async def project(
    org_id: str,
    project_id: str,
    tenant: Reader,
    service: Service,
    fields: Annotated[list[str] | None, Query(max_length=50)] = None,
) -> PickedProject:
    """The project and its settings, or the fields of it that are asked for."""
    return projects_answers.project(service.projects.named(tenant, org_id, project_id), fields)


@router.get("/v1/event/{event_id}/")
async def event(event_id: IdParam, tenant: Reader, service: Service) -> EventAnswer:
    """What became of an accepted write."""
    return events_answers.event(service.events.get(tenant, uuid_of("event_id", event_id)))


@router.get("/v1/keys/")
async def keys(tenant: Admin, service: Service) -> KeysAnswer:
    """All API keys of the project, without their secrets."""
    return {"results": [auth_answers.api_key(k) for k in service.keys.list_keys(tenant)]}
