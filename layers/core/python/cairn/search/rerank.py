"""A second look at the best hits, by a model that reads query and text together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from cairn.kernel.errors import RerankerUnavailable
from cairn.kernel.observability import logger
from cairn.models_ai.rerank.port import Reranker
from cairn.search.types import SearchHit

LOOKED_AT: Final = 50
"""Hits that are judged; the others keep their places behind them."""


@dataclass(frozen=True, slots=True)
class Reranked:
    """The hits in their new order; `reason` says why it is the old one, where it is."""

    hits: list[SearchHit]
    reason: str | None = None


class Rerank:
    """Puts the first hits in the order of a reranker. Without one, or where it fails, they stay as they are."""

    def __init__(self, reranker: Reranker | None) -> None:
        self._reranker = reranker

    def __call__(self, query: str, hits: Sequence[SearchHit]) -> Reranked:
        """The hits, judged; those that the reranker leaves out come after those it judged."""
        if self._reranker is None:
            return Reranked(list(hits), "No reranker is set up (CAIRN_RERANK_URL).")
        judged, rest = list(hits[:LOOKED_AT]), list(hits[LOOKED_AT:])
        if not judged:
            return Reranked([])
        try:
            relevance = self._reranker.judge(query, [hit.memory.text for hit in judged])
        except RerankerUnavailable as exc:
            logger.warning("not reranked", action="search.not_reranked", reason=str(exc))
            return Reranked(list(hits), str(exc))
        marked = [replace(hit, relevance=r) for hit, r in zip(judged, relevance, strict=True)]
        marked.sort(key=lambda hit: float("-inf") if hit.relevance is None else hit.relevance, reverse=True)
        return Reranked(marked + rest)
