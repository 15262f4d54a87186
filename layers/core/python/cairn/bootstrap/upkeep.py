"""The service behind functions/maintain."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache

from cairn import parts
from cairn.adapters.postgres.events import PostgresEventStore
from cairn.adapters.postgres.graph import PostgresGraphRows
from cairn.adapters.postgres.long_texts import PostgresLongTexts
from cairn.adapters.postgres.memories import PostgresMemoryStore
from cairn.bootstrap import now, reembedding
from cairn.db import Database
from cairn.observability import logger
from cairn.settings import MaintainSettings
from cairn.usecases.fill_passages import FillPassages
from cairn.usecases.graph_upkeep import SweepGraph
from cairn.usecases.maintain import Maintain, Maintained


def maintain(settings: MaintainSettings, *, database: Database | None = None) -> Callable[[bool], Maintained]:
    """The service behind functions/maintain: called with True it sends everything unfinished again at once.

    One run at a time does something: of another, which a slow one overlaps, the queue has not answered.
    """
    database = database or parts.database(settings)
    letters = parts.queue(settings.graph_dlq_url) if settings.graph_queue_url and settings.graph_dlq_url else None
    run = Maintain(
        PostgresEventStore(database),
        PostgresMemoryStore(database),
        parts.queue(settings.consolidate_queue_url),
        parts.queue(settings.consolidate_dlq_url),
        SweepGraph(PostgresGraphRows(database), parts.tell_graph(settings, database), letters),
        FillPassages(PostgresLongTexts(database), cache(lambda: parts.embedder(settings, database))),
        expired_days=settings.expired_days,
        reembed=reembedding.step_by_step(settings, database),
    )
    unsent = timedelta(seconds=settings.unsent_after_seconds)
    unfinished = timedelta(seconds=settings.unfinished_after_seconds)

    def once(resend_all: bool) -> Maintained:
        with database.alone("maintain") as is_alone:
            if is_alone:
                return full(resend_all)
        logger.warning("another run is at work, the next one comes", action="maintain.overlaps")
        return Maintained(queue_answered=False)

    def full(resend_all: bool) -> Maintained:
        settled = now() - timedelta(seconds=settings.settled_after_seconds)
        if resend_all:
            return run(unsent_after=timedelta(), unfinished_after=timedelta(), settled=settled)
        return run(unsent_after=unsent, unfinished_after=unfinished, settled=settled)

    return once
