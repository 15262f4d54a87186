import json
import os
import sys
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType
from typing import Any

import psycopg
import pytest

from cairn.bootstrap import consolidation
from cairn.events.queue import SqsQueue
from cairn.kernel.tenancy import Tenant
from cairn.models_ai.embed.port import Embedder, Vector
from cairn.platform.database import Database
from tests.conftest import TestDatabase
from tests.integration.api import Api, Context
from tests.integration.conftest import Settings
from tests.integration.provide import Provide
from tests.integration.queues import Queues

Deliver = Callable[[], list[str]]


class FailingEmbedder:
    """The real embedder, which cannot embed what speaks of `poison`, and counts the texts it is given."""

    embedded = 0
    poison = "poison"

    def __init__(self, real: Embedder) -> None:
        self._real = real
        self.model, self.dimensions = real.model, real.dimensions

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        if any(self.poison in text for text in texts):
            raise RuntimeError("no vector")
        FailingEmbedder.embedded += len(texts)
        return self._real.embed(texts)

    def embed_query(self, text: str) -> Vector:
        return self._real.embed_query(text)


@pytest.fixture
def handler(settings: Settings, connection: Database, real_embedder: Embedder, provide: Provide) -> Any:
    from functions.consolidate import handler

    embedder = FailingEmbedder(real_embedder)
    service = consolidation.consolidate(settings.consolidate, database=connection, embedder=embedder)
    provide(handler, service)
    return handler.lambda_handler


@pytest.fixture
def deliver(queues: Queues, handler: Any) -> Deliver:
    """One poll of an event source mapping: receive, invoke, delete what succeeded; returns what failed."""

    def once() -> list[str]:
        messages = queues.receive(wait=2)
        if not messages:
            return []
        answer = handler(queues.event(messages), Context())
        failed = [f["itemIdentifier"] for f in answer["batchItemFailures"]]
        for message in messages:
            if message["MessageId"] not in failed:
                queues.client.delete_message(QueueUrl=queues.url, ReceiptHandle=message["ReceiptHandle"])
        return failed

    return once


def results(event: dict[str, Any]) -> list[tuple[str, str]]:
    return [(r["event"], r["memory"]) for r in event["results"]]


def test_what_a_user_says_is_kept_whole_with_speaker_time_and_source(api: Api, deliver: Deliver):
    messages = [
        {"role": "user", "name": "Ann", "content": "Hi! I live in Oslo. What is the weather like?"},
        {"role": "assistant", "content": "It is sunny in Oslo."},
    ]
    body = {"messages": messages, "user_id": "ada", "timestamp": 1_700_000_000}
    event_id = api.request("POST", "/v3/memories/add/", body).body["event_id"]
    assert deliver() == []
    event = api.event(event_id)
    assert event["status"] == "SUCCEEDED"
    whole = messages[0]["content"]
    assert results(event) == [("ADD", whole)]
    assert event["results"][0]["reason"]
    assert event["usage"]["dropped"] == {"assistant": 1}
    (memory,) = api.list()
    assert (memory["memory"], memory["actor"], memory["kind"]) == (whole, "Ann", "fact")
    assert memory["timestamp"] == "2023-11-14T22:13:20+00:00"
    history = api.request("GET", f"/v1/memories/{memory['id']}/history/").body
    assert [(h["event"], h["new_memory"]) for h in history] == [("ADD", whole)]
    assert history[0]["input"][0]["content"] == whole


def test_the_same_words_become_noop_with_a_reason_and_other_letters_do_not(api: Api, deliver: Deliver):
    for text in ("I live in Oslo.", " I  live in Oslo!", "I live in OSLO.", "I live in Rome."):
        event_id = api.add(text, infer=True)["event_id"]
        deliver()
        event = api.event(event_id)
        expected = "NOOP" if text == " I  live in Oslo!" else "ADD"
        assert [r["event"] for r in event["results"]] == [expected], text
        assert all(r["reason"] for r in event["results"])
    assert [m["memory"] for m in api.list()] == ["I live in Oslo.", "I live in OSLO.", "I live in Rome."]


@pytest.mark.parametrize(
    ("said", "event_time", "precision"),
    [
        ("We shipped Rook in Q2 2024.", "2024-04-01", "quarter"),
        ("Wir haben Rook im 2. Quartal 2024 ausgeliefert.", "2024-04-01", "quarter"),
        ("I was in Ghent between March and May 2021.", "2021-03-01", "season"),
        ("Geçen hafta Ali ile tanıştım.", "2026-03-02", "week"),
        ("ฉันย้ายบ้านวันที่ 15 มีนาคม 2566", "2023-03-15", "day"),
        ("I installed version 12.04.2022.", None, None),
    ],
)
def test_a_memory_has_the_time_that_its_text_tells_of(
    api: Api, deliver: Deliver, said: str, event_time: str | None, precision: str | None
):
    body = {"messages": [{"role": "user", "content": said}], "user_id": "ada", "timestamp": "2026-03-10T12:00:00Z"}
    assert api.request("POST", "/v3/memories/add/", body).status == 200
    assert deliver() == []
    (memory,) = api.list()
    assert (memory["event_time"] and memory["event_time"][:10], memory["event_precision"]) == (event_time, precision)


def test_an_event_that_repeats_itself_adds_once(api: Api, deliver: Deliver):
    event_id = api.add("I live in Oslo.", "I live in Oslo!", "I live in Oslo", infer=True)["event_id"]
    deliver()
    assert [r["event"] for r in api.event(event_id)["results"]] == ["ADD", "NOOP", "NOOP"]
    assert len(api.list()) == 1


def test_what_an_agent_says_is_kept_where_the_add_is_about_it(api: Api, deliver: Deliver):
    messages = [{"role": "user", "content": "I live in Oslo."}, {"role": "assistant", "content": "I speak in rhymes."}]
    api.request("POST", "/v3/memories/add/", {"messages": messages, "agent_id": "bot"})
    deliver()
    kept = api.list(filters={"agent_id": "bot"})
    assert [(m["memory"], m["actor"]) for m in kept] == [
        ("I live in Oslo.", "user"),
        ("I speak in rhymes.", "assistant"),
    ]


def test_each_text_of_an_event_is_embedded_once(api: Api, deliver: Deliver):
    messages = [{"role": "user", "content": f"Box {n} in my attic holds thing {n}."} for n in range(60)]
    api.request("POST", "/v3/memories/add/", {"messages": messages, "user_id": "ada"})
    before = FailingEmbedder.embedded
    assert deliver() == []
    assert len(api.list(page_size=100)) == 60
    assert FailingEmbedder.embedded - before == 60  # the memory and its message are one text


def test_the_same_words_of_two_speakers_are_two_facts(api: Api, deliver: Deliver):
    messages = [{"role": "user", "name": n, "content": "I live in Oslo."} for n in ("Ann", "Bob")]
    api.request("POST", "/v3/memories/add/", {"messages": messages, "user_id": "ada"})
    deliver()
    assert [m["actor"] for m in api.list()] == ["Ann", "Bob"]


def test_the_same_fact_in_two_scopes_is_kept_in_both(api: Api, deliver: Deliver):
    api.add("I live in Oslo.", infer=True, user_id="ada")
    api.add("I live in Oslo.", infer=True, user_id="bob")
    deliver()
    everyone = api.list(filters={"user_id": "*"})
    assert [m["user_id"] for m in everyone] == ["ada", "bob"]


def test_small_talk_succeeds_with_nothing_kept_and_says_so(api: Api, deliver: Deliver):
    event_id = api.add("Hello! How are you?", infer=True)["event_id"]
    deliver()
    event = api.event(event_id)
    assert (event["status"], event["results"]) == ("SUCCEEDED", [])
    assert event["usage"]["dropped"] == {"question": 1}


def test_a_message_delivered_twice_is_applied_once(api: Api, handler: Any, queues: Queues):
    event_id = api.add("I live in Oslo.", infer=True)["event_id"]
    event = queues.event(queues.receive())
    for _ in range(3):
        assert handler(event, Context()) == {"batchItemFailures": []}
    assert len(api.list()) == 1
    assert results(api.event(event_id)) == [("ADD", "I live in Oslo.")]


def test_one_bad_record_fails_alone_and_other_scopes_go_on(api: Api, deliver: Deliver):
    bad = api.add("This is poison for the model.", infer=True, user_id="bad")["event_id"]
    behind = api.add("I live in Rome.", infer=True, user_id="bad")["event_id"]
    good = api.add("I live in Oslo.", infer=True, user_id="good")["event_id"]
    assert len(deliver()) == 2  # the bad one, and the one behind it in its scope: order is kept
    assert api.event(good)["status"] == "SUCCEEDED"
    waiting = api.event(bad)
    assert (waiting["status"], waiting["attempts"]) == ("RUNNING", 1)
    assert "RuntimeError" in waiting["error"]
    assert api.event(behind)["status"] == "PENDING"


def tire(database: TestDatabase) -> None:
    """As if every unfinished event had failed three times in a way that does not pass."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.events SET faults = 3 WHERE status IN ('PENDING', 'RUNNING')")


def test_the_last_failure_fails_the_event_and_a_redrive_gives_it_another_life(
    api: Api, handler: Any, queues: Queues, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
):
    event_id = api.add("This is poison for the model.", infer=True)["event_id"]
    assert api.request("POST", f"/v1/event/{event_id}/redrive/").status == 409
    messages = queues.receive()
    tire(database)
    handler(queues.event(messages), Context())
    failed = api.event(event_id)
    assert (failed["status"], failed["error"]) == ("FAILED", "Unexpected RuntimeError; see the logs.")
    queues.client.delete_message(QueueUrl=queues.url, ReceiptHandle=messages[0]["ReceiptHandle"])

    assert api.request("POST", f"/v1/event/{event_id}/redrive/").status == 200
    assert api.event(event_id)["status"] == "PENDING"
    monkeypatch.setattr(FailingEmbedder, "poison", "venom")
    assert handler(queues.event(queues.receive()), Context()) == {"batchItemFailures": []}
    assert api.event(event_id)["status"] == "SUCCEEDED"
    assert len(api.list()) == 1


def test_a_late_repeat_of_a_failed_life_cannot_fail_the_next(
    api: Api, handler: Any, queues: Queues, database: TestDatabase
):
    event_id = api.add("This is poison for the model.", infer=True)["event_id"]
    first_life = queues.event(queues.receive())
    tire(database)
    handler(first_life, Context())
    assert api.event(event_id)["status"] == "FAILED"
    api.request("POST", f"/v1/event/{event_id}/redrive/")
    tire(database)
    handler(first_life, Context())
    assert api.event(event_id)["status"] != "FAILED"


def test_a_failing_event_is_tried_four_times_and_ends_in_the_dead_letter_queue(
    api: Api, deliver: Deliver, queues: Queues, monkeypatch: pytest.MonkeyPatch
):
    at_once = SqsQueue.retry_in
    monkeypatch.setattr(SqsQueue, "retry_in", lambda queue, handle, seconds: at_once(queue, handle, 0))
    event_id = api.add("This is poison for the model.", infer=True)["event_id"]
    receives = 0
    while deliver():
        receives += 1
    assert receives == 7
    failed = api.event(event_id)
    assert (failed["status"], failed["attempts"]) == ("FAILED", 4)
    (dead,) = queues.receive(queues.dead_letters_url)
    assert event_id in dead["Body"]
    behind = api.add("I live in Rome.", infer=True)["event_id"]
    assert deliver() == []
    assert api.event(behind)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("body", ["not json", "{}", '{"schema_version": 9, "project_id": 1, "event_id": 2}'])
def test_a_poison_message_blocks_no_other_scope(api: Api, deliver: Deliver, queues: Queues, body: str):
    queues.client.send_message(
        QueueUrl=queues.url, MessageBody=body, MessageGroupId="poison", MessageDeduplicationId=str(uuid.uuid4())
    )
    event_id = api.add("I live in Oslo.", infer=True)["event_id"]
    assert len(deliver()) == 1
    assert api.event(event_id)["status"] == "SUCCEEDED"


def test_an_event_erased_while_queued_is_passed_over(api: Api, deliver: Deliver):
    api.add("I live in Oslo.", infer=True)
    api.request("DELETE", "/v1/memories/", query={"user_id": "ada"})
    assert deliver() == []
    assert api.list() == []


def test_events_of_one_scope_are_consolidated_in_order(api: Api, deliver: Deliver):
    ids = [api.add(f"I own {n} boats.", infer=True)["event_id"] for n in range(12)]
    while any(api.event(i)["status"] == "PENDING" for i in ids):
        deliver()
    assert [m["memory"] for m in api.list()] == [f"I own {n} boats." for n in range(12)]


def test_an_event_before_its_turn_is_put_back_and_sent_when_the_one_before_it_ends(
    api: Api, handler: Any, queues: Queues
):
    first = api.add("I own a boat.", infer=True)["event_id"]
    earlier = queues.receive()
    second = api.add("I own a canoe.", infer=True)["event_id"]
    record = dict(queues.event(earlier)["Records"][0])
    record["body"] = record["body"].replace(first, second)
    assert handler({"Records": [record]}, Context()) == {"batchItemFailures": []}
    event = api.event(second)
    waits = "Waits for an earlier event of its scope."
    assert (event["status"], event["parked"], event["error"]) == ("PENDING", 1, waits)
    assert handler(queues.event(earlier), Context()) == {"batchItemFailures": []}
    queues.client.delete_message(QueueUrl=queues.url, ReceiptHandle=earlier[0]["ReceiptHandle"])
    sent = queues.event(messages_of(queues))
    assert [json.loads(r["body"])["redrives"] for r in sent["Records"]] == [0, 1]  # as it was, and as it was put back
    handler(sent, Context())
    assert api.event(second)["status"] == "SUCCEEDED"
    assert [m["memory"] for m in api.list()] == ["I own a boat.", "I own a canoe."]


def messages_of(queues: Queues) -> list[dict[str, Any]]:
    """Everything in the queue."""
    found: list[dict[str, Any]] = []
    while messages := queues.receive(wait=0):
        found += messages
        for message in messages:
            queues.client.delete_message(QueueUrl=queues.url, ReceiptHandle=message["ReceiptHandle"])
    return found


def steps_of(work: Callable[[], object]) -> int:
    """How many lines of Cairn's own code the work runs through."""
    own = f"{os.sep}cairn{os.sep}"
    steps = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal steps
        steps += event == "line"
        return trace if own in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return steps


@pytest.mark.parametrize("role", ["user", "assistant"])
def test_twice_as_much_said_in_one_add_is_twice_the_work(
    api: Api, settings: Settings, connection: Database, real_embedder: Embedder, role: str
):
    embedder = FailingEmbedder(real_embedder)
    service = consolidation.consolidate(settings.consolidate, database=connection, embedder=embedder)
    steps: list[int] = []
    embedded: list[int] = []
    for size in (10, 60, 120):  # the first makes what is made once
        messages = [{"role": role, "content": f"I like the {n}th island of {size} best."} for n in range(size)]
        body = {"messages": messages, "agent_id": f"a{size}"}
        event_id = api.request("POST", "/v3/memories/add/", body).body["event_id"]
        before = FailingEmbedder.embedded
        consolidate = partial(service.consolidate, Tenant(uuid.UUID(api.project_id)), uuid.UUID(event_id))
        steps.append(steps_of(consolidate))
        embedded.append(FailingEmbedder.embedded - before)
        assert len(results(api.event(event_id))) == size
    assert embedded == [10, 60, 120]
    assert steps[2] <= 2.2 * steps[1]
