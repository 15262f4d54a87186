"""What consolidation asks of Postgres: the facts near a new one, and applying what was decided."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from psycopg import sql

from cairn.consolidate import apply
from cairn.consolidate.types import Applied, Neighbour, Outcome
from cairn.kernel.tenancy import Scope, Tenant
from cairn.memories.rows import NOT_EXPIRED, halves
from cairn.models_ai.embed.port import Vector
from cairn.platform.database import Database

NEIGHBOURS: Final = sql.SQL("""
SELECT probe.position, near.*
FROM unnest(%(vectors)s::halfvec[], %(closed)s::boolean[]) WITH ORDINALITY AS probe (vector, closed, position)
CROSS JOIN LATERAL (
    SELECT m.id, m.text, m.actor, m.valid_from, m.version, m.immutable, m.invalid_at IS NULL AS valid,
           (1 - (m.embedding <=> probe.vector))::float8 AS cosine
    FROM cairn.memories m
    WHERE m.project_id = %(project_id)s AND m.scope_key = %(scope_key)s AND m.kind = 'fact'
    AND (probe.closed OR m.invalid_at IS NULL AND {not_expired})
    ORDER BY m.embedding <=> probe.vector LIMIT %(k)s) near
ORDER BY probe.position, near.cosine DESC
""").format(not_expired=NOT_EXPIRED)

_SCOPE_SIZE: Final = """
SELECT count(*) AS count FROM cairn.memories
WHERE project_id = %(project_id)s AND scope_key = %(scope_key)s AND kind = 'fact' AND invalid_at IS NULL
"""


class PostgresFactStore:
    """The facts of a scope, as consolidation reads and changes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def neighbours(
        self, tenant: Tenant, scope: Scope, probes: Sequence[tuple[Vector, bool]], k: int
    ) -> tuple[int, list[list[Neighbour]]]:
        """How many valid facts exactly this scope has, and for each probe the k nearest facts of it.

        A probe is a vector and whether facts that no longer hold are looked at too.
        """
        params = {
            "project_id": tenant.project_id,
            "scope_key": scope.key,
            "vectors": [halves(vector) for vector, _ in probes],
            "closed": [closed for _, closed in probes],
            "k": k,
        }
        size, rows = self._database.read(tenant, [(_SCOPE_SIZE, params), (NEIGHBOURS, params)], with_vectors=True)
        near: dict[int, list[Neighbour]] = {position: [] for position in range(1, len(probes) + 1)}
        for row in rows:
            near[row.pop("position")].append(Neighbour(**row))
        return size[0]["count"], list(near.values())

    def apply(self, tenant: Tenant, event_id: UUID, outcome: Outcome) -> Applied | None:
        """Applies what consolidation decided and finishes the event, in one transaction.

        None when the event is finished or gone: then nothing was changed. Raises Contended where a target has changed
        since it was read.
        """
        with self._database.transaction(tenant, with_vectors=True) as connection:
            return apply.outcome(connection, tenant, event_id, outcome)
