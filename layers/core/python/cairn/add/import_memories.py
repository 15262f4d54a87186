"""Importing memories as they are: no extraction, no decisions, many at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from cairn.events.store import PostgresEventStore
from cairn.events.types import NewEvent
from cairn.kernel.errors import Conflict
from cairn.kernel.ids import new_id
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Scope, Tenant
from cairn.language.entities import read
from cairn.memories.embed import IN_A_REQUEST, embedded
from cairn.memories.options import AddOptions
from cairn.memories.types import NewMemory
from cairn.models_ai.embed.port import Embedder
from cairn.projects.embedding_costs import Charge, free


@dataclass(frozen=True, slots=True)
class Imported:
    """How many memories came in, how many their scopes had already, and the event that says so."""

    event_id: UUID
    added: int
    known: int


class ImportMemories:
    """Stores memories, all or none, in one transaction; embeds those that come without an embedding."""

    def __init__(
        self,
        events: PostgresEventStore,
        embedder: Embedder,
        tell_graph: Callable[[Tenant, int], int] = lambda _, __: 0,
        charge: Charge = free,
    ) -> None:
        self._events = events
        self._embedder = embedder
        self._tell_graph = tell_graph
        self._charge = charge

    @property
    def dimensions(self) -> int:
        """Length of an embedding."""
        return self._embedder.dimensions

    def __call__(
        self, tenant: Tenant, memories: Sequence[NewMemory], idempotency_key: str | None, sha256: bytes
    ) -> Imported:
        """Imports them; the first answer again when the idempotency key is known.

        Raises:
            Conflict: the idempotency key was used with another request.
        """
        event = NewEvent(new_id(), Scope(user_id=tenant.user_id), AddOptions(infer=False), (), idempotency_key, sha256)
        with self._charge(tenant):
            ready = self._embedded(memories)
        stored = self._events.accept_import(tenant, event, [_named(memory) for memory in ready])
        if stored.id != event.id and stored.request_sha256 not in (None, sha256):
            raise Conflict("This Idempotency-Key was used before with another request.")
        self._tell_graph(tenant, len(memories))
        counts = stored.results[0]
        logger.info(
            "imported", action="import.done", event_id=str(stored.id), **{k: counts[k] for k in ("added", "known")}
        )
        return Imported(stored.id, counts["added"], counts["known"])

    def _embedded(self, memories: Sequence[NewMemory]) -> list[NewMemory]:
        bare = [memory for memory in memories if not memory.embedding]
        ready = iter(embedded(bare, self._embedder.embed, room=IN_A_REQUEST))
        return [memory if memory.embedding else next(ready) for memory in memories]


def _named(memory: NewMemory) -> NewMemory:
    """The memory with what the rules read in its text."""
    named = read(memory.text, memory.actor)
    return replace(memory, entities=named.entities, relations=named.relations)
