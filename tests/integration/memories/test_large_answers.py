"""Promise: no answer is larger than Lambda hands on (6 MB), and whoever asks for more is told how to ask for less."""

import json
from typing import Any

import pytest

from tests.integration.api import Answer, Api

LARGEST = 6 * 1024 * 1024
TEXT = 99_000
EACH, IMPORTS = 40, 2
LIST, SEARCH, CONTEXT = "/v3/memories/", "/v3/memories/search/", "/v1/context/"
ADA = {"filters": {"user_id": "ada"}}


def text(number: int, filling: str) -> str:
    return f"Note {number} on boats. " + (filling * TEXT)[: TEXT - 30]


def payload(answer: Answer) -> int:
    """Bytes of the answer as Lambda hands it on: a JSON object with the body as a string."""
    return len(json.dumps({"body": json.dumps(answer.body, ensure_ascii=False)}, ensure_ascii=False).encode())


@pytest.fixture
def large(api: Api, unit: list[float]) -> Api:
    """Eighty memories of 99,000 characters, eight megabytes."""
    for batch in range(IMPORTS):
        lines = [
            json.dumps({"text": text(batch * EACH + n, "word "), "user_id": "ada", "embedding": unit})
            for n in range(EACH)
        ]
        assert api.request("POST", "/v1/import/", raw="\n".join(lines)).status == 200
    return api


@pytest.mark.parametrize(
    ("method", "path", "body", "query"),
    [
        ("POST", LIST, ADA, {"page_size": 100}),
        ("GET", "/v1/memories/", None, {"user_id": "ada"}),
        ("POST", SEARCH, ADA | {"query": "boats", "top_k": 1000, "threshold": 0}, {}),
        ("POST", "/v2/memories/search/", ADA | {"query": "boats", "top_k": 100, "threshold": 0}, {}),
    ],
)
def test_what_is_too_large_is_refused_and_says_how_to_ask(
    large: Api, method: str, path: str, body: Any, query: dict[str, Any]
):
    answer = large.request(method, path, body, query=query)
    assert (answer.status, answer.body["code"]) == (413, "answer_too_large")
    assert "page_size or top_k" in answer.body["detail"]


def test_less_of_it_is_answered(large: Api):
    listed = large.request("POST", LIST, ADA, query={"page_size": 20})
    assert (listed.status, len(listed.body["results"])) == (200, 20)
    assert 1_900_000 < payload(listed) < LARGEST
    found = large.request("POST", SEARCH, ADA | {"query": "boats", "top_k": 100, "threshold": 0, "fields": ["id"]})
    assert (found.status, len(found.body["results"])) == (200, IMPORTS * EACH)
    assert large.request("POST", CONTEXT, {"query": "boats", "user_id": "ada"}).status == 200


@pytest.mark.parametrize("filling", ['"', "\\", "é", "漢", "😀"])
def test_what_grows_on_its_way_is_measured_as_it_arrives(api: Api, unit: list[float], filling: str):
    lines = [json.dumps({"text": text(n, filling), "user_id": "ada", "embedding": unit}) for n in range(10)]
    for part in (lines[:5], lines[5:]):
        assert api.request("POST", "/v1/import/", raw="\n".join(part)).status == 200
    sizes = [api.request("POST", LIST, ADA, query={"page_size": size}) for size in range(1, 11)]
    assert {answer.status for answer in sizes} <= {200, 413}
    assert max(payload(answer) for answer in sizes) <= LARGEST
    assert sizes[0].status == 200


def test_an_add_of_any_size_is_answered_as_accepted(api: Api):
    said = [{"role": "user", "content": f"{n} " + "x" * 60_000} for n in range(60)]
    body = {"messages": said, "user_id": "ada", "infer": False}
    answer = api.request("POST", "/v3/memories/add/", body)
    assert (answer.status, answer.body["status"]) == (200, "SUCCEEDED")
    assert len(answer.body["results"]) == 60
    assert {r["memory"] for r in answer.body["results"]} == {None}
    event = api.event(answer.body["event_id"])
    assert len(event["results"]) == 60
    assert payload(answer) < LARGEST
