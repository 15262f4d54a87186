"""The routes of every write."""

import hashlib
from dataclasses import asdict
from typing import Annotated, Any, Final, cast

from aws_lambda_powertools.metrics import MetricUnit
from fastapi import Depends, Header, Path, Query, Request

from cairn.add.bodies import AddBody
from cairn.add.import_lines import imported
from cairn.auth import answers as auth_answers
from cairn.auth.answers import NewKeyAnswer
from cairn.auth.bodies import CreateKeyBody
from cairn.bootstrap import Provided, writes
from cairn.bootstrap.writes import AddMemoryService
from cairn.chat import answers as chat_answers
from cairn.chat.answers import ChatAnswer
from cairn.chat.bodies import ChatBody
from cairn.chat.chat import ChatTurn
from cairn.erasure.types import Erasing, Erasure
from cairn.events import answers as events_answers
from cairn.events.answers import (
    AddAnswer,
    AddedAnswer,
    ErasedAnswer,
    ErasureAnswer,
    ImportAnswer,
    LegacyAddAnswer,
    RedrivenAnswer,
)
from cairn.events.types import EventStatus
from cairn.filters import has_entity
from cairn.kernel.errors import InvalidRequest
from cairn.kernel.ids import same_id
from cairn.kernel.metrics import Metric
from cairn.kernel.observability import metrics
from cairn.kernel.settings import AddMemorySettings
from cairn.kernel.tenancy import Role, Scope, Tenant
from cairn.memories import answers as memories_answers
from cairn.memories.answers import DeletedAnswer, FeedbackAnswer, StandingMemoryAnswer
from cairn.memories.bodies import BatchDeleteBody, BatchUpdateBody, FeedbackBody, UpdateBody
from cairn.memories.options import AddOptions
from cairn.platform.http.answers import MessageAnswer
from cairn.platform.http.app import IdParam, new_router, tenant_for, uuid_of
from cairn.platform.http.literals import literal
from cairn.platform.http.scopes import NO_ENTITY, pinned_scope
from cairn.projects.bodies import ProjectBody

router = new_router()

Writer = Annotated[Tenant, Depends(tenant_for(Role.WRITER))]
Admin = Annotated[Tenant, Depends(tenant_for(Role.ADMIN, whole_project=True))]


_service = Provided(lambda: writes.add_memory(AddMemorySettings()))  # pyright: ignore[reportCallIssue]  # read from the environment


async def service() -> AddMemoryService:
    """The service of this environment, built on its first request."""
    return _service()


Service = Annotated[AddMemoryService, Depends(service)]
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=255)]
EntityParam = Annotated[str | None, Query(min_length=1, max_length=256)]

ENTITY_TYPES: Final = ("user", "agent", "app", "run")
DELETED: Final = "Memory deleted successfully!"
# Mem0's own words for what it does later.
DELETING: Final = "Delete in progress. This may take some time."
ALL_DELETED: Final = "Memories deleted successfully!"


def _accept(body: AddBody, tenant: Tenant, service: AddMemoryService, idempotency_key: str | None) -> AddAnswer:
    now = service.clock()
    accepted = service.add(tenant, body.event(tenant, now, idempotency_key), now)
    metrics.add_metric(Metric.ADD_ACCEPTED, MetricUnit.Count, 1)
    if not accepted.enqueued:
        metrics.add_metric(Metric.ENQUEUE_FAILED, MetricUnit.Count, 1)
    if body.infer and body.is_waited_for:
        return events_answers.waited_for(service.wait(tenant, accepted.event))
    return events_answers.accepted(accepted.event)


@router.post("/v3/memories/add/")
async def add(body: AddBody, tenant: Writer, service: Service, idempotency_key: IdempotencyKey = None) -> AddAnswer:
    """Remembers messages: queued for consolidation (infer=true), or each kept as it is at once (infer=false).

    With `async_mode` false (or `wait` true) the answer comes once the event is done, or after 20 seconds.
    """
    return _accept(body, tenant, service, idempotency_key)


@router.post("/v1/memories/")
async def add_v1(
    body: AddBody, tenant: Writer, service: Service, idempotency_key: IdempotencyKey = None
) -> LegacyAddAnswer | list[AddedAnswer | AddAnswer]:
    """The same for clients up to 1.x: a bare list unless `output_format` is v1.1."""
    answer = _accept(body, tenant, service, idempotency_key)
    # What is not done yet, or failed, says so in place of a memory.
    done = answer["status"] == EventStatus.SUCCEEDED
    results: list[AddedAnswer | AddAnswer] = [*answer.get("results", ())] if done else [answer]
    return {"results": results, "relations": []} if body.output_format == "v1.1" else results


async def _raw(request: Request) -> bytes:
    return await request.body()


@router.post("/v1/import/")
async def import_memories(
    body: Annotated[bytes, Depends(_raw)], tenant: Writer, service: Service, idempotency_key: IdempotencyKey = None
) -> ImportAnswer:
    """Imports memories as they are, one JSON object a line, all or none; those with an embedding are not embedded."""
    run = service.import_memories
    memories = imported(body, tenant, service.clock(), run.dimensions)
    done = run(tenant, memories, idempotency_key, hashlib.sha256(body).digest())
    return {"event_id": str(done.event_id), "status": "SUCCEEDED", "imported": done.added, "known": done.known}


@router.put("/v1/batch/")
async def batch_update(body: BatchUpdateBody, tenant: Writer, service: Service) -> MessageAnswer:
    """Updates up to 1,000 memories, all or none."""
    updated = service.change.update(tenant, body.changes())
    return {"message": f"Successfully updated {len(updated)} memories"}


@router.delete("/v1/batch/")
async def batch_delete(body: BatchDeleteBody, tenant: Writer, service: Service) -> MessageAnswer:
    """Erases up to 1,000 memories, all or none."""
    memory_ids = list(dict.fromkeys(m.memory_id for m in body.memories))
    service.erase.memories(tenant, memory_ids)
    return {"message": f"Successfully deleted {len(memory_ids)} memories"}


@router.put("/v1/memories/{memory_id:path}/")
async def update(memory_id: IdParam, body: UpdateBody, tenant: Writer, service: Service) -> StandingMemoryAnswer:
    """Changes a memory's text, metadata, time or expiry."""
    (memory,) = service.change.update(tenant, [body.change(uuid_of("memory_id", memory_id))])
    return memories_answers.standing(memory, service.clock())


@router.delete("/v1/memories/")
async def delete_all(
    tenant: Writer,
    service: Service,
    user_id: EntityParam = None,
    agent_id: EntityParam = None,
    app_id: EntityParam = None,
    run_id: EntityParam = None,
    metadata: Annotated[str | None, Query(max_length=10_000)] = None,
    filters: Annotated[str | None, Query(max_length=10_000)] = None,
) -> ErasureAnswer:
    """Erases all memories of a scope, with its messages and queued work; `*` is every entity of a kind.

    With `metadata` or `filters` only the memories that match go.
    """
    scope = Scope(*(each and same_id(each) for each in (user_id, agent_id, app_id, run_id)))
    erasure = Erasure(scope, _literal("metadata", metadata), _literal("filters", filters))
    if not has_entity(erasure.where):
        raise InvalidRequest(NO_ENTITY)
    return _erase(tenant, service, erasure)


@router.delete("/v1/memories/{memory_id:path}/")
async def delete(memory_id: IdParam, tenant: Writer, service: Service, delete_linked: bool = False) -> DeletedAnswer:
    """Erases one memory: its text, embedding, history texts and what only it was made from.

    With `delete_linked` also what it superseded, and what that superseded; `cascade_count` says how many these were.
    """
    receipt = service.erase.memories(tenant, [uuid_of("memory_id", memory_id)], linked=delete_linked)
    return {"message": DELETED, "cascade_count": receipt.memories - 1}


@router.delete("/v2/entities/{entity_type}/{name:path}/")
@router.delete("/v1/entities/{entity_type}/{name:path}/")
async def delete_entity(
    entity_type: Annotated[str, Path(max_length=16)],
    name: Annotated[str, Path(min_length=1, max_length=256)],
    request: Request,
    tenant: Writer,
    service: Service,
) -> ErasureAnswer:
    """Erases everything about one user, agent, app or run; doing it twice is no error.

    What is left of a name that was cut off is another's.
    """
    if request.scope["may_be_cut_off"]:
        raise InvalidRequest("name must be percent-encoded and followed by a slash, or a part of it may be cut off.")
    if entity_type not in ENTITY_TYPES:
        raise InvalidRequest("Invalid entity type: it must be one of user, agent, app or run.")
    # A name that is an asterisk is a name here, not a wildcard.
    if name == "*":
        raise InvalidRequest("name must name one entity, not '*'.")
    scope = Scope(**{f"{entity_type}_id": same_id(name)})
    pinned_scope(tenant, scope)
    return _erased(service.erase.named_in_a_path(tenant, scope))


@router.post("/v1/feedback/")
async def feedback(body: FeedbackBody, tenant: Writer, service: Service) -> FeedbackAnswer:
    """What the caller thinks of a memory; it moves the memory's importance in search."""
    service.change.rate(tenant, body.memory_id, body.feedback, body.feedback_reason)
    return {"id": str(body.memory_id), "feedback": body.feedback, "feedback_reason": body.feedback_reason}


@router.post("/v1/chat/")
async def chat(body: ChatBody, tenant: Writer, service: Service) -> ChatAnswer:
    """Answers a message with what is remembered, and remembers the turn. Needs a model."""
    options = AddOptions(metadata=body.metadata or {}, timezone=body.timezone)
    turn = ChatTurn(body.message, body.scope(tenant), options, body.token_budget, body.remember)
    answered = service.chat(tenant, turn, service.clock())
    metrics.add_metric(Metric.CHAT_ANSWERED, MetricUnit.Count, 1)
    return chat_answers.chat(answered.text, answered.context, answered.event_id)


@router.patch("/api/v1/orgs/organizations/{org_id}/projects/{project_id}/")
async def update_project(
    org_id: str, project_id: str, body: ProjectBody, tenant: Admin, service: Service
) -> MessageAnswer:
    """Changes the project's settings; what is left out stays, null clears."""
    service.projects.change(tenant, org_id, project_id, body.changes())
    return {"message": "Project updated successfully"}


@router.post("/v1/event/{event_id}/redrive/")
async def redrive(event_id: IdParam, tenant: Writer, service: Service) -> RedrivenAnswer:
    """Puts a FAILED event back into the queue."""
    service.redrive(tenant, uuid_of("event_id", event_id))
    return {"event_id": event_id, "status": "PENDING", "message": "The event is queued again."}


@router.post("/v1/keys/", status_code=201)
async def create_key(body: CreateKeyBody, tenant: Admin, service: Service) -> NewKeyAnswer:
    """Makes an API key; its secret `key` is shown this once."""
    now = service.clock()
    key, secret = service.keys.create(
        tenant, name=body.name, role=body.role, now=now, pinned_user_id=body.user_id, expires_at=body.expiry(now)
    )
    return auth_answers.new_key(key, secret)


@router.delete("/v1/keys/{key_id}/")
async def revoke_key(key_id: IdParam, tenant: Admin, service: Service) -> MessageAnswer:
    """Revokes an API key for good."""
    service.keys.revoke(tenant, uuid_of("key_id", key_id), service.clock())
    return {"message": "API key revoked."}


def _erase(tenant: Tenant, service: AddMemoryService, erasure: Erasure) -> ErasureAnswer:
    if erasure.scope.user_id != "*":
        pinned_scope(tenant, erasure.scope)
    return _erased(service.erase(tenant, erasure))


def _erased(erasing: Erasing) -> ErasureAnswer:
    message = ALL_DELETED if erasing.done else DELETING
    erased = cast("ErasedAnswer", asdict(erasing.receipt))
    return {"message": message, "event_id": str(erasing.event_id), "erased": erased}


def _literal(field: str, text: str | None) -> Any:
    """What a query parameter says: JSON, or the Python literal that the Python client sends."""
    if text is None:
        return None
    value = literal(field, text)
    if value is None:  # nothing selected would be everything erased
        raise InvalidRequest(f"{field} must be a JSON object.")
    return value
