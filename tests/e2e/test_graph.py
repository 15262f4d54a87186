"""The graph of the one-machine run: what is added is in it in a moment, what is deleted is not; and without any."""

import os
from pathlib import Path
from typing import Any

import httpx
import pytest

os.environ["MEM0_TELEMETRY"] = "False"

from mem0 import MemoryClient

from tests.e2e.conftest import Service, wait_for
from tests.graph_servers import Neo4j

ADDS, USERS = 1_000, 20
SAID = "My sister Anna works at Brightwater Labs."


def add(client: httpx.Client, user: str, *, again: bool = False) -> str:
    said = [{"role": "user", "content": SAID}]
    body = {"user_id": user, "messages": said, "infer": False, "allow_duplicates": again}
    answer = client.post("/v3/memories/add/", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"][0]["id"]


def related(client: httpx.Client, user: str) -> httpx.Response:
    return client.post("/v1/graph/related/", json={"user_id": user, "entity": "Anna"})


def relations(client: httpx.Client, user: str) -> list[dict[str, Any]]:
    """None while the graph starts."""
    answer = related(client, user)
    assert answer.status_code in (200, 503), answer.text
    return answer.json().get("relations", [])


def test_what_is_added_is_in_the_graph_and_what_is_deleted_is_not(service: Service):
    with service.client() as client:
        memory_id = add(client, "graph-user")
        found = wait_for(lambda: relations(client, "graph-user"), 120)
        assert {(r["source"], r["type"], r["target"]) for r in found} == {
            ("Anna", "sister_of", "User"),
            ("Anna", "works_at", "Brightwater Labs"),
        }
        assert {r["memory_id"] for r in found} == {memory_id}
        search = {"query": "Anna", "filters": {"user_id": "graph-user"}, "graph": True}
        wait_for(lambda: client.post("/v3/memories/search/", json=search).json()["graph"]["used"], 60)
        assert client.delete(f"/v1/memories/{memory_id}/").status_code == 200
        assert relations(client, "graph-user") == []
        drift = {"user_id": "graph-user"}
        gone = {"rows": 0, "projections": 0, "extra": 0}
        wait_for(lambda: gone.items() <= client.get("/v1/graph/drift/", params=drift).json().items(), 60)


def test_mem0s_client_gets_its_relations(service: Service):
    client = MemoryClient(api_key=service.api_key, host=service.url)
    client.add([{"role": "user", "content": SAID}], user_id="mem0-graph", infer=False, enable_graph=True)
    found = client.search("Anna", filters={"user_id": "mem0-graph"}, enable_graph=True, output_format="v1.1")
    listed = client.get_all(filters={"user_id": "mem0-graph"}, enable_graph=True, output_format="v1.1")
    for answer in (found, listed):
        told = {(r["source"], r["relationship"], r["destination"]) for r in answer["relations"]}
        assert ("Anna", "works_at", "Brightwater Labs") in told
        assert len(answer["results"]) == 1
    client.client.close()


def test_without_a_graph_all_else_works(tmp_path: Path):
    service = Service(tmp_path / "data", settings={"GRAPH": "off"}).start()
    try:
        with service.client() as client:
            add(client, "lonely")
            answer = related(client, "lonely")
            assert (answer.status_code, answer.json()["code"]) == (503, "no_graph")
            search = {"query": "Anna", "filters": {"user_id": "lonely"}, "graph": True}
            found = client.post("/v3/memories/search/", json=search).json()
            assert found["graph"]["used"] is False
            assert len(found["results"]) == 1
            facts = client.post("/v1/graph/evolution/", json={"user_id": "lonely", "entity": "Anna"})
            assert [fact["memory"] for fact in facts.json()["results"]] == [SAID]
    finally:
        service.stop()


def is_whole(client: httpx.Client) -> bool:
    """Whether nothing waits and nothing differs; what was given up on meanwhile gets another try."""
    state = client.get("/v1/graph/sync/").json()
    if state["failed"]:
        assert client.post("/v1/graph/redrive/").status_code == 200
    if state["waiting"]:
        return False
    drift = client.get("/v1/graph/drift/")
    whole = {"rows": ADDS, "projections": ADDS, "missing": 0, "outdated": 0, "extra": 0}
    return drift.status_code == 200 and whole.items() <= drift.json().items()


def test_a_graph_that_is_down_for_a_thousand_adds_is_whole_afterwards(tmp_path: Path):
    (tmp_path / "neo4j").mkdir()
    neo4j = Neo4j.start(tmp_path / "neo4j")
    if neo4j.process is None:
        pytest.skip("NEO4J_TEST_URI names a server that this test may not kill.")
    own = {"NEO4J_URI": neo4j.address.uri, "NEO4J_USER": neo4j.address.user, "NEO4J_PASSWORD": neo4j.address.password}
    service = Service(tmp_path / "data", settings=own).start()
    try:
        with service.client() as client:
            neo4j.kill()
            for n in range(ADDS):
                add(client, f"user-{n % USERS}", again=True)
                if n % USERS == 0:
                    search = {"query": "Anna", "filters": {"user_id": "user-0"}, "graph": n % 40 == 0}
                    answer = client.post("/v3/memories/search/", json=search)
                    assert answer.status_code == 200
                    assert answer.json()["results"], answer.text
            neo4j.again()
            wait_for(lambda: is_whole(client), 600, lambda: client.get("/v1/graph/sync/").text)
            listed = client.post("/v3/memories/", json={"filters": {"user_id": "user-1"}}, params={"page_size": 1})
            assert listed.json()["count"] == ADDS // USERS
            assert {r["source"] for r in relations(client, "user-1")} == {"Anna"}
    finally:
        service.stop()
        neo4j.stop()
