"""The service behind functions/search: every read of the API."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cairn.auth.keys import Keys
from cairn.auth.store import PostgresKeyStore
from cairn.bootstrap import adapters
from cairn.embeddings import model_in_use
from cairn.embeddings.types import Models
from cairn.events.read import ReadEvents
from cairn.events.store import PostgresEventStore
from cairn.graph.channel import GraphChannel
from cairn.graph.read import ReadGraph
from cairn.graph.rows import PostgresGraphRows
from cairn.graph.timeline_store import PostgresTimelines
from cairn.graph.timelines import ReadTimelines
from cairn.graph.types import Waiting
from cairn.graph.upkeep import GraphDrift
from cairn.kernel.clock import now
from cairn.kernel.settings import SearchSettings
from cairn.kernel.tenancy import Tenant
from cairn.memories.read import ReadMemories
from cairn.memories.store import PostgresMemoryStore
from cairn.platform.database import Database
from cairn.platform.health import health
from cairn.projects.budget import Budget
from cairn.projects.embedding_costs import EmbeddingCosts
from cairn.projects.projects import Projects
from cairn.projects.store import PostgresProjectStore
from cairn.search.context import BuildContext
from cairn.search.hit_counts import CountHits
from cairn.search.rerank import Rerank
from cairn.search.search import Search
from cairn.search.store import PostgresSearchStore


@dataclass(frozen=True, slots=True)
class SearchService:
    """Every read of the API."""

    search: Search
    memories: ReadMemories
    context: BuildContext
    count_hits: CountHits
    events: ReadEvents
    projects: Projects
    keys: Keys
    health: Callable[[], dict[str, str]]
    embedding_models: Callable[[], Models | None]
    graph: ReadGraph
    timelines: ReadTimelines
    drift: GraphDrift
    graph_waiting: Callable[[Tenant], Waiting]
    clock: Callable[[], datetime] = now


def search(settings: SearchSettings, *, database: Database | None = None) -> SearchService:
    """The service behind functions/search."""
    database = database or adapters.database(settings)
    projects, rows = PostgresProjectStore(database), PostgresGraphRows(database)
    queue, graph = adapters.queue(settings.consolidate_queue_url), adapters.graph(settings)
    timelines, store = PostgresTimelines(database), PostgresSearchStore(database, exact_rows=settings.exact_rows)
    count = CountHits(store, now, is_on=settings.count_accesses)
    find = Search(
        store,
        adapters.embedder(settings, database, cache_size=settings.query_cache_size),
        attention=adapters.attention(settings),
        near=GraphChannel(
            adapters.graph_neighbours(settings), timelines, now, seconds=settings.graph_search_timeout_seconds
        ),
        rerank=Rerank(adapters.reranker(settings)),
        count=count,
        charge=EmbeddingCosts(projects).charge,
    )
    return SearchService(
        search=find,
        memories=ReadMemories(PostgresMemoryStore(database)),
        context=BuildContext(find, store, adapters.token_counter(settings.tokenizer_dir)),
        count_hits=count,
        events=ReadEvents(PostgresEventStore(database)),
        projects=Projects(projects, Budget(projects, settings.daily_token_budget)),
        keys=Keys(PostgresKeyStore(database)),
        health=lambda: health({"database": projects.check, "queue": queue.depth}),
        embedding_models=lambda: model_in_use.state(database),
        graph=ReadGraph(graph, timelines, now),
        timelines=ReadTimelines(timelines, find, store),
        drift=GraphDrift(rows, graph),
        graph_waiting=rows.waiting,
    )
