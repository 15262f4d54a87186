from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from cairn.bootstrap.access import create_project
from cairn.kernel.errors import DatabaseUnavailable, Misconfigured
from cairn.platform import migrate
from cairn.platform.database import Database
from cairn.platform.migrate import Migration, Patience
from local.postgres import Postgres
from tests.conftest import APP_PASSWORD, APP_ROLE, TestDatabase
from tests.integration.consolidating import run_all
from tests.schema_dump import dump_schema


def test_the_migrations_make_what_schema_sql_says(empty_database: str):
    migrate.migrate(empty_database)
    written = (resources.files("cairn.platform") / "sql" / "schema.sql").read_text()
    assert dump_schema(empty_database) == written, "run `make schema` and read the difference"


def test_migrating_twice_applies_nothing_the_second_time(empty_database: str):
    assert migrate.migrate(empty_database) == [m.version for m in migrate.migrations()]
    assert migrate.migrate(empty_database) == []


def test_a_migration_changed_after_it_was_applied_is_refused(empty_database: str, monkeypatch: pytest.MonkeyPatch):
    migrate.migrate(empty_database)
    changed = [Migration(m.version, m.statements + "\n-- changed") for m in migrate.migrations()]
    monkeypatch.setattr(migrate, "migrations", lambda: changed)
    with pytest.raises(Misconfigured, match="was changed after it was applied"):
        migrate.migrate(empty_database)


def test_a_failing_migration_leaves_nothing_of_itself(empty_database: str, monkeypatch: pytest.MonkeyPatch):
    broken = Migration("9999_pre_broken.sql", "CREATE TABLE half (id int); SELECT 1 / 0;")
    monkeypatch.setattr(migrate, "migrations", lambda: [broken])
    with pytest.raises(Misconfigured, match=r"9999_pre_broken\.sql failed: division by zero"):
        migrate.migrate(empty_database)
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)
        assert connection.execute("SELECT count(*) FROM public.cairn_migrations").fetchone() == (0,)


def test_a_migration_outside_a_transaction_runs_each_statement(empty_database: str, monkeypatch: pytest.MonkeyPatch):
    statements = "-- no-transaction\nCREATE TABLE t (id int);\nCREATE INDEX CONCURRENTLY t_id ON t (id);\n"
    monkeypatch.setattr(migrate, "migrations", lambda: [Migration("9999_post_index.sql", statements)])
    assert migrate.migrate(empty_database) == ["9999_post_index.sql"]
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_id'::regclass").fetchone()


def test_a_badly_named_migration_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "sql" / "migrations"
    folder.mkdir(parents=True)
    (folder / "add_things.sql").write_text("SELECT 1;")
    monkeypatch.setattr(migrate.resources, "files", lambda _: tmp_path)
    with pytest.raises(Misconfigured, match="NNNN_pre_what"):
        migrate.migrations()


def test_the_application_role_owns_nothing_and_cannot_pass_row_level_security(database: TestDatabase):
    with psycopg.connect(database.owner_url) as connection:
        role = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = %s", [APP_ROLE]
        ).fetchone()
        owned = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = %s)", [APP_ROLE]
        ).fetchone()
    assert role == (False, False, False, False)
    assert owned == (0,)


def test_a_superuser_is_refused_as_application_role(database: TestDatabase):
    with pytest.raises(Misconfigured, match="bypasses row level security"):
        migrate.ensure_app_role(database.owner_url, "postgres", "x")


def test_a_database_made_for_another_embedding_model_is_refused(database: TestDatabase, settings, connection: Database):
    from cairn.bootstrap import reads

    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE cairn.embedding_model SET model = 'another'")
    made = reads.search(settings.search, database=connection)
    with pytest.raises(Misconfigured, match="another"):
        made.search._embedder.embed(["Where do I live?"])


def test_an_owner_who_is_no_superuser_can_migrate_as_on_aurora(postgres: Postgres, template: str):
    """rds_superuser is no superuser: it may make roles and extensions, and row level security binds it."""
    admin = make_conninfo(**postgres.address | {"dbname": "postgres"})
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("CREATE ROLE plain_owner LOGIN CREATEROLE PASSWORD 'x'")
        # The roles belong to the server; whoever made them first hands them on.
        connection.execute("GRANT cairn_app, cairn_sweeper TO plain_owner WITH ADMIN OPTION")
        connection.execute("CREATE DATABASE plain OWNER plain_owner")
    with psycopg.connect(make_conninfo(admin, dbname="plain"), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION vector")
    owner = make_conninfo(admin, dbname="plain", user="plain_owner", password="x")
    migrate.migrate(owner)
    migrate.ensure_app_role(owner, "plain_app", "y")
    project_id, key = create_project(make_conninfo(owner, user="plain_app", password="y"), "first")
    assert project_id
    assert key


def test_two_deploys_at_once_apply_each_migration_once(empty_database: str):
    applied: list[list[str]] = []

    def deploy() -> None:
        applied.append(migrate.migrate(empty_database))
        migrate.ensure_app_role(empty_database, APP_ROLE, APP_PASSWORD)

    run_all([deploy] * 4)
    assert sorted(applied, key=len) == [[], [], [], [m.version for m in migrate.migrations()]]


def test_a_deploy_waits_for_another_one_and_says_so(empty_database: str):
    with psycopg.connect(empty_database, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [migrate._LOCK])
        with pytest.raises(DatabaseUnavailable, match="Another deploy"):
            migrate.migrate(empty_database, Patience(deploy=0.05))
    assert migrate.migrate(empty_database, Patience(deploy=0.05))


LOCKED = Migration("9998_pre_locked.sql", "CREATE TABLE half (id int); ALTER TABLE busy ADD COLUMN more int;")


@pytest.fixture
def busy(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """A transaction that reads the table which the only migration wants to change."""
    with psycopg.connect(empty_database, autocommit=True) as owner:
        owner.execute("CREATE TABLE busy (id int)")
    monkeypatch.setattr(migrate, "migrations", lambda: [LOCKED])
    with psycopg.connect(empty_database) as reader:
        reader.execute("SELECT * FROM busy")
        yield reader


def test_a_migration_that_gets_no_lock_gives_up_and_leaves_nothing(empty_database: str, busy: psycopg.Connection):
    with pytest.raises(DatabaseUnavailable, match=r"9998_pre_locked\.sql got no lock in 2 tries"):
        migrate.migrate(empty_database, Patience(lock=0.05, pause=0, tries=2))
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)


def test_a_migration_tries_again_once_the_lock_is_free(
    empty_database: str, busy: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
):
    # The reader ends between two tries, which is when the pause is.
    monkeypatch.setattr(migrate.time, "sleep", lambda _: busy.rollback())
    assert migrate.migrate(empty_database, Patience(lock=0.05, tries=2)) == [LOCKED.version]


def test_a_statement_that_takes_too_long_is_ended(empty_database: str, monkeypatch: pytest.MonkeyPatch):
    slow = Migration(
        "9997_pre_slow.sql", "CREATE TABLE half (id int); SET LOCAL statement_timeout = 50; SELECT pg_sleep(60);"
    )
    monkeypatch.setattr(migrate, "migrations", lambda: [slow])
    with pytest.raises(Misconfigured, match=r"9997_pre_slow\.sql took too long"):
        migrate.migrate(empty_database)
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)


def test_a_migration_bounds_every_statement(empty_database: str, monkeypatch: pytest.MonkeyPatch):
    statements = (
        "CREATE TABLE limits AS SELECT current_setting('statement_timeout') s, current_setting('lock_timeout') l;"
    )
    monkeypatch.setattr(migrate, "migrations", lambda: [Migration("9996_pre_limits.sql", statements)])
    migrate.migrate(empty_database)
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT s, l FROM limits").fetchone() == ("4min", "3s")
