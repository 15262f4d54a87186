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

from cairn.platform import migrate
from local.aws import isolated
from local.postgres import Postgres
from local.sqs import Sqs
from tests.graph_servers import Address, Arcade, Neo4j
from tests.widths import MODELS

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


def pytest_addoption(parser: pytest.Parser) -> None:
    default = os.environ.get("CAIRN_EMBEDDER", "minilm")
    parser.addoption(
        "--embedder", choices=MODELS, default=default, help="of the integration tests: see tests/widths.py"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With another embedder than the default one, what counts on its numbers is left out."""
    if config.getoption("embedder") == "minilm":
        return
    left_out = [item for item in items if item.get_closest_marker("default_embedder")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def embedding_model(pytestconfig: pytest.Config) -> tuple[str, int]:
    """Name and width of the embedding model that every database of the run is of."""
    return MODELS[pytestconfig.getoption("embedder")]


@pytest.fixture(scope="session")
def template(postgres: Postgres, embedding_model: tuple[str, int]) -> str:
    _create(postgres, TEMPLATE)
    migrate.migrate(_url(postgres, TEMPLATE))
    migrate.ensure_app_role(_url(postgres, TEMPLATE), APP_ROLE, APP_PASSWORD)
    with psycopg.connect(_url(postgres, TEMPLATE), autocommit=True) as owner:
        # As the first text does, which makes indexes: a test that does would be one that changed the schema.
        owner.execute("SELECT cairn.use_embedding_model(%s, %s)", embedding_model)
        owner.execute(_NOTES_CHANGES)
    return TEMPLATE


# What a test changes of the schema, beside temporary tables, is noted.
_NOTES_CHANGES = """
CREATE SCHEMA tests;
CREATE TABLE tests.changes (what text);
CREATE TABLE tests.embedding_model AS TABLE cairn.embedding_model;
CREATE FUNCTION tests.note() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF tg_event = 'sql_drop' THEN
        INSERT INTO tests.changes SELECT object_identity FROM pg_event_trigger_dropped_objects() WHERE NOT is_temporary;
    ELSE
        INSERT INTO tests.changes SELECT object_identity FROM pg_event_trigger_ddl_commands()
        WHERE schema_name IS DISTINCT FROM 'pg_temp';
    END IF;
END $$;
CREATE EVENT TRIGGER made ON ddl_command_end EXECUTE FUNCTION tests.note();
CREATE EVENT TRIGGER dropped ON sql_drop EXECUTE FUNCTION tests.note();
"""
_IS_AS_MADE = """
SELECT NOT EXISTS (SELECT FROM tests.changes)
AND NOT EXISTS (TABLE cairn.embedding_model EXCEPT TABLE tests.embedding_model)
AND NOT EXISTS (TABLE tests.embedding_model EXCEPT TABLE cairn.embedding_model)
AND NOT EXISTS (SELECT FROM pg_stats WHERE schemaname = 'cairn')
"""
_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_TABLES = "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'cairn'::regnamespace AND relkind = 'r'"


@pytest.fixture(scope="session")
def emptied() -> list[str]:
    """Databases that tests are done with, as good as new."""
    return []


@pytest.fixture
def database(postgres: Postgres, template: str, emptied: list[str]) -> Iterator[TestDatabase]:
    """A migrated database for one test: a new one, or one emptied, which takes a fifth of the time."""
    if emptied:
        name = emptied.pop()
    else:
        name = f"test_{secrets.token_hex(4)}"
        _create(postgres, name, template)
    owner = _url(postgres, name)
    yield TestDatabase(owner, make_conninfo(owner, user=APP_ROLE, password=APP_PASSWORD))
    if empty(owner):
        emptied.append(name)
    else:
        _drop(postgres, name)


def empty(url: str) -> bool:
    """Empties the tables of a database as a test leaves it; false where more than its rows has changed."""
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(_OTHERS)
        as_made = owner.execute(_IS_AS_MADE).fetchone() == (True,)
        if as_made:
            tables = sorted(name for (name,) in owner.execute(_TABLES))
            tables.remove("cairn.embedding_model")  # which no test fills
            owner.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.SQL, tables))))
    return as_made


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
