"""Idempotency keys: a repeat is answered as the first was, and nobody learns from one what another user did."""

import hashlib

import psycopg
import pytest

from tests.conftest import TestDatabase
from tests.integration.api import Answer, Api

ADD = "/v3/memories/add/"


@pytest.fixture
def keys(api: Api) -> dict[str, str]:
    """API keys: one of each user, and one of the project."""
    return {user: pinned(api, user) for user in ("ada", "bob")} | {"project": api.key}


def pinned(api: Api, user: str) -> str:
    return api.request("POST", "/v1/keys/", {"name": user, "role": "writer", "user_id": user}).body["key"]


def add(api: Api, key: str, user: str, text: str = "I own a boat.", idempotency_key: str = "order-17") -> Answer:
    body = {"messages": text, "user_id": user, "infer": False}
    return api.request("POST", ADD, body, key=key, headers={"idempotency-key": idempotency_key})


def stored(api: Api, *users: str) -> list[int]:
    return [len(api.list(filters={"user_id": user})) for user in users]


@pytest.mark.parametrize("first", ["ada", "project"])
def test_a_key_of_one_user_does_not_learn_which_keys_another_one_used(api: Api, keys: dict[str, str], first: str):
    assert add(api, keys[first], "ada").status == 200
    for text in ("I own a boat.", "I own a canoe."):
        assert add(api, keys["bob"], "bob", text).status == (200 if "boat" in text else 409)
    assert stored(api, "ada", "bob") == [1, 1]


def test_an_import_of_one_user_does_not_learn_which_keys_another_one_used(api: Api, keys: dict[str, str]):
    for user in ("ada", "bob"):
        line = f'{{"text": "I own a boat.", "user_id": "{user}"}}'
        sent = [
            api.request("POST", "/v1/import/", raw=line, key=keys[user], headers={"idempotency-key": "k"})
            for _ in range(2)
        ]
        assert [answer.body.get("imported") for answer in sent] == [1, 1]
        assert sent[0].body["event_id"] == sent[1].body["event_id"]
    assert stored(api, "ada", "bob") == [1, 1]


@pytest.mark.parametrize(("first", "second"), [("ada", "project"), ("project", "ada")])
def test_a_repeat_with_another_key_of_the_same_user_or_the_project_is_a_repeat(
    api: Api, keys: dict[str, str], first: str, second: str
):
    told, again = add(api, keys[first], "ada"), add(api, keys[second], "ada")
    assert again.body == told.body
    assert add(api, keys[second], "ada", "I own a canoe.").status == 409
    assert stored(api, "ada") == [1]


@pytest.mark.parametrize("kept_as", ["order-17", "digest"])
def test_what_an_earlier_release_kept_is_a_repeat_for_its_user_and_nothing_for_another(
    api: Api, keys: dict[str, str], database: TestDatabase, kept_as: str
):
    told = add(api, keys["ada"], "ada").body
    if kept_as == "digest":
        kept_as = f"sha256:{hashlib.sha256(f'{api.project_id}order-17'.encode()).hexdigest()}"
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.events SET idempotency_key = %s", [kept_as])
    assert add(api, keys["bob"], "bob").status == 200
    assert [add(api, keys[key], "ada").body for key in ("ada", "project")] == [told, told]
    assert stored(api, "ada", "bob") == [1, 1]


def test_no_text_of_a_key_is_another_users_key(api: Api, keys: dict[str, str], database: TestDatabase):
    add(api, keys["ada"], "ada")
    with psycopg.connect(database.owner_url) as owner:
        (kept,) = owner.execute("SELECT idempotency_key FROM cairn.events").fetchone() or ("",)
    assert kept.startswith("sha256:")
    for forged in (kept, "ada\torder-17", "adaorder-17"):
        assert add(api, keys["bob"], "bob", idempotency_key=forged).status == 200
    assert api.request("GET", "/v1/events/").body["count"] == 4


@pytest.mark.parametrize("infer", [False, True])
def test_a_key_of_one_user_erases_its_scope_and_what_it_sent_stays_a_repeat(
    api: Api, keys: dict[str, str], infer: bool
):
    body = {"messages": "I own a boat.", "infer": infer}
    headers = {"idempotency-key": "order-17"}
    assert api.request("POST", ADD, body, key=keys["ada"], headers=headers).status == 200
    assert api.request("DELETE", "/v2/entities/user/ada/", key=keys["ada"]).status == 200
    again = api.request("POST", ADD, body, key=keys["ada"], headers=headers)
    assert again.status in {200, 409}
    assert stored(api, "ada") == [0]
