"""The body of a chat."""

from typing import Annotated

from pydantic import Field

from cairn.kernel.errors import InvalidRequest
from cairn.kernel.tenancy import Scope, Tenant
from cairn.platform.http.scopes import NO_ENTITY, pinned_scope
from cairn.platform.http.values import Body, EntityId, Metadata, Text, TimeZone


class ChatBody(Body):
    """POST /v1/chat/: a message to answer with what is remembered, and to remember."""

    message: Text
    user_id: EntityId | None = None
    agent_id: EntityId | None = None
    app_id: EntityId | None = None
    run_id: EntityId | None = None
    metadata: Metadata | None = None
    token_budget: Annotated[int, Field(ge=50, le=100_000)] = 1_200
    timezone: TimeZone = "UTC"
    remember: bool = True

    def scope(self, tenant: Tenant) -> Scope:
        """Who talks; raises InvalidRequest without an entity, Forbidden for another user than the pinned."""
        scope = pinned_scope(tenant, Scope(self.user_id, self.agent_id, self.app_id, self.run_id))
        if scope.is_empty:
            raise InvalidRequest(NO_ENTITY)
        return scope
