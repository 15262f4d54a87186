"""Answers of searches and context blocks."""

from datetime import datetime
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from cairn.memories.answers import Mem0RelationAnswer, StandingMemoryAnswer, standing
from cairn.memories.types import Kind
from cairn.platform.http.answers import Id, Moment, Picked, moment, one_of
from cairn.search.context_block import ContextBlock
from cairn.search.ranking import GRAPH, Scoring
from cairn.search.search import Found
from cairn.search.types import FromGraph, SearchHit, SearchPath, Source

Degraded = Annotated[Literal[True], Field(description="There where the embedder was away: found by words alone.")]


class SourceAnswer(TypedDict):
    """A message that a memory was made from, and its words there."""

    message_id: Id
    role: str
    name: str | None
    timestamp: Moment
    span: Annotated[list[int], Field(description="Two character offsets, the end not included.")]
    quote: str


class SignalAnswer(TypedDict):
    """One signal's part in a score."""

    score: Annotated[float, Field(description="As measured, in the signal's own unit.")]
    normalised: Annotated[float, Field(description="From 0 to 1.")]
    weight: float
    contribution: Annotated[float, Field(description="`normalised` times `weight`.")]
    rank: Annotated[int | None, Field(description="From 1, where the signal ranks.")]


class SearchHitAnswer(StandingMemoryAnswer):
    """A memory that was found, or a message where a search asks for messages."""

    score: Annotated[float, Field(description="From 0 to 1.")]
    score_breakdown: Annotated[
        dict[str, float], Field(description="Each signal, from 0 to 1, before its weight; `entity` is the graph's.")
    ]
    relevance: NotRequired[Annotated[float, Field(description="A reranker's judgement, in its own unit.")]]
    sources: NotRequired[Annotated[list[SourceAnswer], Field(description="There with `include_messages`.")]]
    role: NotRequired[Annotated[str, Field(description="Of a message, who spoke.")]]
    explain: NotRequired[Annotated[dict[str, SignalAnswer], Field(description="There with `explain`, by signal.")]]


class SearchedAnswer(TypedDict):
    """How a search went."""

    way: Annotated[str, one_of(*SearchPath)]
    rows: Annotated[int, Field(description="Among how many; through indexes those of the entity, as last counted.")]
    not_indexed: Annotated[int | None, Field(description="Rows scored one by one beside the indexes.")]
    scoring: Annotated[str, one_of(*Scoring)]
    attention: NotRequired[Annotated[str, one_of("learned", "plain")]]


class RerankAnswer(TypedDict):
    """Whether a search was reranked, and where not, why."""

    used: bool
    reason: str | None


class FromGraphAnswer(TypedDict):
    """What the graph did: the entities that were gone by, and how many memories are near to them."""

    used: Literal[True]
    entities: list[str]
    memories: int


class WithoutGraphAnswer(TypedDict):
    """Why the graph was left out."""

    used: Literal[False]
    reason: str


GraphPart = Annotated[FromGraphAnswer | WithoutGraphAnswer, Field(description="There with `graph`.")]


class SearchAnswer(TypedDict):
    """What was found, best first."""

    results: list[Picked[SearchHitAnswer]]
    search: NotRequired[Annotated[SearchedAnswer, Field(description="There with `explain`.")]]
    rerank: NotRequired[Annotated[RerankAnswer, Field(description="There with `rerank`.")]]
    degraded: NotRequired[Degraded]
    graph: NotRequired[GraphPart]
    relations: NotRequired[Annotated[list[Mem0RelationAnswer], Field(description="There with `enable_graph`.")]]


class ContextAnswer(TypedDict):
    """A block of text for a prompt."""

    context: str
    tokens: int
    truncated: Annotated[bool, Field(description="Whether something was left out for the token budget.")]
    memory_ids: Annotated[list[Id], Field(description="The memories in it.")]
    degraded: NotRequired[Degraded]
    graph: NotRequired[GraphPart]


def hit(h: SearchHit, at: datetime, *, explain: bool) -> SearchHitAnswer:
    """A search hit. `score_breakdown` holds each signal before its weight; `explain` says how it came about.

    What Mem0 calls `entity`, how near a memory is to what the query names, is the signal of the graph here.
    """
    breakdown = {name: round(c.normalised, 6) for name, c in h.signals.items()}
    breakdown |= {"entity": breakdown.get(GRAPH, 0.0)}
    answer: SearchHitAnswer = {
        **standing(h.memory, at),
        "score": round(h.score, 6),
        "score_breakdown": breakdown,
    }
    if h.relevance is not None:
        answer["relevance"] = h.relevance
    if h.sources is not None:
        answer["sources"] = [_source(s) for s in h.sources]
    if h.sources and h.memory.kind is Kind.MESSAGE:
        answer["role"] = h.sources[0].role
    if explain:
        answer["explain"] = {
            name: {
                "score": round(c.raw, 6),
                "normalised": round(c.normalised, 6),
                "weight": c.weight,
                "contribution": round(c.normalised * c.weight, 6),
                "rank": c.rank,
            }
            for name, c in h.signals.items()
        }
    return answer


def _source(s: Source) -> SourceAnswer:
    return {
        "message_id": str(s.message_id),
        "role": s.role,
        "name": s.name,
        "timestamp": moment(s.occurred_at),
        "span": list(s.span),
        "quote": s.quote,
    }


def reranked(reason: str | None) -> RerankAnswer:
    """Whether a search was reranked, and where not, why."""
    return {"used": reason is None, "reason": reason}


def searched(found: Found, scoring: Scoring) -> SearchedAnswer:
    """How a search went, for who asks for an explanation; `attention` where it was scored by that."""
    stats = found.stats
    answer: SearchedAnswer = {
        "way": stats.path.value,
        "rows": stats.rows,
        "not_indexed": stats.not_indexed,
        "scoring": scoring.value,
    }
    if found.attention:
        answer["attention"] = found.attention
    return answer


def context(block: ContextBlock) -> ContextAnswer:
    """A context block; `degraded` is said only where it is so, and `graph` where it was asked for."""
    answer: ContextAnswer = {
        "context": block.text,
        "tokens": block.tokens,
        "truncated": block.truncated,
        "memory_ids": [str(i) for i in block.memory_ids],
    }
    if block.degraded:
        answer["degraded"] = True
    if block.from_graph is not None:
        answer["graph"] = from_graph(block.from_graph)
    return answer


def from_graph(found: FromGraph) -> FromGraphAnswer | WithoutGraphAnswer:
    """What the graph did for a search that asked for it: the entities it went by, or why it was left out."""
    if found.reason:
        return {"used": False, "reason": found.reason}
    return {"used": True, "entities": list(found.named), "memories": len(found.near)}
