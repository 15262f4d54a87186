"""A prompt-ready block of what is remembered for a question: what holds now, what held before, the last turns."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from cairn.kernel.tenancy import Scope, Tenant
from cairn.memories.types import Memory, Selection
from cairn.search.context_block import ContextBlock, Sources, build
from cairn.search.search import Search, SearchRequest
from cairn.search.store import PostgresSearchStore
from cairn.search.types import ContextNeeds

_HITS: Final = 60
_PREFERENCES: Final = 20
_FILLING: Final = 40


@dataclass(frozen=True, slots=True)
class ContextRequest:
    """A question, the memories that may answer it, the entities whose last messages count, and the room there is.

    `budget` is in tokens; dates are told in `zone`. `graph` asks the graph, too.
    """

    text: str
    selection: Selection
    scope: Scope
    budget: int
    recent: int
    zone: ZoneInfo
    graph: bool = False


class BuildContext:
    """Builds the block: one search and one more round trip to the database, no model."""

    def __init__(self, search: Search, store: PostgresSearchStore, count: Callable[[str], int]) -> None:
        self._search = search
        self._store = store
        self._count = count

    def __call__(self, tenant: Tenant, request: ContextRequest) -> ContextBlock:
        """The block, never over the budget; empty where nothing is remembered."""
        selection = request.selection
        with_ended = Selection(selection.where, selection.show_expired, latest_only=False, as_of=selection.as_of)
        searched = self._search(
            tenant, SearchRequest(request.text, with_ended, top_k=_HITS, graph=request.graph, count=False)
        )
        found = [hit.memory for hit in searched.hits]
        holding = [memory for memory in found if _holds(memory, selection)]
        wanted = ContextNeeds(
            Selection(selection.where, selection.show_expired, latest_only=True, as_of=selection.as_of),
            request.scope,
            previous_of=tuple(memory.id for memory in holding),
            preferences=_PREFERENCES,
            recent=request.recent,
            filling=_FILLING,
        )
        around = self._store.context_inputs(tenant, wanted)
        told = {earlier.memory_id for texts in around.previous.values() for earlier in texts}
        sources = Sources(
            hits=holding,
            preferences=around.preferences,
            previous=around.previous,
            ended=[m for m in found if not _holds(m, selection) and m.id not in told],
            recent=around.recent,
            as_of=selection.as_of,
            zone=request.zone,
            filling=around.filling,
            query=request.text,
        )
        block = build(sources, budget=request.budget, count=self._count)
        return replace(block, degraded=searched.degraded, from_graph=searched.from_graph)


def _holds(memory: Memory, selection: Selection) -> bool:
    """Whether the memory holds now, or held at the moment asked for."""
    return memory.invalid_at is None or (selection.as_of is not None and memory.invalid_at > selection.as_of)
