"""The outbox is written by the table itself, whoever writes to it, and by nothing that the graph does not show."""

import uuid
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cairn.graph.outbox import TellGraph
from cairn.graph.rows import PostgresGraphRows
from cairn.graph.types import GraphChange
from cairn.kernel.tenancy import Scope, Tenant
from cairn.platform.database import Database
from tests.conftest import TestDatabase
from tests.integration.api import Api


@pytest.fixture
def outbox(database: TestDatabase) -> Any:
    """Empties the outbox and returns what stood in it: memory and graph scope."""

    def take() -> list[tuple[str, str]]:
        with psycopg.connect(database.owner_url) as owner:
            rows = owner.execute("DELETE FROM cairn.graph_outbox RETURNING memory_id::text, scope").fetchall()
        return sorted((str(a), str(b)) for a, b in rows)

    return take


def test_each_change_of_a_memory_leaves_a_row(api: Api, outbox: Any):
    added = api.add("I own a boat", "I own a car", run_id="r")["results"]
    scope = Scope(user_id="ada").key
    assert outbox() == sorted((m["id"], scope) for m in added)
    first = added[0]["id"]
    api.request("PUT", f"/v1/memories/{first}/", {"text": "I own a ship"})
    assert outbox() == [(first, scope)]
    api.request("PUT", "/v1/batch/", {"memories": [{"memory_id": m["id"], "text": f"{m['id']}"} for m in added]})
    assert len(outbox()) == 2
    api.request("DELETE", f"/v1/memories/{first}/")
    assert outbox() == [(first, scope)]


def test_a_memory_that_changes_twice_has_one_row_of_another_id(api: Api, database: TestDatabase):
    memory_id = api.add("I own a boat")["results"][0]["id"]

    def ids() -> list[Any]:
        with psycopg.connect(database.owner_url) as owner:
            owner.execute("UPDATE cairn.graph_outbox SET sent_at = now(), failed_at = now(), error = 'x'")
            return owner.execute("SELECT id FROM cairn.graph_outbox").fetchall()

    first = ids()
    api.request("PUT", f"/v1/memories/{memory_id}/", {"text": "I own a ship"})
    with psycopg.connect(database.owner_url) as owner:
        row = owner.execute("SELECT id, sent_at, failed_at, error FROM cairn.graph_outbox").fetchall()
    assert len(row) == 1
    assert row[0][0] != first[0][0]
    assert row[0][1:] == (None, None, None)


@pytest.mark.parametrize(
    "change",
    [
        "indexed = true",
        "feedback = 'POSITIVE', feedback_reason = 'so'",
        "superseded_by = NULL",
    ],
)
def test_what_the_graph_does_not_show_leaves_none(api: Api, outbox: Any, database: TestDatabase, change: str):
    api.add("I own a boat")
    outbox()
    with psycopg.connect(database.owner_url) as owner:
        assert owner.execute(f"UPDATE cairn.memories SET {change}").rowcount == 1
    assert outbox() == []


def test_a_memory_that_is_there_already_leaves_none(api: Api, outbox: Any):
    line = '{"text": "I own a boat", "user_id": "ada"}'
    api.request("POST", "/v1/import/", raw=line)
    assert len(outbox()) == 1
    assert api.request("POST", "/v1/import/", raw=line).body["known"] == 1
    assert outbox() == []


def test_an_import_is_noted_as_a_whole(api: Api, outbox: Any):
    lines = "\n".join(f'{{"text": "I own {n} boats", "user_id": "u{n % 3}"}}' for n in range(30))
    assert api.request("POST", "/v1/import/", raw=lines).body["imported"] == 30
    rows = outbox()
    assert len(rows) == 30
    assert {scope for _, scope in rows} == {Scope(user_id=f"u{n}").key for n in range(3)}


def test_a_row_is_of_the_memorys_project_and_user_alone(api: Api, database: TestDatabase, connection: Database):
    api.add("I own a boat")

    def seen(tenant: Tenant) -> int:
        ((row,),) = connection.read(tenant, [("SELECT count(*) AS n FROM cairn.graph_outbox", {})])
        return row["n"]

    project = uuid.UUID(api.project_id)
    assert seen(Tenant(project)) == seen(Tenant(project, user_id="ada")) == 1
    assert seen(Tenant(project, user_id="bob")) == seen(Tenant(uuid.uuid4())) == 0


ids = st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=5))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(user_id=ids, agent_id=ids, app_id=ids, run_id=ids)
def test_the_database_and_the_code_agree_on_the_key_of_a_graph_scope(
    connection: Database, user_id: str | None, agent_id: str | None, app_id: str | None, run_id: str | None
):
    scope = Scope(user_id, agent_id, app_id, run_id)
    with connection.session() as session:
        row = session.execute(
            "SELECT cairn.graph_scope(%s, %s, %s, %s) AS key", [user_id, agent_id, app_id, run_id]
        ).fetchone()
    assert row is not None
    assert row["key"] == scope.graph.key


def test_claims_are_found_by_an_index(database: TestDatabase):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("SET enable_seqscan = off")
        owner.execute("SET ROLE cairn_app")
        plan = owner.execute(
            "EXPLAIN SELECT entities FROM cairn.memories WHERE project_id = %s AND graph_scope = %s "
            "AND invalid_at IS NULL AND entities @? '$[*].aliases[*]'",
            [uuid.uuid4(), "x"],
        ).fetchall()
    assert "memories_claims" in str(plan)


class Sent(list[GraphChange]):
    """A queue that keeps what was sent."""

    def send(self, changes: Sequence[GraphChange]) -> None:
        self.extend(changes)


def test_a_resend_sends_each_change_once(api: Api, database: TestDatabase, connection: Database):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            "INSERT INTO cairn.graph_outbox (project_id, memory_id, scope, user_id, sent_at) "
            "SELECT %s, gen_random_uuid(), 's' || n %% 7, 'ada', now() FROM generate_series(1, 1145) n",
            [api.project_id],
        )
    sent = Sent()
    tell = TellGraph(PostgresGraphRows(connection), sent)
    assert tell.everything(Tenant(uuid.UUID(api.project_id)), timedelta(), timedelta()) == 1145
    assert len({i for change in sent for i in change.memory_ids}) == 1145


_KEPT = """
INSERT INTO cairn.graph_outbox (project_id, memory_id, scope, created_at, sent_at, failed_at)
SELECT %(project_id)s, gen_random_uuid(), n::text, now() - interval '1 day', now() - interval '1 day',
       CASE WHEN %(failed)s THEN now() END
FROM generate_series(1, 20000) n
"""


def test_upkeep_does_not_read_what_was_given_up_on(api: Api, database: TestDatabase, connection: Database):
    api.add("I know Anna")
    project = uuid.UUID(api.project_id)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("SELECT set_config('cairn.project_id', %s, false)", [api.project_id])
        owner.execute(_KEPT, {"project_id": project, "failed": True})
        owner.execute("ANALYZE cairn.graph_outbox")
        row = owner.execute("SELECT prosrc FROM pg_proc WHERE proname = 'projects_behind_graph'").fetchone()
        assert row
        body = row[0].replace("at_most", "100").replace("unsent_after", "interval '0'")
        plan = owner.execute("EXPLAIN ANALYZE " + body.replace("unfinished_after", "interval '1 hour'")).fetchall()
    shown = "\n".join(line for (line,) in plan)
    assert "Seq Scan" not in shown, shown
    assert "20000" not in shown, shown
    assert PostgresGraphRows(connection).waiting_projects(timedelta(), timedelta(hours=1)) == [project]


def test_no_more_rows_are_taken_than_asked_for_where_statistics_know_of_few(api: Api, database: TestDatabase):
    """A table that was analysed while it was empty is taken for one of few rows, and its own subquery for cheap."""
    api.add(*[f"I own boat {n}" for n in range(60)])
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE public.kept AS SELECT * FROM cairn.graph_outbox")
        owner.execute("DELETE FROM cairn.graph_outbox")
        owner.execute("VACUUM ANALYZE cairn.graph_outbox")
        owner.execute("INSERT INTO cairn.graph_outbox SELECT * FROM public.kept")
        owner.execute("UPDATE cairn.graph_outbox SET sent_at = NULL")
    with closing(Database(database.app_url)) as fresh:
        rows = PostgresGraphRows(fresh)
        taken = rows.take(Tenant(uuid.UUID(api.project_id)), 10, timedelta(), timedelta(hours=1), newest=True)
    assert sum(len(change.memory_ids) for change in taken) == 10
