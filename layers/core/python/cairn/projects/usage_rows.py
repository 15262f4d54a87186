"""What models cost: written to the event and to the project's day, and read back."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from cairn.kernel.tenancy import Tenant
from cairn.kernel.usage import TokenUsage
from cairn.platform.database import Connection
from cairn.platform.sql_files import named_statements

_SQL: Final = named_statements(__name__)
TODAY: Final = _SQL["today"]
DAYS: Final = _SQL["days"]


def record(
    connection: Connection,
    tenant: Tenant,
    usage: Sequence[TokenUsage],
    event_id: UUID | None = None,
    noted: Mapping[str, Any] | None = None,
) -> None:
    """Adds to the project's day and, where one is named, to the event, with what else is worth noting there."""
    by_kind: dict[str, list[TokenUsage]] = {}
    for part in usage:
        by_kind.setdefault(part.kind, []).append(part)
    if by_kind:
        connection.execute(
            _SQL["record_day"],
            {
                "project_id": tenant.project_id,
                "kinds": list(by_kind),
                "requests": [sum(p.calls for p in parts) for parts in by_kind.values()],
                "tokens_in": [sum(p.tokens_in for p in parts) for parts in by_kind.values()],
                "tokens_out": [sum(p.tokens_out for p in parts) for parts in by_kind.values()],
                "costs": [sum(p.cost_usd for p in parts) for parts in by_kind.values()],
            },
        )
    if event_id and (usage or noted):
        connection.execute(
            _SQL["record_event"],
            {
                "project_id": tenant.project_id,
                "event_id": event_id,
                "calls": sum(p.calls for p in usage),
                "tokens_in": sum(p.tokens_in for p in usage),
                "tokens_out": sum(p.tokens_out for p in usage),
                "cost": round(sum(p.cost_usd for p in usage), 10),
                "noted": Jsonb(dict(noted or {})),
            },
        )


def days_params(tenant: Tenant, first: date, last: date) -> dict[str, Any]:
    """Parameters of DAYS; both days are included."""
    return {"project_id": tenant.project_id, "first": first, "last": last}
