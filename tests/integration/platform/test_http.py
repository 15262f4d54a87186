import json
from typing import Any

import pytest
from starlette.routing import Match

from cairn.platform.http.app import create_app
from tests.integration.api import Api, Context, http_event

ADD = {"messages": "I like tea", "user_id": "ada", "infer": False}


@pytest.mark.parametrize("path", ["/v3/memories/add", "/v3/memories/add/"])
def test_a_path_is_taken_with_and_without_its_closing_slash(api: Api, path: str):
    assert api.request("POST", path, ADD).status == 200


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_a_json_body_is_taken_whatever_its_content_type_says(api: Api, content_type: str):
    assert api.request("POST", "/v3/memories/add/", ADD, headers={"content-type": content_type}).status == 200


def test_below_a_stage_routes_work_and_pages_carry_its_prefix(api: Api):
    api.add("A fact", "Another")
    event = http_event(
        "POST", "/prod/v3/memories/", {"page": 1, "page_size": 1}, {"host": "h.example"},
        json.dumps({"filters": {"user_id": "ada"}}),
    )  # fmt: skip
    event["requestContext"]["stage"] = "prod"
    event["requestContext"]["authorizer"] = {"lambda": api._authorized(f"Token {api.key}")}
    body = json.loads(api.search(event, Context())["body"])
    assert body["next"] == "https://h.example/prod/v3/memories/?page=2&page_size=1"


def test_an_unauthenticated_event_gets_401_on_every_route(api: Api):
    checked = 0
    for entry, app in ((api.add_memory, "add_memory"), (api.search, "search")):
        module = __import__(f"functions.{app}.routes", fromlist=["router"])
        for route in module.router.routes:
            for method in route.methods:
                path = route.path.replace(":path", "").format(
                    memory_id="x", event_id="x", key_id="x", entity_type="user", name="x", org_id="x", project_id="x"
                )
                event = http_event(method, path, {}, {}, json.dumps(ADD | {"name": "k", "query": "q", "memories": []}))
                status = entry(event, Context())["statusCode"]
                assert status == (200 if path == "/health/" else 401), (method, path, status)
                checked += 1
    assert checked > 20


def test_every_route_has_a_function_behind_the_gateway():
    """A POST that only reads must stand in the gateway's table, every other write must not."""
    from functions.add_memory import graph_routes as graph_writes
    from functions.add_memory import routes as writes
    from functions.routing import READ_POSTS
    from functions.search import graph_routes as graph_reads
    from functions.search import list_routes as lists
    from functions.search import routes as reads

    reading = [*reads.router.routes, *lists.router.routes, *graph_reads.router.routes]
    writing = [*writes.router.routes, *graph_writes.router.routes]
    assert {r.path.rstrip("/") for r in reading if "POST" in r.methods} == set(READ_POSTS)
    assert not any("GET" in r.methods for r in writing)
    assert not {r.path.rstrip("/") for r in writing if "POST" in r.methods} & set(READ_POSTS)


def test_health_says_what_is_up(api: Api, embedding_model: tuple[str, int]):
    answer = api.request("GET", "/health")
    embeddings = dict(zip(("model", "dimensions"), embedding_model, strict=True))
    expected = {"status": "ok", "database": "up", "queue": "up", "embeddings": embeddings}
    assert (answer.status, answer.body) == (200, expected)


def test_ping_names_organization_and_project(api: Api):
    body = api.request("GET", "/v1/ping/").body
    assert (body["status"], body["project_id"]) == ("ok", api.project_id)
    assert body["org_id"]


@pytest.mark.parametrize(
    ("name", "address"), [("First key", "first-key"), ("Čairn (prod)!", "airn-prod"), ("日本", "key")]
)
def test_ping_has_an_address_made_of_the_keys_name(api: Api, name: str, address: str):
    key = api.request("POST", "/v1/keys/", {"name": name, "user_id": "ada"}).body["key"]
    assert api.request("GET", "/v1/ping/", key=key).body["user_email"] == f"{address}@cairn.invalid"


@pytest.mark.parametrize(
    ("forwarded", "scheme"),
    [("https", "https"), ("http", "http"), ("HTTPS, http", "https"), ("javascript", "https"), ("", "https")],
)
def test_pages_are_addressed_by_the_scheme_that_the_caller_used(api: Api, forwarded: str, scheme: str):
    api.add("A fact", "Another")
    body = {"filters": {"user_id": "ada"}, "page_size": 1}
    answer = api.request("POST", "/v3/memories/", body, headers={"x-forwarded-proto": forwarded}).body
    assert answer["next"] == f"{scheme}://cairn.test/v3/memories/?page=2&page_size=1"


def test_pages_are_addressed_by_the_domain_that_api_gateway_names(api: Api):
    api.add("A fact", "Another")
    event = http_event("GET", "/v1/memories/", {"user_id": "ada", "page_size": 1}, {"host": "forged.example"}, None)
    event["requestContext"]["domainName"] = "api.example"
    event["requestContext"]["authorizer"] = {"lambda": api._authorized(f"Token {api.key}")}
    body = json.loads(api.search(event, Context())["body"])
    assert body["next"] == "https://api.example/v1/memories/?user_id=ada&page=2&page_size=1"


@pytest.fixture
def bug(api: Api, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A route with a bug in it."""
    from cairn.memories.read import ReadMemories

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ReadMemories, "get", broken)
    return api.request("GET", "/v1/memories/01890a5d-ac96-774b-bcce-b302099a8057/")


def test_a_bug_answers_json_and_tells_nothing_of_its_inside(bug: Any):
    assert bug.status == 500
    assert bug.body["detail"] == "Something went wrong on our side; it was logged."


def test_a_handler_answers_after_something_else_ran_an_event_loop(api: Api):
    import asyncio

    asyncio.run(asyncio.sleep(0))
    assert api.request("GET", "/v1/ping/").status == 200


def test_the_first_request_makes_no_routes(monkeypatch: pytest.MonkeyPatch):
    from functions.add_memory.routes import router

    app = create_app("an app", router)
    monkeypatch.setattr("fastapi.routing.get_dependant", None)
    scope = {"type": "http", "method": "POST", "path": "/v3/memories/add/", "root_path": "", "headers": []}
    assert Match.FULL in [route.matches(scope)[0] for route in app.routes]
