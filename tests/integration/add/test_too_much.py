"""Requests that ask for too much: answered from a part of what they say, or refused with what helps."""

import unicodedata

import pytest

from cairn.search.statement import worded
from tests.integration.api import Api


@pytest.mark.parametrize(
    "query",
    [
        " ".join(f"w{n}" for n in range(14_000)),
        " ".join(f"{n % 28 + 1} May {1990 + n % 40}" for n in range(6_000)),
        "x" * 100_000,
        "茶" * 90_000,
        "😀" * 50_000,
        "a-b_c/d " * 10_000,
        "\ufdfa" * 90_000,  # each is folded into eighteen letters and spaces
        "㌖" * 90_000,
    ],
)
def test_an_endless_query_is_answered_by_its_beginning(api: Api, query: str):
    api.add("I like tea.", "我喜欢喝茶")
    assert len(api.search_for(query)) == 2
    assert len(unicodedata.normalize("NFKC", worded(query))) <= 4_000


def test_as_much_of_a_query_is_read_as_people_ask():
    question = "What did I say about the boat in the harbour of Bergen? " * 3
    assert set(worded(question).split()) == set(question.split())
    assert worded("备用钥匙在哪里？") == "备用钥匙在哪里?"
    assert len(worded("茶" * 5_000)) == 256


def test_what_takes_too_long_is_the_callers_to_mend(api: Api, monkeypatch: pytest.MonkeyPatch):
    api.add("I like tea.")
    soon = "SELECT set_config('statement_timeout', '1', true)"
    with monkeypatch.context() as patched:
        patched.setattr("cairn.search.planner.HASH_JOINS", soon)
        answer = api.request("POST", "/v3/memories/search/", {"query": "tea", "filters": {"user_id": "ada"}})
    assert (answer.status, answer.body["code"]) == (400, "too_expensive")
    assert "shorten" in answer.body["error"]
    assert len(api.search_for("tea")) == 1


@pytest.mark.parametrize("path", ["/v3/memories/add/", "/v3/memories/search/", "/v3/memories/", "/v1/graph/related/"])
def test_a_body_of_more_values_than_any_request_needs_is_refused_before_each_is_looked_at(api: Api, path: str):
    many = [1] * 100_001
    body = {"query": "tea", "entity": "tea", "messages": many, "filters": {"user_id": "ada", "metadata": {"n": many}}}
    answer = api.request("POST", path, body)
    assert answer.status == 400
    assert "makes more than 100000 values" in answer.body["detail"]
