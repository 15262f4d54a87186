"""Pure scoring: which signals make a hit, and how much each of them counts.

Two channels find: the cosine of the embeddings, and BM25 over the words, with the document frequencies of the filtered
rows themselves (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009; k1 = 1.2, b = 0.75, the idf of
Lucene, which is never negative). Three signals look about each row, because what answers a question is often said
across several turns: the turns beside it, what all of them together say of the question, and the best of its run. Rows
without a run have the other memories of their event about them, and a row alone has only itself.

These five lie in [0, 1] and are relative to the best row of the query, so that a weight means the same whatever the
scope. Where the query names a date or a period, the rows of that time have a sixth; it hides no other row, for what
happened then may have been told later. What an assistant said is long, close to every question, and seldom what is
wanted: it counts for less, unless the question is about what the assistant said. Importance moves a hit up or down by
at most its weight, and where nothing is known of it, at 5, not at all.

The weighted sum orders the hits. Scores are in proportion to it, the best hit scoring the strength of the best
evidence: the best cosine, or the best share of the attainable BM25. A cosine counts by how far it stands out from those
of the other rows, and is then stretched so that 0.3, where many clients cut, parts right hits from nonsense. So a
threshold means something across queries: where nothing fits, every score is low.

How much a cosine counts, and where it begins to tell something, is the embedder's: it has a profile.

A search may be scored by attention instead: the query attends to the candidates (a softmax over scaled dot products, by
its largest), and the sum is of that, of both channels, of how new a row is, and of its importance. Rows that the query
attends to too little may be dropped.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from cairn.language.addressing import asks_about_agent
from cairn.models_ai.embed.port import Vector

SEMANTIC = "semantic"
BM25 = "bm25"
NEIGHBOURS = "neighbours"
COVERAGE = "coverage"
RUN = "run"
PERIOD = "period"
AGENT = "agent"
IMPORTANCE = "importance"
GRAPH = "graph"
ATTENTION = "attention"
RECENCY = "recency"
K1 = 1.2
B = 0.75


class Scoring(StrEnum):
    """What orders the hits: the learned weights of all signals, or attention with its own."""

    LINEAR = "linear"
    ATTENTION = "attention"


@dataclass(frozen=True, slots=True)
class Weights:
    """Share of each signal in the score; those of the first six add up to 1. Learned: see benchmarks/train_ranking.py.

    Attributes:
        semantic: cosine of the row, by the best cosine, or by that where a hit begins to fit if no cosine is as high.
        bm25: BM25 of the row, by the best BM25.
        neighbours: mean of both channels over the two rows before and the two after in the run.
        coverage: share of the query's idf mass that the row and these four say together.
        run: the best of both channels in the row's run, by the best of all.
        period: 1 where the row became true, or happened, within a period that the query names.
        agent: 1 where an assistant said it; taken off, and nothing where the query is about what one said.
        importance: how far the row's importance (1 to 10) lies above or below 5, in fifths; added on top.
        graph: how near the row is, in the graph, to what the query names; added on top, where a search asks for it.
        attention: how much the query attends to the row, by the most; nothing unless a search is scored by attention.
        recency: one half for every half-life that the row is older than the newest; as attention.
    """

    semantic: float = 0.29
    bm25: float = 0.07
    neighbours: float = 0.06
    coverage: float = 0.25
    run: float = 0.10
    period: float = 0.23
    agent: float = -0.20
    importance: float = 0.03
    graph: float = 0.0
    attention: float = 0.0
    recency: float = 0.0


DEFAULT_WEIGHTS = Weights()
GRAPH_WEIGHT = 0.1
BACKGROUND_ROWS = 5
"""Rows that a profile's background counts for beside those of the scope."""
SPREAD = 0.06
"""Standard deviation of the cosines of a query that BACKGROUND_ROWS rows have beside those of the scope."""
FITS_SPREADS = 3.2
"""Where nothing was learned for an embedder a hit begins to fit at so many standard deviations of the cosines.

Of 20 everyday pairs 19 then fit with MiniLM and 17 with the multilingual model; of 8 questions about nothing that was
told, 2 and none."""
FITS_SCORE = 0.3
"""Score where a hit begins to fit."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What a cosine of one query is worth.

    Attributes:
        background: cosine of a query and a text that has nothing to do with it, where nothing is known of the scope.
        centre: how much of the background is taken off: the half, or where the script is not read, so that any two
            texts may look alike, the whole.
        fits: how far a cosine stands out, less that, where a hit begins to fit: a score of FITS_SCORE. None takes it
            from how the cosines of the scope lie.
    """

    background: float
    centre: float
    fits: float | None


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of an embedder: how much its cosines count, and from where on they tell something.

    Attributes:
        weights: of a query that it reads.
        unread: of one in which most letters are of a script that it does not read.
        reads: the letters of the scripts that it reads, as the inside of a class of a regular expression; None is all.
        background: as in Fit.
        fits: as in Fit.
    """

    weights: Weights
    unread: Weights
    reads: str | None
    background: float
    fits: float | None

    def weighs(self, text: str, *, graph: bool = False) -> Weights:
        """The weights of a query; with `graph` what is near in the graph counts, too."""
        weights = self.weights if self.is_read(text) else self.unread
        if asks_about_agent(text):
            weights = replace(weights, agent=0)
        return replace(weights, graph=GRAPH_WEIGHT) if graph else weights

    def fit(self, text: str) -> Fit:
        """What the cosines of a query are worth."""
        return Fit(self.background, 0.5 if self.is_read(text) else 1.0, self.fits)

    def is_read(self, text: str) -> bool:
        """Whether the embedder reads most letters of a text."""
        if self.reads is None:
            return True
        read = re.findall(f"[{self.reads}]", text)
        return 2 * sum(map(str.isalpha, read)) >= sum(map(str.isalpha, text))


@dataclass(frozen=True, slots=True)
class Attending:
    """How one query attends: the inner product of `vector` and a memory's embedding, before softmax.

    Recency halves every `half_life_hours`. Rows with less than `distillation` of the most attention are dropped.
    """

    vector: Vector
    half_life_hours: float
    distillation: float


@dataclass(frozen=True, slots=True)
class Attention:
    """Scoring by attention, as it is set up.

    Attributes:
        weights: share of each part; that of similarity is in halves at both channels, importance counts in tenths.
        project: makes of a query's embedding what it attends with; None where nothing was learned for the embedder.
        half_life_hours: as in Attending.
        distillation: as in Attending.
    """

    weights: Weights
    project: Callable[[Vector], Vector] | None
    half_life_hours: float
    distillation: float

    def of(self, vector: Vector) -> Attending:
        """How a query with this embedding attends."""
        return Attending((self.project or plain)(vector), self.half_life_hours, self.distillation)


def plain(vector: Vector) -> Vector:
    """What a query attends with where nothing is learned: the scaled dot product, q·k / sqrt(d).

    The scale is meant for components of variance 1. Those of a unit vector have 1/d, so both sides are first brought to
    it: sqrt(d) q · sqrt(d) k / sqrt(d). On the bare unit vectors a softmax would tell no rows apart.
    """
    scale = math.sqrt(len(vector))
    return [scale * component for component in vector]


def composite(attention: float, similarity: float, recency: float, importance: float) -> Weights:
    """The weights of scoring by attention."""
    return Weights(
        semantic=similarity / 2,
        bm25=similarity / 2,
        neighbours=0,
        coverage=0,
        run=0,
        period=0,
        agent=0,
        importance=importance,
        attention=attention,
        recency=recency,
    )
