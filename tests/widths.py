"""The embedder that the tests run with, each of another width: `pytest --embedder wide`.

`wide` is an endpoint in this process that gives MiniLM's vectors with zeros behind them. Their cosines are MiniLM's, so
that what a test says of the order of its hits holds; their width, and how they come, are those of a large model.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from cairn.models_ai.embed.minilm import OnnxEmbedder
from cairn.models_ai.embed.multilingual import MultilingualEmbedder
from tests.embeddings import MODEL
from tests.scripted_llm import ChatRequest, Reply, ScriptedLlm

WIDE: Final = "wide"
MODELS: Final = {
    "minilm": (OnnxEmbedder.model, OnnxEmbedder.dimensions),
    "multilingual": (MultilingualEmbedder.model, MultilingualEmbedder.dimensions),
    WIDE: ("MiniLM in 3072 numbers", 3_072),
}
"""Name and width of the model behind each."""


@contextmanager
def variables(embedder: str) -> Iterator[dict[str, str]]:
    """The variables that make an embedder that of a service, for as long as the block lasts."""
    if embedder != WIDE:
        yield {"CAIRN_EMBEDDER": embedder}
        return
    with ScriptedLlm(Padded(), path="/v1/embeddings") as endpoint:
        yield {
            "CAIRN_EMBEDDER": "openai",
            "CAIRN_EMBEDDING_BASE_URL": endpoint.base_url,
            "CAIRN_EMBEDDING_MODEL": MODELS[WIDE][0],
            "CAIRN_EMBEDDING_TIMEOUT_SECONDS": "60",  # a full machine is no failure
        }


class Padded:
    """The script of the endpoint: MiniLM's vectors with zeros behind them."""

    def __init__(self) -> None:
        self._embedder = OnnxEmbedder(MODEL, cache_size=10_000)
        self._zeros = [0.0] * (MODELS[WIDE][1] - OnnxEmbedder.dimensions)

    def __call__(self, request: ChatRequest) -> Reply:
        vectors = self._embedder.embed(request.body["input"])
        rows = [{"index": n, "embedding": [*vector, *self._zeros]} for n, vector in enumerate(vectors)]
        return Reply.json({"object": "list", "data": rows, "model": request.body["model"]})
