"""API keys in Postgres."""

from datetime import datetime
from typing import Final
from uuid import UUID

from psycopg.rows import DictRow

from cairn.auth.types import ApiKey
from cairn.kernel.tenancy import Role, Tenant
from cairn.platform.database import Database
from cairn.platform.sql_files import named_statements

_SQL: Final = named_statements(__name__)


class PostgresKeyStore:
    """API keys, by their SHA-256."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create_key(self, tenant: Tenant, key: ApiKey, key_sha256: bytes) -> None:
        """Stores a key by its SHA-256."""
        params = {
            "project_id": tenant.project_id,
            "id": key.id,
            "name": key.name,
            "role": key.role.value,
            "pinned_user_id": key.pinned_user_id,
            "key_sha256": key_sha256,
            "created_at": key.created_at,
            "expires_at": key.expires_at,
        }
        with self._database.transaction(tenant) as connection:
            connection.execute(_SQL["insert_key"], params)

    def list_keys(self, tenant: Tenant) -> list[ApiKey]:
        """All keys of the project, oldest first."""
        (rows,) = self._database.read(tenant, [(_SQL["list_keys"], {"project_id": tenant.project_id})])
        return [_to_key(row) for row in rows]

    def revoke_key(self, tenant: Tenant, key_id: UUID, at: datetime) -> bool:
        """False when there is no such key."""
        params = {"project_id": tenant.project_id, "key_id": key_id, "at": at}
        with self._database.transaction(tenant) as connection:
            return connection.execute(_SQL["revoke_key"], params).rowcount > 0

    def find_key(self, key_sha256: bytes) -> ApiKey | None:
        """The key with this hash, whatever its project, expired and revoked ones too."""
        with self._database.session() as connection:
            connection.execute("SELECT set_config('cairn.key_sha256', %s, true)", [key_sha256.hex()])
            row = connection.execute(_SQL["find_key"], {"key_sha256": key_sha256}).fetchone()
        return _to_key(row) if row else None


def _to_key(row: DictRow) -> ApiKey:
    return ApiKey(
        id=row["id"],
        project_id=row["project_id"],
        name=row["name"],
        role=Role(row["role"]),
        pinned_user_id=row["pinned_user_id"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )
