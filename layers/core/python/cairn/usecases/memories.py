"""What a caller does with memories that exist: read, search, change, erase."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from cairn.entities import read
from cairn.errors import Contended, NotFound
from cairn.filters import Filter
from cairn.models import Entity, HistoryEntry, Memory, Receipt, Scope, SearchResult, Summary, Tenant, indexed_texts
from cairn.ports import Embedder, MemoryStore
from cairn.ranking import Attention, Scoring
from cairn.selection import MemoryChange, Page, Selection
from cairn.usecases.asking import asked
from cairn.usecases.embedding import IN_A_REQUEST, embedded
from cairn.usecases.embedding_costs import Charge, free

_SUMMARIZED = 1_000  # memories looked at for a summary without a model
_LINES = 10
_ATTEMPTS = 3  # at a change that others come before


class ReadMemories:
    """Every read of memories. A search embeds its query and makes one round trip to the database."""

    def __init__(
        self, memories: MemoryStore, embedder: Embedder, attention: Callable[[str], Attention], charge: Charge = free
    ) -> None:
        self._memories = memories
        self._embedder = embedder
        self._attention = attention
        self._charge = charge

    @property
    def attention(self) -> str:
        """How a query attends where it is scored by that: `learned` or `plain`."""
        return "learned" if self._attention(self._embedder.model).project else "plain"

    def search(
        self,
        tenant: Tenant,
        text: str,
        selection: Selection,
        *,
        top_k: int,
        threshold: float,
        scoring: Scoring = Scoring.LINEAR,
        reference: datetime | None = None,
        exact: bool = False,
        near: Sequence[tuple[UUID, float]] = (),
        messages: bool = False,
    ) -> SearchResult:
        """The `top_k` best hits with a score of at least `threshold`; the others as in SearchQuery."""
        more = {"top_k": top_k, "threshold": threshold, "reference": reference, "exact": exact, "messages": messages}
        with self._charge(tenant):
            query = asked(self._embedder, text, selection, near=near, **more)
        if scoring is Scoring.ATTENTION and query.vector is not None:
            attention = self._attention(self._embedder.model)
            by_attention = replace(attention.weights, graph=query.weights.graph)
            query = replace(query, weights=by_attention, attending=attention.of(query.vector))
        return replace(self._memories.search(tenant, query), degraded=query.vector is None)

    def list_memories(self, tenant: Tenant, selection: Selection, page: Page) -> tuple[int, list[Memory]]:
        """Count of all and one page, in order of when they were told."""
        return self._memories.list_memories(tenant, selection, page)

    def get(self, tenant: Tenant, memory_id: UUID, as_of: datetime | None = None) -> Memory:
        """The memory, as it read at `as_of` where that is given; raises NotFound, also where it was not yet true."""
        memory = self._memories.get(tenant, memory_id, as_of)
        if memory is None:
            raise NotFound("Memory not found!")
        return memory

    def history(self, tenant: Tenant, memory_id: UUID) -> list[HistoryEntry]:
        """Every change, oldest first; raises NotFound when there never was such a memory."""
        entries = self._memories.history(tenant, memory_id)
        if not entries:
            raise NotFound("Memory not found!")
        return entries

    def summaries(self, tenant: Tenant, where: Filter, selection: Selection) -> list[Summary]:
        """The running summaries of the scopes that match, latest first.

        Where a scope has none, because no model wrote one, its most important memories stand in.
        """
        found = self._memories.summaries(tenant, where)
        if found:
            return found
        by_scope: dict[Scope, list[Memory]] = {}
        _, memories = self._memories.list_memories(tenant, selection, Page(1, _SUMMARIZED))
        for memory in memories:
            by_scope.setdefault(memory.scope, []).append(memory)
        return [_listed(scope, own) for scope, own in by_scope.items()]

    def entity(self, tenant: Tenant, kind: str, name: str) -> Entity:
        """One user, agent, app or run; raises NotFound where no memory is about it."""
        entity = self._memories.entity(tenant, kind, name)
        if entity is None:
            raise NotFound("Entity not found!")
        return entity

    def entities(self, tenant: Tenant, page: Page) -> tuple[dict[str, int], list[Entity]]:
        """Counts per type and one page of the entities that memories are about."""
        return self._memories.entities(tenant, page)


def _listed(scope: Scope, memories: Sequence[Memory]) -> Summary:
    """A summary without a model: the memories themselves, the most important first."""
    first = sorted(memories, key=lambda m: (-m.importance, -m.valid_from.timestamp()))[:_LINES]
    return Summary(scope, "\n".join(m.text for m in first), max(m.updated_at for m in memories))


def _is_worded(change: MemoryChange) -> bool:
    """Whether it changes what is indexed of a memory."""
    return change.text is not None or change.valid_from is not None


def _worded(change: MemoryChange, memory: Memory) -> MemoryChange:
    """The change with the texts to index, and with what a new text names."""
    text = memory.text if change.text is None else change.text
    if text != memory.text:  # no model is asked about what a caller writes
        named = read(text, memory.actor)
        change = replace(change, entities=named.entities, relations=named.relations)
    texts = indexed_texts(text, memory.actor, change.valid_from or memory.valid_from)
    return replace(change, indexed_texts=texts, made_from=memory.version)


class ChangeMemories:
    """Every change of memories that exist, asked for by a caller; `tell_graph` is called after each."""

    def __init__(
        self,
        memories: MemoryStore,
        embedder: Embedder,
        tell_graph: Callable[[Tenant, int], int] = lambda _, __: 0,
        charge: Charge = free,
    ) -> None:
        self._memories = memories
        self._embedder = embedder
        self._tell_graph = tell_graph
        self._charge = charge

    def update(self, tenant: Tenant, changes: Sequence[MemoryChange]) -> list[Memory]:
        """Applies all changes, each of another memory, or none.

        Raises:
            NotFound: one of the memories is not there.
            InvalidRequest: one is immutable.
            Contended: others changed them under every attempt.
        """
        for _ in range(_ATTEMPTS - 1):
            with suppress(Contended):
                return self._updated(tenant, changes)
        return self._updated(tenant, changes)

    def _updated(self, tenant: Tenant, changes: Sequence[MemoryChange]) -> list[Memory]:
        prepared = self._prepared(tenant, changes)
        worded = [change for change in prepared if change.indexed_texts]
        with self._charge(tenant):
            said = iter(embedded(worded, self._embedder.embed, room=IN_A_REQUEST))
        updated = self._memories.update(tenant, [next(said) if c.indexed_texts else c for c in prepared])
        self._tell_graph(tenant, len(updated))
        return updated

    def _prepared(self, tenant: Tenant, changes: Sequence[MemoryChange]) -> list[MemoryChange]:
        """Each change with what is to be indexed, and of which version that is."""
        ids = [change.memory_id for change in changes if _is_worded(change)]
        current = self._memories.get_all(tenant, ids) if ids else {}
        if len(current) < len(ids):
            raise NotFound("Memory not found!")
        return [_worded(c, current[c.memory_id]) if c.memory_id in current else c for c in changes]

    def rate(self, tenant: Tenant, memory_id: UUID, feedback: str | None, reason: str | None) -> None:
        """Keeps what a caller thinks of a memory, which moves its importance; raises NotFound."""
        self._memories.rate(tenant, memory_id, feedback, reason)

    def delete(self, tenant: Tenant, memory_ids: Sequence[UUID], *, linked: bool = False) -> Receipt:
        """Erases these memories, with `linked` also what they superseded, all or none; raises NotFound."""
        receipt = self._memories.delete(tenant, memory_ids, linked=linked)
        self._tell_graph(tenant, receipt.graph_queued)
        return receipt
