"""Entity ids: one id, however it is encoded and whatever blanks surround it; and days of expiry."""

from typing import Any

import psycopg
import pytest
from psycopg import sql

from cairn.kernel.tenancy import Scope
from tests.conftest import TestDatabase
from tests.integration.api import Api


def kept(api: Api, user: str) -> list[Any]:
    return api.request("POST", "/v3/memories/", {"filters": {"user_id": user}}).body["results"]


@pytest.mark.parametrize(
    ("written", "asked"), [("ann ", "ann"), ("ann", " ann\t"), ("Ren\u00e9", "Rene\u0301"), ("Rene\u0301", "Ren\u00e9")]
)
def test_an_id_is_the_same_where_it_is_written_and_asked_for(api: Api, written: str, asked: str):
    api.add("I keep two goats.", user_id=written)
    assert len(kept(api, asked)) == len(kept(api, written)) == 1


@pytest.mark.parametrize("name", ["a\nb", "a\r\nb", "a\u2028b"])
def test_an_id_of_two_lines_is_refused_and_can_be_erased(api: Api, name: str):
    body = {"messages": [{"role": "user", "content": "I keep two goats."}], "user_id": name, "infer": False}
    answer = api.request("POST", "/v3/memories/add/", body)
    assert answer.status == 400
    assert "user_id" in answer.body["detail"]
    assert api.request("DELETE", "/v2/entities/user/a%0Ab/").status == 200


def test_an_id_of_two_lines_that_an_earlier_release_took_can_be_erased(api: Api, database: TestDatabase):
    api.add("I keep two goats.", user_id="ab")
    api.add("I keep a horse.", user_id="b")
    old = {"user_id": "a\r\nb", "scope_key": Scope(user_id="a\r\nb").key}
    with psycopg.connect(database.owner_url) as owner:
        for table in ("events", "messages", "memories"):
            owner.execute(
                sql.SQL(
                    "UPDATE cairn.{} SET user_id = %(user_id)s, scope_key = %(scope_key)s WHERE user_id = 'ab'"
                ).format(sql.Identifier(table)),
                old,
            )
    receipt = api.request("DELETE", "/v2/entities/user/a%0D%0Ab/").body["erased"]
    assert (receipt["memories"], receipt["messages"]) == (1, 1)
    with psycopg.connect(database.owner_url) as owner:
        for table in ("messages", "memories"):
            left = owner.execute(sql.SQL("SELECT user_id FROM cairn.{}").format(sql.Identifier(table))).fetchall()
            assert left == [("b",)]


REPLACED = "\ufffd\ufffd"  # what lenient decoders make of two bytes that are no UTF-8


@pytest.mark.parametrize(
    ("path", "query", "name"),
    [
        ("/v1/memories/", {"user_id": b"\xff\xfe"}, "user_id"),
        ("/v1/memories/", {"user_id": b"\xed\xa0\x80"}, "user_id"),
        ("/v1/memories/", {"user_id": "ann", b"\xffilters": "{}"}, "\ufffdilters"),
        ("/v2/entities/user/%ff%fe/", {}, "name"),
        (f"/v2/entities/user/{REPLACED}/", {}, "name"),  # as API Gateway hands it over
    ],
)
def test_bytes_that_are_no_utf8_erase_nobody(api: Api, path: str, query: dict[Any, Any], name: str):
    for user in (REPLACED, "ann"):
        api.add("I keep two goats.", user_id=user)
    answer = api.request("DELETE", path, query=query)
    assert answer.status == 400
    assert f"'{name}' is not valid UTF-8" in answer.body["detail"]
    assert len(kept(api, REPLACED)) == len(kept(api, "ann")) == 1


def test_who_is_called_as_such_bytes_are_shown_is_erased_by_the_query(api: Api):
    api.add("I keep two goats.", user_id=REPLACED)
    assert api.request("DELETE", "/v1/memories/", query={"user_id": REPLACED}).body["erased"]["memories"] == 1


@pytest.mark.parametrize(
    ("given", "day"), [("2930-01-01T23:00:00-05:00", "2930-01-02"), ("2930-01-01T23:00", "2930-01-01")]
)
def test_a_time_of_expiry_is_its_day_in_utc(api: Api, given: str, day: str):
    api.add("My code is 9.", user_id="ann", expiration_date=given)
    assert kept(api, "ann")[0]["expiration_date"] == day
