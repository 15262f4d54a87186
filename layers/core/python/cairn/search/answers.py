"""Answers of searches and context blocks."""

from datetime import datetime

from cairn.memories.answers import standing
from cairn.memories.types import Kind
from cairn.platform.http.answers import Json, moment
from cairn.search.context_block import ContextBlock
from cairn.search.ranking import GRAPH, Scoring
from cairn.search.search import Found
from cairn.search.types import FromGraph, SearchHit, Source


def hit(h: SearchHit, at: datetime, *, explain: bool) -> Json:
    """A search hit. `score_breakdown` holds each signal before its weight; `explain` says how it came about.

    What Mem0 calls `entity`, how near a memory is to what the query names, is the signal of the graph here.
    """
    breakdown = {name: round(c.normalised, 6) for name, c in h.signals.items()}
    breakdown |= {"entity": breakdown.get(GRAPH, 0.0)}
    answer = standing(h.memory, at) | {"score": round(h.score, 6), "score_breakdown": breakdown}
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


def _source(s: Source) -> Json:
    said = {"message_id": str(s.message_id), "role": s.role, "name": s.name, "timestamp": moment(s.occurred_at)}
    return said | {"span": list(s.span), "quote": s.quote}


def reranked(reason: str | None) -> Json:
    """Whether a search was reranked, and where not, why."""
    return {"used": reason is None, "reason": reason}


def searched(found: Found, scoring: Scoring) -> Json:
    """How a search went, for who asks for an explanation; `attention` where it was scored by that."""
    stats = found.stats
    answer: Json = {"way": stats.path.value, "rows": stats.rows, "not_indexed": stats.not_indexed}
    answer |= {"scoring": scoring.value}
    return answer | ({"attention": found.attention} if found.attention else {})


def degraded(found: Found | ContextBlock) -> Json:
    """Said only where it is so: by words alone, while the embedder is away."""
    return {"degraded": True} if found.degraded else {}


def context(block: ContextBlock) -> Json:
    """A context block."""
    return (
        {
            "context": block.text,
            "tokens": block.tokens,
            "truncated": block.truncated,
            "memory_ids": [str(i) for i in block.memory_ids],
        }
        | degraded(block)
        | from_graph(block.from_graph)
    )


def from_graph(found: FromGraph | None) -> Json:
    """What the graph did for a search that asked for it: the entities it went by, or why it was left out."""
    if found is None:
        return {}
    if found.reason:
        return {"graph": {"used": False, "reason": found.reason}}
    return {"graph": {"used": True, "entities": list(found.named), "memories": len(found.near)}}
