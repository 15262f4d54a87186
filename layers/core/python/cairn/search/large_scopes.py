"""Scopes too large to be scored row by row: found through indexes, which upkeep fills.

Vectors are in an HNSW index (Malkov and Yashunin, 2016), words in an inverted one, both over rows of large scopes
alone. A search reads the nearest rows, those of the newest long texts with a passage near by, the rows with the
query's rarest words, what stands beside each of these, and every row that is not in the indexes yet; the same signals
then weigh them. Upkeep counts how often a word occurs.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from psycopg import sql

from cairn.filters import Filter
from cairn.filters.tree import ENTITY_COLUMNS, And, StringIn
from cairn.kernel.ids import first_id
from cairn.kernel.settings import SETTLED_SECONDS
from cairn.kernel.tenancy import Tenant
from cairn.models_ai.embed.port import Vector

LIMITS: Final = {
    "nearest": 200,  # rows taken for their vectors
    "long": 1_000,  # rows of long texts, the newest, looked at for the vectors of their passages
    "worded": 200,  # rows taken for their words
    "postings": 3_000,  # rows looked at for their words: those of the rarest words that are no more together
}
INDEXED_WIDTH: Final = 4_000
"""Numbers of the widest embedding that an index takes; wider ones are compared one by one."""
# hnsw.ef_search is how many rows one pass of the index gives; relaxed_order lets another follow where filters leave too
# few. A plan made for any scope takes each for small and would sort its rows; without a sort, there is the index.
SETTINGS: Final = """
SELECT set_config('enable_nestloop', 'off', true), set_config('enable_sort', 'off', true),
       set_config('hnsw.ef_search', '200', true), set_config('hnsw.iterative_scan', 'relaxed_order', true)
"""


@dataclass(frozen=True, slots=True)
class LargeEntity:
    """The user, agent, app or run whose memories are searched, by its column and name."""

    column: str
    name: str


def large_entity(tenant: Tenant, where: Filter) -> LargeEntity | None:
    """The one entity that every row a filter lets through belongs to; a pinned key's is its user. None without one."""
    if tenant.user_id is not None:
        return LargeEntity("user_id", tenant.user_id)
    match where:
        case StringIn(column, (name,)) if column in ENTITY_COLUMNS:
            return LargeEntity(column, name)
        case And(parts):
            return next((found for part in parts if (found := large_entity(tenant, part))), None)
        case _:
            return None


def clock_params() -> dict[str, UUID]:
    """The next id, about, and one below which every row is committed."""
    at = datetime.now(UTC)
    return {"latest": first_id(at + timedelta(seconds=1)), "settled": first_id(at - timedelta(seconds=SETTLED_SECONDS))}


def entity_params(entity: LargeEntity | None) -> dict[str, str | None]:
    """The entity as parameters; without one they match nothing."""
    return {"entity": entity.column if entity else None, "name": entity.name if entity else None}


def by_distance(vector: Vector | None) -> sql.Composable:
    """How far a row's embedding is from the query's, as the index over embeddings of its width has it."""
    if vector is None:
        return sql.SQL("m.id DESC")  # as good as any
    if len(vector) > INDEXED_WIDTH:
        return sql.SQL("m.embedding <=> %(vector)s::halfvec")
    return sql.SQL("m.embedding::halfvec({0}) <=> %(vector)s::halfvec({0})").format(sql.Literal(len(vector)))
