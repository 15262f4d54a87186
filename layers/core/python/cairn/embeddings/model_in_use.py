"""The embedding models of a database: the one that its vectors are of, and the one it changes to or came from."""

from collections.abc import Mapping
from typing import Final, LiteralString

from cairn.embeddings.types import Models
from cairn.kernel.errors import EmbeddingModelChanged
from cairn.platform.database import Connection, Database

_OF: Final = "SELECT model, dimensions FROM cairn.embedding_model"
_USE: Final = "SELECT model, dimensions FROM cairn.use_embedding_model(%(model)s, %(dimensions)s)"
_STATE: Final = "SELECT model, dimensions, other_model, other_dimensions FROM cairn.embedding_model"
_BEGIN: Final = "SELECT cairn.begin_reembedding(%(model)s, %(dimensions)s) AS other"
_EXCHANGE: Final = "SELECT cairn.exchange_embeddings(%(model)s) AS exchanged"
# An exchange waits for it, and it for an exchange: what is read after it stays so until the transaction ends.
_HOLD: Final = "SELECT pg_advisory_xact_lock_shared(hashtextextended('cairn.embedding_model', 0))"
_END: Final = "SELECT cairn.end_reembedding()"


def of(database: Database) -> tuple[str, int] | None:
    """Name and width; None before the first text was embedded."""
    with database.session() as connection:
        return _found(connection, _OF, {})


def use(database: Database, model: str, dimensions: int) -> tuple[str, int]:
    """Makes a database without a model one of this model; returns whichever it then is of."""
    with database.session() as connection:
        found = _found(connection, _USE, {"model": model, "dimensions": dimensions})
    assert found is not None
    return found


def state(database: Database) -> Models | None:
    """Both models; None before the first text was embedded."""
    with database.session() as connection:
        row = connection.execute(_STATE).fetchone()
    return Models(row["model"], row["dimensions"], row["other_model"], row["other_dimensions"]) if row else None


def begin(database: Database, model: str, dimensions: int) -> str | None:
    """Makes room for the vectors of another model; returns the other model there then is, None in an empty database."""
    with database.session() as connection:
        row = connection.execute(_BEGIN, {"model": model, "dimensions": dimensions}).fetchone()
    return row["other"] if row else None


def exchange(database: Database, model: str) -> bool:
    """Puts the vectors of this model in use, in one transaction; False where rows are without one."""
    with database.session() as connection:
        row = connection.execute(_EXCHANGE, {"model": model}).fetchone()
    return bool(row and row["exchanged"])


def hold_other(connection: Connection, model: str) -> None:
    """Keeps the model beside that in use as it is until the transaction ends.

    Raises:
        EmbeddingModelChanged: it is not this one.
    """
    connection.execute(_HOLD)
    row = connection.execute(_STATE).fetchone()
    if row is None or row["other_model"] != model:
        raise EmbeddingModelChanged(f"The vectors beside those in use are not of {model} any more.")


def end(database: Database) -> None:
    """Drops the vectors that are not in use."""
    with database.session() as connection:
        connection.execute(_END)


def _found(connection: Connection, statement: LiteralString, params: Mapping[str, object]) -> tuple[str, int] | None:
    row = connection.execute(statement, params).fetchone()
    return (row["model"], row["dimensions"]) if row else None
