"""Answers about memories, in the shapes that Mem0's clients read."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, NotRequired, cast
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from cairn.language.dated import Precision
from cairn.memories.types import Entity, HistoryEntry, Kind, Memory, Operation, Summary
from cairn.platform.http.answers import Day, Id, Moment, PageAnswer, Picked, moment, one_of

LifecycleState = Literal["active", "superseded", "expired"]


class ScopeAnswer(TypedDict):
    """Whose something is: null where an entity has no part in it."""

    user_id: str | None
    agent_id: str | None
    app_id: str | None
    run_id: str | None


class MemoryAnswer(ScopeAnswer):
    """A memory. The run is both `run_id` and `session_id`: Mem0 says one in search and the other in lists."""

    id: Id
    memory: Annotated[str, Field(description="The text.")]
    session_id: str | None
    actor: Annotated[str | None, Field(description="Who said it: the name, or the role of who has none.")]
    kind: Annotated[str, one_of(*Kind, description="A message is found where a search asks for messages alone.")]
    metadata: dict[str, Any]
    categories: list[str]
    importance: Annotated[float, Field(description="From 1 to 10.")]
    feedback: Annotated[
        str | None, Field(description="POSITIVE, NEGATIVE, VERY_NEGATIVE, or null where none is given.")
    ]
    event_time: Annotated[
        Moment | None, Field(description="When what it tells of happened; null where it is not told.")
    ]
    event_precision: Annotated[Precision | None, Field(description="How much of `event_time` was told.")]
    immutable: bool
    expiration_date: Annotated[Day | None, Field(description="The last day (UTC) on which it is found.")]
    timestamp: Annotated[Moment, Field(description="The same as `valid_from`.")]
    valid_from: Annotated[Moment, Field(description="Since when it is true.")]
    since_precision: Annotated[
        Precision | None, Field(description="How much of `valid_from` was told, where it was told as a beginning.")
    ]
    invalid_at: Annotated[Moment | None, Field(description="Since when it is true no longer.")]
    replaced_by: Annotated[Id | None, Field(description="The memory that took its place.")]
    version: Annotated[int, Field(description="From 1, one more with every change.")]
    extractor: Annotated[str, Field(description="What made it out of the messages.")]
    source_message_ids: list[Id]
    source_spans: Annotated[
        list[list[int]],
        Field(description="Where in each source message it stands: two character offsets, the end not included."),
    ]
    structured_attributes: Annotated[None, Field(description="A key of Mem0's that has no value here.")]
    synthesized: Annotated[Literal[False], Field(description="A key of Mem0's: no memory is made up of others.")]
    created_at: Annotated[Moment, Field(description="When it was told.")]
    learned_at: Annotated[Moment, Field(description="When it came here.")]
    updated_at: Moment


class StandingMemoryAnswer(MemoryAnswer):
    """A memory, with where it stands in its life now, or at the `as_of` that was asked for."""

    lifecycle_state: LifecycleState


class OneMemoryAnswer(StandingMemoryAnswer):
    """A memory by its id, with how often searches found it."""

    access_count: int | None
    last_accessed_at: Moment | None


class HistoryMessageAnswer(TypedDict):
    """A message that a memory was made from."""

    role: str
    content: str
    name: NotRequired[str]


class HistoryAnswer(ScopeAnswer):
    """One change of a memory; its texts are null once it was deleted."""

    id: Id
    memory_id: Id
    input: Annotated[list[HistoryMessageAnswer], Field(description="Of an ADD the messages it was made from.")]
    old_memory: str | None
    new_memory: str | None
    event: Annotated[str, one_of(*Operation)]
    actor: str | None
    event_id: Annotated[Id | None, Field(description="The write that did it; null where a caller changed the memory.")]
    session_id: str | None
    categories: Annotated[list[str], Field(description="Those that the memory has now.")]
    metadata: Annotated[dict[str, Any] | None, Field(description="What the memory has now; null once it is deleted.")]
    created_at: Moment
    updated_at: Annotated[Moment, Field(description="The same as `created_at`: an entry does not change.")]


class EntityAnswer(TypedDict):
    """A user, agent, app or run that memories are about."""

    id: Annotated[str, Field(description="The same as `name`.")]
    name: str
    type: Annotated[str, one_of("user", "agent", "app", "run")]
    total_memories: int
    owner: Annotated[Id, Field(description="The project: there are no accounts.")]
    metadata: Annotated[None, Field(description="A key of Mem0's that has no value here.")]
    created_at: Annotated[Moment, Field(description="Of its first memory.")]
    updated_at: Annotated[Moment, Field(description="Of the memory that changed last.")]


class EntitiesPageAnswer(PageAnswer):
    """One page of entities, with how many there are of each kind on all pages."""

    results: list[EntityAnswer]
    total_users: int
    total_agents: int
    total_apps: int
    total_runs: int


class Mem0RelationAnswer(TypedDict):
    """A relation as Mem0's graph memory writes it: its search says `destination`, its lists say `target`."""

    source: str
    relationship: Annotated[str, Field(description="A verb in snake_case, as lives_in.")]
    destination: str
    target: Annotated[str, Field(description="The same as `destination`.")]
    memory_id: Annotated[Id, Field(description="The memory that tells it.")]


class WithRelationsAnswer(TypedDict, total=False):
    """What is there besides where a request says `enable_graph`."""

    relations: list[Mem0RelationAnswer]


class MemoriesPageAnswer(PageAnswer, WithRelationsAnswer):
    """One page of memories, in order of creation; `relations` are there where the request says `enable_graph`."""

    results: list[Picked[MemoryAnswer]]


class PreferencesPageAnswer(PageAnswer):
    """One page of preferences, in order of creation."""

    results: list[MemoryAnswer]
    languages: Annotated[list[str], Field(description="Those whose preferences are read without a model.")]


class SummaryAnswer(ScopeAnswer):
    """The running summary of one scope."""

    summary: str
    updated_at: Moment


class FeedbackAnswer(TypedDict):
    """What is thought of a memory now."""

    id: Annotated[Id, Field(description="The memory's.")]
    feedback: Literal["POSITIVE", "NEGATIVE", "VERY_NEGATIVE"] | None
    feedback_reason: str | None


class DeletedAnswer(TypedDict):
    """What became of a memory that was erased."""

    message: str
    cascade_count: Annotated[int, Field(description="How many went with it: what it superseded, by `delete_linked`.")]


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def memory(m: Memory) -> MemoryAnswer:
    """A memory. The run is both `run_id` and `session_id`: Mem0 says one in search and the other in lists."""
    return {
        "id": str(m.id),
        "memory": m.text,
        "user_id": m.scope.user_id,
        "agent_id": m.scope.agent_id,
        "app_id": m.scope.app_id,
        "run_id": m.scope.run_id,
        "session_id": m.scope.run_id,
        "actor": m.actor,
        "kind": m.kind.value,
        "metadata": dict(m.metadata),
        "categories": list(m.categories),
        "importance": m.importance,
        "feedback": m.feedback,
        "event_time": moment(m.event_time),
        "event_precision": m.event_precision,
        "immutable": m.immutable,
        "expiration_date": _day(m.expires_on),
        "timestamp": moment(m.valid_from),
        "valid_from": moment(m.valid_from),
        "since_precision": m.since_precision,
        "invalid_at": moment(m.invalid_at),
        "replaced_by": str(m.superseded_by) if m.superseded_by else None,
        "version": m.version,
        "extractor": m.extractor,
        "source_message_ids": [str(i) for i in m.source_message_ids],
        "source_spans": [list(span) for span in m.source_spans],
        "structured_attributes": None,
        "synthesized": False,
        "created_at": moment(m.created_at),
        "learned_at": moment(m.learned_at),
        "updated_at": moment(m.updated_at),
    }


def standing(m: Memory, at: datetime) -> StandingMemoryAnswer:
    """A memory, with where it stood in its life at that moment."""
    expired = m.expires_on is not None and m.expires_on < at.astimezone(UTC).date()
    superseded = m.invalid_at is not None and m.invalid_at <= at
    state: LifecycleState = "superseded" if superseded else "expired" if expired else "active"
    return {**memory(m), "lifecycle_state": state}


def single_memory(m: Memory, at: datetime) -> OneMemoryAnswer:
    """A memory by its id, with how often it was found."""
    return {**standing(m, at), "access_count": m.access_count, "last_accessed_at": moment(m.last_accessed_at)}


def history(h: HistoryEntry) -> HistoryAnswer:
    """One change of a memory."""
    return {
        "id": str(h.id),
        "memory_id": str(h.memory_id),
        "input": [cast("HistoryMessageAnswer", message) for message in h.input],
        "old_memory": h.old_memory,
        "new_memory": h.new_memory,
        "event": h.event.value,
        "actor": h.actor,
        "event_id": str(h.event_id) if h.event_id else None,
        "user_id": h.scope.user_id,
        "agent_id": h.scope.agent_id,
        "app_id": h.scope.app_id,
        "run_id": h.scope.run_id,
        "session_id": h.scope.run_id,
        "categories": list(h.categories),
        "metadata": dict(h.metadata) if h.metadata is not None else None,
        "created_at": moment(h.created_at),
        "updated_at": moment(h.created_at),
    }


def entity(e: Entity, project_id: UUID) -> EntityAnswer:
    """An entity that memories are about; its owner is the project, there being no accounts."""
    return {
        "id": e.name,
        "name": e.name,
        "type": e.type,
        "total_memories": e.total_memories,
        "owner": str(project_id),
        "metadata": None,
        "created_at": moment(e.created_at),
        "updated_at": moment(e.updated_at),
    }


def summary(s: Summary) -> SummaryAnswer:
    """The summary of one scope."""
    return {
        "summary": s.text,
        "user_id": s.scope.user_id,
        "agent_id": s.scope.agent_id,
        "app_id": s.scope.app_id,
        "run_id": s.scope.run_id,
        "updated_at": moment(s.updated_at),
    }
