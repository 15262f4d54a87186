"""What only the whole way shows: sockets, sizes, keys over HTTP, and the way from an add to a search."""

import json
import re
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.conftest import REPOSITORY, Service, wait_for


def test_what_is_no_http_is_refused_as_json(service: Service):
    address = urlsplit(service.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as raw:
        raw.sendall(b"\x00\x01 no http\r\n\r\n")
        answer = raw.makefile("rb").read()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert json.loads(body)["detail"]


def test_a_body_over_the_limit_gets_413_and_stores_nothing(service: Service):
    with service.client() as client:
        body = {"messages": "x" * 10_000_000, "user_id": "big", "infer": False}
        answer = client.post("/v3/memories/add/", json=body)
        found = client.post("/v3/memories/", json={"filters": {"user_id": "big"}}).json()
    assert (answer.status_code, isinstance(answer.json()["detail"], str)) == (413, True)
    assert found["count"] == 0


@pytest.mark.parametrize("authorization", [None, "Token m0-unknown", "Basic x", ""])
def test_without_a_valid_key_every_answer_is_401_with_a_detail(service: Service, authorization: str | None):
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = httpx.get(f"{service.url}/v1/ping/", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["detail"]


def test_health_needs_no_key(service: Service):
    found = httpx.get(f"{service.url}/health").json()
    assert found.items() >= {"status": "ok", "database": "up", "queue": "up"}.items()
    assert found.keys() == {"status", "database", "queue", "embeddings"}


def test_a_revoked_key_is_refused_at_once(service: Service):
    with service.client() as admin:
        made = admin.post("/v1/keys/", json={"name": "short-lived", "role": "reader"}).json()
        headers = {"Authorization": f"Token {made['key']}"}
        assert httpx.get(f"{service.url}/v1/ping/", headers=headers).status_code == 200
        admin.delete(f"/v1/keys/{made['id']}/")
    assert httpx.get(f"{service.url}/v1/ping/", headers=headers).status_code == 401


def test_pages_link_to_an_address_of_the_service_and_a_name_of_somebody_else_is_refused(service: Service):
    with service.client() as client:
        for text in ("I own a boat.", "I own a canoe."):
            client.post("/v3/memories/add/", json={"messages": text, "user_id": "pages", "infer": False})
        called = {"user_id": "pages", "page": 1, "page_size": 1}
        found = client.get("/v1/memories/", params=called).json()
        refused = client.get("/v1/memories/", params=called, headers={"Host": "evil.example"})
    assert found["next"] == f"{service.url}/v1/memories/?user_id=pages&page=2&page_size=1"
    assert (refused.status_code, refused.json()["code"]) == (421, "misdirected_request")


def test_what_is_said_is_consolidated_and_found(service: Service):
    with service.client() as client:
        said = {"messages": "Hi! I moved from Lisbon to Porto.", "user_id": "way"}
        event_id = client.post("/v3/memories/add/", json=said).json()["event_id"]
        path = f"/v1/event/{event_id}/"
        event = wait_for(lambda: (e := client.get(path).json())["status"] == "SUCCEEDED" and e, 30)
        hits = client.post(
            "/v3/memories/search/", json={"query": "Where does she live?", "filters": {"user_id": "way"}}
        ).json()["results"]
    assert [(r["event"], r["memory"]) for r in event["results"]] == [("ADD", "Hi! I moved from Lisbon to Porto.")]
    assert [h["memory"] for h in hits] == ["Hi! I moved from Lisbon to Porto."]


def test_make_invoke_runs_a_function_on_a_sample_event(service: Service):
    for name, status in (("search.apigw.json", 200), ("add_memory.apigw.invalid.json", 400)):
        function = name.partition(".")[0]
        done = subprocess.run(
            [sys.executable, "-m", "local", "invoke", function, f"events/{name}"],
            cwd=REPOSITORY, env={"CAIRN_LOCAL_DIR": str(service.directory), "PATH": "/usr/bin:/bin"},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert json.loads(done.stdout)["statusCode"] == status


def test_a_failed_event_is_redriven_from_the_command_line(service: Service):
    import psycopg

    with service.client() as client:
        event_id = client.post("/v3/memories/add/", json={"messages": "I own a boat.", "user_id": "cli"}).json()[
            "event_id"
        ]
        path = f"/v1/event/{event_id}/"
        wait_for(lambda: client.get(path).json()["status"] == "SUCCEEDED", 30)
        with psycopg.connect(service.owner_database_url) as owner:  # as if it had failed before it added anything
            owner.execute("DELETE FROM cairn.memories WHERE user_id = 'cli'")
            owner.execute("UPDATE cairn.events SET status = 'FAILED', results = '[]' WHERE id = %s", [event_id])
        command = [sys.executable, "-m", "tools.cli", "redrive", "--url", service.url, "--api-key", service.api_key]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, f"{event_id} queued again\n1 events redriven\n")
        wait_for(lambda: client.get(path).json()["status"] == "SUCCEEDED", 30)
        found = client.post("/v3/memories/", json={"filters": {"user_id": "cli"}}).json()
    assert [m["memory"] for m in found["results"]] == ["I own a boat."]


def test_the_state_is_shown_at_the_command_line(service: Service):
    command = [sys.executable, "-m", "tools.cli", "status", "--url", service.url, "--api-key", service.api_key]
    with service.client() as client:
        client.post("/v3/memories/add/", json={"messages": "I own a boat.", "user_id": "state", "infer": False})
        project = client.get("/v1/ping/").json()["project_id"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    up, embeddings, whose, events = done.stdout.splitlines()
    assert up == "service     ok: database up, queue up"
    assert embeddings == "embeddings  all-MiniLM-L6-v2-int8, 384 numbers"
    assert whose == f"project     {project}"
    assert re.fullmatch(r"events      \d+ waiting, \d+ running, \d+ failed", events)


def test_data_and_key_survive_a_restart(tmp_path):
    first = Service(tmp_path / "data").start()
    with first.client() as client:
        client.post("/v3/memories/add/", json={"messages": "I own a boat.", "user_id": "ada", "infer": False})
        key = first.api_key
    first.stop()
    second = Service(tmp_path / "data").start()
    with second.client() as client:
        found = client.post("/v3/memories/search/", json={"query": "boat", "filters": {"user_id": "ada"}}).json()
        assert second.api_key == key
    second.stop()
    assert [h["memory"] for h in found["results"]] == ["I own a boat."]
