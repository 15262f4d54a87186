"""The rest of Mem0's routes: lists by GET, single entities, and what is not there."""

import json
from typing import Any

import pytest

from tests.integration.api import Api

ORGANIZATION = "/api/v1/orgs/organizations/o/"


@pytest.fixture
def filled(api: Api) -> Api:
    api.add(
        "I drink green tea", categories=["drinks", "home"], metadata={"k": "a", "tags": ["x", "y"]}, agent_id="barista"
    )
    api.add("I ride a red bicycle", categories=["sport"], metadata={"k": "b"})
    api.add("I sail a boat", metadata={"k": ""}, user_id="bob")
    return api


def listed(api: Api, path: str = "/v1/memories/", **query: Any) -> list[str]:
    answer = api.request("GET", path, query=({} if "/user/" in path else {"user_id": "ada"}) | query)
    assert answer.status == 200, answer
    return [m["memory"] for m in (answer.body if isinstance(answer.body, list) else answer.body["results"])]


TEA, BICYCLE = "I drink green tea", "I ride a red bicycle"


@pytest.mark.parametrize("path", ["/v1/memories/", "/v1/memories/user/ada/"])
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [TEA, BICYCLE]),
        ({"categories": "sport"}, [BICYCLE]),
        ({"categories": ["home", "sport"]}, [TEA, BICYCLE]),
        ({"categories": "home,sport"}, [TEA, BICYCLE]),
        ({"categories": '["home"]'}, [TEA]),
        ({"metadata": '{"k": "a"}'}, [TEA]),
        ({"metadata": "{'k': 'b'}"}, [BICYCLE]),
        ({"metadata": '{"tags": "y"}'}, [TEA]),
        ({"keywords": "BICYCLE"}, [BICYCLE]),
        ({"start_date": "2099-01-01"}, []),
        ({"end_date": "2020-01-01"}, []),
        ({"start_date": "2020-01-01", "end_date": "2099-01-01"}, [TEA, BICYCLE]),
        ({"agent_id": "barista"}, [TEA]),
        ({"limit": 1}, [TEA]),
        ({"top_k": 1}, [TEA]),
        ({"page": 2, "page_size": 1}, [BICYCLE]),
    ],
)
def test_a_list_by_get_is_narrowed_by_what_mem0_documents(
    filled: Api, path: str, query: dict[str, Any], found: list[str]
):
    assert listed(filled, path, **query) == found


@pytest.mark.parametrize("fields", ["memory", ["memory"], '["memory"]'])
def test_a_list_by_get_has_the_fields_asked_for(filled: Api, fields: Any):
    answer = filled.request("GET", "/v1/memories/", query={"user_id": "ada", "fields": fields})
    assert [set(m) for m in answer.body] == [{"id", "memory"}] * 2


def test_the_memories_of_an_agent_app_or_run_are_listed_by_its_path(api: Api):
    for kind in ("agent", "app", "run"):
        api.add(f"Said to the {kind}", **{f"{kind}_id": "a/b c"})
        answer = api.request("GET", f"/v1/memories/{kind}/a%2Fb%20c/")
        assert [m["memory"] for m in answer.body] == [f"Said to the {kind}"]
        assert api.request("GET", f"/v1/memories/{kind}/nobody/").body == []


@pytest.mark.parametrize("name", ["page_size", "top_k", "limit"])
def test_a_list_by_post_takes_its_size_by_each_name(filled: Api, name: str):
    body = filled.request("POST", "/v3/memories/", {"filters": {"user_id": "ada"}, name: 1}).body
    assert (body["count"], len(body["results"])) == (2, 1)
    assert body["next"] == "https://cairn.test/v3/memories/?page=2&page_size=1"


def test_a_pinned_key_lists_its_user_alone_by_path(filled: Api):
    key = filled.request("POST", "/v1/keys/", {"name": "x", "user_id": "ada"}).body["key"]
    assert filled.request("GET", "/v1/memories/user/bob/", key=key).body == []
    assert filled.request("GET", "/v2/entities/user/bob/", key=key).status == 404


def test_one_entity_is_told_as_the_list_tells_it(filled: Api):
    listed = {e["id"]: e for e in filled.request("GET", "/v1/entities/").body["results"]}
    for path in ("/v2/entities/user/ada/", "/v1/entities/user/ada/"):
        assert filled.request("GET", path).body == listed["ada"]
    assert listed["ada"]["total_memories"] == 2


def test_events_stand_below_memories_too(filled: Api):
    assert filled.request("GET", "/v1/memories/events/").body["count"] == 3


@pytest.mark.parametrize("how", ["fast", "agentic"])
def test_the_other_searches_of_mem0_are_this_one(filled: Api, how: str):
    body = {"query": "tea", "filters": {"user_id": "ada"}, "threshold": 0}
    assert (
        filled.request("POST", f"/v3/memories/search/{how}/", body).body
        == filled.request("POST", "/v3/memories/search/", body).body
    )


def test_nobody_has_a_profile_or_webhooks(api: Api):
    profile = api.request("GET", "/v2/entities/user/ada/profile/")
    assert (profile.status, profile.body["status"], profile.body["entity_id"]) == (200, "not_enabled", "ada")
    webhooks = api.request("GET", f"/api/v1/webhooks/projects/{api.project_id}/")
    assert (webhooks.status, webhooks.body) == (200, [])


NOT_THERE = [
    ("POST", "/v1/exports/"),
    ("POST", "/v1/exports/get"),
    ("POST", "/v1/users/"),
    ("POST", "/v1/runs/"),
    ("POST", "/v2/profiles/jobs/"),
    ("GET", "/v2/profiles/jobs/j/"),
    ("GET", "/v2/profiles/settings/"),
    ("POST", "/v2/profiles/settings/"),
    ("POST", "/api/v1/webhooks/projects/p/"),
    ("PUT", "/api/v1/webhooks/w/"),
    ("DELETE", "/api/v1/webhooks/w/"),
    ("GET", "/api/v1/orgs/organizations/"),
    ("GET", ORGANIZATION + "projects/"),
    ("POST", ORGANIZATION + "projects/"),
    ("DELETE", ORGANIZATION + "projects/p/"),
    ("GET", ORGANIZATION + "projects/p/members/"),
    ("PUT", ORGANIZATION + "projects/p/members/"),
    ("DELETE", ORGANIZATION + "members/"),
    ("GET", "/v1/entities/filters/"),
    ("GET", "/v1/exports/"),
    ("GET", "/v1/exports/01890a5d-ac96-774b-bcce-b302099a8057/"),
    ("GET", "/v1/webhooks/"),
    ("GET", "/v1/webhooks/projects/p"),
    ("POST", "/v1/webhooks/projects/p/"),
    ("PUT", "/v1/webhooks/w/"),
    ("DELETE", "/v1/webhooks/w/"),
    ("GET", "/api/v1/webhooks/"),
    ("GET", "/api/v1/webhooks/w/"),
    ("GET", "/v2/profiles/jobs/"),
    ("GET", "/v1/users/"),
    ("GET", "/v1/agents/"),
    ("GET", "/v1/apps/"),
    ("GET", "/v1/runs/"),
    ("GET", "/v1/stats/"),
]


@pytest.mark.parametrize(("method", "path"), NOT_THERE)
def test_what_mem0_has_and_cairn_has_not_is_501(api: Api, method: str, path: str, capsys: pytest.CaptureFixture[str]):
    answer = api.request(method, path, {"name": "x"})
    assert (answer.status, answer.body["code"]) == (501, "not_implemented")
    assert answer.body["detail"] == answer.body["error"]
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert measured["NotImplemented"] == [1.0]
    assert "ServerErrors" not in measured


@pytest.mark.parametrize(("method", "path"), NOT_THERE[:1] + NOT_THERE[-1:])
def test_what_is_not_there_is_told_to_callers_alone(api: Api, method: str, path: str):
    assert api.request(method, path, {}, key="nobody").status == 401
