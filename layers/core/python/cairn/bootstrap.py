"""The services behind the functions. With cairn.parts, the only module that names concrete adapters.

A function builds its service once, on its first event, and keeps it. Seams are keyword arguments.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from cairn import credentials, migrate, parts
from cairn.access import Role
from cairn.adapters.postgres.events import PostgresEventStore
from cairn.adapters.postgres.graph import PostgresGraphRows
from cairn.adapters.postgres.memories import PostgresMemoryStore
from cairn.adapters.postgres.projects import PostgresProjectStore
from cairn.adapters.postgres.timelines import PostgresTimelines
from cairn.db import Address, Database
from cairn.graph_ports import GraphStore
from cairn.models import Tenant
from cairn.ports import Embedder
from cairn.settings import (
    AddMemorySettings,
    AuthorizeSettings,
    ConsolidateSettings,
    GraphSyncSettings,
    IngestSettings,
    MaintainSettings,
    MigrateSettings,
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
from cairn.usecases.events import ReadEvents, RedriveEvent, WaitForEvent
from cairn.usecases.graph_channel import GraphChannel
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
    wait: WaitForEvent
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
    database = database or parts.database(settings)
    embedder = parts.embedder(settings, database)
    events, queue = PostgresEventStore(database), parts.queue(settings.consolidate_queue_url)
    memories, projects = PostgresMemoryStore(database), PostgresProjectStore(database)
    budget = Budget(projects, settings.daily_token_budget)
    rows, tell, graph = PostgresGraphRows(database), parts.tell_graph(settings, database), parts.graph(settings)
    add = AddMemory(events, queue, embedder, budget if settings.has_model else None, tell)
    context = BuildContext(memories, embedder, parts.token_counter(settings.tokenizer_dir))
    return AddMemoryService(
        add=add,
        wait=WaitForEvent(events),
        change=ChangeMemories(memories, embedder, tell),
        import_memories=ImportMemories(events, embedder, tell),
        chat=Chat(parts.llm(settings), context, add, projects, budget),
        projects=Projects(projects, budget),
        redrive=RedriveEvent(events, queue),
        redrive_graph=RedriveGraph(rows, tell),
        rebuild_graph=RebuildGraph(rows, graph, tell),
        sync_memory=lambda tenant, memory_id: GraphSync(rows, graph()).one(tenant, memory_id),
        keys=Keys(projects),
    )


def search(settings: SearchSettings, *, database: Database | None = None) -> SearchService:
    """The service behind functions/search."""
    database = database or parts.database(settings)
    projects = PostgresProjectStore(database)
    queue = parts.queue(settings.consolidate_queue_url)
    embedder = parts.embedder(settings, database, cache_size=settings.query_cache_size)
    memories = PostgresMemoryStore(database, exact_rows=settings.exact_rows)
    graph, rows, timelines = parts.graph(settings), PostgresGraphRows(database), PostgresTimelines(database)
    read = ReadMemories(memories, embedder, parts.attention(settings, embedder))
    return SearchService(
        memories=read,
        count_accesses=CountAccesses(memories, now, seconds=settings.accesses_after_seconds),
        context=BuildContext(memories, embedder, parts.token_counter(settings.tokenizer_dir)),
        events=ReadEvents(PostgresEventStore(database)),
        projects=Projects(projects, Budget(projects, settings.daily_token_budget)),
        keys=Keys(projects),
        health=lambda: health({"database": projects.check, "queue": queue.depth}),
        graph=ReadGraph(graph, timelines, now),
        near=GraphChannel(parts.graph_around(settings), now, seconds=settings.graph_search_timeout_seconds),
        timelines=ReadTimelines(timelines, memories, read),
        rerank=Rerank(parts.reranker(settings)),
        drift=GraphDrift(rows, graph),
        graph_waiting=rows.waiting,
    )


def consolidate(
    settings: ConsolidateSettings, *, database: Database | None = None, embedder: Embedder | None = None
) -> ConsolidateService:
    """The service behind functions/consolidate; `embedder` is a seam for tests."""
    database = database or parts.database(settings)
    events = PostgresEventStore(database)
    embedder = embedder or parts.embedder(settings, database)
    return ConsolidateService(
        consolidate=Consolidate(
            events, PostgresMemoryStore(database), embedder, parts.llm(settings), index_messages=settings.index_messages
        ),
        events=events,
        queue=parts.queue(settings.consolidate_queue_url),
        max_receives=settings.max_receives,
        tell_graph=parts.tell_graph(settings, database),
    )


def graph_sync(
    settings: GraphSyncSettings, *, database: Database | None = None, graph: GraphStore | None = None
) -> GraphSyncService:
    """The service behind functions/graph_sync; `graph` is a seam for tests."""
    rows = PostgresGraphRows(database or parts.database(settings))
    return GraphSyncService(
        sync=GraphSync(rows, graph or parts.graph(settings)()),
        rows=rows,
        queue=parts.graph_queue(settings.graph_queue_url),
        max_receives=settings.max_receives,
    )


def ingest(settings: IngestSettings, *, database: Database | None = None) -> IngestService:
    """The service behind functions/ingest."""
    database = database or parts.database(settings)
    projects = PostgresProjectStore(database)
    # Whether there is a model is not for this function to know: without one nothing is spent, so the budget holds.
    budget = Budget(projects, settings.daily_token_budget)
    queue = parts.queue(settings.consolidate_queue_url)
    add = AddMemory(PostgresEventStore(database), queue, parts.embedder(settings, database), budget)
    return IngestService(Ingest(add, projects), parts.queue(settings.ingest_queue_url))


def authorize(settings: AuthorizeSettings, *, database: Database | None = None) -> Authorize:
    """The service behind functions/authorize."""
    return Authorize(PostgresProjectStore(database or parts.database(settings)))


def maintain(settings: MaintainSettings, *, database: Database | None = None) -> Callable[[bool], Maintained]:
    """The service behind functions/maintain: called with True it sends everything unfinished again at once."""
    database = database or parts.database(settings)
    letters = parts.queue(settings.graph_dlq_url) if settings.graph_queue_url and settings.graph_dlq_url else None
    run = Maintain(
        PostgresEventStore(database),
        PostgresMemoryStore(database),
        parts.queue(settings.consolidate_queue_url),
        parts.queue(settings.consolidate_dlq_url),
        SweepGraph(PostgresGraphRows(database), parts.tell_graph(settings, database), letters),
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
