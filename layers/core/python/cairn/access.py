"""Who calls: roles, API keys, and the caller of one request."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from cairn.models import Tenant


class Role(StrEnum):
    """What an API key may do; each role may do all that the one before it may."""

    READER = "reader"
    WRITER = "writer"
    ADMIN = "admin"

    def may(self, needed: "Role") -> bool:
        """Whether this role covers `needed`."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated caller of one request."""

    tenant: Tenant
    role: Role


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key without its secret."""

    id: UUID
    project_id: UUID
    name: str
    role: Role
    pinned_user_id: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
