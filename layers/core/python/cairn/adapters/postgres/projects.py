"""Projects and API keys in Postgres."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from cairn.access import ApiKey, Role
from cairn.adapters.postgres import spending
from cairn.adapters.postgres.options import to_settings
from cairn.db import Database
from cairn.errors import NotFound
from cairn.models import Tenant, new_id
from cairn.project import DayUsage, Project, ProjectSettings, TokenUsage

_KEY_COLUMNS: Final = """
SELECT id, project_id, name, role, pinned_user_id, created_at, expires_at, revoked_at FROM cairn.api_keys
"""
_INSERT_PROJECT: Final = (
    "INSERT INTO cairn.projects (project_id, org_id, name) VALUES (%(project_id)s, %(org_id)s, %(name)s)"
)
_PROJECT: Final = """
SELECT project_id, org_id, name, created_at, settings FROM cairn.projects WHERE project_id = %(project_id)s
"""
_CHANGE_SETTINGS: Final = """
UPDATE cairn.projects SET settings = jsonb_strip_nulls(settings || %(changes)s) WHERE project_id = %(project_id)s
"""
_INSERT_KEY: Final = """
INSERT INTO cairn.api_keys (project_id, id, name, role, pinned_user_id, key_sha256, created_at, expires_at)
VALUES (%(project_id)s, %(id)s, %(name)s, %(role)s, %(pinned_user_id)s, %(key_sha256)s, %(created_at)s, %(expires_at)s)
"""
_LIST_KEYS: Final = _KEY_COLUMNS + "WHERE project_id = %(project_id)s ORDER BY id"
_REVOKE_KEY: Final = """
UPDATE cairn.api_keys SET revoked_at = coalesce(revoked_at, %(at)s)
WHERE project_id = %(project_id)s AND id = %(key_id)s
"""
_FIND_KEY: Final = _KEY_COLUMNS + "WHERE key_sha256 = %(key_sha256)s"


class PostgresProjectStore:
    """The ProjectStore on Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create_project(self, name: str) -> UUID:
        """A new, empty project in an organization of its own."""
        tenant = Tenant(new_id())
        params = {"project_id": tenant.project_id, "org_id": new_id(), "name": name}
        with self._database.transaction(tenant) as connection:
            connection.execute(_INSERT_PROJECT, params)
        return tenant.project_id

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
            connection.execute(_INSERT_KEY, params)

    def list_keys(self, tenant: Tenant) -> list[ApiKey]:
        """All keys of the project, oldest first."""
        (rows,) = self._database.read(tenant, [(_LIST_KEYS, {"project_id": tenant.project_id})])
        return [_to_key(row) for row in rows]

    def revoke_key(self, tenant: Tenant, key_id: UUID, at: datetime) -> bool:
        """False when there is no such key."""
        params = {"project_id": tenant.project_id, "key_id": key_id, "at": at}
        with self._database.transaction(tenant) as connection:
            return connection.execute(_REVOKE_KEY, params).rowcount > 0

    def find_key(self, key_sha256: bytes) -> ApiKey | None:
        """The key with this hash, whatever its project, expired and revoked ones too."""
        with self._database.session() as connection:
            connection.execute("SELECT set_config('cairn.key_sha256', %s, true)", [key_sha256.hex()])
            row = connection.execute(_FIND_KEY, {"key_sha256": key_sha256}).fetchone()
        return _to_key(row) if row else None

    def project(self, tenant: Tenant) -> Project:
        """The project; raises NotFound."""
        (rows,) = self._database.read(tenant, [(_PROJECT, {"project_id": tenant.project_id})])
        return _to_project(rows)

    def change_settings(self, tenant: Tenant, changes: Mapping[str, Any]) -> None:
        """Sets these settings; a None clears one."""
        params = {"project_id": tenant.project_id, "changes": Jsonb(dict(changes))}
        with self._database.transaction(tenant) as connection:
            connection.execute(_CHANGE_SETTINGS, params)

    def tokens_today(self, tenant: Tenant) -> tuple[ProjectSettings, int]:
        """The project's settings, and the tokens it has spent today (UTC); raises NotFound."""
        params = {"project_id": tenant.project_id}
        projects, spent = self._database.read(tenant, [(_PROJECT, params), (spending.TODAY, params)])
        return _to_project(projects).settings, spent[0]["tokens"]

    def usage(self, tenant: Tenant, first: date, last: date) -> list[DayUsage]:
        """What the days from `first` to `last` cost, by kind, latest first."""
        (rows,) = self._database.read(tenant, [(spending.DAYS, spending.days_params(tenant, first, last))])
        return [DayUsage(**row) for row in rows]

    def record_usage(self, tenant: Tenant, usage: Sequence[TokenUsage]) -> None:
        """Adds to today's usage what belongs to no event."""
        with self._database.transaction(tenant) as connection:
            spending.record(connection, tenant, usage)

    def check(self) -> None:
        """Raises DatabaseUnavailable where Postgres does not answer."""
        with self._database.session() as connection:
            connection.execute("SELECT 1")


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


def _to_project(rows: Sequence[DictRow]) -> Project:
    if not rows:
        raise NotFound("Project not found!")
    row = rows[0]
    return Project(
        row["project_id"], row["org_id"], row["name"], row["created_at"], row["settings"], to_settings(row["settings"])
    )
