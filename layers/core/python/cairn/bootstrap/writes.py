"""The service behind functions/add_memory: every write of the API."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cairn import parts
from cairn.adapters.postgres.erasing import PostgresErasures
from cairn.adapters.postgres.events import PostgresEventStore
from cairn.adapters.postgres.graph import PostgresGraphRows
from cairn.adapters.postgres.memories import PostgresMemoryStore
from cairn.adapters.postgres.projects import PostgresProjectStore
from cairn.bootstrap import now
from cairn.db import Database
from cairn.models import Tenant
from cairn.settings import AddMemorySettings
from cairn.usecases.add_memory import AddMemory
from cairn.usecases.budget import Budget
from cairn.usecases.chat import Chat
from cairn.usecases.context import BuildContext
from cairn.usecases.embedding_costs import EmbeddingCosts
from cairn.usecases.erasing import Erase
from cairn.usecases.events import RedriveEvent, WaitForEvent
from cairn.usecases.graph_sync import GraphSync, Synced
from cairn.usecases.graph_upkeep import RebuildGraph, RedriveGraph
from cairn.usecases.import_memories import ImportMemories
from cairn.usecases.keys import Keys
from cairn.usecases.memories import ChangeMemories
from cairn.usecases.projects import Projects


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
    database = database or parts.database(settings)
    embedder = parts.embedder(settings, database)
    events, queue = PostgresEventStore(database), parts.queue(settings.consolidate_queue_url)
    memories, projects = PostgresMemoryStore(database), PostgresProjectStore(database)
    elsewhere, charge = settings.embeds_elsewhere, EmbeddingCosts(projects).charge
    budget = Budget(projects, settings.daily_token_budget, embeds_elsewhere=elsewhere)
    rows, tell, graph = PostgresGraphRows(database), parts.tell_graph(settings, database), parts.graph(settings)
    add = AddMemory(events, queue, embedder, budget if settings.has_model or elsewhere else None, tell, charge)
    context = BuildContext(memories, embedder, parts.token_counter(settings.tokenizer_dir), charge)
    return AddMemoryService(
        add=add,
        wait=WaitForEvent(events),
        change=ChangeMemories(memories, embedder, tell, charge),
        erase=Erase(PostgresErasures(database), events, queue, tell),
        import_memories=ImportMemories(events, embedder, tell, charge),
        chat=Chat(parts.llm(settings), context, add, projects, budget),
        projects=Projects(projects, budget),
        redrive=RedriveEvent(events, queue),
        redrive_graph=RedriveGraph(rows, tell),
        rebuild_graph=RebuildGraph(rows, graph, tell),
        sync_memory=lambda tenant, memory_id: GraphSync(rows, graph).one(tenant, memory_id),
        keys=Keys(projects),
    )
