import socket
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from cairn.add.bodies import AddBody
from cairn.bootstrap import consolidation, upkeep, writes
from cairn.kernel.tenancy import Tenant
from cairn.platform import sqs
from cairn.platform.database import Database
from tests.conftest import TestDatabase
from tests.integration.api import Api, Provided
from tests.integration.conftest import Settings
from tests.integration.queues import Queues


@pytest.fixture
def tell_rules(api: Api, settings: Settings, connection: Database) -> Any:
    """Adds that are consolidated by the rules at once."""
    consolidator = consolidation.consolidate(settings.consolidate, database=connection)

    def told(text: str, **fields: Any) -> None:
        event_id = api.add(text, infer=True, **fields)["event_id"]
        consolidator.consolidate(Tenant(uuid.UUID(api.project_id)), uuid.UUID(event_id))

    return told


def test_verbatim_messages_become_memories_in_the_order_of_the_messages(api: Api):
    texts = [f"Fact number {n} is about {'word ' * (n % 7)}." for n in range(30)]
    added = api.add(*texts)
    assert added["status"] == "SUCCEEDED"
    assert [r["data"]["memory"] for r in added["results"]] == texts
    assert {r["event"] for r in added["results"]} == {"ADD"}
    assert [m["id"] for m in api.list()] == [r["id"] for r in added["results"]]


_OWN = {"id", "learned_at", "updated_at", "source_message_ids"}


def test_a_message_becomes_the_same_memory_alone_and_among_many(api: Api):
    """Many are written together, by another statement than a few."""
    text = "Mum's café in Zürich opens at 9; Ada lives there."
    kept = {"metadata": {"k": {"deep": [1]}}, "categories": ["drinks"], "timestamp": 1_700_000_000, "immutable": True}
    api.add(text, user_id="alone", **kept)
    api.add(*[text, "I like tea", "I like rain", "I like Oslo", "I like snow"], user_id="many", **kept)
    (alone,), among = api.list(filters={"user_id": "alone"}), api.list(filters={"user_id": "many"})
    assert {k: v for k, v in among[0].items() if k not in {*_OWN, "user_id"}} == {
        k: v for k, v in alone.items() if k not in {*_OWN, "user_id"}
    }
    sources = [alone["source_message_ids"], *(memory["source_message_ids"] for memory in among)]
    assert [len(ids) for ids in sources] == [1] * 6
    assert len({source for ids in sources for source in ids}) == 6
    told = [api.request("GET", f"/v1/memories/{memory['id']}/history/").body[0] for memory in (alone, among[0])]
    assert [(entry["event"], entry["new_memory"], entry["input"]) for entry in told] == [
        ("ADD", text, [{"role": "user", "content": text}])
    ] * 2


def test_a_write_is_visible_to_the_next_read(api: Api):
    for n in range(5):
        added = api.add(f"The code of door {n} is {n * 111}")
        assert api.search_for(f"code of door {n}")[0]["id"] == added["results"][0]["id"]


def test_an_inferring_add_is_stored_and_queued(api: Api, queues: Queues):
    added = api.add("I live in Oslo", infer=True)
    assert added["status"] == "PENDING"
    (message,) = queues.receive()
    assert added["event_id"] in message["Body"]
    assert "Oslo" not in message["Body"]
    event = api.event(added["event_id"])
    assert (event["status"], event["event_type"]) == ("PENDING", "ADD")


def test_every_scope_has_its_own_message_group(api: Api, queues: Queues):
    for scope in ({"user_id": "a"}, {"user_id": "a", "run_id": "r"}, {"user_id": "b"}, {"user_id": "a"}):
        api.add("I like tea", infer=True, **scope)
    groups = [m["Attributes"]["MessageGroupId"] for m in queues.receive()]
    assert len(set(groups)) == 3


@pytest.fixture
def api_without_queue(api: Api, settings: Settings, connection: Database, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The API while SQS does not answer."""
    from functions.add_memory import handler
    from functions.add_memory.routes import service

    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:9")
    down = writes.add_memory(settings.add_memory, database=connection)
    handler.app.dependency_overrides[service] = Provided(down)
    return api


def test_with_the_queue_down_an_add_is_accepted_all_the_same(api_without_queue: Api):
    added = api_without_queue.add("I live in Oslo", infer=True)
    assert added["status"] == "PENDING"
    assert api_without_queue.event(added["event_id"])["status"] == "PENDING"
    assert api_without_queue.add("I live in Rome")["status"] == "SUCCEEDED"
    assert len(api_without_queue.search_for("Where do I live?")) == 1


@pytest.fixture
def silent_queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[socket.socket]]:
    """A queue that takes every connection, each of which is in the list, and says nothing."""
    taken: list[socket.socket] = []
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)

        def take() -> None:
            while not over.is_set():
                with suppress(TimeoutError):
                    taken.append(listening.accept()[0])

        thread = threading.Thread(target=take)
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", f"http://127.0.0.1:{listening.getsockname()[1]}")
        yield taken
        over.set()
        thread.join()
    for connection in taken:
        connection.close()


def test_with_a_queue_that_says_nothing_an_add_is_accepted_after_two_short_tries(
    api: Api, settings: Settings, connection: Database, silent_queue: list[socket.socket]
):
    from functions.add_memory import handler
    from functions.add_memory.routes import service

    assert (sqs._CONFIG.connect_timeout, sqs._CONFIG.read_timeout) == (2, 3)  # seconds
    handler.app.dependency_overrides[service] = Provided(writes.add_memory(settings.add_memory, database=connection))
    added = api.add("I live in Oslo", infer=True)
    assert added["status"] == "PENDING"
    assert len(silent_queue) == 2
    assert api.event(added["event_id"])["status"] == "PENDING"


def test_the_next_add_of_the_scope_sends_the_first_that_the_queue_missed(
    api_without_queue: Api, settings: Settings, connection: Database, queues: Queues, environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    from functions.add_memory import handler
    from functions.add_memory.routes import service

    missed = [api_without_queue.add("I live in Oslo", infer=True)["event_id"] for _ in range(2)]
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", environment["AWS_ENDPOINT_URL_SQS"])
    up = writes.add_memory(settings.add_memory, database=connection)
    handler.app.dependency_overrides[service] = Provided(up)
    api_without_queue.add("I moved to Rome", infer=True)
    (message,) = queues.receive()  # what ends it sends the next one
    assert missed[0] in message["Body"]


def test_an_add_sends_nothing_of_its_scope_that_is_to_be_tried_later(api: Api, queues: Queues, database: TestDatabase):
    first = api.add("I live in Oslo", infer=True)["event_id"]
    (sent,) = queues.receive()
    queues.client.delete_message(QueueUrl=queues.url, ReceiptHandle=sent["ReceiptHandle"])
    with psycopg.connect(database.owner_url) as owner:  # as a failed try leaves it
        put_off = "UPDATE cairn.events SET enqueued_at = NULL, not_before = now() + interval '1 hour' WHERE id = %s"
        owner.execute(put_off, [first])
    api.add("I moved to Rome", infer=True)
    assert queues.receive(wait=1) == []
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.events SET not_before = now() WHERE id = %s", [first])
    api.add("I moved to Bern", infer=True)
    (message,) = queues.receive()
    assert first in message["Body"]


def test_an_add_whose_sending_cannot_be_noted_is_accepted_and_done_once(
    api: Api, settings: Settings, connection: Database, queues: Queues, database: TestDatabase,
    consolidator: consolidation.ConsolidateService,
):  # fmt: skip
    """The queue has the message already: a 503 would have the client tell everything a second time."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            "CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'away' USING ERRCODE = 'cannot_connect_now'; END $$; "
            "CREATE TRIGGER away BEFORE UPDATE OF enqueued_at ON cairn.events FOR EACH ROW EXECUTE FUNCTION away()"
        )
    event_id = api.add("I live in Oslo", infer=True)["event_id"]
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("DROP TRIGGER away ON cairn.events")
        assert owner.execute("SELECT enqueued_at FROM cairn.events").fetchall() == [(None,)]
    upkeep.maintain(settings.maintain, database=connection)(True)  # sends what is not known to be with the queue
    messages = queues.receive(wait=1)
    assert messages
    for _ in range(len(messages) + 1):
        consolidator.consolidate(Tenant(uuid.UUID(api.project_id)), uuid.UUID(event_id))
    assert api.event(event_id)["status"] == "SUCCEEDED"
    assert [m["memory"] for m in api.list()] == ["I live in Oslo"]


@pytest.mark.parametrize("infer", [True, False])
def test_the_same_idempotency_key_gives_the_first_answer_and_stores_once(api: Api, infer: bool):
    body = {"messages": "I live in Oslo", "user_id": "ada", "infer": infer}
    first, second = (
        api.request("POST", "/v3/memories/add/", body, headers={"idempotency-key": "k1"}) for _ in range(2)
    )
    assert (first.status, second.status) == (200, 200)
    assert first.body == second.body
    assert api.request("GET", "/v1/events/").body["count"] == 1
    assert len(api.list()) == (0 if infer else 1)


def test_the_first_answer_outlives_an_update_of_the_memory(api: Api):
    body = {"messages": "I live in Oslo", "user_id": "ada", "infer": False}
    first = api.request("POST", "/v3/memories/add/", body, headers={"idempotency-key": "k1"}).body
    api.request("PUT", f"/v1/memories/{first['results'][0]['id']}/", {"text": "I live in Rome"})
    assert api.request("POST", "/v3/memories/add/", body, headers={"idempotency-key": "k1"}).body == first


@pytest.mark.parametrize("infer", [True, False])
def test_an_idempotency_key_with_another_body_is_a_conflict(api: Api, infer: bool):
    body = {"messages": "I live in Oslo", "user_id": "ada", "infer": infer}
    api.request("POST", "/v3/memories/add/", body, headers={"idempotency-key": "k1"})
    answer = api.request(
        "POST", "/v3/memories/add/", body | {"messages": "I live in Rome"}, headers={"idempotency-key": "k1"}
    )
    assert answer.status == 409
    assert api.request("GET", "/v1/events/").body["count"] == 1


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([{"type": "text", "text": "I like tea"}], "I like tea"),
        ([{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {"url": "https://x/y.png"}}],
         "Look:\n[image: https://x/y.png]"),
        ({"type": "pdf_url", "pdf_url": {"url": "https://x/y.pdf"}}, "[pdf: https://x/y.pdf]"),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, "[image]"),
    ],
)  # fmt: skip
def test_content_may_come_in_parts(api: Api, content: Any, text: str):
    body = {"messages": [{"role": "user", "content": content}], "user_id": "ada", "infer": False}
    assert api.request("POST", "/v3/memories/add/", body).status == 200
    assert [m["memory"] for m in api.list()] == [text]


def test_messages_that_only_call_tools_are_passed_over(api: Api):
    messages = [
        {"role": "user", "content": "I like tea"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
    ]
    body = {"messages": messages, "user_id": "ada", "infer": False}
    assert len(api.request("POST", "/v3/memories/add/", body).body["results"]) == 1


ODD: list[Any] = [
    "I keep two goats.",
    None,
    5,
    {"role": "system", "content": "Be brief."},
    {"role": 7, "content": "I sail."},
    {"role": "user", "content": {"text": {"value": "I live in Porto.", "annotations": []}}},
    {"role": "user", "content": {"city": "Porto"}},
    {"role": "user", "content": [[{"type": "text", "text": "I am vegan."}, {"type": "thinking", "thinking": "Hm."}]]},
]
ODD_KEPT = ["I keep two goats.", "I sail.", "I live in Porto.", "I am vegan."]
ODD_COUNTS = {"nothing said": 2, "no message": 1, "mended": 1, "part that says nothing": 1, "system or tool": 1}


def test_no_odd_message_refuses_a_conversation_and_the_event_counts_each(api: Api):
    answer = api.request("POST", "/v3/memories/add/", {"messages": ODD, "user_id": "ada", "infer": False})
    assert (answer.status, [r["memory"] for r in answer.body["results"]]) == (200, ODD_KEPT)
    assert answer.body["dropped"] == ODD_COUNTS
    event = api.event(answer.body["event_id"])
    assert event["usage"]["dropped"] == ODD_COUNTS
    assert [r["id"] for r in event["results"]] == [r["id"] for r in answer.body["results"]]


def test_odd_messages_are_read_and_counted_alike_where_they_are_consolidated(
    api: Api, settings: Settings, connection: Database
):
    sent = api.request("POST", "/v3/memories/add/", {"messages": ODD, "user_id": "ada"}).body
    consolidator = consolidation.consolidate(settings.consolidate, database=connection)
    consolidator.consolidate(Tenant(uuid.UUID(api.project_id)), uuid.UUID(sent["event_id"]))
    assert [m["memory"] for m in api.list()] == ODD_KEPT
    assert api.event(sent["event_id"])["usage"]["dropped"] == ODD_COUNTS


@pytest.mark.parametrize("messages", ["", [None], [{"role": "user", "content": " "}], [{"role": "assistant"}], [{}]])
@pytest.mark.parametrize("fields", [{"infer": False}, {}, {"agent_id": "bot", "memory_type": "procedural_memory"}])
def test_an_add_that_says_nothing_stores_nothing_and_counts_it(
    api: Api, settings: Settings, connection: Database, messages: Any, fields: dict[str, Any]
):
    answer = api.request("POST", "/v3/memories/add/", {"messages": messages, "user_id": "ada"} | fields)
    assert answer.status == 200
    event_id = answer.body["event_id"]
    if fields.get("infer", True):
        consolidator = consolidation.consolidate(settings.consolidate, database=connection)
        consolidator.consolidate(Tenant(uuid.UUID(api.project_id)), uuid.UUID(event_id))
    event = api.event(event_id)
    assert (event["status"], event["results"], event["usage"]["dropped"]) == ("SUCCEEDED", [], {"nothing said": 1})
    assert api.list() == []


def test_the_list_of_the_oldest_add_has_memories_alone_and_the_event_the_counts(api: Api):
    body = {"messages": [{"role": "system", "content": "Be brief."}, "I like tea"], "user_id": "ada", "infer": False}
    (kept,) = api.request("POST", "/v1/memories/", body).body
    assert kept["memory"] == "I like tea"
    (event,) = api.request("GET", "/v1/events/").body["results"]
    assert event["usage"]["dropped"] == {"system or tool": 1}


def test_a_repeat_of_an_add_that_passed_something_over_has_the_first_answer(api: Api):
    body = {"messages": ODD, "user_id": "ada", "infer": False, "excludes": "goats"}
    first, again = (
        api.request("POST", "/v3/memories/add/", body, headers={"idempotency-key": "k1"}).body for _ in range(2)
    )
    assert (first, first["dropped"]) == (again, ODD_COUNTS)


def test_options_reach_the_memory(api: Api):
    api.add(
        "I like tea", user_id="ada", agent_id="bot", app_id="shop", run_id="r1", metadata={"k": {"deep": [1]}},
        timestamp=1_700_000_000, expiration_date="2099-12-31", immutable=True, categories=["drinks"],
    )  # fmt: skip
    (memory,) = api.list()
    wanted = {
        "user_id": "ada", "agent_id": "bot", "app_id": "shop", "run_id": "r1", "session_id": "r1",
        "metadata": {"k": {"deep": [1]}}, "categories": ["drinks"], "timestamp": "2023-11-14T22:13:20+00:00",
        "expiration_date": "2099-12-31", "immutable": True, "version": 1, "kind": "verbatim",
    }  # fmt: skip
    assert {k: memory[k] for k in wanted} == wanted


@pytest.mark.parametrize("filters", [{"user_id": "ada"}, {"AND": [{"user_id": "ada"}]}])
def test_entities_may_stand_inside_filters(api: Api, filters: dict[str, Any]):
    body = {"messages": "I like tea", "filters": filters, "infer": False}
    assert api.request("POST", "/v3/memories/add/", body).status == 200
    assert len(api.list()) == 1


def test_the_oldest_add_answers_a_bare_list_or_results(api: Api):
    body = {"messages": "I like tea", "user_id": "ada", "async_mode": True}
    bare = api.request("POST", "/v1/memories/", body).body
    assert [r["status"] for r in bare] == ["PENDING"]
    wrapped = api.request("POST", "/v1/memories/", body | {"output_format": "v1.1", "infer": False}).body
    assert [r["event"] for r in wrapped["results"]] == ["ADD"]
    assert wrapped["relations"] == []


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ({"observation_date": "2024-05-01"}, "2024-05-01T00:00:00+00:00"),
        ({"observation_datetime": "2024-05-01T10:00:00+02:00"}, "2024-05-01T08:00:00+00:00"),
        ({"observation_datetime": 1_700_000_000}, "2023-11-14T22:13:20+00:00"),
        (
            {"observation_datetime": "2024-05-01T10:00:00Z", "observation_date": "2020-01-01"},
            "2024-05-01T10:00:00+00:00",
        ),
        ({"timestamp": "2024-05-01T10:00:00Z", "observation_date": "2020-01-01"}, "2024-05-01T10:00:00+00:00"),
        ({"timestamp": "2024-05-01T10:00:00", "timezone": "Asia/Tokyo"}, "2024-05-01T01:00:00+00:00"),
        ({"timestamp": "2024-07-01", "timezone": "America/New_York"}, "2024-07-01T04:00:00+00:00"),
        ({"timestamp": "2024-05-01T10:00:00+05:00", "timezone": "Asia/Tokyo"}, "2024-05-01T05:00:00+00:00"),
        ({"observation_date": "2024-05-01", "timezone": "Asia/Tokyo"}, "2024-04-30T15:00:00+00:00"),
    ],
)
def test_when_it_was_said_goes_by_several_names_and_by_the_time_zone_of_the_body(
    api: Api, said: dict[str, Any], moment: str
):
    api.add("I live in Oslo", **said)
    assert [m["timestamp"] for m in api.list()] == [moment]


def test_a_time_of_one_message_is_local_too(api: Api):
    message = {"role": "user", "content": "I live in Oslo", "timestamp": "2024-05-01T10:00:00"}
    body = {"messages": [message], "user_id": "ada", "infer": False, "timezone": "Asia/Tokyo", "timestamp": 0}
    assert api.request("POST", "/v3/memories/add/", body).status == 200
    assert [m["timestamp"] for m in api.list()] == ["2024-05-01T01:00:00+00:00"]


def test_the_same_moment_under_another_name_is_the_same_request(api: Api):
    body = {"messages": "I live in Oslo", "user_id": "ada", "infer": False}
    first, again = (
        api.request("POST", "/v3/memories/add/", body | said, headers={"idempotency-key": "k"})
        for said in ({"timestamp": "2024-05-01T00:00:00Z"}, {"observation_date": "2024-05-01"})
    )
    assert (first.status, again.status) == (200, 200)
    assert first.body == again.body


def test_the_same_history_sent_again_adds_only_what_is_new(api: Api):
    first = api.add("I like tea", "I live in Oslo", "I like tea")["results"]
    assert [r["event"] for r in first] == ["ADD", "ADD", "NOOP"]
    again = api.add("I like tea", "I live in Oslo", "I like tea", "I own a boat")["results"]
    assert [r["event"] for r in again] == ["NOOP", "NOOP", "NOOP", "ADD"]
    assert [r["id"] for r in again[:3]] == [r["id"] for r in first]
    assert [m["memory"] for m in api.list()] == ["I like tea", "I live in Oslo", "I own a boat"]
    many = [f"Fact number {n}" for n in range(8)]
    assert [r["event"] for r in api.add(*many, *many)["results"]] == ["ADD"] * 8 + ["NOOP"] * 8
    assert len(api.list()) == 11


@pytest.mark.parametrize(
    "other",
    ["i like tea", "I like  tea, too", "I líke tea"],
)
def test_other_letters_are_other_words(api: Api, other: str):
    api.add("I like tea")
    assert api.add(other)["results"][0]["event"] == "ADD"


def test_another_speaker_scope_or_user_says_it_for_itself(api: Api):
    api.add("I like tea")
    assert api.add("I like tea", run_id="r")["results"][0]["event"] == "ADD"
    assert api.add("I like tea", user_id="bob")["results"][0]["event"] == "ADD"
    named = [{"role": "user", "name": "Ann", "content": "I like tea"}]
    answer = api.request("POST", "/v3/memories/add/", {"messages": named, "user_id": "ada", "infer": False})
    assert answer.body["results"][0]["event"] == "ADD"


def test_duplicates_are_kept_where_they_are_asked_for(api: Api):
    for _ in range(2):
        added = api.add("I like tea", "I like tea", allow_duplicates=True)["results"]
        assert [r["event"] for r in added] == ["ADD", "ADD"]
    assert len(api.list()) == 4
    assert api.add("I like tea")["results"][0]["event"] == "NOOP"


def test_what_has_expired_or_was_deleted_can_be_said_again(api: Api):
    api.add("I like tea", expiration_date="2020-01-01")
    (added,) = api.add("I like tea")["results"]
    assert added["event"] == "ADD"
    api.request("DELETE", f"/v1/memories/{added['id']}/")
    assert api.add("I like tea")["results"][0]["event"] == "ADD"


def test_writers_of_the_same_words_at_the_same_moment_keep_them_once(
    api: Api, settings: Settings, database: TestDatabase
):
    tenant = Tenant(uuid.UUID(api.project_id))
    body = AddBody.model_validate({"messages": ["I like tea", "I like rain"], "user_id": "ada", "infer": False})
    together = threading.Barrier(3, timeout=60)

    def write(_: int) -> list[str]:
        with closing(Database(database.app_url)) as connection:
            service = writes.add_memory(settings.add_memory, database=connection)
            done: list[str] = []
            for _ in range(5):
                together.wait()
                event = body.event(tenant, datetime.now(UTC), None)
                done += [r["event"] for r in service.add(tenant, event, datetime.now(UTC)).event.results]
            return done

    with ThreadPoolExecutor(3) as pool:
        done = [event for events in pool.map(write, range(3)) for event in events]
    assert sorted(done) == ["ADD"] * 2 + ["NOOP"] * 28
    assert len(api.list()) == 2


@pytest.mark.parametrize("infer", [True, False])
def test_a_memory_is_created_when_it_was_told_and_learned_now(api: Api, tell_rules: Any, infer: bool):
    if infer:
        tell_rules("I moved to Bergen.", timestamp="2025-01-01T12:00:00Z")
        tell_rules("I own a boat.")
    else:
        api.add("I moved to Bergen.", timestamp="2025-01-01T12:00:00Z")
        api.add("I own a boat.")
    told, now = api.list()
    assert told["created_at"] == "2025-01-01T12:00:00+00:00"
    assert told["learned_at"][:10] != "2025-01-01"
    apart = datetime.fromisoformat(now["learned_at"]) - datetime.fromisoformat(now["created_at"])
    assert abs(apart) < timedelta(hours=1)
    year = {"AND": [{"user_id": "ada"}, {"created_at": {"gte": "2025-01-01", "lte": "2025-12-31"}}]}
    assert [m["memory"] for m in api.list(filters=year)] == ["I moved to Bergen."]
    assert [m["memory"] for m in api.search_for("Bergen", filters=year)] == ["I moved to Bergen."]
    history = api.request("GET", f"/v1/memories/{told['id']}/history/").body
    assert history[0]["created_at"][:10] != "2025-01-01"


def test_lists_follow_when_it_was_told(api: Api):
    for day in ("2025-03-01", "2024-01-01", "2026-02-01"):
        api.add(f"Told on {day}", timestamp=day)
    assert [m["memory"][-10:] for m in api.list()] == ["2024-01-01", "2025-03-01", "2026-02-01"]


def test_what_was_kept_as_said_is_known_to_consolidation_too(api: Api, tell_rules: Any):
    api.add("I like tea")
    tell_rules("I like tea")
    assert [m["kind"] for m in api.list()] == ["verbatim"]


def test_what_was_consolidated_is_known_to_a_verbatim_add(api: Api, tell_rules: Any):
    tell_rules("I like tea")
    assert api.add("I like tea")["results"][0]["event"] == "NOOP"


def test_a_fact_that_has_expired_is_learned_again(api: Api, tell_rules: Any):
    tell_rules("I like tea", expiration_date="2020-01-01")
    assert api.list() == []
    tell_rules("I like tea")
    assert [m["memory"] for m in api.list()] == ["I like tea"]


def test_the_same_words_in_two_runs_are_a_memory_of_each_and_a_run_is_erased_alone(api: Api, tell_rules: Any):
    for run in ("r1", "r2", "r1"):
        tell_rules("I live in Oslo.", run_id=run)
    assert sorted(m["run_id"] for m in api.list()) == ["r1", "r2"]
    assert api.request("DELETE", "/v1/memories/", query={"run_id": "r1"}).status == 200
    assert [m["run_id"] for m in api.list()] == ["r2"]


def test_words_that_differ_in_their_last_mark_are_two_memories(api: Api, tell_rules: Any):
    for text in ("The password is plum", "The password is plum!", "The password is plum."):
        tell_rules(text)
    assert [m["memory"] for m in api.list()] == ["The password is plum", "The password is plum!"]
