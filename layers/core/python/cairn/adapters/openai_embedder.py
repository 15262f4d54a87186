"""Embeddings of any OpenAI-compatible endpoint: OpenAI, Ollama, vLLM, TEI, LM Studio, Infinity."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Final

import openai
from pydantic import BaseModel, ValidationError

from cairn.adapters.openai_client import client
from cairn.adapters.openai_errors import FOREIGN_ERRORS, retry_after
from cairn.errors import EmbedderUnavailable
from cairn.models import Vector

_REFUSALS: Final = (400, 413, 422)
_SHORTEST: Final = 200  # characters that every model reads
_LONGEST: Final = 24_000  # characters: about what the longest input of OpenAI's own models holds
_MAX_CACHED: Final = 500  # characters of a query
_PROBE: Final = "How long is a vector?"
_PAUSE_SECONDS: Final = 10.0  # after a failure, in which no question is asked: searches would wait for each


class _One(BaseModel):
    index: int
    embedding: list[float]


class _Answer(BaseModel):
    data: list[_One]


@dataclass(frozen=True, slots=True)
class Prefixes:
    """What a model wants before a question and before what is kept; most want nothing."""

    query: str = ""
    passage: str = ""


_KNOWN_PREFIXES: Final = (
    ("e5", Prefixes("query: ", "passage: ")),
    ("nomic", Prefixes("search_query: ", "search_document: ")),
    ("bge-m3", Prefixes()),
    ("bge", Prefixes("Represent this sentence for searching relevant passages: ")),
    ("mxbai", Prefixes("Represent this sentence for searching relevant passages: ")),
)
"""By a part of the model's name, the first that fits; as the cards of the models say."""


def prefixes(model: str) -> Prefixes:
    """What a model of this name wants before its texts."""
    return next((found for part, found in _KNOWN_PREFIXES if part in model.lower()), Prefixes())


class OpenAiEmbedder:
    """Asks an endpoint for vectors, some texts at a time; unit vectors, whatever comes back."""

    def __init__(
        self,
        *,
        model: str,
        api_key: Callable[[], str | None] = lambda: None,
        base_url: str | None = None,
        dimensions: int | None = None,
        wants: Prefixes | None = None,
        batch: int = 64,
        timeout: float = 10,
        cache_size: int = 0,
    ) -> None:
        """Nothing is asked before the first text.

        Args:
            model: its name, as the endpoint and the database know it.
            api_key: gives the key, when it is first needed.
            base_url: of the endpoint, with its /v1; None is OpenAI.
            dimensions: length of the vectors, for models that can shorten them; None is the model's own.
            wants: what stands before the texts; None is what models of this name want.
            batch: texts in one request at most.
            timeout: seconds for one request.
            cache_size: embeddings of queries kept in process; 0 keeps none.
        """
        self.model = model
        self._api_key = api_key
        self._base_url = base_url
        self._wanted = dimensions
        self._prefixes = prefixes(model) if wants is None else wants
        self._batch = batch
        self._timeout = timeout
        self._width = dimensions
        self._paused_until = 0.0
        self._cached = lru_cache(cache_size)(self._query)

    @property
    def dimensions(self) -> int:
        """Length of each vector: as it was wanted, or as the endpoint gives it; raises as `embed` does."""
        if self._width is None:
            self._width = len(self._query(_PROBE))
        return self._width

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """One unit vector per text, in the order of the texts.

        Raises:
            EmbedderUnavailable: the endpoint does not answer, or not as an endpoint of embeddings does.
        """
        vectors: list[Vector] = []
        while len(vectors) < len(texts):
            some = texts[len(vectors) : len(vectors) + self._batch]
            vectors += self._embed([self._prefixes.passage + text for text in some])
        return vectors

    def embed_query(self, text: str) -> Vector:
        """The unit vector of a question; raises as `embed` does, and for a while after that without asking."""
        return self._cached(text) if len(text) <= _MAX_CACHED else self._query(text)

    def close(self) -> None:
        """Closes the connections to the endpoint."""
        if "_client" in self.__dict__:
            self._client.close()

    def _query(self, text: str) -> Vector:
        if time.monotonic() < self._paused_until:
            raise EmbedderUnavailable("The embedding endpoint did not answer a moment ago, and is left alone.")
        return self._embed([self._prefixes.query + text])[0]

    def _embed(self, texts: list[str]) -> list[Vector]:
        """Their vectors; what is too much for the endpoint is halved: first the batch, then a text that is alone."""
        try:
            return self._asked([text[:_LONGEST] for text in texts])
        except openai.APIStatusError as exc:
            if exc.status_code not in _REFUSALS:
                raise self._away(exc) from None
            if len(texts) > 1:
                half = len(texts) // 2
                self._batch = min(self._batch, max(1, half))
                return self._embed(texts[:half]) + self._embed(texts[half:])
            shorter = min(len(texts[0]), _LONGEST) // 2
            if shorter < _SHORTEST:
                raise _unavailable(exc) from None
            return self._embed([texts[0][:shorter]])
        except FOREIGN_ERRORS as exc:
            # Not `from exc`: its words may hold the key or what people said, and tracebacks are logged.
            raise self._away(exc) from None

    def _away(self, exc: Exception) -> EmbedderUnavailable:
        # Not where it refuses a text: one odd question must not take the meaning from all others.
        self._paused_until = time.monotonic() + _PAUSE_SECONDS
        return _unavailable(exc)

    def _asked(self, texts: list[str]) -> list[Vector]:
        """Asks once more where that may help at once; whoever is told to wait, or has waited, does not."""
        try:
            return self._request(texts)
        except openai.APIStatusError as exc:
            if exc.status_code < HTTPStatus.INTERNAL_SERVER_ERROR or retry_after(exc):
                raise
        except openai.APITimeoutError:
            raise
        except openai.APIConnectionError:
            pass
        return self._request(texts)

    def _request(self, texts: list[str]) -> list[Vector]:
        answer = self._client.embeddings.with_raw_response.create(
            model=self.model,
            input=[text if text.strip() else "." for text in texts],  # nothing is an error to some
            encoding_format="float",
            dimensions=self._wanted or openai.omit,
        )
        try:
            found = sorted(_Answer.model_validate_json(answer.text).data, key=lambda one: one.index)
            vectors = [_unit(one.embedding) for one in found]
        except (ValidationError, OverflowError):
            vectors = []
        if len(vectors) != len(texts) or len(set(map(len, vectors))) != 1:
            raise EmbedderUnavailable("The embedding endpoint answered no embeddings: check CAIRN_EMBEDDING_BASE_URL.")
        if self._wanted and len(vectors[0]) != self._wanted:
            raise EmbedderUnavailable(
                f"The embedding endpoint gave {len(vectors[0])} numbers, not {self._wanted}: check "
                "CAIRN_EMBEDDING_DIMENSIONS."
            )
        return vectors

    @cached_property
    def _client(self) -> openai.OpenAI:
        return client(api_key=self._api_key(), base_url=self._base_url, timeout=self._timeout)


def _unit(numbers: Sequence[float]) -> Vector:
    length = math.hypot(*numbers)
    if not 0 < length < math.inf:
        raise OverflowError
    return [number / length for number in numbers]


def _unavailable(exc: Exception) -> EmbedderUnavailable:
    """The error of ours that a foreign one means; the endpoint's own words may hold the text, or the key."""
    match exc:
        case openai.APIStatusError(status_code=401 | 403):
            said = "The embedding endpoint does not take the key: check CAIRN_EMBEDDING_API_KEY."
        case openai.APIStatusError(status_code=404):
            said = "The embedding endpoint does not know the model: check CAIRN_EMBEDDING_MODEL and its address."
        case openai.APIStatusError():
            said = f"The embedding endpoint answered {exc.status_code}."
        case _:
            said = f"The embedding endpoint does not answer ({type(exc).__name__}): check CAIRN_EMBEDDING_BASE_URL."
    return EmbedderUnavailable(said, retry_after=retry_after(exc))
