import json
import re
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql

from cairn.consolidate.store import NEIGHBOURS
from cairn.filters import parse_filters
from cairn.kernel.tenancy import Scope, Tenant
from cairn.memories.rows import halves
from cairn.memories.types import Selection
from cairn.platform.database import Database
from cairn.search.statement import HASH_JOINS, search_statement
from cairn.search.store import PostgresSearchStore
from cairn.search.types import SearchQuery
from tests.conftest import TestDatabase
from tests.embeddings import weighed
from tests.integration.api import Api

MONTHS = {"January": 1, "March": 3, "April": 4}
TEXTS = (
    "I adopted a grey cat called Miso",
    "We drove from Porto to Lisbon in March",
    "My flight number is TP1363",
    "I play the cello in an orchestra",
    "My doctor told me to avoid peanuts",
)


@pytest.fixture
def filled(api: Api) -> Api:
    api.add(*TEXTS)
    return api


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("which pet do I have?", TEXTS[0]),  # by meaning: no word in common
        ("TP1363", TEXTS[2]),  # by the word: no meaning to speak of
        ("what must I not eat?", TEXTS[4]),
        ("road trip in Portugal", TEXTS[1]),
    ],
)
def test_the_best_hit_comes_first(filled: Api, query: str, text: str):
    assert filled.search_for(query)[0]["memory"] == text


def test_scores_lie_between_0_and_1_and_fall(filled: Api):
    scores = [h["score"] for h in filled.search_for("cat")]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= s <= 1 for s in scores)


def test_top_k_and_threshold_cut_the_list(filled: Api):
    assert len(filled.search_for("cat", top_k=2)) == 2
    best = filled.search_for("cat")[0]["score"]
    assert [h["score"] for h in filled.search_for("cat", threshold=best)] == [best]
    assert filled.search_for("cat", threshold=1) == []


def test_a_query_that_fits_nothing_scores_low(filled: Api):
    assert filled.search_for("photosynthesis in chlorophyll")[0]["score"] < 0.25


def test_explain_shows_each_channel_and_adds_up(filled: Api):
    for hit in filled.search_for("grey cat", explain=True):
        channels = hit["explain"]
        assert set(channels) == {"semantic", "bm25", "neighbours", "coverage", "run", "period", "agent", "importance"}
        assert sum(c["contribution"] for c in channels.values()) == pytest.approx(hit["score"], abs=5e-6)
        for channel in channels.values():
            assert channel["contribution"] == pytest.approx(channel["normalised"] * channel["weight"], abs=2e-6)
    best = filled.search_for("grey cat", explain=True)[0]["explain"]
    assert (best["semantic"]["rank"], best["bm25"]["rank"]) == (1, 1)
    assert "explain" not in filled.search_for("grey cat")[0]


def test_what_an_assistant_said_counts_for_less_unless_that_is_what_is_asked(api: Api):
    said = [
        {"role": "user", "content": "I want to paint my boat before the summer."},
        {"role": "assistant", "content": "To paint a boat before the summer, sand the boat and paint it twice."},
    ]
    body = {"messages": said, "user_id": "ada", "infer": False}
    assert api.request("POST", "/v3/memories/add/", body).status == 200
    (first, second) = api.search_for("When do I want to paint my boat before the summer?", explain=True)
    assert (first["actor"], second["actor"]) == ("user", "assistant")
    assert [hit["explain"]["agent"]["score"] for hit in (first, second)] == [0, 1]
    assert second["explain"]["agent"]["contribution"] < 0
    for asked in ("What did you tell me to do with the boat: sand it?", "Hast du mir gesagt: sand the boat?"):
        hit = api.search_for(asked, explain=True)[0]
        assert (hit["actor"], hit["explain"]["agent"]["weight"]) == ("assistant", 0)


def test_a_reference_date_says_from_when_last_may_is_meant(api: Api):
    for year in (2021, 2023):
        api.add(f"We sailed to Svolvær in the year {year}.", timestamp=f"{year}-05-10")
    for year in (2021, 2023):
        hits = api.search_for("Where did we sail last May?", reference_date=f"{year}-08-01", explain=True)
        assert [h["explain"]["period"]["score"] for h in hits] == [1, 0]
        assert hits[0]["timestamp"].startswith(f"{year}-05")


def test_bm25_counts_words_within_the_scope_alone(api: Api):
    # `cat` is common in bob's memories; for ada it is as rare as `dog`.
    api.add(*[f"My cat number {n} sleeps" for n in range(30)], user_id="bob")
    api.add("I saw a cat", "I saw a dog", "I saw a bird")
    for word in ("cat", "dog"):
        best = api.search_for(word, explain=True)[0]
        assert best["memory"] == f"I saw a {word}"
        assert best["explain"]["bm25"]["score"] == pytest.approx(
            api.search_for("dog", explain=True)[0]["explain"]["bm25"]["score"]
        )


def test_a_search_finds_what_filters_let_through_however_rare(api: Api):
    api.add(*[f"I saw bird number {n}" for n in range(50)], user_id="bob")
    api.add("I saw a heron", user_id="ada", metadata={"place": "lake"})
    hits = api.search_for("bird", filters={"user_id": "*", "metadata": {"place": "lake"}})
    assert [h["memory"] for h in hits] == ["I saw a heron"]


def test_expired_memories_are_hidden_unless_asked_for(api: Api):
    api.add("I own a boat", expiration_date="2020-01-01")
    api.add("I own a car", expiration_date="2099-01-01")
    assert [h["memory"] for h in api.search_for("what do I own?")] == ["I own a car"]
    assert len(api.search_for("what do I own?", show_expired=True)) == 2
    assert [m["memory"] for m in api.list()] == ["I own a car"]
    assert len(api.list(show_expired=True)) == 2


def test_fields_cut_a_hit_down(filled: Api):
    assert {tuple(h) for h in filled.search_for("cat", fields=["memory", "score"])} == {("id", "memory", "score")}


def test_categories_and_metadata_of_the_body_narrow_the_search(api: Api):
    api.add("I like tea", categories=["drinks"], metadata={"k": 1})
    api.add("I like rice", categories=["food"], metadata={"k": 2})
    assert [h["memory"] for h in api.search_for("what do I like?", categories=["food"])] == ["I like rice"]
    assert [h["memory"] for h in api.search_for("what do I like?", metadata={"k": 1})] == ["I like tea"]


@pytest.mark.parametrize(
    "query",
    [
        "in 9999 or 1 January 0001, since 31 December 9999",
        "the of and",
        "!!! ???",
        "'; DROP TABLE memories; --",
        "a & b | !c <-> (d)",
        "ค",
        "%s %(x)s {}",
    ],
)
def test_any_query_is_just_text(filled: Api, query: str):
    assert len(filled.search_for(query)) == len(TEXTS)


def test_a_search_in_an_empty_scope_finds_nothing(api: Api):
    assert api.search_for("cat") == []


def test_the_answer_to_a_turn_is_found_beside_it_in_its_run(api: Api):
    api.add("Which instrument did you pick for your lessons?", "The cello, in the end.", run_id="monday")
    api.add("The end of that film was a surprise.", "In the end we took the bus.", run_id="tuesday")
    api.add("Everybody was late in the end.", "It rained to the end.", run_id="wednesday")
    hits = [h["memory"] for h in api.search_for("Which instrument was picked for the lessons in the end?", top_k=2)]
    assert hits == ["Which instrument did you pick for your lessons?", "The cello, in the end."]


def test_rows_of_other_scopes_are_no_neighbours_though_their_run_has_the_same_name(api: Api):
    api.add("Which instrument did you pick?", run_id="r", user_id="ada")
    api.add("It rained.", run_id="r", user_id="bob")
    api.add("It poured.", user_id="bob")
    hits = api.search_for("Which instrument?", filters={"user_id": "*"}, explain=True)
    about = {h["memory"]: h["explain"]["neighbours"]["score"] for h in hits}
    assert about == {"Which instrument did you pick?": 0, "It rained.": 0, "It poured.": 0}


@pytest.mark.parametrize(
    "query",
    [
        "What did we eat in March 2024?",
        "What did we eat between us on 2 March 2024?",
        "what did we eat that spring of 2024",
    ],
)
def test_what_was_said_in_the_period_that_a_query_names_is_lifted(api: Api, query: str):
    for month in (1, 3, 6):
        at = int(datetime(2024, month, 2, 12, tzinfo=UTC).timestamp())
        api.add("We had soup for dinner", timestamp=at, run_id=f"month-{month}")
    hits = api.search_for(query, explain=True)
    assert [h["explain"]["period"]["score"] for h in hits] == [1, 0, 0]
    assert hits[0]["run_id"] == "month-3"
    assert all(h["explain"]["period"]["score"] == 0 for h in api.search_for("What did we eat?", explain=True))


def test_a_period_is_read_as_of_the_moment_that_is_asked_about(api: Api):
    for year in (2023, 2024):
        api.add("We had soup", timestamp=int(datetime(year, 5, 2, tzinfo=UTC).timestamp()), run_id=f"year-{year}")
    for as_of, expected in (("2024-07-01T00:00:00Z", "year-2024"), ("2024-04-01T00:00:00Z", "year-2023")):
        assert api.search_for("What did we have last May?", as_of=as_of)[0]["run_id"] == expected


def test_a_search_is_one_round_trip(filled: Api, connection: Database, embedding_model: tuple[str, int]):
    """libpq's own trace: everything goes out, with one Sync at its end, before anything comes back."""
    key_id = uuid.UUID(filled.request("GET", "/v1/keys/").body["results"][0]["id"])
    tenant = Tenant(uuid.UUID(filled.project_id), key_id)
    model, width = embedding_model
    query = SearchQuery(
        "cat", [0.05] * width, Selection(parse_filters({"user_id": "ada"})), *weighed(model), threshold=0
    )
    store = PostgresSearchStore(connection)
    store.search(tenant, query)
    with tempfile.TemporaryFile("w+") as trace:
        connection._open().pgconn.trace(trace.fileno())
        found = store.search(tenant, query)
        connection._open().pgconn.untrace()
        trace.seek(0)
        sent = re.findall(r"\t([FB])\t\d+\t(\w+)", trace.read())
    directions = "".join(side for side, _ in sent)
    assert len(found.hits) == len(TEXTS)
    assert re.fullmatch("F+B+", directions), sent
    assert [name for side, name in sent if side == "F"].count("Sync") == 1


def rows_thrown_away(plan: dict[str, Any]) -> int:
    """Pairs of rows that joins made only to drop them: with nested loops over a scope they grow with its square."""
    own = plan.get("Rows Removed by Join Filter", 0) * plan["Actual Loops"]
    return own + sum(rows_thrown_away(part) for part in plan.get("Plans", []))


def parts_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from parts_of(part)


def test_the_work_of_a_search_grows_with_its_scope_and_not_with_the_square(
    api: Api, connection: Database, embedding_model: tuple[str, int]
):
    rows = 300
    api.add(*[f"Letter {n} went to {'Ann' if n % 2 else 'Bob'} in town {n % 7}" for n in range(rows)])
    tenant = Tenant(uuid.UUID(api.project_id))
    model, width = embedding_model
    where = Selection(parse_filters({"user_id": "ada"}))
    query = SearchQuery("a letter to Ann in town", [0.05] * width, where, *weighed(model))
    statement, params = search_statement(tenant, query)
    explained = sql.SQL("EXPLAIN (ANALYZE, FORMAT JSON) {}").format(statement)
    _, (row,) = connection.read(tenant, [(HASH_JOINS, {}), (explained, params)])
    plan = row["QUERY PLAN"][0]["Plan"]
    assert rows_thrown_away(plan) < 10 * rows
    # All are of one run: joined row by row, the rows of a run would be compared with each other.
    by_run = [part for part in parts_of(plan) if ".run" in part.get("Hash Cond", "")]
    assert [min(side["Actual Rows"] for side in join["Plans"]) for join in by_run] == [1]


@pytest.mark.parametrize("messages", [False, True], ids=["memories", "with messages"])
def test_a_single_character_is_looked_for_in_the_texts_of_the_scope_alone(
    api: Api,
    connection: Database,
    database: TestDatabase,
    unit: list[float],
    embedding_model: tuple[str, int],
    messages: bool,
):
    """However many memories the other scopes of the project have."""
    others = [{"text": f"第{n}只猫", "user_id": f"user-{n}", "embedding": unit} for n in range(3_000)]
    assert api.request("POST", "/v1/import/", raw="\n".join(map(json.dumps, others))).status == 200
    api.add("我家有一只猫", "我每天喝茶")
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("ANALYZE cairn.memories")
    tenant, model = Tenant(uuid.UUID(api.project_id)), embedding_model[0]
    where = Selection(parse_filters({"user_id": "ada"}))
    query = SearchQuery("猫", unit, where, *weighed(model), messages=messages)
    statement, params = search_statement(tenant, query, most=8_000)
    explained = sql.SQL("EXPLAIN (ANALYZE, FORMAT JSON) {}").format(statement)
    _, (row,) = connection.read(tenant, [(HASH_JOINS, {}), (explained, params)])
    looks = [part for part in parts_of(row["QUERY PLAN"][0]["Plan"]) if part.get("Relation Name") == "memories"]
    assert looks
    seen = sum((part["Actual Rows"] + part.get("Rows Removed by Filter", 0)) * part["Actual Loops"] for part in looks)
    assert seen < 100


def test_what_is_near_to_a_fact_is_looked_for_in_its_scope_alone(
    api: Api, connection: Database, database: TestDatabase, unit: list[float]
):
    """However many memories the other scopes of the project have."""
    others = [{"text": f"Fact {n}.", "user_id": f"user-{n}", "embedding": unit} for n in range(3_000)]
    lines = [*others, {"text": "I own a boat.", "user_id": "ada", "embedding": unit}]
    assert api.request("POST", "/v1/import/", raw="\n".join(map(json.dumps, lines))).status == 200
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("ANALYZE cairn.memories")
    explained = sql.SQL("EXPLAIN (ANALYZE, FORMAT JSON) {}").format(NEIGHBOURS)
    for closed in (True, False):
        params = {"project_id": uuid.UUID(api.project_id), "scope_key": Scope("ada").key, "k": 10}
        params |= {"vectors": [halves(unit)] * 20, "closed": [closed] * 20}
        ((row,),) = connection.read(Tenant(uuid.UUID(api.project_id)), [(explained, params)])
        plan = list(parts_of(row["QUERY PLAN"][0]["Plan"]))
        assert sum(part.get("Rows Removed by Filter", 0) * part["Actual Loops"] for part in plan) < 100


@pytest.mark.parametrize(("asked", "right"), [("before April 2026", {"90", "70"}), ("in March 2026", {"70"})])
def test_a_time_that_is_asked_about_beats_the_word_for_it(api: Api, asked: str, right: set[str]):
    for euros, month in (("90", "January"), ("70", "March"), ("85", "April")):
        text = f"I paid the plumber {euros} euros in {month} 2026."
        memory = {"text": text, "user_id": "ada", "timestamp": "2026-05-02", "event_time": f"2026-0{MONTHS[month]}-01"}
        assert api.request("POST", "/v1/import/", raw=json.dumps(memory)).status == 200
    first = api.search_for(f"What did I pay the plumber {asked}?", reference_date="2026-06-01")[0]["memory"]
    assert first.split()[4] in right


@pytest.mark.parametrize(
    "asked", ["in Q3 2024", "between July and September 2024", "im 3. Quartal 2024", "entre julho e setembro de 2024"]
)
def test_a_quarter_or_a_range_that_is_asked_about_is_found(api: Api, asked: str):
    for trip, month in (("Ghent", "02"), ("Turku", "08"), ("Porto", "11")):
        memory = {"text": f"I sailed to {trip}.", "user_id": "ada", "event_time": f"2024-{month}-10"}
        assert api.request("POST", "/v1/import/", raw=json.dumps(memory)).status == 200
    hits = api.search_for(f"Where did I sail {asked}?", reference_date="2026-06-01", explain=True)
    assert hits[0]["memory"] == "I sailed to Turku."
    assert [hit["memory"] for hit in hits if hit["explain"]["period"]["score"]] == ["I sailed to Turku."]


def test_the_oldest_search_takes_entities_beside_the_filters(filled: Api):
    body: dict[str, Any] = {"query": "cat", "user_id": "ada"}
    bare = filled.request("POST", "/v1/memories/search/", body).body
    assert bare[0]["memory"] == TEXTS[0]
    wrapped = filled.request("POST", "/v2/memories/search/", body | {"output_format": "v1.1"}).body
    assert wrapped["results"][0]["memory"] == TEXTS[0]
    refused = filled.request("POST", "/v3/memories/search/", body)
    assert (refused.status, refused.body["detail"].startswith("user_id belongs inside filters")) == (400, True)
