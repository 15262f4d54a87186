"""Promise: no caller sees another project's row by any route, filter, id or search."""

import importlib
import pkgutil
import re
import uuid
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

import cairn
from cairn.bootstrap import access
from cairn.kernel.tenancy import Tenant
from cairn.platform.database import Database
from tests.conftest import TestDatabase
from tests.integration.api import Api
from tests.integration.model import Modelled

TENANT_TABLES = (
    "projects", "api_keys", "events", "messages", "memories", "history", "summaries", "usage", "graph_outbox",
    "large_scopes", "large_scope_words", "accesses", "turns", "to_embed",
)  # fmt: skip
MARK = "Zanzibar"


@pytest.fixture
def other_key(api: Api, database: TestDatabase) -> str:
    """A key of a second project in the same database."""
    _, key = access.create_project(database.app_url, "other")
    return key


@pytest.fixture
def filled(modelled: Modelled, database: TestDatabase) -> Api:
    """A project with a row of its own in every table."""
    modelled.mind.hears("I was in Zanzibar").summary = "Was in Zanzibar."
    assert modelled.tell("I was in Zanzibar")["status"] == "SUCCEEDED"
    with psycopg.connect(database.owner_url) as owner:  # as for a user with very many memories
        large = (modelled.api.project_id, "user_id", "ada")
        owner.execute("INSERT INTO cairn.large_scopes (project_id, entity, name) VALUES (%s, %s, %s)", large)
        owner.execute("INSERT INTO cairn.large_scope_words VALUES (%s, %s, %s, 1, 1)", large)
        owner.execute("INSERT INTO cairn.accesses SELECT project_id, id, user_id, 1, now() FROM cairn.memories")
        owner.execute("INSERT INTO cairn.to_embed SELECT project_id, 'memories', id FROM cairn.memories")
    return modelled.api


def tables_of(owner_url: str) -> set[str]:
    with psycopg.connect(owner_url) as owner:
        rows = owner.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'cairn'::regnamespace AND relkind = 'r'"
        ).fetchall()
    return {row[0] for row in rows}


def test_every_table_is_either_a_tenants_or_known_to_hold_no_ones_data(database: TestDatabase):
    assert tables_of(database.owner_url) == {*TENANT_TABLES, "embedding_model", "reembedding"}


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_row_level_security_is_forced(database: TestDatabase, table: str):
    with psycopg.connect(database.owner_url) as owner:
        row = owner.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", [f"cairn.{table}"]
        ).fetchone()
    assert row == (True, True)


def visible(app_url: str, table: str, project_id: str | None) -> int:
    with closing(Database(app_url)) as database:
        if project_id is None:
            with database.session() as connection:
                rows = connection.execute(f"SELECT count(*) AS n FROM cairn.{table}").fetchone()
        else:
            ((rows,),) = database.read(
                Tenant(uuid.UUID(project_id)), [(f"SELECT count(*) AS n FROM cairn.{table}", {})]
            )
    return rows["n"]


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_the_policy_shows_a_project_its_own_rows_and_no_others(filled: Api, database: TestDatabase, table: str):
    # Fails too when the policy is dropped: then the project does not see its own rows.
    assert visible(database.app_url, table, filled.project_id) > 0
    assert visible(database.app_url, table, str(uuid.uuid4())) == 0
    assert visible(database.app_url, table, None) == 0


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_with_the_policy_dropped_a_project_does_not_see_its_own_rows(filled: Api, database: TestDatabase, table: str):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(f"DROP POLICY tenant ON cairn.{table}")
    assert visible(database.app_url, table, filled.project_id) == 0


# Tables that a key pinned to a user sees no other user's rows of; the others are the project's.
PINNED_TABLES = tuple(t for t in TENANT_TABLES if t not in ("projects", "api_keys", "usage", "to_embed"))


def insert_as(database: TestDatabase, table: str, tenant: Tenant) -> None:
    """Writes the table's row once more, as this tenant; what it breaks otherwise comes after row level security."""
    name = sql.Identifier("cairn", table)
    own = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
    with psycopg.connect(database.owner_url) as owner:
        found = owner.execute(f"{own} AND attgenerated = ''", [f"cairn.{table}"])
        columns = sql.SQL(", ").join(sql.Identifier(column) for (column,) in found)
        (row,) = owner.execute(sql.SQL("SELECT to_jsonb(r) FROM {} r LIMIT 1").format(name)).fetchone()
    insert = sql.SQL("INSERT INTO {0} ({1}) SELECT {1} FROM jsonb_populate_record(NULL::{0}, %s)")
    with closing(Database(database.app_url)) as app, app.transaction(tenant) as connection:
        connection.execute(insert.format(name, columns), [Jsonb(row)])


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_a_row_cannot_be_written_into_another_project(filled: Api, database: TestDatabase, table: str):
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        insert_as(database, table, Tenant(uuid.uuid4()))


@pytest.mark.parametrize("table", PINNED_TABLES)
def test_a_pinned_key_neither_sees_nor_writes_a_row_of_another_user(filled: Api, database: TestDatabase, table: str):
    project = uuid.UUID(filled.project_id)
    pinned, owner = Tenant(project, user_id="bob"), Tenant(project, user_id="ada")
    with closing(Database(database.app_url)) as app:
        counts = [app.read(t, [(f"SELECT count(*) AS n FROM cairn.{table}", {})])[0][0]["n"] for t in (pinned, owner)]
    assert counts[0] == 0 < counts[1]
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        insert_as(database, table, pinned)


def test_the_words_of_large_scopes_are_found_within_the_project_alone(filled: Api, database: TestDatabase):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.memories SET indexed = true")
        owner.execute("UPDATE cairn.turns SET indexed = true")
        (word,) = owner.execute("SELECT (tsvector_to_array(lexemes))[1] FROM cairn.memories").fetchone()
    asked = {"name": "ada", "words": [word], "weights": [1.0]}
    with closing(Database(database.app_url)) as app:
        for function in ("rows_with_words", "turns_with_words"):
            query = f"SELECT * FROM cairn.{function}('user_id', %(name)s, %(words)s, %(weights)s::float8[], 10)"
            (own,) = app.read(Tenant(uuid.UUID(filled.project_id)), [(query, asked)])
            (foreign,) = app.read(Tenant(uuid.uuid4()), [(query, asked)])
            assert (len(own), foreign) == (1, []), function


GRANTS = {
    "accesses": "SELECT INSERT UPDATE DELETE",
    "api_keys": "SELECT INSERT UPDATE(revoked_at)",
    "embedding_model": "SELECT",
    "events": "SELECT INSERT UPDATE DELETE",
    "graph_outbox": "SELECT INSERT UPDATE DELETE",
    "history": "SELECT INSERT UPDATE(actor,new_memory,old_memory) DELETE",
    "large_scope_words": "SELECT INSERT UPDATE DELETE",
    "large_scopes": "SELECT INSERT UPDATE DELETE",
    "memories": "SELECT INSERT UPDATE DELETE",
    "messages": "SELECT INSERT UPDATE DELETE",
    "projects": "SELECT INSERT UPDATE(name,settings)",
    "reembedding": "SELECT UPDATE",
    "summaries": "SELECT INSERT UPDATE DELETE",
    "to_embed": "SELECT INSERT UPDATE DELETE",
    "turns": "SELECT INSERT UPDATE(categories,indexed,invalid_at,metadata,passages) DELETE",
    "usage": "SELECT INSERT UPDATE",
}
SWEPT = {
    "events": "created_at enqueued_at id not_before parked parked_at project_id redrives scope_key status type",
    "graph_outbox": "created_at failed_at not_before project_id sent_at",
    "history": "event event_id project_id",
    "large_scopes": "entity name project_id",
    "memories": "agent_id app_id expires_on id indexed lexemes passages project_id run_id source_message_ids text "
    "user_id",
    "to_embed": "id kept project_id version",
    "turns": "agent_id app_id id indexed lexemes passages project_id run_id text user_id",
}


def granted(database: TestDatabase, role: str) -> dict[str, str]:
    """What a role may do with each table: privileges on all of it, or on columns."""
    kinds = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    found: dict[str, str] = {}
    with psycopg.connect(database.owner_url) as owner:
        for table in sorted(tables_of(database.owner_url)):
            told: list[str] = []
            for kind in kinds:
                whole = "SELECT has_table_privilege(%s, %s, %s)"
                if owner.execute(whole, [role, f"cairn.{table}", kind]).fetchone() == (True,):
                    told.append(kind)
                elif kind in ("SELECT", "INSERT", "UPDATE", "REFERENCES"):
                    each = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND "
                    each += "NOT attisdropped AND has_column_privilege(%s, attrelid, attname, %s) ORDER BY attname"
                    columns = [row[0] for row in owner.execute(each, [f"cairn.{table}", role, kind])]
                    told += [f"{kind}({','.join(columns)})"] if columns else []
            found |= {table: " ".join(told)} if told else {}
    return found


def test_each_role_may_do_what_it_does_and_nothing_else(database: TestDatabase):
    assert granted(database, "cairn_app") == GRANTS
    swept = {table: f"SELECT({columns.replace(' ', ',')})" for table, columns in SWEPT.items()}
    assert granted(database, "cairn_sweeper") == swept
    assert granted(database, "public") == {}


def test_the_functions_that_pass_row_level_security_give_ids_and_nothing_else(database: TestDatabase):
    with psycopg.connect(database.owner_url) as owner:
        rows = owner.execute(
            "SELECT proname, pg_get_function_result(oid) FROM pg_proc WHERE prosecdef "
            "AND pronamespace = 'cairn'::regnamespace ORDER BY 1"
        ).fetchall()
    assert rows == [
        ("all_large_scopes", "TABLE(project_id uuid, entity text, name text)"),
        ("begin_reembedding", "text"),
        ("end_reembedding", "void"),
        ("exchange_embeddings", "boolean"),
        ("expired_memories", "TABLE(project_id uuid, memory_id uuid)"),
        ("messages_in_use", "TABLE(message_id uuid)"),
        ("noted_to_embed", "TABLE(project_id uuid, kept text, id uuid, version integer)"),
        ("projects_behind_graph", "TABLE(project_id uuid)"),
        ("projects_that_erased", "TABLE(project_id uuid)"),
        ("rows_to_embed", "TABLE(project_id uuid, id uuid)"),
        ("rows_with_words", "TABLE(memory_id uuid)"),
        ("some_to_embed", "boolean"),
        ("texts_without_passages", "TABLE(project_id uuid, id uuid, is_turn boolean)"),
        ("turns_with_words", "TABLE(message_id uuid)"),
        ("unfinished_events", "TABLE(project_id uuid, event_id uuid, scope_key text, redrives integer)"),
        ("use_embedding_model", "TABLE(model text, dimensions integer)"),
    ]


def test_no_read_by_id_filter_or_search_shows_another_projects_memory(api: Api, other_key: str):
    added = api.add("I was in Zanzibar", agent_id="a", app_id="p", run_id="r")
    memory_id, event_id = added["results"][0]["id"], added["event_id"]
    for path in (f"/v1/memories/{memory_id}/", f"/v1/memories/{memory_id}/history/", f"/v1/event/{event_id}/"):
        assert api.request("GET", path, key=other_key).status == 404
    filters = [
        {"user_id": "ada"},
        {"user_id": "*"},
        {"OR": [{"user_id": "ada"}, {"memory_ids": [memory_id]}]},
        {"agent_id": "a", "NOT": {"user_id": "nobody"}},
    ]
    for where in filters:
        for path in ("/v3/memories/", "/v2/memories/"):
            assert MARK not in str(api.request("POST", path, {"filters": where}, key=other_key).body)
        for path in ("/v3/memories/search/", "/v2/memories/search/", "/v1/memories/search/"):
            body = {"query": MARK, "filters": where, "threshold": 0}
            assert MARK not in str(api.request("POST", path, body, key=other_key).body)
    for path in ("/v1/entities/", "/v1/events/", "/v1/memories/?user_id=ada", "/v1/keys/"):
        path, _, query = path.partition("?")
        answer = api.request("GET", path, query=dict([query.split("=")]) if query else None, key=other_key)
        assert answer.status == 200
        assert "'ada'" not in str(answer.body)
        assert api.project_id not in str(answer.body)


def test_no_write_reaches_another_projects_memory(api: Api, other_key: str):
    memory_id = api.add("I was in Zanzibar")["results"][0]["id"]
    batch = {"memories": [{"memory_id": memory_id, "text": "gone"}]}
    assert api.request("PUT", f"/v1/memories/{memory_id}/", {"text": "gone"}, key=other_key).status == 404
    assert api.request("DELETE", f"/v1/memories/{memory_id}/", key=other_key).status == 404
    assert api.request("PUT", "/v1/batch/", batch, key=other_key).status == 404
    assert api.request("DELETE", "/v1/batch/", batch, key=other_key).status == 404
    assert api.request("DELETE", "/v1/memories/", query={"user_id": "ada"}, key=other_key).status == 200
    assert api.request("DELETE", "/v2/entities/user/ada/", key=other_key).status == 200
    assert [m["memory"] for m in api.list()] == ["I was in Zanzibar"]


def test_a_pinned_key_sees_and_touches_its_user_alone(api: Api):
    bobs = api.add("I was in Zanzibar", user_id="bob")
    api.add("I was in Oslo", user_id="ada")
    made = api.request("POST", "/v1/keys/", {"name": "ada's", "role": "writer", "user_id": "ada"})
    assert made.status == 201
    pinned = made.body["key"]
    memory_id = bobs["results"][0]["id"]
    assert api.request("GET", f"/v1/memories/{memory_id}/", key=pinned).status == 404
    assert api.request("GET", f"/v1/memories/{memory_id}/history/", key=pinned).status == 404
    assert api.request("GET", f"/v1/event/{bobs['event_id']}/", key=pinned).status == 404
    assert api.request("DELETE", f"/v1/memories/{memory_id}/", key=pinned).status == 404
    assert api.request("DELETE", "/v1/memories/", query={"user_id": "bob"}, key=pinned).status == 403
    for where in ({"user_id": "bob"}, {"user_id": "*"}, {"OR": [{"user_id": "bob"}, {"user_id": "ada"}]}, {}):
        found = api.request("POST", "/v3/memories/", {"filters": where}, key=pinned)
        assert MARK not in str(found.body)
    everything = api.request("POST", "/v3/memories/", {"filters": {}}, key=pinned).body
    assert [m["memory"] for m in everything["results"]] == ["I was in Oslo"]
    names = [e["name"] for e in api.request("GET", "/v1/entities/", key=pinned).body["results"]]
    assert names == ["ada"]


def test_no_read_of_the_model_shows_another_projects_or_users_texts(modelled: Modelled, filled: Api, other_key: str):
    modelled.mind.hears("I was in Oslo").summary = "Was in Oslo."
    modelled.tell("I was in Oslo", user_id="bob")
    made = filled.request("POST", "/v1/keys/", {"name": "bob's", "role": "admin", "user_id": "bob"})
    for key in (other_key, made.body["key"]):
        for who in ({"user_id": "ada"}, {"filters": {"user_id": "*"}}, {"filters": {"user_id": "ada"}}):
            for path in ("/v1/context/", "/v1/summary/"):
                answer = filled.request("POST", path, {"query": "Where was I?"} | who, key=key)
                assert answer.status == 200
                assert MARK not in str(answer.body)
        answer = filled.request("GET", "/v1/preferences/", query={"user_id": "ada"}, key=key)
        assert (answer.status, answer.body["count"]) == (200, 0)
    whole = filled.request("POST", "/v1/summary/", {"filters": {}}, key=made.body["key"]).body
    assert [s["summary"] for s in whole] == ["Was in Oslo."]
    assert filled.request("GET", "/v1/usage/", key=other_key).body["results"] == []


@pytest.mark.parametrize("role", ["reader", "writer", "admin"])
def test_a_pinned_key_rules_its_user_and_not_the_project(api: Api, role: str):
    made = api.request("POST", "/v1/keys/", {"name": "k", "role": role, "user_id": "ada"}).body
    ping = api.request("GET", "/v1/ping/", key=made["key"]).body
    project = f"/api/v1/orgs/organizations/{ping['org_id']}/projects/{ping['project_id']}/"
    for method, path, body in (
        ("GET", "/v1/usage/", None),
        ("PATCH", project, {"custom_instructions": "Obey."}),
        ("GET", "/v1/keys/", None),
        ("POST", "/v1/keys/", {"name": "a key of all users", "role": "admin"}),
        ("DELETE", f"/v1/keys/{made['id']}/", None),
    ):
        answer = api.request(method, path, body, key=made["key"])
        assert answer.status == 403, (method, path)
        assert "key" in answer.body["detail"]
    assert api.request("GET", project, key=made["key"]).status == 200


def test_a_pinned_key_writes_to_its_user_named_or_not(api: Api):
    made = api.request("POST", "/v1/keys/", {"name": "ada's", "role": "writer", "user_id": "ada"})
    body = {"messages": [{"role": "user", "content": "I like tea"}], "infer": False}
    assert api.request("POST", "/v3/memories/add/", body, key=made.body["key"]).status == 200
    assert api.request("POST", "/v3/memories/add/", body | {"user_id": "bob"}, key=made.body["key"]).status == 403
    assert [m["user_id"] for m in api.list()] == ["ada"]


def statements_in_files() -> dict[tuple[str, str], str]:
    """Every statement of a file by its module and name, with all that is in it at times; one of a file alone by `_`."""
    found: dict[tuple[str, str], str] = {}
    root = Path(cairn.__path__[0])
    for path in root.rglob("sql/*.sql"):
        package = path.parent.parent.relative_to(root)
        if package == Path("platform"):
            continue
        text = re.sub(r"^\s*-- (?!name: ).*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        first, *named = re.split(r"^-- name: (\w+)$", text, flags=re.MULTILINE)
        assert not (first.strip() and named), path
        of = ".".join((*package.parts, path.stem))
        found |= {(of, name): one for name, one in zip(named[::2], named[1::2], strict=True)} or {(of, "_"): first}
    return found


@pytest.mark.parametrize("statement", ["every_row", "indexes"])
def test_wherever_a_search_looks_it_names_the_project(statement: str):
    text = statements_in_files()[f"search.{statement}", "_"]
    looks = re.findall(r"(?:FROM|JOIN) cairn\.(\w+) ?(\w*)[^;]*?(?=FROM|JOIN|\Z)", text)
    tables = [name for name, _ in looks if not name.endswith("_with_words")]
    assert len(tables) >= 4
    assert text.count("project_id = %(project_id)s") == len(tables)


def test_every_statement_names_the_project():
    """Row level security is the net; the statements do not lean on it."""
    # Finished by others, safe by their policy, or of no table: settings, locks, and what is copied to first.
    unbound = {
        ("auth.store", "find_key"),
        ("events.store", "by_key"),
        ("events.store", "page"),
        ("events.store", "unfinished"),
        ("graph.rows", "projects_behind"),
        ("search.store", "hastily"),
        ("erasure.erase", "as_project"),
        ("erasure.erase", "as_tenant"),
        ("memories.repeats", "lock"),
        ("memories.copy_in", "stage"),
        ("memories.copy_in", "copy"),
        ("embeddings.model_in_use", "of"),
        ("embeddings.model_in_use", "use"),
        ("embeddings.model_in_use", "hold"),
        ("embeddings.model_in_use", "state"),
        ("embeddings.model_in_use", "begin"),
        ("embeddings.model_in_use", "exchange"),
        ("embeddings.model_in_use", "end"),
        ("embeddings.store", "pass"),
        ("embeddings.store", "next"),
        ("embeddings.store", "noted"),
        ("embeddings.store", "move"),
        ("embeddings.store", "count"),
    }
    statements = {}
    for info in pkgutil.walk_packages(cairn.__path__, "cairn."):
        if info.name == "cairn.platform.database":  # which sets the tenant, and asks for nothing of anybody
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            text = value.as_string(None) if isinstance(value, sql.Composable) else value
            if name.isupper() and isinstance(text, str) and "cairn." in text:
                statements[info.name.removeprefix("cairn."), name] = text
    statements |= statements_in_files()
    assert len(statements) > 150
    assert {name for name, text in statements.items() if "project_id = %(project_id)s" not in text} <= unbound | {
        name for name, text in statements.items() if "INSERT INTO" in text and "%(project_id)s" in text
    }
