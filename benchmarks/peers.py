"""The systems that are compared, as a client of each sees them."""

from __future__ import annotations

import hashlib
import logging
import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from benchmarks.connection import Target, answered
from benchmarks.crew import TOP_K, Peer

if TYPE_CHECKING:
    import httpx

DIMENSIONS: Final = 384
COLLECTION: Final = "memories"


class CairnPeer:
    """Cairn over HTTP."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def search(self, query: str, user: str) -> list[str]:
        """The users of the rows."""
        body = {"query": query, "filters": {"user_id": user}, "top_k": TOP_K, "threshold": 0}
        answer = answered(self._client.post("/v3/memories/search/", json=body))
        return [row["user_id"] for row in cast("list[dict[str, str]]", answer["results"])]

    def add(self, texts: Sequence[str], user: str) -> None:
        """Verbatim, so that the answer comes when the memories are stored."""
        body = {"messages": _messages(texts), "user_id": user, "infer": False, "allow_duplicates": True}
        answered(self._client.post("/v3/memories/add/", json=body))


@dataclass(frozen=True, slots=True)
class ConnectCairn:
    """Connects a client to Cairn."""

    target: Target

    def __call__(self) -> Peer:
        """The client, with a connection that stays open."""
        return CairnPeer(self.target.client())


class Mem0Peer:
    """mem0ai's own Memory, in process."""

    def __init__(self, memory: Any) -> None:
        self._memory = memory

    def search(self, query: str, user: str) -> list[str]:
        """The users of the rows."""
        found = self._memory.search(query, filters={"user_id": user}, top_k=TOP_K, threshold=0.0)
        return [row["user_id"] for row in found["results"]]

    def add(self, texts: Sequence[str], user: str) -> None:
        """Without inference, which would ask a model."""
        self._memory.add(_messages(texts), user_id=user, infer=False)


def _messages(texts: Sequence[str]) -> list[dict[str, str]]:
    return [{"role": "user", "content": text} for text in texts]


@dataclass(frozen=True, slots=True)
class ConnectMem0:
    """Makes mem0's Memory on a Postgres and an endpoint that embeds; its own files go into a folder."""

    database_url: str
    embeddings_url: str
    folder: Path

    def __call__(self) -> Peer:
        """One Memory of its own."""
        return Mem0Peer(self.memory())

    def memory(self) -> Any:
        """The library as its documentation sets it up, with its HNSW index."""
        # Read when it is imported; otherwise it would report to its makers and write to the home folder.
        os.environ["MEM0_TELEMETRY"] = "False"
        os.environ["MEM0_DIR"] = str(self.folder)
        from mem0 import Memory

        logging.getLogger("mem0").setLevel(logging.ERROR)  # each process would warn that there is no spaCy
        made = cast("Any", Memory)
        endpoint = {"api_key": "none", "openai_base_url": self.embeddings_url}
        return made.from_config(
            {
                "vector_store": {
                    "provider": "pgvector",
                    "config": {
                        "connection_string": self.database_url,
                        "collection_name": COLLECTION,
                        "embedding_model_dims": DIMENSIONS,
                        "hnsw": True,
                    },
                },
                "embedder": {"provider": "openai", "config": {"model": "all-MiniLM-L6-v2", **endpoint}},
                "llm": {"provider": "openai", "config": endpoint},  # never called
                "history_db_path": str(self.folder / f"history-{os.getpid()}.db"),
            }
        )


def mem0_rows(texts: Sequence[str], users: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What mem0ai 2.2.1 writes beside the vector for an add without inference."""
    now = datetime.now(UTC).isoformat()
    for text, user in zip(texts, users, strict=True):
        yield {
            "user_id": user,
            "role": "user",
            "data": text,
            "hash": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
            "created_at": now,
            "updated_at": now,
            "text_lemmatized": text,  # as it is without spaCy
        }


def mem0_ids(count: int) -> list[str]:
    """New ids of the kind that mem0 gives."""
    return [str(uuid.uuid4()) for _ in range(count)]
