"""The sample events are test data: every function has some, and answers each as its name says."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from pydantic import BaseModel

from cairn.bootstrap import consolidation, ingestion, projection, upkeep
from cairn.events.message import ConsolidateMessage
from cairn.graph.message import GraphSyncMessage
from cairn.kernel.errors import Misconfigured
from cairn.kernel.ids import new_id
from cairn.kernel.settings import GraphSyncSettings
from cairn.kernel.tenancy import Tenant
from cairn.platform.database import Database
from tests.conftest import APP_PASSWORD, APP_ROLE
from tests.graph_servers import Arcade
from tests.integration.api import Api, Context
from tests.integration.conftest import Settings
from tests.integration.graphing import connect
from tests.integration.provide import Provide
from tests.integration.queues import Queues

REPOSITORY = Path(__file__).resolve().parents[3]
EVENTS = REPOSITORY / "events"
FUNCTIONS = {p.parent.name for p in (REPOSITORY / "functions").glob("*/handler.py")}
POISON = {
    "consolidate.sqs.poison.json",
    "consolidate.sqs.old_schema.json",
    "graph_sync.sqs.poison.json",
    "graph_sync.sqs.old_schema.json",
}
MESSAGES: dict[str, type[BaseModel]] = {"consolidate": ConsolidateMessage, "graph_sync": GraphSyncMessage}
SAMPLE_PROJECT = "01a1fddc-448a-7489-9d3f-4851ace50070"


def load_event(name: str) -> dict[str, Any]:
    return json.loads((EVENTS / name).read_text())


def test_every_function_has_events_and_every_event_a_function():
    assert {path.name.split(".")[0] for path in EVENTS.glob("*.json")} == FUNCTIONS


@pytest.mark.parametrize("name", sorted(p.name for p in EVENTS.glob("consolidate.sqs*.json")))
def test_every_queue_body_is_a_message_or_known_poison(name: str):
    message = MESSAGES[name.partition(".")[0]]
    for record in load_event(name)["Records"]:
        if name in POISON:
            with pytest.raises(ValueError, match="validation error"):
                message.model_validate_json(record["body"])
        else:
            message.model_validate_json(record["body"])


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("add_memory.apigw.json", 200),
        ("add_memory.apigw.verbatim.json", 200),
        ("add_memory.apigw.invalid.json", 400),
        ("add_memory.apigw.chat.json", 503),  # no model is set up
        ("search.apigw.json", 200),
        ("search.apigw.invalid.json", 400),
        ("search.apigw.context.json", 200),
        ("search.apigw.health.json", 200),
    ],
)
def test_http_events_are_answered(api: Api, name: str, status: int):
    event = load_event(name)
    event["requestContext"]["authorizer"] = {"lambda": api._authorized(f"Token {api.key}")}
    handler = api.add_memory if name.startswith("add_memory") else api.search
    assert handler(event, Context())["statusCode"] == status


def test_the_authorizer_names_the_project_of_a_key_and_no_project_without_one(api: Api):
    event = load_event("authorize.apigw.json")
    assert api.authorizer(event, Context()) == {
        "isAuthorized": True,
        "context": {"denied": "This API key is not known."},
    }
    answer = api.authorizer(event | {"identitySource": [f"Token {api.key}"]}, Context())
    assert (answer["context"]["project_id"], answer["context"]["role"]) == (api.project_id, "admin")


@pytest.mark.parametrize(
    ("name", "failures"),
    [
        ("consolidate.sqs.json", 0),  # its event is not there: erased meanwhile, so there is nothing to do
        ("consolidate.sqs.redelivered.json", 0),
        ("consolidate.sqs.poison.json", 1),
        ("consolidate.sqs.old_schema.json", 1),
    ],
)
def test_queue_events_fail_as_they_should(
    settings: Settings, connection: Database, name: str, failures: int, provide: Provide
):
    from functions.consolidate import handler

    service = consolidation.consolidate(settings.consolidate, database=connection)
    provide(handler, service)
    answer = handler.lambda_handler(load_event(name), Context())
    assert len(answer["batchItemFailures"]) == failures


@pytest.mark.parametrize(
    ("name", "failures"),
    [
        ("ingest.sqs.json", []),
        ("ingest.sqs.verbatim.json", []),
        ("ingest.sqs.eventbridge.json", []),
        ("ingest.sqs.invalid.json", [1]),
        ("ingest.sqs.poison.json", [1]),
        ("ingest.sqs.partial.json", [2]),
    ],
)
def test_events_of_other_systems_fail_as_they_should(
    settings: Settings,
    connection: Database,
    name: str,
    failures: list[int],
    monkeypatch: pytest.MonkeyPatch,
    provide: Provide,
):
    from functions.ingest import handler

    tenant = Tenant(UUID(SAMPLE_PROJECT))
    with connection.transaction(tenant) as transaction:
        transaction.execute(
            "INSERT INTO cairn.projects (project_id, org_id, name) VALUES (%s, %s, 'sample')",
            [tenant.project_id, new_id()],
        )
    service = ingestion.ingest(settings.ingest, database=connection)
    provide(handler, service)
    monkeypatch.setattr(service.queue, "retry_in", lambda handle, seconds: None)  # no queue knows a sample's handle
    answer = handler.lambda_handler(load_event(name), Context())
    assert [int(f["itemIdentifier"][-1]) for f in answer["batchItemFailures"]] == failures


@pytest.mark.parametrize(
    ("name", "failures"),
    [
        ("graph_sync.sqs.json", 0),  # its memory is not there: the graph has nothing of it afterwards
        ("graph_sync.sqs.redelivered.json", 0),
        ("graph_sync.sqs.poison.json", 1),
        ("graph_sync.sqs.old_schema.json", 1),
    ],
)
def test_graph_events_fail_as_they_should(
    settings: Settings,
    connection: Database,
    arcade: Arcade,
    queues: Queues,
    name: str,
    failures: int,
    provide: Provide,
):
    from functions.graph_sync import handler

    own: dict[str, Any] = {"database_url": settings.maintain.database_url, **arcade.address.settings()}
    store = connect(arcade.address)
    service = projection.graph_sync(
        GraphSyncSettings(**own, graph_queue_url=queues.url), database=connection, graph=store
    )
    provide(handler, service)
    answer = handler.lambda_handler(load_event(name), Context())
    store.close()
    assert len(answer["batchItemFailures"]) == failures


@pytest.mark.parametrize("name", ["maintain.schedule.json", "maintain.schedule.resend.json"])
def test_upkeep_answers_with_its_counts(settings: Settings, connection: Database, name: str, provide: Provide):
    from functions.maintain import handler

    service = upkeep.maintain(settings.maintain, database=connection)
    provide(handler, service)
    assert handler.lambda_handler(load_event(name), Context()) == {
        "resent": 0,
        "failed": 0,
        "expired": 0,
        "indexed": 0,
        "reembedded": 0,
        "embedded": 0,
        "graph_sent": 0,
        "graph_failed": 0,
        "queue_answered": True,
        "broken": [],
    }


@pytest.fixture
def deployed(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database, which the migrate function is set up for."""
    monkeypatch.setenv("CAIRN_ENVIRONMENT", "test")
    monkeypatch.setenv("CAIRN_OWNER_DATABASE_URL", empty_database)
    monkeypatch.setenv("CAIRN_APP_ROLE", APP_ROLE)
    monkeypatch.setenv("CAIRN_APP_PASSWORD", APP_PASSWORD)
    return empty_database


@pytest.mark.parametrize("event", ["migrate.deploy.json", "migrate.trigger.json", None])
def test_a_deploy_migrates_once(deployed: str, event: str | None):
    from functions.migrate import handler

    sent = load_event(event) if event else None
    assert handler.lambda_handler(sent, Context())["applied"][0] == "0001_pre_schema.sql"
    assert handler.lambda_handler(sent, Context()) == {"applied": []}


def test_a_deploy_whose_migration_fails_says_which(deployed: str, monkeypatch: pytest.MonkeyPatch):
    from cairn.platform import migrate
    from functions.migrate import handler

    broken = migrate.Migration("9999_pre_broken.sql", "CREATE TABLE half (id int); SELECT 1 / 0;")
    monkeypatch.setattr(migrate, "migrations", lambda: [broken])
    with pytest.raises(Misconfigured, match=r"^Migration 9999_pre_broken\.sql failed: division by zero$"):
        handler.lambda_handler(load_event("migrate.trigger.json"), Context())
    with psycopg.connect(deployed) as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)
