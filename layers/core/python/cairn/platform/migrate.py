"""Applies the SQL migrations: in order, each once, under a lock, and never a changed one.

File names are NNNN_{pre|post}_what.sql. A `pre` migration is safe while the previous release still runs; a `post` one
needs the new release everywhere. A file whose first line is `-- no-transaction` runs statement by statement outside a
transaction (CREATE INDEX CONCURRENTLY), so it must be safe to run again from its start; every other file is one
transaction.

A statement that waits for a lock makes all later ones on that table wait behind it. So a migration waits for moments
only, lets the traffic through, and tries again a number of times.
"""

import hashlib
import re
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import resources
from typing import Final, LiteralString, cast

import psycopg
from psycopg import sql

from cairn.kernel.errors import DatabaseUnavailable, Misconfigured
from cairn.kernel.observability import logger
from cairn.kernel.settings import OF_A_WORKER
from cairn.platform.database import mapped_errors

_NAME: Final = re.compile(r"^(\d{4})_(pre|post)_[a-z0-9_]+\.sql$")
_LOCK: Final = 0x6361_6972_6E  # "cairn", so that two deploys wait for each other
_NO_TRANSACTION: Final = "-- no-transaction"

# The server ends a statement before Lambda ends the function, which would leave it running and its locks held.
_OPTIONS: Final = "-c statement_timeout=240000 -c idle_in_transaction_session_timeout=60000"

_CREATE_LEDGER: Final = """
CREATE TABLE IF NOT EXISTS public.cairn_migrations (
    version text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())
"""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds: for another deploy, for one lock, between two tries; and how many tries there are.

    The waits of a deploy together stay below the time that the function has (300 s).
    """

    deploy: float = 120
    lock: float = 3
    pause: float = 2
    tries: int = 20


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: `version` is its name."""

    version: str
    statements: str

    @property
    def sha256(self) -> str:
        """Checksum of the file, to notice a migration changed after it was applied."""
        return hashlib.sha256(self.statements.encode()).hexdigest()

    @property
    def in_transaction(self) -> bool:
        """Whether the file runs as one transaction."""
        return not self.statements.startswith(_NO_TRANSACTION)


def migrations() -> list[Migration]:
    """The migrations of this release, in order. Raises Misconfigured on a badly named file."""
    folder = resources.files("cairn.platform") / "sql" / "migrations"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    for file in files:
        if not _NAME.match(file.name):
            raise Misconfigured(f"Migration {file.name!r} must be named NNNN_pre_what.sql or NNNN_post_what.sql.")
    return [Migration(f.name, f.read_text(encoding="utf-8")) for f in files]


def migrate(owner_url: str, patience: Patience | None = None) -> list[str]:
    """Applies what is missing and returns the versions applied now.

    Raises:
        Misconfigured: an applied migration was changed, or one fails; then nothing of it stays applied.
        DatabaseUnavailable: Postgres does not answer, or what a migration changes stays locked.
    """
    patience = patience or Patience()
    with _alone(owner_url, patience) as connection:
        connection.execute(_CREATE_LEDGER)
        rows = connection.execute("SELECT version, sha256 FROM public.cairn_migrations").fetchall()
        applied = {str(version): str(sha256) for version, sha256 in rows}
        for migration in migrations():
            _refuse_changed(migration, applied)
        missing = [m for m in migrations() if m.version not in applied]
        for migration in missing:
            _apply_patiently(connection, migration, patience)
        return [m.version for m in missing]


@contextmanager
def _alone(owner_url: str, patience: Patience) -> Generator[psycopg.Connection]:
    """A connection of the owner while no other deploy has one."""
    with mapped_errors(), _connected(owner_url) as connection:
        _wait_at_most(connection, patience.deploy)
        try:
            connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        except psycopg.errors.LockNotAvailable as exc:
            raise DatabaseUnavailable(
                "Another deploy is migrating this database; deploy again when it is done."
            ) from exc
        yield connection


def _connected(owner_url: str) -> psycopg.Connection:
    first, again = OF_A_WORKER.connect
    with suppress(psycopg.OperationalError):
        return psycopg.connect(owner_url, autocommit=True, connect_timeout=first, options=_OPTIONS)
    return psycopg.connect(owner_url, autocommit=True, connect_timeout=again, options=_OPTIONS)


def _wait_at_most(connection: psycopg.Connection, seconds: float) -> None:
    """The longest wait for one lock from here on; 0 is for ever."""
    connection.execute("SELECT set_config('lock_timeout', %s, false)", [f"{round(seconds * 1000)}ms"])


def _apply_patiently(connection: psycopg.Connection, migration: Migration, patience: Patience) -> None:
    # What runs outside a transaction waits for readers by design, stops nobody meanwhile, and is half done when ended.
    _wait_at_most(connection, patience.lock if migration.in_transaction else 0)
    for tried in range(1, patience.tries + 1):
        try:
            _apply(connection, migration)
            return
        except psycopg.errors.LockNotAvailable as exc:
            if tried == patience.tries:
                raise DatabaseUnavailable(
                    f"Migration {migration.version} got no lock in {tried} tries; nothing of it was applied. "
                    "Deploy again when fewer long transactions run."
                ) from exc
        except psycopg.errors.QueryCanceled as exc:
            raise Misconfigured(f"Migration {migration.version} took too long and was ended by the server.") from exc
        logger.warning("locked, tried again", action="migrate.locked", version=migration.version, tried=tried)
        time.sleep(patience.pause)


def _refuse_changed(migration: Migration, applied: dict[str, str]) -> None:
    if applied.get(migration.version, migration.sha256) != migration.sha256:
        raise Misconfigured(
            f"Migration {migration.version} was changed after it was applied: restore it and add a new file instead."
        )


def _apply(connection: psycopg.Connection, migration: Migration) -> None:
    # The text comes from our own package, never from a caller.
    statements = sql.SQL(cast("LiteralString", migration.statements))
    record = "INSERT INTO public.cairn_migrations (version, sha256) VALUES (%s, %s)"
    try:
        if migration.in_transaction:
            with connection.transaction():
                connection.execute(statements)
                connection.execute(record, [migration.version, migration.sha256])
        else:
            for statement in _split(migration.statements):
                connection.execute(sql.SQL(cast("LiteralString", statement)))
            connection.execute(record, [migration.version, migration.sha256])
    except psycopg.OperationalError:
        raise
    except psycopg.Error as exc:
        raise Misconfigured(f"Migration {migration.version} failed: {exc.diag.message_primary or exc}") from exc


def _split(statements: str) -> list[str]:
    """Statements of a no-transaction file: simple ones, each ended by a semicolon at the end of a line."""
    return [s for s in re.split(r";\s*\n", statements) if s.strip()]


def ensure_app_role(owner_url: str, role: str, password: str) -> None:
    """Creates or updates the login role of the application: a member of cairn_app, owning nothing.

    Raises:
        Misconfigured: the role exists and could pass row level security.
    """
    with _alone(owner_url, Patience()) as connection:
        row = connection.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        if row and row[0]:
            raise Misconfigured(f"Role {role!r} is a superuser or bypasses row level security: name another one.")
        verb = sql.SQL("ALTER ROLE") if row else sql.SQL("CREATE ROLE")
        connection.execute(
            sql.SQL("{} {} LOGIN NOCREATEDB NOCREATEROLE INHERIT PASSWORD {}").format(
                verb, sql.Identifier(role), sql.Literal(password)
            )
        )
        connection.execute(sql.SQL("GRANT cairn_app TO {}").format(sql.Identifier(role)))
