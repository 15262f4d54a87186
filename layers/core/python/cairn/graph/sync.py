"""Projecting memories into the graph: read the rows as they are, write, and look whether they still are so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cairn.graph.ports import GraphStore
from cairn.graph.resolve import Names, Projection, ScopeState, projected
from cairn.graph.rows import PostgresGraphRows
from cairn.kernel.errors import Contended, NotFound
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Tenant

BATCH: Final = 500  # memories in one transaction of the graph
_ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class Synced:
    """What one message came to: memories put in as they are, taken out, and others whose names now mean another."""

    put: int = 0
    removed: int = 0
    moved: int = 0


class GraphSync:
    """Projects memories of one graph scope; safe to repeat, to run late, and to run twice at once.

    What is written is a function of the rows as they are. They are read again after the write: a worker that was held
    up in between finds that its rows are out of date, and writes again what holds by then.
    """

    def __init__(self, rows: PostgresGraphRows, graph: Callable[[], GraphStore]) -> None:
        """`graph` connects when it is first called for: what it is reached with may be away."""
        self._rows = rows
        self._graph = graph

    def __call__(self, tenant: Tenant, scope: str, memory_ids: Sequence[UUID]) -> Synced:
        """Projects these memories, and those that meant another entity by a name that these gave or took.

        Raises:
            GraphUnavailable: the graph does not answer; nothing is lost, and the call can be repeated.
            Contended: the rows changed under every attempt.
        """
        asked = tuple(dict.fromkeys(memory_ids))
        for _ in range(_ROUNDS):
            state = self._rows.read(tenant, scope, asked)
            # They go first: until the memories themselves are written, a repeat finds them again.
            moved = self._moved(tenant, scope, asked, state)
            for start in range(0, len(moved), BATCH):
                self.project(tenant, scope, moved[start : start + BATCH])
            projected_as = self.project(tenant, scope, asked)
            if projected_as.holds_as(state):
                self._rows.done(tenant, projected_as.outbox_ids)
                return Synced(len(state.rows), len(asked) - len(state.rows), len(moved))
        raise Contended("The memories changed faster than they could be projected; they are projected again.")

    def one(self, tenant: Tenant, memory_id: UUID) -> Synced:
        """Projects one memory now; raises NotFound, and as the call does."""
        scope = self._rows.scope_of(tenant, memory_id)
        if scope is None:
            raise NotFound("Memory not found!")
        done = self(tenant, scope, [memory_id])
        logger.info("projected", action="graph.projected", put=done.put, removed=done.removed, moved=done.moved)
        return done

    def project(self, tenant: Tenant, scope: str, memory_ids: Sequence[UUID]) -> ScopeState:
        """Writes these memories until what was written still is so; returns the rows it was made from."""
        state = self._rows.read(tenant, scope, memory_ids)
        for _ in range(_ROUNDS):
            names = Names(state.claims)
            there = {row.memory_id for row in state.rows}
            gone = tuple(memory_id for memory_id in memory_ids if memory_id not in there)
            memories = tuple(projected(row, names) for row in state.rows)
            self._graph().write(Projection(tenant.project_id, scope, memories, gone))
            now = self._rows.read(tenant, scope, memory_ids)
            if now.holds_as(state):
                return state
            state = now
        raise Contended("The memories changed faster than they could be projected; they are projected again.")

    def _moved(self, tenant: Tenant, scope: str, asked: Sequence[UUID], state: ScopeState) -> list[UUID]:
        """Other memories that say a name whose meaning these change."""
        before = self._graph().claims(tenant.project_id, scope, asked)
        now = {claim for row in state.rows for claim in row.claims}
        changed = {alias for alias, _ in before ^ now}
        if not changed:
            return []
        names = Names(state.claims)
        said = self._graph().saying(tenant.project_id, scope, names.reaching(changed))
        return sorted({memory_id for memory_id, name, key in said if names.resolve(name) != key} - set(asked))
