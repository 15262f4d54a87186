"""Upkeep of the graph: what never reached it, what was given up on, and making it again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from pydantic import ValidationError

from cairn.events.ports import DeadLetters
from cairn.graph.message import GraphSyncMessage
from cairn.graph.outbox import TellGraph
from cairn.graph.ports import GraphStore
from cairn.graph.rows import PostgresGraphRows
from cairn.graph.sync import BATCH, GraphSync
from cairn.graph.types import Drift, Waiting
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Scope, Tenant

GAVE_UP: Final = "Every attempt to project it ended before it could report an error; see the logs of graph_sync."
_DEAD_LETTER_ROUNDS: Final = 100  # of ten messages each, so that one run stays bounded
_PAGE: Final = 1000
_COMPARED: Final = 2_000  # memories that one answer compares


class SweepGraph:
    """The graph's part of one run of upkeep; safe to run at any time, and twice at once."""

    def __init__(self, rows: PostgresGraphRows, tell: TellGraph, dead_letters: DeadLetters | None) -> None:
        self._rows = rows
        self._tell = tell
        self._dead_letters = dead_letters

    def send(self, unsent_after: timedelta, unfinished_after: timedelta) -> int:
        """Sends what was never sent or never projected, in all projects; returns how many memories."""
        if not self._tell.has_graph:
            return 0
        projects = self._rows.waiting_projects(unsent_after, unfinished_after)
        return sum(self._tell.everything(Tenant(p), unsent_after, unfinished_after) for p in projects)

    def drain(self) -> int:
        """Gives up on what lies in the dead-letter queue, and clears it; returns how many memories.

        A body that is no message stays there for a human to see.
        """
        failed = 0
        for _ in range(_DEAD_LETTER_ROUNDS if self._dead_letters else 0):
            assert self._dead_letters is not None
            messages = self._dead_letters.receive()
            if not messages:
                break
            failed += sum(self._give_up(self._dead_letters, handle, body) for handle, body in messages)
        return failed

    def _give_up(self, dead_letters: DeadLetters, handle: str, body: str) -> int:
        try:
            message = GraphSyncMessage.model_validate_json(body)
        except ValidationError:
            return 0
        failed = self._rows.give_up(Tenant(message.project_id), message.change_ids, GAVE_UP)
        dead_letters.delete(handle)
        return failed


class RedriveGraph:
    """Gives memories that were given up on another try."""

    def __init__(self, rows: PostgresGraphRows, tell: TellGraph) -> None:
        self._rows = rows
        self._tell = tell

    def __call__(self, tenant: Tenant) -> int:
        """Makes them unsent again and sends them; returns how many. Where SQS is down the sweep sends them."""
        redriven = self._rows.redrive(tenant)
        self._tell(tenant, min(redriven, _PAGE))
        logger.info("redriven", action="graph.redriven", memories=redriven)
        return redriven


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the memories to project are projected."""

    done: int
    total: int


class RebuildGraph:
    """Makes the graph again from the rows. Beside it, changes are projected as ever.

    `graph` raises NoGraph where none is set up.
    """

    def __init__(self, rows: PostgresGraphRows, graph: Callable[[], GraphStore], tell: TellGraph) -> None:
        self._rows = rows
        self._graph = graph
        self._tell = tell

    def __call__(self, tenant: Tenant, whose: Scope) -> Iterator[Progress]:
        """Drops that part of the graph and projects all its rows, saying how far it is; for as long as it takes."""
        graph = self._graph()
        sync = GraphSync(self._rows, lambda: graph)
        whose = _own(tenant, whose).graph
        last = ""
        while scopes := graph.scopes(tenant.project_id, whose, last):
            for scope in scopes:
                graph.drop(tenant.project_id, scope)
            last = scopes[-1]
        done, total = 0, self._rows.count(tenant, whose)
        yield Progress(done, total)
        after: UUID | None = None
        while page := self._rows.page(tenant, whose, after, BATCH):
            for scope, group in groupby(sorted(page, key=lambda row: row[1]), key=lambda row: row[1]):
                state = sync.project(tenant, scope, [memory_id for memory_id, _, _ in group])
                self._rows.done(tenant, state.outbox_ids)
            after, done = page[-1][0], done + len(page)
            yield Progress(done, max(total, done))

    def queue(self, tenant: Tenant, whose: Scope) -> int:
        """Has all rows of that part projected again by graph_sync, and what has no row taken out; returns how many.

        Nothing is dropped before, so the graph answers all the while; `waiting` counts down to nothing.
        """
        marked = self._rows.mark(tenant, _own(tenant, whose).graph)
        extra = self._extra(tenant, _own(tenant, whose).graph)
        if extra:
            marked += self._rows.mark_gone(tenant, extra)
        self._tell(tenant, min(marked, _PAGE))
        logger.info("queued for the graph", action="graph.queued", memories=marked)
        return marked

    def waiting(self, tenant: Tenant) -> Waiting:
        """How far the graph is behind."""
        return self._rows.waiting(tenant)

    def _extra(self, tenant: Tenant, whose: Scope) -> list[tuple[UUID, str]]:
        """Projections without a row, with their graph scopes."""
        return [
            (memory_id, found[0])
            for memory_id, row, found in _side_by_side(tenant, whose, self._rows, self._graph())
            if row is None and found
        ]


class GraphDrift:
    """Compares rows and projections, id by id. The promise is 0 and 0 once nothing waits.

    At most `most` memories at a time, so that no request costs more however large a project is.
    """

    def __init__(self, rows: PostgresGraphRows, graph: Callable[[], GraphStore], *, most: int = _COMPARED) -> None:
        self._rows = rows
        self._graph = graph
        self._most = most

    def __call__(self, tenant: Tenant, whose: Scope, ids: int, after: UUID | None = None) -> Drift:
        """Counts of both and of what differs, with up to `ids` ids of each kind; of memories behind `after`."""
        missing: list[UUID] = []
        outdated: list[UUID] = []
        extra: list[UUID] = []
        rows = projections = 0
        last: UUID | None = None
        both = _side_by_side(tenant, _own(tenant, whose), self._rows, self._graph(), after, self._most + 1)
        for number, (memory_id, row, found) in enumerate(both):
            if number == self._most:
                break
            last = memory_id
            rows, projections = rows + (row is not None), projections + (found is not None)
            if row is None:
                extra.append(memory_id)
            elif found is None:
                missing.append(memory_id)
            elif row != found:
                outdated.append(memory_id)
        else:
            last = None
        counts = (rows, projections, len(missing), len(outdated), len(extra))
        return Drift(*counts, tuple(missing[:ids]), tuple(outdated[:ids]), tuple(extra[:ids]), last)


_Kept = tuple[str, int]
"""Graph scope and version."""


def _side_by_side(
    tenant: Tenant,
    whose: Scope,
    rows: PostgresGraphRows,
    graph: GraphStore,
    behind: UUID | None = None,
    page: int = _PAGE,
) -> Iterator[tuple[UUID, _Kept | None, _Kept | None]]:
    """Every memory of either side, in order of id, with what each side has of it."""
    ours = _paged(lambda after: rows.page(tenant, whose, after, page), behind)
    theirs = _paged(lambda after: graph.versions(tenant.project_id, whose, after, page), behind)
    row, found = next(ours, None), next(theirs, None)
    while row or found:
        memory_id = min(kept[0] for kept in (row, found) if kept)
        ours_is_next, theirs_is_next = bool(row and row[0] == memory_id), bool(found and found[0] == memory_id)
        yield memory_id, row[1:] if row and ours_is_next else None, found[1:] if found and theirs_is_next else None
        row = next(ours, None) if ours_is_next else row
        found = next(theirs, None) if theirs_is_next else found


_Read = Callable[[UUID | None], list[tuple[UUID, str, int]]]


def _paged(read: _Read, after: UUID | None) -> Iterator[tuple[UUID, str, int]]:
    while page := read(after):
        yield from page
        after = page[-1][0]


def _own(tenant: Tenant, whose: Scope) -> Scope:
    """What the tenant may touch of it: a key pinned to a user rules that user's part alone."""
    return whose if tenant.user_id is None else replace(whose, user_id=tenant.user_id)
