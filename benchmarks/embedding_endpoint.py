"""The bundled embedding model behind OpenAI's wire format on loopback, for systems that ask an endpoint for vectors.

It keeps nothing: every text is embedded when it is asked for.

    python -m benchmarks.embedding_endpoint 8090
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import uvicorn

from benchmarks.embeddings import MODEL
from benchmarks.service import REPOSITORY
from cairn.models_ai.embed.minilm import OnnxEmbedder
from local.postgres import free_port

_Receive = Callable[[], Awaitable[Mapping[str, Any]]]
_Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class Endpoint:
    """An ASGI application with one route, POST /v1/embeddings; texts are embedded in threads, as many as cores."""

    def __init__(self) -> None:
        self._embedder = OnnxEmbedder(MODEL, threads=os.cpu_count() or 1, cache_size=0)

    async def __call__(self, scope: Mapping[str, Any], receive: _Receive, send: _Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        body = b""
        while (message := await receive()).get("more_body"):
            body += message.get("body", b"")
        asked = json.loads(body + message.get("body", b"") or b"{}")
        answer = await asyncio.to_thread(self.answer, asked)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one request's JSON; `input` is a text or a list of them."""
        given = cast("str | list[str]", asked.get("input") or [])
        vectors = self._embedder.embed([given] if isinstance(given, str) else given) if given else []
        rows = [{"object": "embedding", "index": i, "embedding": list(v)} for i, v in enumerate(vectors)]
        usage = {"prompt_tokens": 0, "total_tokens": 0}
        return {"object": "list", "model": self._embedder.model, "data": rows, "usage": usage}


@contextmanager
def running(log: Path) -> Generator[str]:
    """The endpoint in a process of its own; gives its base URL, which ends in /v1."""
    port = free_port()
    with log.open("w") as output:
        command = [sys.executable, "-m", "benchmarks.embedding_endpoint", str(port)]
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=output, stderr=subprocess.STDOUT)
        url = f"http://127.0.0.1:{port}/v1"
        try:
            while not _answers(url):
                if process.poll() is not None:
                    raise SystemExit(f"The embedding endpoint did not start (log: {log}).")
                time.sleep(0.1)
            yield url
        finally:
            process.terminate()
            process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.post(f"{url}/embeddings", json={"input": "ready?"}, timeout=10).is_success
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    # httptools, as behind the gateway of the one-machine run.
    uvicorn.run(Endpoint(), host="127.0.0.1", port=int(sys.argv[1]), http="httptools", log_level="warning")  # pyright: ignore[reportArgumentType]
