"""The service behind functions/add_memory: every write of the API."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cairn.add.accept import AddMemory
from cairn.add.import_memories import ImportMemories
from cairn.auth.keys import Keys
from cairn.auth.store import PostgresKeyStore
from cairn.bootstrap import adapters
from cairn.chat.chat import Chat
from cairn.erasure.scopes import Erase
from cairn.erasure.store import PostgresErasures
from cairn.events.read import WaitForEvent
from cairn.events.redrive import RedriveEvent
from cairn.events.store import PostgresEventStore
from cairn.graph.rows import PostgresGraphRows
from cairn.graph.sync import GraphSync, Synced
from cairn.graph.upkeep import RebuildGraph, RedriveGraph
from cairn.kernel.clock import now
from cairn.kernel.settings import AddMemorySettings
from cairn.kernel.tenancy import Tenant
from cairn.memories.change import ChangeMemories
from cairn.memories.store import PostgresMemoryStore
from cairn.platform.database import Database
from cairn.projects.budget import Budget
from cairn.projects.embedding_costs import EmbeddingCosts
from cairn.projects.projects import Projects
from cairn.projects.store import PostgresProjectStore
from cairn.search.context import BuildContext
from cairn.search.search import Search
from cairn.search.store import PostgresSearchStore


@dataclass(frozen=True, slots=True)
class AddMemoryService:
    """Every write of the API."""

    add: AddMemory
    wait: WaitForEvent
    change: ChangeMemories
    erase: Erase
    import_memories: ImportMemories
    chat: Chat
    projects: Projects
    redrive: RedriveEvent
    redrive_graph: RedriveGraph
    rebuild_graph: RebuildGraph
    sync_memory: Callable[[Tenant, UUID], Synced]
    keys: Keys
    clock: Callable[[], datetime] = now


def add_memory(settings: AddMemorySettings, *, database: Database | None = None) -> AddMemoryService:
    """The service behind functions/add_memory."""
    database = database or adapters.database(settings)
    embedder = adapters.embedder(settings, database)
    events, queue = PostgresEventStore(database), adapters.queue(settings.consolidate_queue_url)
    memories, projects = PostgresMemoryStore(database), PostgresProjectStore(database)
    elsewhere, charge = settings.embeds_elsewhere, EmbeddingCosts(projects).charge
    budget = Budget(projects, settings.daily_token_budget, embeds_elsewhere=elsewhere)
    rows, tell, graph = PostgresGraphRows(database), adapters.tell_graph(settings, database), adapters.graph(settings)
    add = AddMemory(events, queue, embedder, budget if settings.has_model or elsewhere else None, tell, charge)
    store = PostgresSearchStore(database)
    search = Search(store, embedder, charge=charge)
    context = BuildContext(search, store, adapters.token_counter(settings.tokenizer_dir))
    return AddMemoryService(
        add=add,
        wait=WaitForEvent(events),
        change=ChangeMemories(memories, embedder, tell, charge),
        erase=Erase(PostgresErasures(database), events, queue, tell),
        import_memories=ImportMemories(events, embedder, tell, charge),
        chat=Chat(adapters.llm(settings), context, add, projects, budget),
        projects=Projects(projects, budget),
        redrive=RedriveEvent(events, queue),
        redrive_graph=RedriveGraph(rows, tell),
        rebuild_graph=RebuildGraph(rows, graph, tell),
        sync_memory=lambda tenant, memory_id: GraphSync(rows, graph).one(tenant, memory_id),
        keys=Keys(PostgresKeyStore(database)),
    )
