"""Memories over time: how facts about something changed, what was superseded, and what a memory is part of."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from cairn.graph.timeline_store import PostgresTimelines
from cairn.graph.timeline_types import Thread, TimelineFact, naming, told
from cairn.kernel.errors import NotFound
from cairn.kernel.tenancy import Page, Scope, Tenant
from cairn.language.mentions import Relation, entity_key
from cairn.memories.types import Memory, Selection
from cairn.search.search import Search, SearchRequest
from cairn.search.store import PostgresSearchStore
from cairn.search.types import ContextNeeds

_AROUND: Final = 5


class ReadTimelines:
    """Every read of memories over time. Postgres alone answers: it is the truth, and the graph holds no texts."""

    def __init__(self, timelines: PostgresTimelines, search: Search, search_store: PostgresSearchStore) -> None:
        self._timelines = timelines
        self._search = search
        self._search_store = search_store

    def of_entity(self, tenant: Tenant, name: str, selection: Selection, limit: int) -> list[TimelineFact]:
        """The latest `limit` memories that mention an entity, by any of its names, and the chains they are part of."""
        ever = replace(selection, latest_only=False)
        names = naming(entity_key(name), self._timelines.said(tenant, ever))
        found = self._timelines.saying(tenant, ever, names, limit) if names else []
        return self._facts(tenant, ever, [memory.id for memory in found])

    def of_topic(self, tenant: Tenant, topic: str, selection: Selection, limit: int) -> list[TimelineFact]:
        """What search finds about a topic, among what held at any time, and the chains that it is part of."""
        ever = replace(selection, latest_only=False)
        found = self._search(tenant, SearchRequest(topic, ever, top_k=limit, count=False))
        return self._facts(tenant, ever, [hit.memory.id for hit in found.hits])

    def superseded(
        self, tenant: Tenant, selection: Selection, page: Page
    ) -> tuple[int, list[tuple[Memory, Memory | None]]]:
        """Count of all and one page of what holds no longer, the last closed first, each with what took its place."""
        return self._timelines.superseded(tenant, replace(selection, latest_only=False), page)

    def thread(self, tenant: Tenant, memory_id: UUID) -> Thread:
        """A memory with its chain, the messages it was made from and the memories around it; raises NotFound."""
        thread = self._timelines.thread(tenant, memory_id, _AROUND)
        if thread is None:
            raise NotFound("Memory not found!")
        return thread

    def relations(self, tenant: Tenant, memory_ids: list[UUID]) -> list[tuple[UUID, Relation]]:
        """What these memories say of how things relate."""
        return self._timelines.relations(tenant, memory_ids) if memory_ids else []

    def _facts(self, tenant: Tenant, selection: Selection, memory_ids: list[UUID]) -> list[TimelineFact]:
        if not memory_ids:
            return []
        memories = self._timelines.linked(tenant, selection, memory_ids)
        ids = tuple(memory.id for memory in memories)
        wanted = ContextNeeds(selection, Scope(), previous_of=ids, preferences=0, recent=0)
        return told(memories, self._search_store.context_inputs(tenant, wanted).previous)
