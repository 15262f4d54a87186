"""The same memories into both systems that are compared: in bulk, vectors given, statistics brought up to date."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import psycopg
from psycopg import sql
from rich.console import Console
from rich.progress import track

from benchmarks.connection import Target, answered
from benchmarks.embeddings import Halves
from benchmarks.importing import Item, import_all
from benchmarks.invented import said
from benchmarks.peers import COLLECTION, mem0_ids, mem0_rows

_BATCH: Final = 1_000
_INDEX: Final = f"{COLLECTION}_hnsw_idx"
# For the build of mem0's index alone, which is many times slower once it outgrows this; the server's own is 128 MB.
_BUILD_MEMORY: Final = "SET maintenance_work_mem = '2GB'"


def text_of(index: int) -> str:
    """The text with this number."""
    return said(Random(f"said-{index}"))


@dataclass(frozen=True, slots=True)
class Corpus:
    """So many memories of so many users, whose memories lie among each other as when all of them write."""

    vectors: Halves
    users: int

    def user(self, index: int) -> str:
        """Whose memory this is."""
        return f"user-{index % self.users}"

    def names(self) -> list[str]:
        """All users."""
        return [f"user-{number}" for number in range(self.users)]

    def items(self, first: int, end: int) -> list[Item]:
        """The memories from `first` to `end`, as Cairn's import takes them."""
        return [Item(self.user(i), text_of(i), self.vectors[i].astype(float).tolist()) for i in range(first, end)]


def load_cairn(corpus: Corpus, target: Target, owner_url: str, noted: Path, console: Console) -> None:
    """Import into Cairn."""
    import_all(target, corpus.items, 0, len(corpus.vectors), noted, console)
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE cairn.memories")
    share = len(range(0, len(corpus.vectors), corpus.users))
    with target.client() as client:
        body = {"filters": {"user_id": corpus.user(0)}}
        there = answered(client.post("/v3/memories/", params={"page_size": 1}, json=body))["count"]
    if there != share:
        raise SystemExit(f"Cairn has {there} memories of a user who should have {share}: run it with --fresh.")


def load_mem0(corpus: Corpus, memory: Any, owner_url: str, console: Console) -> float | None:
    """Insert through mem0's store into its own table; the seconds its HNSW index took, None where all was there.

    The index is dropped before and made again after by mem0's own statement: row by row it takes several times as long,
    and is the same in the end.
    """
    store: Any = memory.vector_store
    with psycopg.connect(owner_url, autocommit=True) as connection:
        count = _count(connection)
        if count < len(corpus.vectors):
            store.create_col()
            drop_index(owner_url)
            starts = range(_count(connection), len(corpus.vectors), _BATCH)
            for first in track(starts, f"inserting into mem0, {_BATCH} each", console=console):
                _insert(corpus, store, first, min(first + _BATCH, len(corpus.vectors)))
        seconds = _build(connection, store, console)
        connection.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(COLLECTION)))
    return seconds


def drop_index(owner_url: str) -> None:
    """Take mem0's HNSW index away; the next load makes it again."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP INDEX IF EXISTS {}").format(sql.Identifier(_INDEX)))


def _count(connection: psycopg.Connection[Any]) -> int:
    found = connection.execute("SELECT to_regclass(%s)", [COLLECTION]).fetchone()
    if not found or found[0] is None:
        return 0
    counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(COLLECTION))).fetchone()
    assert counted
    return int(counted[0])


def _insert(corpus: Corpus, store: Any, first: int, end: int) -> None:
    texts, users = [text_of(i) for i in range(first, end)], [corpus.user(i) for i in range(first, end)]
    vectors = corpus.vectors[first:end].astype(float).tolist()
    store.insert(vectors=vectors, payloads=list(mem0_rows(texts, users)), ids=mem0_ids(end - first))


def _build(connection: psycopg.Connection[Any], store: Any, console: Console) -> float | None:
    """Let mem0 make its indexes where they are missing."""
    found = connection.execute("SELECT to_regclass(%s)", [_INDEX]).fetchone()
    if found and found[0] is not None:
        return None
    with store.connection_pool.connection() as own:
        own.execute(_BUILD_MEMORY)
    began = time.monotonic()
    with console.status("mem0 builds its HNSW index"):
        store.create_col()
    return round(time.monotonic() - began, 1)
