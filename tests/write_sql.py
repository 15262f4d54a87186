"""Writes tests/data/sql, the statements of search as they are sent: python -m tests.write_sql.

Each file is a script that explains its statement, with values that are to be replaced by those of a project:

    psql "$DATABASE_URL" -f tests/data/sql/every_row.sql
"""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from pgvector import HalfVector
from psycopg import sql

from cairn.filters import parse_filters
from cairn.kernel.tenancy import Tenant
from cairn.memories.types import Selection
from cairn.search import large_scopes
from cairn.search.large_scopes import LargeEntity
from cairn.search.ranking import Attention, composite
from cairn.search.statement import HASH_JOINS, large_statement, search_statement
from cairn.search.types import SearchQuery
from tests.embeddings import weighed

FOLDER: Final = Path(__file__).parent / "data" / "sql"
WIDTH: Final = 384
TENANT: Final = Tenant(UUID(int=1))
ASKED: Final = datetime(2026, 6, 1, tzinfo=UTC)
_WEIGHTS, _FIT = weighed("all-MiniLM-L6-v2-int8")
_LINEAR: Final = SearchQuery(
    "When did Ana move to Bergen?",
    [0.05] * WIDTH,
    Selection(parse_filters({"user_id": "ana"})),
    _WEIGHTS,
    _FIT,
    reference=ASKED,
)
_COMPOSITE: Final = composite(attention=0.4, similarity=0.4, recency=0.1, importance=0.1)

Statement = tuple[sql.Composable, dict[str, Any]]


def variants(query: SearchQuery) -> dict[str, SearchQuery]:
    """A query, by the names of the switches that are on."""
    assert query.vector is not None
    attending = Attention(_COMPOSITE, None, half_life_hours=138.3, distillation=0.001).of(query.vector)
    by_attention = replace(query, weights=_COMPOSITE, attending=attending)
    return {
        "": query,
        ".messages": replace(query, messages=True),
        ".attention": by_attention,
        ".messages.attention": replace(by_attention, messages=True),
    }


def statements(tenant: Tenant, query: SearchQuery, entity: LargeEntity) -> dict[str, tuple[str, Statement]]:
    """Both statements in each variant by name, each with what is sent before it."""
    found: dict[str, tuple[str, Statement]] = {}
    for switches, one in variants(query).items():
        found[f"every_row{switches}"] = HASH_JOINS, search_statement(tenant, one, most=8_000)
        found[f"indexes{switches}"] = large_scopes.SETTINGS, large_statement(tenant, one, entity)
    return found


def rendered() -> dict[str, str]:
    """What each file holds."""
    found = statements(TENANT, _LINEAR, LargeEntity("user_id", "ana"))
    as_of = replace(_LINEAR, selection=replace(_LINEAR.selection, as_of=ASKED))
    found["every_row.as_of"] = HASH_JOINS, search_statement(TENANT, as_of)
    return {name: _script(name, settings, *statement) for name, (settings, statement) in found.items()}


def _script(name: str, settings: str, statement: sql.Composable, params: dict[str, Any]) -> str:
    text = statement.as_string()
    names = dict.fromkeys(re.findall(r"%\((\w+)\)s", text))
    values = [f"\\set {one} '{_quoted(_literal(one, params[one]))}'" for one in names]
    return "\n".join(
        [
            f"-- search/sql/{name.split('.')[0]}.sql, written by `python -m tests.write_sql`: what is sent, explained.",
            *values,
            "BEGIN;",
            "SELECT set_config('cairn.project_id', (:project_id)::text, true);",
            f"{settings.strip()};",
            "EXPLAIN (ANALYZE, BUFFERS)",
            re.sub(r"%\((\w+)\)s", r":\1", text) + ";",
            "ROLLBACK;",
            "",
        ]
    )


def _literal(name: str, value: Any) -> str:
    if name in ("latest", "settled"):  # ids of the clock
        return f"'{UUID(int=2)}'::uuid"
    if isinstance(value, HalfVector):
        (number,) = {round(one, 3) for one in value.to_list()}
        return f"array_fill({number}::real, ARRAY[{WIDTH}])::halfvec"
    if isinstance(value, float):
        return f"'{value}'::float8"
    return sql.Literal(value).as_string().strip()


def _quoted(text: str) -> str:
    """As psql reads an argument."""
    return text.replace("\\", "\\\\").replace("'", "''")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, script in rendered().items():
        (FOLDER / f"{name}.sql").write_text(script, encoding="utf-8")


if __name__ == "__main__":
    main()
