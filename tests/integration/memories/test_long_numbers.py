"""Promise: a number too long to be one refuses nothing that nobody reads; elsewhere it is text, or names its field."""

import json
import uuid
from typing import Any

import pytest

from cairn.ingest.message import ingested
from tests.integration.api import Answer, Api

LONG = "9" * 5_000
ADD, SEARCH = "/v3/memories/add/", "/v3/memories/search/"
TOLD: dict[str, Any] = {"messages": ["I like tea"], "user_id": "ada", "infer": False}


def sent(body: dict[str, Any]) -> str:
    """The body as JSON, in which "LONG" is a number of 5,000 digits."""
    return json.dumps(body).replace('"LONG"', LONG)


def post(api: Api, path: str, body: dict[str, Any]) -> Answer:
    return api.request("POST", path, raw=sent(body))


@pytest.mark.parametrize("ignored", ["LONG", ["LONG"], {"n": {"m": "LONG"}}])
def test_where_nobody_reads_it_it_refuses_nothing(api: Api, ignored: Any):
    assert post(api, ADD, TOLD | {"trace": ignored}).status == 200
    found = post(api, SEARCH, {"query": "tea", "filters": {"user_id": "ada"}, "threshold": 0, "trace": ignored})
    assert [hit["memory"] for hit in found.body["results"]] == ["I like tea"]


def test_a_million_digits_are_no_more_work_than_a_million_letters(api: Api):
    body = json.dumps(TOLD | {"trace": "LONG"}).replace('"LONG"', "-" + "7" * 1_000_000)
    assert api.request("POST", ADD, raw=body).status == 200


def test_in_metadata_it_is_kept_as_text_and_found_by_it(api: Api):
    assert post(api, ADD, TOLD | {"metadata": {"n": "LONG"}}).status == 200
    (memory,) = api.list()
    assert memory["metadata"] == {"n": LONG}
    listed = post(api, "/v3/memories/", {"filters": {"user_id": "ada", "metadata": {"n": "LONG"}}})
    assert [m["id"] for m in listed.body["results"]] == [memory["id"]]


def test_in_a_message_it_is_what_was_said(api: Api):
    assert post(api, ADD, TOLD | {"messages": [{"role": "user", "content": "LONG"}]}).status == 200
    assert [m["memory"] for m in api.list()] == [LONG]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (ADD, TOLD | {"user_id": "LONG"}, "user_id"),
        (ADD, TOLD | {"timestamp": "LONG"}, "timestamp"),
        (ADD, TOLD | {"messages": "LONG", "infer": "LONG"}, "infer"),
        (SEARCH, {"query": "tea", "filters": {"user_id": "ada"}, "top_k": "LONG"}, "top_k"),
        (SEARCH, {"query": "tea", "filters": {"user_id": "ada"}, "threshold": "LONG"}, "threshold"),
        (SEARCH, {"query": "tea", "filters": {"user_id": "ada", "created_at": {"gte": "LONG"}}}, "filters.created_at"),
        ("/v1/import/", {"text": "I like tea", "user_id": "ada", "importance": "LONG"}, "importance"),
    ],
)
def test_where_a_number_is_read_the_field_is_named(api: Api, path: str, body: dict[str, Any], field: str):
    answer = post(api, path, body)
    assert answer.status == 400
    assert field in answer.body["detail"]
    assert len(answer.body["detail"]) < 300


def test_an_import_and_a_fed_add_pass_it_over_too(api: Api):
    line = sent({"text": "I like tea", "user_id": "ada", "trace": "LONG"})
    assert api.request("POST", "/v1/import/", raw=line).body["imported"] == 1
    fed = ingested(sent(TOLD | {"project_id": str(uuid.uuid4()), "trace": "LONG"}), "m")
    assert [message.content for message in fed.body.messages] == ["I like tea"]


def test_in_a_query_string_it_is_kept_as_text_too(api: Api):
    post(api, ADD, TOLD | {"metadata": {"n": "LONG"}})
    found = api.request("GET", "/v1/memories/", query={"user_id": "ada", "metadata": sent({"n": "LONG"})})
    assert [m["memory"] for m in found.body] == ["I like tea"]
