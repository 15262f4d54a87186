"""What a caller changes of memories that exist."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from cairn.kernel.errors import Contended, NotFound
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Tenant
from cairn.language.entities import read
from cairn.memories.embed import IN_A_REQUEST, embedded
from cairn.memories.store import PostgresMemoryStore
from cairn.memories.types import Memory, MemoryChange, indexed_texts
from cairn.models_ai.embed.port import Embedder
from cairn.projects.embedding_costs import Charge, free

_ATTEMPTS = 3  # at a change that others come before


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
        memories: PostgresMemoryStore,
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
        logger.info("changed", action="memories.changed", memories=len(updated))
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
        logger.info("rated", action="memories.rated", feedback=feedback)
