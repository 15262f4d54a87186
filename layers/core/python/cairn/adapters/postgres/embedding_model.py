"""The embedding model that a database is for: its name, and the length of its vectors."""

from collections.abc import Mapping
from typing import Final, LiteralString

from cairn.db import Connection, Database

_OF: Final = "SELECT model, dimensions FROM cairn.embedding_model"
_USE: Final = "SELECT model, dimensions FROM cairn.use_embedding_model(%(model)s, %(dimensions)s)"


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


def _found(connection: Connection, statement: LiteralString, params: Mapping[str, object]) -> tuple[str, int] | None:
    row = connection.execute(statement, params).fetchone()
    return (row["model"], row["dimensions"]) if row else None
