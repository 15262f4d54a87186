"""The port of a reranker."""

from collections.abc import Sequence
from typing import Protocol


class Reranker(Protocol):
    """Judges how well texts answer a query, reading both together."""

    def judge(self, query: str, documents: Sequence[str]) -> list[float | None]:
        """One relevance per document, in their order, None for one left out; raises RerankerUnavailable."""
        ...
