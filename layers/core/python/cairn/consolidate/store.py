"""What consolidation asks of Postgres: the facts near a new one, and applying what was decided."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from cairn.consolidate import apply
from cairn.consolidate.types import Applied, Neighbour, Outcome
from cairn.kernel.tenancy import Scope, Tenant
from cairn.memories.rows import NOT_EXPIRED, halves
from cairn.models_ai.embed.port import Vector
from cairn.platform.database import Database
from cairn.platform.sql_files import named_statements

_SQL: Final = named_statements(__name__)
NEIGHBOURS: Final = _SQL["neighbours"].format(not_expired=NOT_EXPIRED)


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
        size, rows = self._database.read(
            tenant, [(_SQL["scope_size"], params), (NEIGHBOURS, params)], with_vectors=True
        )
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
