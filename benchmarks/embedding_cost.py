"""What an embedder costs a process: its import, its load, its first text, its memory, and each text after that.

It measures the process it runs in, so it is run in a fresh one; benchmarks/embedder.py does that. Texts come as a JSON
list on standard input, and the figures go to standard output.

    echo '["Where does she live?"]' | python -m benchmarks.embedding_cost minilm
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from pydantic import SecretStr

from cairn.bootstrap import adapters
from cairn.kernel.settings import EmbedderSettings
from cairn.models_ai.embed.port import Embedder

# Only what every function has imported anyway: what comes beside it here would be counted as nobody's.


def settings(embedder: str) -> EmbedderSettings:
    """The settings of a function with this embedder; an endpoint's come from the environment."""
    return EmbedderSettings.model_validate(
        {
            "environment": "benchmark",
            "database_url": SecretStr("postgresql://"),
            "embedder": embedder,
            "embedder_dir": Path(__file__).resolve().parent.parent / "layers" / "embedder",
        }
    )


def cost(embedder: str, texts: list[str]) -> dict[str, object]:
    """Seconds to load and to embed a first text, milliseconds of each text alone, and resident MB at each stage."""
    before, began, cpu = _resident_mb(), time.perf_counter(), time.process_time()
    built = adapters.bare_embedder(settings(embedder))
    loaded = time.perf_counter()
    built.embed_query("Where does she live?")
    first, cpu, ready = time.perf_counter(), time.process_time() - cpu, _resident_mb()
    each = [_milliseconds(built, text) for text in texts]
    return {
        "model": built.model,
        "dimensions": built.dimensions,
        "load_seconds": loaded - began,
        "first_seconds": first - loaded,
        "ready_cpu_seconds": cpu,
        "before_mb": before,
        "ready_mb": ready,
        "after_mb": _resident_mb(),
        "text_ms": [wall for wall, _ in each],
        "text_cpu_ms": [own for _, own in each],
    }


def _milliseconds(embedder: Embedder, text: str) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    embedder.embed([text])
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


if __name__ == "__main__":
    json.dump(cost(sys.argv[1], json.load(sys.stdin)), sys.stdout)
