"""The Bolt edge: one driver per environment, transactions with a time limit, errors mapped once."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, LiteralString, TypeVar, cast

from neo4j import Driver, GraphDatabase, ManagedTransaction, NotificationMinimumSeverity, Query, Session, unit_of_work
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    ConstraintError,
    CypherSyntaxError,
    CypherTypeError,
    DriverError,
    Neo4jError,
)

from cairn.graph.neo4j.schema import SCHEMA
from cairn.kernel.errors import GraphUnavailable, Misconfigured

Params = Mapping[str, Any]
Record = dict[str, Any]
T = TypeVar("T")

_CONNECT_SECONDS = 3
# A frozen Lambda loses its sockets without noticing: one that was idle for longer is tried before it is used.
_IDLE_SECONDS = 5
# The server ends a transaction itself when its time is up, and its word for that is still to come.
_GRACE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class GraphAddress:
    """Where the graph is, and who asks; `renewed` gives user and password once the server refuses these."""

    uri: str
    user: str
    password: str
    database: str
    timeout_seconds: float
    renewed: Callable[[], tuple[str, str]] | None = None


@contextmanager
def mapped_errors() -> Generator[None]:
    """Turns the driver's errors into Cairn's: whatever may pass is retryable; a wrong statement stays a bug."""
    try:
        yield
    except AuthError as exc:
        raise GraphUnavailable("The graph refuses its user or password.") from exc
    except ConfigurationError as exc:
        raise Misconfigured("CAIRN_NEO4J_URI is not the address of a Bolt server.") from exc
    except (CypherSyntaxError, CypherTypeError):
        raise
    except ClientError as exc:
        if not _may_pass(exc):
            raise
        raise GraphUnavailable("The graph took too long, is starting, or others wrote the same; try again.") from exc
    except (DriverError, Neo4jError) as exc:
        raise GraphUnavailable("The graph does not answer; try again.") from exc


def _may_pass(exc: ClientError) -> bool:
    """A transaction out of time, or one that met another at the same node; or a server that is still starting."""
    code = exc.code or ""
    passing = (".EntityNotFound", ".DatabaseNotFound")
    return isinstance(exc, ConstraintError) or ".Transaction." in code or code.endswith(passing)


class Transaction:
    """Runs statements; what a statement gives is read to its end."""

    def __init__(self, transaction: ManagedTransaction) -> None:
        self._transaction = transaction

    def run(self, statement: LiteralString, params: Params) -> list[Record]:
        """The records of one statement."""
        return self._transaction.run(statement, dict(params)).data()


class GraphConnection:
    """One lazily opened driver. Constraints and indexes are made before the first write of a process."""

    def __init__(self, address: GraphAddress) -> None:
        self._address = address
        self._login = address.user, address.password
        self._has_schema = False

    @cached_property
    def _driver(self) -> Driver:
        address = self._address
        connect = cast("Callable[..., Driver]", GraphDatabase.driver)  # pyright: ignore[reportUnknownMemberType]
        driver = connect(
            address.uri,
            auth=self._login,
            connection_timeout=min(_CONNECT_SECONDS, address.timeout_seconds),
            connection_acquisition_timeout=address.timeout_seconds,
            connection_write_timeout=address.timeout_seconds,
            max_transaction_retry_time=address.timeout_seconds,
            liveness_check_timeout=_IDLE_SECONDS,
            keep_alive=True,
            notifications_min_severity=NotificationMinimumSeverity.OFF,
            telemetry_disabled=True,
            user_agent="cairn",
        )
        _bound_reads(driver, address.timeout_seconds + _GRACE_SECONDS)
        return driver

    def read(self, statements: Sequence[tuple[LiteralString, Params]]) -> list[list[Record]]:
        """Runs statements that change nothing, in one transaction; tried once, as somebody waits for it."""
        with mapped_errors():
            return self._renewing(lambda: self._read(statements))

    def _read(self, statements: Sequence[tuple[LiteralString, Params]]) -> list[list[Record]]:
        seconds = self._address.timeout_seconds
        with self._session() as session, session.begin_transaction(timeout=seconds) as transaction:
            return [transaction.run(statement, dict(params)).data() for statement, params in statements]

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work` in one transaction, again where it met others' locks."""
        limited = unit_of_work(timeout=self._address.timeout_seconds)(_running(work))
        with mapped_errors():
            return self._renewing(lambda: self._write(limited))

    def _write(self, work: Callable[[ManagedTransaction], T]) -> T:
        with self._session() as session:
            self._ensure_schema(session)
            return session.execute_write(work)

    def close(self) -> None:
        """Closes the driver; the next use opens another."""
        if "_driver" in self.__dict__:
            self._driver.close()
            del self.__dict__["_driver"]

    def _renewing(self, run: Callable[[], T]) -> T:
        """Runs it; where the server refuses a password that may have changed meanwhile, again with the new one."""
        try:
            return run()
        except AuthError:
            if self._address.renewed is None:
                raise
            self._login = self._address.renewed()
            self.close()
            return run()

    def _session(self) -> Session:
        begin = cast("Callable[..., Session]", self._driver.session)  # pyright: ignore[reportUnknownMemberType]
        return begin(database=self._address.database)

    def _ensure_schema(self, session: Session) -> None:
        if not self._has_schema:
            for statement in SCHEMA:
                session.run(Query(statement, timeout=self._address.timeout_seconds)).consume()
            self._has_schema = True


def _bound_reads(driver: Driver, seconds: float) -> None:
    """Ends each wait for the server after `seconds`; a connection that waited so long is given up.

    Timeouts of transactions are kept by the server, and not by one that hangs. The driver bounds its reads too, but
    only where the server asks for that (connection.recv_timeout_seconds), and has no option for it.
    """
    pool = cast("Any", driver)._pool
    opened = pool.opener

    def open_bounded(*args: Any) -> Any:
        connection = opened(*args)
        asked = connection.socket.get_read_timeout()
        connection.socket.set_read_timeout(min(asked or seconds, seconds))
        return connection

    pool.opener = open_bounded


def _running(work: Callable[[Transaction], T]) -> Callable[[ManagedTransaction], T]:
    def run(transaction: ManagedTransaction) -> T:
        return work(Transaction(transaction))

    return run
