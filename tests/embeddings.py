"""Vectors of the bundled model that every processor must give again, and the similarities that decide in the tests."""

import base64
import json
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import datetime
from math import acos, hypot
from pathlib import Path
from typing import Any, Final

import numpy as np

from cairn.memories.types import indexed_text
from cairn.models_ai.embed.port import Vector
from cairn.search import profiles
from cairn.search.ranking import Fit, Weights

DATA: Final = Path(__file__).parent / "data"
VECTORS: Final = DATA / "embeddings" / "vectors.jsonl"
MARGINS: Final = DATA / "embeddings" / "margins.jsonl"
MODEL: Final = Path(__file__).parents[1] / "layers" / "embedder"

SAME: Final = 0.994
"""The smallest cosine of one text's vectors on two processors: docs/decisions/0036 tells what was measured."""
TURN: Final = 2 * acos(SAME)
"""So the angle between two texts differs by no more than this between processors, in radians."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two texts whose cosine decides something in a test, and the threshold it has to be clear of."""

    one: str
    other: str
    threshold: float


def cosine(a: Vector, b: Vector) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True)) / (hypot(*a) * hypot(*b))


def angle(cosine: float) -> float:
    """In radians; rounding takes the cosine of equal vectors over 1."""
    return acos(min(1, cosine))


def weighed(model: str) -> tuple[Weights, Fit]:
    """What a search makes of the cosines of a model, as a SearchQuery takes it."""
    profile = profiles.of(model)
    return profile.weights, profile.fit("")


def read_vectors() -> dict[str, Vector]:
    """The fixed texts, each with its vector of 384 numbers."""
    rows = [json.loads(line) for line in VECTORS.read_text().splitlines()]
    return {row["text"]: np.frombuffer(base64.b64decode(row["vector"]), dtype="<f2").tolist() for row in rows}


def write_vectors(vectors: dict[str, Vector]) -> None:
    """Half precision costs less than a millionth of a cosine."""
    encoded = {text: base64.b64encode(np.array(v, dtype="<f2").tobytes()).decode() for text, v in vectors.items()}
    _write(VECTORS, ({"text": text, "vector": vector} for text, vector in encoded.items()))


def read_margins() -> dict[Compared, float]:
    """What is compared, each with the cosine that was measured."""
    rows = [json.loads(line) for line in MARGINS.read_text().splitlines()]
    return {Compared(row["one"], row["other"], row["threshold"]): row["cosine"] for row in rows}


def write_margins(measured: dict[Compared, float]) -> None:
    names = ("one", "other", "threshold")
    rows = [dict(zip(names, astuple(pair), strict=True)) | {"cosine": round(c, 3)} for pair, c in measured.items()]
    _write(MARGINS, rows)


def compared() -> list[Compared]:
    """Every pair whose similarity decides about the outcome of a test."""
    # tests/integration/test_search.py: without a word in common the score is at most the cosine. Consolidation decides
    # by words alone.
    return [Compared("photosynthesis in chlorophyll", _said(text), 0.25) for text in _STORED]


_STORED: Final = (
    "I adopted a grey cat called Miso",
    "We drove from Porto to Lisbon in March",
    "My flight number is TP1363",
    "I play the cello in an orchestra",
    "My doctor told me to avoid peanuts",
)


def _said(text: str) -> str:
    return indexed_text(text, "user", datetime(2024, 3, 1))  # noqa: DTZ001  # only its day is told


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
