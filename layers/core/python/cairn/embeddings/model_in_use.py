"""The embedding models of a database: the one that its vectors are of, and the one it changes to or came from."""

from collections.abc import Mapping
from typing import Final

from psycopg import sql

from cairn.embeddings.types import Models
from cairn.kernel.errors import EmbeddingModelChanged
from cairn.platform.database import Connection, Database
from cairn.platform.sql_files import named_statements

_SQL: Final = named_statements(__name__)


def of(database: Database) -> tuple[str, int] | None:
    """Name and width; None before the first text was embedded."""
    with database.session() as connection:
        return _found(connection, _SQL["of"], {})


def use(database: Database, model: str, dimensions: int) -> tuple[str, int]:
    """Makes a database without a model one of this model; returns whichever it then is of."""
    with database.session() as connection:
        found = _found(connection, _SQL["use"], {"model": model, "dimensions": dimensions})
    assert found is not None
    return found


def state(database: Database) -> Models | None:
    """Both models; None before the first text was embedded."""
    with database.session() as connection:
        row = connection.execute(_SQL["state"]).fetchone()
    return Models(row["model"], row["dimensions"], row["other_model"], row["other_dimensions"]) if row else None


def begin(database: Database, model: str, dimensions: int) -> str | None:
    """Makes room for the vectors of another model; returns the other model there then is, None in an empty database."""
    with database.session() as connection:
        row = connection.execute(_SQL["begin"], {"model": model, "dimensions": dimensions}).fetchone()
    return row["other"] if row else None


def exchange(database: Database, model: str) -> bool:
    """Puts the vectors of this model in use, in one transaction; False where rows are without one."""
    with database.session() as connection:
        row = connection.execute(_SQL["exchange"], {"model": model}).fetchone()
    return bool(row and row["exchanged"])


def hold_other(connection: Connection, model: str) -> None:
    """Keeps the model beside that in use as it is until the transaction ends.

    Raises:
        EmbeddingModelChanged: it is not this one.
    """
    connection.execute(_SQL["hold"])
    row = connection.execute(_SQL["state"]).fetchone()
    if row is None or row["other_model"] != model:
        raise EmbeddingModelChanged(f"The vectors beside those in use are not of {model} any more.")


def end(database: Database) -> None:
    """Drops the vectors that are not in use."""
    with database.session() as connection:
        connection.execute(_SQL["end"])


def _found(connection: Connection, statement: sql.SQL, params: Mapping[str, object]) -> tuple[str, int] | None:
    row = connection.execute(statement, params).fetchone()
    return (row["model"], row["dimensions"]) if row else None
