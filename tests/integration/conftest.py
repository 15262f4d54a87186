"""Fixtures: the API over a real database and real queues; no process in between."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import SecretStr

from cairn.bootstrap import access, adapters, consolidation, reads, writes
from cairn.consolidate.sqs import ConsolidateService
from cairn.kernel.settings import (
    AddMemorySettings,
    AuthorizeSettings,
    ConsolidateSettings,
    EmbedderSettings,
    IngestSettings,
    MaintainSettings,
    SearchSettings,
)
from cairn.models_ai.embed.port import Embedder
from cairn.platform.database import Database
from local.sqs import Sqs
from tests import widths
from tests.conftest import TestDatabase
from tests.graph_servers import Address
from tests.integration.api import Api, Provided
from tests.integration.graphing import World, connect
from tests.integration.model import Mind, Modelled, WatchedQueue
from tests.integration.provide import Provide
from tests.integration.queues import Queues, make_queues
from tests.scripted_llm import ScriptedLlm


@dataclass
class Settings:
    """The settings of each function for one test."""

    add_memory: AddMemorySettings
    search: SearchSettings
    consolidate: ConsolidateSettings
    authorize: AuthorizeSettings
    maintain: MaintainSettings
    ingest: IngestSettings


@pytest.fixture(scope="session")
def environment(sqs: Sqs, repository: Any, pytestconfig: pytest.Config) -> Iterator[dict[str, str]]:
    """AWS variables that keep boto3 on the emulator, and those of the embedder."""
    variables = {
        "AWS_ENDPOINT_URL_SQS": sqs.endpoint,
        "AWS_ENDPOINT_URL_EVENTBRIDGE": sqs.endpoint,
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": sqs.endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "CAIRN_ENVIRONMENT": "test",
        "CAIRN_EMBEDDER_DIR": str(repository / "layers" / "embedder"),
        "CAIRN_TOKENIZER_DIR": str(repository / "layers" / "tokenizer"),
    }
    before = dict(os.environ)
    for name in (
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_BASE_URL",
        "CAIRN_LLM",
    ):  # no test asks a real model
        os.environ.pop(name, None)
    with widths.variables(pytestconfig.getoption("embedder")) as own:
        os.environ.update(variables | own)
        yield variables | own
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def real_embedder(environment: dict[str, str]) -> Embedder:
    """The embedder of the run, as a function has it."""
    return adapters.bare_embedder(EmbedderSettings(database_url=SecretStr("postgresql://")))


@pytest.fixture(scope="session")
def unit(embedding_model: tuple[str, int]) -> list[float]:
    """A vector as wide as those of the run."""
    return [1.0] + [0.0] * (embedding_model[1] - 1)


@pytest.fixture
def queues(environment: dict[str, str]) -> Queues:
    return make_queues()


@pytest.fixture
def settings(database: TestDatabase, queues: Queues) -> Settings:
    url, queue, dead = SecretStr(database.app_url), queues.url, queues.dead_letters_url
    own: dict[str, Any] = {"database_url": url}
    return Settings(
        AddMemorySettings(**own, consolidate_queue_url=queue),
        # A test's database is gone before what was found in it would be counted.
        SearchSettings(**own, consolidate_queue_url=queue, count_accesses=False),
        ConsolidateSettings(**own, consolidate_queue_url=queue),
        AuthorizeSettings(**own),
        MaintainSettings(**own, consolidate_queue_url=queue, consolidate_dlq_url=dead),
        IngestSettings(**own, consolidate_queue_url=queue, ingest_queue_url=queue),
    )


@pytest.fixture
def provide() -> Iterator[Provide]:
    """Gives handlers services of their own."""
    with ExitStack() as stack:
        yield lambda handler, service: stack.enter_context(handler.service.replaced_by(service))


@pytest.fixture
def connection(database: TestDatabase) -> Iterator[Database]:
    """The application's own connection."""
    with closing(Database(database.app_url)) as connection:
        yield connection


@pytest.fixture
def world(connection: Database, graph_address: Address) -> Iterator[World]:
    """A project of its own, and its part of the graph."""
    store = connect(graph_address)
    yield World(connection, store)
    store.close()


@pytest.fixture
def api(settings: Settings, database: TestDatabase, connection: Database, provide: Provide) -> Iterator[Api]:
    from functions.add_memory import handler as add_memory
    from functions.add_memory.routes import service as add_memory_service
    from functions.authorize import handler as authorize
    from functions.search import handler as search
    from functions.search.routes import service as search_service

    add = writes.add_memory(settings.add_memory, database=connection)
    read = reads.search(settings.search, database=connection)
    who = access.authorize(settings.authorize, database=connection)
    add_memory.app.dependency_overrides[add_memory_service] = Provided(add)
    search.app.dependency_overrides[search_service] = Provided(read)
    provide(authorize, who)
    project_id, key = access.create_project(database.app_url, "test")
    yield Api(add_memory.lambda_handler, search.lambda_handler, authorize.lambda_handler, key, project_id)
    add_memory.app.dependency_overrides.clear()
    search.app.dependency_overrides.clear()
    Provided.let_go()


@pytest.fixture
def consolidator(settings: Settings, connection: Database) -> ConsolidateService:
    return consolidation.consolidate(settings.consolidate, database=connection)


@pytest.fixture
def modelled(
    api: Api,
    settings: Settings,
    queues: Queues,
    connection: Database,
    monkeypatch: pytest.MonkeyPatch,
    provide: Provide,
) -> Iterator[Modelled]:
    """The API and the consumer with a scripted model behind them."""
    mind = Mind()
    with ScriptedLlm(mind) as llm:
        service = Modelled(api, llm, mind, queues, WatchedQueue(queues.url), settings, connection, monkeypatch, provide)
        service.set_up()
        yield service
        service.close()
