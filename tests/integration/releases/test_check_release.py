"""A new version is checked before it has traffic: real versions in the emulator's Lambda, over a real database."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from cairn.bootstrap import projection
from cairn.graph.sqs import sync_nothing
from cairn.kernel.settings import GraphSyncSettings
from cairn.kernel.tenancy import Scope
from cairn.platform.database import Database
from cairn.platform.release_check import NOBODY, QUESTION, Status, checked_by, request_of_nobody
from cairn.releases.codedeploy import Releases
from cairn.releases.deployment import CheckRelease
from local.postgres import Postgres, free_port
from local.sqs import Sqs
from tests.conftest import TestDatabase
from tests.e2e.conftest import wait_for
from tests.e2e.deployment import start_emulator
from tests.graph_servers import Arcade
from tests.integration.graphing import connect
from tests.releases import EVENT, CodeDeploy, Versions, client

CONSUMERS = ("consolidate", "ingest", "graph_sync")
FUNCTIONS = ("add_memory", "search", "authorize", *CONSUMERS, "maintain")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sqs]:
    server = start_emulator(tmp_path_factory.mktemp("lambda"))
    yield server
    server.stop()


@pytest.fixture
def versions(emulator: Sqs) -> Versions:
    return Versions(emulator)


@pytest.fixture
def codedeploy() -> Iterator[CodeDeploy]:
    with CodeDeploy() as server:
        yield server


@pytest.fixture
def variables(database: TestDatabase, emulator: Sqs, repository: Path) -> dict[str, str]:
    """What every function is told; each reads what its settings name. Nobody listens at the graph and the model."""
    return {
        "CAIRN_ENVIRONMENT": "test",
        "CAIRN_DATABASE_URL": database.app_url,
        "CAIRN_EMBEDDER_DIR": str(repository / "layers" / "embedder"),
        "CAIRN_TOKENIZER_DIR": str(repository / "layers" / "tokenizer"),
        "CAIRN_CONSOLIDATE_QUEUE_URL": emulator.queue_url,
        "CAIRN_CONSOLIDATE_DLQ_URL": emulator.dead_letters_url,
        "CAIRN_INGEST_QUEUE_URL": emulator.ingest_queue_url,
        "CAIRN_GRAPH_QUEUE_URL": emulator.graph_queue_url,
        "CAIRN_NEO4J_URI": f"bolt://127.0.0.1:{free_port()}",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{free_port()}/v1",
    }


@pytest.fixture
def asking(versions: Versions, codedeploy: CodeDeploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process asks and answers as the hook does."""
    for name, value in {
        "AWS_ENDPOINT_URL_LAMBDA": versions.emulator.endpoint,
        "AWS_ENDPOINT_URL_CODEDEPLOY": codedeploy.endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }.items():
        monkeypatch.setenv(name, value)


def sample(repository: Path, name: str) -> dict[str, Any]:
    return json.loads((repository / "events" / name).read_text())


def rows(database: TestDatabase) -> int:
    counted = ("projects", "events", "messages", "memories", "history", "usage", "graph_outbox")
    with psycopg.connect(database.owner_url) as owner:
        return sum(owner.execute(f"SELECT count(*) FROM cairn.{table}").fetchone()[0] for table in counted)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_good_version_gets_traffic_also_while_the_graph_and_the_model_are_away(
    versions: Versions, codedeploy: CodeDeploy, variables: dict[str, str], database: TestDatabase, function: str
):
    checked = versions.check(function, versions.publish(function, variables), codedeploy)
    assert (codedeploy.status, checked.payload) == ("Succeeded", {"status": "good", "reason": ""}), checked.log
    assert rows(database) == 0
    for url in (variables["CAIRN_CONSOLIDATE_QUEUE_URL"], variables["CAIRN_GRAPH_QUEUE_URL"]):
        sqs = client("sqs", versions.emulator.endpoint)
        asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        assert asked["Attributes"]["ApproximateNumberOfMessages"] == "0"


def test_asking_graph_sync_leaves_nothing_in_the_graph(variables: dict[str, str], connection: Database, arcade: Arcade):
    settings = GraphSyncSettings(
        environment="test",
        database_url=SecretStr(variables["CAIRN_DATABASE_URL"]),
        graph_queue_url=variables["CAIRN_GRAPH_QUEUE_URL"],
        neo4j_uri=arcade.address.uri,
    )
    with closing(connect(arcade.address)) as store:
        sync_nothing(projection.graph_sync(settings, database=connection, graph=store))
        assert store.scopes(NOBODY, Scope()) == []


@pytest.mark.parametrize(("function", "built"), [("search", "reads.search("), ("add_memory", "writes.add_memory(")])
def test_a_version_that_answers_500_to_everything_gets_none(
    versions: Versions, codedeploy: CodeDeploy, variables: dict[str, str], function: str, built: str
):
    arn = versions.publish(function, variables, (f"functions/{function}/routes.py", built, f"None.{built}"))
    path = "/v3/memories/search/" if function == "search" else "/v3/memories/add/"
    body = {"query": "Where?", "filters": {"user_id": "ada"}, "user_id": "ada"}
    said = [{"role": "user", "content": "I live in Porto."}]
    asked = versions.invoke(arn, request_of_nobody(path, body | {"messages": said}))
    assert (asked.failed, asked.payload["statusCode"]) == (False, 500)

    checked = versions.check(function, arn, codedeploy)
    assert codedeploy.status == "Failed"
    refused = f"The release of {function} gets no traffic: BrokenRelease: "
    assert any(line["message"].startswith(refused) and "500" in line["message"] for line in checked.logged())


@pytest.mark.parametrize("function", ["search", "consolidate"])
def test_a_version_that_cannot_be_imported_gets_none(
    versions: Versions, codedeploy: CodeDeploy, variables: dict[str, str], function: str
):
    edit = (f"functions/{function}/handler.py", "from cairn.kernel.settings import", "from cairn.sittings import")
    checked = versions.check(function, versions.publish(function, variables, edit), codedeploy)
    assert codedeploy.status == "Failed"
    assert "sittings" in checked.payload["reason"]


@pytest.mark.parametrize(
    ("function", "given", "reason"),
    [
        ("search", {"CAIRN_SCORING_ATTENTION": "0.9"}, "must add up to 1"),
        ("add_memory", {"CAIRN_TOKENIZER_DIR": "/nowhere"}, "/nowhere"),
        ("consolidate", {"CAIRN_EMBEDDER": "minilm", "CAIRN_EMBEDDER_DIR": "/nowhere"}, "/nowhere"),
        ("ingest", {"CAIRN_DAILY_TOKEN_BUDGET": "a lot"}, "daily_token_budget"),
        ("graph_sync", {"CAIRN_GRAPH_QUEUE_URL": ""}, "graph_queue_url"),
        ("maintain", {"CAIRN_EXPIRED_DAYS": "-1"}, "expired_days"),
        ("authorize", {"CAIRN_DATABASE_URL": ""}, "CAIRN_DATABASE_URL"),
    ],
)
def test_a_version_whose_settings_are_wrong_gets_none_and_the_reason_names_them(
    versions: Versions, codedeploy: CodeDeploy, variables: dict[str, str],
    function: str, given: dict[str, str], reason: str,
):  # fmt: skip
    checked = versions.check(function, versions.publish(function, variables | given), codedeploy)
    assert codedeploy.status == "Failed"
    assert reason in checked.payload["reason"]


@pytest.mark.parametrize("function", ["search", "authorize", *CONSUMERS])
def test_a_version_whose_role_may_not_read_gets_none(
    versions: Versions, codedeploy: CodeDeploy, variables: dict[str, str], database: TestDatabase, function: str
):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("REVOKE SELECT ON cairn.memories FROM cairn_app")
    checked = versions.check(function, versions.publish(function, variables), codedeploy)
    assert codedeploy.status == "Failed"
    assert checked.payload["reason"] == "InsufficientPrivilege: permission denied for table memories"


@pytest.mark.parametrize(
    ("function", "edit"),
    [
        ("consolidate", ("cairn/consolidate/sqs.py", "service.consolidate(tenant", "service.consolidated(tenant")),
        ("ingest", ("cairn/ingest/sqs.py", "service.ingest(tenant", "service.ingested(tenant")),
        ("graph_sync", ("cairn/graph/sync.py", "self._rows.read(tenant, scope, asked)", "self._read(asked)")),
    ],
)
def test_a_consumer_whose_records_all_fail_gets_none(
    versions: Versions, codedeploy: CodeDeploy, variables: dict[str, str], repository: Path,
    function: str, edit: tuple[str, str, str],
):  # fmt: skip
    arn = versions.publish(function, variables, edit)
    asked = versions.invoke(arn, sample(repository, f"{function}.sqs.json"))
    assert not asked.failed
    assert any("Faults" in line for line in asked.logged()), asked.log

    checked = versions.check(function, arn, codedeploy)
    assert codedeploy.status == "Failed"
    assert checked.payload["reason"].startswith("AttributeError: ")


def test_a_database_that_resumes_is_waited_for(
    versions: Versions, codedeploy: CodeDeploy, variables: dict[str, str], database: TestDatabase, postgres: Postgres
):
    name = conninfo_to_dict(database.app_url)["dbname"]
    arn = versions.publish("search", variables)
    logs = client("logs", versions.emulator.endpoint)

    def waits() -> list[Any]:
        return logs.filter_log_events(logGroupName="/aws/lambda/search", filterPattern="release.waiting")["events"]

    def allow(says: str) -> None:
        with psycopg.connect(**postgres.address, autocommit=True) as server:
            server.execute(sql.SQL(f"ALTER DATABASE {{}} ALLOW_CONNECTIONS {says}").format(sql.Identifier(name)))

    before = len(waits())
    allow("false")
    check = threading.Thread(target=versions.check, args=("search", arn, codedeploy))
    check.start()
    try:
        wait_for(lambda: len(waits()) > before, 60)
    finally:
        allow("true")
        check.join()
    assert codedeploy.status == "Succeeded"


def test_a_version_that_runs_out_of_time_is_waited_for_and_not_refused(
    versions: Versions, variables: dict[str, str], asking: None
):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and says nothing, as what resumes may
        url = f"postgresql://cairn@127.0.0.1:{silent.getsockname()[1]}/cairn"
        arn = versions.publish("authorize", variables | {"CAIRN_DATABASE_URL": url}, seconds=2)
        verdict = Releases().ask(arn)
    assert verdict.status is Status.WAITING
    assert "Task timed out" in verdict.reason


def test_a_version_that_is_not_there_yet_is_waited_for(asking: None):
    verdict = Releases().ask("arn:aws:lambda:us-east-1:000000000000:function:none:1")
    assert verdict.status is Status.WAITING
    assert "ResourceNotFoundException" in verdict.reason


def test_a_database_that_does_not_come_back_in_time_ends_the_deployment(
    versions: Versions, codedeploy: CodeDeploy, variables: dict[str, str], asking: None
):
    nowhere = variables | {"CAIRN_DATABASE_URL": f"postgresql://cairn@127.0.0.1:{free_port()}/cairn"}
    left = iter([1000.0, 1000.0, 0.0])
    check = CheckRelease(Releases(), "authorize", versions.publish("authorize", nowhere), pause=0)
    verdict = check(EVENT["DeploymentId"], EVENT["LifecycleEventHookExecutionId"], lambda: next(left))
    assert (verdict.status, codedeploy.status) == (Status.WAITING, "Failed")
    assert verdict.reason == "DatabaseUnavailable: The database does not answer; try again."
    assert list(left) == []


@pytest.mark.parametrize("more", [{"rawPath": "/"}, {"Records": []}, {"detail-type": "Scheduled Event"}])
def test_the_question_is_nothing_that_a_gateway_a_queue_or_a_schedule_could_hand_over(
    more: dict[str, Any], repository: Path
):
    assert sample(repository, "search.check_release.json") == QUESTION
    asked: list[str] = []
    entry = checked_by(lambda *_: asked.append("checked"))(lambda event, _: asked.append("handled"))
    entry(dict(QUESTION) | more, None)
    assert asked == ["handled"]
    assert entry(dict(QUESTION), None)["status"] == "good"
