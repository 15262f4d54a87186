"""The routes that have memories projected into the graph again."""

from typing import Annotated

from fastapi import Depends

from cairn.graph import answers as graph_answers
from cairn.graph.answers import ProjectedAnswer, QueuedAnswer, RedrivenGraphAnswer
from cairn.graph.bodies import SyncBody
from cairn.kernel.errors import Forbidden, InvalidRequest
from cairn.kernel.tenancy import Caller, Role
from cairn.platform.http.app import new_router, requires
from cairn.platform.http.scopes import NO_ENTITY
from functions.add_memory.routes import Service, Writer

router = new_router()

WritingCaller = Annotated[Caller, Depends(requires(Role.WRITER))]


@router.post("/v1/graph/sync/")
async def sync(body: SyncBody, who: WritingCaller, service: Service) -> ProjectedAnswer | QueuedAnswer:
    """Projects one memory now, or queues a scope, or with `all` and an admin key the project.

    GET /v1/graph/sync/ tells how many wait.
    """
    tenant, scope = who.tenant, body.named(who.tenant)
    if body.memory_id is not None:
        done = service.sync_memory(tenant, body.memory_id)
        return {"status": "SUCCEEDED", "projected": done.put, "moved": done.moved}
    if body.all and not (who.role.may(Role.ADMIN) and tenant.user_id is None):
        raise Forbidden("all takes an admin key of the whole project; name an entity.")
    if scope.is_empty and not body.all:
        raise InvalidRequest(f"memory_id, all or an entity is required: {NO_ENTITY[0].lower()}{NO_ENTITY[1:]}")
    queued = service.rebuild_graph.queue(tenant, scope)
    return {"status": "PENDING", "queued": queued, **graph_answers.waiting(service.rebuild_graph.waiting(tenant))}


@router.post("/v1/graph/redrive/")
async def redrive(tenant: Writer, service: Service) -> RedrivenGraphAnswer:
    """Gives memories that could not be projected into the graph another try."""
    return {"redriven": service.redrive_graph(tenant)}
