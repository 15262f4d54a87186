"""Learned attention: two projections per embedder, in a file beside this one that names the embedder.

A query attends to a memory by the scaled dot product of both, each projected to 64 numbers, on top of the plain one
(Vaswani et al., Attention Is All You Need, 2017; the plain product is the residual). As the memory's side is linear, it
can be moved to the query's: one vector per query, whose inner product with any memory's embedding is the logit.

benchmarks/train_attention.py learns the projections.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cairn.kernel.errors import Misconfigured
from cairn.models_ai.embed.port import Vector
from cairn.search.ranking import plain

Floats = NDArray[np.float32]
FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Projections:
    """What a query and a memory are multiplied with before they meet: 64 rows each, one column per dimension."""

    embedder: str
    query: Floats
    memory: Floats

    def __call__(self, vector: Vector) -> Vector:
        """The vector whose inner product with a memory's embedding is how the query attends to it, before softmax."""
        projected = self.query @ np.asarray(vector, dtype=np.float32)
        learned = self.memory.T @ projected / np.sqrt(np.float32(len(self.query)))
        return [float(x) for x in np.asarray(plain(vector), dtype=np.float32) + learned]


def write(path: Path, projections: Projections) -> None:
    """Writes the projections at half precision, as embeddings are kept."""
    np.savez(
        path,
        embedder=np.array(projections.embedder),
        query=projections.query.astype(np.float16),
        memory=projections.memory.astype(np.float16),
    )


def read(embedder: str, folder: Path = FOLDER) -> Projections | None:
    """The projections learned for an embedder, or None; raises Misconfigured where the file does not fit its name."""
    path = folder / f"{embedder}.npz"
    if "/" in embedder or not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as stored:
        found = Projections(str(stored["embedder"]), *(stored[k].astype(np.float32) for k in ("query", "memory")))
    if found.embedder != embedder:
        raise Misconfigured(f"{path} was learned for {found.embedder!r}, not for {embedder!r}.")
    if found.query.shape != found.memory.shape:
        raise Misconfigured(f"{path} has projections of {found.query.shape} and {found.memory.shape}.")
    return found
