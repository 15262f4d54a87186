"""How often memories were found, counted beside the requests."""

import threading
import uuid
from datetime import UTC, datetime

import psycopg
import pytest

from cairn.kernel.ids import new_id
from cairn.kernel.tenancy import Tenant
from cairn.platform.database import Database
from cairn.search.store import PostgresSearchStore
from tests.conftest import TestDatabase
from tests.integration.api import Api
from tests.integration.conftest import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    settings.search = settings.search.model_copy(update={"count_accesses": True})
    return settings


def counted(api: Api, memory_id: str) -> tuple[int, bool]:
    memory = api.request("GET", f"/v1/memories/{memory_id}/").body
    return memory["access_count"], memory["last_accessed_at"] is not None


def test_what_a_search_or_a_context_finds_is_counted_and_what_is_listed_is_not(api: Api):
    cello, _ = (one["id"] for one in api.add("I play the cello", "I keep bees")["results"])
    api.list()
    assert counted(api, cello) == (0, False)
    api.search_for("cello", top_k=1)
    assert counted(api, cello) == (1, True)
    api.search_for("cello", top_k=1)
    api.request("POST", "/v1/context/", {"query": "cello", "user_id": "ada"})
    assert counted(api, cello) == (3, True)


def test_counting_changes_neither_the_memory_nor_its_version(api: Api):
    (added,) = api.add("I play the cello")["results"]
    before = api.list()
    api.search_for("cello")
    assert counted(api, added["id"]) == (1, True)
    assert api.list() == before


def test_the_count_of_an_erased_memory_goes_with_it(api: Api, database: TestDatabase):
    (added,) = api.add("I play the cello")["results"]
    api.search_for("cello")
    assert counted(api, added["id"]) == (1, True)
    assert api.request("DELETE", f"/v1/memories/{added['id']}/").status == 200
    with psycopg.connect(database.owner_url) as owner:
        assert owner.execute("SELECT count(*) FROM cairn.accesses").fetchone() == (0,)


def test_what_is_gone_by_then_is_passed_over(api: Api, connection: Database):
    (added,) = api.add("I play the cello")["results"]
    store, tenant = PostgresSearchStore(connection), Tenant(uuid.UUID(api.project_id))
    store.count_hits(tenant, {new_id(): 1, uuid.UUID(added["id"]): 2}, datetime(2026, 5, 1, tzinfo=UTC))
    store.count_hits(tenant, {uuid.UUID(added["id"]): 1}, datetime(2026, 4, 1, tzinfo=UTC))
    memory = api.request("GET", f"/v1/memories/{added['id']}/").body
    assert (memory["access_count"], memory["last_accessed_at"]) == (3, "2026-05-01T00:00:00+00:00")


def test_a_search_neither_waits_for_a_writer_nor_leaves_a_thread_behind(api: Api, database: TestDatabase):
    (added,) = api.add("I play the cello")["results"]
    assert (
        api.search_for("cello", filters={"user_id": "nobody"}) == []
    )  # what the first search opens stays, in an endpoint too
    before = set(threading.enumerate())
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("SELECT FROM cairn.memories FOR UPDATE")
        assert [hit["id"] for hit in api.search_for("cello")] == [added["id"]]
    assert set(threading.enumerate()) <= before
    assert counted(api, added["id"]) == (0, False)
    api.search_for("cello")
    assert counted(api, added["id"]) == (1, True)
