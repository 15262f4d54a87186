"""A reranker behind HTTP, in the form that Jina, Cohere, vLLM, llama.cpp and Infinity share."""

from collections.abc import Sequence
from typing import Final

import httpx2
from pydantic import BaseModel, ValidationError

from cairn.kernel.errors import RerankerUnavailable

_DOCUMENT: Final = 2_000  # characters; rerankers cut at a few hundred tokens


class _Judged(BaseModel):
    index: int
    relevance_score: float


class _Answer(BaseModel):
    results: list[_Judged]


class HttpReranker:
    """Asks an endpoint such as https://…/v1/rerank how well documents answer a query."""

    def __init__(self, url: str, *, model: str | None, api_key: str | None, timeout: float) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._url = url
        self._model = {"model": model} if model else {}
        self._client = httpx2.Client(headers=headers, timeout=timeout)

    def judge(self, query: str, documents: Sequence[str]) -> list[float | None]:
        """One relevance per document, in their order, None for one the endpoint left out.

        Raises:
            RerankerUnavailable: no answer in time, or none that says this.
        """
        body = self._model | {"query": query, "documents": [d[:_DOCUMENT] for d in documents], "top_n": len(documents)}
        try:
            answer = self._client.post(self._url, json=body)
            answer.raise_for_status()
            judged = _Answer.model_validate_json(answer.content).results
        except (httpx2.HTTPError, httpx2.InvalidURL, ValidationError) as exc:
            raise RerankerUnavailable(f"The reranker failed: {type(exc).__name__}.") from exc
        relevance: list[float | None] = [None] * len(documents)
        for one in judged:
            if 0 <= one.index < len(documents):
                relevance[one.index] = one.relevance_score
        return relevance

    def close(self) -> None:
        """Closes its connections."""
        self._client.close()
