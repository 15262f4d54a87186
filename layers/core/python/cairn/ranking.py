"""Pure scoring: how the two retrieval channels become one score.

The channels are the cosine of the embeddings and BM25 over the words, with the document frequencies of the filtered
rows themselves (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009; k1 = 1.2, b = 0.75, the idf of
Lucene, which is never negative). Each is divided by its best value among the rows of the query, so that a weight means
the same whatever the scope, and the weighted sum is scaled by the strength of the best evidence: the best cosine, or
the best share of the query's attainable BM25. So a threshold means something across queries: where nothing fits, every
score is low, and the order of the hits is the order of the weighted sum.
"""

from dataclasses import dataclass

SEMANTIC = "semantic"
BM25 = "bm25"
K1 = 1.2
B = 0.75


@dataclass(frozen=True, slots=True)
class Weights:
    """Share of each channel in the score; they add up to 1."""

    semantic: float = 0.5
    bm25: float = 0.5


DEFAULT_WEIGHTS = Weights()
