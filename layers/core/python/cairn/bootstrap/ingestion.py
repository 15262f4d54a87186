"""The service behind functions/ingest."""

from cairn.add.accept import AddMemory
from cairn.bootstrap import adapters
from cairn.events.store import PostgresEventStore
from cairn.ingest.ingest import Ingest
from cairn.ingest.sqs import IngestService
from cairn.kernel.settings import IngestSettings
from cairn.platform.database import Database
from cairn.projects.budget import Budget
from cairn.projects.embedding_costs import EmbeddingCosts
from cairn.projects.store import PostgresProjectStore


def ingest(settings: IngestSettings, *, database: Database | None = None) -> IngestService:
    """The service behind functions/ingest."""
    database = database or adapters.database(settings)
    projects = PostgresProjectStore(database)
    # Whether there is a model is not for this function to know: without one nothing is spent, so the budget holds.
    budget = Budget(projects, settings.daily_token_budget, embeds_elsewhere=settings.embeds_elsewhere)
    queue = adapters.queue(settings.consolidate_queue_url)
    embedder, charge = adapters.embedder(settings, database), EmbeddingCosts(projects).charge
    add = AddMemory(PostgresEventStore(database), queue, embedder, budget, charge=charge)
    return IngestService(Ingest(add, projects), adapters.queue(settings.ingest_queue_url))
