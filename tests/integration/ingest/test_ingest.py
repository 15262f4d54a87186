"""Adds of other systems, through the handler, with a real queue in front and a real database behind."""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from pydantic import SecretStr

from cairn.bootstrap import ingestion
from cairn.events.queue import SqsQueue
from cairn.ingest.sqs import IngestService
from cairn.kernel.errors import DatabaseUnavailable, Misconfigured, QueueUnavailable
from cairn.kernel.metrics import Metric
from cairn.kernel.observability import metrics as real_metrics
from cairn.kernel.tenancy import Tenant
from cairn.platform.database import Database
from cairn.platform.retries import RetryPolicy
from functions.ingest import handler
from local.postgres import free_port
from tests.conftest import TestDatabase
from tests.integration.api import Api, Context
from tests.integration.conftest import Settings
from tests.integration.consolidating import CountedMetrics
from tests.integration.provide import Provide
from tests.integration.queues import Queues, make_standard_queues

RECEIVES = 3
EVEN = RetryPolicy(spread=lambda: 1)


class TeedMetrics(CountedMetrics):
    """Metrics that are counted and emitted."""

    def add_metric(self, name: str, unit: Any, value: float) -> None:
        super().add_metric(name, unit, value)
        real_metrics.add_metric(name, unit, value)


class WatchedQueue(SqsQueue):
    """The ingestion queue; remembers the pauses that were asked for, and makes none."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.pauses: list[int] = []
        self.delays: list[int] = []

    def retry_in(self, receipt_handle: str, seconds: int) -> None:
        self.pauses.append(seconds)
        super().retry_in(receipt_handle, 0)

    def send_later(self, body: str, attributes: Mapping[str, str], seconds: int) -> None:
        self.delays.append(seconds)
        super().send_later(body, attributes, 0)


@dataclass
class Feed:
    """Another system, and the event source mapping between its queue and the function."""

    api: Api
    queues: Queues
    queue: WatchedQueue
    metrics: CountedMetrics
    bodies: list[str] = field(default_factory=list)

    def add(self, *contents: str, **fields: Any) -> dict[str, Any]:
        messages = [{"role": "user", "content": c} for c in contents]
        return {"project_id": self.api.project_id, "user_id": "ada", "messages": messages} | fields

    def send(self, *bodies: Any) -> None:
        for body in bodies:
            text = body if isinstance(body, str) else json.dumps(body)
            self.queues.client.send_message(QueueUrl=self.queues.url, MessageBody=text)

    def poll(self) -> int:
        """One batch, as Lambda sees it through; returns how many of it failed."""
        messages = self.queues.receive()
        failed = self.handle(messages)
        for message in messages:
            if message["MessageId"] not in failed:
                self.queues.client.delete_message(QueueUrl=self.queues.url, ReceiptHandle=message["ReceiptHandle"])
        return len(failed)

    def handle(self, messages: list[dict[str, Any]]) -> list[str]:
        answer = handler.lambda_handler(self.queues.event(messages), Context())
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def dead_letters(self) -> list[str]:
        return [m["Body"] for m in self.queues.receive(self.queues.dead_letters_url, wait=1)]

    def events(self) -> list[dict[str, Any]]:
        return self.api.request("GET", "/v1/events/").body["results"]


@pytest.fixture
def feed(
    api: Api, settings: Settings, connection: Database, monkeypatch: pytest.MonkeyPatch, provide: Provide
) -> Iterator[Feed]:
    queues = make_standard_queues(RECEIVES)
    made = ingestion.ingest(settings.ingest, database=connection)
    queue, metrics = WatchedQueue(queues.url), TeedMetrics()
    service = IngestService(made.ingest, queue)
    provide(handler, service)
    monkeypatch.setattr("cairn.ingest.sqs.metrics", metrics)
    yield Feed(api, queues, queue, metrics)
    queue.close()
    queues.client.close()


def enveloped(detail: Any, **fields: Any) -> dict[str, Any]:
    """What a rule of EventBridge puts into its target."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "cairn.memory.add",
        "source": "crm",
        "account": "000000000000",
        "time": "2026-11-21T12:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    } | fields


def test_both_shapes_are_accepted_as_the_api_accepts_them(feed: Feed, queues: Queues):
    feed.send(feed.add("I live in Porto."), enveloped(feed.add("I am vegetarian.", user_id="bo")))
    while feed.poll() or len(feed.events()) < 2:
        pass
    assert {e["status"] for e in feed.events()} == {"PENDING"}
    assert len(queues.receive()) == 2  # for consolidate
    assert feed.metrics.sums[Metric.INGESTED] == 2
    assert feed.dead_letters() == []


def test_verbatim_messages_are_memories_at_once(feed: Feed):
    feed.send(enveloped(feed.add("I live in Porto.", "I eat no meat.", infer=False, metadata={"from": "crm"})))
    assert feed.poll() == 0
    assert [(m["memory"], m["metadata"]) for m in feed.api.list()] == [
        ("I live in Porto.", {"from": "crm"}),
        ("I eat no meat.", {"from": "crm"}),
    ]


def test_a_message_delivered_twice_is_one_event(feed: Feed):
    feed.send(feed.add("I live in Porto.", infer=False))
    messages = feed.queues.receive()
    assert [feed.handle(messages) for _ in range(3)] == [[], [], []]
    assert len(feed.api.list()) == 1


@pytest.mark.parametrize("shape", ["event id", "given key", "given key, both ways"])
def test_a_repeat_under_its_key_is_one_event(feed: Feed, shape: str):
    keyed = feed.add("I live in Porto.", infer=False, idempotency_key="ticket-7")
    same = enveloped(feed.add("I live in Porto.", infer=False))
    feed.send(*{"event id": (same, same), "given key": (keyed, keyed)}.get(shape, (keyed, enveloped(keyed))))
    while (
        feed.queues.client.get_queue_attributes(
            QueueUrl=feed.queues.url, AttributeNames=["ApproximateNumberOfMessages"]
        )["Attributes"]["ApproximateNumberOfMessages"]
        != "0"
    ):
        assert feed.poll() == 0
    assert feed.metrics.sums[Metric.INGESTED] == 2
    assert len(feed.api.list()) == 1


def test_two_messages_of_the_same_words_are_two_events_and_one_memory(feed: Feed):
    feed.send(*[feed.add("I live in Porto.", infer=False)] * 2)
    while len(events := feed.api.request("GET", "/v1/events/").body["results"]) < 2:
        assert feed.poll() == 0
    assert sorted(r["event"] for event in events for r in event["results"]) == ["ADD", "NOOP"]
    assert len(feed.api.list()) == 1


def test_keys_of_the_queue_and_of_the_api_do_not_meet(feed: Feed):
    body = {"messages": [{"role": "user", "content": "Over HTTP."}], "user_id": "ada", "infer": False}
    for key in ("ticket-7", "ingest given ticket-7"):
        said = body | {"allow_duplicates": True}
        assert feed.api.request("POST", "/v3/memories/add/", said, headers={"idempotency-key": key}).status == 200
    feed.send(feed.add("Over SQS.", infer=False, idempotency_key="ticket-7"))
    assert feed.poll() == 0
    assert sorted(m["memory"] for m in feed.api.list()) == ["Over HTTP.", "Over HTTP.", "Over SQS."]


def refused(feed: Feed) -> list[tuple[str, dict[str, Any] | str]]:
    """Every message that no later try mends, and what the log says of it."""
    good = feed.add("I live in Porto.")
    return [
        ("The message is not valid JSON.", "{"),
        ("The message is not valid JSON.", "[" * 100_000),
        ("The body should be", "[1]"),
        ("project_id is required.", {k: v for k, v in good.items() if k != "project_id"}),
        ("project_id should be a valid UUID", good | {"project_id": "mine"}),
        ("Project not found!", good | {"project_id": str(uuid4())}),
        ("messages is required.", enveloped({"project_id": good["project_id"], "user_id": "ada"})),
        ("At least one of user_id", {k: v for k, v in good.items() if k != "user_id"}),
        ("messages[0].content", feed.add("x" * 100_001)),
        ("user_id holds a NUL", good | {"user_id": "a\x00b"}),
        ("idempotency_key should have at least", good | {"idempotency_key": ""}),
        ("idempotency_key should have at most", good | {"idempotency_key": "k" * 256}),
        ("The body should be", enveloped("text")),
        ("metadata", good | {"metadata": {"n": float("nan")}}),
    ]


def test_bad_messages_are_refused_with_one_sentence_and_nothing_is_written(
    feed: Feed, caplog: pytest.LogCaptureFixture
):
    for sentence, body in refused(feed):
        text = body if isinstance(body, str) else json.dumps(body)
        message = {"MessageId": secrets.token_hex(4), "ReceiptHandle": "none", "Body": text, "MD5OfBody": ""}
        message["Attributes"] = {"ApproximateReceiveCount": "1"}
        feed.queue.retry_in = lambda handle, seconds: feed.queue.pauses.append(seconds)
        caplog.clear()
        assert feed.handle([message]) == [message["MessageId"]]
        (reason,) = [getattr(r, "reason", None) for r in caplog.records if getattr(r, "action", "") == "ingest.refused"]
        assert reason.startswith(sentence), reason
    assert set(feed.queue.pauses) == {0}
    assert feed.metrics.sums[Metric.INGEST_REFUSED] == len(refused(feed))
    assert feed.events() == []


def test_a_key_used_again_with_another_body_is_refused(feed: Feed):
    feed.send(feed.add("I live in Porto.", idempotency_key="k"))
    assert feed.poll() == 0
    feed.send(feed.add("I live in Lisbon.", idempotency_key="k"))
    assert feed.poll() == 1
    assert len(feed.events()) == 1


def test_poison_ends_in_the_dead_letter_queue_and_is_counted_once(feed: Feed):
    feed.send("{poison")
    for _ in range(RECEIVES):
        assert feed.poll() == 1
    assert feed.queues.receive(wait=1) == []  # the receive that moves it
    assert feed.dead_letters() == ["{poison"]
    assert feed.metrics.sums[Metric.INGEST_REFUSED] == 1


def test_one_bad_message_of_a_batch_holds_up_no_other(feed: Feed):
    feed.send(feed.add("I live in Porto.", infer=False), "{", feed.add("I eat no meat.", infer=False))
    messages: list[dict[str, Any]] = []
    while len(messages) < 3:
        messages += feed.queues.receive()
    bad = [m["MessageId"] for m in messages if m["Body"] == "{"]
    assert feed.handle(messages) == bad
    assert len(feed.api.list()) == 2


@dataclass
class Clock:
    """A time that only the test moves."""

    now: datetime = datetime(2028, 2, 29, 23, 59, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_while_the_database_is_away_a_message_waits_for_a_night_and_is_the_same_add_afterwards(
    feed: Feed, settings: Settings, connection: Database, provide: Provide
):
    clock = Clock()
    made = ingestion.ingest(settings.ingest, database=connection)
    provide(handler, IngestService(made.ingest, feed.queue, clock, EVEN))
    here, away = made.ingest._projects._database, Database(f"postgresql://u@127.0.0.1:{free_port()}/d")
    made.ingest._projects._database = away
    feed.send(feed.add("I live in Porto."))
    (first,) = feed.queues.receive()
    assert feed.handle([first]) == []  # it was handed on; the first one is not deleted, so that it comes twice
    assert feed.queue.delays == [2]
    while sum(feed.queue.delays) < 12 * 3600:
        clock.now += timedelta(seconds=feed.queue.delays[-1])
        assert feed.poll() == 0
    assert feed.queue.delays[:5] == [2, 4, 12, 36, 108]
    assert max(feed.queue.delays) == 300
    assert (feed.queue.pauses, feed.dead_letters()) == ([], [])
    assert Metric.INGEST_REFUSED not in feed.metrics.sums

    made.ingest._projects._database = here
    assert feed.poll() == 0
    assert feed.handle([first]) == []
    assert [e["status"] for e in feed.events()] == ["PENDING"]


@pytest.mark.parametrize("error", [DatabaseUnavailable("away"), Misconfigured("another model"), RuntimeError("a bug")])
def test_what_the_queue_cannot_put_off_comes_again_later_and_is_not_refused(
    feed: Feed,
    settings: Settings,
    connection: Database,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    provide: Provide,
):
    def fails(*_: object) -> None:
        raise error

    def away(*_: object) -> None:
        raise QueueUnavailable("The queue does not answer.")

    made = ingestion.ingest(settings.ingest, database=connection)
    monkeypatch.setattr(made.ingest._projects, "project", fails)
    monkeypatch.setattr(feed.queue, "send_later", away)
    provide(handler, IngestService(made.ingest, feed.queue, Clock(), EVEN))
    feed.send(feed.add("I live in Porto."))
    assert [feed.poll(), feed.poll()] == [1, 1]
    assert feed.queue.pauses == [2, 6]
    assert Metric.INGEST_REFUSED not in feed.metrics.sums


def test_after_a_day_of_outage_a_message_goes_to_the_dead_letter_queue(
    feed: Feed, settings: Settings, connection: Database, provide: Provide
):
    clock = Clock()
    made = ingestion.ingest(settings.ingest, database=connection)
    made.ingest._projects._database = Database(f"postgresql://u@127.0.0.1:{free_port()}/d")
    provide(handler, IngestService(made.ingest, feed.queue, clock, EVEN))
    feed.send(feed.add("I live in Porto."))
    assert feed.poll() == 0
    clock.now += timedelta(hours=25)
    for _ in range(RECEIVES):
        assert feed.poll() == 1
    assert feed.queues.receive(wait=1) == []
    assert len(feed.dead_letters()) == 1


def test_while_sqs_does_not_take_the_event_it_is_accepted_all_the_same(
    feed: Feed, settings: Settings, connection: Database, monkeypatch: pytest.MonkeyPatch, provide: Provide
):
    own = settings.ingest.model_copy(update={"consolidate_queue_url": f"http://127.0.0.1:{free_port()}/0/q.fifo"})
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", f"http://127.0.0.1:{free_port()}")
    made = ingestion.ingest(own, database=connection)
    provide(handler, IngestService(made.ingest, feed.queue))
    feed.send(feed.add("I live in Porto."))
    assert feed.poll() == 0
    assert [e["status"] for e in feed.events()] == ["PENDING"]
    assert feed.metrics.sums[Metric.ENQUEUE_FAILED] == 1


def test_what_an_invocation_has_no_time_for_is_given_back(feed: Feed, monkeypatch: pytest.MonkeyPatch):
    feed.send(feed.add("I live in Porto."))
    with monkeypatch.context() as patch:
        patch.setattr(Context, "get_remaining_time_in_millis", lambda _: 29_000)
        assert feed.poll() == 1
    assert (feed.queue.pauses, feed.events()) == ([0], [])
    assert feed.poll() == 0
    assert len(feed.events()) == 1


def test_a_spent_budget_waits_until_it_is_new(feed: Feed, connection: Database):
    path = f"/api/v1/orgs/organizations/{feed.api.request('GET', '/v1/ping/').body['org_id']}"
    answer = feed.api.request("PATCH", f"{path}/projects/{feed.api.project_id}/", {"daily_token_budget": 10})
    assert answer.status == 200, answer
    spend = "INSERT INTO cairn.usage (project_id, day, kind, requests, tokens_in, tokens_out, cost_usd) VALUES"
    from cairn.kernel.tenancy import Tenant

    with connection.transaction(Tenant(feed.api.project_id)) as transaction:
        transaction.execute(
            f"{spend} (%s, (now() AT TIME ZONE 'utc')::date, 'extract', 1, 10, 0, 0)", [feed.api.project_id]
        )
    feed.send(feed.add("I live in Porto."))
    assert feed.poll() == 1
    (pause,) = feed.queue.pauses
    assert 0 < pause <= 42_000
    feed.send(feed.add("I live in Porto.", infer=False))
    while not feed.api.list():
        feed.poll()


def test_the_bus_sends_adds_to_the_queue(feed: Feed, sqs: Any):
    import boto3

    events = boto3.client("events")
    entry = {"EventBusName": "cairn", "Source": "crm", "Detail": json.dumps(feed.add("I live in Porto."))}
    entries = [entry | {"DetailType": kind} for kind in ("cairn.memory.other", "cairn.memory.add")]
    assert events.put_events(Entries=entries)["FailedEntryCount"] == 0
    events.close()
    (message,) = feed.queues.receive(sqs.ingest_queue_url)
    feed.queues.client.delete_message(QueueUrl=sqs.ingest_queue_url, ReceiptHandle=message["ReceiptHandle"])
    assert feed.handle([message]) == []
    assert [e["status"] for e in feed.events()] == ["PENDING"]


def test_the_settings_are_those_of_the_deployment(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    from cairn.kernel.settings import IngestSettings

    monkeypatch.setenv("CAIRN_DATABASE_URL", "postgresql://u@h/d")
    monkeypatch.setenv("CAIRN_INGEST_QUEUE_URL", "i")
    monkeypatch.setenv("CAIRN_CONSOLIDATE_QUEUE_URL", "c")
    made = IngestSettings()
    assert (made.ingest_queue_url, made.consolidate_queue_url) == ("i", "c")
    assert made.database_url == SecretStr("postgresql://u@h/d")


def test_an_erased_add_is_not_brought_back_by_a_late_delivery(feed: Feed, database: TestDatabase):
    feed.send(feed.add("My name is Zebulon.", infer=False))
    late = feed.queues.receive()
    assert feed.handle(late) == []
    answer = feed.api.request("DELETE", "/v1/memories/", query={"user_id": "ada"})
    assert answer.status == 200
    assert feed.handle(late) == []
    assert feed.api.list() == []
    assert [event["event_type"] for event in feed.events()] == ["DELETE"]
    with psycopg.connect(database.owner_url) as owner:
        (kept,) = owner.execute("SELECT e::text FROM cairn.events e WHERE type = 'ERASED'").fetchall()
    assert "Zebulon" not in str(kept)
    assert "ada" not in str(kept)


@pytest.mark.parametrize("infer", [True, False])
@pytest.mark.parametrize("waits", [True, False])
def test_a_repeat_of_an_erased_add_is_answered_as_the_first_and_stores_nothing(
    feed: Feed, database: TestDatabase, infer: bool, waits: bool
):
    body = {"messages": "I like tea", "user_id": "ada", "infer": infer}
    key = {"idempotency-key": "order-7"}
    first = feed.api.request("POST", "/v3/memories/add/", body, headers=key).body
    feed.api.request("DELETE", "/v1/memories/", query={"user_id": "ada"})
    repeat = body | ({"async_mode": False} if waits else {})
    again = feed.api.request("POST", "/v3/memories/add/", repeat, headers=key)
    assert again.status == 200
    assert again.body["event_id"] == first["event_id"]
    assert waits or again.body["status"] == first["status"]
    with psycopg.connect(database.owner_url) as owner:
        counts = owner.execute(
            "SELECT (SELECT count(*) FROM cairn.messages), (SELECT count(*) FROM cairn.memories)"
        ).fetchone()
    assert counts == (0, 0)
    assert feed.api.request("GET", f"/v1/event/{first['event_id']}/").status == 404
    again = feed.api.request("DELETE", "/v1/memories/", query={"user_id": "ada"})
    assert again.status == 200


def test_a_message_about_an_erased_add_that_waited_in_the_queue_makes_nothing(feed: Feed, consolidator: Any):
    key = {"idempotency-key": "order-7"}
    body = {"messages": "I like tea", "user_id": "ada", "infer": True}
    event_id = feed.api.request("POST", "/v3/memories/add/", body, headers=key).body["event_id"]
    feed.api.request("DELETE", "/v1/memories/", query={"user_id": "ada"})
    tenant = Tenant(UUID(feed.api.project_id))
    assert consolidator.consolidate(tenant, UUID(event_id)).skipped
    assert feed.api.list() == []
