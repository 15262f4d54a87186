"""The I/O edges, as use cases see them. Adapters implement them; bootstrap picks the adapter."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel

from cairn.access import ApiKey
from cairn.erasure import Erasing, Erasure
from cairn.facts import Applied, Neighbour, NewMemory, Noted, Outcome, Unclaimed, Work
from cairn.filters import Filter
from cairn.models import (
    Entity,
    Event,
    EventStatus,
    HistoryEntry,
    LongText,
    Memory,
    NewEvent,
    QueuedEvent,
    Receipt,
    Scope,
    SearchResult,
    Summary,
    Tenant,
    Vector,
)
from cairn.project import DayUsage, Project, ProjectSettings, TokenUsage
from cairn.prompts import Prompt
from cairn.reembedding import Models, Row, Rows, Vectors
from cairn.retries import Failure, Retry
from cairn.selection import MemoryChange, Page, SearchQuery, Selection, Surroundings, Wanted

AnswerT = TypeVar("AnswerT", bound=BaseModel)


class Llm(Protocol):
    """A model behind an endpoint. All methods raise a ModelError, which carries what was spent."""

    @property
    def model(self) -> str:
        """Name of the model, recorded with what it wrote."""
        ...

    def ask(self, prompt: Prompt, answer: type[AnswerT]) -> tuple[AnswerT, TokenUsage]:
        """The model's answer in the given shape, and its cost."""
        ...

    def say(self, prompt: Prompt) -> tuple[str, TokenUsage]:
        """The model's answer as plain text, and its cost."""
        ...


class Reranker(Protocol):
    """Judges how well texts answer a query, reading both together."""

    def judge(self, query: str, documents: Sequence[str]) -> list[float | None]:
        """One relevance per document, in their order, None for one left out; raises RerankerUnavailable."""
        ...


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def model(self) -> str:
        """Name of the model, recorded with the database."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of each vector; raises as `embed` does, where a text has to be embedded to find it out."""
        ...

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """One unit vector per text that is kept, in the order of the texts.

        Raises:
            EmbedderUnavailable: the endpoint of the model does not answer.
            Misconfigured: the endpoint, or the database, is of another model.
        """
        ...

    def embed_query(self, text: str) -> Vector:
        """The unit vector of what is looked for; raises as `embed` does."""
        ...


class LongTexts(Protocol):
    """Texts longer than one vector tells well, of all projects."""

    def without_passages(self, at_most: int) -> Sequence[LongText]:
        """Those whose passages have no vectors, the oldest of memories first; at most so many."""
        ...

    def fill(self, text: LongText, passages: list[Vector]) -> bool:
        """Gives it the vectors of its passages, none for a text that has none; False where it changed meanwhile."""
        ...


class Queue(Protocol):
    """The consolidate queue and its dead-letter queue."""

    def send(self, events: Sequence[QueuedEvent]) -> None:
        """Sends the events in order; raises QueueUnavailable where any was not taken."""
        ...

    def depth(self) -> int:
        """Messages waiting, approximately; raises QueueUnavailable."""
        ...


class DeadLetters(Protocol):
    """What lies in the dead-letter queue."""

    def receive(self) -> Sequence[tuple[str, str]]:
        """Up to ten (receipt handle, body) pairs."""
        ...

    def delete(self, receipt_handle: str) -> None:
        """Removes one."""
        ...


class EventStore(Protocol):
    """Events and their messages: the outbox of every accepted write."""

    def accept(self, tenant: Tenant, event: NewEvent) -> tuple[Event, QueuedEvent | None]:
        """Stores a PENDING event with its messages in one transaction.

        Returns the event and what to send now, as `next_unsent` does: itself, unless an earlier one of its scope waits.
        Where the idempotency key is known already nothing is stored, and the event is the first one, with nothing to
        send.
        """
        ...

    def next_unsent(self, tenant: Tenant, event_id: UUID) -> QueuedEvent | None:
        """The first unfinished event of this one's scope that no message stands for, where there is one and it is due.

        Whoever ends an event sends the next one, so that those that wait behind it need no messages of their own.
        """
        ...

    def accept_done(self, tenant: Tenant, event: NewEvent, new: Sequence[NewMemory], noted: Noted) -> Event:
        """Stores a SUCCEEDED event, its messages and its memories in one transaction; a known key as in `accept`.

        A memory that its scope holds in the same words is known, and not stored again, unless the options allow it.
        """
        ...

    def accept_import(self, tenant: Tenant, event: NewEvent, new: Sequence[NewMemory]) -> Event:
        """Stores a SUCCEEDED event and its memories in one transaction; a known key as in `accept`.

        The event's one result counts what was `added` and what was `known`.
        """
        ...

    def mark_enqueued(self, tenant: Tenant, event_ids: Sequence[UUID]) -> None:
        """Notes that the queue has taken these events."""
        ...

    def get(self, tenant: Tenant, event_id: UUID) -> Event | None:
        """The event with the texts of its results, or None."""
        ...

    def list_events(self, tenant: Tenant, page: Page, status: EventStatus | None) -> tuple[int, list[Event]]:
        """Count of all (of a status) and one page, newest first."""
        ...

    def claim(self, tenant: Tenant, event_id: UUID) -> Work | Unclaimed:
        """Marks the event RUNNING and returns what to consolidate, or why there is nothing to do now."""
        ...

    def park(self, tenant: Tenant, event_id: UUID, reason: str) -> bool:
        """Puts an event back to PENDING, unsent, with `reason` as its error, to be sent when the one before it ends.

        False, and nothing done, where no earlier event of its scope is unfinished any more.
        """
        ...

    def note_usage(self, tenant: Tenant, event_id: UUID, usage: Sequence[TokenUsage]) -> None:
        """Adds what an attempt cost that came to nothing to the event's usage and the project's."""
        ...

    def fail(self, tenant: Tenant, event_id: UUID, redrives: int, failure: Failure) -> Retry | None:
        """Writes down that an attempt of this life of an event failed, and what becomes of it.

        It keeps its message where it need not wait long, is unsent until its next try where it must, or is FAILED.
        None where it is finished, erased or in another life.
        """
        ...

    def give_up(self, tenant: Tenant, event_id: UUID, redrives: int, error: str) -> None:
        """Makes an event FAILED with this error. Does nothing to a finished event, or to another life of it."""
        ...

    def redrive(self, tenant: Tenant, event_id: UUID) -> QueuedEvent | None:
        """Puts a FAILED event back to PENDING; None when it is not FAILED."""
        ...

    def unfinished(self, unsent_after: timedelta, unfinished_after: timedelta) -> list[QueuedEvent]:
        """Events of all projects that were never sent or never finished and are due, oldest first; ids only.

        The first of each scope alone, unless `unfinished_after` is nothing: then the queue has lost what it had.
        """
        ...


class MemoryStore(Protocol):
    """Memories, their history and the search over them."""

    def search(self, tenant: Tenant, query: SearchQuery) -> SearchResult:
        """The best hits, in one round trip, and how they were found."""
        ...

    def list_memories(self, tenant: Tenant, selection: Selection, page: Page) -> tuple[int, list[Memory]]:
        """Count of all and one page, in order of creation."""
        ...

    def get(self, tenant: Tenant, memory_id: UUID, as_of: datetime | None = None) -> Memory | None:
        """The memory, as it read at `as_of` where that is given; None when it is not there, or was not yet true."""
        ...

    def get_all(self, tenant: Tenant, memory_ids: Sequence[UUID]) -> dict[UUID, Memory]:
        """Those of these memories that are there, by their ids."""
        ...

    def history(self, tenant: Tenant, memory_id: UUID) -> list[HistoryEntry]:
        """Every change, oldest first; empty when the memory never was."""
        ...

    def entity(self, tenant: Tenant, kind: str, name: str) -> Entity | None:
        """One user, agent, app or run; None where no memory is about it."""
        ...

    def entities(self, tenant: Tenant, page: Page) -> tuple[dict[str, int], list[Entity]]:
        """Counts per type and one page of all entities."""
        ...

    def neighbours(
        self, tenant: Tenant, scope: Scope, probes: Sequence[tuple[Vector, bool]], k: int
    ) -> tuple[int, list[list[Neighbour]]]:
        """How many valid facts exactly this scope has, and for each probe the k nearest facts of it.

        A probe is a vector and whether facts that no longer hold are looked at too.
        """
        ...

    def apply(self, tenant: Tenant, event_id: UUID, outcome: Outcome) -> Applied | None:
        """Applies what consolidation decided and finishes the event, in one transaction.

        None when the event is finished or gone: then nothing was changed. Raises Contended where a target has changed
        since it was read.
        """
        ...

    def update(self, tenant: Tenant, changes: Sequence[MemoryChange]) -> list[Memory]:
        """Applies all changes, each of another memory, or none.

        Raises:
            NotFound, InvalidRequest: a memory is not there, or is immutable.
            Conflict: a text stands in the scope already.
            Contended: a memory is not the version any more that its vectors were made from.
        """
        ...

    def delete(self, tenant: Tenant, memory_ids: Sequence[UUID], *, linked: bool = False) -> Receipt:
        """Erases these memories and what they alone were made from; raises NotFound, and then erases none.

        With `linked` also what they superseded, what that superseded, and so on.
        """
        ...

    def rate(self, tenant: Tenant, memory_id: UUID, feedback: str | None, reason: str | None) -> None:
        """Keeps what a caller thinks of a memory; raises NotFound."""
        ...

    def count_accesses(self, tenant: Tenant, counts: Mapping[UUID, int], at: datetime) -> None:
        """Adds to how often memories were found, the last time at `at`; those that are gone are passed over."""
        ...

    def surroundings(self, tenant: Tenant, wanted: Wanted) -> Surroundings:
        """What belongs into a context block beside the hits, in one round trip."""
        ...

    def summaries(self, tenant: Tenant, where: Filter) -> list[Summary]:
        """The running summaries of the scopes that match, latest first; `where` names entities only."""
        ...

    def index_large_scopes(self, settled: UUID, at_most: int) -> int:
        """Puts up to about `at_most` memories and turns of large scopes into the indexes, in all projects.

        Returns how many. `settled` is an id below which none can appear any more: every transaction that could make one
        has ended.
        """
        ...

    def purge_expired(self, days: int) -> int:
        """Erases memories that expired more than `days` days ago, in all projects."""
        ...


class ErasureStore(Protocol):
    """Erasures of scopes, however large: each call removes a bounded part, in one transaction."""

    def begin(self, tenant: Tenant, erasure: Erasure) -> Erasing:
        """Erases what waits in the queue for the scope, and what one transaction bears.

        What is left is kept as an unfinished event, which consolidation of the scope waits for.
        """
        ...

    def go_on(self, tenant: Tenant, event_id: UUID) -> Erasing | None:
        """Erases as much again; None where the event is finished or gone."""
        ...

    def hand_back(self, tenant: Tenant, event_id: UUID) -> None:
        """Puts an erasure back to PENDING, unsent."""
        ...

    def is_cut_off(self, tenant: Tenant, scope: Scope) -> bool:
        """Whether a name goes on after that of the scope's one entity where a URL ends its path: with `?` or `#`."""
        ...


class ReembeddingStore(Protocol):
    """Vectors of another model beside those in use, of all projects."""

    def models(self) -> Models | None:
        """Both models; None where nothing is embedded yet."""
        ...

    def begin(self, model: str, dimensions: int) -> str | None:
        """Makes room for them; returns of which model they then are, None where no row has a vector."""
        ...

    def exchange(self, model: str) -> bool:
        """Puts them in use, in one transaction; False where rows are without one. What was in use stays beside them."""
        ...

    def end(self) -> None:
        """Drops the vectors that are not in use."""
        ...

    def next(self, at_most: int) -> Sequence[Rows]:
        """About `at_most` rows that want a vector, by project; none where all have one."""
        ...

    def read(self, rows: Rows) -> list[Row]:
        """What the rows say that are still there."""
        ...

    def keep(self, rows: Rows, made: Sequence[tuple[Row, Vectors]], model: str) -> None:
        """Keeps vectors where the row still says what they were made from, and that these rows are done with.

        Raises EmbeddingModelChanged, and keeps nothing, where they are not of the model beside that in use.
        """
        ...

    def rows(self) -> int:
        """Rows there are in all, about."""
        ...


class ProjectStore(Protocol):
    """Projects and API keys."""

    def create_project(self, name: str) -> UUID:
        """A new, empty project."""
        ...

    def create_key(self, tenant: Tenant, key: ApiKey, key_sha256: bytes) -> None:
        """Stores a key by its SHA-256."""
        ...

    def list_keys(self, tenant: Tenant) -> list[ApiKey]:
        """All keys of the project, oldest first."""
        ...

    def revoke_key(self, tenant: Tenant, key_id: UUID, at: datetime) -> bool:
        """False when there is no such key."""
        ...

    def find_key(self, key_sha256: bytes) -> ApiKey | None:
        """The key with this hash, whatever its project, expired and revoked ones too."""
        ...

    def project(self, tenant: Tenant) -> Project:
        """The project; raises NotFound."""
        ...

    def change_settings(self, tenant: Tenant, changes: Mapping[str, Any]) -> None:
        """Sets these settings; a None clears one."""
        ...

    def tokens_today(self, tenant: Tenant) -> tuple[ProjectSettings, int]:
        """The project's settings, and the tokens it has spent today (UTC); raises NotFound."""
        ...

    def usage(self, tenant: Tenant, first: date, last: date) -> list[DayUsage]:
        """What the days from `first` to `last` cost, by kind, latest first."""
        ...

    def record_usage(self, tenant: Tenant, usage: Sequence[TokenUsage]) -> None:
        """Adds to today's usage what belongs to no event."""
        ...
