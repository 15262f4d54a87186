"""The bundled embedding model: all-MiniLM-L6-v2, int8, on onnxruntime. Nothing is downloaded."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from cairn.kernel.errors import Misconfigured
from cairn.models_ai.embed.port import Vector

_MAX_TOKENS: Final = 256  # the length the model was trained to
_MAX_CHARACTERS: Final = 4_000  # far more than 256 tokens of any text, and little work for the tokenizer
_MAX_CACHED: Final = 500  # characters: ten thousand cached queries take some 40 MB at most


class OnnxEmbedder:
    """Mean of the token vectors of a text, scaled to length 1 (384 numbers)."""

    model = "all-MiniLM-L6-v2-int8"
    dimensions = 384

    def __init__(self, folder: Path, *, threads: int = 2, cache_size: int = 0) -> None:
        """Loads the model.

        Args:
            folder: where model.onnx and tokenizer.json lie.
            threads: texts embedded at a time.
            cache_size: embeddings of single texts (queries) kept in process; 0 keeps none.

        Raises:
            Misconfigured: the folder does not hold the model.
        """
        for name in ("model.onnx", "tokenizer.json"):
            if not (folder / name).is_file():
                raise Misconfigured(f"The embedding model is missing: no {name} in {folder} (CAIRN_EMBEDDER_DIR).")
        runtime: Any = onnxruntime
        options: Any = runtime.SessionOptions()
        options.intra_op_num_threads = 1  # texts run beside each other instead
        options.inter_op_num_threads = 1
        self._session: Any = runtime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._tokenizer.no_padding()
        self._pool = ThreadPoolExecutor(threads)
        self._cached = lru_cache(cache_size)(self._embed_one)

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """One unit vector per text, in the order of the texts.

        Texts are never batched: int8 activations are scaled by the largest of a batch, so that a text's vector would
        depend on its neighbours (cosine 0.99 to itself), and padding costs as much as text.
        """
        if len(texts) == 1 and len(texts[0]) <= _MAX_CACHED:
            return [self._cached(texts[0]).tolist()]
        return [vector.tolist() for vector in self._pool.map(self._embed_one, texts)]

    def embed_query(self, text: str) -> Vector:
        """Questions and what answers them are embedded alike."""
        return self.embed([text])[0]

    def _embed_one(self, text: str) -> npt.NDArray[np.float32]:
        ids = self._tokenizer.encode(text[:_MAX_CHARACTERS]).ids
        tokens = np.array([ids], dtype=np.int64)
        inputs = {"input_ids": tokens, "attention_mask": np.ones_like(tokens)}
        hidden: Any = self._session.run(None, inputs)[0][0]
        mean: Any = hidden.mean(axis=0)
        return (mean / np.linalg.norm(mean)).astype(np.float32)
