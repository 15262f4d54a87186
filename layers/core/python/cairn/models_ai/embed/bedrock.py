"""Embeddings of Amazon Bedrock: Titan Text Embeddings v2, and Cohere Embed v3 and v4."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, ClassVar, Final

from botocore.exceptions import NoCredentialsError, NoRegionError
from pydantic import BaseModel, Field, ValidationError

from cairn.kernel.errors import CairnError, EmbedderUnavailable, Misconfigured
from cairn.models_ai.bedrock_client import (
    FOREIGN_ERRORS,
    NO_ACCESS,
    NO_MODEL,
    NOT_TAKEN,
    client,
    code_of,
    retry_after,
    status_of,
    words_of,
)
from cairn.models_ai.embed.endpoint import Answered, EndpointEmbedder, Refused
from cairn.models_ai.embed.port import Vector

_TRIES: Final = 2  # they share the time of one, so that no search waits longer than for another endpoint
_AT_A_TIME: Final = 8  # requests, where a model takes one text in each
_TOKENS: Final = "x-amzn-bedrock-input-token-count"  # Cohere's models count nowhere else
_WRONG_SETTING: Final = re.compile(r"model identifier|on-demand throughput|inference profile|dimension", re.IGNORECASE)


class _TitanAnswer(BaseModel):
    embedding: list[float]
    inputTextTokenCount: int = 0


class _ByType(BaseModel):
    float: list[list[float]]


class _Billed(BaseModel):
    input_tokens: int = 0


class _Meta(BaseModel):
    billed_units: _Billed = Field(default_factory=_Billed)


class _CohereAnswer(BaseModel):
    embeddings: _ByType | list[list[float]]
    meta: _Meta = Field(default_factory=_Meta)


@dataclass(frozen=True, slots=True)
class _Family:
    """How models are asked: texts in a request, characters of each, widths of a vector, the request and its answer."""

    at_once: int
    longest: int
    widths: tuple[int, ...]
    body: Callable[..., dict[str, Any]]
    read: Callable[[bytes], Answered]


def _titan_body(texts: Sequence[str], dimensions: int | None, *, as_query: bool) -> dict[str, Any]:
    return {"inputText": texts[0], "normalize": True} | ({"dimensions": dimensions} if dimensions else {})


def _titan_answer(body: bytes) -> Answered:
    answer = _TitanAnswer.model_validate_json(body)
    return Answered([answer.embedding], answer.inputTextTokenCount)


def _cohere_v3_body(
    texts: Sequence[str], dimensions: int | None, *, as_query: bool, cut: str = "END"
) -> dict[str, Any]:
    kind = "search_query" if as_query else "search_document"
    return {"texts": list(texts), "input_type": kind, "truncate": cut, "embedding_types": ["float"]}


def _cohere_v4_body(texts: Sequence[str], dimensions: int | None, *, as_query: bool) -> dict[str, Any]:
    body = _cohere_v3_body(texts, dimensions, as_query=as_query, cut="RIGHT")
    return body | ({"output_dimension": dimensions} if dimensions else {})


def _cohere_answer(body: bytes) -> Answered:
    answer = _CohereAnswer.model_validate_json(body)
    found = answer.embeddings.float if isinstance(answer.embeddings, _ByType) else answer.embeddings
    return Answered(found, answer.meta.billed_units.input_tokens)


_COHERE_V3: Final = _Family(96, 2_048, (1_024,), _cohere_v3_body, _cohere_answer)
_FAMILIES: Final[Mapping[str, _Family]] = {
    # It takes 8,192 tokens, and cuts nothing off by itself.
    "amazon.titan-embed-text-v2": _Family(1, 24_000, (256, 512, 1_024), _titan_body, _titan_answer),
    "cohere.embed-english-v3": _COHERE_V3,
    "cohere.embed-multilingual-v3": _COHERE_V3,
    "cohere.embed-v4": _Family(96, 24_000, (256, 512, 1_024, 1_536), _cohere_v4_body, _cohere_answer),
}
"""By the beginning of the model's id, wherever that stands in the id or ARN of an inference profile."""


class BedrockEmbedder(EndpointEmbedder):
    """Asks for vectors by InvokeModel, signed with the role of the function."""

    where: ClassVar[str] = "CAIRN_EMBEDDING_MODEL"

    def __init__(
        self,
        *,
        model: str,
        region: str | None = None,
        dimensions: int | None = None,
        batch: int = 96,
        timeout: float = 10,
        cache_size: int = 0,
        price: float = 0,
    ) -> None:
        """Nothing is asked before the first text.

        Args:
            model: id or ARN of the model or of an inference profile; the database knows the model, not the profile.
            region: where Bedrock is asked; None is the function's own.
            dimensions: length of the vectors, one that the model has; None is the model's own.
            batch: texts in one request at most, of a model that takes several.
            timeout: seconds for one request and its repetition.
            cache_size: embeddings of queries kept in process; 0 keeps none.
            price: dollars per million tokens.

        Raises:
            Misconfigured: it is no model that this knows how to ask, or has no such width.
        """
        name, self._family = _known(model)
        if dimensions and dimensions not in self._family.widths:
            widths = ", ".join(map(str, self._family.widths))
            raise Misconfigured(f"CAIRN_EMBEDDING_DIMENSIONS of {name} may be {widths}, not {dimensions}.")
        most = min(batch, self._family.at_once) if self._family.at_once > 1 else batch
        super().__init__(
            model=name,
            dimensions=dimensions,
            batch=most,
            cache_size=cache_size,
            price=price,
            longest=self._family.longest,
        )
        self._id = model
        self._region = region
        self._timeout = timeout

    def close(self) -> None:
        """Closes the connections to Bedrock."""
        if "_client" in self.__dict__:
            self._client.close()

    def _embed(self, texts: list[str], *, as_query: bool) -> list[Vector]:
        if len(texts) < 2 or self._family.at_once > 1:
            return super()._embed(texts, as_query=as_query)
        one = partial(EndpointEmbedder._embed, self, as_query=as_query)
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            # In copies of this context, in which somebody may watch what is spent.
            asked = [pool.submit(copy_context().run, one, [text]) for text in texts]
            try:
                return [vector for answer in asked for vector in answer.result()]
            except CairnError:
                pool.shutdown(cancel_futures=True)
                raise

    def _asked(self, texts: Sequence[str], *, as_query: bool) -> Answered:
        body = json.dumps(self._family.body(texts, self._wanted, as_query=as_query))
        try:
            answer = self._client.invoke_model(modelId=self._id, body=body, contentType="application/json")
            read, headers = answer["body"].read(), answer["ResponseMetadata"]["HTTPHeaders"]
        except FOREIGN_ERRORS as exc:
            # Not `from exc`: its words may hold what people said, and tracebacks are logged.
            raise _error(exc) from None
        try:
            found = self._family.read(read)
        except ValidationError:
            return Answered([])
        return found if found.tokens else replace(found, tokens=_count(headers.get(_TOKENS)))

    @cached_property
    def _client(self) -> Any:
        return client(region=self._region, timeout=self._timeout / _TRIES, tries=_TRIES, connections=_AT_A_TIME)


def _known(model: str) -> tuple[str, _Family]:
    """The model's own id, without what names a profile of it, and how it is asked."""
    for beginning, family in _FAMILIES.items():
        if beginning in model:
            return model[model.index(beginning) :], family
    raise Misconfigured(
        f"CAIRN_EMBEDDING_MODEL {model!r} is none of those that can be asked of Bedrock: {', '.join(_FAMILIES)}, "
        "or an inference profile that has such a name in its own."
    )


def _count(header: str | None) -> int:
    return int(header) if header and header.isdecimal() else 0


def _error(exc: Exception) -> Exception:
    """The error of ours that one of Bedrock or botocore means."""
    code, status = code_of(exc), status_of(exc)
    if wrong := _wrong(exc, code):
        return Misconfigured(f"{wrong} Bedrock said {code}.")
    said = f"The embedding endpoint answered {status}" if status else "The embedding endpoint does not answer"
    away = EmbedderUnavailable(f"{said} ({code}).", retry_after=retry_after(exc))
    return Refused(away) if code == NOT_TAKEN else away


def _wrong(exc: Exception, code: str) -> str | None:
    """What to look at where no waiting mends it."""
    if code in NO_ACCESS or isinstance(exc, NoCredentialsError):
        return "The role may not use CAIRN_EMBEDDING_MODEL: check its policy, and the account's access to the model."
    if code == NO_MODEL or isinstance(exc, NoRegionError):
        return "There is no such model: check CAIRN_EMBEDDING_MODEL and CAIRN_BEDROCK_REGION."
    if code == NOT_TAKEN and _WRONG_SETTING.search(words_of(exc)):
        return "Check CAIRN_EMBEDDING_MODEL, which may have to be an inference profile, and CAIRN_EMBEDDING_DIMENSIONS."
    return None
