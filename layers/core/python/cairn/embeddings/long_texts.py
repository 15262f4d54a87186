"""Long texts that have no vectors of their passages, of every project: where they are, and how they get them."""

from itertools import groupby
from typing import Final
from uuid import UUID

from psycopg import sql

from cairn.embeddings.types import LongText
from cairn.kernel.tenancy import Tenant
from cairn.memories.rows import halves
from cairn.models_ai.embed.port import Vector
from cairn.platform.database import Connection, Database
from cairn.platform.sql_files import named_statements

_SQL: Final = named_statements(__name__)


class PostgresLongTexts:
    """Texts longer than one vector tells well, of all projects."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def without_passages(self, at_most: int) -> list[LongText]:
        """Those whose passages have no vectors, the oldest of memories first; at most so many."""
        with self._database.session() as connection:
            rows = connection.execute(
                "SELECT * FROM cairn.texts_without_passages(%s) ORDER BY project_id, is_turn, id", [at_most]
            ).fetchall()
        found: list[LongText] = []
        for (project_id, is_turn), group in groupby(rows, key=lambda row: (row["project_id"], row["is_turn"])):
            tenant, ids = Tenant(project_id), [row["id"] for row in group]
            with self._database.transaction(tenant) as connection:
                found += _texts(connection, tenant, _SQL["turns"] if is_turn else _SQL["memories"], ids)
        return found

    def fill(self, text: LongText, passages: list[Vector]) -> bool:
        """Gives it the vectors of its passages, none for a text that has none; False where it changed meanwhile."""
        tenant = Tenant(text.project_id)
        params = {
            "project_id": text.project_id,
            "id": text.id,
            "version": text.version,
            "text": text.text,
            "passages": [halves(vector) for vector in passages],
        }
        with self._database.transaction(tenant, with_vectors=True) as connection:
            return connection.execute(_SQL["fill_turn"] if text.is_turn else _SQL["fill_memory"], params).rowcount > 0


def _texts(connection: Connection, tenant: Tenant, statement: sql.SQL, ids: list[UUID]) -> list[LongText]:
    rows = connection.execute(statement, {"project_id": tenant.project_id, "ids": ids})
    return [
        LongText(tenant.project_id, row["id"], row["text"], row["actor"], row["valid_from"], row["version"])
        for row in rows
    ]
