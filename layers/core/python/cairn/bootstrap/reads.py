"""The service behind functions/search: every read of the API."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cairn import parts
from cairn.adapters.postgres import embedding_model
from cairn.adapters.postgres.events import PostgresEventStore
from cairn.adapters.postgres.graph import PostgresGraphRows
from cairn.adapters.postgres.memories import PostgresMemoryStore
from cairn.adapters.postgres.projects import PostgresProjectStore
from cairn.adapters.postgres.timelines import PostgresTimelines
from cairn.bootstrap import now
from cairn.db import Database
from cairn.models import Tenant
from cairn.reembedding import Models
from cairn.settings import SearchSettings
from cairn.subgraph import Waiting
from cairn.usecases.accesses import CountAccesses
from cairn.usecases.budget import Budget
from cairn.usecases.context import BuildContext
from cairn.usecases.embedding_costs import EmbeddingCosts
from cairn.usecases.events import ReadEvents
from cairn.usecases.graph_channel import GraphChannel
from cairn.usecases.graph_reading import ReadGraph
from cairn.usecases.graph_upkeep import GraphDrift
from cairn.usecases.health import health
from cairn.usecases.keys import Keys
from cairn.usecases.memories import ReadMemories
from cairn.usecases.projects import Projects
from cairn.usecases.rerank import Rerank
from cairn.usecases.timelines import ReadTimelines


@dataclass(frozen=True, slots=True)
class SearchService:
    """Every read of the API."""

    memories: ReadMemories
    context: BuildContext
    count_accesses: CountAccesses
    events: ReadEvents
    projects: Projects
    keys: Keys
    health: Callable[[], dict[str, str]]
    embedding_models: Callable[[], Models | None]
    graph: ReadGraph
    near: GraphChannel
    timelines: ReadTimelines
    rerank: Rerank
    drift: GraphDrift
    graph_waiting: Callable[[Tenant], Waiting]
    clock: Callable[[], datetime] = now


def search(settings: SearchSettings, *, database: Database | None = None) -> SearchService:
    """The service behind functions/search."""
    database = database or parts.database(settings)
    projects = PostgresProjectStore(database)
    queue = parts.queue(settings.consolidate_queue_url)
    embedder = parts.embedder(settings, database, cache_size=settings.query_cache_size)
    memories = PostgresMemoryStore(database, exact_rows=settings.exact_rows)
    graph, rows, timelines = parts.graph(settings), PostgresGraphRows(database), PostgresTimelines(database)
    charge = EmbeddingCosts(projects).charge
    read = ReadMemories(memories, embedder, parts.attention(settings), charge)
    return SearchService(
        memories=read,
        count_accesses=CountAccesses(memories, now, is_on=settings.count_accesses),
        context=BuildContext(memories, embedder, parts.token_counter(settings.tokenizer_dir), charge),
        events=ReadEvents(PostgresEventStore(database)),
        projects=Projects(projects, Budget(projects, settings.daily_token_budget)),
        keys=Keys(projects),
        health=lambda: health({"database": projects.check, "queue": queue.depth}),
        embedding_models=lambda: embedding_model.state(database),
        graph=ReadGraph(graph, timelines, now),
        near=GraphChannel(parts.graph_around(settings), timelines, now, seconds=settings.graph_search_timeout_seconds),
        timelines=ReadTimelines(timelines, memories, read),
        rerank=Rerank(parts.reranker(settings)),
        drift=GraphDrift(rows, graph),
        graph_waiting=rows.waiting,
    )
