"""Pure scoring: which signals make a hit, and how much each of them counts.

Two channels find: the cosine of the embeddings, and BM25 over the words, with the document frequencies of the filtered
rows themselves (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009; k1 = 1.2, b = 0.75, the idf of
Lucene, which is never negative). Three signals look about each row, because what answers a question is often said
across several turns: the turns beside it, what all of them together say of the question, and the best of its run. Rows
without a run have the other memories of their event about them, and a row alone has only itself.

These five lie in [0, 1] and are relative to the best row of the query, so that a weight means the same whatever the
scope. Where the query names a date or a period, the rows of that time have a sixth; it hides no other row, for what
happened then may have been told later. Importance moves a hit up or down by at most its weight, and where nothing is
known of it, at 5, not at all.

The weighted sum orders the hits. Scores are in proportion to it, the best hit scoring the strength of the best
evidence: the best cosine, or the best share of the attainable BM25. So a threshold means something across queries:
where nothing fits, every score is low.
"""

from dataclasses import dataclass

SEMANTIC = "semantic"
BM25 = "bm25"
NEIGHBOURS = "neighbours"
COVERAGE = "coverage"
RUN = "run"
PERIOD = "period"
IMPORTANCE = "importance"
GRAPH = "graph"
K1 = 1.2
B = 0.75


@dataclass(frozen=True, slots=True)
class Weights:
    """Share of each signal in the score; those of the first six add up to 1. Learned: see benchmarks/train_ranking.py.

    Attributes:
        semantic: cosine of the row, by the best cosine.
        bm25: BM25 of the row, by the best BM25.
        neighbours: mean of both channels over the two rows before and the two after in the run.
        coverage: share of the query's idf mass that the row and these four say together.
        run: the best of both channels in the row's run, by the best of all.
        period: 1 where the row became true, or happened, within a period that the query names.
        importance: how far the row's importance (1 to 10) lies above or below 5, in fifths; added on top.
        graph: how near the row is, in the graph, to what the query names; added on top, where a search asks for it.
    """

    semantic: float = 0.30
    bm25: float = 0.08
    neighbours: float = 0.07
    coverage: float = 0.24
    run: float = 0.10
    period: float = 0.21
    importance: float = 0.1
    graph: float = 0.0


DEFAULT_WEIGHTS = Weights()
WITH_GRAPH = Weights(graph=0.1)
