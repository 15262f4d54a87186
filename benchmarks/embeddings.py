"""Embeddings of many texts by the bundled model, on every core, kept in files so that they are computed once.

The texts of a set are numbered and each depends on its number alone, so that a larger set begins with a smaller one and
an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from cairn.models_ai.embed.minilm import OnnxEmbedder

MODEL: Final = Path(__file__).resolve().parent.parent / "layers" / "embedder"
WORK: Final = Path(tempfile.gettempdir()) / "cairn-benchmarks"
"""Where benchmarks keep what they can use again."""
CHUNK: Final = 1_000
# As the database stores them; a half takes half the room.
Halves = NDArray[np.float16]
TextOf = Callable[[int], str]
_embedder: OnnxEmbedder | None = None


def embeddings(name: str, text_of: TextOf, count: int, *, folder: Path, console: Console) -> Halves:
    """One embedding a row of the texts 0 to count; `text_of` must be a function of a module, and `name` its set's."""
    folder = folder / f"{name}-{_model_digest()}"
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{number:05}.npy" for number in range(-(-count // CHUNK))]
    missing = [(text_of, number, file) for number, file in enumerate(files) if not file.exists()]
    if missing:
        # Spawned, because a fork would inherit the threads of the progress display.
        with multiprocessing.get_context("spawn").Pool(os.cpu_count(), _load) as pool:
            done = pool.imap_unordered(_embed_chunk, missing)
            for _ in track(done, f"embedding, {CHUNK} texts each", total=len(missing), console=console):
                pass
    found: Halves = np.concatenate([np.load(file) for file in files])
    return found[:count]


def _load() -> None:
    global _embedder
    _embedder = OnnxEmbedder(MODEL, threads=1)


def _embed_chunk(task: tuple[TextOf, int, Path]) -> None:
    text_of, number, file = task
    assert _embedder is not None
    texts = [text_of(index) for index in range(number * CHUNK, (number + 1) * CHUNK)]
    vectors: Any = np.array([_embedder.embed([text])[0] for text in texts], dtype=np.float16)
    unfinished = file.with_suffix(".new.npy")
    np.save(unfinished, vectors)
    unfinished.replace(file)


def _model_digest() -> str:
    return hashlib.sha256((MODEL / "model.onnx").read_bytes()).hexdigest()[:8]
