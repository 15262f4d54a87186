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

_PASS: Final = "SELECT kept, after_project, after_id FROM cairn.reembedding WHERE NOT done ORDER BY kept LIMIT 1"
_NEXT: Final = "SELECT project_id, id FROM cairn.rows_to_embed(%(kept)s, %(project)s, %(id)s, %(at_most)s)"
_NOTED: Final = "SELECT project_id, kept, id, version FROM cairn.noted_to_embed(%(at_most)s)"
_MOVE: Final = """
UPDATE cairn.reembedding SET after_project = %(project)s, after_id = %(id)s, done = %(done)s WHERE kept = %(kept)s
"""
_COUNT: Final = """
SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint AS rows FROM pg_class c
WHERE c.oid IN ('cairn.memories'::regclass, 'cairn.turns'::regclass)
"""
_READ: Final = {
    "memories": """
SELECT m.id, m.text, m.actor, m.valid_from AS at FROM cairn.memories m
WHERE m.project_id = %(project_id)s AND m.id = ANY(%(ids)s)
""",
    "turns": """
SELECT t.id, t.text, t.actor, t.valid_from AS at FROM cairn.turns t
WHERE t.project_id = %(project_id)s AND t.id = ANY(%(ids)s)
""",
}
# Only where the row still says what was embedded: if it does not, that it was worded anew is noted.
_KEEP: Final = """
UPDATE {table} r SET embedding_next = t.embedding, passages_next = t.passages::halfvec[]
FROM unnest(%(ids)s::uuid[], %(texts)s::text[], %(actors)s::text[], %(times)s::timestamptz[],
            %(embeddings)s::halfvec[], %(passages)s::text[]) AS t (id, text, actor, at, embedding, passages)
WHERE r.project_id = %(project_id)s AND r.id = t.id AND r.text = t.text AND r.actor IS NOT DISTINCT FROM t.actor
AND r.valid_from = t.at
"""
_FORGET: Final = """
DELETE FROM cairn.to_embed n USING unnest(%(ids)s::uuid[], %(versions)s::int[]) AS t (id, version)
WHERE n.project_id = %(project_id)s AND n.kept = %(kept)s AND n.id = t.id AND n.version = t.version
"""


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
            at = connection.execute(_PASS).fetchone()
            if at is None:
                return _noted(connection, at_most)
            params = {"project": at["after_project"], "id": at["after_id"], "kept": at["kept"], "at_most": at_most}
            rows = connection.execute(_NEXT, params).fetchall()
            if not rows:
                connection.execute(_MOVE, params | {"done": True})
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
            keep = sql.SQL(_KEEP).format(table=sql.Identifier("cairn", rows.kept))
            connection.execute(keep, params | _columns(made))
            if rows.versions:
                connection.execute(_FORGET, params | {"ids": list(rows.ids)})
            else:
                move = {"project": rows.project_id, "id": rows.ids[-1], "done": False, "kept": rows.kept}
                connection.execute(_MOVE, move)

    def rows(self) -> int:
        """Rows there are in all, about."""
        with self._database.session() as connection:
            row = connection.execute(_COUNT).fetchone()
        return row["rows"] if row else 0


def _noted(connection: Connection, at_most: int) -> list[Rows]:
    rows = connection.execute(_NOTED, {"at_most": at_most}).fetchall()
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
