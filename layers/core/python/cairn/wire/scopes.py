"""The entities a request names, and those its key may name."""

from typing import Final, cast

from cairn.errors import Forbidden
from cairn.models import Scope, Tenant

ENTITY_KEYS: Final = ("user_id", "agent_id", "app_id", "run_id")
NO_ENTITY: Final = "At least one of user_id, agent_id, app_id or run_id is required."


def entities(filters: object) -> dict[str, object]:
    """The entity ids that a filter names plainly, or in a list under AND."""
    fields = cast("dict[str, object]", filters) if isinstance(filters, dict) else {}
    joined = cast("list[object]", fields["AND"]) if isinstance(fields.get("AND"), list) else []
    objects = [cast("dict[str, object]", part) for part in (*joined, fields) if isinstance(part, dict)]
    return {k: v for part in objects for k, v in part.items() if k in ENTITY_KEYS and v is not None}


def pinned_scope(tenant: Tenant, scope: Scope) -> Scope:
    """The scope a key may write: a pinned key writes to its user alone, named or not."""
    if tenant.user_id is None:
        return scope
    if scope.user_id not in (None, tenant.user_id):
        raise Forbidden(f"This API key may only use user_id {tenant.user_id!r}.")
    return Scope(tenant.user_id, scope.agent_id, scope.app_id, scope.run_id)
