"""A long text is found by what it says anywhere in it."""

import json
import uuid
from collections.abc import Callable

import psycopg
import pytest

from cairn.bootstrap import adapters, consolidation, upkeep
from cairn.embeddings.fill_passages import FillPassages
from cairn.embeddings.long_texts import PostgresLongTexts
from cairn.kernel.tenancy import Tenant
from cairn.platform.database import Database
from tests.conftest import TestDatabase
from tests.integration.api import Api
from tests.integration.conftest import Settings

SHORT = ("My bicycle is red.", "I work in a library.", "My cat is called Nimbus.", "I go to yoga on Wednesdays.")
SHELVES = " ".join(f"The shelf by window {n} holds a row of clay pots." for n in range(60))
HIDDEN = "I can no longer eat shellfish since my hospital stay."
QUERY = "which seafood makes the user ill"


# The passages of the multilingual model say less of one sentence among others: 0.07 of QUERY, and 0.10 of the bicycle.
ONE_SENTENCE = pytest.mark.default_embedder("how much of a passage one sentence is")


def wordy(place: str) -> str:
    half = SHELVES[: SHELVES.index("window 30") - len("The shelf by ")]
    return {
        "first": f"{HIDDEN} {SHELVES}",
        "middle": f"{half}{HIDDEN} {SHELVES[len(half) :]}",
        "last": f"{SHELVES} {HIDDEN}",
    }[place]


@ONE_SENTENCE
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_memory_is_found_by_any_of_its_sentences(api: Api, place: str):
    api.add(*SHORT)
    api.add(wordy(place))
    assert HIDDEN in api.search_for(QUERY)[0]["memory"]


def test_with_its_text_its_passages_change(api: Api, database: TestDatabase):
    api.add(*SHORT)
    (memory_id,) = (r["id"] for r in api.add(wordy("last"))["results"])
    path = f"/v1/memories/{memory_id}/"
    api.request("PUT", path, {"metadata": {"k": 1}})
    found = api.search_for(QUERY)[0]
    assert found["id"] == memory_id
    api.request("PUT", path, {"text": SHELVES})
    assert api.search_for(QUERY)[0]["score"] < found["score"]
    api.request("PUT", path, {"text": "The shelves are full."})
    with psycopg.connect(database.owner_url) as connection:
        assert connection.execute("SELECT count(*) FROM cairn.memories WHERE passages IS NOT NULL").fetchone() == (0,)


@ONE_SENTENCE
def test_an_import_of_texts_has_them_too(api: Api):
    lines = [{"text": text, "user_id": "ada"} for text in (*SHORT, wordy("middle"))]
    answer = api.request("POST", "/v1/import/", raw="\n".join(map(json.dumps, lines)))
    assert answer.status == 200, answer
    assert HIDDEN in api.search_for(QUERY)[0]["memory"]


def test_the_same_said_again_costs_no_second_memory(api: Api):
    """Its passages belong to the memory that is there."""
    api.add(wordy("last"))
    api.add(wordy("last"))
    assert len(api.list()) == 1


@pytest.fixture
def tell(api: Api, settings: Settings, connection: Database) -> Callable[[str], None]:
    """Adds that are consolidated at once."""
    service = consolidation.consolidate(settings.consolidate, database=connection)

    def told(text: str) -> None:
        event_id = api.add(text, infer=True)["event_id"]
        service.consolidate(Tenant(uuid.UUID(api.project_id)), uuid.UUID(event_id))

    return told


@pytest.fixture
def upkeep_run(settings: Settings, connection: Database) -> Callable[[], int]:
    """Runs upkeep; how many long texts it gave their vectors."""
    run = upkeep.maintain(settings.maintain, database=connection)

    def once() -> int:
        done = run(False)
        assert done.broken == []
        return done.embedded

    return once


def as_before_passages(database: TestDatabase) -> None:
    """Rows as the release before the migration to passages left them."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.memories SET passages = NULL")
        owner.execute("UPDATE cairn.turns SET passages = NULL")


def filled(database: TestDatabase) -> list[tuple[str, int]]:
    with psycopg.connect(database.owner_url) as owner:
        rows = "SELECT id, passages FROM cairn.memories UNION ALL SELECT id, passages FROM cairn.turns"
        counts = f"SELECT id::text, cardinality(passages) FROM ({rows}) r WHERE passages IS NOT NULL ORDER BY id"
        return owner.execute(counts).fetchall()


def test_upkeep_fills_what_was_kept_before_there_were_passages(
    api: Api, database: TestDatabase, tell: Callable[[str], None], upkeep_run: Callable[[], int]
):
    api.add(*SHORT)
    tell(wordy("last"))  # a memory, and the message it was made of
    as_they_are = filled(database)
    before = api.search_for(QUERY)[0]
    as_before_passages(database)
    assert HIDDEN not in api.search_for(QUERY)[0]["memory"]
    assert [upkeep_run(), upkeep_run()] == [2, 0]
    assert filled(database) == as_they_are
    assert api.search_for(QUERY)[0] == before
    assert HIDDEN in api.search_for(QUERY, include_messages=True)[0]["memory"]


def test_upkeep_goes_on_where_the_last_run_ended(
    api: Api, database: TestDatabase, connection: Database, settings: Settings
):
    for n in range(5):
        api.add(f"{wordy('last')} It is note {n}.")
    as_they_are = filled(database)
    as_before_passages(database)
    piece = FillPassages(PostgresLongTexts(connection), lambda: adapters.embedder(settings.maintain, connection))
    assert [piece(room=1), piece(room=len(wordy("last")) + 500), piece(room=100_000), piece(room=100_000)] == [
        1,
        2,
        2,
        0,
    ]
    assert filled(database) == as_they_are


def test_a_text_that_changed_meanwhile_gets_no_vectors_of_another(
    api: Api, database: TestDatabase, connection: Database, tell: Callable[[str], None]
):
    tell(wordy("last"))
    as_before_passages(database)
    texts = PostgresLongTexts(connection)
    read = texts.without_passages(10)
    assert [text.is_turn for text in read] == [False, True]
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.turns SET text = %s", [SHELVES])
    (memory,) = api.list()
    api.request("PUT", f"/v1/memories/{memory['id']}/", {"metadata": {"k": 1}})
    vector = (0.0,) * 384
    assert [texts.fill(text, [vector]) for text in read] == [False, False]
    assert filled(database) == []


@pytest.mark.parametrize(
    "text", [" " * 500 + "x", "x" * 401, "京" * 134, "가나다라" * 34, "เธอ" * 45, "ab " * 134 + "cd"]
)
def test_the_database_and_the_service_agree_on_what_is_long(
    connection: Database, api: Api, database: TestDatabase, upkeep_run: Callable[[], int], text: str
):
    for said in (text, text[: len(text) * 9 // 10]):
        api.add(said)
    before = filled(database)
    as_before_passages(database)
    assert upkeep_run() == len(before)
    assert (upkeep_run(), filled(database)) == (0, before)


def test_upkeep_looks_for_them_in_an_index_that_is_empty_once_they_are_filled(api: Api, database: TestDatabase):
    api.add(*SHORT, wordy("last"))
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("SET enable_seqscan = off")
        for table in ("memories", "turns"):
            find = f"SELECT id FROM cairn.{table} WHERE passages IS NULL AND cairn.is_long(text) ORDER BY id LIMIT 100"
            plan = "\n".join(line for (line,) in owner.execute(f"EXPLAIN {find}"))
            assert f"using {table}_without_passages" in plan
            assert owner.execute(find).fetchall() == []
