"""From a write to the graph, by the outbox and real queues; and what happens when a part of that way is down."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from cairn.bootstrap import projection, upkeep, writes
from cairn.consolidate.sqs import ConsolidateService
from cairn.graph.neo4j.store import Neo4jGraphStore
from cairn.graph.queue import SqsGraphQueue
from cairn.graph.rows import PostgresGraphRows
from cairn.graph.types import GraphChange, GraphView
from cairn.kernel.settings import GraphSyncSettings
from cairn.kernel.tenancy import Scope, Tenant
from cairn.platform.database import Database
from tests.conftest import TestDatabase
from tests.graph_servers import Arcade
from tests.integration.api import Api, Context
from tests.integration.conftest import Settings
from tests.integration.graphing import connect
from tests.integration.outages import LASTS, report, steps
from tests.integration.provide import Provide
from tests.integration.queues import Queues, make_queues

RECEIVES = 7  # before the queue gives a message up


@dataclass
class Graphed:
    """The API with a graph behind it, and a worker that is called by hand."""

    api: Api
    queues: Queues
    graph: Neo4jGraphStore
    rows: PostgresGraphRows
    handle: Callable[[dict[str, Any]], dict[str, Any]]
    maintain: Callable[..., dict[str, Any]]

    @property
    def tenant(self) -> Tenant:
        return Tenant(UUID(self.api.project_id))

    def deliver(self, wait: int = 1) -> int:
        """One poll of the event source mapping; returns how many messages failed."""
        messages = self.queues.receive(wait=wait)
        if not messages:
            return 0
        failed = {f["itemIdentifier"] for f in self.handle(self.queues.event(messages))["batchItemFailures"]}
        for message in messages:
            if message["MessageId"] not in failed:
                self.queues.client.delete_message(QueueUrl=self.queues.url, ReceiptHandle=message["ReceiptHandle"])
        return len(failed)

    def deliver_all(self) -> None:
        """All messages, and those that are put back as often as they come."""
        while messages := self.queues.receive(wait=0):
            failed = {f["itemIdentifier"] for f in self.handle(self.queues.event(messages))["batchItemFailures"]}
            for message in messages:
                if message["MessageId"] not in failed:
                    self.queues.client.delete_message(QueueUrl=self.queues.url, ReceiptHandle=message["ReceiptHandle"])

    def projected(self) -> dict[str, int]:
        found = self.graph.versions(self.tenant.project_id, Scope(), None, 1000)
        return {str(memory_id): version for memory_id, _, version in found}

    def outbox(self) -> tuple[int, int]:
        waiting = self.rows.waiting(self.tenant)
        return waiting.waiting, waiting.failed

    def until(self, condition: Callable[[], Any], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.outbox()
            self.deliver()


@pytest.fixture
def graph_queues(environment: dict[str, str]) -> Queues:
    return make_queues(RECEIVES)


@pytest.fixture
def settings(settings: Settings, graph_queues: Queues, arcade: Arcade) -> Settings:
    """The settings of each function, where there is a graph."""
    graph = {"graph_queue_url": graph_queues.url, **arcade.address.settings()}
    return replace(
        settings,
        add_memory=settings.add_memory.model_copy(update=graph),
        search=settings.search.model_copy(update=graph),
        consolidate=settings.consolidate.model_copy(update={"graph_queue_url": graph_queues.url}),
        maintain=settings.maintain.model_copy(
            update={"graph_queue_url": graph_queues.url, "graph_dlq_url": graph_queues.dead_letters_url}
        ),
    )


@pytest.fixture
def graphed(
    api: Api,
    settings: Settings,
    graph_queues: Queues,
    connection: Database,
    arcade: Arcade,
    provide: Provide,
) -> Iterator[Graphed]:
    from functions.graph_sync import handler
    from functions.maintain import handler as maintaining

    own = arcade.address.settings() | {"graph_timeout_seconds": 2.0, "max_receives": RECEIVES}
    sync_settings = GraphSyncSettings(
        database_url=settings.maintain.database_url, graph_queue_url=graph_queues.url, **own
    )
    store = connect(arcade.address, timeout=2)
    service = projection.graph_sync(sync_settings, database=connection, graph=store)
    maintain = upkeep.maintain(settings.maintain, database=connection)
    provide(handler, service)
    provide(maintaining, maintain)
    yield Graphed(
        api,
        graph_queues,
        store,
        PostgresGraphRows(connection),
        lambda event: handler.lambda_handler(event, Context()),
        lambda task="scheduled": maintaining.lambda_handler({"task": task}, Context()),
    )
    store.close()


def only(added: Any) -> str:
    (result,) = added["results"]
    return result["id"]


def test_every_way_of_writing_reaches_the_graph(graphed: Graphed, consolidator: ConsolidateService, queues: Queues):
    from tests.integration.consolidating import Worker

    api = graphed.api
    memory_id = only(api.add("I own a boat"))
    graphed.deliver()
    assert graphed.projected() == {memory_id: 1}
    assert api.request("PUT", f"/v1/memories/{memory_id}/", {"text": "I own a car"}).status == 200
    graphed.deliver()
    assert graphed.projected() == {memory_id: 2}
    assert api.request("POST", "/v1/import/", raw='{"text": "I own a house", "user_id": "ada"}').status == 200
    graphed.deliver()
    assert len(graphed.projected()) == 2
    api.add("I live in Porto.", infer=True)
    Worker(consolidator).poll(queues, wait=5)
    graphed.deliver()
    assert len(graphed.projected()) == 3
    answer = api.request("DELETE", "/v1/memories/", query={"user_id": "ada"})
    assert (answer.body["erased"]["memories"], answer.body["erased"]["graph_queued"]) == (3, 3)
    graphed.deliver()
    assert graphed.projected() == {}
    assert graphed.graph.scopes(graphed.tenant.project_id, Scope()) == []
    assert graphed.outbox() == (0, 0)


def test_a_delivery_of_what_was_erased_meanwhile_leaves_nothing(graphed: Graphed):
    memory_id = only(graphed.api.add("I own a boat"))
    assert graphed.api.request("DELETE", f"/v1/memories/{memory_id}/").status == 200
    graphed.until(lambda: graphed.outbox() == (0, 0))
    assert graphed.projected() == {}


def test_with_the_queue_down_a_write_is_answered_and_upkeep_sends_it(
    graphed: Graphed, monkeypatch: pytest.MonkeyPatch, database: TestDatabase
):
    url = graphed.queues.url.rpartition("/")
    graphed.queues.client.delete_queue(QueueUrl=graphed.queues.url)
    memory_id = only(graphed.api.add("I own a boat"))
    assert graphed.outbox() == (1, 0)
    fifo = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    graphed.queues.client.create_queue(QueueName=url[2], Attributes=fifo)
    assert graphed.maintain()["graph_sent"] == 0  # the request that wrote it may still send it
    assert graphed.maintain("resend")["graph_sent"] == 1
    graphed.deliver()
    assert graphed.projected() == {memory_id: 1}


def test_what_was_written_without_a_graph_is_projected_once_there_is_one(
    graphed: Graphed, settings: Settings, connection: Database
):
    api = graphed.api
    without = settings.add_memory.model_copy(update={"graph_queue_url": None})
    from functions.add_memory import handler
    from functions.add_memory.routes import service

    behind_graph = handler.app.dependency_overrides[service]
    plain = writes.add_memory(without, database=connection)
    handler.app.dependency_overrides[service] = lambda: plain
    ids = {only(api.add(f"I own {n} boats")) for n in range(3)}
    handler.app.dependency_overrides[service] = behind_graph
    assert graphed.deliver(wait=0) == 0
    assert graphed.outbox() == (3, 0)
    assert graphed.maintain("resend")["graph_sent"] == 3
    graphed.deliver()
    assert graphed.projected().keys() == ids


def test_without_a_graph_nothing_is_asked_of_one(graphed: Graphed, settings: Settings, connection: Database):
    without = settings.maintain.model_copy(update={"graph_queue_url": None, "graph_dlq_url": None})
    graphed.api.add("I own a boat")
    done = upkeep.maintain(without, database=connection)(True)
    assert (done.graph_sent, done.graph_failed, done.queue_answered) == (0, 0, True)


def tire(database: TestDatabase) -> None:
    """As if the graph had been away for a day and an hour."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.graph_outbox SET failing_since = now() - interval '25 hours', not_before = NULL")


def test_what_is_given_up_on_says_why_and_can_be_redriven(graphed: Graphed, arcade: Arcade, database: TestDatabase):
    arcade.kill()
    try:
        memory_id = only(graphed.api.add("I own a boat"))
        assert graphed.deliver() == 1
        assert graphed.outbox() == (1, 0)
        assert graphed.rows.waiting(graphed.tenant).error == "The graph does not answer; try again."
        tire(database)
        graphed.until(lambda: graphed.outbox() == (0, 1))
        assert graphed.maintain("resend")["graph_sent"] == 0  # what was given up on waits to be redriven
    finally:
        arcade.again()
    assert graphed.api.request("POST", "/v1/graph/redrive/").body == {"redriven": 1}
    graphed.until(lambda: graphed.outbox() == (0, 0))
    assert graphed.projected() == {memory_id: 1}


WRITERS = 6


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many messages were sent for each scope, to a queue in which what is put off for a moment comes at once."""
    counted: Counter[str] = Counter()
    plain, retry_in = SqsGraphQueue.send, SqsGraphQueue.retry_in

    def send(queue: SqsGraphQueue, changes: Sequence[GraphChange]) -> None:
        plain(queue, changes)
        counted.update(change.scope for change in changes)

    monkeypatch.setattr(SqsGraphQueue, "send", send)
    monkeypatch.setattr(SqsGraphQueue, "retry_in", lambda queue, handle, _: retry_in(queue, handle, 0))
    return counted


def pass_time(database: TestDatabase, seconds: int) -> None:
    """Moves every change back, as if so much time had gone by."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            """
            UPDATE cairn.graph_outbox o
            SET created_at = created_at - t.ago, sent_at = sent_at - t.ago,
                not_before = not_before - t.ago, failing_since = failing_since - t.ago
            FROM (SELECT make_interval(secs => %s) AS ago) t
            """,
            [seconds],
        )


@pytest.mark.parametrize("lasts", LASTS)
def test_after_an_outage_of_the_graph_all_is_in_it_and_nobody_had_to_help(
    graphed: Graphed, arcade: Arcade, database: TestDatabase, sent: Counter[str], lasts: str
):
    outage, ids = steps(LASTS[lasts]), list[str]()
    arcade.kill()
    try:
        for n, step in enumerate(outage):
            if n < 3:
                ids += [only(graphed.api.add(f"I own {n} boats", user_id=f"w{w}")) for w in range(WRITERS)]
            graphed.deliver_all()
            pass_time(database, step)
            graphed.maintain()
        assert graphed.outbox() == (len(ids), 0)
    finally:
        arcade.again()
    while graphed.outbox() != (0, 0):
        graphed.deliver_all()
        pass_time(database, 60)
        graphed.maintain()
    assert graphed.projected() == dict.fromkeys(ids, 1)
    assert count(graphed.queues, graphed.queues.dead_letters_url) == 0
    # What waits in a scope goes in one message each time; each add sent one of its own.
    assert max(sent.values()) <= len(outage) + len(ids) // WRITERS + 2, sent
    report("graph", lasts, accepted=len(ids), sent=sent.total())


def count(queues: Queues, url: str) -> int:
    found = queues.client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(found["ApproximateNumberOfMessages"]) + int(found["ApproximateNumberOfMessagesNotVisible"])


def lose(queues: Queues) -> None:
    """As a queue does that keeps its messages in memory and is started again."""
    for message in queues.receive():
        queues.client.delete_message(QueueUrl=queues.url, ReceiptHandle=message["ReceiptHandle"])


def test_an_attempt_that_crashed_is_given_up_on_by_upkeep(graphed: Graphed):
    graphed.api.add("I own a boat")
    while messages := graphed.queues.receive(wait=2):  # a worker that dies each time and says nothing
        for message in messages:
            graphed.queues.client.change_message_visibility(
                QueueUrl=graphed.queues.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
    assert count(graphed.queues, graphed.queues.dead_letters_url) == 1
    assert graphed.maintain()["graph_failed"] == 1
    assert "ended before" in (graphed.rows.waiting(graphed.tenant).error or "")
    assert count(graphed.queues, graphed.queues.dead_letters_url) == 0


def test_poison_goes_to_the_dead_letter_queue_and_stays_there(graphed: Graphed):
    graphed.queues.client.send_message(
        QueueUrl=graphed.queues.url, MessageBody="{}", MessageGroupId="g", MessageDeduplicationId="p"
    )
    memory_id = only(graphed.api.add("I own a boat"))
    dead = graphed.queues.dead_letters_url
    graphed.until(lambda: count(graphed.queues, dead) == 1)
    graphed.until(lambda: graphed.projected() == {memory_id: 1})
    assert graphed.maintain()["graph_failed"] == 0
    assert count(graphed.queues, dead) == 1


def test_a_graph_that_dies_is_in_nobodys_way_and_catches_up(graphed: Graphed, arcade: Arcade):
    api = graphed.api
    first = only(api.add("I own a boat"))
    graphed.deliver()
    arcade.kill()
    try:
        second = only(api.add("I own a car"))
        assert api.request("DELETE", f"/v1/memories/{first}/").status == 200
        assert [m["memory"] for m in api.search_for("What do I own?")] == ["I own a car"]
        assert graphed.deliver() == 2
    finally:
        arcade.again()
    graphed.maintain("resend")
    graphed.until(lambda: graphed.outbox() == (0, 0))
    assert graphed.projected() == {second: 1}


def test_a_graph_that_hangs_costs_a_record_its_try_and_no_more(graphed: Graphed, arcade: Arcade):
    first = only(graphed.api.add("I own a boat"))
    graphed.deliver()
    second = only(graphed.api.add("I own a car"))
    with arcade.hanging():
        assert graphed.deliver() == 1
    assert graphed.rows.waiting(graphed.tenant).error == "The graph does not answer; try again."
    graphed.until(lambda: graphed.projected() == {first: 1, second: 1})


def test_what_an_invocation_has_no_time_for_is_given_back(graphed: Graphed, monkeypatch: pytest.MonkeyPatch):
    memory_id = only(graphed.api.add("I own a boat"))
    with monkeypatch.context() as patch:
        patch.setattr(Context, "get_remaining_time_in_millis", lambda _: 29_000)
        assert graphed.deliver() == 1
    assert graphed.rows.waiting(graphed.tenant).error is None
    assert graphed.deliver(wait=5) == 0  # it comes again at once
    assert graphed.projected() == {memory_id: 1}


def test_poison_in_a_row_is_given_up_on_after_four_tries(graphed: Graphed, monkeypatch: pytest.MonkeyPatch):
    at_once = SqsGraphQueue.retry_in
    pauses: list[int] = []

    def retry_in(queue: SqsGraphQueue, handle: str, seconds: int) -> None:
        pauses.append(seconds)
        at_once(queue, handle, 0)

    def write(*_: object) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(SqsGraphQueue, "retry_in", retry_in)
    monkeypatch.setattr(Neo4jGraphStore, "write", write)
    graphed.api.add("I own a boat")
    graphed.until(lambda: graphed.outbox() == (0, 1))
    assert [1 <= pauses[0] <= 3, 6 <= pauses[1] <= 10, 25 <= pauses[2] <= 39] == [True] * 3
    assert graphed.rows.waiting(graphed.tenant).error == "Unexpected RuntimeError; see the logs."
    assert graphed.queues.receive(wait=0) == []


def test_a_pinned_key_tells_its_own_changes_and_redrives_no_others(graphed: Graphed, database: TestDatabase):
    made = graphed.api.request("POST", "/v1/keys/", {"name": "k", "role": "writer", "user_id": "ada"}).body
    graphed.api.add("I own a boat", user_id="bob")
    lose(graphed.queues)
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.graph_outbox SET failed_at = now(), error = 'x'")
    assert graphed.api.request("POST", "/v1/graph/redrive/", key=made["key"]).body == {"redriven": 0}
    body = {"messages": "I own a car", "user_id": "ada", "infer": False}
    memory_id = only(graphed.api.request("POST", "/v3/memories/add/", body, key=made["key"]).body)
    graphed.deliver()
    assert memory_id in graphed.projected()
    assert graphed.outbox()[1] == 1


def test_what_was_sent_and_never_projected_is_sent_again(graphed: Graphed, database: TestDatabase):
    memory_id = only(graphed.api.add("I own a boat"))
    lose(graphed.queues)
    assert graphed.maintain()["graph_sent"] == 0
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.graph_outbox SET sent_at = now() - interval '1 hour', id = gen_random_uuid()")
    assert graphed.maintain()["graph_sent"] == 1
    graphed.deliver()
    view = GraphView(graphed.tenant.project_id, Scope(user_id="ada"), datetime.now(UTC) + timedelta(seconds=1))
    assert graphed.graph.counts(view).memories == 1
    assert graphed.projected() == {memory_id: 1}


def test_a_request_sends_its_own_changes_and_few_of_those_that_wait(graphed: Graphed, database: TestDatabase):
    graphed.api.add(*[f"I own house {n}" for n in range(90)], user_id="bob")
    lose(graphed.queues)
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            "UPDATE cairn.graph_outbox SET id = gen_random_uuid(), sent_at = NULL, created_at = now() - interval '1 s'"
        )
    own = {r["id"] for r in graphed.api.add(*[f"I own boat {n}" for n in range(30)])["results"]}
    with psycopg.connect(database.owner_url) as owner:
        rows = owner.execute("SELECT memory_id::text FROM cairn.graph_outbox WHERE sent_at IS NOT NULL").fetchall()
    sent = {memory_id for (memory_id,) in rows}
    assert own <= sent
    assert len(sent - own) <= 20
    assert graphed.maintain("resend")["graph_sent"] >= 90 - len(sent - own)
    graphed.until(lambda: graphed.outbox() == (0, 0))
