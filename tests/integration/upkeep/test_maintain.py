import uuid
from contextlib import closing
from typing import Any

import psycopg
import pytest

from cairn.bootstrap import access, upkeep
from cairn.erasure.store import PostgresErasures
from cairn.kernel.errors import InvalidRequest
from cairn.platform.database import Database
from tests.conftest import TestDatabase
from tests.integration.api import Api, Context
from tests.integration.conftest import Settings
from tests.integration.provide import Provide
from tests.integration.queues import Queues


@pytest.fixture
def maintain(settings: Settings, connection: Database, provide: Provide) -> Any:
    from functions.maintain import handler

    service = upkeep.maintain(settings.maintain, database=connection)
    provide(handler, service)
    return lambda task="scheduled": handler.lambda_handler({"task": task}, Context())


def forget_sending(database: TestDatabase, age: str = "1 hour") -> None:
    """As if SQS had been down when the events were accepted."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.events SET enqueued_at = NULL, created_at = now() - %s::interval", [age])


def test_what_was_never_sent_is_sent_in_order(api: Api, maintain: Any, queues: Queues, database: TestDatabase):
    ids = [api.add(f"I own {n} boats", infer=True)["event_id"] for n in range(3)]
    queues.client.purge_queue(QueueUrl=queues.url)
    queues.client.delete_queue(QueueUrl=queues.url)
    fifo = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    queues.client.create_queue(QueueName=queues.url.rpartition("/")[2], Attributes=fifo)
    forget_sending(database)
    assert maintain()["resent"] == 1  # what ends the first of a scope sends the next one
    assert ids[0] in queues.receive()[0]["Body"]
    assert maintain("resend")["resent"] == 3  # the queue has lost what it had: all of them again


@pytest.mark.parametrize("task", ["x", "Reembed", "", None, 5, ["resend"]])
def test_a_task_that_there_is_not_is_refused_and_does_nothing(
    api: Api, maintain: Any, database: TestDatabase, task: object
):
    api.add("I own a boat", infer=True)
    forget_sending(database)
    with pytest.raises(InvalidRequest, match=r"scheduled, resend, reembed, reembed-undo, reembed-drop"):
        maintain(task)
    assert maintain()["resent"] == 1


def test_the_event_of_a_schedule_runs_upkeep(api: Api, maintain: Any, database: TestDatabase):
    from functions.maintain import handler

    api.add("I own a boat", infer=True)
    forget_sending(database)
    event = {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
    assert handler.lambda_handler(event, Context())["resent"] == 1


def test_one_broken_task_keeps_no_other_from_its_work(
    api: Api,
    settings: Settings,
    connection: Database,
    database: TestDatabase,
    monkeypatch: pytest.MonkeyPatch,
    provide: Provide,
):
    from functions.maintain import handler

    api.add("I own a boat", infer=True)
    forget_sending(database)

    def broken(*_: object) -> int:
        raise RuntimeError("a row that cannot be read")

    monkeypatch.setattr(PostgresErasures, "purge_expired", broken)
    run = upkeep.maintain(settings.maintain, database=connection)
    done = run(False)
    assert (done.resent, done.broken) == (1, ["expired"])
    provide(handler, run)
    with pytest.raises(handler.UpkeepFailed, match="expired"):
        handler.lambda_handler({}, Context())


def test_of_two_runs_at_once_one_does_the_work(
    api: Api, maintain: Any, settings: Settings, database: TestDatabase, connection: Database
):
    api.add("I own a boat", infer=True)
    forget_sending(database)
    with closing(Database(database.app_url)) as other, other.alone("maintain") as is_alone:
        assert is_alone
        done = maintain()
        assert (done["resent"], done["queue_answered"]) == (0, False)
    assert maintain()["resent"] == 1


def test_a_later_release_finds_what_waits_and_sends_it_when_it_is_due(
    api: Api, maintain: Any, queues: Queues, database: TestDatabase
):
    first = api.add("I own a boat", infer=True)["event_id"]
    api.add("I own a canoe", infer=True)
    queues.client.purge_queue(QueueUrl=queues.url)
    forget_sending(database)
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.events SET not_before = now() + interval '1 hour' WHERE id = %s", [first])
    assert maintain()["resent"] == 0  # nor what waits behind it
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.events SET not_before = now() WHERE id = %s", [first])
    assert maintain()["resent"] == 1


def test_a_young_event_is_left_to_the_request_that_sends_it(api: Api, maintain: Any, database: TestDatabase):
    api.add("I own a boat", infer=True)
    forget_sending(database, age="1 second")
    assert maintain()["resent"] == 0
    assert maintain("resend")["resent"] == 1


def test_finished_events_are_never_sent_again(api: Api, maintain: Any, database: TestDatabase):
    api.add("I own a boat", infer=False)
    forget_sending(database)
    assert maintain("resend")["resent"] == 0


def test_events_of_all_projects_are_found(api: Api, maintain: Any, database: TestDatabase):
    _, other = access.create_project(database.app_url, "other")
    api.add("I own a boat", infer=True)
    api.request("POST", "/v3/memories/add/", {"messages": "I own a car", "user_id": "u"}, key=other)
    forget_sending(database)
    assert maintain()["resent"] == 2


def dead_letter(queues: Queues) -> str:
    """Moves the one queued message to the dead-letter queue, as SQS does after its last receive; returns its body."""
    (message,) = queues.receive()
    queues.client.delete_message(QueueUrl=queues.url, ReceiptHandle=message["ReceiptHandle"])
    put_dead_letter(queues, message["Body"])
    return message["Body"]


def put_dead_letter(queues: Queues, body: str) -> None:
    queues.client.send_message(
        QueueUrl=queues.dead_letters_url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=str(uuid.uuid4())
    )


def test_an_event_whose_every_attempt_crashed_is_failed_readably(api: Api, maintain: Any, queues: Queues):
    event_id = api.add("I own a boat", infer=True)["event_id"]
    dead_letter(queues)
    assert maintain()["failed"] == 1
    event = api.event(event_id)
    assert event["status"] == "FAILED"
    assert "dead-letter queue" in event["error"]


def test_a_dead_letter_of_an_earlier_life_is_cleared_and_fails_nothing(api: Api, maintain: Any, queues: Queues):
    event_id = api.add("I own a boat", infer=True)["event_id"]
    body = dead_letter(queues)
    maintain()
    assert api.request("POST", f"/v1/event/{event_id}/redrive/").status == 200
    queues.client.purge_queue(QueueUrl=queues.dead_letters_url)
    put_dead_letter(queues, body)
    assert maintain()["failed"] == 0
    assert api.event(event_id)["status"] == "PENDING"
    left = queues.client.get_queue_attributes(QueueUrl=queues.dead_letters_url, AttributeNames=["All"])["Attributes"]
    assert left["ApproximateNumberOfMessages"] == left["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_what_expired_long_ago_is_erased_with_its_messages(api: Api, maintain: Any, database: TestDatabase):
    api.add("I own a boat", expiration_date="2020-01-01")
    api.add("I own a car", expiration_date="2099-01-01")
    api.add("I own a house")
    assert maintain()["expired"] == 1
    assert [m["memory"] for m in api.list(show_expired=True)] == ["I own a car", "I own a house"]
    with psycopg.connect(database.owner_url) as owner:
        assert owner.execute("SELECT count(*) FROM cairn.messages WHERE content LIKE '%boat%'").fetchone() == (0,)


def test_with_the_queue_down_the_rest_of_upkeep_goes_on(
    api: Api, settings: Settings, connection: Database, monkeypatch: pytest.MonkeyPatch
):
    api.add("I own a boat", expiration_date="2020-01-01")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:9")
    done = upkeep.maintain(settings.maintain, database=connection)(False)
    assert (done.expired, done.resent, done.failed, done.queue_answered) == (1, 0, 0, False)


def test_without_a_graph_nobody_looks_for_what_waits_for_it(
    api: Api, settings: Settings, connection: Database, database: TestDatabase
):
    """Every memory waits in the outbox then, and to look for them takes longer each day."""
    api.add("I own a boat")
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("REVOKE EXECUTE ON FUNCTION cairn.projects_behind_graph FROM cairn_app")
    assert upkeep.maintain(settings.maintain, database=connection)(False).broken == []
    queue = settings.maintain.consolidate_queue_url
    with_graph = settings.maintain.model_copy(update={"graph_queue_url": queue})
    assert upkeep.maintain(with_graph, database=connection)(False).broken == ["graph_sent"]
