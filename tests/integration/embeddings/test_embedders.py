"""Which embedding model a database is for: the first text says it, and any width is kept."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from cairn.bootstrap import consolidation, reads, writes
from cairn.bootstrap.release import check_parts
from cairn.embeddings import model_in_use
from cairn.kernel.errors import EmbedderUnavailable, Misconfigured
from cairn.kernel.tenancy import Tenant
from cairn.models_ai.embed.minilm import OnnxEmbedder
from cairn.models_ai.embed.multilingual import MultilingualEmbedder
from cairn.platform import migrate
from cairn.platform.database import Database
from cairn.search import profiles
from functions.add_memory import handler as add_memory
from functions.add_memory.routes import service as add_memory_service
from functions.search import handler as search
from functions.search.routes import service as search_service
from tests.conftest import TestDatabase
from tests.integration.api import Api, Provided
from tests.integration.conftest import Settings
from tests.scripted_llm import ChatRequest, Reply, ScriptedLlm

TABLES = ("memories", "turns")


@pytest.fixture
def unused(database: TestDatabase) -> TestDatabase:
    """A database in which nothing was embedded yet."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("DELETE FROM cairn.embedding_model")
        for table in TABLES:
            drop = sql.SQL("ALTER TABLE cairn.{} DROP CONSTRAINT {}; DROP INDEX cairn.{}")
            owner.execute(drop.format(*map(sql.Identifier, (table, f"{table}_width", f"{table}_nearest"))))
    return database


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """With the embedder of the test, in place of the default."""
    own = {"embedder": getattr(request, "param", "minilm")}
    return replace(
        settings,
        add_memory=settings.add_memory.model_copy(update=own),
        search=settings.search.model_copy(update=own),
    )


def kept(url: str) -> dict[str, str]:
    """Checks and indexes of both columns, as Postgres shows them."""
    with psycopg.connect(url) as owner:
        checks = owner.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conname LIKE '%_width'"
        ).fetchall()
        indexes = owner.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'cairn' AND indexname LIKE '%_nearest'"
        ).fetchall()
    return dict(checks + indexes)


@pytest.mark.parametrize(
    ("settings", "model", "width"),
    [("minilm", OnnxEmbedder.model, 384), ("multilingual", MultilingualEmbedder.model, 512)],
    indirect=["settings"],
)
def test_the_first_text_makes_a_database_one_of_its_model(
    unused: TestDatabase, connection: Database, api: Api, settings: Settings, model: str, width: int
):
    assert model_in_use.of(connection) is None
    assert api.request("GET", "/health").body["embeddings"] is None
    api.add("I am allergic to peanuts.", "I live in Oslo.", infer=False)
    assert model_in_use.of(connection) == (model, width)
    assert api.request("GET", "/health").body["embeddings"] == {"model": model, "dimensions": width}
    assert api.search_for("What am I allergic to?")[0]["memory"] == "I am allergic to peanuts."
    found = kept(unused.owner_url)
    for table in TABLES:
        assert f"halfvec({width})" in found[f"{table}_nearest"]
        assert f"= {width})" in found[f"{table}_width"]

    other = "minilm" if settings.search.embedder == "multilingual" else "multilingual"
    made = reads.search(settings.search.model_copy(update={"embedder": other}), database=connection)
    with pytest.raises(Misconfigured, match=rf"{model} \({width} numbers\).*set CAIRN_EMBEDDER to that model"):
        made.search._embedder.embed_query("Where do I live?")


@pytest.mark.parametrize("settings", ["multilingual"], indirect=True)
def test_a_question_in_another_language_is_answered(unused: TestDatabase, api: Api):
    api.add("I am allergic to peanuts.", "I live in Oslo.", "我每天早上喝咖啡。", infer=False)
    assert api.search_for("我对什么过敏？")[0]["memory"] == "I am allergic to peanuts."
    assert api.search_for("What do I drink in the morning?")[0]["memory"] == "我每天早上喝咖啡。"


@pytest.mark.parametrize(("width", "indexed"), [(1, True), (512, True), (4_000, True), (4_001, False), (16_000, False)])
def test_any_width_is_kept_and_no_other(unused: TestDatabase, connection: Database, width: int, indexed: bool):
    assert model_in_use.use(connection, "some model", width) == ("some model", width)
    assert model_in_use.use(connection, "another", 7) == ("some model", width)
    found = kept(unused.owner_url)
    assert f"= {width})" in found["memories_width"]
    assert ("memories_nearest" in found) == ("turns_nearest" in found) == indexed


def test_no_width_is_kept_that_no_vector_can_have(unused: TestDatabase, connection: Database):
    with pytest.raises(psycopg.errors.CheckViolation):
        model_in_use.use(connection, "some model", 16_001)
    assert model_in_use.of(connection) is None


@pytest.mark.parametrize("used", [True, False])
def test_a_database_that_is_in_use_keeps_its_model_and_has_its_index(
    empty_database: str, used: bool, monkeypatch: pytest.MonkeyPatch
):
    before = [m for m in migrate.migrations() if m.version < "0017"]
    with monkeypatch.context() as patched:
        patched.setattr(migrate, "migrations", lambda: before)
        migrate.migrate(empty_database)
    if used:
        with psycopg.connect(empty_database) as owner:
            owner.execute("INSERT INTO cairn.projects VALUES (gen_random_uuid(), gen_random_uuid(), 'first')")
    migrate.migrate(empty_database)
    with psycopg.connect(empty_database) as owner:
        models = owner.execute("SELECT model, dimensions FROM cairn.embedding_model").fetchall()
    assert models == ([(OnnxEmbedder.model, OnnxEmbedder.dimensions)] if used else [])
    assert ("memories_nearest" in kept(empty_database)) == used


ENDPOINTS = {
    "openai": ("tiny", "/v1/embeddings", "tiny"),
    "bedrock": ("eu.cohere.embed-v4:0", "/model/eu.cohere.embed-v4:0/invoke", "cohere.embed-v4:0"),
}
"""What an endpoint is asked for, where, and what the database knows that as."""


@pytest.fixture(params=ENDPOINTS)
def kind(request: pytest.FixtureRequest) -> str:
    """Whose protocol the endpoint speaks."""
    return request.param


@pytest.fixture
def endpoint(kind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedLlm]:
    """An embedding endpoint with a model of three numbers: tea, Oslo, and all else."""
    server = ScriptedLlm(embedded, path=ENDPOINTS[kind][1])
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.root)
    with server:
        yield server


def embedded(request: ChatRequest) -> Reply:
    texts = texts_of(request.body)
    vectors = [[float("tea" in text), float("Oslo" in text), 0.1] for text in texts]
    if "texts" in request.body:
        headers = {"X-Amzn-Bedrock-Input-Token-Count": str(10 * len(texts))}
        return Reply.json({"embeddings": {"float": vectors}}, headers=headers)
    rows = [{"index": n, "embedding": vector} for n, vector in enumerate(vectors)]
    return Reply.json({"data": rows, "usage": {"prompt_tokens": 10 * len(texts)}})


def texts_of(body: dict[str, Any]) -> list[str]:
    return body.get("texts") or body["input"]


@pytest.fixture
def own(kind: str, endpoint: ScriptedLlm) -> dict[str, Any]:
    """The settings of whoever embeds by it."""
    who = {"embedder": kind, "embedding_model": ENDPOINTS[kind][0], "embedding_base_url": endpoint.base_url}
    return who | {"embedding_timeout_seconds": 1.0, "query_cache_size": 0, "embedding_price": 0.5}


@pytest.fixture
def by_endpoint(
    api: Api, own: dict[str, Any], settings: Settings, connection: Database, request: pytest.FixtureRequest
) -> Api:
    """The API with that endpoint's embeddings."""
    every = own | {"exact_rows": getattr(request, "param", 8_000)}
    add = writes.add_memory(settings.add_memory.model_copy(update=every), database=connection)
    read = reads.search(settings.search.model_copy(update=every), database=connection)
    add_memory.app.dependency_overrides[add_memory_service] = Provided(add)
    search.app.dependency_overrides[search_service] = Provided(read)
    return api


def test_an_endpoint_embeds_what_is_kept_and_what_is_asked(
    unused: TestDatabase, by_endpoint: Api, endpoint: ScriptedLlm, connection: Database, kind: str
):
    by_endpoint.add("I like tea.", "I live in Oslo.", infer=False)
    assert model_in_use.of(connection) == (ENDPOINTS[kind][2], 3)
    assert texts_of(endpoint.requests[0])[0].endswith("I like tea.")  # nothing else was asked before
    assert by_endpoint.search_for("Is there tea?")[0]["memory"] == "I like tea."
    answer = by_endpoint.request("POST", "/v3/memories/search/", {"query": "tea", "filters": {"user_id": "ada"}}).body
    assert "degraded" not in answer


@pytest.mark.parametrize("kind", ["bedrock"], indirect=True)
def test_an_endpoint_that_the_role_may_not_ask_is_no_outage(
    unused: TestDatabase, by_endpoint: Api, endpoint: ScriptedLlm
):
    endpoint.script = lambda _: Reply.json({"message": "no"}, 403, {"x-amzn-errortype": "AccessDeniedException"})
    answer = by_endpoint.request("POST", "/v3/memories/search/", {"query": "tea", "filters": {"user_id": "ada"}})
    assert (answer.status, answer.body["code"]) == (500, "misconfigured")


@pytest.mark.parametrize("kind", ["bedrock"], indirect=True)
def test_a_release_whose_role_may_not_ask_is_found_bad(
    unused: TestDatabase, settings: Settings, own: dict[str, Any], endpoint: ScriptedLlm
):
    check_parts(settings.search.model_copy(update=own))
    endpoint.script = lambda _: Reply.json({"message": "no"}, 403, {"x-amzn-errortype": "AccessDeniedException"})
    with pytest.raises(Misconfigured, match="role"):
        check_parts(settings.search.model_copy(update=own))


@pytest.mark.parametrize("by_endpoint", [8_000, 1], indirect=True, ids=["every row", "through indexes"])
def test_while_the_endpoint_is_away_words_find_and_a_write_says_so(
    unused: TestDatabase, by_endpoint: Api, endpoint: ScriptedLlm
):
    by_endpoint.add("I like tea.", "I live in Oslo.", "My sister keeps bees.", infer=False)
    endpoint.script = lambda _: Reply.error(503, headers={"Retry-After": "0"})
    body = {"query": "my sister's bees", "filters": {"user_id": "ada"}, "explain": True}
    for more in ({}, {"include_messages": True}, {"scoring": "attention"}, {"exact": True}):
        answer = by_endpoint.request("POST", "/v3/memories/search/", body | more)
        assert answer.status == 200
        assert answer.body["degraded"] is True
        assert answer.body["results"][0]["memory"] == "My sister keeps bees."
    block = by_endpoint.request("POST", "/v1/context/", {"query": "my sister's bees", "user_id": "ada"}).body
    assert block["degraded"] is True
    assert "My sister keeps bees." in block["context"]

    written = by_endpoint.request(
        "POST", "/v3/memories/add/", {"messages": "I am 40.", "user_id": "ada", "infer": False}
    )
    assert (written.status, written.body["code"]) == (503, "embedder_unavailable")
    assert written.headers["retry-after"]


EVERYDAY = {
    "I am allergic to peanuts.": "What can I not eat?",
    "I drink my coffee black.": "How do I take my coffee?",
    "My car is a blue Volvo.": "Which car do I drive?",
    "I work as a nurse at the city hospital.": "What is my job?",
    "I play the cello on Sundays.": "Which instrument do I play?",
    "My dog is called Rex.": "What is the name of my pet?",
    "I am training for a marathon.": "What sport do I do?",
    "I prefer aisle seats on planes.": "Where do I like to sit when flying?",
    "My dentist is Dr. Moreau.": "Who looks after my teeth?",
    "I cannot stand jazz.": "Which music do I dislike?",
}
NOTHING = ["Explain quantum tunnelling", "Translate this to French", "the stock price of Tesla", "asdf qwer zxcv"]


@pytest.mark.parametrize("settings", ["minilm", "multilingual"], indirect=True)
@pytest.mark.parametrize("known", [True, False])
def test_a_score_means_the_same_with_every_embedder_also_one_that_nothing_was_learned_for(
    unused: TestDatabase, api: Api, known: bool, monkeypatch: pytest.MonkeyPatch
):
    if not known:
        monkeypatch.setattr(profiles, "of", lambda _, of=profiles.of: of("unknown"))
    api.add(*EVERYDAY, infer=False)
    found = [(told, api.search_for(question, threshold=0.3)) for told, question in EVERYDAY.items()]
    assert sum(bool(hits) and hits[0]["memory"] == told for told, hits in found) >= (9 if known else 6)
    assert sum(bool(api.search_for(question, threshold=0.3)) for question in NOTHING) <= 1


def spent(api: Api) -> dict[str, Any]:
    """What the project's embeddings cost today."""
    rows = api.request("GET", "/v1/usage/").body["results"]
    return next((row for row in rows if row["kind"] == "embed"), {"requests": 0, "tokens_in": 0, "cost_usd": 0})


def test_what_an_endpoint_embeds_is_charged_to_the_day(unused: TestDatabase, by_endpoint: Api):
    by_endpoint.add("I like tea.", "I live in Oslo.", infer=False)
    assert (spent(by_endpoint)["requests"], spent(by_endpoint)["tokens_in"]) == (1, 20)
    memory_id = by_endpoint.search_for("Is there tea?")[0]["id"]
    assert spent(by_endpoint)["tokens_in"] == 30
    by_endpoint.request("PUT", f"/v1/memories/{memory_id}/", {"text": "I like green tea."})
    assert spent(by_endpoint)["tokens_in"] == 40
    by_endpoint.request("POST", "/v1/context/", {"query": "tea", "user_id": "ada"})
    assert spent(by_endpoint)["tokens_in"] == 50
    by_endpoint.request("POST", "/v1/import/", raw='{"text": "I own a boat.", "user_id": "ada"}\n')
    assert spent(by_endpoint)["tokens_in"] == 60
    assert spent(by_endpoint)["cost_usd"] == pytest.approx(60 * 0.5 / 1_000_000)
    assert by_endpoint.request("GET", "/v1/usage/").body["budget"]["used_today"] == 60


def test_what_a_pinned_key_asks_is_charged_to_its_project(unused: TestDatabase, by_endpoint: Api):
    by_endpoint.add("I like tea.", infer=False)
    pinned = by_endpoint.request("POST", "/v1/keys/", {"name": "ada", "role": "reader", "user_id": "ada"}).body["key"]
    asked = {"query": "Is there tea?", "filters": {"user_id": "ada"}}
    assert by_endpoint.request("POST", "/v3/memories/search/", asked, key=pinned).body["results"]
    assert spent(by_endpoint)["tokens_in"] == 20


def test_what_embedding_costs_stops_adds_that_are_to_be_consolidated(
    unused: TestDatabase, by_endpoint: Api, settings: Settings, connection: Database, own: dict[str, Any]
):
    limited = settings.add_memory.model_copy(update=own | {"daily_token_budget": 20})
    add_memory.app.dependency_overrides[add_memory_service] = Provided(writes.add_memory(limited, database=connection))
    body = {"messages": "I own a boat.", "user_id": "ada"}
    assert by_endpoint.request("POST", "/v3/memories/add/", body).status == 200
    by_endpoint.add("I like tea.", "I live in Oslo.", infer=False)
    assert by_endpoint.request("POST", "/v3/memories/add/", body).status == 429
    assert by_endpoint.request("POST", "/v3/memories/add/", body | {"infer": False}).status == 200


def test_what_the_embeddings_of_an_event_cost_is_told_by_it(
    unused: TestDatabase, by_endpoint: Api, settings: Settings, connection: Database, own: dict[str, Any]
):
    event_id = UUID(by_endpoint.add("I like tea.", infer=True)["event_id"])
    consolidator = consolidation.consolidate(settings.consolidate.model_copy(update=own), database=connection)
    done = consolidator.consolidate(Tenant(UUID(by_endpoint.project_id)), event_id)
    assert [(usage.kind, usage.tokens_in) for usage in done.usage] == [("embed", 10)]
    event = by_endpoint.event(str(event_id))
    assert event["usage"] == {"calls": 1, "tokens_in": 10, "tokens_out": 0, "cost_usd": pytest.approx(5e-6)}
    assert spent(by_endpoint)["tokens_in"] == 10


def test_what_embeddings_of_a_failed_attempt_cost_is_written_down(
    unused: TestDatabase,
    by_endpoint: Api,
    settings: Settings,
    connection: Database,
    own: dict[str, Any],
    endpoint: ScriptedLlm,
):
    words = "I like tea. " * 500  # passages, and two batches of one text each
    event_id = UUID(by_endpoint.add(words, infer=True)["event_id"])
    replies = iter([Reply.error(500), Reply.error(500)])
    endpoint.script = lambda request: embedded(request) if len(endpoint.requests) == 1 else next(replies)
    one = settings.consolidate.model_copy(update=own | {"embedding_batch": 1})
    consolidator = consolidation.consolidate(one, database=connection)
    with pytest.raises(EmbedderUnavailable):
        consolidator.consolidate(Tenant(UUID(by_endpoint.project_id)), event_id)
    assert spent(by_endpoint)["tokens_in"] == 10


def test_what_embeddings_take_is_measured(unused: TestDatabase, by_endpoint: Api, capsys: pytest.CaptureFixture[str]):
    capsys.readouterr()
    by_endpoint.add("I like tea.", "I live in Oslo.", infer=False)
    (measured,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "EmbeddingTokens" in line]
    assert (measured["EmbeddingTokens"], measured["EmbeddingCalls"]) == ([20.0], [1.0])
