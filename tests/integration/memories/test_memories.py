import json
import re
import tempfile
import uuid
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import psycopg
import pytest

from cairn.kernel.tenancy import Tenant
from cairn.platform.database import Database
from cairn.platform.http import app as http
from tests.conftest import TestDatabase
from tests.integration.api import Api

SECRET = "Rumpelstiltskin"


@pytest.fixture
def consolidate_all(api: Api, consolidator: Any) -> Any:
    """Consolidates every event that waits."""

    def run() -> None:
        for event in api.request("GET", "/v1/events/", query={"status": "PENDING"}).body["results"]:
            consolidator.consolidate(Tenant(uuid.UUID(api.project_id)), uuid.UUID(event["id"]))

    return run


def test_pages_follow_creation_and_hold_everything_once(api: Api):
    api.add(*[f"Fact {n}" for n in range(25)])
    seen: list[str] = []
    query: dict[str, Any] | None = {"page": 1, "page_size": 10}
    while query:
        body = {"filters": {"user_id": "ada"}}
        answer = api.request("POST", "/v3/memories/", body, query=query)
        assert answer.body["count"] == 25 + (len(seen) > 0)
        if not seen:
            api.add("A late fact moves no page")
            assert answer.body["previous"] is None
        seen += [m["memory"] for m in answer.body["results"]]
        next_url = answer.body["next"]
        assert next_url is None or next_url.startswith("https://cairn.test/v3/memories/?page=")
        query = dict(parse_qsl(urlsplit(next_url).query)) if next_url else None
    assert seen == [*(f"Fact {n}" for n in range(25)), "A late fact moves no page"]


def test_paging_in_the_query_string_wins_over_the_body(api: Api):
    api.add(*[f"Fact {n}" for n in range(5)])
    body = {"filters": {"user_id": "ada"}, "page": 1, "page_size": 1}
    assert len(api.request("POST", "/v3/memories/", body).body["results"]) == 1
    answer = api.request("POST", "/v3/memories/", body, query={"page": 2, "page_size": 3}).body
    assert [m["memory"] for m in answer["results"]] == ["Fact 3", "Fact 4"]
    assert answer["previous"] == "https://cairn.test/v3/memories/?page=1&page_size=3"


def test_a_page_past_the_end_is_empty(api: Api):
    api.add("Fact")
    answer = api.request("POST", "/v3/memories/", {"filters": {"user_id": "ada"}}, query={"page": 99}).body
    assert (answer["count"], answer["results"], answer["next"]) == (1, [], None)


def test_the_older_lists_answer_bare_or_paged(api: Api):
    api.add("Fact")
    body = {"filters": {"user_id": "ada"}}
    assert api.request("POST", "/v2/memories/", body).body[0]["memory"] == "Fact"
    assert api.request("POST", "/v2/memories/", body, query={"page": 1}).body["count"] == 1
    assert api.request("POST", "/v2/memories/", body | {"output_format": "v1.1"}).body["count"] == 1
    assert api.request("GET", "/v1/memories/", query={"user_id": "ada"}).body[0]["memory"] == "Fact"


def test_an_update_raises_the_version_keeps_the_id_and_is_found_at_once(api: Api):
    memory_id = api.add("I live in Oslo")["results"][0]["id"]
    change = {"text": "I live in Rome", "metadata": {"k": 1}, "timestamp": "2024-05-01T10:00:00+02:00"}
    updated = api.request("PUT", f"/v1/memories/{memory_id}/", change).body
    assert (updated["id"], updated["memory"], updated["version"]) == (memory_id, "I live in Rome", 2)
    assert (updated["metadata"], updated["timestamp"]) == ({"k": 1}, "2024-05-01T08:00:00+00:00")
    best = api.search_for("Rome", explain=True)[0]
    assert (best["memory"], best["explain"]["bm25"]["rank"]) == ("I live in Rome", 1)
    assert api.search_for("Oslo", explain=True)[0]["explain"]["bm25"]["rank"] is None


def test_history_tells_old_and_new(api: Api):
    memory_id = api.add("I live in Oslo")["results"][0]["id"]
    api.request("PUT", f"/v1/memories/{memory_id}/", {"text": "I live in Rome"})
    history = api.request("GET", f"/v1/memories/{memory_id}/history/").body
    assert [(h["event"], h["old_memory"], h["new_memory"]) for h in history] == [
        ("ADD", None, "I live in Oslo"),
        ("UPDATE", "I live in Oslo", "I live in Rome"),
    ]


def test_an_expiry_is_set_kept_and_cleared(api: Api):
    memory_id = api.add("I live in Oslo")["results"][0]["id"]
    path = f"/v1/memories/{memory_id}/"
    assert api.request("PUT", path, {"expiration_date": "2020-01-01"}).body["expiration_date"] == "2020-01-01"
    assert api.request("GET", path).body["lifecycle_state"] == "expired"
    assert api.request("PUT", path, {"text": "I live in Rome"}).body["expiration_date"] == "2020-01-01"
    assert api.request("PUT", path, {"expiration_date": None}).body["expiration_date"] is None
    assert api.request("GET", path).body["lifecycle_state"] == "active"


def test_an_immutable_memory_can_be_deleted_but_not_changed(api: Api):
    memory_id = api.add("I live in Oslo", immutable=True)["results"][0]["id"]
    refused = api.request("PUT", f"/v1/memories/{memory_id}/", {"text": "I live in Rome"})
    assert refused.status == 400
    assert "immutable" in refused.body["detail"]
    assert api.request("DELETE", f"/v1/memories/{memory_id}/").status == 200


def test_a_batch_is_applied_whole_or_not_at_all(api: Api):
    ids = [r["id"] for r in api.add("A is one", "B is two")["results"]]
    foreign = "00000000-0000-7000-8000-000000000000"
    changes = [{"memory_id": i, "text": f"changed {n}"} for n, i in enumerate(ids)]
    bad = {"memories": [*changes, {"memory_id": foreign, "text": "x"}]}
    assert api.request("PUT", "/v1/batch/", bad).status == 404
    assert [m["memory"] for m in api.list()] == ["A is one", "B is two"]
    done = api.request("PUT", "/v1/batch/", {"memories": changes})
    assert done.body["message"] == "Successfully updated 2 memories"
    assert [m["memory"] for m in api.list()] == ["changed 0", "changed 1"]
    assert (
        api.request("DELETE", "/v1/batch/", {"memories": [{"memory_id": ids[0]}, {"memory_id": foreign}]}).status == 404
    )
    assert len(api.list()) == 2
    gone = api.request("DELETE", "/v1/batch/", {"memories": [{"memory_id": i} for i in ids]})
    assert gone.body["message"] == "Successfully deleted 2 memories"
    assert api.list() == []


def traces(database: TestDatabase, text: str) -> dict[str, int]:
    """In how many rows of each table the text still stands, in any column."""
    found = {}
    with psycopg.connect(database.owner_url) as owner:
        for table in ("events", "messages", "turns", "memories", "history", "summaries"):
            query = f"SELECT count(*) FROM cairn.{table} t WHERE t::text ILIKE '%%' || %s || '%%'"
            found[table] = owner.execute(query, [text]).fetchone()[0]
    return {table: n for table, n in found.items() if n}


def test_a_deleted_memory_leaves_no_trace(api: Api, database: TestDatabase):
    memory_id = api.add(f"My name is {SECRET}")["results"][0]["id"]
    api.request("PUT", f"/v1/memories/{memory_id}/", {"text": f"My first name is {SECRET}"})
    assert traces(database, SECRET)
    assert api.request("DELETE", f"/v1/memories/{memory_id}/").body["cascade_count"] == 0
    assert traces(database, SECRET) == {}
    assert traces(database, SECRET.lower()[:8]) == {}  # nor among the lexemes
    history = api.request("GET", f"/v1/memories/{memory_id}/history/").body
    assert [h["event"] for h in history] == ["ADD", "UPDATE", "DELETE"]
    assert api.request("GET", f"/v1/memories/{memory_id}/").status == 404
    assert api.request("DELETE", f"/v1/memories/{memory_id}/").status == 404


@pytest.mark.parametrize("infer", [True, False])
def test_what_an_add_said_about_its_memory_and_who_said_it_go_with_it(
    api: Api, database: TestDatabase, infer: bool, consolidate_all: Any
):
    messages = [{"role": "user", "name": SECRET, "content": "I own a boat."}]
    about = {"metadata": {"ssn": SECRET}, "categories": [SECRET], "custom_instructions": SECRET, "includes": SECRET}
    body = {"messages": messages, "user_id": "ada", "infer": infer, **about}
    event_id = api.request("POST", "/v3/memories/add/", body).body["event_id"]
    consolidate_all()
    (memory,) = api.list()
    assert traces(database, SECRET)["events"] == 1
    assert len(body_digests(database)) == 1
    assert api.request("DELETE", f"/v1/memories/{memory['id']}/").status == 200
    assert traces(database, SECRET) == {}
    assert body_digests(database) == []  # by which who guesses what was said could tell that it was
    assert api.event(event_id)["status"] == "SUCCEEDED"
    (entry, _) = api.request("GET", f"/v1/memories/{memory['id']}/history/").body
    assert entry["actor"] is None


def body_digests(database: TestDatabase) -> list[bytes]:
    with psycopg.connect(database.owner_url) as owner:
        rows = owner.execute("SELECT request_sha256 FROM cairn.events WHERE request_sha256 IS NOT NULL").fetchall()
    return [digest for (digest,) in rows]


@pytest.mark.parametrize("infer", [True, False])
@pytest.mark.parametrize("how", ["id", "batch", "filter"])
def test_what_was_said_twice_is_erased_twice(
    api: Api, database: TestDatabase, infer: bool, how: str, consolidate_all: Any
):
    for number in range(3):
        api.add(f"My PIN code is {SECRET}.", infer=infer, metadata={"n": f"{SECRET} {number}"})
        consolidate_all()
    (memory,) = api.list()
    assert len(memory["source_message_ids"]) == 3
    method, path, body = {
        "id": ("DELETE", f"/v1/memories/{memory['id']}/", None),
        "batch": ("DELETE", "/v1/batch/", {"memories": [{"memory_id": memory["id"]}]}),
        "filter": ("DELETE", "/v1/memories/", None),
    }[how]
    query = {"user_id": "ada", "metadata": json.dumps({"n": f"{SECRET} 0"})} if how == "filter" else None
    assert api.request(method, path, body, query=query).status == 200
    assert traces(database, SECRET) == {}
    found = api.search_for("What is my PIN code?", include_messages=True)
    assert found == []


def test_deleting_one_fact_of_a_message_leaves_the_others_their_source(
    api: Api, database: TestDatabase, consolidator: Any
):
    import uuid

    long = "It is a long story, told at length. " * 56  # so that the message is kept by its paragraphs
    event_id = api.add(f"My name is {SECRET}. {long}\n\nI live in Oslo.", infer=True)["event_id"]
    consolidator.consolidate(Tenant(uuid.UUID(api.project_id)), uuid.UUID(event_id))
    secret, other = api.list()
    api.request("DELETE", f"/v1/memories/{secret['id']}/")
    assert traces(database, SECRET) == {}
    history = api.request("GET", f"/v1/memories/{other['id']}/history/").body
    assert history[0]["input"][0]["content"].strip() == "I live in Oslo."


def test_deleting_a_scope_erases_its_memories_messages_and_queued_work(api: Api, database: TestDatabase):
    api.add(f"My name is {SECRET}")
    api.add(f"They call me {SECRET}", infer=True, metadata={"alias": SECRET})
    api.add(f"I met {SECRET}", user_id="bob")
    answer = api.request("DELETE", "/v1/memories/", query={"user_id": "ada"}).body
    assert answer["erased"] == {"memories": 1, "history": 1, "messages": 2, "events": 2, "graph_queued": 1}
    receipt = api.event(answer["event_id"])
    assert (receipt["event_type"], receipt["status"]) == ("DELETE", "SUCCEEDED")
    assert receipt["results"][0]["erased"] == answer["erased"]
    api.request("DELETE", "/v2/entities/user/bob/")
    assert traces(database, SECRET) == {}


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ({"user_id": "ada", "run_id": "r1"}, {"ada/r2", "bob/r1"}),
        ({"run_id": "r1"}, {"ada/r2"}),
        ({"user_id": "*"}, set()),
        ({"filters": "{'user_id': 'ada'}"}, {"bob/r1"}),
        ({"filters": '{"AND": [{"user_id": "ada"}, {"run_id": "r2"}]}'}, {"ada/r1", "bob/r1"}),
        ({"user_id": "ada", "metadata": '{"n": 1}'}, {"ada/r2", "bob/r1"}),
    ],
)
def test_delete_all_erases_what_it_names_and_nothing_else(api: Api, query: dict[str, str], left: set[str]):
    for n, (user, run) in enumerate([("ada", "r1"), ("ada", "r2"), ("bob", "r1")], start=1):
        api.add("A fact", user_id=user, run_id=run, metadata={"n": n})
    assert api.request("DELETE", "/v1/memories/", query=query).status == 200
    rest = api.list(filters={"user_id": "*"})
    assert {f"{m['user_id']}/{m['run_id']}" for m in rest} == left


@pytest.mark.parametrize("query", [{}, {"metadata": '{"n": 1}'}, {"filters": "{}"}, {"filters": "not a filter"},
                                   {"filters": "__import__('os')"}, {"filters": "[1]"}])  # fmt: skip
def test_delete_all_without_an_entity_or_with_nonsense_deletes_nothing(api: Api, query: dict[str, str]):
    api.add("A fact")
    assert api.request("DELETE", "/v1/memories/", query=query).status == 400
    assert len(api.list()) == 1


def test_entities_are_counted_listed_and_deleted_even_with_a_slash(api: Api):
    api.add("A fact", user_id="ada", agent_id="bot/1")
    api.add("A fact", user_id="al ice", run_id="r")
    listed = api.request("GET", "/v1/entities/").body
    found = {(e["type"], e["name"], e["total_memories"]) for e in listed["results"]}
    assert {e["owner"] for e in listed["results"]} == {api.project_id}
    assert found == {("user", "ada", 1), ("agent", "bot/1", 1), ("user", "al ice", 1), ("run", "r", 1)}
    totals = {k: listed[k] for k in ("count", "total_users", "total_agents", "total_apps", "total_runs")}
    assert totals == {"count": 4, "total_users": 2, "total_agents": 1, "total_apps": 0, "total_runs": 1}
    assert api.request("DELETE", "/v2/entities/agent/bot%2F1/").status == 200
    assert api.request("DELETE", "/v2/entities/user/al%20ice/").status == 200
    assert api.request("DELETE", "/v2/entities/run/r/").status == 200  # went with al ice; not an error
    assert api.request("GET", "/v1/entities/").body["count"] == 0
    assert api.request("DELETE", "/v2/entities/planet/x/").body["detail"].startswith("Invalid entity type")


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    ("path", "query", "in_lambda"),
    [
        ("user/a", {"b/": ""}, False),
        ("user/a", {"org_id": "o", "project_id": "p"}, False),
        ("user/a", {}, True),
        ("user/a/", {"b/": ""}, False),
    ],
    ids=["by a client", "by a client that drops it", "by API Gateway", "behind a slash"],
)
def test_a_name_that_was_cut_off_erases_nobody(
    api: Api, version: str, path: str, query: dict[str, str], in_lambda: bool, monkeypatch: pytest.MonkeyPatch
):
    """Mem0's clients before 2.0 do not encode names, and API Gateway cuts a path at an encoded question mark."""
    monkeypatch.setattr(http, "_IN_LAMBDA", in_lambda)
    api.add("A fact", user_id="a")
    answer = api.request("DELETE", f"/{version}/entities/{path}", query=query)
    assert (answer.status, answer.body["detail"].split()[0]) == (400, "name")
    assert len(api.list(filters={"user_id": "a"})) == 1


@pytest.mark.parametrize("kind", ["user", "agent", "app", "run"])
@pytest.mark.parametrize("longer", ["https://x.org/?id=5", "https://x.org#a", "https://x.org/#", "https://x.org?"])
def test_a_name_with_which_another_begins_is_erased_by_no_path(api: Api, kind: str, longer: str):
    name = "https://x.org"
    for each in (name, f"{name}/", longer):
        api.add("A fact", **{"user_id": None, f"{kind}_id": each})
    for cut in (name, f"{name}/"):
        answer = api.request("DELETE", f"/v2/entities/{kind}/{cut}/")
        assert (answer.status, answer.body["detail"].split()[0]) == (400, "name")
    assert api.request("DELETE", f"/v2/entities/{kind}/{quote(longer, safe='')}/").body["erased"]["memories"] == 1
    assert api.request("DELETE", f"/v2/entities/{kind}/{name}/").body["erased"]["memories"] >= 1


def test_a_name_of_what_only_waits_is_a_name(api: Api):
    api.add("A fact", user_id="a")
    api.add("A fact", user_id="a?b", infer=True)
    assert api.request("DELETE", "/v2/entities/user/a/").status == 400
    assert api.request("DELETE", "/v1/memories/", query={"user_id": "a"}).status == 200
    assert api.request("GET", "/v1/entities/").body["count"] == 0


def test_entities_are_paged(api: Api):
    for n in range(5):
        api.add("A fact", user_id=f"u{n}")
    first = api.request("GET", "/v1/entities/", query={"page": 1, "page_size": 2}).body
    assert [e["name"] for e in first["results"]] == ["u0", "u1"]
    assert "page=2" in first["next"]
    past = api.request("GET", "/v1/entities/", query={"page": 9, "page_size": 2}).body
    assert (past["count"], past["results"], past["total_users"]) == (5, [], 5)


def test_events_are_listed_newest_first_and_by_status(api: Api):
    done = api.add("A fact")["event_id"]
    waiting = api.add("A fact", infer=True)["event_id"]
    assert [e["id"] for e in api.request("GET", "/v1/events/").body["results"]] == [waiting, done]
    pending = api.request("GET", "/v1/events/", query={"status": "PENDING"}).body
    assert (pending["count"], [e["id"] for e in pending["results"]]) == (1, [waiting])


def test_a_batch_of_changes_waits_for_the_database_as_often_as_one(api: Api, connection: Database):
    """By libpq's own trace: each Sync is a wait for an answer."""
    added = api.add(*(f"Fact {n}" for n in range(40)))["results"]
    memories = [{"memory_id": memory["id"], "text": f"Changed {n}"} for n, memory in enumerate(added)]

    def waits(some: list[dict[str, str]]) -> int:
        with tempfile.TemporaryFile("w+") as trace:
            connection._open().pgconn.trace(trace.fileno())
            assert api.request("PUT", "/v1/batch/", {"memories": some}).status == 200
            connection._open().pgconn.untrace()
            trace.seek(0)
            return len(re.findall(r"\tF\t\d+\tSync", trace.read()))

    waits(memories[:1])  # which prepares what is sent often
    assert waits(memories[1:]) <= waits(memories[:1]) + 2
