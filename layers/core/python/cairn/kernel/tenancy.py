"""Who asks for what: the tenant of a transaction, its caller, the scope of a memory, and one page of a list."""

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose rows a transaction may see.

    `key_id` is the API key behind the request; the database checks that it still holds, so a revoked key stops at its
    next request however long its authorization is cached. None where no caller is involved (queues, schedules).
    `user_id` narrows everything to one user, for keys pinned to a user.
    """

    project_id: UUID
    key_id: UUID | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a memory is about: any of the four may be absent."""

    user_id: str | None = None
    agent_id: str | None = None
    app_id: str | None = None
    run_id: str | None = None

    @property
    def key(self) -> str:
        """64 hex digits that stand for exactly these four values; never ambiguous, unlike joined strings."""
        parts = (self.user_id, self.agent_id, self.app_id, self.run_id)
        packed = b"".join(b"-" if p is None else b"%d:%s" % (len(p.encode()), p.encode()) for p in parts)
        return hashlib.sha256(packed).hexdigest()

    @property
    def graph(self) -> "Scope":
        """Whose entities a memory speaks of: without its run, as one's sister is the same over all runs.

        A scope that names a run alone keeps it.
        """
        whose = replace(self, run_id=None)
        return self if whose.is_empty else whose

    @property
    def is_empty(self) -> bool:
        """True when no entity is named at all."""
        return not (self.user_id or self.agent_id or self.app_id or self.run_id)


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
class Page:
    """One page of a list: `number` counts from 1."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.number - 1) * self.size
