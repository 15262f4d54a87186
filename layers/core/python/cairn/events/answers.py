"""Answers about accepted writes."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, NotRequired, cast

from pydantic import Field
from typing_extensions import TypedDict

from cairn.events.types import Event, EventStatus, EventType
from cairn.memories.answers import ScopeAnswer
from cairn.memories.types import Operation
from cairn.platform.http.answers import Id, Moment, PageAnswer, moment, one_of

STORED = "Memories stored successfully"
FAILED = "The messages are kept, and no memories could be made of them; the event can be redriven."
QUEUED = "Memories are being consolidated; poll the event."


_TOLD: Final = 500_000  # characters of texts that one event's answer tells: Lambda's answers end at 6 MB

Dropped = Annotated[dict[str, int], Field(description="How much was passed over, by reason.")]
Warnings = Annotated[list[str], Field(description="What the write cannot promise.")]


class TextAnswer(TypedDict):
    """A memory's text, where some clients look for it."""

    memory: str | None


class AddedAnswer(TypedDict):
    """One result of an add. The texts are null where all of them are too much for one answer."""

    id: Id | None
    event: Annotated[str, one_of(*Operation)]
    memory: str | None
    data: TextAnswer


class AddAnswer(TypedDict):
    """An accepted add.

    `results` are there once it is done: without `infer`, or where it was waited for. A repeat of an add whose memories
    were erased meanwhile has an answer, too.
    """

    message: str
    status: Annotated[str, one_of(*EventStatus)]
    event_id: Id
    error: NotRequired[Annotated[str | None, Field(description="Where it FAILED: why.")]]
    dropped: NotRequired[Dropped]
    warnings: NotRequired[Warnings]
    results: NotRequired[list[AddedAnswer]]


class LegacyAddAnswer(TypedDict):
    """An add as clients up to 1.x ask for it by `output_format` v1.1: what is not done is in place of a result."""

    results: list[AddedAnswer | AddAnswer]
    relations: Annotated[list[Any], Field(description="A key of Mem0's; always empty.", max_length=0)]


class ImportAnswer(TypedDict):
    """What an import did."""

    event_id: Id
    status: Literal["SUCCEEDED"]
    imported: Annotated[int, Field(description="How many memories are new.")]
    known: Annotated[int, Field(description="How many stood in their scope in the same words.")]


class ErasedAnswer(TypedDict):
    """What an erasure removed so far, counted per store.

    `graph_queued` are memories whose projection into the graph is removed in a moment.
    """

    memories: int
    history: int
    messages: int
    events: int
    graph_queued: int


class ErasureAnswer(TypedDict):
    """What became of an erasure: a large one goes on after the answer, and its event tells how far it is."""

    message: str
    event_id: Id
    erased: ErasedAnswer


class EventResultAnswer(TypedDict):
    """What a write did to one memory; `added` and `known` are an import's, `erased` is an erasure's."""

    event: Annotated[str, one_of(*Operation)]
    id: NotRequired[Id]
    reason: NotRequired[str]
    replaced_by: NotRequired[Annotated[Id, Field(description="Of a DELETE, the memory that took its place.")]]
    memory: NotRequired[str]
    data: NotRequired[TextAnswer]
    added: NotRequired[int]
    known: NotRequired[int]
    erased: NotRequired[ErasedAnswer]


class EventUsageAnswer(TypedDict, total=False):
    """What models cost a write; nothing where none was asked."""

    calls: int
    tokens_in: int
    tokens_out: int
    cost_usd: float
    dropped: Dropped


class EventAnswer(ScopeAnswer):
    """An accepted write, and what became of it."""

    id: Id
    event_id: Annotated[Id, Field(description="The same as `id`.")]
    event_type: Annotated[str, one_of(EventType.ADD, EventType.DELETE)]
    status: Annotated[str, one_of(*EventStatus)]
    payload: Annotated[dict[str, Any], Field(description="What was asked for beside the messages.")]
    metadata: dict[str, Any] | None
    results: list[EventResultAnswer]
    attempts: int
    redrives: Annotated[int, Field(description="How often it was queued again after it FAILED.")]
    parked: Annotated[int, Field(description="How often it was put back to wait.")]
    usage: EventUsageAnswer
    warnings: Warnings
    error: str | None
    graph_status: Annotated[None, Field(description="A key of Mem0's that has no value here.")]
    created_at: Moment
    updated_at: Moment
    started_at: Moment | None
    completed_at: Moment | None
    latency: Annotated[float | None, Field(description="Milliseconds from acceptance to completion.")]


class EventsPageAnswer(PageAnswer):
    """One page of events, newest first."""

    results: list[EventAnswer]


class RedrivenAnswer(TypedDict):
    """An event that is queued again."""

    event_id: Annotated[str, Field(description="As it stood in the path.")]
    status: Literal["PENDING"]
    message: str


def accepted(event: Event) -> AddAnswer:
    """The answer to an add, the same for its idempotent repeats."""
    if event.payload.get("infer", True):
        return {"message": QUEUED, "status": EventStatus.PENDING.value, "event_id": str(event.id)}
    told: AddAnswer = {"message": STORED, "status": EventStatus.SUCCEEDED.value, "event_id": str(event.id)}
    return _with_results(told, event, event.results)


def _with_results(told: AddAnswer, e: Event, results: Sequence[Mapping[str, Any]]) -> AddAnswer:
    """The answer with what was passed over and what cannot be promised, where there is such, and the results."""
    if e.usage.get("dropped"):
        told["dropped"] = e.usage["dropped"]
    if e.usage.get("warnings"):
        told["warnings"] = e.usage["warnings"]
    told["results"] = added_all(results)
    return told


def waited_for(e: Event) -> AddAnswer:
    """The answer to an add that was waited for: what became of it, or that nothing has yet."""
    if not e.is_finished:
        return accepted(e)
    told: AddAnswer = {"message": STORED, "status": e.status.value, "event_id": str(e.id)}
    if e.status is EventStatus.FAILED:
        told["message"] = FAILED
        told["error"] = e.error
    return _with_results(told, e, [r for r in e.results if r.get("event") != Operation.NOOP])


def added_all(results: Sequence[Mapping[str, Any]]) -> list[AddedAnswer]:
    """The results of an add, without their texts where these are too much for an answer: each is there by its id."""
    return [added(r) for r in _told(results)]


def _told(results: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    if sum(len(r.get("memory") or "") for r in results) <= _TOLD:
        return results
    return [{**r, "memory": None} for r in results]


def added(result: Mapping[str, Any]) -> AddedAnswer:
    """One result of an add: the text stands in both places where clients look for it."""
    text = result.get("memory")
    return {"id": result.get("id"), "event": result["event"], "memory": text, "data": {"memory": text}}


def event(e: Event) -> EventAnswer:
    """An event; `latency` is milliseconds from acceptance to completion, `warnings` what it could not promise."""
    latency = (e.completed_at - e.created_at).total_seconds() * 1000 if e.completed_at else None
    usage = {name: value for name, value in e.usage.items() if name != "warnings"}
    return {
        "id": str(e.id),
        "event_id": str(e.id),
        "event_type": e.type.value,
        "status": e.status.value,
        "user_id": e.scope.user_id,
        "agent_id": e.scope.agent_id,
        "app_id": e.scope.app_id,
        "run_id": e.scope.run_id,
        "payload": dict(e.payload),
        "metadata": e.payload.get("metadata"),
        "results": [_event_result(r) for r in _told(e.results)],
        "attempts": e.attempts,
        "redrives": e.redrives,
        "parked": e.parked,
        "usage": cast("EventUsageAnswer", usage),
        "warnings": list(e.usage.get("warnings", ())),
        "error": e.error,
        "graph_status": None,
        "created_at": moment(e.created_at),
        "updated_at": moment(e.updated_at),
        "started_at": moment(e.started_at),
        "completed_at": moment(e.completed_at),
        "latency": latency,
    }


def _event_result(result: Mapping[str, Any]) -> EventResultAnswer:
    answer = {k: v for k, v in result.items() if v is not None}
    if result.get("memory"):
        answer["data"] = {"memory": result["memory"]}
    return cast("EventResultAnswer", answer)
