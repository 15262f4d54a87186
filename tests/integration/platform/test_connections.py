"""What every connection to Postgres asks for, of a server that is slow, gone, or set up for somebody else."""

from contextlib import closing
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from cairn.kernel.errors import InvalidRequest
from cairn.kernel.tenancy import Tenant
from cairn.platform.database import Database
from tests.conftest import APP_ROLE, TestDatabase
from tests.integration.api import Api


@pytest.fixture
def otherwise(database: TestDatabase) -> None:
    """A database, and its role, that are set up otherwise."""
    with psycopg.connect(database.owner_url) as owner:
        name = sql.Identifier(owner.info.dbname)
        for whose in (
            sql.SQL("DATABASE {}").format(name),
            sql.SQL("ROLE {} IN DATABASE {}").format(sql.Identifier(APP_ROLE), name),
        ):
            for setting in ("timezone = 'Pacific/Auckland'", "lock_timeout = 0", "statement_timeout = 0"):
                owner.execute(sql.SQL("ALTER {} SET {}").format(whose, sql.SQL(setting)))


@pytest.mark.usefixtures("otherwise")
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("statement_timeout", "25s"),
        ("lock_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("timezone", "UTC"),
    ],
)
def test_time_zone_and_time_limits_are_ours_whatever_server_and_role_say(
    database: TestDatabase, setting: str, value: str
):
    show = sql.SQL("SHOW {}").format(sql.Identifier(setting))
    with psycopg.connect(database.app_url) as plain:
        assert plain.execute(show).fetchone() != (value,)
    with closing(Database(database.app_url)) as connection, connection.session() as session:
        assert list((session.execute(show).fetchone() or {}).values()) == [value]


def test_a_read_ends_after_ten_seconds_and_what_follows_it_may_take_longer(api: Api, connection: Database):
    limit = "SELECT current_setting('statement_timeout') AS seconds"
    tenant = Tenant(UUID(api.project_id))
    assert connection.read(tenant, [(limit, {})]) == [[{"seconds": "10s"}]]
    with connection.transaction(tenant) as session:
        assert session.execute(limit).fetchone() == {"seconds": "25s"}


def test_a_server_that_is_gone_without_a_word_is_noticed_within_seconds(connection: Database):
    with connection.session() as session:
        asked = session.info.get_parameters()
    assert {name: value for name, value in asked.items() if name.startswith(("tcp_", "keepalives_", "connect_"))} == {
        "tcp_user_timeout": "10000",  # milliseconds
        "keepalives_idle": "10",
        "keepalives_interval": "5",
        "keepalives_count": "3",
        "connect_timeout": "10",
    }


@pytest.mark.parametrize("before", range(4, 8))
@pytest.mark.parametrize("how", ["read", "transaction"])
def test_a_statement_that_fails_leaves_no_other_taken_for_prepared(
    api: Api, connection: Database, how: str, before: int
):
    """psycopg prepares what is asked often; what stood behind a failure in the same pipeline was never prepared."""
    tenant, count = Tenant(UUID(api.project_id)), ("SELECT count(*) AS n FROM cairn.memories", {})

    def ask(*statements: tuple[LiteralString, dict[str, Any]]) -> list[Any]:
        if how == "read":
            return [rows[0] for rows in connection.read(tenant, statements)]
        with connection.transaction(tenant) as session:
            with session.pipeline():
                cursors = [session.execute(*statement) for statement in statements]
            return [cursor.fetchone() for cursor in cursors]

    for _ in range(2):  # psycopg looks at a first failure otherwise than at a second
        with pytest.raises(InvalidRequest):
            ask(("SELECT %(n)s / 0", {"n": 1}))
    for _ in range(before):
        ask(count)
    with pytest.raises(InvalidRequest):
        ask(("SELECT %(n)s / 0", {"n": 1}), count)
    for _ in range(2):
        assert ask(count) == [{"n": 0}]
