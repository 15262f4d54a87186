"""The one search: embedded, found, near to what the graph knows, reranked, and counted. All who search ask this."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from cairn.kernel.errors import EmbedderUnavailable
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Tenant
from cairn.memories.types import Selection
from cairn.models_ai.embed.port import Embedder, Vector
from cairn.projects.embedding_costs import Charge, free
from cairn.search import profiles
from cairn.search.hit_counts import CountHits
from cairn.search.ranking import Attention, Scoring
from cairn.search.rerank import LOOKED_AT, Rerank, Reranked
from cairn.search.store import PostgresSearchStore
from cairn.search.types import FromGraph, Near, SearchHit, SearchQuery, SearchStats

THRESHOLD: Final = 0.1
"""Score (0 to 1) under which a hit says nothing of the query, where the caller names no other."""


class AskGraph(Protocol):
    """What a graph has near to a text, in the part of it that a selection's entities have; raises nothing."""

    def __call__(self, tenant: Tenant, text: str, selection: Selection) -> FromGraph:
        """Memories with how near they are, or why there are none."""
        ...


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is looked for: up to `top_k` memories with a score (0 to 1) of at least `threshold`.

    `reference` is the moment from which "last May" is meant, `exact` scores every row of a large scope, `messages`
    finds what was said too. `graph` and `rerank` ask for those, where they are set up. Every hit is counted as found,
    unless `count` is False: then the caller shows some of them, and counts these.
    """

    text: str
    selection: Selection
    top_k: int = 10
    threshold: float = THRESHOLD
    scoring: Scoring = Scoring.LINEAR
    reference: datetime | None = None
    exact: bool = False
    messages: bool = False
    graph: bool = False
    rerank: bool = False
    count: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """The hits, best first, and how they were found; `degraded` by words alone, while the embedder was away.

    `attention` says which one scored the search, `from_graph` and `reranked` are there where they were asked for.
    """

    hits: list[SearchHit]
    stats: SearchStats
    degraded: bool = False
    attention: str | None = None
    from_graph: FromGraph | None = None
    reranked: Reranked | None = None


def _no_graph(tenant: Tenant, text: str, selection: Selection) -> FromGraph:
    return FromGraph(reason="No graph is set up.")


class Search:
    """Embeds a query and makes one round trip to the database, and what else is asked for."""

    def __init__(
        self,
        store: PostgresSearchStore,
        embedder: Embedder,
        *,
        attention: Callable[[str], Attention] | None = None,
        near: AskGraph = _no_graph,
        rerank: Rerank | None = None,
        count: CountHits | None = None,
        charge: Charge = free,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._attention = attention
        self._near = near
        self._rerank = rerank or Rerank(None)
        self._count = count
        self._charge = charge

    def __call__(self, tenant: Tenant, request: SearchRequest) -> Found:
        """The hits of a request; raises Unavailable where the database is."""
        from_graph = self._near(tenant, request.text, request.selection) if request.graph else None
        query, attention = self._query(tenant, request, from_graph)
        result = self._store.search(tenant, query)
        reranked = self._rerank(request.text, result.hits) if request.rerank else None
        hits = (reranked.hits if reranked else result.hits)[: request.top_k]
        if request.count and self._count:
            self._count(tenant, (hit.memory.id for hit in hits))
        degraded = query.vector is None
        stats = result.stats
        logger.info(
            "searched", action="search.done", hits=len(hits), path=stats.path, rows=stats.rows, degraded=degraded
        )
        return Found(hits, stats, degraded, attention, from_graph, reranked)

    def _query(
        self, tenant: Tenant, request: SearchRequest, from_graph: FromGraph | None
    ) -> tuple[SearchQuery, str | None]:
        """The query of the database, and which attention it is scored by, if by any."""
        with self._charge(tenant):
            query = _query_of(
                self._embedder,
                request.text,
                request.selection,
                near=from_graph.near if from_graph else (),
                top_k=max(request.top_k, LOOKED_AT) if request.rerank else request.top_k,
                threshold=request.threshold,
                reference=request.reference,
                exact=request.exact,
                messages=request.messages,
            )
        if request.scoring is not Scoring.ATTENTION or self._attention is None:
            return query, None
        attention = self._attention(self._embedder.model)
        name = "learned" if attention.project else "plain"
        if query.vector is None:
            return query, name
        weights = replace(attention.weights, graph=query.weights.graph)
        return replace(query, weights=weights, attending=attention.of(query.vector)), name


def _query_of(embedder: Embedder, text: str, selection: Selection, *, near: Near = (), **options: Any) -> SearchQuery:
    """The search for a text, with what is known of the embedder; `near` and the options as in SearchQuery."""
    vector = _vector(embedder, text)
    profile = profiles.of(embedder.model)  # which model it is may only be known now
    weights = profile.weighs(text, graph=bool(near))
    return SearchQuery(text, vector, selection, weights, profile.fit(text), near=tuple(near), **options)


def _vector(embedder: Embedder, text: str) -> Vector | None:
    try:
        return embedder.embed_query(text)
    except EmbedderUnavailable as exc:
        logger.warning("searched by words alone", action="search.degraded", reason=str(exc))
        return None
