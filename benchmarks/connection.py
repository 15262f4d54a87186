"""How a benchmark reaches the service it measures."""

from __future__ import annotations

import argparse
import json
import math
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx

# A batch of adds embeds many texts on few cores.
TIMEOUT_SECONDS = 120.0
_SHOWN_ANSWER = 300


@dataclass(frozen=True, slots=True)
class Target:
    """Where the service listens and the key it knows us by."""

    url: str
    api_key: str

    def client(self) -> httpx.Client:
        """Open a client that keeps its connection."""
        headers = {"Authorization": f"Token {self.api_key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=TIMEOUT_SECONDS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --url and --api-key to a command."""
    parser.add_argument("--url", help="address of the service (default: the one running on this machine)")
    parser.add_argument("--api-key", help="API key, a writer's at least (default: that of the service on this machine)")


def reach(arguments: argparse.Namespace) -> Target:
    """Find the service and make sure it answers; end the command with one clear line where it does not."""
    url, api_key = cast("str | None", arguments.url), cast("str | None", arguments.api_key)
    if url is None or api_key is None:
        local = _running_here()
        url, api_key = url or local["url"], api_key or local["api_key"]
    target = Target(url.rstrip("/"), api_key)
    try:
        with target.client() as client:
            answer = client.get("/v1/ping/")
    except httpx.HTTPError as exc:
        raise SystemExit(f"No service answers at {target.url} ({exc}). Start one with: make run") from exc
    if not answer.is_success:
        raise SystemExit(f"{target.url} refuses the key: {answer.status_code} {answer.text[:_SHOWN_ANSWER]}")
    return target


def _running_here() -> dict[str, str]:
    path = Path(os.environ.get("CAIRN_LOCAL_DIR", ".local")) / "local.json"
    try:
        found = cast("dict[str, str]", json.loads(path.read_text()))
        return {"url": found["url"], "api_key": found["api_key"]}
    except (OSError, ValueError, KeyError) as exc:
        raise SystemExit(f"No service runs here (no {path}). Start one with: make run, or name it with --url.") from exc


def answered(answer: httpx.Response) -> dict[str, object]:
    """Take the JSON of a successful answer; end the command with one clear line on any other."""
    if not answer.is_success:
        request = answer.request
        raise SystemExit(
            f"{request.method} {request.url.path} answered {answer.status_code}: {answer.text[:_SHOWN_ANSWER]}"
        )
    return cast("dict[str, object]", answer.json())


@contextmanager
def no_traceback() -> Generator[None]:
    """End the command with one clear line when the service stops answering."""
    try:
        yield
    except httpx.HTTPError as exc:
        raise SystemExit(f"The service no longer answers: {exc!r}") from exc
    except KeyboardInterrupt as exc:
        raise SystemExit("Stopped.") from exc


def percentile(values: list[float], share: float) -> float:
    """Take the value that this share of the values does not exceed, by nearest rank."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
