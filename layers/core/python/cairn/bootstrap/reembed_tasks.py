"""Changing the embedding model by tasks of maintain: for an operator who cannot reach the database from a terminal."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from cairn.bootstrap import adapters
from cairn.bootstrap.reembedding import ALONE, both, exchanged
from cairn.embeddings.store import PostgresReembedding
from cairn.kernel.errors import Misconfigured, Unavailable
from cairn.kernel.observability import logger
from cairn.kernel.settings import EmbedderSettings
from cairn.kernel.usage import total, watched
from cairn.platform.database import Database

TASKS: Final = ("reembed", "reembed-undo", "reembed-drop")
_KEPT_SECONDS: Final = 30  # of an invocation: for the rows at hand, or for an exchange that waits for its lock
_BUSY: Final = "Another run embeds rows just now: invoke it again."


@dataclass(slots=True)
class Progress:
    """How far a change has come.

    `model` is in use, None where nothing is embedded yet; `wanted` is the one that is changed to, None for a drop.
    `rows` were embedded by this run, for `tokens` of an endpoint and `cost_usd` by the price in the settings. `done`
    tells whether nothing is left to do, and `says` all of it in one sentence.
    """

    model: str | None = None
    wanted: str | None = None
    rows: int = 0
    tokens: int = 0
    cost_usd: float = 0
    done: bool = False
    says: str = ""


def run(settings: EmbedderSettings, task: str, seconds_left: Callable[[], float]) -> Progress:
    """Does one of TASKS for as long as there is time; what is not done is gone on with by the next run.

    `seconds_left` is asked before each step. What stands in the way is said, and not raised.
    """
    progress = Progress()
    with closing(adapters.database(settings)) as database, watched() as spent:
        run = _Run(settings, database, progress, lambda: seconds_left() > _KEPT_SECONDS)
        try:
            progress.says = run.when_alone(run.drop if task == "reembed-drop" else lambda: run.change(task))
        except (Misconfigured, Unavailable) as exc:
            logger.warning("a change of the embedding model does not go on", action="reembed.stopped", exc_info=exc)
            progress.says = str(exc)
    progress.tokens, progress.cost_usd = total(spent)
    return progress


class _Run:
    """One run, which writes into its progress; each method returns the sentence."""

    def __init__(
        self, settings: EmbedderSettings, database: Database, progress: Progress, has_time: Callable[[], bool]
    ) -> None:
        self._settings = settings
        self._database = database
        self._store = PostgresReembedding(database)
        self._progress = progress
        self._has_time = has_time

    def when_alone(self, work: Callable[[], str]) -> str:
        """Waits for upkeep, which embeds for less than a minute, or for another task."""
        while True:
            with self._database.alone(ALONE) as is_alone:
                models = self._store.models()
                self._progress.model = models.model if models else None
                if is_alone:
                    return work()
            if not self._has_time():
                return _BUSY
            time.sleep(1)

    def drop(self) -> str:
        self._store.end()
        self._progress.done = True
        return "The vectors that were not in use are gone."

    def change(self, task: str) -> str:
        back, on = both(self._settings, self._database)
        wanted, progress = (back if task == "reembed-undo" else on), self._progress
        progress.wanted = wanted.model
        if wanted.is_in_use:
            progress.done = True
            return f"The database is of {wanted.model} already."
        wanted.begin()
        while self._has_time():
            if rows := wanted.step():
                progress.rows += rows
            elif exchanged(wanted):
                progress.model, progress.done = wanted.model, True
                return f"Searches and writes use {wanted.model} from now on; the vectors before are kept until a drop."
        return f"Embedded {progress.rows} rows, of about {self._store.rows()} that there are: invoke it again."
