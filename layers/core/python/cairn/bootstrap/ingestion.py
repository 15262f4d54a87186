"""The service behind functions/ingest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cairn import parts
from cairn.adapters.postgres.events import PostgresEventStore
from cairn.adapters.postgres.projects import PostgresProjectStore
from cairn.bootstrap import now
from cairn.db import Database
from cairn.retries import POLICY, RetryPolicy
from cairn.settings import IngestSettings
from cairn.usecases.add_memory import AddMemory
from cairn.usecases.budget import Budget
from cairn.usecases.embedding_costs import EmbeddingCosts
from cairn.usecases.ingest import Ingest

if TYPE_CHECKING:
    from cairn.adapters.sqs import SqsQueue


@dataclass(frozen=True, slots=True)
class IngestService:
    """The consumer of adds from other systems, and the queue they wait in."""

    ingest: Ingest
    queue: "SqsQueue"
    clock: Callable[[], datetime] = now
    policy: RetryPolicy = POLICY


def ingest(settings: IngestSettings, *, database: Database | None = None) -> IngestService:
    """The service behind functions/ingest."""
    database = database or parts.database(settings)
    projects = PostgresProjectStore(database)
    # Whether there is a model is not for this function to know: without one nothing is spent, so the budget holds.
    budget = Budget(projects, settings.daily_token_budget, embeds_elsewhere=settings.embeds_elsewhere)
    queue = parts.queue(settings.consolidate_queue_url)
    embedder, charge = parts.embedder(settings, database), EmbeddingCosts(projects).charge
    add = AddMemory(PostgresEventStore(database), queue, embedder, budget, charge=charge)
    return IngestService(Ingest(add, projects), parts.queue(settings.ingest_queue_url))
