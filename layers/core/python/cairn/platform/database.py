"""The database edge: one connection per environment, transactions that name their tenant, errors mapped once."""

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from threading import Lock
from typing import Any, Final, LiteralString, Protocol

import psycopg
from pgvector.psycopg.halfvec import register_halfvec_info
from psycopg import sql
from psycopg.rows import DictRow, dict_row
from psycopg.types import TypeInfo

from cairn.kernel.errors import (
    DatabaseUnavailable,
    EmbeddingModelChanged,
    InvalidRequest,
    TooExpensive,
    Unauthenticated,
    Unavailable,
)
from cairn.kernel.settings import OF_AN_ANSWER, DatabaseWaits
from cairn.kernel.tenancy import Tenant

Connection = psycopg.Connection[DictRow]
Query = sql.Composable | str
Statement = tuple[Query, Mapping[str, Any]]
Rows = list[DictRow]

# The server ends a statement before API Gateway gives up on the request (30 s).
# It waits for no lock longer than somebody may still be told of it.
_OPTIONS: Final = (
    "-c statement_timeout={statement}s -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000 "
    "-c timezone=UTC -c jit=off"
)
# A failover that closes no socket: without these the kernel asks a dead peer for a quarter of an hour.
_NOTICES: Final[Mapping[str, Any]] = {
    "keepalives_idle": 10,  # seconds
    "keepalives_interval": 5,
    "keepalives_count": 3,
}

_PLACEHOLDER: Final = re.compile(r"%(?:\((\w+)\)s|%)")
_SET_TENANT: Final = (
    "SELECT set_config('cairn.project_id', %(project_id)s, true), set_config('cairn.user_id', %(user_id)s, true)"
)
# In the same round trip: vectors made with another model than the database is of go nowhere.
_HOLD_MODEL: Final = "cairn.hold_embedding_model(%(model)s)"
# Nobody's question may hold up everybody's; what a write does in a transaction may take longer.
_READ_TENANT: Final = f"{_SET_TENANT}, set_config('statement_timeout', '10s', true)"
_SET_TENANT_HOLDING: Final = f"{_SET_TENANT}, {_HOLD_MODEL}"
_READ_TENANT_HOLDING: Final = f"{_READ_TENANT}, {_HOLD_MODEL}"
_MODEL_CHANGED: Final = "CA001"  # what hold_embedding_model raises
_TRY_LOCK: Final = "SELECT pg_try_advisory_lock(hashtextextended(%(name)s, 0)) AS held"
_UNLOCK: Final = "SELECT pg_advisory_unlock(hashtextextended(%(name)s, 0))"
_KEY_HOLDS: Final = """
SELECT EXISTS (
    SELECT FROM cairn.api_keys WHERE project_id = %(project_id)s AND id = %(key_id)s
    AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())) AS holds
"""


class Address(Protocol):
    """Gives the connection string of a database whose password may change while the process lives."""

    def __call__(self, *, refused: bool) -> str:
        """`refused` says that the server did not take the password of the string given last."""
        ...


@contextmanager
def mapped_errors() -> Generator[None]:
    """Turns psycopg's errors into Cairn's: no answer is retryable, an unstorable value is the caller's.

    Anything else (a broken constraint, a wrong statement) is a bug and stays what it is.
    """
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as exc:
        raise DatabaseUnavailable("The database does not answer; try again.") from exc
    except psycopg.DataError as exc:
        raise InvalidRequest("The request holds a value that cannot be stored.") from exc
    except psycopg.DatabaseError as exc:
        if exc.sqlstate != _MODEL_CHANGED:
            raise
        raise EmbeddingModelChanged("The embedding model has just been exchanged; try again.") from exc


class Database:
    """One lazily opened connection, shared by the threads of one execution environment, one at a time.

    A frozen Lambda loses its sockets without noticing. Opening a transaction changes nothing, so a lost connection is
    found there, and opened anew once.

    `embedding_model` is what the vectors of this process are made with, None until that is known: a transaction
    `with_vectors` holds it, so that it is not exchanged before that ends.
    """

    def __init__(
        self, address: str | Address, *, prepare_threshold: int | None = 5, waits: DatabaseWaits = OF_AN_ANSWER
    ) -> None:
        self._address = address
        self._waits = waits
        self._prepare_threshold = prepare_threshold
        self._connection: Connection | None = None
        self._lock = Lock()
        self.embedding_model: str | None = None

    def read(self, tenant: Tenant, statements: Sequence[Statement], *, with_vectors: bool = False) -> list[Rows]:
        """Runs statements as the tenant, in one transaction and one round trip.

        They change nothing, or what may be changed twice: where the connection was lost they are sent again.

        The pipeline is sent as a whole with one Sync at its end, which makes it one implicit transaction
        (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING).

        Raises:
            Unauthenticated: the tenant's key was revoked or has expired.
            TooExpensive: a statement took longer than it may, or is too complex.
            EmbeddingModelChanged: `with_vectors`, and the model that they were made with was exchanged.
            DatabaseUnavailable: Postgres does not answer.
        """
        with self._lock, self._mapped_errors():
            connection = self._open()
            try:
                return self._read(connection, tenant, statements, with_vectors)
            except (psycopg.errors.QueryCanceled, psycopg.errors.StatementTooComplex) as exc:
                raise TooExpensive(
                    "This takes longer than one request may: shorten its query, or narrow its filters."
                ) from exc
            except psycopg.OperationalError:
                if not self._is_lost():
                    raise
                return self._read(self._open(), tenant, statements, with_vectors)

    def _read(
        self, connection: Connection, tenant: Tenant, statements: Sequence[Statement], with_vectors: bool
    ) -> list[Rows]:
        named = _READ_TENANT_HOLDING if self._holds(with_vectors) else _READ_TENANT
        try:
            with connection.pipeline():
                key = self._name_tenant(connection, tenant, named)
                cursors = [_execute(connection, query, params) for query, params in statements]
        except psycopg.DatabaseError:
            if not self._is_lost():
                connection.execute("BEGIN")
                self._rollback(connection)
            raise
        _require_key(key)
        return [cursor.fetchall() for cursor in cursors]

    @contextmanager
    def transaction(self, tenant: Tenant, *, with_vectors: bool = False) -> Generator[Connection]:
        """One transaction as the tenant; raises as `read` does."""
        with self._lock, self._mapped_errors(), self._within(tenant, with_vectors) as connection:
            yield connection

    @contextmanager
    def session(self) -> Generator[Connection]:
        """A transaction without a tenant, for what row level security opens up by other means."""
        with self._lock, mapped_errors(), self._within(None) as connection:
            yield connection

    @contextmanager
    def alone(self, name: str) -> Generator[bool]:
        """Whether nobody else is within a block of this name; it is held until the block, or the connection, ends."""
        with self.session() as connection:
            held = connection.execute(_TRY_LOCK, {"name": name}).fetchone()
        try:
            yield bool(held and held["held"])
        finally:
            if held and held["held"]:
                with suppress(Unavailable), self.session() as connection:  # a lost connection has let go of it
                    connection.execute(_UNLOCK, {"name": name})

    @contextmanager
    def _mapped_errors(self) -> Generator[None]:
        try:
            with mapped_errors():
                yield
        except EmbeddingModelChanged:
            self.embedding_model = None
            raise

    @contextmanager
    def _within(self, tenant: Tenant | None, with_vectors: bool = False) -> Generator[Connection]:
        connection = self._begin(tenant, with_vectors)
        try:
            yield connection
        except BaseException:
            self._rollback(connection)
            raise
        connection.execute("COMMIT")

    def _begin(self, tenant: Tenant | None, with_vectors: bool) -> Connection:
        connection = self._open()
        try:
            return self._begin_on(connection, tenant, with_vectors)
        except psycopg.OperationalError:
            if not self._is_lost():
                raise
            return self._begin_on(self._open(), tenant, with_vectors)

    def _begin_on(self, connection: Connection, tenant: Tenant | None, with_vectors: bool) -> Connection:
        if tenant is None:
            connection.execute("BEGIN")
            return connection
        try:
            with connection.pipeline():
                connection.execute("BEGIN")
                statement = _SET_TENANT_HOLDING if self._holds(with_vectors) else _SET_TENANT
                key = self._name_tenant(connection, tenant, statement)
            _require_key(key)
        except (Unauthenticated, psycopg.DatabaseError):
            self._rollback(connection)
            raise
        return connection

    def _holds(self, with_vectors: bool) -> bool:
        return with_vectors and self.embedding_model is not None

    def _name_tenant(
        self, connection: Connection, tenant: Tenant, statement: LiteralString
    ) -> "psycopg.Cursor[DictRow] | None":
        params = {"project_id": str(tenant.project_id), "user_id": tenant.user_id or "", "model": self.embedding_model}
        connection.execute(statement, params)
        if tenant.key_id is None:
            return None
        return connection.execute(_KEY_HOLDS, {"project_id": tenant.project_id, "key_id": tenant.key_id})

    def _rollback(self, connection: Connection) -> None:
        """Ends a transaction that failed.

        psycopg takes what stood behind a failure in a pipeline for prepared, though the server never saw it; after a
        rollback of its own, and no other, it prepares everything anew.
        """
        if not connection.closed and not connection.broken:
            connection.rollback()

    def close(self) -> None:
        """Closes the connection; the next use opens another."""
        if self._connection is not None:
            self._connection.close()

    def _is_lost(self) -> bool:
        return self._connection is None or bool(self._connection.closed)

    def _open(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> Connection:
        *earlier, last = self._waits.connect
        for seconds in earlier:
            with suppress(psycopg.OperationalError):
                return self._connect_within(seconds)
        return self._connect_within(last)

    def _connect_within(self, seconds: int) -> Connection:
        """A new connection; where the server refuses a password that changed meanwhile, with the new one."""
        if isinstance(self._address, str):
            return self._connect_to(self._address, seconds)
        known = self._address(refused=False)
        try:
            return self._connect_to(known, seconds)
        except psycopg.OperationalError as exc:
            # libpq has no code for it, and its words are in the server's language; but it knows what it was asked for.
            if not (exc.pgconn and exc.pgconn.used_password):
                raise
            current = self._address(refused=True)
            if current == known:
                raise
        return self._connect_to(current, seconds)

    def _connect_to(self, url: str, seconds: int) -> Connection:
        connection = Connection.connect(
            url,
            autocommit=True,
            row_factory=dict_row,
            prepare_threshold=self._prepare_threshold,
            connect_timeout=seconds,
            tcp_user_timeout=self._waits.lost * 1000,
            options=_OPTIONS.format(statement=self._waits.statement),
            application_name="cairn",
            **_NOTICES,
        )
        # Vectors then travel as they are stored. register_vector would ask for three more types that are not used here.
        info = TypeInfo.fetch(connection, "halfvec")
        if info:  # a database that is not migrated yet has no such type
            register_halfvec_info(connection, info)
        return connection


def _execute(connection: Connection, query: Query, params: Mapping[str, Any]) -> "psycopg.Cursor[DictRow]":
    text = query if isinstance(query, str) else query.as_string(connection)
    native, names = _numbered(text)
    return psycopg.RawCursor(connection, row_factory=dict_row).execute(native, [params[name] for name in names])


@lru_cache(1_000)
def _numbered(query: str) -> tuple[bytes, tuple[str, ...]]:
    """The query with $1 for its first %(name)s and so on, and the names in their order.

    psycopg does the same on each execution, except for statements under 4 KB: for a search half a millisecond.
    """
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${names.setdefault(found[1], len(names) + 1)}" if found[1] else "%"

    return _PLACEHOLDER.sub(number, query).encode(), tuple(names)


def _require_key(cursor: "psycopg.Cursor[DictRow] | None") -> None:
    row = cursor.fetchone() if cursor else {"holds": True}
    if not row or not row["holds"]:
        raise Unauthenticated("This API key was revoked or has expired.")
