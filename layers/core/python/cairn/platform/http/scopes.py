"""The entities a request names, and those its key may name."""

from typing import Final, cast

from cairn.kernel.errors import Forbidden
from cairn.kernel.tenancy import Scope, Tenant
from cairn.platform.http.values import is_absent

ENTITY_KEYS: Final = ("user_id", "agent_id", "app_id", "run_id")
_NULL_IS_NONE: Final = (
    *ENTITY_KEYS,
    *("userId", "agentId", "appId", "runId", "session_id", "sessionId", "expiration_date", "expirationDate"),
)
_DATES: Final = (
    *("created_at", "createdAt", "updated_at", "updatedAt", "timestamp"),
    *("expiration_date", "expirationDate"),
)
_BOUNDS: Final = ("gt", "gte", "lt", "lte")
NO_ENTITY: Final = "At least one of user_id, agent_id, app_id or run_id is required."


def given(filters: object) -> object:
    """The filters of a read without what is blank, on their top level and under AND.

    A null is kept where it asks for no value: of an entity id and an expiration date. An erasure takes its filters as
    they are: less to filter by would be more to erase.
    """
    if isinstance(filters, list):
        return [given(part) for part in cast("list[object]", filters)]
    if not isinstance(filters, dict):
        return filters
    entries = cast("dict[str, object]", filters)
    kept = {k: given(v) if k == "AND" else _bounded(k, v) for k, v in entries.items() if not _says_nothing(k, v)}
    return {k: v for k, v in kept.items() if v != {} or entries[k] == {}}


def _bounded(key: str, value: object) -> object:
    """The bounds of a date without those that are blank, as a form sends what was not filled in."""
    if key not in _DATES or not isinstance(value, dict):
        return value
    bounds = cast("dict[str, object]", value)
    return {name: bound for name, bound in bounds.items() if not (name in _BOUNDS and is_absent(bound))}


def _says_nothing(key: str, value: object) -> bool:
    if key.startswith("metadata.") or (value is None and key in _NULL_IS_NONE):
        return False
    return is_absent(value)


def entities(filters: object) -> dict[str, object]:
    """The entity ids that a filter names plainly, or in a list under AND."""
    fields = cast("dict[str, object]", filters) if isinstance(filters, dict) else {}
    joined = cast("list[object]", fields["AND"]) if isinstance(fields.get("AND"), list) else []
    objects = [cast("dict[str, object]", part) for part in (*joined, fields) if isinstance(part, dict)]
    return {k: v for part in objects for k, v in part.items() if k in ENTITY_KEYS and not is_absent(v)}


def pinned_scope(tenant: Tenant, scope: Scope) -> Scope:
    """The scope a key may write: a pinned key writes to its user alone, named or not."""
    if tenant.user_id is None:
        return scope
    if scope.user_id not in (None, tenant.user_id):
        raise Forbidden(f"This API key may only use user_id {tenant.user_id!r}.")
    return Scope(tenant.user_id, scope.agent_id, scope.app_id, scope.run_id)
