"""A question as it is looked for: by its meaning and its words, or by its words alone while the embedder is away."""

from typing import Any

from cairn.kernel.errors import EmbedderUnavailable
from cairn.kernel.observability import logger
from cairn.memories.types import Selection
from cairn.models_ai.embed.port import Embedder, Vector
from cairn.search import profiles
from cairn.search.types import Near, SearchQuery


def query_of(embedder: Embedder, text: str, selection: Selection, *, near: Near = (), **options: Any) -> SearchQuery:
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
