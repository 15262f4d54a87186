"""Scopes that are searched through indexes; what is large is set to twenty memories here."""

import uuid
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import psycopg
import pytest

from benchmarks.invented import asked, said
from cairn.bootstrap import access, upkeep
from cairn.filters import parse_filters
from cairn.kernel.ids import first_id, new_id
from cairn.kernel.settings import SETTLED_SECONDS
from cairn.kernel.tenancy import Tenant
from cairn.memories.types import Selection
from cairn.models_ai.embed.port import Embedder
from cairn.platform.database import Database
from cairn.search.large_scope_indexes import index_batch
from cairn.search.large_scopes import LargeEntity, large_entity
from cairn.search.planner import SearchPlanner
from cairn.search.search import Search, SearchRequest
from cairn.search.statement import large_statement
from cairn.search.store import PostgresSearchStore
from cairn.search.types import FromGraph, SearchPath, SearchQuery, SearchStats
from tests.conftest import TestDatabase
from tests.embeddings import weighed
from tests.integration.api import Api, Context
from tests.integration.conftest import Settings
from tests.integration.provide import Provide

ROWS = 60
EXACT = {"way": "every row", "not_indexed": None, "scoring": "linear"}
INDEXES = {"way": "indexes", "scoring": "linear"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    settings.search = settings.search.model_copy(update={"exact_rows": 20})
    settings.maintain = settings.maintain.model_copy(update={"settled_after_seconds": 0})
    return settings


@pytest.fixture
def maintain(settings: Settings, connection: Database, provide: Provide) -> Any:
    from functions.maintain import handler

    service = upkeep.maintain(settings.maintain, database=connection)
    provide(handler, service)
    return lambda: handler.lambda_handler({}, Context())


@pytest.fixture
def large(api: Api) -> Api:
    """A user with sixty memories in two runs, and another with some of their words."""
    random = Random(1)
    for run in ("spring", "autumn"):
        api.add(*[said(random) for _ in range(ROWS // 2)], run_id=run)
    api.add(*[said(random) for _ in range(5)], user_id="bob")
    return api


@pytest.fixture
def indexed(large: Api, maintain: Any) -> Api:
    large.search_for("anything")
    assert maintain()["indexed"] == ROWS
    return large


def scalar(database: TestDatabase, query: str) -> Any:
    with psycopg.connect(database.owner_url) as owner:
        row = owner.execute(query).fetchone()
    assert row
    return row[0]


def how(api: Api, **fields: Any) -> Any:
    body = {"query": "anything", "filters": {"user_id": "ada"}, "explain": True} | fields
    return api.request("POST", "/v3/memories/search/", body).body.get("search")


def answers(api: Api, query: str, **fields: Any) -> list[tuple[str, float]]:
    return [(hit["id"], round(hit["score"], 3)) for hit in api.search_for(query, **fields)]


def test_the_first_search_of_a_large_scope_is_exact_and_asks_for_the_indexes(
    large: Api, database: TestDatabase, maintain: Any
):
    query = asked(Random(2))
    assert maintain()["indexed"] == 0
    assert answers(large, query) == answers(large, query, exact=True)
    assert scalar(database, "SELECT string_agg(entity || ' ' || name, ',') FROM cairn.large_scopes") == "user_id ada"
    assert maintain()["indexed"] == ROWS
    assert maintain()["indexed"] == 0


def test_an_explained_search_says_how_it_went(large: Api, maintain: Any):
    small = {"filters": {"user_id": "bob"}}
    assert how(large, **small) == EXACT | {"rows": 5}
    assert how(large) == INDEXES | {"rows": ROWS, "not_indexed": ROWS}
    maintain()
    large.add("I make marmalade")
    assert how(large) == INDEXES | {"rows": ROWS + 1, "not_indexed": 1}
    assert how(large, exact=True) == EXACT | {"rows": ROWS + 1}
    assert how(large, query="nothing like it", threshold=1)["rows"] == ROWS + 1
    assert how(large, explain=False) is None


def test_a_small_scope_stays_out_of_the_indexes(indexed: Api, database: TestDatabase):
    indexed.search_for("anything", filters={"user_id": "bob"})
    assert scalar(database, "SELECT array_agg(DISTINCT user_id) FROM cairn.memories WHERE indexed") == ["ada"]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("scoring", ["linear", "attention"])
def test_through_the_indexes_the_same_is_found(indexed: Api, seed: int, scoring: str):
    """With fewer rows than the indexes are asked for nothing is left out, so the answers are equal."""
    query = asked(Random(seed))
    found = answers(indexed, query, scoring=scoring)
    assert found
    assert found == answers(indexed, query, scoring=scoring, exact=True)


def test_a_write_is_found_by_the_next_search(indexed: Api, maintain: Any):
    assert indexed.search_for("marmalade") != []
    (added,) = indexed.add("I make marmalade with a Zanzibar recipe")["results"]
    assert indexed.search_for("Zanzibar marmalade")[0]["id"] == added["id"]
    assert answers(indexed, "Zanzibar marmalade") == answers(indexed, "Zanzibar marmalade", exact=True)
    assert maintain()["indexed"] == 1
    assert indexed.search_for("Zanzibar marmalade")[0]["id"] == added["id"]


def test_a_clock_that_was_ahead_hides_nothing_that_is_added_later(
    indexed: Api, database: TestDatabase, settings: Settings, connection: Database
):
    settled = settings.maintain.model_copy(update={"settled_after_seconds": SETTLED_SECONDS})
    ahead = first_id(datetime.now(UTC) + timedelta(hours=2))
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.large_scopes SET indexed_to = %s", [ahead])
    (added,) = indexed.add("I make marmalade with a Zanzibar recipe")["results"]
    assert indexed.search_for("Zanzibar marmalade")[0]["id"] == added["id"]
    assert how(indexed)["not_indexed"] == 1
    assert upkeep.maintain(settled, database=connection)(False).indexed == 1
    assert scalar(database, "SELECT indexed_to FROM cairn.large_scopes") < ahead
    assert indexed.search_for("Zanzibar marmalade")[0]["id"] == added["id"]


def test_words_find_what_is_indexed_while_the_indexes_still_fill(large: Api, connection: Database):
    """A run of upkeep goes on for a minute; each of its batches leaves rows that are found by their words."""
    large.add("I make marmalade with a Zanzibar recipe")
    large.search_for("anything")
    tenant = Tenant(uuid.UUID(large.project_id))
    with connection.transaction(tenant) as transaction:
        assert index_batch(transaction, tenant, LargeEntity("user_id", "ada"), new_id()) == ROWS + 1
    assert answers(large, "Zanzibar marmalade") == answers(large, "Zanzibar marmalade", exact=True)


def test_a_long_text_is_found_by_a_passage_in_a_large_scope(large: Api, maintain: Any):
    shelves = " ".join(f"The shelf by window {n} holds a row of clay pots." for n in range(40))
    large.add(f"{shelves} The greenhouse alarm passphrase is heliotrope. {shelves}", run_id="spring")
    large.search_for("anything")
    assert maintain()["indexed"] == ROWS + 1
    query = "secret word for the glasshouse siren"
    assert "heliotrope" in large.search_for(query)[0]["memory"]
    assert answers(large, query) == answers(large, query, exact=True)


def test_a_change_and_a_deletion_are_seen_at_once(indexed: Api):
    first, second = (hit["id"] for hit in indexed.search_for("cardamom buns", top_k=2))
    assert indexed.request("PUT", f"/v1/memories/{first}/", {"text": "I sold my zeppelin"}).status == 200
    assert indexed.request("DELETE", f"/v1/memories/{second}/").status == 200
    assert indexed.search_for("zeppelin")[0]["id"] == first
    assert second not in {hit["id"] for hit in indexed.search_for("cardamom buns", top_k=100)}


def test_a_memory_that_commits_late_under_an_old_id_is_found(indexed: Api, database: TestDatabase, maintain: Any):
    """Its id was made before the others', so upkeep must not believe that all ids up to now are in the indexes."""
    old = first_id(datetime.now(UTC) - timedelta(seconds=30))
    with psycopg.connect(database.owner_url) as owner:
        # As upkeep leaves it with its real margin.
        settled = first_id(datetime.now(UTC) - timedelta(seconds=960))
        owner.execute("UPDATE cairn.large_scopes SET indexed_to = %s", [settled])
        owner.execute(
            "UPDATE cairn.memories SET id = %s, indexed = false "
            "WHERE id = (SELECT id FROM cairn.memories WHERE user_id = 'ada' ORDER BY id LIMIT 1)",
            [old],
        )
    assert str(old) in {hit["id"] for hit in indexed.search_for("anything", top_k=100)}
    assert maintain()["indexed"] == 1
    assert str(old) in {hit["id"] for hit in indexed.search_for("anything", top_k=100)}


def test_filters_narrow_a_large_scope_exactly(indexed: Api):
    for where in ({"user_id": "ada", "run_id": "spring"}, {"AND": [{"user_id": "ada"}, {"text": {"contains": "met"}}]}):
        wanted = answers(indexed, "a meeting", filters=where, exact=True, top_k=100)
        assert 0 < len(wanted) < ROWS
        assert answers(indexed, "a meeting", filters=where, top_k=100) == wanted
        assert answers(indexed, "a meeting", filters=where, top_k=100) == wanted  # by what was learned of the filter


def test_where_filters_leave_the_index_too_few_every_row_is_scored(
    indexed: Api, connection: Database, monkeypatch: pytest.MonkeyPatch, embedding_model: tuple[str, int]
):
    """Asked for more rows than match, the index has come to its end: what it found may not be all."""
    monkeypatch.setattr("cairn.search.statement.LIMITS", {"nearest": 40, "long": 1, "worded": 1, "postings": 1})
    tenant = Tenant(uuid.UUID(indexed.project_id))
    where = parse_filters({"user_id": "ada", "run_id": "spring"})
    model, width = embedding_model
    query = SearchQuery("a meeting", (0.05,) * width, Selection(where), *weighed(model), top_k=100, threshold=0)
    statement = large_statement(tenant, query, LargeEntity("user_id", "ada"))
    assert connection.read(tenant, [statement])[0][0]["starved"]
    rows, searched = SearchPlanner(connection, most=20).find(tenant, query)
    assert (len(rows), searched) == (ROWS // 2, SearchStats(SearchPath.EVERY_ROW, ROWS // 2))


def test_one_project_or_user_finds_nothing_of_another_through_the_indexes(indexed: Api, database: TestDatabase):
    _, other = access.create_project(database.app_url, "other")
    wanted = {"query": "x", "filters": {"user_id": "ada"}, "threshold": 0}
    assert indexed.request("POST", "/v3/memories/search/", wanted, key=other).body == {"results": []}
    body = {"name": "k", "role": "reader", "pinned_user_id": "ada"}
    key = indexed.request("POST", "/v1/keys/", body).body["key"]
    pinned = {"query": "a meeting", "filters": {"agent_id": "none"}, "threshold": 0}
    assert indexed.request("POST", "/v3/memories/search/", pinned, key=key).body == {"results": []}
    found = indexed.request("POST", "/v3/memories/search/", pinned | {"filters": {"user_id": "ada"}}, key=key)
    assert {hit["user_id"] for hit in found.body["results"]} == {"ada"}


def test_after_an_erasure_nothing_of_the_scope_stays(indexed: Api, database: TestDatabase):
    assert scalar(database, "SELECT count(*) FROM cairn.large_scope_words") > 0
    assert indexed.request("DELETE", "/v2/entities/user/ada/").status == 200
    assert scalar(database, "SELECT count(*) FROM cairn.large_scopes") == 0
    assert scalar(database, "SELECT count(*) FROM cairn.large_scope_words") == 0
    assert indexed.search_for("anything") == []


def test_words_are_counted_again_when_many_have_come(indexed: Api, database: TestDatabase, maintain: Any):
    before = scalar(database, "SELECT counted FROM cairn.large_scopes")
    indexed.add(*[f"A zeppelin over town {n}" for n in range(10)])
    maintain()
    assert (before, scalar(database, "SELECT counted FROM cairn.large_scopes")) == (ROWS, ROWS + 10)


@pytest.mark.parametrize(
    ("where", "entity"),
    [
        ({"user_id": "ada"}, LargeEntity("user_id", "ada")),
        ({"AND": [{"created_at": {"gt": "2020-01-01"}}, {"run_id": "r"}]}, LargeEntity("run_id", "r")),
        ({"user_id": {"in": ["ada", "bob"]}}, None),
        ({"OR": [{"user_id": "ada"}, {"agent_id": "x"}]}, None),
        ({"NOT": {"user_id": "ada"}}, None),
    ],
)
def test_only_an_entity_that_every_row_belongs_to_is_searched_by_its_indexes(
    where: dict[str, Any], entity: LargeEntity | None
):
    assert large_entity(Tenant(new_id()), parse_filters(where)) == entity


def test_what_the_graph_alone_finds_is_a_candidate(
    indexed: Api, settings: Settings, connection: Database, real_embedder: Embedder
):
    tenant, selection = Tenant(uuid.UUID(indexed.project_id)), Selection(parse_filters({"user_id": "ada"}))

    def found(near: list[tuple[uuid.UUID, float]]) -> dict[uuid.UUID, Any]:
        store = PostgresSearchStore(connection, exact_rows=settings.search.exact_rows)
        search = Search(store, real_embedder, near=lambda *_: FromGraph(near=tuple(near)))
        hits = search(tenant, SearchRequest("zymurgy", selection, top_k=1000, threshold=0, graph=True)).hits
        return {hit.memory.id: hit for hit in hits}

    (far,) = [uuid.UUID(m["id"]) for m in indexed.list(page_size=200)][-1:]
    assert found([(far, 0.5)])[far].signals["graph"].raw == 0.5
    other = uuid.UUID(indexed.list(filters={"user_id": "bob"})[0]["id"])
    assert other not in found([(other, 1.0)])


def test_a_run_of_upkeep_reads_no_large_scope_in_which_nothing_changed(
    indexed: Api, connection: Database, maintain: Any, tmp_path: Any
):
    with (tmp_path / "trace").open("w+") as trace:
        connection._open().pgconn.trace(trace.fileno())
        assert maintain()["indexed"] == 0
        connection._open().pgconn.untrace()
        trace.seek(0)
        sent = trace.read()
    assert "cairn.large_scopes" in sent
    assert "count(*) FROM cairn.memories" not in sent


def test_what_goes_is_noticed_within_the_hour(indexed: Api, database: TestDatabase, maintain: Any):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("DELETE FROM cairn.memories WHERE user_id = 'ada' AND run_id = 'spring'")
    maintain()
    assert scalar(database, "SELECT counted FROM cairn.large_scopes") == ROWS
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.large_scopes SET sized_at = sized_at - interval '1 hour'")
    maintain()
    assert scalar(database, "SELECT counted FROM cairn.large_scopes") == ROWS // 2


def test_few_that_come_in_many_runs_are_many_in_the_end(indexed: Api, database: TestDatabase, maintain: Any):
    for n in range(6):
        indexed.add(f"A zeppelin over town {n}")
        assert scalar(database, "SELECT counted FROM cairn.large_scopes") == ROWS
        maintain()
    assert scalar(database, "SELECT counted FROM cairn.large_scopes") == ROWS + 6
