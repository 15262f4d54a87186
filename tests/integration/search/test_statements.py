"""The search statements, in each of their variants: what they cost, by EXPLAIN, and that their files can be run."""

import re
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql

from cairn.filters import parse_filters
from cairn.kernel.ids import first_id
from cairn.kernel.tenancy import Tenant
from cairn.memories.types import Selection
from cairn.platform.database import Database
from cairn.search.large_scope_indexes import index_batch, register
from cairn.search.large_scopes import LargeEntity
from cairn.search.types import SearchQuery
from local.postgres import binaries
from tests import write_sql
from tests.conftest import TestDatabase
from tests.embeddings import weighed
from tests.integration.api import Api

ROWS = 300
ADA = LargeEntity("user_id", "ada")
VARIANTS = [name for name in write_sql.rendered() if name != "every_row.as_of"]
_TURNS = """
INSERT INTO cairn.turns (project_id, id, placed, user_id, scope_key, event_id, actor, text, embedding, lexemes,
                         lexeme_count, metadata, categories, valid_from)
SELECT m.project_id, m.source_message_ids[1], m.id, m.user_id, m.scope_key, m.event_id, 'user', m.text, m.embedding,
       m.lexemes, m.lexeme_count, m.metadata, m.categories, m.valid_from
FROM cairn.memories m
"""
Prepared = dict[str, tuple[str, write_sql.Statement]]


@pytest.fixture
def tenant(api: Api, database: TestDatabase, connection: Database) -> Tenant:
    """A user with 300 memories of one run, and what was said of each as a turn; most of both are in the indexes.

    The tables are not analysed: plans are those for any scope, which take each step for small.
    """
    api.add(*[f"Letter {n} went to {'Ann' if n % 2 else 'Bob'} in town {n % 7}" for n in range(ROWS)], run_id="r")
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(_TURNS)
    tenant = Tenant(uuid.UUID(api.project_id))
    with connection.transaction(tenant) as within:
        register(within, tenant, ADA)
        index_batch(within, tenant, ADA, first_id(datetime.now(UTC)))
    api.add("Letter 300 went to Ann in town 6", run_id="r")
    return tenant


@pytest.fixture
def prepared(tenant: Tenant, embedding_model: tuple[str, int]) -> Prepared:
    """Both statements in each variant, of a query that many rows have words of."""
    model, width = embedding_model
    where = Selection(parse_filters({"user_id": "ada"}))
    query = SearchQuery("a letter to Ann in town", [0.05] * width, where, *weighed(model), threshold=0)
    found = write_sql.statements(tenant, query, ADA)
    # The user is known to be large, so that nothing would be scored row by row.
    return {
        name: (settings, (text, params | {"name": _scored(name)})) for name, (settings, (text, params)) in found.items()
    }


def _scored(name: str) -> str:
    return "ada" if name.startswith("indexes") else "nobody"


def parts_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from parts_of(part)


def looked_at(part: dict[str, Any]) -> float:
    """Rows that a step of a plan gave, and those that it made or read only to throw them away."""
    removed = part.get("Rows Removed by Filter", 0) + part.get("Rows Removed by Join Filter", 0)
    return (part["Actual Rows"] + removed) * part["Actual Loops"]


@pytest.mark.parametrize("name", VARIANTS)
def test_no_step_looks_at_more_rows_than_grow_with_the_scope(
    connection: Database, tenant: Tenant, prepared: Prepared, name: str
):
    """A nested loop over a scope, or a join that throws its rows away, would look at its square."""
    settings, (statement, params) = prepared[name]
    explained = sql.SQL("EXPLAIN (ANALYZE, FORMAT JSON) {}").format(statement)
    _, (row,) = connection.read(tenant, [(settings, {}), (explained, params)])
    parts = list(parts_of(row["QUERY PLAN"][0]["Plan"]))
    scope = 2 * (ROWS + 1) if "messages" in name else ROWS + 1
    worst = max(parts, key=looked_at)
    assert looked_at(worst) < 10 * scope, worst["Node Type"]
    scored = [part for part in parts if part.get("Subplan Name") == "CTE scoped"]
    if name.startswith("every_row"):  # which is of all rows, so that the bound says something
        assert max(looked_at(part) for part in scored or parts) >= ROWS
    for loop in (part for part in parts if part["Node Type"] == "Nested Loop"):
        assert min(looked_at(side) / side["Actual Loops"] for side in loop["Plans"] if side["Actual Loops"]) < 20


@pytest.mark.parametrize("name", VARIANTS)
def test_a_search_is_one_round_trip(connection: Database, tenant: Tenant, prepared: Prepared, name: str):
    settings, statement = prepared[name]
    connection.read(tenant, [(settings, {}), statement])
    with tempfile.TemporaryFile("w+") as trace:
        connection._open().pgconn.trace(trace.fileno())
        _, rows = connection.read(tenant, [(settings, {}), statement])
        connection._open().pgconn.untrace()
        trace.seek(0)
        sent = re.findall(r"\t([FB])\t\d+\t(\w+)", trace.read())
    assert len(rows) == 10
    assert re.fullmatch("F+B+", "".join(side for side, _ in sent)), sent
    assert [kind for side, kind in sent if side == "F"].count("Sync") == 1


@pytest.mark.default_embedder("has vectors of its width in the files")
@pytest.mark.parametrize("name", write_sql.rendered())
def test_a_person_can_have_it_explained(database: TestDatabase, name: str):
    command = [
        str(binaries() / "psql"),
        "--no-psqlrc",
        "-v",
        "ON_ERROR_STOP=1",
        "-f",
        str(write_sql.FOLDER / f"{name}.sql"),
    ]
    done = subprocess.run([*command, database.app_url], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Execution Time" in done.stdout
