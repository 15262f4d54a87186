import pytest

from tests.integration.api import Api


def test_a_key_is_made_listed_without_its_secret_and_revoked(api: Api):
    made = api.request("POST", "/v1/keys/", {"name": "app", "role": "writer"}).body
    assert made["key"].startswith("m0-")
    listed = api.request("GET", "/v1/keys/").body["results"]
    assert [(k["name"], k["role"]) for k in listed] == [("first key", "admin"), ("app", "writer")]
    assert made["key"] not in str(listed)
    assert api.request("GET", "/v1/ping/", key=made["key"]).status == 200
    assert api.request("DELETE", f"/v1/keys/{made['id']}/").status == 200
    assert api.request("GET", "/v1/ping/", key=made["key"]).status == 401


def test_a_revoked_key_stops_at_its_next_request_though_its_authorization_is_cached(api: Api):
    made = api.request("POST", "/v1/keys/", {"name": "app"}).body
    cached = api._authorized(f"Token {made['key']}")
    api.request("DELETE", f"/v1/keys/{made['id']}/")
    api._authorized = lambda _: cached  # what API Gateway answers until its cache expires
    for method, path, body in (
        ("GET", "/v1/ping/", None),
        ("POST", "/v3/memories/search/", {"query": "x", "filters": {"user_id": "ada"}}),
        ("POST", "/v3/memories/add/", {"messages": "I like tea", "user_id": "ada"}),
        ("DELETE", "/v1/memories/", None),
    ):
        answer = api.request(method, path, body, query={"user_id": "ada"} if method == "DELETE" else None)
        assert (answer.status, answer.body["detail"]) == (401, "This API key was revoked or has expired.")


@pytest.mark.parametrize(
    ("authorization", "detail"),
    [
        ("Token m0-unknown", "This API key is not known."),
        ("Bearer m0-unknown", "This API key is not known."),
        ("Basic abc", "Send the API key in the Authorization header as 'Token <key>'."),
        ("Token", "Send the API key in the Authorization header as 'Token <key>'."),
        ("m0-unknown", "Send the API key in the Authorization header as 'Token <key>'."),
    ],
)
def test_a_bad_key_is_told_why(api: Api, authorization: str, detail: str):
    answer = api.request("GET", "/v1/ping/", headers={"authorization": authorization})
    assert (answer.status, answer.body["detail"]) == (401, detail)


def test_an_expired_key_is_refused(api: Api, database):
    import psycopg

    made = api.request("POST", "/v1/keys/", {"name": "app", "expires_at": "2099-01-01"}).body
    assert api.request("GET", "/v1/ping/", key=made["key"]).status == 200
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.api_keys SET expires_at = now() - interval '1 s' WHERE id = %s", [made["id"]])
    answer = api.request("GET", "/v1/ping/", key=made["key"])
    assert (answer.status, answer.body["detail"]) == (401, "This API key has expired.")


def test_a_key_cannot_be_made_already_expired(api: Api):
    answer = api.request("POST", "/v1/keys/", {"name": "app", "expires_at": "2020-01-01"})
    assert (answer.status, answer.body["detail"]) == (400, "expires_at must lie in the future.")


def test_bearer_is_taken_like_token(api: Api):
    assert api.request("GET", "/v1/ping/", headers={"authorization": f"Bearer {api.key}"}).status == 200


@pytest.mark.parametrize(
    ("role", "reads", "writes", "administers"),
    [("reader", 200, 403, 403), ("writer", 200, 200, 403), ("admin", 200, 200, 200)],
)
def test_a_role_may_do_what_it_says(api: Api, role: str, reads: int, writes: int, administers: int):
    key = api.request("POST", "/v1/keys/", {"name": role, "role": role}).body["key"]
    add = {"messages": "I like tea", "user_id": "ada", "infer": False}
    assert api.request("POST", "/v3/memories/", {"filters": {"user_id": "ada"}}, key=key).status == reads
    assert api.request("POST", "/v3/memories/add/", add, key=key).status == writes
    assert api.request("DELETE", "/v1/memories/", query={"user_id": "ada"}, key=key).status == writes
    assert api.request("GET", "/v1/keys/", key=key).status == administers
    refused = api.request("POST", "/v1/keys/", {"name": "x"}, key=key)
    assert refused.status == (201 if administers == 200 else 403)


def test_only_the_hash_of_a_key_is_stored(api: Api, database):
    import psycopg

    with psycopg.connect(database.owner_url) as owner:
        rows = owner.execute("SELECT k::text FROM cairn.api_keys k").fetchall()
    assert rows
    assert api.key not in str(rows)
