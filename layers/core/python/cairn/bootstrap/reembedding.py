"""Changing the embedding model of a database: by an operator at a terminal, and step by step in upkeep."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from typing import Final

from cairn.bootstrap import adapters
from cairn.embeddings.reembed import Reembed
from cairn.embeddings.store import PostgresReembedding
from cairn.kernel.errors import DatabaseUnavailable, EmbeddingModelChanged, Misconfigured
from cairn.kernel.settings import EmbedderSettings
from cairn.kernel.usage import TokenUsage, total, watched
from cairn.platform.database import Database

NO_NEXT = "Set CAIRN_NEXT_EMBEDDER to the embedder that is wanted, here and in every function that embeds."
ALONE: Final = "reembed"
"""Name of the lock of whoever embeds: not upkeep's own, which would wait for a change that takes hours."""
_TRIES = 60  # at an exchange that long transactions stand in the way of, a second between them


def both(settings: EmbedderSettings, database: Database) -> tuple[Reembed, Reembed]:
    """The way back, to the embedder that is set up first, and the way on, to the next one; raises Misconfigured."""
    following = adapters.next_embedder(settings)
    if following is None:
        raise Misconfigured(NO_NEXT)
    store = PostgresReembedding(database)
    return Reembed(store, adapters.bare_embedder(settings)), Reembed(store, following)


def drop(settings: EmbedderSettings) -> None:
    """Drops the vectors that are not in use."""
    with closing(adapters.database(settings)) as database:
        PostgresReembedding(database).end()


def change(
    settings: EmbedderSettings, *, undo: bool, rows_a_second: float | None, progress: Callable[[int, int], None]
) -> Iterator[str]:
    """Embeds every row anew and exchanges the vectors, while the service runs; yields what is done.

    `progress` is called with the rows done and, about, the rows there are. Safe to run again after it was cut short.
    """
    with closing(adapters.database(settings)) as database:
        back, on = both(settings, database)
        wanted = back if undo else on
        if wanted.is_in_use:
            yield f"the database is of {wanted.model} already"
            return
        wanted.begin()
        with watched() as spent:
            try:
                rows = _filled(wanted, database, rows_a_second, progress)
            except BaseException:
                if price := _price(spent):
                    yield f"stopped before the end{price}"
                raise
        yield f"{wanted.model}: {rows} rows embedded{_price(spent)}"
        yield f"searches and writes use {wanted.model} from now on; the vectors before are kept until --drop"


def _price(spent: Sequence[TokenUsage]) -> str:
    """What it cost where an endpoint embedded: that is the deployment's, and no project's budget."""
    tokens, dollars = total(spent)
    return f", {tokens:,} tokens, ${dollars:,.4f}" if tokens else ""


def _filled(
    wanted: Reembed, database: Database, rows_a_second: float | None, progress: Callable[[int, int], None]
) -> int:
    every, done, tries = PostgresReembedding(database).rows(), 0, 0
    began = time.monotonic()
    while True:
        if rows := wanted.step():
            done += rows
            progress(done, max(every, done))
            if rows_a_second:
                time.sleep(max(0, began + done / rows_a_second - time.monotonic()))
        elif exchanged(wanted, last=tries == _TRIES):
            return done
        else:
            tries += 1


def exchanged(wanted: Reembed, *, last: bool = False) -> bool:
    """Whether the vectors are in use now; a transaction that takes long, or a row that has just come, may forbid it.

    Raises:
        DatabaseUnavailable: the `last` time.
    """
    if last:
        return wanted.exchange()
    with suppress(DatabaseUnavailable):
        return wanted.exchange()
    time.sleep(1)
    return False


def step_by_step(settings: EmbedderSettings, database: Database) -> Callable[[float], int]:
    """Upkeep's part: for so many seconds it embeds what has no vector of the other model; returns how many rows.

    Nothing where no other embedder is set up, the database has no room for its vectors, or an operator's task embeds.
    """
    if settings.of_next() is None:
        return lambda _: 0

    def run(seconds: float) -> int:
        with database.alone(ALONE) as is_alone:
            return embed(time.monotonic() + seconds) if is_alone else 0

    def embed(until: float) -> int:
        done = 0
        with suppress(EmbeddingModelChanged):  # somebody at a terminal was quicker
            for one in both(settings, database):
                while one.is_begun and time.monotonic() < until and (rows := one.step()):
                    done += rows
        return done

    return run
