"""The only module that names concrete adapters. A function builds its service once, on its first event, and keeps it.

Seams are keyword arguments.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from cairn import credentials, migrate
from cairn.access import Role
from cairn.adapters.postgres.events import PostgresEventStore
from cairn.adapters.postgres.graph import PostgresGraphRows
from cairn.adapters.postgres.memories import PostgresMemoryStore
from cairn.adapters.postgres.projects import PostgresProjectStore
from cairn.adapters.postgres.timelines import PostgresTimelines
from cairn.db import Address, Database
from cairn.errors import Misconfigured, NoGraph
from cairn.graph_ports import GraphAround, GraphStore
from cairn.models import Tenant
from cairn.ports import Embedder, Llm, Reranker
from cairn.ranking import Attention, composite
from cairn.settings import (
    AddMemorySettings,
    AuthorizeSettings,
    ConsolidateSettings,
    DatabaseSettings,
    EmbedderSettings,
    GraphQueueSettings,
    GraphSettings,
    GraphSyncSettings,
    IngestSettings,
    MaintainSettings,
    MigrateSettings,
    ModelSettings,
    ScoringSettings,
    SearchSettings,
)
from cairn.subgraph import Waiting
from cairn.usecases.accesses import CountAccesses
from cairn.usecases.add_memory import AddMemory
from cairn.usecases.authorize import Authorize
from cairn.usecases.budget import Budget
from cairn.usecases.chat import Chat
from cairn.usecases.consolidate import Consolidate
from cairn.usecases.context import BuildContext
from cairn.usecases.events import ReadEvents, RedriveEvent
from cairn.usecases.graph_channel import GraphChannel
from cairn.usecases.graph_outbox import TellGraph
from cairn.usecases.graph_reading import ReadGraph
from cairn.usecases.graph_sync import GraphSync, Synced
from cairn.usecases.graph_upkeep import GraphDrift, RebuildGraph, RedriveGraph, SweepGraph
from cairn.usecases.health import health
from cairn.usecases.import_memories import ImportMemories
from cairn.usecases.ingest import Ingest
from cairn.usecases.keys import Keys
from cairn.usecases.maintain import Maintain, Maintained
from cairn.usecases.memories import ChangeMemories, ReadMemories
from cairn.usecases.projects import Projects
from cairn.usecases.rerank import Rerank
from cairn.usecases.timelines import ReadTimelines

if TYPE_CHECKING:
    from cairn.adapters.sqs import SqsGraphQueue, SqsQueue


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class AddMemoryService:
    """Every write of the API."""

    add: AddMemory
    change: ChangeMemories
    import_memories: ImportMemories
    chat: Chat
    projects: Projects
    redrive: RedriveEvent
    redrive_graph: RedriveGraph
    rebuild_graph: RebuildGraph
    sync_memory: Callable[[Tenant, UUID], Synced]
    keys: Keys
    clock: Callable[[], datetime] = now


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
    graph: ReadGraph
    near: GraphChannel
    timelines: ReadTimelines
    rerank: Rerank
    drift: GraphDrift
    graph_waiting: Callable[[Tenant], Waiting]
    clock: Callable[[], datetime] = now


@dataclass(frozen=True, slots=True)
class ConsolidateService:
    """The queue consumer: the use case, its failures and its backoff."""

    consolidate: Consolidate
    events: PostgresEventStore
    queue: "SqsQueue"
    max_receives: int
    tell_graph: Callable[[Tenant], int] = lambda _: 0


@dataclass(frozen=True, slots=True)
class GraphSyncService:
    """The consumer of the graph's queue: the use case, its failures and its backoff."""

    sync: GraphSync
    rows: PostgresGraphRows
    queue: "SqsGraphQueue"
    max_receives: int


@dataclass(frozen=True, slots=True)
class IngestService:
    """The consumer of adds from other systems, and the queue they wait in."""

    ingest: Ingest
    queue: "SqsQueue"
    clock: Callable[[], datetime] = now


def add_memory(settings: AddMemorySettings, *, database: Database | None = None) -> AddMemoryService:
    """The service behind functions/add_memory."""
    database = database or _database(settings)
    embedder = _embedder(settings, database)
    events, queue = PostgresEventStore(database), _queue(settings.consolidate_queue_url)
    memories, projects = PostgresMemoryStore(database), PostgresProjectStore(database)
    budget = Budget(projects, settings.daily_token_budget)
    rows, tell, graph = PostgresGraphRows(database), _tell_graph(settings, database), _graph(settings)
    add = AddMemory(events, queue, embedder, budget if settings.has_model else None, tell)
    context = BuildContext(memories, embedder, _token_counter(settings.tokenizer_dir))
    return AddMemoryService(
        add=add,
        change=ChangeMemories(memories, embedder, tell),
        import_memories=ImportMemories(events, embedder, tell),
        chat=Chat(_llm(settings), context, add, projects, budget),
        projects=Projects(projects, budget),
        redrive=RedriveEvent(events, queue),
        redrive_graph=RedriveGraph(rows, tell),
        rebuild_graph=RebuildGraph(rows, graph, tell),
        sync_memory=lambda tenant, memory_id: GraphSync(rows, graph()).one(tenant, memory_id),
        keys=Keys(projects),
    )


def search(settings: SearchSettings, *, database: Database | None = None) -> SearchService:
    """The service behind functions/search."""
    database = database or _database(settings)
    projects = PostgresProjectStore(database)
    queue = _queue(settings.consolidate_queue_url)
    embedder = _embedder(settings, database, cache_size=settings.query_cache_size)
    memories = PostgresMemoryStore(database, exact_rows=settings.exact_rows)
    graph, rows, timelines = _graph(settings), PostgresGraphRows(database), PostgresTimelines(database)
    read = ReadMemories(memories, embedder, _attention(settings, embedder))
    return SearchService(
        memories=read,
        count_accesses=CountAccesses(memories, now, seconds=settings.accesses_after_seconds),
        context=BuildContext(memories, embedder, _token_counter(settings.tokenizer_dir)),
        events=ReadEvents(PostgresEventStore(database)),
        projects=Projects(projects, Budget(projects, settings.daily_token_budget)),
        keys=Keys(projects),
        health=lambda: health({"database": projects.check, "queue": queue.depth}),
        graph=ReadGraph(graph, timelines, now),
        near=GraphChannel(_graph_around(settings), now, seconds=settings.graph_search_timeout_seconds),
        timelines=ReadTimelines(timelines, memories, read),
        rerank=Rerank(_reranker(settings)),
        drift=GraphDrift(rows, graph),
        graph_waiting=rows.waiting,
    )


def consolidate(
    settings: ConsolidateSettings, *, database: Database | None = None, embedder: Embedder | None = None
) -> ConsolidateService:
    """The service behind functions/consolidate; `embedder` is a seam for tests."""
    database = database or _database(settings)
    events = PostgresEventStore(database)
    embedder = embedder or _embedder(settings, database)
    return ConsolidateService(
        consolidate=Consolidate(events, PostgresMemoryStore(database), embedder, _llm(settings)),
        events=events,
        queue=_queue(settings.consolidate_queue_url),
        max_receives=settings.max_receives,
        tell_graph=_tell_graph(settings, database),
    )


def graph_sync(
    settings: GraphSyncSettings, *, database: Database | None = None, graph: GraphStore | None = None
) -> GraphSyncService:
    """The service behind functions/graph_sync; `graph` is a seam for tests."""
    rows = PostgresGraphRows(database or _database(settings))
    return GraphSyncService(
        sync=GraphSync(rows, graph or _graph(settings)()),
        rows=rows,
        queue=_graph_queue(settings.graph_queue_url),
        max_receives=settings.max_receives,
    )


def ingest(settings: IngestSettings, *, database: Database | None = None) -> IngestService:
    """The service behind functions/ingest."""
    database = database or _database(settings)
    projects = PostgresProjectStore(database)
    # Whether there is a model is not for this function to know: without one nothing is spent, so the budget holds.
    budget = Budget(projects, settings.daily_token_budget)
    queue = _queue(settings.consolidate_queue_url)
    add = AddMemory(PostgresEventStore(database), queue, _embedder(settings, database), budget)
    return IngestService(Ingest(add, projects), _queue(settings.ingest_queue_url))


def authorize(settings: AuthorizeSettings, *, database: Database | None = None) -> Authorize:
    """The service behind functions/authorize."""
    return Authorize(PostgresProjectStore(database or _database(settings)))


def maintain(settings: MaintainSettings, *, database: Database | None = None) -> Callable[[bool], Maintained]:
    """The service behind functions/maintain: called with True it sends everything unfinished again at once."""
    database = database or _database(settings)
    letters = _queue(settings.graph_dlq_url) if settings.graph_queue_url and settings.graph_dlq_url else None
    run = Maintain(
        PostgresEventStore(database),
        PostgresMemoryStore(database),
        _queue(settings.consolidate_queue_url),
        _queue(settings.consolidate_dlq_url),
        SweepGraph(PostgresGraphRows(database), _tell_graph(settings, database), letters),
        expired_days=settings.expired_days,
    )
    unsent = timedelta(seconds=settings.unsent_after_seconds)
    unfinished = timedelta(seconds=settings.unfinished_after_seconds)

    def once(resend_all: bool) -> Maintained:
        settled = now() - timedelta(seconds=settings.settled_after_seconds)
        if resend_all:
            return run(unsent_after=timedelta(), unfinished_after=timedelta(), settled=settled)
        return run(unsent_after=unsent, unfinished_after=unfinished, settled=settled)

    return once


def run_migrations(settings: MigrateSettings) -> list[str]:
    """Applies the migrations and sets up the application's login role; returns what was applied."""
    owner_url = credentials.owner_url(settings)
    role, password = credentials.app_login(settings)
    applied = migrate.migrate(owner_url)
    migrate.ensure_app_role(owner_url, role, password)
    return applied


def create_project(database_url: str | Address, name: str) -> tuple[str, str]:
    """A new project and its first admin key: (project id, key). `database_url` is the application role's."""
    with closing(Database(database_url)) as database:
        projects = PostgresProjectStore(database)
        project_id = projects.create_project(name)
        _, secret = Keys(projects).create(Tenant(project_id), name="first key", role=Role.ADMIN, now=now())
    return str(project_id), secret


def _database(settings: DatabaseSettings) -> Database:
    return Database(credentials.database_address(settings), prepare_threshold=settings.prepare_threshold)


def _queue(url: str) -> "SqsQueue":
    # boto3 is slow to import, and the authorizer, which every request waits for, needs no queue.
    from cairn.adapters.sqs import SqsQueue

    return SqsQueue(url)


def _graph_queue(url: str) -> "SqsGraphQueue":
    from cairn.adapters.sqs import SqsGraphQueue

    return SqsGraphQueue(url)


def _tell_graph(settings: GraphQueueSettings, database: Database) -> TellGraph:
    url = settings.graph_queue_url
    return TellGraph(PostgresGraphRows(database), _graph_queue(url) if url else None)


def _graph(settings: GraphSettings) -> Callable[[], GraphStore]:
    """Connects on the first call; raises NoGraph where none is set up."""

    @cache
    def connect() -> GraphStore:
        known = _graph_settings(settings)
        # The driver is slow to import, and most requests never ask the graph.
        from cairn.adapters.neo4j.store import connected

        return connected(known, _renewed_login(settings))

    return connect


def _graph_around(settings: SearchSettings) -> Callable[[], GraphAround]:
    """As `_graph`, for a search: it has connections of its own, which wait for a moment only."""

    @cache
    def connect() -> GraphAround:
        known = _graph_settings(settings)
        from cairn.adapters.neo4j.around import Neo4jAround
        from cairn.adapters.neo4j.store import address_of

        return Neo4jAround(address_of(known, settings.graph_search_timeout_seconds, _renewed_login(settings)))

    return connect


def _graph_settings(settings: GraphSettings) -> GraphSettings:
    if not settings.neo4j_uri and not settings.neo4j_secret_arn:
        raise NoGraph("No graph is set up; set CAIRN_NEO4J_URI or CAIRN_NEO4J_SECRET_ARN.")
    return credentials.graph(settings)


def _renewed_login(settings: GraphSettings) -> Callable[[], tuple[str, str]] | None:
    if not settings.neo4j_secret_arn:
        return None

    def read_again() -> tuple[str, str]:
        renewed = credentials.graph(settings, fresh=True)
        return renewed.neo4j_user, renewed.neo4j_password.get_secret_value()

    return read_again


@cache
def _token_counter(directory: Path) -> Callable[[str], int]:
    # The vocabulary is read when the first context block is built, by no other request, and once in a process.
    from cairn.adapters.tiktoken_counter import TiktokenCounter

    return TiktokenCounter(directory).count


def _llm(settings: ModelSettings) -> Llm | None:
    if not settings.has_model:
        return None
    # Where no model is set up, its client is not even imported.
    from cairn.adapters.openai_llm import OpenAiLlm

    return OpenAiLlm(
        model=settings.llm_model,
        api_key=credentials.openai_key(settings),
        base_url=settings.openai_base_url,
        timeout=settings.llm_timeout_seconds,
        price_in=settings.llm_price_in,
        price_out=settings.llm_price_out,
    )


def _reranker(settings: SearchSettings) -> Reranker | None:
    if not settings.rerank_url:
        return None
    # Where there is none, its client is not even imported.
    from cairn.adapters.http_reranker import HttpReranker

    key = settings.rerank_api_key
    return HttpReranker(
        settings.rerank_url,
        model=settings.rerank_model,
        api_key=key.get_secret_value() if key else None,
        timeout=settings.rerank_timeout_seconds,
    )


def _embedder(settings: EmbedderSettings, database: Database, *, cache_size: int = 0) -> Embedder:
    embedder = _loaded_model(settings.embedder_dir, settings.embedder_threads, cache_size)
    with database.session() as connection:
        row = connection.execute("SELECT model, dimensions FROM cairn.embedding_model").fetchone()
    if row is None or (row["model"], row["dimensions"]) != (embedder.model, embedder.dimensions):
        raise Misconfigured(
            f"The database holds embeddings of {row}, this deployment makes those of {embedder.model}: use that model."
        )
    return embedder


@cache
def _loaded_model(folder: Path, threads: int, cache_size: int) -> Embedder:
    # Only the functions that embed carry the layer with onnxruntime and the model, which is loaded once in a process.
    from cairn.adapters.onnx_embedder import OnnxEmbedder

    return OnnxEmbedder(folder, threads=threads, cache_size=cache_size)


def _attention(settings: ScoringSettings, embedder: Embedder) -> Attention:
    from cairn.adapters import attention  # numpy comes with the embedder's layer

    weights = composite(
        settings.scoring_attention,
        settings.scoring_similarity,
        settings.scoring_recency,
        settings.scoring_importance,
    )
    projections = attention.read(embedder.model, embedder.dimensions)
    return Attention(weights, projections, settings.scoring_half_life_hours, settings.scoring_distillation)
