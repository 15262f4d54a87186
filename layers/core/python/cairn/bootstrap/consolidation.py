"""The service behind functions/consolidate."""

from cairn.bootstrap import adapters
from cairn.consolidate.pipeline import Consolidate
from cairn.consolidate.sqs import ConsolidateService
from cairn.consolidate.store import PostgresFactStore
from cairn.erasure.scopes import Erase
from cairn.erasure.store import PostgresErasures
from cairn.events.store import PostgresEventStore
from cairn.kernel.settings import ConsolidateSettings
from cairn.models_ai.embed.port import Embedder
from cairn.platform.database import Database


def consolidate(
    settings: ConsolidateSettings, *, database: Database | None = None, embedder: Embedder | None = None
) -> ConsolidateService:
    """The service behind functions/consolidate; `embedder` is a seam for tests."""
    database = database or adapters.database(settings)
    events = PostgresEventStore(database)
    embedder = embedder or adapters.embedder(settings, database)
    queue, tell = adapters.queue(settings.consolidate_queue_url), adapters.tell_graph(settings, database)
    return ConsolidateService(
        consolidate=Consolidate(
            events,
            PostgresFactStore(database),
            embedder,
            adapters.llm(settings),
            index_messages=settings.index_messages,
        ),
        erase=Erase(PostgresErasures(database), events, queue, tell),
        events=events,
        queue=queue,
        max_receives=settings.max_receives,
        tell_graph=tell,
    )
