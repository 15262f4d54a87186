"""The service behind functions/consolidate."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cairn import parts
from cairn.adapters.postgres.erasing import PostgresErasures
from cairn.adapters.postgres.events import PostgresEventStore
from cairn.adapters.postgres.memories import PostgresMemoryStore
from cairn.db import Database
from cairn.models import Tenant
from cairn.ports import Embedder
from cairn.retries import POLICY, RetryPolicy
from cairn.settings import ConsolidateSettings
from cairn.usecases.consolidate import Consolidate
from cairn.usecases.erasing import Erase

if TYPE_CHECKING:
    from cairn.adapters.sqs import SqsQueue


@dataclass(frozen=True, slots=True)
class ConsolidateService:
    """The queue consumer: the use case, and what its failures are handled with."""

    consolidate: Consolidate
    erase: Erase
    events: PostgresEventStore
    queue: "SqsQueue"
    max_receives: int
    tell_graph: Callable[[Tenant, int], int] = lambda _, __: 0
    policy: RetryPolicy = POLICY


def consolidate(
    settings: ConsolidateSettings, *, database: Database | None = None, embedder: Embedder | None = None
) -> ConsolidateService:
    """The service behind functions/consolidate; `embedder` is a seam for tests."""
    database = database or parts.database(settings)
    events = PostgresEventStore(database)
    embedder = embedder or parts.embedder(settings, database)
    queue, tell = parts.queue(settings.consolidate_queue_url), parts.tell_graph(settings, database)
    return ConsolidateService(
        consolidate=Consolidate(
            events, PostgresMemoryStore(database), embedder, parts.llm(settings), index_messages=settings.index_messages
        ),
        erase=Erase(PostgresErasures(database), events, queue, tell),
        events=events,
        queue=queue,
        max_receives=settings.max_receives,
        tell_graph=tell,
    )
