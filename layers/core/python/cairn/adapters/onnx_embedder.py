"""The bundled embedding model: all-MiniLM-L6-v2, int8, on onnxruntime. Nothing is downloaded."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from cairn.errors import Misconfigured
from cairn.models import Vector

_MAX_TOKENS: Final = 256  # the length the model was trained to
_MAX_CHARACTERS: Final = 4_000  # far more than 256 tokens of any text, and little work for the tokenizer
_BATCH: Final = 8


class OnnxEmbedder:
    """Mean of the token vectors over the attended positions, scaled to length 1 (384 numbers)."""

    model = "all-MiniLM-L6-v2-int8"
    dimensions = 384

    def __init__(self, folder: Path, *, threads: int = 2, cache_size: int = 0) -> None:
        """Loads the model.

        Args:
            folder: where model.onnx and tokenizer.json lie.
            threads: threads of one inference.
            cache_size: embeddings of single texts (queries) kept in process; 0 keeps none.

        Raises:
            Misconfigured: the folder does not hold the model.
        """
        for name in ("model.onnx", "tokenizer.json"):
            if not (folder / name).is_file():
                raise Misconfigured(f"The embedding model is missing: no {name} in {folder} (CAIRN_EMBEDDER_DIR).")
        runtime: Any = onnxruntime
        options: Any = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning threads would take the core that Postgres needs next.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = runtime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_MAX_TOKENS)
        self._tokenizer.no_padding()
        self._cached = lru_cache(cache_size)(self._embed_one)

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """One unit vector per text, in the order of the texts."""
        if len(texts) == 1:
            return [self._cached(texts[0])]
        encodings = self._tokenizer.encode_batch([t[:_MAX_CHARACTERS] for t in texts])
        # Padding costs as much as text: batches of like length, small ones.
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        vectors: list[Vector] = [()] * len(texts)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            for i, vector in zip(batch, self._run([encodings[i].ids for i in batch]), strict=True):
                vectors[i] = vector
        return vectors

    def _embed_one(self, text: str) -> Vector:
        return self._run([self._tokenizer.encode(text[:_MAX_CHARACTERS]).ids])[0]

    def _run(self, ids: Sequence[Sequence[int]]) -> list[Vector]:
        longest = max(map(len, ids))
        tokens = np.zeros((len(ids), longest), dtype=np.int64)
        mask = np.zeros((len(ids), longest), dtype=np.int64)
        for row, row_ids in enumerate(ids):
            tokens[row, : len(row_ids)] = row_ids
            mask[row, : len(row_ids)] = 1
        hidden: Any = self._session.run(None, {"input_ids": tokens, "attention_mask": mask})[0]
        weights = mask[:, :, None].astype(np.float32)
        mean: Any = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        unit: Any = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return [tuple(row) for row in unit.tolist()]
