"""Every request a client of Mem0's is known to send gets an answer it can read.

The clients read JSON from whatever comes back and follow no redirect, so there must be a JSON body each time, no 204,
no 3xx, and no 5xx, and it must be what docs/openapi.json says. Two lists are sent: the one recorded from the newest
clients (tests/data/mem0), and our own of every core path and every older spelling.
"""

import json
from pathlib import Path

import httpx
import pytest

from tests.contract import require_conformity

RECORDINGS = sorted((Path(__file__).resolve().parent.parent / "data" / "mem0").glob("*.jsonl"))
# The transport writes these itself.
OWN_HEADERS = frozenset({"host", "content-length", "connection", "authorization", "accept-encoding"})


@pytest.fixture(scope="module")
def client(service):
    with service.client() as client:  # patient: the first request waits for the model to be loaded
        yield client


@pytest.fixture(scope="module")
def memory_id(client):
    messages = [{"role": "user", "content": "I sail in summer."}, {"role": "user", "content": "I ski in winter."}]
    answer = client.post("/v3/memories/add/", json={"messages": messages, "user_id": "recorded", "infer": False})
    return answer.json()["results"][0]["id"]


def readable(answer):
    """The JSON of an answer, which a client can read whatever the status."""
    seen = f"{answer.request.method} {answer.request.url} answered {answer.status_code}: {answer.text[:300]}"
    # 501 is for what Mem0 has and Cairn has not; no other 5xx is an answer.
    assert 200 <= answer.status_code < 500 or answer.status_code == 501, seen
    assert answer.status_code != 204, seen
    assert not 300 <= answer.status_code < 400, seen
    assert answer.headers["content-type"].startswith("application/json"), seen
    body = answer.json()
    if answer.status_code >= 400:
        assert isinstance(body["detail"], str), seen
        assert body["detail"], seen
    sent, url = answer.request, answer.request.url.raw_path.decode()
    picked = b'"fields"' in sent.content or "fields" in answer.request.url.params
    require_conformity(sent.method, url, answer.status_code, body, picked=picked)
    return body


def recorded():
    for path in RECORDINGS:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            request = json.loads(line)
            yield pytest.param(request, id=f"{path.stem}:{number}:{request['m']}:{request['p'].split('?')[0]}")


def test_there_are_recordings_of_both_clients():
    assert [path.stem for path in RECORDINGS] == ["requests_npm_3.3.1", "requests_python_2.2.1"]


@pytest.mark.parametrize("request_", list(recorded()))
def test_a_recorded_request_is_answered_readably(client, request_):
    headers = {key: value for key, value in request_["h"].items() if key.lower() not in OWN_HEADERS}

    readable(client.request(request_["m"], request_["p"], headers=headers, json=request_["b"]))


SAID = [{"role": "user", "content": "I collect stamps."}]
WHOSE = {"user_id": "recorded"}
OLD_OPTIONS = {"async_mode": True, "output_format": "v1.1", "version": "v2"}
SCOPED = {"filters": WHOSE}
NOBODY = "01890000-0000-7000-8000-000000000000"

ANSWERED = [
    ("GET", "/v1/ping/", None),
    ("POST", "/v3/memories/add/", {"messages": SAID, **WHOSE}),
    ("POST", "/v3/memories/add/", {"messages": SAID, "filters": WHOSE, "infer": False, "unknown_key": [1]}),
    ("POST", "/v3/memories/search/", {"query": "stamps", **SCOPED}),
    ("POST", "/v3/memories/search/", {"query": "stamps", **SCOPED, "output_format": "v1.1", "rerank": True}),
    ("POST", "/v3/memories/", SCOPED),
    ("POST", "/v3/memories/?page=1&page_size=2", SCOPED),
    ("GET", "/v1/memories/{memory_id}/", None),
    ("PUT", "/v1/memories/{memory_id}/", {"text": "I sail all year.", "expiration_date": None}),
    ("GET", "/v1/memories/{memory_id}/history/", None),
    ("PUT", "/v1/batch/", {"memories": [{"memory_id": "{memory_id}", "text": "I sail again."}]}),
    ("GET", "/v1/entities/", None),
    ("GET", "/v1/entities/?page=1&page_size=1", None),
    ("GET", "/v1/events/", None),
    ("DELETE", "/v1/memories/?user_id=recorded&run_id=none", None),
    ("DELETE", "/v1/memories/?filters=%7B%27user_id%27%3A+%27nobody%27%7D", None),
    ("DELETE", "/v2/entities/user/nobody%2F1/", None),
    ("DELETE", "/v1/entities/user/nobody/", None),
    (
        "POST",
        "/v1/memories/",
        {"messages": SAID, **WHOSE, **OLD_OPTIONS},
    ),
    ("POST", "/v1/memories/", {"messages": SAID, **WHOSE, "infer": False}),
    ("GET", "/v1/memories/?user_id=recorded&org_id=a&project_id=b", None),
    ("POST", "/v2/memories/", {**SCOPED, "org_id": "a", "project_id": "b"}),
    ("POST", "/v2/memories/?page=1&page_size=2", SCOPED),
    ("POST", "/v1/memories/search/", {"query": "stamps", **WHOSE, "org_id": "a", "project_id": "b"}),
    ("POST", "/v2/memories/search/", {"query": "stamps", **SCOPED}),
]
REFUSED = [
    ("POST", "/v3/memories/add/", {"messages": [], **WHOSE}, 400),
    ("POST", "/v3/memories/add/", {"messages": SAID}, 400),
    ("POST", "/v3/memories/search/", {"query": "stamps", **WHOSE}, 400),
    ("POST", "/v3/memories/search/", {"query": "stamps", "filters": {"colour": "red"}}, 400),
    ("POST", "/v3/memories/", {}, 400),
    ("GET", "/v1/memories/m1/", None, 400),
    ("GET", "/v1/memories/m%2F1/", None, 400),
    ("GET", f"/v1/memories/{NOBODY}/", None, 404),
    ("PUT", f"/v1/memories/{NOBODY}/", {"text": "x"}, 404),
    ("DELETE", f"/v1/memories/{NOBODY}/", None, 404),
    ("DELETE", "/v1/memories/", None, 400),
    ("DELETE", "/v2/entities/planet/mars/", None, 400),
    ("PUT", "/v1/batch/", {"memories": [{"memory_id": NOBODY, "text": "x"}] * 1001}, 400),
    ("DELETE", "/v1/batch/", {"memories": [{"memory_id": "m1"}]}, 400),
    ("GET", f"/v1/event/{NOBODY}/", None, 404),
    ("GET", "/v1/nowhere/", None, 404),
]


def filled(template, memory_id):
    return json.loads(json.dumps(template).replace("{memory_id}", memory_id))


@pytest.mark.parametrize("slash", ["/", ""], ids=["with a slash", "without"])
@pytest.mark.parametrize(("method", "path", "body"), ANSWERED)
def test_a_core_request_succeeds_in_each_spelling(client, memory_id, method, path, body, slash):
    location, _, query = path.partition("?")
    url = filled(location.removesuffix("/") + slash + (f"?{query}" if query else ""), memory_id)

    answer = client.request(method, url, json=filled(body, memory_id))

    readable(answer)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(("method", "path", "body", "status"), REFUSED)
def test_a_wrong_request_is_refused_readably(client, method, path, body, status):
    answer = client.request(method, path, json=body)

    readable(answer)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("authorization", [None, "Token m0-wrong", "Bearer", "Token", "Basic YTpi"])
def test_without_a_valid_key_the_answer_is_a_readable_401(service, authorization):
    headers = {"Authorization": authorization} if authorization else {}

    answer = httpx.get(f"{service.url}/v1/ping/", headers=headers)

    readable(answer)
    assert answer.status_code == 401


def test_lists_of_the_old_versions_are_bare_unless_v11_is_asked_for(client, memory_id):
    search = {"query": "sail", **WHOSE}

    assert isinstance(client.post("/v2/memories/", json=SCOPED).json(), list)
    assert isinstance(client.get("/v1/memories/?user_id=recorded").json(), list)
    assert isinstance(client.post("/v1/memories/search/", json=search).json(), list)
    assert "results" in client.post("/v1/memories/search/", json={**search, "output_format": "v1.1"}).json()
