"""The service behind functions/maintain."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache

from cairn.bootstrap import adapters, reembedding
from cairn.embeddings.fill_passages import FillPassages
from cairn.embeddings.long_texts import PostgresLongTexts
from cairn.erasure.store import PostgresErasures
from cairn.events.store import PostgresEventStore
from cairn.graph.rows import PostgresGraphRows
from cairn.graph.upkeep import SweepGraph
from cairn.kernel.clock import now
from cairn.kernel.observability import logger
from cairn.kernel.settings import MaintainSettings
from cairn.platform.database import Database
from cairn.search.store import PostgresSearchStore
from cairn.upkeep.maintain import Maintain, Maintained


def maintain(settings: MaintainSettings, *, database: Database | None = None) -> Callable[[bool], Maintained]:
    """The service behind functions/maintain: called with True it sends everything unfinished again at once.

    One run at a time does something: of another, which a slow one overlaps, the queue has not answered.
    """
    database = database or adapters.database(settings)
    letters = adapters.queue(settings.graph_dlq_url) if settings.graph_queue_url and settings.graph_dlq_url else None
    run = Maintain(
        PostgresEventStore(database),
        PostgresErasures(database),
        PostgresSearchStore(database),
        adapters.queue(settings.consolidate_queue_url),
        adapters.queue(settings.consolidate_dlq_url),
        SweepGraph(PostgresGraphRows(database), adapters.tell_graph(settings, database), letters),
        FillPassages(PostgresLongTexts(database), cache(lambda: adapters.embedder(settings, database))),
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
