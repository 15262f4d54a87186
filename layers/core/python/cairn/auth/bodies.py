"""Bodies of requests about API keys."""

from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import Field

from cairn.kernel.errors import InvalidRequest
from cairn.kernel.tenancy import Role
from cairn.platform.http.values import Body, EntityId, Moment


class CreateKeyBody(Body):
    """POST /v1/keys/. What bounds a key is never passed over: a blank user_id would make a key of the whole project."""

    as_given: ClassVar[frozenset[str] | None] = frozenset({"role", "user_id", "expires_at"})

    name: Annotated[str, Field(min_length=1, max_length=256)]
    role: Role = Role.WRITER
    user_id: EntityId | None = None
    expires_at: Moment | None = None

    def expiry(self, now: datetime) -> datetime | None:
        """The expiry; raises InvalidRequest when it has passed."""
        if self.expires_at is not None and self.expires_at <= now.astimezone(UTC):
            raise InvalidRequest("expires_at must lie in the future.")
        return self.expires_at
