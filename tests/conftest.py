"""Fixtures: a real Postgres per test run, a database per test cloned from a migrated template, real SQS on loopback."""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from cairn import migrate
from local.aws import isolated
from local.postgres import Postgres
from local.sqs import Sqs
from tests.graph_servers import Address, Arcade, Neo4j

APP_ROLE = "cairn_test_app"
APP_PASSWORD = secrets.token_hex(8)
TEMPLATE = "cairn_template"
# A graph server of a test lives for minutes: what its best compiler spends on it is never earned back.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


@dataclass(frozen=True)
class TestDatabase:
    """One database: as its owner, and as the application's role."""

    __test__ = False

    owner_url: str
    app_url: str


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    directory = tmp_path_factory.mktemp("postgres")
    for folder in ("run", "logs"):
        (directory / folder).mkdir()
    server = Postgres(directory, secrets.token_hex(8), durable=False)
    server.prepare()
    server.spawn()
    server.wait_ready()
    yield server
    server.stop()


def _url(server: Postgres, name: str) -> str:
    return make_conninfo(**server.address | {"dbname": name})


def _create(server: Postgres, name: str, template: str = "template0") -> None:
    with psycopg.connect(_url(server, "postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )


def _drop(server: Postgres, name: str) -> None:
    with psycopg.connect(_url(server, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def database_url(postgres: Postgres) -> str:
    """An empty database for a whole run, as its owner."""
    _create(postgres, "scratch")
    return _url(postgres, "scratch")


@pytest.fixture
def empty_database(postgres: Postgres) -> Iterator[str]:
    """An empty database for one test, as its owner."""
    name = f"empty_{secrets.token_hex(4)}"
    _create(postgres, name)
    yield _url(postgres, name)
    _drop(postgres, name)


@pytest.fixture(scope="session")
def template(postgres: Postgres) -> str:
    _create(postgres, TEMPLATE)
    migrate.migrate(_url(postgres, TEMPLATE))
    migrate.ensure_app_role(_url(postgres, TEMPLATE), APP_ROLE, APP_PASSWORD)
    return TEMPLATE


@pytest.fixture
def database(postgres: Postgres, template: str) -> Iterator[TestDatabase]:
    """A migrated database for one test."""
    name = f"test_{secrets.token_hex(4)}"
    _create(postgres, name, template)
    owner = _url(postgres, name)
    yield TestDatabase(owner, make_conninfo(owner, user=APP_ROLE, password=APP_PASSWORD))
    _drop(postgres, name)


@pytest.fixture(scope="session")
def sqs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sqs]:
    """The emulator, with the queues, the bus, and a place for secrets."""
    directory = tmp_path_factory.mktemp("sqs")
    for folder in ("run", "logs"):
        (directory / folder).mkdir()
    server = Sqs(directory, also=("secretsmanager",))
    server.spawn(isolated(dict(os.environ)))
    server.wait_ready()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def arcade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arcade]:
    """The graph of the one-machine run."""
    server = Arcade.start(tmp_path_factory.mktemp("arcade"))
    yield server
    server.server.stop()


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4j]:
    """The graph of production."""
    server = Neo4j.start(tmp_path_factory.mktemp("neo4j"))
    yield server
    server.stop()


@pytest.fixture(params=["arcade", "neo4j_server"])
def graph_address(request: pytest.FixtureRequest) -> Address:
    """Each of both servers in turn, started when a test first asks for it."""
    return request.getfixturevalue(request.param).address


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).resolve().parent.parent
