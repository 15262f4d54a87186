"""Which embedding model a database is for: the first text says it, and any width is kept."""

from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from cairn import migrate
from cairn.adapters.multilingual_embedder import MultilingualEmbedder
from cairn.adapters.onnx_embedder import OnnxEmbedder
from cairn.adapters.postgres import embedding_model
from cairn.bootstrap import reads
from cairn.db import Database
from cairn.errors import Misconfigured
from tests.conftest import TestDatabase
from tests.integration.api import Api
from tests.integration.conftest import Settings

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
    assert embedding_model.of(connection) is None
    api.add("I am allergic to peanuts.", "I live in Oslo.", infer=False)
    assert embedding_model.of(connection) == (model, width)
    assert api.search_for("What am I allergic to?")[0]["memory"] == "I am allergic to peanuts."
    found = kept(unused.owner_url)
    for table in TABLES:
        assert f"halfvec({width})" in found[f"{table}_nearest"]
        assert f"= {width})" in found[f"{table}_width"]

    other = "minilm" if settings.search.embedder == "multilingual" else "multilingual"
    made = reads.search(settings.search.model_copy(update={"embedder": other}), database=connection)
    with pytest.raises(Misconfigured, match=rf"{model} \({width} numbers\).*cairn reembed"):
        made.memories._embedder.embed_query("Where do I live?")


@pytest.mark.parametrize("settings", ["multilingual"], indirect=True)
def test_a_question_in_another_language_is_answered(unused: TestDatabase, api: Api):
    api.add("I am allergic to peanuts.", "I live in Oslo.", "我每天早上喝咖啡。", infer=False)
    assert api.search_for("我对什么过敏？")[0]["memory"] == "I am allergic to peanuts."
    assert api.search_for("What do I drink in the morning?")[0]["memory"] == "我每天早上喝咖啡。"


@pytest.mark.parametrize(("width", "indexed"), [(1, True), (512, True), (4_000, True), (4_001, False), (16_000, False)])
def test_any_width_is_kept_and_no_other(unused: TestDatabase, connection: Database, width: int, indexed: bool):
    assert embedding_model.use(connection, "some model", width) == ("some model", width)
    assert embedding_model.use(connection, "another", 7) == ("some model", width)
    found = kept(unused.owner_url)
    assert f"= {width})" in found["memories_width"]
    assert ("memories_nearest" in found) == ("turns_nearest" in found) == indexed


def test_no_width_is_kept_that_no_vector_can_have(unused: TestDatabase, connection: Database):
    with pytest.raises(psycopg.errors.CheckViolation):
        embedding_model.use(connection, "some model", 16_001)
    assert embedding_model.of(connection) is None


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
