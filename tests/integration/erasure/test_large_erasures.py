"""Promise: an erasure of any size is answered in time, ends whatever dies, and takes nothing that was told after it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import psycopg
import pytest

from cairn.bootstrap import adapters, upkeep, writes
from cairn.consolidate.sqs import ConsolidateService
from cairn.erasure import erase
from cairn.erasure import store as erasing
from cairn.erasure.scopes import Erase
from cairn.erasure.store import PostgresErasures
from cairn.erasure.types import Erasing
from cairn.events.store import PostgresEventStore
from cairn.kernel.errors import DatabaseUnavailable
from cairn.kernel.tenancy import Tenant
from cairn.platform.database import Database
from tests.conftest import TestDatabase
from tests.integration.api import Api, Provided
from tests.integration.conftest import Settings
from tests.integration.consolidating import Worker
from tests.integration.memories.test_memories import traces
from tests.integration.queues import Queues

SECRET = "Rumpelstiltskin"
ERASE, DONE, GOING_ON = (
    "/v1/memories/",
    "Memories deleted successfully!",
    "Delete in progress. This may take some time.",
)
AT_ONCE = 3


@dataclass
class Ticking:
    """A clock on which every look takes some seconds."""

    seconds: float
    now: float = 0.0

    def __call__(self) -> float:
        self.now += self.seconds
        return self.now


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "AT_ONCE", AT_ONCE)


@pytest.fixture
def slow(api: Api, settings: Settings, connection: Database) -> None:
    """A service in which the first step of an erasure takes all of a request's time."""
    from functions.add_memory import handler
    from functions.add_memory.routes import service

    erase = Erase(*_ports(settings, connection), clock=Ticking(11))
    built = replace(writes.add_memory(settings.add_memory, database=connection), erase=erase)
    handler.app.dependency_overrides[service] = Provided(built)


def _ports(settings: Settings, connection: Database) -> tuple[Any, ...]:
    queue = adapters.queue(settings.add_memory.consolidate_queue_url)
    return PostgresErasures(connection), PostgresEventStore(connection), queue


@pytest.fixture
def told(api: Api) -> Api:
    """Eight memories of ada with the name in each, two adds that wait, and a memory of bob."""
    for number in range(8):
        api.add(f"My name is {SECRET}, I said {number} times.", metadata={"kind": "name" if number % 2 else "alias"})
    for number in range(2):
        headers = {"idempotency-key": f"key-{number}"}
        body = {"messages": f"They call me {SECRET} {number}", "user_id": "ada", "infer": True}
        assert api.request("POST", "/v3/memories/add/", body, headers=headers).status == 200
    api.add("I live in Oslo.", user_id="bob")
    return api


@pytest.fixture
def works(consolidator: ConsolidateService, queues: Queues) -> Callable[[], None]:
    """What a worker does until the queue is empty."""
    worker = Worker(consolidator)

    def work() -> None:
        while worker.poll(queues, wait=1):
            pass

    return work


def unfinished(database: TestDatabase) -> int:
    with psycopg.connect(database.owner_url) as owner:
        row = owner.execute("SELECT count(*) FROM cairn.events WHERE status IN ('PENDING', 'RUNNING')").fetchone()
        return row[0] if row else 0


def ada(api: Api) -> list[str]:
    return [memory["memory"] for memory in api.list(filters={"user_id": "ada"})]


def test_an_erasure_of_many_steps_is_answered_when_it_is_done(told: Api, database: TestDatabase):
    answer = told.request("DELETE", ERASE, query={"user_id": "ada"})
    assert (answer.status, answer.body["message"]) == (200, DONE)
    assert answer.body["erased"] == {"memories": 8, "history": 8, "messages": 10, "events": 10, "graph_queued": 8}
    event = told.event(answer.body["event_id"])
    assert (event["status"], event["results"][0]["erased"]) == ("SUCCEEDED", answer.body["erased"])
    assert traces(database, SECRET) == {}
    assert len(told.list(filters={"user_id": "bob"})) == 1


@pytest.mark.usefixtures("slow")
def test_what_does_not_fit_into_a_request_is_done_by_the_queue(
    told: Api, works: Callable[[], None], database: TestDatabase
):
    answer = told.request("DELETE", ERASE, query={"user_id": "ada"})
    assert (answer.status, answer.body["message"], answer.body["erased"]["memories"]) == (200, GOING_ON, AT_ONCE)
    assert told.event(answer.body["event_id"])["status"] == "RUNNING"
    works()
    event = told.event(answer.body["event_id"])
    assert event["status"] == "SUCCEEDED"
    assert event["results"][0]["erased"] == {
        "memories": 8,
        "history": 8,
        "messages": 10,
        "events": 10,
        "graph_queued": 8,
    }
    assert (traces(database, SECRET), traces(database, "erasing"), unfinished(database)) == ({}, {}, 0)
    assert len(told.list(filters={"user_id": "bob"})) == 1


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("infer", [True, False])
def test_what_is_told_again_meanwhile_is_kept(
    told: Api,
    works: Callable[[], None],
    consolidator: ConsolidateService,
    settings: Settings,
    connection: Database,
    infer: bool,
):
    again = next(text for text in ada(told) if "7 times" in text)  # the last one to go
    told.request("DELETE", ERASE, query={"user_id": "ada"})
    added = told.add(again, infer=infer)
    if infer:  # by another worker, before the erasure goes on
        done = consolidator.consolidate(Tenant(UUID(told.project_id)), UUID(added["event_id"]))
        assert done.parked
    works()
    upkeep.maintain(settings.maintain, database=connection)(True)  # sends what waited for the erasure
    works()
    assert ada(told) == [again]


@pytest.mark.usefixtures("slow")
def test_an_erasure_whose_message_is_lost_is_sent_again_by_upkeep(
    told: Api, works: Callable[[], None], queues: Queues, settings: Settings, connection: Database
):
    told.request("DELETE", ERASE, query={"user_id": "ada"})
    for message in queues.receive():
        queues.client.delete_message(QueueUrl=queues.url, ReceiptHandle=message["ReceiptHandle"])
    works()
    assert ada(told) != []
    upkeep.maintain(settings.maintain, database=connection)(True)
    works()
    assert ada(told) == []


@pytest.mark.usefixtures("slow")
def test_a_filter_takes_what_it_selects_in_as_many_steps_as_it_needs(told: Api, works: Callable[[], None]):
    answer = told.request("DELETE", ERASE, query={"user_id": "ada", "metadata": json.dumps({"kind": "name"})})
    assert answer.body["message"] == GOING_ON
    works()
    left = [m["metadata"]["kind"] for m in told.list(filters={"user_id": "ada"}) if m["metadata"]]
    assert (set(left), len(left)) == ({"alias"}, 4)
    event = told.event(answer.body["event_id"])
    assert (event["status"], event["results"][0]["erased"]["memories"]) == ("SUCCEEDED", 4)


@pytest.mark.usefixtures("slow")
def test_a_pinned_keys_erasure_of_everybody_reaches_its_user_alone(
    told: Api, works: Callable[[], None], database: TestDatabase
):
    pinned = told.request("POST", "/v1/keys/", {"name": "a", "role": "writer", "user_id": "ada"}).body["key"]
    for number in range(5):
        told.add(f"Bob counts to {number}.", user_id="bob")
    answer = told.request("DELETE", ERASE, query={"user_id": "*"}, key=pinned)
    assert (answer.status, answer.body["message"]) == (200, GOING_ON)
    works()
    assert (traces(database, SECRET), len(told.list(filters={"user_id": "bob"}))) == ({}, 6)
    assert told.request("GET", f"/v1/event/{answer.body['event_id']}/", key=pinned).body["status"] == "SUCCEEDED"


@pytest.mark.parametrize("field", ["metadata", "filters"])
@pytest.mark.parametrize("nothing", ["null", "None"])
def test_a_filter_that_is_nothing_is_not_everything(told: Api, field: str, nothing: str):
    answer = told.request("DELETE", ERASE, query={"user_id": "ada", field: nothing})
    assert (answer.status, field in answer.body["detail"]) == (400, True)
    assert len(ada(told)) == 8


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("value", ["1e999", '"x"', "[1]", '{"in": ["a"]}', "{'a': (1, 2)}", "{1, 2}", "b'x'", "1j"])
def test_no_value_of_a_filter_is_an_error_of_ours(told: Api, value: str):
    for query in ({"metadata": f'{{"kind": {value}}}'}, {"filters": f'{{"metadata": {{"kind": {value}}}}}'}):
        assert told.request("DELETE", ERASE, query={"user_id": "ada"} | query).status in {200, 400}


class GoesAway(PostgresErasures):
    """The database does not answer any more, once the erasure has begun."""

    def go_on(self, tenant: Tenant, event_id: UUID) -> Erasing | None:
        raise DatabaseUnavailable("The database does not answer; try again.")


def test_an_erasure_that_has_begun_is_answered_as_begun_whatever_fails_after_it(
    told: Api, works: Callable[[], None], settings: Settings, connection: Database, database: TestDatabase
):
    from functions.add_memory import handler
    from functions.add_memory.routes import service

    _, *others = _ports(settings, connection)
    erase = Erase(GoesAway(connection), *others, clock=Ticking(0))
    built = replace(writes.add_memory(settings.add_memory, database=connection), erase=erase)
    handler.app.dependency_overrides[service] = Provided(built)
    answer = told.request("DELETE", ERASE, query={"user_id": "ada"})
    assert (answer.status, answer.body["message"]) == (200, GOING_ON)
    works()
    assert traces(database, SECRET) == {}


@pytest.mark.parametrize("analyzed", [False, True], ids=["no statistics", "statistics"])
def test_erasing_one_memory_reads_few_others_of_its_project(
    api: Api, connection: Database, database: TestDatabase, unit: list[float], analyzed: bool
):
    others = [{"text": f"Fact {n}.", "user_id": f"user-{n}", "embedding": unit} for n in range(3_000)]
    assert api.request("POST", "/v1/import/", raw="\n".join(map(json.dumps, others))).status == 200
    (boat,) = api.add("I own a boat.", infer=False)["results"]
    if analyzed:
        with psycopg.connect(database.owner_url, autocommit=True) as owner:
            owner.execute("ANALYZE cairn.memories, cairn.messages, cairn.events")
    tenant = Tenant(UUID(api.project_id))
    with connection.transaction(tenant) as own:
        receipt, _ = erase.memories(own, tenant, [UUID(boat["id"])])
        assert (receipt.memories, receipt.messages) == (1, 1)
        row = own.execute(
            "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) AS seen FROM pg_stat_xact_user_tables "
            "WHERE relid = 'cairn.memories'::regclass"
        ).fetchone()
    assert row is not None
    assert row["seen"] < 100
