"""API keys: made at random, kept as SHA-256, revoked for good."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from cairn.auth.store import PostgresKeyStore
from cairn.auth.types import ApiKey
from cairn.kernel.errors import NotFound
from cairn.kernel.ids import new_id
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Role, Tenant


def key_sha256(secret: str) -> bytes:
    """What is stored of a key. Its 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class Keys:
    """Makes, lists and revokes the keys of a project."""

    def __init__(self, keys: PostgresKeyStore) -> None:
        self._keys = keys

    def create(
        self,
        tenant: Tenant,
        *,
        name: str,
        role: Role,
        now: datetime,
        pinned_user_id: str | None = None,
        expires_at: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and its secret, which is shown this once."""
        secret = f"m0-{secrets.token_urlsafe(32)}"
        key = ApiKey(new_id(), tenant.project_id, name, role, pinned_user_id, now, expires_at, None)
        self._keys.create_key(tenant, key, key_sha256(secret))
        logger.info("key made", action="keys.made", key_id=str(key.id), role=role)
        return key, secret

    def list_keys(self, tenant: Tenant) -> list[ApiKey]:
        """All keys, without their secrets, oldest first."""
        return self._keys.list_keys(tenant)

    def name_of_own(self, tenant: Tenant) -> str:
        """What the caller's own key is called."""
        return next((key.name for key in self._keys.list_keys(tenant) if key.id == tenant.key_id), "")

    def revoke(self, tenant: Tenant, key_id: UUID, now: datetime) -> None:
        """Revokes a key; raises NotFound. From its next request on the key is refused."""
        if not self._keys.revoke_key(tenant, key_id, now):
            raise NotFound("API key not found!")
        logger.info("key revoked", action="keys.revoked", key_id=str(key_id))
