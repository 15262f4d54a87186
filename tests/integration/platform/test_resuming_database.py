"""Promise: a database that pauses, resumes or is away costs a wait or a 503 that says when to come again."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from cairn.bootstrap import access, adapters
from cairn.kernel.errors import DatabaseUnavailable
from cairn.kernel.settings import AuthorizeSettings, ConsolidateSettings
from cairn.platform import migrate
from functions.authorize import handler as authorize
from local.postgres import free_port
from tests.conftest import TestDatabase
from tests.integration.api import Api, Context
from tests.integration.conftest import Settings
from tests.integration.provide import Provide
from tests.relay import relay, silent


@contextmanager
def refusing() -> Iterator[int]:
    yield free_port()


def ask_at(port: int, provide: Provide, **fields: int) -> None:
    """Lets the authorizer look for its database at this port."""
    url = SecretStr(f"postgresql://u@127.0.0.1:{port}/d")
    service = access.authorize(AuthorizeSettings(environment="test", database_url=url, **fields))
    provide(authorize, service)


@pytest.mark.parametrize("away", [refusing, silent])
@pytest.mark.parametrize("path", ["/v3/memories/", "/v3/memories/add/"])
def test_who_cannot_be_asked_about_is_answered_503_and_not_served(api: Api, away, path, provide):
    with away() as port:
        ask_at(port, provide)
        answer = api.request("POST", path, {"filters": {"user_id": "ada"}, "messages": "I like tea", "user_id": "ada"})
    assert (answer.status, answer.body["code"]) == (503, "unavailable")
    assert answer.body["detail"] == "The database does not answer; try again."
    assert answer.headers["retry-after"] == "5"


def test_the_answer_says_how_long_the_gateway_keeps_it(api: Api, provide):
    ask_at(free_port(), provide, authorizer_cache_seconds=60)
    assert api.request("GET", "/v1/ping/").headers["retry-after"] == "60"


def test_a_release_waits_for_the_database_where_the_authorizer_does(api: Api, settings: Settings, provide, monkeypatch):
    monkeypatch.setattr(authorize, "check_parts", lambda _: None)
    for name, value in {"ENVIRONMENT": "test", "DATABASE_URL": "postgresql://u@127.0.0.1/d"}.items():
        monkeypatch.setenv(f"CAIRN_{name}", value)
    ask_at(free_port(), provide)
    assert authorize.lambda_handler({"task": "check_release"}, Context())["status"] == "waiting"


def through(port: int, url: str) -> str:
    return make_conninfo(url, host="127.0.0.1", port=port)


def behind(database: TestDatabase, drops: int):
    known = conninfo_to_dict(database.app_url)
    return relay(str(known["host"]), int(str(known["port"])), drops=drops)


def test_a_worker_that_is_dropped_by_a_resuming_database_calls_again(database: TestDatabase):
    with behind(database, drops=1) as port:
        url = SecretStr(through(port, database.app_url))
        settings = ConsolidateSettings(environment="test", database_url=url, consolidate_queue_url="unused")
        with closing(adapters.database(settings)) as worker, worker.session() as connection:
            assert connection.execute("SELECT 1 AS one").fetchall() == [{"one": 1}]


def test_a_migration_that_is_dropped_by_a_resuming_database_calls_again(database: TestDatabase):
    with behind(database, drops=1) as port:
        assert migrate.migrate(through(port, database.owner_url)) == []


def test_a_request_is_not_kept_waiting_for_a_second_try(database: TestDatabase):
    with behind(database, drops=1) as port:
        settings = AuthorizeSettings(environment="test", database_url=SecretStr(through(port, database.app_url)))
        with closing(adapters.database(settings)) as one, pytest.raises(DatabaseUnavailable), one.session():
            pass
