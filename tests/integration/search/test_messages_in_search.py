"""Searches that ask for what was said, too: `include_messages`."""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql

from cairn.bootstrap import access, consolidation, reads, upkeep
from cairn.consolidate.sqs import ConsolidateService
from cairn.filters import parse_filters
from cairn.kernel.tenancy import Tenant
from cairn.memories.types import Selection
from cairn.models_ai.embed.port import Embedder
from cairn.platform.database import Database
from cairn.search import statement as search_sql
from cairn.search.large_scopes import LargeEntity
from cairn.search.planner import SearchPlanner
from cairn.search.search import Search, SearchRequest
from cairn.search.statement import large_statement
from cairn.search.store import PostgresSearchStore
from cairn.search.types import FromGraph, SearchQuery
from tests.conftest import TestDatabase
from tests.embeddings import weighed
from tests.integration.api import Api, Context
from tests.integration.conftest import Settings
from tests.integration.memories.test_memories import SECRET, traces
from tests.integration.model import Modelled
from tests.integration.provide import Provide

Tell = Callable[..., dict[str, Any]]
PADDING = "It is a long story, told at length. " * 56  # so that a message is kept by its paragraphs
OSLO, BERGEN = "I live in Oslo.", "I moved to Bergen."
SMALL_TALK = "Did you see the heron by the lake?"


@pytest.fixture
def tell(api: Api, consolidator: ConsolidateService) -> Tell:
    """Adds messages, as (role, content) or what the user said, consolidates them by rules, and returns the event."""

    def told(*said: str | tuple[str, str], **fields: Any) -> dict[str, Any]:
        pairs = [("user", one) if isinstance(one, str) else one for one in said]
        messages = [{"role": role, "content": content} for role, content in pairs]
        body = {"messages": messages, "user_id": "ada"} | fields
        answer = api.request("POST", "/v3/memories/add/", body)
        assert answer.status == 200, answer
        event_id = answer.body["event_id"]
        consolidator.consolidate(Tenant(uuid.UUID(api.project_id)), uuid.UUID(event_id))
        return api.event(event_id)

    return told


def kinds(hits: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(hit["kind"], hit["memory"]) for hit in hits]


def both(api: Api, query: str, **fields: Any) -> list[dict[str, Any]]:
    return api.search_for(query, include_messages=True, **fields)


def said(hits: list[dict[str, Any]]) -> list[str]:
    return [hit["memory"] for hit in hits if hit["kind"] == "message"]


def rows(database: TestDatabase, query: str) -> list[Any]:
    with psycopg.connect(database.owner_url) as owner:
        return owner.execute(query).fetchall()


def test_a_message_that_no_memory_was_made_from_is_found_when_asked_for(api: Api, tell: Tell):
    tell(SMALL_TALK, ("assistant", "A grey one, standing on one leg."), ("system", "You are a birdwatcher."))
    assert api.search_for("Where was the heron?") == []
    hits = both(api, "Where was the heron?")
    assert kinds(hits) == [("message", SMALL_TALK), ("message", "A grey one, standing on one leg.")]
    assert [hit["role"] for hit in hits] == ["user", "assistant"]
    assert [hit["actor"] for hit in hits] == ["user", "assistant"]
    assert both(api, "birdwatcher", top_k=3) != []
    assert "You are a birdwatcher." not in said(both(api, "birdwatcher"))


def test_a_hit_names_its_sources_with_the_words_it_was_made_from(modelled: Modelled):
    api, told = modelled.api, f"Hi! {OSLO} It rains."
    modelled.mind.hears(told, {"text": OSLO, "quote": OSLO})
    modelled.tell(told, timestamp="2026-01-02T03:04:05Z", run_id="r")
    (fact,) = api.list()
    (hit,) = [hit for hit in both(api, "Where do I live in Oslo?") if hit["id"] == fact["id"]]
    assert hit["sources"] == [
        {
            "message_id": fact["source_message_ids"][0],
            "role": "user",
            "name": None,
            "timestamp": "2026-01-02T03:04:05+00:00",
            "span": fact["source_spans"][0],
            "quote": OSLO.rstrip("."),
        }
    ]
    assert "sources" not in api.search_for("Oslo")[0]


def test_a_message_has_its_own_id_and_is_its_own_source(api: Api, tell: Tell):
    tell(SMALL_TALK, metadata={"place": "lake"}, agent_id="a", run_id="r")
    (hit,) = both(api, "heron")
    assert (hit["source_message_ids"], hit["source_spans"]) == ([hit["id"]], [[0, len(SMALL_TALK)]])
    assert [(s["message_id"], s["quote"]) for s in hit["sources"]] == [(hit["id"], SMALL_TALK)]
    assert (hit["user_id"], hit["agent_id"], hit["run_id"], hit["metadata"]) == ("ada", "a", "r", {"place": "lake"})
    for method, path in (("GET", ""), ("GET", "history/"), ("GET", "thread/"), ("DELETE", "")):
        assert api.request(method, f"/v1/memories/{hit['id']}/{path}").status == 404
    assert api.request("PUT", f"/v1/memories/{hit['id']}/", {"text": "x"}).status == 404
    assert api.request("POST", "/v1/feedback/", {"memory_id": hit["id"], "feedback": "POSITIVE"}).status == 404
    assert both(api, "heron") == [hit]


def test_every_kind_of_memory_is_found_with_its_sources(api: Api, tell: Tell):
    (verbatim,) = api.add("I keep seven bees", infer=False)["results"]
    api.request("POST", "/v1/import/", raw='{"text": "I keep nine goats", "user_id": "ada"}')
    quotes = {hit["memory"]: [s["quote"] for s in hit["sources"]] for hit in both(api, "What do I keep?")}
    assert quotes == {"I keep seven bees": ["I keep seven bees"], "I keep nine goats": []}
    assert [hit["id"] for hit in both(api, "seven bees", top_k=1)] == [verbatim["id"]]


def test_of_a_message_and_its_memory_the_better_placed_is_shown(modelled: Modelled):
    api, told = modelled.api, f"{OSLO} My brother sails old boats round Svolvær with two friends."
    modelled.mind.hears(told, {"text": OSLO, "quote": OSLO})
    modelled.tell(told)
    long = both(api, "Which old boats does my brother sail, with friends, and do I live in Oslo?")[0]
    assert long["kind"] == "message"
    assert kinds(both(api, "Which old boats does my brother sail, with friends, and do I live in Oslo?"))[1:] == []
    short = both(api, OSLO)
    assert short[0]["memory"] == OSLO
    assert said(short) == []


def test_as_many_hits_as_asked_for_come_where_there_are_enough(api: Api, tell: Tell):
    tell(*[f"I own boat number {n}." for n in range(12)], run_id="r")
    for top_k in (1, 5, 12):
        hits = both(api, "Which boat do I own?", top_k=top_k)
        assert len(hits) == top_k
        sources = [s["message_id"] for hit in hits for s in hit["sources"]]
        assert len(set(sources)) == top_k
    assert len(both(api, "Which boat do I own?", top_k=100)) == 12


def test_a_memory_of_two_messages_names_both_and_stands_for_both(modelled: Modelled):
    first, later = "I met Tom once.", "In May I met Tom again."
    merged = "I met Tom once, and again in May."
    modelled.mind.hears(first).hears(later).decides(later, "UPDATE", first, text=merged)
    modelled.tell(first)
    modelled.tell(later)
    (hit,) = both(modelled.api, merged)
    assert hit["memory"] == merged
    assert [s["quote"].rstrip(".") for s in hit["sources"]] == [first.rstrip("."), later.rstrip(".")]


def expected(placed: list[tuple[str, str, list[str]]]) -> list[str]:
    """The rules of who is shown, told one row at a time: (id, kind, sources), best first."""
    shown: list[str] = []
    told: set[str] = set()
    for hit_id, kind, sources in placed:
        if kind == "message":
            if hit_id not in told:
                shown.append(hit_id)
            continue
        if not sources or not set(sources) <= set(shown):
            shown.append(hit_id)
            told |= set(sources)
    return shown


@pytest.mark.parametrize("query", ["Tom and the ferry", "the lighthouse", "tea", "May", "a boat by the quay", "who?"])
def test_who_is_shown_follows_the_rules_for_every_order(modelled: Modelled, real_embedder: Embedder, query: str):
    """What is shown is worked out again from all rows by themselves: each memory and message has its own score."""
    texts = [
        "I met Tom by the lighthouse. Tom likes tea.",
        "In May I met Tom on the ferry. I own a boat.",
        "The quay was wet. I met Tom by the boat. We had tea in May.",
    ]
    quotes = [text.rstrip(".").split(". ") for text in texts]
    for text, parts in zip(texts, quotes, strict=True):
        modelled.mind.hears(text, *({"text": part, "quote": part} for part in parts))
    twice = "I met Tom by the lighthouse, and in May on the ferry"
    modelled.mind.decides(quotes[1][0], "UPDATE", quotes[0][0], text=twice)
    modelled.mind.decides(quotes[2][1], "UPDATE", twice, text="I met Tom by the lighthouse, on the ferry, by the boat")
    for text in texts:
        assert modelled.tell(text)["status"] == "SUCCEEDED"
    hits = both(modelled.api, query, explain=True)
    alone = {hit["id"]: hit for hit in unfiltered(modelled, real_embedder, query)}
    order = sorted(alone.values(), key=lambda hit: -hit["weighed"])
    assert len(order) > len(hits)
    placed = [(hit["id"], hit["kind"], hit["sources"]) for hit in order]
    assert [hit["id"] for hit in hits] == expected(placed)


def all_placed(statement: sql.Composable, params: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The search statement, before anything is left out."""
    text = statement.as_string()
    assert text.count("FROM once") == 1
    return text.replace("FROM once", "FROM placed"), params


def unfiltered(modelled: Modelled, real_embedder: Embedder, query: str) -> list[dict[str, Any]]:
    """Every row as the search statement weighs it, before anything is left out."""
    vector = real_embedder.embed_query(query)
    where = Selection(parse_filters({"user_id": "ada"}))
    asked = SearchQuery(query, vector, where, *weighed(real_embedder.model), top_k=100, threshold=0, messages=True)
    tenant = Tenant(uuid.UUID(modelled.api.project_id))
    (found,) = modelled.connection.read(tenant, [all_placed(*search_sql.search_statement(tenant, asked))])
    return [
        {
            "id": str(row["id"]),
            "kind": row["kind"],
            "sources": [str(i) for i in row["source_message_ids"]],
            "weighed": row["weighed"],
        }
        for row in found
    ]


def test_messages_of_a_run_are_neighbours_of_each_other_and_not_of_its_memories(modelled: Modelled):
    api, told = modelled.api, f"{SMALL_TALK} {OSLO}"
    modelled.mind.hears(told, {"text": OSLO, "quote": OSLO})
    modelled.tell("Which instrument did you pick?", run_id="r")
    modelled.tell(told, run_id="r")
    neighbours = {hit["kind"]: hit["explain"]["neighbours"]["score"] for hit in both(api, OSLO, explain=True)}
    assert neighbours["fact"] == 0
    assert neighbours["message"] > 0


@pytest.fixture
def moved(modelled: Modelled) -> Modelled:
    modelled.mind.hears(OSLO).hears(BERGEN).decides(BERGEN, "DELETE", OSLO)
    modelled.tell(OSLO, timestamp="2026-01-01", run_id="spring")
    modelled.tell(BERGEN, timestamp="2026-03-01", run_id="spring")
    return modelled


def told_by(hits: list[dict[str, Any]]) -> set[str]:
    return {s["quote"].rstrip(".") for hit in hits for s in hit["sources"]}


def test_what_was_said_of_what_no_longer_holds_is_hidden_as_that_is(moved: Modelled):
    oslo, bergen = OSLO.rstrip("."), BERGEN.rstrip(".")
    assert told_by(both(moved.api, "Where do I live?")) == {bergen}
    assert told_by(both(moved.api, "Where do I live?", include_superseded=True)) == {oslo, bergen}
    assert told_by(both(moved.api, "Where do I live?", latest_only=False)) == {oslo, bergen}
    assert told_by(both(moved.api, "Where do I live?", as_of="2026-02-01")) == {oslo}
    assert told_by(both(moved.api, "Where do I live?", as_of="2026-04-01")) == {bergen}
    assert both(moved.api, "Where do I live?", as_of="2025-12-01") == []


def test_a_state_told_late_is_hidden_as_it_is(modelled: Modelled, database: TestDatabase):
    modelled.mind.hears(BERGEN).hears(OSLO).decides(OSLO, "DELETE", BERGEN)
    modelled.tell(BERGEN, timestamp="2026-03-01")
    modelled.tell(OSLO, timestamp="2026-01-01")
    assert dict(rows(database, "SELECT text, invalid_at::date::text FROM cairn.turns")) == {
        BERGEN: None,
        OSLO: "2026-03-01",
    }
    assert told_by(both(modelled.api, "Where do I live?")) == {BERGEN.rstrip(".")}


def test_expired_messages_are_hidden_unless_asked_for(api: Api, tell: Tell):
    tell(SMALL_TALK, expiration_date="2020-01-01")
    assert both(api, "heron") == []
    assert said(both(api, "heron", show_expired=True)) == [SMALL_TALK]


def test_filters_narrow_messages_as_memories(api: Api, tell: Tell):
    tell(SMALL_TALK, metadata={"place": "lake"}, categories=["birds"], timestamp="2026-01-01")
    tell("A heron again, I think?", metadata={"place": "sea"}, timestamp="2026-02-01")
    assert len(both(api, "heron")) == 2
    first = both(api, "heron", metadata={"place": "lake"})
    assert said(first) == [SMALL_TALK]
    for where in (
        {"user_id": "ada", "metadata": {"place": "lake"}},
        {"user_id": "ada", "categories": {"in": ["birds"]}},
        {"user_id": "ada", "keywords": {"contains": "lake"}},
        {"user_id": "ada", "memory_ids": [first[0]["id"]]},
        {"AND": [{"user_id": "ada"}, {"timestamp": {"lt": "2026-01-15"}}]},
    ):
        assert said(both(api, "heron", filters=where)) == [SMALL_TALK], where
    assert both(api, "heron", filters={"user_id": "bob"}) == []
    assert len(both(api, "heron", filters={"user_id": "*"})) == 2


def test_lines_of_a_context_block_are_not_found_by_what_they_hand_on(api: Api, tell: Tell):
    echo = "- I own a zeppelin. [memory 01890a5d-ac96-774b-bcce-b302099a8057]\nWhere was the heron?"
    tell(echo)
    assert said(both(api, "heron")) == [echo]
    (hit,) = both(api, "zeppelin", explain=True)
    assert hit["explain"]["bm25"]["score"] == 0


def test_what_the_graph_finds_is_lifted_among_messages_too(
    api: Api, tell: Tell, real_embedder: Embedder, connection: Database
):
    tell(OSLO, "I keep bees.", SMALL_TALK)
    tenant, where = Tenant(uuid.UUID(api.project_id)), Selection(parse_filters({"user_id": "ada"}))
    near = FromGraph(near=tuple((uuid.UUID(m["id"]), 0.5) for m in api.list() if m["memory"] == OSLO))
    search = Search(PostgresSearchStore(connection), real_embedder, near=lambda *_: near)
    found = search(tenant, SearchRequest("zymurgy", where, threshold=0, messages=True, graph=True)).hits
    assert {hit.memory.text: hit.signals["graph"].raw for hit in found} == {OSLO: 0.5, "I keep bees.": 0, SMALL_TALK: 0}
    assert found[0].memory.text == OSLO


def test_a_reranker_judges_messages_too(api: Api, tell: Tell):
    tell(SMALL_TALK, OSLO)
    body = {"query": "heron", "filters": {"user_id": "ada"}, "include_messages": True, "rerank": True, "top_k": 1}
    answer = api.request("POST", "/v3/memories/search/", body).body
    assert [hit["memory"] for hit in answer["results"]] == [SMALL_TALK]
    assert answer["rerank"]["used"] is False  # none is set up


def test_attention_is_paid_to_messages_too(api: Api, tell: Tell):
    tell(SMALL_TALK, OSLO)
    hits = both(api, "heron", scoring="attention", explain=True)
    assert [hit["memory"] for hit in hits][:1] == [SMALL_TALK]
    assert hits[0]["kind"] == "message"
    assert hits[0]["explain"]["attention"]["normalised"] > 0


def test_a_message_that_is_found_is_not_counted(api: Api, tell: Tell, connection: Database, database: TestDatabase):
    tell(SMALL_TALK)
    api.add("I keep bees")
    hits = {uuid.UUID(hit["id"]): 1 for hit in both(api, "heron")}
    assert len(hits) == 2
    PostgresSearchStore(connection).count_hits(Tenant(uuid.UUID(api.project_id)), hits, datetime.now(UTC))
    (memory,) = api.list()
    assert [str(row[0]) for row in rows(database, "SELECT memory_id FROM cairn.accesses")] == [memory["id"]]


READS: list[tuple[str, str, Any, dict[str, Any] | None]] = [
    ("POST", "/v3/memories/", {"filters": {"user_id": "ada"}}, None),
    ("POST", "/v3/memories/", {"filters": {"user_id": "*"}, "include_superseded": True}, None),
    ("POST", "/v2/memories/", {"filters": {"user_id": "ada"}}, None),
    ("GET", "/v1/memories/", None, {"user_id": "ada"}),
    ("POST", "/v3/memories/search/", {"query": "Where?", "filters": {"user_id": "ada"}, "threshold": 0}, None),
    ("POST", "/v2/memories/search/", {"query": "Where?", "user_id": "ada", "threshold": 0}, None),
    ("POST", "/v3/memories/search/", {"query": "Oslo", "filters": {"user_id": "*"}, "explain": True}, None),
    ("POST", "/v1/context/", {"query": "Where?", "user_id": "ada"}, None),
    ("POST", "/v1/summary/", {"filters": {"user_id": "ada"}}, None),
    ("GET", "/v1/preferences/", None, {"user_id": "ada"}),
    ("GET", "/v1/entities/", None, None),
    ("GET", "/v1/events/", None, None),
    ("POST", "/v1/graph/evolution/", {"user_id": "ada", "entity": "Oslo"}, None),
    ("POST", "/v1/graph/evolution/", {"user_id": "ada", "topic": "Where?"}, None),
    ("POST", "/v1/graph/superseded/", {"user_id": "ada"}, None),
    ("GET", "/v1/graph/sync/", None, None),
]


def test_no_other_read_sees_a_message(moved: Modelled, database: TestDatabase):
    """Every read answers the same with the messages in the index and without."""
    api = moved.api
    ids = [m["id"] for m in api.list(include_superseded=True)]
    own = [("GET", f"/v1/memories/{i}/{p}", None, None) for i in ids for p in ("", "history/", "thread/")]

    def answers() -> list[Any]:
        return [api.request(m, path, body, query=query).body for m, path, body, query in [*READS, *own]]

    before = answers()
    assert said(both(api, "Bergen", include_superseded=True)) or told_by(both(api, "Bergen"))
    with psycopg.connect(database.owner_url) as owner:
        assert owner.execute("DELETE FROM cairn.turns").rowcount == 2
    assert answers() == before
    assert "detail" not in before[0]


def test_the_graph_hears_of_no_message(api: Api, tell: Tell, database: TestDatabase):
    event = tell(f"{OSLO} {SMALL_TALK}", SMALL_TALK)
    waiting = {str(row[0]) for row in rows(database, "SELECT memory_id FROM cairn.graph_outbox")}
    assert waiting == {r["id"] for r in event["results"]}


def test_the_oldest_searches_take_it_too(api: Api, tell: Tell):
    tell(SMALL_TALK)
    body = {"query": "heron", "user_id": "ada", "include_messages": True, "threshold": 0}
    for path in ("/v1/memories/search/", "/v2/memories/search/"):
        (hit,) = api.request("POST", path, body).body
        assert (hit["kind"], hit["sources"][0]["quote"]) == ("message", SMALL_TALK)


def test_fields_cut_a_message_down(api: Api, tell: Tell):
    tell(SMALL_TALK)
    assert [set(h) for h in both(api, "heron", fields=["memory", "sources"])] == [{"id", "memory", "sources"}]


@pytest.mark.default_embedder("how much of a passage one sentence is: see test_long_texts.py")
def test_a_long_message_is_found_by_what_it_says_anywhere(api: Api, tell: Tell):
    for text in ("My bicycle is red.", "I work in a library.", "I go to yoga on Wednesdays."):
        tell(text)
    shelves = " ".join(f"The shelf by window {n} holds a row of clay pots." for n in range(40))
    tell(
        "What do you think?", ("assistant", f"{shelves} No more shellfish since your hospital stay, please. {shelves}")
    )
    assert "shellfish" in both(api, "which seafood did you say makes me ill")[0]["memory"]


def test_anything_but_yes_or_no_is_refused(api: Api):
    body = {"query": "x", "filters": {"user_id": "ada"}, "include_messages": "perhaps"}
    answer = api.request("POST", "/v3/memories/search/", body)
    assert (answer.status, answer.body["detail"].startswith("include_messages should")) == (400, True)


def test_a_message_is_indexed_once_however_often_it_is_delivered(
    api: Api, tell: Tell, consolidator: ConsolidateService, database: TestDatabase
):
    event = tell(SMALL_TALK)
    again = consolidator.consolidate(Tenant(uuid.UUID(api.project_id)), uuid.UUID(event["id"]))
    assert again.skipped
    assert rows(database, "SELECT count(*) FROM cairn.turns") == [(1,)]


def test_switched_off_no_message_is_indexed(api: Api, settings: Settings, connection: Database, database: TestDatabase):
    off = settings.consolidate.model_copy(update={"index_messages": False})
    service = consolidation.consolidate(off, database=connection)
    event_id = api.add(OSLO, infer=True)["event_id"]
    service.consolidate(Tenant(uuid.UUID(api.project_id)), uuid.UUID(event_id))
    assert rows(database, "SELECT count(*) FROM cairn.turns") == [(0,)]
    (hit,) = both(api, "Oslo")
    assert (hit["kind"], hit["sources"][0]["quote"]) == ("fact", OSLO)


def test_an_erased_message_leaves_nothing_to_be_found(api: Api, tell: Tell, database: TestDatabase):
    tell(f"My name is {SECRET}.")
    (memory,) = api.list()
    assert traces(database, SECRET)["turns"] == 1
    assert api.request("DELETE", f"/v1/memories/{memory['id']}/").status == 200
    assert traces(database, SECRET) == {}
    assert both(api, SECRET) == []


def test_a_message_that_is_blanked_in_part_is_found_no_more(api: Api, tell: Tell, database: TestDatabase):
    tell(f"My name is {SECRET}. {PADDING}\n\n{OSLO}")
    assert traces(database, SECRET)["turns"] == 1
    name, _ = api.list()
    assert api.request("DELETE", f"/v1/memories/{name['id']}/").status == 200
    assert traces(database, SECRET) == {}
    (hit,) = both(api, "Oslo")
    assert (hit["kind"], hit["sources"][0]["quote"]) == ("fact", OSLO)


def test_each_part_of_a_message_that_is_erased_at_once_is_blanked(api: Api, tell: Tell, database: TestDatabase):
    tell(f"My name is {SECRET}. {PADDING}\n\n{OSLO}\n\nI own a {SECRET} lamp. {PADDING}")
    name, oslo, lamp = api.list()
    assert oslo["memory"] == OSLO
    body = {"memories": [{"memory_id": name["id"]}, {"memory_id": lamp["id"]}]}
    assert api.request("DELETE", "/v1/batch/", body).status == 200
    assert traces(database, SECRET) == {}
    assert [m["memory"] for m in api.list()] == [OSLO]


@pytest.mark.parametrize(("path", "query"), [("/v1/memories/", {"user_id": "ada"}), ("/v2/entities/user/ada/", None)])
def test_with_its_user_a_message_goes(
    api: Api, tell: Tell, database: TestDatabase, path: str, query: dict[str, Any] | None
):
    tell(f"Did you know that they call me {SECRET}?", OSLO, run_id="r", agent_id="a")
    tell(SMALL_TALK, user_id="bob")
    assert traces(database, SECRET)["turns"] == 1
    assert api.request("DELETE", path, query=query).status == 200
    assert traces(database, SECRET) == {}
    assert rows(database, "SELECT user_id FROM cairn.turns") == [("bob",)]


def test_what_is_erased_while_it_is_consolidated_is_not_indexed(
    api: Api, connection: Database, settings: Settings, database: TestDatabase, embedding_model: tuple[str, int]
):
    """Between reading and writing, the words of one message were blanked, and another went."""
    service = consolidation.consolidate(settings.consolidate, database=connection)
    event_id = api.add(SMALL_TALK, f"Who is {SECRET}?", "Is it late?", infer=True)["event_id"]
    embed = service.consolidate._embedder.embed

    class Erasing:
        model, dimensions = embedding_model

        def embed(self, texts: Any) -> Any:
            with psycopg.connect(database.owner_url) as owner:
                owner.execute("UPDATE cairn.messages SET content = '   ' WHERE content LIKE %s", [f"%{SECRET}%"])
                owner.execute("DELETE FROM cairn.messages WHERE content = 'Is it late?'")
            return embed(texts)

    service.consolidate._embedder = Erasing()
    service.consolidate(Tenant(uuid.UUID(api.project_id)), uuid.UUID(event_id))
    assert said(both(api, "heron")) == [SMALL_TALK]
    assert traces(database, SECRET) == {}


def test_an_erasure_waits_for_what_is_being_applied_and_holds_nothing_it_needs(
    api: Api, database: TestDatabase, settings: Settings
):
    event_id = api.add(SMALL_TALK, infer=True)["event_id"]
    with (
        psycopg.connect(database.owner_url) as applying,
        psycopg.connect(database.owner_url, autocommit=True) as watching,
    ):
        applying.execute("SELECT FROM cairn.events WHERE id = %s FOR UPDATE", [event_id])
        erasing = threading.Thread(target=api.request, args=("DELETE", "/v2/entities/user/ada/"))
        erasing.start()
        waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        while not watching.execute(waiting).fetchall():
            assert erasing.is_alive()
        assert len(applying.execute("SELECT FROM cairn.messages FOR SHARE NOWAIT").fetchall()) == 1
    erasing.join()
    assert rows(database, "SELECT FROM cairn.messages") == []


def test_no_other_project_and_no_pinned_key_finds_it(api: Api, tell: Tell, database: TestDatabase):
    tell(SMALL_TALK)
    tell("The heron was bob's.", user_id="bob")
    _, other = access.create_project(database.app_url, "other")
    made = api.request("POST", "/v1/keys/", {"name": "k", "role": "reader", "user_id": "bob"}).body
    for where in ({"user_id": "ada"}, {"user_id": "*"}, {"OR": [{"user_id": "ada"}, {"user_id": "bob"}]}):
        body = {"query": "heron", "filters": where, "threshold": 0, "include_messages": True}
        assert api.request("POST", "/v3/memories/search/", body, key=other).body["results"] == []
        found = api.request("POST", "/v3/memories/search/", body, key=made["key"]).body["results"]
        assert SMALL_TALK not in str(found)
        assert {hit["user_id"] for hit in found} <= {"bob"}


@pytest.fixture
def large(
    api: Api,
    settings: Settings,
    connection: Database,
    consolidator: ConsolidateService,
    provide: Provide,
) -> Callable[[], int]:
    """Sixty messages of which every third states something; twenty rows are many here. Returns upkeep."""
    from functions.maintain import handler
    from functions.search import handler as search
    from functions.search.routes import service as search_service

    few = settings.search.model_copy(update={"exact_rows": 25})
    read = reads.search(few, database=connection)
    search.app.dependency_overrides[search_service] = lambda: read
    service = upkeep.maintain(settings.maintain.model_copy(update={"settled_after_seconds": 0}), database=connection)
    provide(handler, service)
    birds = ("heron", "plover", "egret", "stork", "curlew")
    for run in ("spring", "autumn"):
        texts = [
            f"I own {n} {birds[n % 5]} books."
            if n % 3 == 0
            else f"Was that {birds[n % 5]} number {n} by the {run} lake?"
            for n in range(30)
        ]
        event_id = api.add(*texts, infer=True, run_id=run)["event_id"]
        consolidator.consolidate(Tenant(uuid.UUID(api.project_id)), uuid.UUID(event_id))
    return lambda: handler.lambda_handler({}, Context())["indexed"]


def ranked(api: Api, query: str, **fields: Any) -> list[tuple[str, float]]:
    return [(hit["id"], round(hit["score"], 3)) for hit in both(api, query, top_k=100, **fields)]


def way(api: Api, **fields: Any) -> dict[str, Any]:
    body = {"query": "heron", "filters": {"user_id": "ada"}, "explain": True} | fields
    return api.request("POST", "/v3/memories/search/", body).body["search"]


def test_a_scope_large_by_its_messages_is_searched_through_indexes(api: Api, large: Callable[[], int]):
    memories = len(api.list())
    assert memories == 20
    assert way(api, include_messages=True) == {"way": "indexes", "rows": 80, "not_indexed": 80, "scoring": "linear"}
    queries = ("heron by the autumn lake", "Which stork books do I own?", "number 7", "curlew")
    before = {query: ranked(api, query) for query in queries}
    assert before == {query: ranked(api, query, exact=True) for query in queries}
    assert large() == 80
    assert large() == 0
    assert way(api, include_messages=True) == {"way": "indexes", "rows": 80, "not_indexed": 0, "scoring": "linear"}
    assert {query: ranked(api, query) for query in queries} == before
    # The memories alone are few, and stay what they are.
    assert way(api) == {"way": "every row", "rows": 20, "not_indexed": None, "scoring": "linear"}


def test_a_message_just_told_is_found_in_a_large_scope(api: Api, large: Callable[[], int], tell: Tell):
    ranked(api, "heron")
    large()
    tell("Did the marmalade set?", run_id="spring")
    assert said(both(api, "marmalade"))[0] == "Did the marmalade set?"
    assert way(api, include_messages=True)["not_indexed"] == 1
    order, exact = ranked(api, "marmalade"), ranked(api, "marmalade", exact=True)
    assert [hit for hit, _ in order] == [hit for hit, _ in exact]
    # What stands beside the indexes moves the mean cosine by a little.
    assert [score for _, score in order] == pytest.approx([score for _, score in exact], abs=0.002)
    assert large() == 1
    assert said(both(api, "marmalade"))[0] == "Did the marmalade set?"


def test_a_message_consolidated_late_is_found_in_a_large_scope(
    api: Api, large: Callable[[], int], consolidator: ConsolidateService
):
    """Its id is older than what upkeep believes to be all in the indexes."""
    late = api.add("Did the marmalade set?", infer=True, run_id="winter")["event_id"]
    ranked(api, "heron")
    large()
    consolidator.consolidate(Tenant(uuid.UUID(api.project_id)), uuid.UUID(late))
    assert said(both(api, "marmalade"))[0] == "Did the marmalade set?"
    assert large() == 1
    assert said(both(api, "marmalade"))[0] == "Did the marmalade set?"


def test_what_was_said_beside_what_the_indexes_find_is_scored_too(
    api: Api,
    large: Callable[[], int],
    connection: Database,
    monkeypatch: pytest.MonkeyPatch,
    embedding_model: tuple[str, int],
):
    ranked(api, "heron")
    large()
    monkeypatch.setattr(search_sql, "LIMITS", {"nearest": 1, "long": 1, "worded": 0, "postings": 1})
    where = Selection(parse_filters({"user_id": "ada"}))
    model, width = embedding_model
    query = SearchQuery("a heron", (0.05,) * width, where, *weighed(model), top_k=100, threshold=0, messages=True)
    tenant = Tenant(uuid.UUID(api.project_id))
    statement = all_placed(*large_statement(tenant, query, LargeEntity("user_id", "ada")))
    (found,) = connection.read(tenant, [statement])
    for kind in ("message", "fact"):
        assert 3 <= sum(row["kind"] == kind for row in found) <= 5


def test_a_plain_search_of_a_large_scope_is_the_same_with_its_messages(
    api: Api,
    large: Callable[[], int],
    database: TestDatabase,
    connection: Database,
    embedding_model: tuple[str, int],
):
    ranked(api, "heron")
    large()
    model, width = embedding_model
    where = Selection(parse_filters({"user_id": "ada"}))
    query = SearchQuery("stork books", (0.05,) * width, where, *weighed(model), 100, 0)
    tenant = Tenant(uuid.UUID(api.project_id))

    def found() -> list[Any]:
        hits, searched = SearchPlanner(connection, most=5).find(tenant, query)
        return [[(row["id"], round(row["score"], 6)) for row in hits], searched]

    before = found()
    assert before[1].path.value == "indexes"
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("DELETE FROM cairn.turns")
    assert found() == before


def test_with_its_user_everything_of_a_large_scope_goes(api: Api, large: Callable[[], int], database: TestDatabase):
    ranked(api, "heron")
    large()
    assert rows(database, "SELECT counted, turns_counted FROM cairn.large_scopes") == [(20, 60)]
    assert api.request("DELETE", "/v2/entities/user/ada/").status == 200
    for table in ("turns", "large_scopes", "large_scope_words", "messages"):
        assert rows(database, f"SELECT count(*) FROM cairn.{table}") == [(0,)], table
