"""What a measurement was made on, and how busy it was meanwhile: absolute times mean little without it."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from typing import Any


def about() -> dict[str, Any]:
    """Cores, memory, versions, the moment, and the load average of the last minute."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 1e9),
        "python": platform.python_version(),
        "when": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "load_average": load_average(),
    }


def load_average() -> float:
    """Processes that wanted a core during the last minute, the benchmark's own among them."""
    return round(os.getloadavg()[0], 1)
