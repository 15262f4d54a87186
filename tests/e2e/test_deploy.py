"""The CDK app, deployed with the CDK's command line to an emulator of AWS: what it sets up works together.

The functions run in the emulator, over a real Postgres and a real graph. The tests stand in the order they run in: the
later ones change the deployment, and the last takes it down.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from botocore.exceptions import ClientError
from psycopg import sql

from cairn.platform.release_check import QUESTION
from local.postgres import Postgres
from tests.e2e.conftest import wait_for
from tests.e2e.deployment import (
    OBSERVABILITY,
    REPOSITORY,
    STATELESS,
    Cdk,
    Deployment,
    database_secret,
    install_cli,
    said,
    start_emulator,
)
from tests.graph_servers import Arcade
from tests.integration.model import Mind
from tests.scripted_llm import ScriptedLlm

SECONDS = 120  # cold starts of four functions on a busy machine
SISTER, WORK = "My sister Anna lives in Porto.", "Anna works at Brightwater Labs."


@pytest.fixture(scope="module")
def owner(postgres: Postgres) -> dict[str, str]:
    """An empty database, as its owner."""
    with psycopg.connect(**postgres.address, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier("deployed")))
    return postgres.address | {"dbname": "deployed"}


@pytest.fixture(scope="module")
def deployed(owner: dict[str, str], arcade: Arcade, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Bootstrapped and deployed, with a first project; its schema is the work of the deployed migrate alone."""
    install_cli()
    directory = tmp_path_factory.mktemp("deploy")
    emulator = start_emulator(directory / "emulator")
    try:
        deployment = Deployment(emulator, Cdk(emulator.endpoint, directory))
        role = owner | {"user": "deployed_service", "password": 'it\'s a "secret" / of mine'}
        deployment.describe(owner, role, arcade.address)
        deployment.cdk.bootstrap()
        done = deployment.deploy()
        assert done.returncode == 0, said(done)
        deployment.create_project(role)
        yield deployment
    finally:
        emulator.stop()


def add(client: httpx.Client, user: str, *contents: str, **fields: Any) -> dict[str, Any]:
    said = [{"role": "user", "content": content} for content in contents]
    answer = client.post("/v3/memories/add/", json={"user_id": user, "messages": said} | fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def found(client: httpx.Client, user: str, query: str) -> list[str]:
    """The texts that a search of this user finds."""
    answer = client.post("/v3/memories/search/", json={"query": query, "filters": {"user_id": user}})
    assert answer.status_code == 200, answer.text
    return [hit["memory"] for hit in answer.json()["results"]]


def related(client: httpx.Client, user: str, entity: str) -> set[str]:
    """What the graph relates to an entity."""
    answer = client.post("/v1/graph/related/", json={"user_id": user, "entity": entity})
    assert answer.status_code == 200, answer.text
    return {f"{r['source']} {r['type']} {r['target']}" for r in answer.json()["relations"]}


def chat(client: httpx.Client) -> httpx.Response:
    return client.post("/v1/chat/", json={"user_id": "chatty", "message": "Where do I live?", "remember": False})


def test_both_stacks_are_there(deployed: Deployment):
    assert deployed.status(STATELESS) == deployed.status(OBSERVABILITY) == "CREATE_COMPLETE"
    assert {f"{name}Function" for name in ("Search", "Migrate", "GraphSync", "Ingest")} <= deployed.outputs.keys()


def test_every_function_says_that_it_can_do_its_work(deployed: Deployment):
    for name in ("AddMemory", "Search", "Authorize", "Consolidate", "Ingest", "GraphSync", "Maintain"):
        asked = {"FunctionName": deployed.outputs[f"{name}Function"], "Payload": json.dumps(dict(QUESTION))}
        answer = deployed.aws("lambda").invoke(**asked, Qualifier="live")
        assert json.loads(answer["Payload"].read()) == {"status": "good", "reason": ""}, name


def test_health_needs_no_key_and_everything_else_does(deployed: Deployment):
    assert httpx.get(f"{deployed.url}/health", timeout=60).json()["status"] == "ok"
    assert httpx.get(f"{deployed.url}/v1/ping/", timeout=60).status_code == 401
    wrong = {"Authorization": "Token m0-wrong"}
    refused = httpx.get(f"{deployed.url}/v1/ping/", headers=wrong, timeout=60)
    assert (refused.status_code, refused.json()["detail"]) == (401, "This API key is not known.")


def test_an_add_goes_through_the_queue_to_the_search_and_into_the_graph(deployed: Deployment):
    with deployed.client() as client:
        assert add(client, "ada", SISTER, WORK)["status"] == "PENDING"
        wait_for(lambda: len(found(client, "ada", "Where does Anna live?")) == 2, SECONDS)
        told = {"Anna sister_of User", "Anna lives_in Porto", "Anna works_at Brightwater Labs"}
        wait_for(lambda: related(client, "ada", "Anna") == told, SECONDS)

        assert client.delete("/v1/memories/", params={"user_id": "ada"}).status_code == 200
        assert found(client, "ada", "Where does Anna live?") == []
        wait_for(lambda: related(client, "ada", "Anna") == set(), SECONDS)


def test_the_official_client_does_everything_it_offers(deployed: Deployment):
    script = REPOSITORY / "tests" / "e2e" / "python_client_roundtrip.py"
    command = [sys.executable, script, deployed.url, deployed.api_key]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, said(done)
    assert "15 steps ok" in done.stdout


def test_other_systems_feed_it_by_queue_and_by_bus(deployed: Deployment):
    def body(user: str, content: str) -> str:
        said = [{"role": "user", "content": content}]
        return json.dumps({"project_id": deployed.project_id, "user_id": user, "messages": said})

    deployed.aws("sqs").send_message(
        QueueUrl=deployed.outputs["IngestQueueUrl"], MessageBody=body("bob", "I live in Oslo.")
    )
    event = {"Source": "crm", "DetailType": "cairn.memory.add", "Detail": body("carol", "I love teal.")}
    put = deployed.aws("events").put_events(Entries=[event | {"EventBusName": deployed.outputs["BusName"]}])
    assert put["FailedEntryCount"] == 0
    with deployed.client() as client:
        wait_for(lambda: found(client, "bob", "home") == ["I live in Oslo."], SECONDS)
        wait_for(lambda: found(client, "carol", "colour") == ["I love teal."], SECONDS)


def test_a_message_that_no_try_mends_ends_in_the_dead_letters(deployed: Deployment):
    poison = json.dumps({"messages": "of no project"})
    deployed.aws("sqs").send_message(QueueUrl=deployed.outputs["IngestQueueUrl"], MessageBody=poison)
    dead = {"QueueUrl": deployed.outputs["IngestDeadLettersUrl"], "WaitTimeSeconds": 1}
    messages = wait_for(lambda: deployed.aws("sqs").receive_message(**dead).get("Messages"), SECONDS)
    assert [message["Body"] for message in messages] == [poison]
    assert deployed.waiting("IngestQueueUrl") == 0


def test_a_migration_that_fails_stops_the_deployment_and_the_old_version_serves_on(
    deployed: Deployment, owner: dict[str, str], llm: ScriptedLlm
):
    released, outputs = deployed.resources("AWS::Lambda::Alias", "AWS::Lambda::Version"), deployed.outputs
    # A new setting, and an owner's secret with a password that is not the owner's.
    secret = deployed.keep_secret(database_secret(owner | {"password": "mistyped"}))
    done = deployed.deploy(owner_secret_arn=secret, openai_base_url=llm.base_url)
    assert done.returncode != 0
    assert "nothing new takes traffic" in said(done)
    assert deployed.status(STATELESS) == "UPDATE_ROLLBACK_COMPLETE"
    assert (deployed.resources("AWS::Lambda::Alias", "AWS::Lambda::Version"), deployed.outputs) == (released, outputs)
    with deployed.client() as client:
        assert (chat(client).status_code, chat(client).json()["code"]) == (503, "no_model")
        assert found(client, "bob", "home") == ["I live in Oslo."]

    deployed.aws("secretsmanager").put_secret_value(SecretId=secret, SecretString=database_secret(owner))


def test_the_same_deployment_succeeds_once_the_cause_is_gone_and_replaces_nothing_that_lasts(deployed: Deployment):
    lasting = ("AWS::SQS::Queue", "AWS::ApiGatewayV2::Api", "AWS::Events::EventBus", "AWS::Lambda::Function")
    before, outputs = deployed.resources(*lasting), deployed.outputs
    done = deployed.cdk.deploy_again()
    assert done.returncode == 0, said(done)
    with deployed.client() as client:
        assert chat(client).json()["answer"] == "In Oslo."
        assert found(client, "bob", "home") == ["I live in Oslo."]
    assert (deployed.resources(*lasting), deployed.outputs) == (before, outputs)


def test_destroying_it_leaves_nothing_but_the_data(deployed: Deployment, owner: dict[str, str]):
    deployed.cdk.destroy()
    for stack in (STATELESS, OBSERVABILITY):
        with pytest.raises(ClientError, match="does not exist"):
            deployed.status(stack)
    assert deployed.aws("lambda").list_functions()["Functions"] == []
    with psycopg.connect(**owner) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM cairn.memories").fetchone() == (True,)


@pytest.fixture(scope="module")
def llm() -> Iterator[ScriptedLlm]:
    with ScriptedLlm(Mind(answer="In Oslo.")) as server:
        yield server
