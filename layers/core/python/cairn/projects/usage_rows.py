"""What models cost: written to the event and to the project's day, and read back."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from cairn.kernel.tenancy import Tenant
from cairn.kernel.usage import TokenUsage
from cairn.platform.database import Connection

_RECORD_DAY: Final = """
INSERT INTO cairn.usage AS u (project_id, day, kind, requests, tokens_in, tokens_out, cost_usd)
SELECT %(project_id)s, (now() AT TIME ZONE 'UTC')::date, t.kind, t.requests, t.tokens_in, t.tokens_out, t.cost_usd
FROM unnest(%(kinds)s::text[], %(requests)s::bigint[], %(tokens_in)s::bigint[], %(tokens_out)s::bigint[],
            %(costs)s::numeric[]) AS t (kind, requests, tokens_in, tokens_out, cost_usd)
ORDER BY t.kind
ON CONFLICT (project_id, day, kind) DO UPDATE SET
    requests = u.requests + excluded.requests, tokens_in = u.tokens_in + excluded.tokens_in,
    tokens_out = u.tokens_out + excluded.tokens_out, cost_usd = u.cost_usd + excluded.cost_usd
"""
_RECORD_EVENT: Final = """
UPDATE cairn.events SET usage = usage || jsonb_build_object(
    'calls', coalesce((usage ->> 'calls')::bigint, 0) + %(calls)s,
    'tokens_in', coalesce((usage ->> 'tokens_in')::bigint, 0) + %(tokens_in)s,
    'tokens_out', coalesce((usage ->> 'tokens_out')::bigint, 0) + %(tokens_out)s,
    'cost_usd', coalesce((usage ->> 'cost_usd')::numeric, 0) + %(cost)s::numeric) || %(noted)s
WHERE project_id = %(project_id)s AND id = %(event_id)s
"""
TODAY: Final = """
SELECT coalesce(sum(tokens_in + tokens_out), 0)::bigint AS tokens FROM cairn.usage
WHERE project_id = %(project_id)s AND day = (now() AT TIME ZONE 'UTC')::date
"""
DAYS: Final = """
SELECT day, kind, requests, tokens_in, tokens_out, cost_usd::float8 AS cost_usd FROM cairn.usage
WHERE project_id = %(project_id)s AND day BETWEEN %(first)s AND %(last)s ORDER BY day DESC, kind
"""


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
            _RECORD_DAY,
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
            _RECORD_EVENT,
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
