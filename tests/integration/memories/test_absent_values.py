"""Promise: what a client has no value for, and sends as null or blank, is as if it had not sent it."""

from typing import Any

import pytest

from tests.integration.api import Api

BLANK = ("", "  ", None)
ADD = {"messages": "I like tea", "infer": False}


@pytest.mark.parametrize("blank", BLANK)
def test_an_add_takes_every_optional_field_blank(api: Api, blank: str | None):
    names = ("agent_id", "app_id", "run_id", "metadata", "categories", "timestamp", "observation_date",
             "expiration_date", "immutable", "custom_instructions", "includes", "custom_categories", "timezone",
             "memory_type", "output_format", "async_mode", "wait", "filters")  # fmt: skip
    message = {"role": blank, "content": "I like tea", "name": blank, "timestamp": blank}
    body = ADD | {"messages": [message], "user_id": "ada"} | dict.fromkeys(names, blank)
    assert api.request("POST", "/v3/memories/add/", body).status == 200
    (kept,) = api.list()
    assert (kept["memory"], kept["run_id"], kept["metadata"], kept["actor"]) == ("I like tea", None, {}, "user")


@pytest.mark.parametrize("blank", BLANK)
def test_a_blank_entity_beside_the_filters_of_an_add_hides_none_inside_them(api: Api, blank: str | None):
    body = ADD | {"user_id": blank, "filters": {"user_id": "ada", "run_id": blank}}
    assert api.request("POST", "/v3/memories/add/", body).status == 200
    assert [(m["user_id"], m["run_id"]) for m in api.list()] == [("ada", None)]


@pytest.mark.parametrize("blank", BLANK)
def test_searches_and_lists_take_every_optional_field_blank(api: Api, blank: str | None):
    api.add("I like tea")
    names = ("categories", "metadata", "keywords", "start_date", "end_date", "show_expired", "latest_only", "as_of",
             "fields", "output_format", "enable_graph", "user_id", "run_id", "top_k", "limit", "threshold", "page",
             "reference_date", "explain", "rerank", "graph", "include_messages", "scoring", "page_size")  # fmt: skip
    body = {"query": "tea", "filters": {"user_id": "ada"}} | dict.fromkeys(names, blank)
    for path in ("/v3/memories/search/", "/v3/memories/"):
        assert [m["memory"] for m in api.request("POST", path, body).body["results"]] == ["I like tea"]


@pytest.mark.parametrize(
    "filters",
    [
        {"user_id": "ada", "run_id": "", "agent_id": " "},
        {"user_id": "ada", "metadata": None, "categories": None, "keywords": "", "created_at": None, "AND": None},
        {"AND": [{"user_id": "ada"}, {"run_id": ""}, {"text": ""}]},
        {"AND": {"user_id": "ada", "appId": ""}},
        {"user_id": "ada", "created_at": {"gte": "", "lte": None}},
        {"AND": [{"user_id": "ada"}, {"updated_at": {"gte": "2020-01-01", "lt": " "}}]},
    ],
)
def test_what_is_blank_in_filters_narrows_nothing(api: Api, filters: dict[str, Any]):
    api.add("I like tea", run_id="r", metadata={"note": "x"})
    assert [m["memory"] for m in api.list(filters=filters)] == ["I like tea"]


def test_null_in_filters_still_asks_for_no_value_and_metadata_may_be_blank(api: Api):
    api.add("I like tea", run_id="r", metadata={"note": ""})
    api.add("I like rain", metadata={"note": "x"})
    assert [m["memory"] for m in api.list(filters={"user_id": "ada", "run_id": None})] == ["I like rain"]
    assert [m["memory"] for m in api.list(filters={"user_id": "ada", "metadata.note": ""})] == ["I like tea"]


@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_parameter_of_a_read_is_absent(api: Api, blank: str):
    api.add("I like tea")
    names = (
        "run_id",
        "metadata",
        "categories",
        "keywords",
        "start_date",
        "fields",
        "page",
        "page_size",
        "limit",
        "show_expired",
    )
    query = {"user_id": "ada"} | dict.fromkeys(names, blank)
    assert [m["memory"] for m in api.request("GET", "/v1/memories/", query=query).body] == ["I like tea"]
    assert api.request("GET", "/v1/events/", query={"status": blank, "page": blank}).body["count"] == 1
    assert (
        api.request("POST", "/v3/memories/", {"filters": {"user_id": "ada"}}, query={"page": blank}).body["count"] == 1
    )


@pytest.mark.parametrize("query", [{"user_id": "ada", "run_id": ""}, {"filters": "{'user_id': 'ada', 'run_id': ''}"}])
def test_an_erasure_is_not_widened_by_a_blank(api: Api, query: dict[str, str]):
    api.add("I like tea", run_id="r")
    assert api.request("DELETE", "/v1/memories/", query=query).status == 400
    assert len(api.list()) == 1


def test_a_null_or_blank_change_is_none(api: Api):
    memory_id = api.add("I like tea", metadata={"a": 1})["results"][0]["id"]
    changed = api.request(
        "PUT", f"/v1/memories/{memory_id}/", {"text": "I like rain", "metadata": None, "timestamp": ""}
    )
    assert (changed.body["memory"], changed.body["metadata"]) == ("I like rain", {"a": 1})
