"""Projects in Postgres."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from cairn.kernel.errors import NotFound
from cairn.kernel.ids import new_id
from cairn.kernel.tenancy import Tenant
from cairn.kernel.usage import TokenUsage
from cairn.platform.database import Database
from cairn.platform.sql_files import named_statements
from cairn.projects import usage_rows
from cairn.projects.settings import to_settings
from cairn.projects.types import DayUsage, Project, ProjectSettings

_SQL: Final = named_statements(__name__)


class PostgresProjectStore:
    """Projects, their settings, and what they spend."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create_project(self, name: str) -> UUID:
        """A new, empty project in an organization of its own."""
        tenant = Tenant(new_id())
        params = {"project_id": tenant.project_id, "org_id": new_id(), "name": name}
        with self._database.transaction(tenant) as connection:
            connection.execute(_SQL["insert_project"], params)
        return tenant.project_id

    def project(self, tenant: Tenant) -> Project:
        """The project; raises NotFound."""
        (rows,) = self._database.read(tenant, [(_SQL["project"], {"project_id": tenant.project_id})])
        return _to_project(rows)

    def change_settings(self, tenant: Tenant, changes: Mapping[str, Any]) -> None:
        """Sets these settings; a None clears one."""
        params = {"project_id": tenant.project_id, "changes": Jsonb(dict(changes))}
        with self._database.transaction(tenant) as connection:
            connection.execute(_SQL["change_settings"], params)

    def tokens_today(self, tenant: Tenant) -> tuple[ProjectSettings, int]:
        """The project's settings, and the tokens it has spent today (UTC); raises NotFound."""
        params = {"project_id": tenant.project_id}
        projects, spent = self._database.read(tenant, [(_SQL["project"], params), (usage_rows.TODAY, params)])
        return _to_project(projects).settings, spent[0]["tokens"]

    def usage(self, tenant: Tenant, first: date, last: date) -> list[DayUsage]:
        """What the days from `first` to `last` cost, by kind, latest first."""
        (rows,) = self._database.read(tenant, [(usage_rows.DAYS, usage_rows.days_params(tenant, first, last))])
        return [DayUsage(**row) for row in rows]

    def record_usage(self, tenant: Tenant, usage: Sequence[TokenUsage]) -> None:
        """Adds to today's usage what belongs to no event."""
        with self._database.transaction(tenant) as connection:
            usage_rows.record(connection, tenant, usage)

    def check(self) -> None:
        """Raises DatabaseUnavailable where Postgres does not answer."""
        with self._database.session() as connection:
            connection.execute("SELECT 1")


def _to_project(rows: Sequence[DictRow]) -> Project:
    if not rows:
        raise NotFound("Project not found!")
    row = rows[0]
    return Project(
        row["project_id"], row["org_id"], row["name"], row["created_at"], row["settings"], to_settings(row["settings"])
    )
