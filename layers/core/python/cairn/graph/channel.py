"""The graph as a channel of search: asked within a time limit, and done without where it does not answer in time."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from cairn.filters import filter_of, named_entities
from cairn.graph.nearness import GraphNeighbours, nearness
from cairn.graph.ports import NeighbourGraph
from cairn.graph.timeline_store import PostgresTimelines
from cairn.graph.types import GraphView
from cairn.kernel.errors import CairnError, NoGraph
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Scope, Tenant
from cairn.language.entities import asked_about
from cairn.language.entities.forms import speaker_name
from cairn.language.mentions import entity_key
from cairn.memories.types import Selection
from cairn.search.types import FromGraph

_PAUSE_SECONDS: Final = 10.0  # after a failure, in which the graph is not asked again
NO_ENTITY: Final = "The filters name no entity plainly, so there is no part of the graph to look into."
TOO_SLOW: Final = "The graph did not answer in time."
PAUSED: Final = "The graph did not answer a moment ago, and is left alone for a while."


class GraphChannel:
    """Asks the graph on behalf of a search. It raises nothing, and its questions take no longer than their limit.

    The first of a process also loads the driver. The graph finds, and Postgres has the last word: a name is told only
    where a memory still says it, however late the graph is.
    """

    def __init__(
        self,
        graph: Callable[[], NeighbourGraph],
        timelines: PostgresTimelines,
        clock: Callable[[], datetime],
        *,
        seconds: float,
    ) -> None:
        self._graph = graph
        self._timelines = timelines
        self._clock = clock
        self._seconds = seconds
        self._paused_until = 0.0

    def __call__(self, tenant: Tenant, text: str, selection: Selection) -> FromGraph:
        """What is near to what the text names, in the part of the graph that the selection's entities have."""
        ids = named_entities(selection.where) | ({"user_id": tenant.user_id} if tenant.user_id else {})
        if not ids:
            return FromGraph(reason=NO_ENTITY)
        if time.monotonic() < self._paused_until:
            return FromGraph(reason=PAUSED)
        view = GraphView(tenant.project_id, Scope(**ids).graph, selection.as_of or self._clock())
        try:
            graph = self._graph()
        except NoGraph as exc:
            return FromGraph(reason=str(exc))
        except CairnError as exc:
            return self._paused(FromGraph(reason=str(exc)))
        found = _Question(lambda: graph.neighbours(view, *_names(text, ids))).answer_within(self._seconds)
        if isinstance(found, str):
            return self._paused(FromGraph(reason=found))
        return FromGraph(self._told(tenant, view.whose, found.named), nearness(found))

    def _told(self, tenant: Tenant, whose: Scope, named: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """The names that memories still say; none where that cannot be looked up, as the search itself will find."""
        try:
            carried = self._timelines.carried(tenant, ever(whose), named) if named else set[tuple[str, str]]()
        except CairnError:
            return ()
        return tuple(dict.fromkeys(name for scope, name in named if (scope, name) in carried))

    def _paused(self, found: FromGraph) -> FromGraph:
        self._paused_until = time.monotonic() + _PAUSE_SECONDS
        logger.warning("searched without the graph", action="graph.search_without", reason=found.reason)
        return found


def ever(whose: Scope) -> Selection:
    """All memories of a part of the graph, whenever they hold: what they say may be told of."""
    return Selection(filter_of(whose), show_expired=True, latest_only=False)


def _names(text: str, ids: Mapping[str, str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Keys of what the text may name, and of whoever speaks.

    A user is "User" where messages have no name, and else mostly called as their id is.
    """
    keys = [key for actor in (None, ids.get("user_id")) for key in asked_about(text, actor)]
    speakers = {entity_key(speaker_name(name)) for name in (None, "assistant", *ids.values())}
    return tuple(dict.fromkeys(keys)), frozenset(speakers)


class _Question:
    """One question, asked on a thread of its own: neither a socket nor the server can be trusted to keep time."""

    def __init__(self, ask: Callable[[], GraphNeighbours]) -> None:
        self._ask = ask
        self._answer: GraphNeighbours | str = TOO_SLOW

    def answer_within(self, seconds: float) -> GraphNeighbours | str:
        """The answer, or why there is none."""
        thread = threading.Thread(target=self._run, daemon=True, name="graph-search")
        thread.start()
        thread.join(seconds)
        return self._answer

    def _run(self) -> None:
        try:
            self._answer = self._ask()
        except CairnError as exc:
            self._answer = str(exc)
