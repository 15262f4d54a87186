"""Vectors of another model beside those in use: which rows are next, what they say, and keeping what was made of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from psycopg import sql

from cairn.embeddings import model_in_use
from cairn.embeddings.types import Models, Row, Rows, Vectors
from cairn.kernel.tenancy import Tenant
from cairn.memories.rows import halves, vectors_literal
from cairn.platform.database import Connection, Database
from cairn.platform.sql_files import named_statements

_SQL: Final = named_statements(__name__)
_READ: Final = {"memories": _SQL["read_memories"], "turns": _SQL["read_turns"]}


class PostgresReembedding:
    """Vectors of another model beside those in use, of all projects."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def models(self) -> Models | None:
        """Both models; None where nothing is embedded yet."""
        return model_in_use.state(self._database)

    def begin(self, model: str, dimensions: int) -> str | None:
        """Makes room for them; returns of which model they then are, None where no row has a vector."""
        return model_in_use.begin(self._database, model, dimensions)

    def exchange(self, model: str) -> bool:
        """Puts them in use, in one transaction; False where rows are without one. What was in use stays beside them."""
        return model_in_use.exchange(self._database, model)

    def end(self) -> None:
        """Drops the vectors that are not in use."""
        model_in_use.end(self._database)

    def next(self, at_most: int) -> Sequence[Rows]:
        """About `at_most` rows that want a vector, by project; none where all have one."""
        with self._database.session() as connection:
            at = connection.execute(_SQL["pass"]).fetchone()
            if at is None:
                return _noted(connection, at_most)
            params = {"project": at["after_project"], "id": at["after_id"], "kept": at["kept"], "at_most": at_most}
            rows = connection.execute(_SQL["next"], params).fetchall()
            if not rows:
                connection.execute(_SQL["move"], params | {"done": True})
        found = [
            Rows(project_id, at["kept"], tuple(row["id"] for row in group))
            for project_id, group in groupby(rows, key=lambda row: row["project_id"])
        ]
        return found or self.next(at_most)

    def read(self, rows: Rows) -> list[Row]:
        """What the rows say that are still there."""
        params = {"project_id": rows.project_id, "ids": list(rows.ids)}
        (found,) = self._database.read(Tenant(rows.project_id), [(_READ[rows.kept], params)])
        return [Row(r["id"], r["text"], r["actor"], r["at"]) for r in found]

    def keep(self, rows: Rows, made: Sequence[tuple[Row, Vectors]], model: str) -> None:
        """Keeps vectors where the row still says what they were made from, and that these rows are done with.

        Raises EmbeddingModelChanged, and keeps nothing, where they are not of the model beside that in use.
        """
        params: dict[str, Any] = {"project_id": rows.project_id, "kept": rows.kept, "versions": list(rows.versions)}
        with self._database.transaction(Tenant(rows.project_id)) as connection:
            model_in_use.hold_other(connection, model)
            keep = _SQL["keep"].format(table=sql.Identifier("cairn", rows.kept))
            connection.execute(keep, params | _columns(made))
            if rows.versions:
                connection.execute(_SQL["forget"], params | {"ids": list(rows.ids)})
            else:
                move = {"project": rows.project_id, "id": rows.ids[-1], "done": False, "kept": rows.kept}
                connection.execute(_SQL["move"], move)

    def rows(self) -> int:
        """Rows there are in all, about."""
        with self._database.session() as connection:
            row = connection.execute(_SQL["count"]).fetchone()
        return row["rows"] if row else 0


def _noted(connection: Connection, at_most: int) -> list[Rows]:
    rows = connection.execute(_SQL["noted"], {"at_most": at_most}).fetchall()
    return [
        Rows(project_id, kept, *_ids_and_versions(group))
        for (project_id, kept), group in groupby(rows, key=lambda row: (row["project_id"], row["kept"]))
    ]


def _ids_and_versions(group: Iterable[dict[str, Any]]) -> tuple[tuple[UUID, ...], tuple[int, ...]]:
    rows = list(group)
    return tuple(row["id"] for row in rows), tuple(row["version"] for row in rows)


def _columns(made: Sequence[tuple[Row, Vectors]]) -> dict[str, list[Any]]:
    times: list[datetime] = [row.at for row, _ in made]
    return {
        "ids": [row.id for row, _ in made],
        "texts": [row.text for row, _ in made],
        "actors": [row.actor for row, _ in made],
        "times": times,
        "embeddings": [halves(whole) for _, (whole, *_) in made],
        "passages": [vectors_literal(passages) for _, (_, *passages) in made],
    }
