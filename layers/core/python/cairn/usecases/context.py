"""A prompt-ready block of what is remembered for a question: what holds now, what held before, the last turns."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from cairn.context import ContextBlock, Sources, build
from cairn.models import Memory, Scope, Tenant
from cairn.ports import Embedder, MemoryStore
from cairn.selection import Selection, Wanted
from cairn.usecases.asking import asked
from cairn.usecases.embedding_costs import Charge, free

_HITS: Final = 60
_PREFERENCES: Final = 20
_FILLING: Final = 40
_THRESHOLD: Final = 0.1


@dataclass(frozen=True, slots=True)
class ContextRequest:
    """A question, the memories that may answer it, the entities whose last messages count, and the room there is.

    `budget` is in tokens; dates are told in `zone`. `near` is as in SearchQuery.
    """

    text: str
    selection: Selection
    scope: Scope
    budget: int
    recent: int
    zone: ZoneInfo
    near: tuple[tuple[UUID, float], ...] = ()


class BuildContext:
    """Builds the block: one embedding and two round trips to the database, no model."""

    def __init__(
        self, memories: MemoryStore, embedder: Embedder, count: Callable[[str], int], charge: Charge = free
    ) -> None:
        self._memories = memories
        self._embedder = embedder
        self._count = count
        self._charge = charge

    def __call__(self, tenant: Tenant, request: ContextRequest) -> ContextBlock:
        """The block, never over the budget; empty where nothing is remembered."""
        selection = request.selection
        with_ended = Selection(selection.where, selection.show_expired, latest_only=False, as_of=selection.as_of)
        with self._charge(tenant):
            query = asked(
                self._embedder, request.text, with_ended, near=request.near, top_k=_HITS, threshold=_THRESHOLD
            )
        found = [hit.memory for hit in self._memories.search(tenant, query).hits]
        holding = [memory for memory in found if _holds(memory, selection)]
        wanted = Wanted(
            Selection(selection.where, selection.show_expired, latest_only=True, as_of=selection.as_of),
            request.scope,
            previous_of=tuple(memory.id for memory in holding),
            preferences=_PREFERENCES,
            recent=request.recent,
            filling=_FILLING,
        )
        around = self._memories.surroundings(tenant, wanted)
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
        return replace(block, degraded=query.vector is None)


def _holds(memory: Memory, selection: Selection) -> bool:
    """Whether the memory holds now, or held at the moment asked for."""
    return memory.invalid_at is None or (selection.as_of is not None and memory.invalid_at > selection.as_of)
