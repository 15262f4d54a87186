"""Embeddings of any OpenAI-compatible endpoint: OpenAI, Ollama, vLLM, TEI, LM Studio, Infinity."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import ClassVar, Final

import openai
from pydantic import BaseModel, Field, ValidationError

from cairn.kernel.errors import EmbedderUnavailable
from cairn.models_ai.embed.endpoint import Answered, EndpointEmbedder, Refused
from cairn.models_ai.openai_client import client
from cairn.models_ai.openai_errors import FOREIGN_ERRORS, retry_after

_REFUSALS: Final = (400, 413, 422)


class _One(BaseModel):
    index: int
    embedding: list[float]


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    total_tokens: int | None = None


class _Answer(BaseModel):
    data: list[_One]
    usage: _Usage | None = Field(default_factory=_Usage)

    def answered(self) -> Answered:
        """In the order of the texts, whatever they came in."""
        usage = self.usage or _Usage()
        found = sorted(self.data, key=lambda one: one.index)
        return Answered([one.embedding for one in found], usage.prompt_tokens or usage.total_tokens or 0)


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


class OpenAiEmbedder(EndpointEmbedder):
    """Asks for vectors in OpenAI's protocol, some texts at a time."""

    where: ClassVar[str] = "CAIRN_EMBEDDING_BASE_URL"

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
        price: float = 0,
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
            price: dollars per million tokens.
        """
        super().__init__(model=model, dimensions=dimensions, batch=batch, cache_size=cache_size, price=price)
        self._api_key = api_key
        self._base_url = base_url
        self._prefixes = prefixes(model) if wants is None else wants
        self._timeout = timeout

    def close(self) -> None:
        """Closes the connections to the endpoint."""
        if "_client" in self.__dict__:
            self._client.close()

    def _asked(self, texts: Sequence[str], *, as_query: bool) -> Answered:
        before = self._prefixes.query if as_query else self._prefixes.passage
        try:
            return self._tried([before + text for text in texts])
        except openai.APIStatusError as exc:
            # Not `from exc`: its words may hold the key or what people said, and tracebacks are logged.
            if exc.status_code in _REFUSALS:
                raise Refused(_unavailable(exc)) from None
            raise _unavailable(exc) from None
        except FOREIGN_ERRORS as exc:
            raise _unavailable(exc) from None

    def _tried(self, texts: list[str]) -> Answered:
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

    def _request(self, texts: list[str]) -> Answered:
        answer = self._client.embeddings.with_raw_response.create(
            model=self.model,
            input=texts,
            encoding_format="float",
            dimensions=self._wanted or openai.omit,
        )
        try:
            return _Answer.model_validate_json(answer.text).answered()
        except ValidationError:
            return Answered([])

    @cached_property
    def _client(self) -> openai.OpenAI:
        return client(api_key=self._api_key(), base_url=self._base_url, timeout=self._timeout)


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
