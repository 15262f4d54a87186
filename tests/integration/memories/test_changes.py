"""Changes of one memory at the same time: a text never keeps the vector of another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest

from cairn.bootstrap import writes
from cairn.kernel.tenancy import Tenant
from cairn.memories.types import MemoryChange, indexed_texts
from cairn.models_ai.embed.port import Embedder, Vector
from cairn.platform.database import Database
from tests.conftest import TestDatabase
from tests.integration.api import Api, Provided
from tests.integration.conftest import Settings


@dataclass
class Interrupted:
    """The real embedder, beside which something happens first."""

    model: Any
    meanwhile: list[Callable[[], object]] = field(default_factory=list)

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return self.model.embed(texts)


@pytest.fixture
def embedder(api: Api, settings: Settings, connection: Database) -> Interrupted:
    from functions.add_memory import handler
    from functions.add_memory.routes import service

    built = writes.add_memory(settings.add_memory, database=connection)
    found = Interrupted(built.change._embedder)
    built.change._embedder = found
    handler.app.dependency_overrides[service] = Provided(built)
    return found


@pytest.fixture
def change(api: Api, settings: Settings, connection: Database) -> Callable[..., object]:
    """Somebody else's change, by another environment."""
    built = writes.add_memory(settings.add_memory, database=connection)
    return lambda memory_id, **changed: built.change.update(
        Tenant(UUID(api.project_id)), [MemoryChange(UUID(memory_id), **changed)]
    )


def put(api: Api, memory_id: str, **change: Any) -> Any:
    return api.request("PUT", f"/v1/memories/{memory_id}/", change)


def assert_indexed_as_it_reads(memory_id: str, database: TestDatabase, embedder: Embedder) -> None:
    """The row's vector is the one of its own text, speaker and date."""
    with psycopg.connect(database.owner_url) as owner:
        row = owner.execute(
            "SELECT text, actor, valid_from, embedding::text FROM cairn.memories WHERE id = %s", [memory_id]
        ).fetchone()
    (wanted,) = embedder.embed(indexed_texts(*row[:3])[:1])
    kept = [float(number) for number in row[3].strip("[]").split(",")]
    assert kept == pytest.approx(list(wanted), abs=2e-3)


def test_a_text_and_a_time_that_change_at_once_are_indexed_together(
    api: Api,
    embedder: Interrupted,
    change: Callable[..., object],
    database: TestDatabase,
    real_embedder: Embedder,
):
    (added,) = api.add("I live in Oslo.")["results"]
    embedder.meanwhile = [lambda: change(added["id"], valid_from=datetime.fromtimestamp(1_500_000_000, UTC))]
    assert put(api, added["id"], text="I live in Rome.").status == 200
    memory = api.request("GET", f"/v1/memories/{added['id']}/").body
    assert memory["memory"] == "I live in Rome."
    assert memory["valid_from"].startswith("2017-07-14")
    assert_indexed_as_it_reads(added["id"], database, real_embedder)
    history = api.request("GET", f"/v1/memories/{added['id']}/history/").body
    assert [h["event"] for h in history] == ["ADD", "UPDATE", "UPDATE"]


def test_whoever_is_overtaken_every_time_is_told_to_come_again(
    api: Api, embedder: Interrupted, change: Callable[..., object]
):
    (added,) = api.add("I live in Oslo.")["results"]

    def overtake(number: int) -> Callable[[], object]:
        return lambda: change(added["id"], metadata={"n": number})

    embedder.meanwhile = [overtake(n) for n in range(3)]
    answer = put(api, added["id"], text="I live in Rome.")
    assert (answer.status, answer.body["code"]) == (503, "contended")
    assert [m["memory"] for m in api.list()] == ["I live in Oslo."]
    assert put(api, added["id"], text="I live in Rome.").status == 200
