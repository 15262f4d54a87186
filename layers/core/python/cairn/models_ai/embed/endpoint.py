"""Embeddings of an endpoint, whosever it is: as much at once as it takes, not asked while it is away, and counted."""

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final

from cairn.kernel.errors import EmbedderUnavailable
from cairn.kernel.usage import EMBED, TokenUsage, note
from cairn.models_ai.embed.port import Vector

_SHORTEST: Final = 200  # characters that every model reads
_LONGEST: Final = 24_000  # characters: about what the longest input of OpenAI's and Amazon's own models holds
_MAX_CACHED: Final = 500  # characters of a query
_PROBE: Final = "How long is a vector?"
_PAUSE_SECONDS: Final = 10.0  # after a failure, in which no question is asked: searches would wait for each


class Refused(Exception):
    """The endpoint is well and does not take these texts: they are too many, or one is too long."""

    def __init__(self, error: EmbedderUnavailable) -> None:
        """`error` is what it comes to where there is nothing left to halve."""
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, slots=True)
class Answered:
    """Vectors in the order of the texts, of any length and as they came; none where the answer is none.

    `tokens` is 0 where the endpoint does not count.
    """

    vectors: Sequence[Sequence[float]]
    tokens: int = 0


class EndpointEmbedder(ABC):
    """Asks an endpoint for vectors, some texts at a time; unit vectors, whatever comes back."""

    where: ClassVar[str]
    """The setting that says who is asked."""

    def __init__(
        self, *, model: str, dimensions: int | None, batch: int, cache_size: int, price: float, longest: int = _LONGEST
    ) -> None:
        """Nothing is asked before the first text.

        Args:
            model: its name, as the database knows it.
            dimensions: length of the vectors, for models that can shorten them; None is the model's own.
            batch: texts in one request at most.
            cache_size: embeddings of queries kept in process; 0 keeps none.
            price: dollars per million tokens.
            longest: characters of one text that are sent.
        """
        self.model = model
        self._wanted = dimensions
        self._batch = batch
        self._price = price
        self._longest = longest
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
            Misconfigured: it will not answer until the settings, or what they name, are mended.
        """
        vectors: list[Vector] = []
        while len(vectors) < len(texts):
            some = texts[len(vectors) : len(vectors) + self._batch]
            vectors += self._embed(list(some), as_query=False)
        return vectors

    def embed_query(self, text: str) -> Vector:
        """The unit vector of a question; raises as `embed` does, and for a while after that without asking."""
        return self._cached(text) if len(text) <= _MAX_CACHED else self._query(text)

    @abstractmethod
    def close(self) -> None:
        """Closes the connections to the endpoint."""

    @abstractmethod
    def _asked(self, texts: Sequence[str], *, as_query: bool) -> Answered:
        """The answer to one request, none of whose texts is empty.

        Raises:
            Refused: the same texts will not be taken; fewer, or shorter ones, may be.
            EmbedderUnavailable, Misconfigured: as `embed`.
        """

    def _query(self, text: str) -> Vector:
        if time.monotonic() < self._paused_until:
            raise EmbedderUnavailable("The embedding endpoint did not answer a moment ago, and is left alone.")
        return self._embed([text], as_query=True)[0]

    def _embed(self, texts: list[str], *, as_query: bool) -> list[Vector]:
        """Their vectors; what is too much for the endpoint is halved: first the batch, then a text that is alone."""
        sent = [text[: self._longest] if text.strip() else "." for text in texts]  # nothing is an error to some
        try:
            answered = self._asked(sent, as_query=as_query)
        except Refused as exc:
            return self._halved(texts, exc, as_query=as_query)
        except EmbedderUnavailable:
            # Not where it refuses a text: one odd question must not take the meaning from all others.
            self._paused_until = time.monotonic() + _PAUSE_SECONDS
            raise
        if answered.tokens:
            note(TokenUsage(EMBED, 1, answered.tokens, 0, answered.tokens * self._price / 1_000_000))
        return self._units(answered.vectors, len(texts))

    def _halved(self, texts: list[str], refused: Refused, *, as_query: bool) -> list[Vector]:
        if len(texts) > 1:
            half = len(texts) // 2
            self._batch = min(self._batch, max(1, half))
            return self._embed(texts[:half], as_query=as_query) + self._embed(texts[half:], as_query=as_query)
        shorter = min(len(texts[0]), self._longest) // 2
        if shorter < _SHORTEST:
            raise refused.error from None
        return self._embed([texts[0][:shorter]], as_query=as_query)

    def _units(self, found: Sequence[Sequence[float]], count: int) -> list[Vector]:
        try:
            vectors = [_unit(numbers) for numbers in found]
        except OverflowError:
            vectors = []
        if len(vectors) != count or len(set(map(len, vectors))) != 1:
            raise EmbedderUnavailable(f"The embedding endpoint answered no embeddings: check {self.where}.")
        if self._wanted and len(vectors[0]) != self._wanted:
            raise EmbedderUnavailable(
                f"The embedding endpoint gave {len(vectors[0])} numbers, not {self._wanted}: check "
                "CAIRN_EMBEDDING_DIMENSIONS."
            )
        return vectors


def _unit(numbers: Sequence[float]) -> Vector:
    length = math.hypot(*numbers)
    if not 0 < length < math.inf:
        raise OverflowError
    return [number / length for number in numbers]
