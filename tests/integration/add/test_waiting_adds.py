"""Adds that are answered when they are done: `async_mode` false, or `wait` true."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest

from cairn.bootstrap import writes
from cairn.consolidate.sqs import ConsolidateService
from cairn.erasure.store import PostgresErasures
from cairn.erasure.types import Erasure
from cairn.events.read import WaitForEvent
from cairn.events.store import PostgresEventStore
from cairn.kernel.tenancy import Page, Scope, Tenant
from cairn.platform.database import Database
from tests.integration.api import Api, Provided
from tests.integration.conftest import Settings
from tests.integration.consolidating import Worker
from tests.integration.queues import Queues

ADD, ADD_V1 = "/v3/memories/add/", "/v1/memories/"
BODY = {"messages": [{"role": "user", "content": "I live in Oslo."}], "user_id": "ada", "async_mode": False}


@dataclass
class Meanwhile:
    """A clock that only sleeping moves, and what happens in the first pause; one connection serves both sides."""

    happens: Callable[[], object] = lambda: None
    now: float = 0.0
    pauses: list[float] = field(default_factory=list[float])

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        if len(self.pauses) == 1:
            self.happens()


@pytest.fixture
def meanwhile(api: Api, settings: Settings, connection: Database) -> Meanwhile:
    from functions.add_memory import handler
    from functions.add_memory.routes import service

    found = Meanwhile()
    wait = WaitForEvent(PostgresEventStore(connection), clock=lambda: found.now, sleep=found.sleep)
    built = replace(writes.add_memory(settings.add_memory, database=connection), wait=wait)
    handler.app.dependency_overrides[service] = Provided(built)
    return found


@pytest.fixture
def consolidated(meanwhile: Meanwhile, consolidator: ConsolidateService, queues: Queues) -> Meanwhile:
    worker = Worker(consolidator)
    meanwhile.happens = lambda: worker.poll(queues, wait=5)
    return meanwhile


def post(api: Api, path: str = ADD, **fields: Any) -> Any:
    answer = api.request("POST", path, BODY | fields)
    assert answer.status == 200, answer
    return answer.body


@pytest.mark.parametrize("asked", [{"async_mode": False}, {"async_mode": True, "wait": True}])
def test_an_add_that_is_waited_for_answers_with_its_memories(api: Api, consolidated: Meanwhile, asked: dict[str, bool]):
    answer = post(api, **asked)
    (memory,) = api.list()
    (result,) = answer["results"]
    assert (answer["status"], result["event"]) == ("SUCCEEDED", "ADD")
    assert (result["id"], result["memory"], result["data"]) == (
        memory["id"],
        memory["memory"],
        {"memory": memory["memory"]},
    )
    assert api.event(answer["event_id"])["status"] == "SUCCEEDED"


def test_the_older_add_answers_with_its_memories_bare_or_in_results(api: Api, consolidated: Meanwhile):
    assert [r["event"] for r in post(api, ADD_V1)] == ["ADD"]
    consolidated.pauses.clear()
    again = post(api, ADD_V1, messages="I own a red bicycle.", output_format="v1.1")
    assert [r["event"] for r in again["results"]] == ["ADD"]


def test_what_was_known_already_is_no_result(api: Api, consolidated: Meanwhile):
    post(api)
    consolidated.pauses.clear()
    again = post(api)
    assert (again["status"], again["results"]) == ("SUCCEEDED", [])
    assert [r["event"] for r in api.event(again["event_id"])["results"]] == ["NOOP"]


def test_an_event_that_takes_too_long_is_answered_as_pending(api: Api, meanwhile: Meanwhile):
    answer = post(api)
    assert answer.keys() == {"message", "status", "event_id"}
    assert answer["status"] == "PENDING"
    assert meanwhile.pauses[:5] == [0.05, 0.1, 0.2, 0.4, 0.8]
    assert max(meanwhile.pauses) == 1
    assert sum(meanwhile.pauses) == pytest.approx(20)
    assert post(api, ADD_V1, messages="I own a bicycle.")[0]["status"] == "PENDING"


def test_a_failed_event_is_told_with_its_error(api: Api, meanwhile: Meanwhile, connection: Database):
    store, tenant = PostgresEventStore(connection), Tenant(UUID(api.project_id))

    def fail() -> None:
        _, (event,) = store.list_events(tenant, Page(1, 1), None)
        store.give_up(tenant, event.id, 0, "The model refused.")

    meanwhile.happens = fail
    answer = post(api)
    assert (answer["status"], answer["error"], answer["results"]) == ("FAILED", "The model refused.", [])


def test_an_event_that_is_erased_meanwhile_ends_the_waiting(api: Api, meanwhile: Meanwhile, connection: Database):
    erasures, tenant = PostgresErasures(connection), Tenant(UUID(api.project_id))
    meanwhile.happens = lambda: erasures.begin(tenant, Erasure(Scope("ada")))
    assert post(api)["status"] == "PENDING"
    assert len(meanwhile.pauses) == 1


def test_a_repeat_under_the_same_key_is_the_same_add_waited_for_or_not(api: Api, consolidated: Meanwhile):
    headers = {"idempotency-key": "k"}
    first = api.request("POST", ADD, BODY | {"async_mode": True}, headers=headers)
    again = api.request("POST", ADD, BODY, headers=headers)
    assert (first.body["status"], again.body["status"]) == ("PENDING", "SUCCEEDED")
    assert first.body["event_id"] == again.body["event_id"]
    once_more = api.request("POST", ADD, BODY, headers=headers)
    assert (once_more.body, len(consolidated.pauses)) == (again.body, 1)


def test_a_verbatim_add_is_done_at_once_as_ever(api: Api, meanwhile: Meanwhile):
    assert post(api, infer=False)["status"] == "SUCCEEDED"
    assert meanwhile.pauses == []
