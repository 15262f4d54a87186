"""Memories by their ids, in lists, with their history, and the entities they are about."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from cairn.filters import Filter
from cairn.kernel.errors import NotFound
from cairn.kernel.tenancy import Page, Scope, Tenant
from cairn.memories.store import PostgresMemoryStore
from cairn.memories.types import Entity, HistoryEntry, Memory, Selection, Summary

_SUMMARIZED = 1_000  # memories looked at for a summary without a model
_LINES = 10


class ReadMemories:
    """Every read of memories but search."""

    def __init__(self, memories: PostgresMemoryStore) -> None:
        self._memories = memories

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
