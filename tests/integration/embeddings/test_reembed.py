"""Promise: the embedding model changes while the service runs; nothing is lost, and no answer mixes two models."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import psycopg
import pytest
from pydantic import SecretStr

from cairn.bootstrap import consolidation, reads, upkeep, writes
from cairn.consolidate.sqs import ConsolidateService
from cairn.embeddings.reembed import Reembed
from cairn.embeddings.store import PostgresReembedding
from cairn.embeddings.types import Row, Rows, Vectors
from cairn.events.read import WaitForEvent
from cairn.events.store import PostgresEventStore
from cairn.kernel.errors import DatabaseUnavailable, EmbeddingModelChanged, Misconfigured
from cairn.kernel.settings import NextEmbedderSettings
from cairn.kernel.tenancy import Tenant
from cairn.memories.types import indexed_texts
from cairn.models_ai.embed.minilm import OnnxEmbedder
from cairn.models_ai.embed.multilingual import MultilingualEmbedder
from cairn.models_ai.embed.port import Embedder
from cairn.platform.database import Database
from local.postgres import free_port
from tests.conftest import TestDatabase
from tests.integration.api import Api, Context, Provided
from tests.integration.conftest import Settings
from tests.integration.embeddings.test_embedders import embedded
from tests.integration.queues import Queues
from tests.scripted_llm import ChatRequest, Reply, ScriptedLlm
from tools import cli

LONG = "I work at the harbour. " * 200 + "My locker there is number 77310."
TABLES = ("memories", "turns")


@pytest.fixture(scope="module")
def following(real_embedder: Embedder) -> Literal["minilm", "multilingual"]:
    """The embedder to change to: another than that of the run."""
    return "minilm" if real_embedder.model == MultilingualEmbedder.model else "multilingual"


@pytest.fixture(scope="module")
def new(following: str, repository: Path) -> Embedder:
    return MultilingualEmbedder() if following == "multilingual" else OnnxEmbedder(repository / "layers" / "embedder")


@pytest.fixture
def settings(settings: Settings, following: Literal["minilm", "multilingual"]) -> Settings:
    """Both embedders in every function, that of the run first."""
    own = {"following": NextEmbedderSettings(embedder=following)}
    both = {name: getattr(settings, name).model_copy(update=own) for name in vars(settings) if name != "authorize"}
    return replace(settings, **both)


@pytest.fixture
def other(database: TestDatabase) -> Iterator[Database]:
    """The connection of another process."""
    with closing(Database(database.app_url)) as connection:
        yield connection


@pytest.fixture
def reembed(other: Database, new: Embedder) -> Reembed:
    return Reembed(PostgresReembedding(other), new)


@pytest.fixture
def run(database: TestDatabase, following: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command of an operator."""
    monkeypatch.setenv("CAIRN_DATABASE_URL", database.app_url)
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDER", following)
    return lambda *options: cli.main(["reembed", *options])


@dataclass(frozen=True)
class Ending(Context):
    """An invocation that ends: it is asked so many times before it has less left than it keeps."""

    asked: Iterator[int] = field(default_factory=lambda: repeat(30_001))

    def get_remaining_time_in_millis(self) -> int:
        return next(self.asked)


@pytest.fixture
def invoke(
    database: TestDatabase, following: str, environment: dict[str, str], queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, Any]]:
    """The handler of maintain, as an operator invokes it who cannot reach the database."""
    from functions.maintain import handler

    monkeypatch.setenv("CAIRN_DATABASE_URL", database.app_url)
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDER", following)
    monkeypatch.setenv("CAIRN_CONSOLIDATE_QUEUE_URL", queues.url)
    monkeypatch.setenv("CAIRN_CONSOLIDATE_DLQ_URL", queues.dead_letters_url)

    def run(task: str, *, steps: int | None = None) -> dict[str, Any]:
        asked = repeat(30_001) if steps is None else chain(repeat(30_001, steps), repeat(29_999))
        return handler.lambda_handler({"task": task}, Ending(asked=asked))

    return run


@pytest.fixture
def told(api: Api, consolidator: ConsolidateService) -> Api:
    """Memories of two projects' worth: verbatim, long, and consolidated with the turns they came from."""
    api.add("I am allergic to peanuts.", "I live in Oslo.", LONG, infer=False)
    consolidate(api, consolidator, "My sister Ana plays the cello.")
    return api


def consolidate(api: Api, consolidator: ConsolidateService, text: str) -> None:
    event_id = api.add(text, infer=True)["event_id"]
    consolidator.consolidate(Tenant(UUID(api.project_id)), UUID(event_id))


def filled(reembed: Reembed) -> int:
    done = 0
    while rows := reembed.step():
        done += rows
    return done


def columns_left(database: TestDatabase) -> list[Any]:
    with psycopg.connect(database.owner_url) as owner:
        return owner.execute(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_schema = 'cairn' AND column_name LIKE '%_next'"
        ).fetchall()


def vectors(database: TestDatabase, table: str, suffix: str = "") -> list[tuple[str, list[float] | None, int]]:
    """Of each row: its text, its vector and how many passages it has."""
    with psycopg.connect(database.owner_url) as owner:
        rows = owner.execute(
            f"SELECT text, embedding{suffix}::vector::real[], coalesce(cardinality(passages{suffix}), 0), actor, "
            f"valid_from FROM cairn.{table} ORDER BY id"
        ).fetchall()
    return [(indexed_texts(text, actor, at)[0], vector, passages) for text, vector, passages, actor, at in rows]


def cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def assert_made_by(database: TestDatabase, embedder: Embedder, suffix: str = "") -> None:
    """Every row has the vector that this model makes of its text, and a long one has its passages."""
    for table in TABLES:
        rows = vectors(database, table, suffix)
        assert rows
        for (text, found, passages), made in zip(rows, embedder.embed([text for text, _, _ in rows]), strict=True):
            assert found is not None
            assert cosine(found, list(made)) == pytest.approx(1, abs=0.01)
            assert (passages > 0) == (len(text) > 2_000)


def model(api: Api) -> str:
    return api.request("GET", "/health").body["embeddings"]["model"]


def best(api: Api, question: str) -> str:
    return api.search_for(question)[0]["memory"]


def test_the_command_changes_the_model_and_back_and_drops_what_is_not_in_use(
    told: Api,
    database: TestDatabase,
    run: Callable[..., int],
    following: str,
    real_embedder: Embedder,
    new: Embedder,
    consolidator: ConsolidateService,
    capsys: pytest.CaptureFixture[str],
):
    assert best(told, "What am I allergic to?") == "I am allergic to peanuts."
    assert run() == 0
    assert f"{new.model}: 5 rows embedded" in capsys.readouterr().out
    assert model(told) == new.model
    assert_made_by(database, new)
    asked = "我对什么过敏？" if following == "multilingual" else "What am I allergic to?"
    assert best(told, asked) == "I am allergic to peanuts."
    assert "77310" in best(told, "Which locker number do I have?")

    told.add("I collect stamps.", infer=False)
    consolidate(told, consolidator, "My brother keeps bees.")
    assert run("--undo") == 0
    assert f"{real_embedder.model}: 3 rows embedded" in capsys.readouterr().out
    assert model(told) == real_embedder.model
    assert_made_by(database, real_embedder)
    assert best(told, "Who keeps bees?") == "My brother keeps bees."

    assert run() == 0
    assert run("--drop") == 0
    assert_made_by(database, new)
    assert columns_left(database) == []
    told.add("I row on Sundays.", infer=False)
    assert best(told, "On which day do I row?") == "I row on Sundays."
    assert run() == 0
    assert "already" in capsys.readouterr().out


def test_until_the_exchange_everything_uses_the_old_vectors_and_what_comes_gets_both(
    told: Api,
    database: TestDatabase,
    reembed: Reembed,
    consolidator: ConsolidateService,
    real_embedder: Embedder,
    new: Embedder,
):
    reembed.begin()
    assert filled(reembed) == 5
    memory_id = told.add("I collect stamps.", infer=False)["results"][0]["id"]
    consolidate(told, consolidator, "My brother keeps bees.")
    told.request("PUT", f"/v1/memories/{memory_id}/", {"text": "I collect coins."})
    assert not reembed.exchange()
    in_use = {"model": real_embedder.model, "dimensions": real_embedder.dimensions}
    both = in_use | {"other": {"model": new.model, "dimensions": new.dimensions}}
    assert told.request("GET", "/health").body["embeddings"] == both
    assert best(told, "What am I allergic to?") == "I am allergic to peanuts."
    assert filled(reembed) == 3
    assert_made_by(database, real_embedder)
    assert_made_by(database, new, "_next")
    assert reembed.exchange()
    assert best(told, "What do I collect?") == "I collect coins."
    told.request("DELETE", f"/v1/memories/{memory_id}/")
    assert_made_by(database, new)


def test_a_row_that_is_worded_anew_while_it_is_embedded_is_embedded_again(
    told: Api, database: TestDatabase, other: Database, new: Embedder
):
    class Slow(PostgresReembedding):
        def keep(self, rows: Rows, made: Sequence[tuple[Row, Vectors]], model: str) -> None:
            if rows.kept == "memories" and not rows.versions:
                for memory in told.list():
                    told.request("PUT", f"/v1/memories/{memory['id']}/", {"text": f"Anew: {memory['memory']}"})
            super().keep(rows, made, model)

    reembed = Reembed(Slow(other), new)
    reembed.begin()
    filled(reembed)
    assert reembed.exchange()
    assert_made_by(database, new)


def test_what_was_cut_short_goes_on_where_it_was(told: Api, reembed: Reembed, monkeypatch: pytest.MonkeyPatch):
    from cairn.embeddings import reembed as module

    monkeypatch.setattr(module, "_AT_ONCE", 2)
    reembed.begin()
    first = reembed.step()
    reembed.begin()
    assert (first, filled(reembed)) == (2, 3)
    assert reembed.exchange()
    assert reembed.is_in_use


def test_upkeep_fills_what_was_begun_and_exchanges_nothing(
    told: Api, settings: Settings, other: Database, reembed: Reembed, real_embedder: Embedder
):
    run = upkeep.maintain(settings.maintain, database=other)
    assert run(False).reembedded == 0
    reembed.begin()
    assert run(False).reembedded == 5
    assert model(told) == real_embedder.model
    assert reembed.exchange()
    told.add("I collect stamps.", infer=False)
    assert run(False).reembedded == 1  # so that the way back stays short


def test_a_process_without_the_next_embedder_is_refused_after_the_exchange(
    told: Api, settings: Settings, other: Database, reembed: Reembed
):
    own = settings.search.model_copy(update={"following": NextEmbedderSettings()})
    stale = reads.search(own, database=other).search._embedder
    stale.embed_query("Where do I live?")
    reembed.begin()
    filled(reembed)
    assert reembed.exchange()
    tenant = Tenant(UUID(told.project_id))
    with pytest.raises(EmbeddingModelChanged), other.transaction(tenant, with_vectors=True):
        pass
    with pytest.raises(Misconfigured, match="cairn reembed"):
        stale.embed_query("Where do I live?")


def test_a_worker_that_is_late_makes_its_vectors_again(
    told: Api, settings: Settings, database: TestDatabase, reembed: Reembed
):
    with closing(Database(database.app_url)) as own:
        worker = consolidation.consolidate(settings.consolidate, database=own)
        consolidate(told, worker, "My brother keeps bees.")
        reembed.begin()
        filled(reembed)
        assert reembed.exchange()
        event_id = UUID(told.add("My aunt is a diver.", infer=True)["event_id"])
        with pytest.raises(EmbeddingModelChanged):
            worker.consolidate(Tenant(UUID(told.project_id)), event_id)
        worker.consolidate(Tenant(UUID(told.project_id)), event_id)
    assert best(told, "Who dives?") == "My aunt is a diver."


def test_an_exchange_waits_for_no_transaction_for_long(
    told: Api, other: Database, reembed: Reembed, real_embedder: Embedder
):
    reembed.begin()
    filled(reembed)
    tenant = Tenant(UUID(told.project_id))
    with closing(Database(other._address)) as own:
        own.embedding_model = real_embedder.model
        with own.transaction(tenant, with_vectors=True), pytest.raises(DatabaseUnavailable):
            reembed.exchange()
    assert reembed.exchange()


def test_room_for_a_third_model_is_made_first(told: Api, reembed: Reembed, other: Database):
    reembed.begin()

    class Third(OnnxEmbedder):
        model = "third"

        def __init__(self) -> None: ...

    with pytest.raises(Misconfigured, match=r"--drop"):
        Reembed(PostgresReembedding(other), Third()).begin()


@pytest.mark.parametrize("rate", ["0", "-1", "x", "inf", "nan"])
def test_a_rate_is_a_number_of_rows(run: Callable[..., int], rate: str):
    with pytest.raises(SystemExit):
        run("--rate", rate)


def test_without_a_next_embedder_the_command_says_what_to_set(
    told: Api, run: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("CAIRN_NEXT_EMBEDDER")
    assert run() == 1
    assert "CAIRN_NEXT_EMBEDDER" in capsys.readouterr().err


def test_no_key_goes_to_the_address_of_the_next_embedder_that_is_not_its_own(settings: Settings):
    first = {"embedder": "openai", "embedding_api_key": SecretStr("first"), "embedding_model": "a"}
    address = {"embedder": "openai", "embedding_base_url": "http://127.0.0.1:9/v1"}
    for more, key in (({}, None), ({"embedding_api_key": SecretStr("own")}, SecretStr("own"))):
        told = first | {"following": NextEmbedderSettings(**address, **more)}
        following = settings.search.model_copy(update=told).of_next()
        assert following is not None
        assert (following.embedding_api_key, following.embedding_model) == (key, "a")
    same = settings.search.model_copy(
        update=first | {"following": NextEmbedderSettings(embedder="openai", embedding_model="b")}
    ).of_next()
    assert same is not None
    assert (same.embedding_api_key, same.embedding_model) == (SecretStr("first"), "b")


def test_the_next_embedder_is_checked_at_the_start(
    run: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("CAIRN_EMBEDDER", "minilm")  # what the next one has not is that of the first
    monkeypatch.delenv("CAIRN_EMBEDDING_BASE_URL", raising=False)
    monkeypatch.delenv("CAIRN_EMBEDDING_MODEL", raising=False)
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDER", "openai")
    assert run() == 1
    assert "CAIRN_NEXT_EMBEDDER=openai needs CAIRN_NEXT_EMBEDDING_API_KEY" in capsys.readouterr().err
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDER", "bedrock")
    assert run() == 1
    assert "CAIRN_NEXT_EMBEDDING_MODEL" in capsys.readouterr().err


def test_tasks_of_maintain_change_the_model_and_back_and_drop_what_is_not_in_use(
    told: Api,
    database: TestDatabase,
    invoke: Callable[..., dict[str, Any]],
    new: Embedder,
    real_embedder: Embedder,
):
    done = invoke("reembed")
    assert done.items() >= {"model": new.model, "wanted": new.model, "rows": 5, "done": True}.items()
    assert f"use {new.model} from now on" in done["says"]
    assert model(told) == new.model
    assert_made_by(database, new)
    again = invoke("reembed")
    assert again.items() >= {"model": new.model, "rows": 0, "done": True}.items()
    assert "already" in again["says"]

    told.add("I collect stamps.", infer=False)
    back = invoke("reembed-undo")
    old = real_embedder.model
    assert back.items() >= {"model": old, "wanted": old, "rows": 1, "done": True}.items()
    assert model(told) == real_embedder.model
    assert_made_by(database, real_embedder)

    assert columns_left(database)
    dropped = invoke("reembed-drop")
    assert dropped.items() >= {"model": real_embedder.model, "wanted": None, "rows": 0, "done": True}.items()
    assert columns_left(database) == []
    assert best(told, "What do I collect?") == "I collect stamps."


def test_what_an_invocation_has_no_time_for_the_next_one_does(
    told: Api,
    database: TestDatabase,
    invoke: Callable[..., dict[str, Any]],
    new: Embedder,
    real_embedder: Embedder,
    monkeypatch: pytest.MonkeyPatch,
):
    from cairn.embeddings import reembed as module

    monkeypatch.setattr(module, "_AT_ONCE", 2)
    begun = invoke("reembed", steps=0)
    assert begun.items() >= {"model": real_embedder.model, "wanted": new.model, "rows": 0, "done": False}.items()
    first = invoke("reembed", steps=1)
    assert first.items() >= {"model": real_embedder.model, "wanted": new.model, "rows": 2, "done": False}.items()
    assert "again" in first["says"]
    assert model(told) == real_embedder.model
    assert invoke("reembed").items() >= {"model": new.model, "rows": 3, "done": True}.items()
    assert_made_by(database, new)


def test_one_run_at_a_time_embeds_rows_for_another_model(
    told: Api, settings: Settings, other: Database, reembed: Reembed, invoke: Callable[..., dict[str, Any]]
):
    with closing(Database(other._address)) as own:
        run = upkeep.maintain(settings.maintain, database=own)
        reembed.begin()
        with other.alone("reembed") as is_alone:
            assert is_alone
            refused = {task: invoke(task, steps=0) for task in ("reembed", "reembed-drop")}
            assert run(False).reembedded == 0
        for answer in refused.values():
            assert answer.items() >= {"rows": 0, "done": False}.items()
            assert "another run" in answer["says"].lower()
        assert run(False).reembedded == 5
    assert invoke("reembed")["done"]


def test_upkeep_goes_on_while_a_task_embeds(
    told: Api, settings: Settings, other: Database, connection: Database, database: TestDatabase, reembed: Reembed
):
    told.add("I own a boat", infer=True)
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.events SET enqueued_at = NULL, created_at = now() - interval '1 hour'")
    with other.alone("reembed"):
        done = upkeep.maintain(settings.maintain, database=connection)(False)
    assert (done.resent, done.queue_answered) == (1, True)


def test_a_task_that_cannot_begin_says_what_to_do(
    told: Api,
    invoke: Callable[..., dict[str, Any]],
    reembed: Reembed,
    real_embedder: Embedder,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDER", os.environ["CAIRN_EMBEDDER"])
    assert invoke("reembed")["done"]  # there is nothing to do
    monkeypatch.delenv("CAIRN_NEXT_EMBEDDER")
    for task in ("reembed", "reembed-undo"):
        answer = invoke(task)
        assert (answer["rows"], answer["done"]) == (0, False)
        assert "CAIRN_NEXT_EMBEDDER" in answer["says"]
    reembed.begin()
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDER", "openai")
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDING_BASE_URL", f"http://127.0.0.1:{free_port()}/v1")
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDING_MODEL", "third")
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDING_DIMENSIONS", "8")
    third = invoke("reembed")
    assert (third["model"], third["done"]) == (real_embedder.model, False)
    assert "reembed-drop" in third["says"]


def test_a_task_says_that_the_endpoint_is_away_and_goes_on_later(
    told: Api, invoke: Callable[..., dict[str, Any]], real_embedder: Embedder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDER", "openai")
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDING_BASE_URL", f"http://127.0.0.1:{free_port()}/v1")
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDING_MODEL", "third")
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDING_DIMENSIONS", "8")
    answer = invoke("reembed")
    assert answer.items() >= {"model": real_embedder.model, "rows": 0, "done": False}.items()
    assert "endpoint" in answer["says"]
    assert model(told) == real_embedder.model


@pytest.fixture
def priced(
    run: Callable[..., int], invoke: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The next embedder is an endpoint, whatever the others named: ten tokens a text, half a dollar per million."""
    server = ScriptedLlm(embedded, path="/v1/embeddings")
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDER", "openai")
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDING_MODEL", "tiny")
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDING_BASE_URL", server.base_url)
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDING_PRICE", "0.5")
    with server:
        yield


@pytest.mark.usefixtures("priced")
def test_what_an_endpoint_embeds_for_a_change_is_told_with_its_price_and_charged_to_no_project(
    told: Api,
    run: Callable[..., int],
    invoke: Callable[..., dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
):
    before = told.request("GET", "/v1/usage/").body["total"]
    answer = invoke("reembed")
    assert answer["done"]
    assert answer["tokens"] >= 50
    assert answer["cost_usd"] == pytest.approx(answer["tokens"] * 0.5 / 1_000_000)
    assert f'"EmbeddingTokens":[{answer["tokens"]}' in capsys.readouterr().out.replace(" ", "")
    assert invoke("reembed-undo")["tokens"] == 0
    assert invoke("reembed-drop")["done"]
    assert run() == 0
    assert re.search(r" rows embedded, \d{2,3} tokens, \$0\.0001\n", capsys.readouterr().out)
    assert told.request("GET", "/v1/usage/").body["total"] == before


@pytest.mark.usefixtures("told")
def test_what_a_change_took_is_told_though_it_stops_before_the_end(
    run: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    from cairn.embeddings import reembed as module

    asked: list[ChatRequest] = []

    def twice(request: ChatRequest) -> Reply:
        asked.append(request)
        return embedded(request) if len(asked) <= 2 else Reply(400, b"{}")

    monkeypatch.setattr(module, "_AT_ONCE", 1)
    server = ScriptedLlm(twice, path="/v1/embeddings")
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDER", "openai")
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDING_MODEL", "tiny")
    monkeypatch.setenv("CAIRN_NEXT_EMBEDDING_BASE_URL", server.base_url)
    with server:
        assert run() == 1
    assert re.search(r"stopped before the end, \d{2,3} tokens, \$0\.0000\n", capsys.readouterr().out)


def test_a_database_without_a_text_has_nothing_to_change(database: TestDatabase, invoke: Callable[..., dict[str, Any]]):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("DELETE FROM cairn.embedding_model")
    answer = invoke("reembed")
    assert (answer["model"], answer["done"]) == (None, False)
    assert "Nothing is embedded yet" in answer["says"]


def test_an_add_that_is_waited_for_during_an_exchange_is_made_once(
    told: Api, settings: Settings, connection: Database, reembed: Reembed
):
    from functions.add_memory import handler
    from functions.add_memory.routes import service

    reembed.begin()
    filled(reembed)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            filled(reembed)
            assert reembed.exchange()

    wait = WaitForEvent(PostgresEventStore(connection), clock=lambda: sum(waits), sleep=sleep)
    built = replace(writes.add_memory(settings.add_memory, database=connection), wait=wait)
    handler.app.dependency_overrides[service] = Provided(built)
    built.change._embedder.embed(["its vectors are of the model before"])
    body = {"messages": "My aunt is a diver.", "user_id": "ada", "async_mode": False}
    before = told.request("GET", "/v1/events/").body["count"]
    answer = told.request("POST", "/v3/memories/add/", body)
    assert (answer.status, answer.body["status"]) == (200, "PENDING")
    assert told.request("GET", "/v1/events/").body["count"] == before + 1


def test_vectors_of_the_model_before_are_kept_by_nobody_after_an_exchange(
    told: Api, database: TestDatabase, other: Database, new: Embedder, real_embedder: Embedder
):
    class Late(PostgresReembedding):
        """Another run has embedded the same rows, and exchanged the vectors, before this one keeps its own."""

        def keep(self, rows: Rows, made: Sequence[tuple[Row, Vectors]], model: str) -> None:
            fast = Reembed(PostgresReembedding(other), new)
            filled(fast)
            assert fast.exchange()
            super().keep(rows, made, model)

    with closing(Database(database.app_url)) as own:
        late = Reembed(Late(own), new)
        late.begin()
        with pytest.raises(EmbeddingModelChanged):
            late.step()
    assert_made_by(database, new)
    assert_made_by(database, real_embedder, "_next")


def test_every_long_text_gets_all_its_passages(
    told: Api, database: TestDatabase, reembed: Reembed, monkeypatch: pytest.MonkeyPatch
):
    from cairn.embeddings import reembed as module

    monkeypatch.setattr(module, "_ROOM", len(LONG) + 100)  # characters at a time, less than two of these texts
    told.add(*(f"{number}. {LONG}" for number in range(3)), infer=False)
    reembed.begin()
    filled(reembed)
    counts = [[passages for _, _, passages in vectors(database, "memories", suffix)] for suffix in ("", "_next")]
    assert counts[0] == counts[1]
    assert sum(count > 0 for count in counts[1]) == 4


TEXT = {"messages": "I row.", "user_id": "ada"}
ABOUT = {"query": "Where do I live?", "filters": {"user_id": "ada"}}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v3/memories/search/", ABOUT),
        ("POST", "/v1/context/", {"query": "Where do I live?", "user_id": "ada"}),
        ("POST", "/v3/memories/add/", TEXT | {"infer": False}),
        ("PUT", "/v1/memories/{memory_id}/", {"text": "I live in Bern."}),
        ("POST", "/v1/import/", {"text": "I own a boat.", "user_id": "ada"}),
    ],
)
def test_what_uses_vectors_makes_them_again_where_the_model_is_exchanged_meanwhile(
    told: Api,
    settings: Settings,
    connection: Database,
    real_embedder: Embedder,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    body: dict[str, Any],
):
    memory_id = told.list()[0]["id"]
    embedder = type(reads.search(settings.search, database=connection).search._embedder)
    made: list[str] = []

    def watched(name: str) -> Callable[[Any, Any], Any]:
        embed = getattr(embedder, name)

        def then_exchanged(self: Any, told: Any) -> Any:
            vectors = embed(self, told)
            made.append(name)
            if len(made) == 1:
                connection.embedding_model = "another"
            return vectors

        return then_exchanged

    for name in ("embed", "embed_query"):
        monkeypatch.setattr(embedder, name, watched(name))
    assert told.request(method, path.format(memory_id=memory_id), body).status == 200
    assert (len(made), connection.embedding_model) == (2, real_embedder.model)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v3/memories/", {"filters": {"user_id": "ada"}}),
        ("POST", "/v3/memories/add/", TEXT | {"infer": True}),
        ("GET", "/v1/memories/{memory_id}/", None),
        ("DELETE", "/v1/memories/{memory_id}/", None),
        ("DELETE", "/v2/entities/user/ada/", None),
        ("GET", "/v1/events/", None),
    ],
)
def test_what_uses_none_is_done_whatever_the_model_is(
    told: Api, connection: Database, method: str, path: str, body: dict[str, Any] | None
):
    memory_id = told.list()[0]["id"]
    connection.embedding_model = "another"
    assert told.request(method, path.format(memory_id=memory_id), body).status == 200
    assert connection.embedding_model == "another"
