"""API keys."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cairn.kernel.tenancy import Role


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
