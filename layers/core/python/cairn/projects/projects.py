"""The project behind a key: its settings, and what it spends on models."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from cairn.kernel.errors import InvalidRequest, NotFound
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Tenant
from cairn.projects.budget import Budget, seconds_to_midnight
from cairn.projects.store import PostgresProjectStore
from cairn.projects.types import DayUsage, Project

MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Spending:
    """What the days cost, and how much of today's budget is used; `limit` 0 is none. `resets_in` is in seconds."""

    days: list[DayUsage]
    limit: int
    used_today: int
    resets_in: int


class Projects:
    """Reads and changes a project, and tells what of its budget is spent."""

    def __init__(self, projects: PostgresProjectStore, budget: Budget) -> None:
        self._projects = projects
        self._budget = budget

    def get(self, tenant: Tenant) -> Project:
        """The project; raises NotFound."""
        return self._projects.project(tenant)

    def named(self, tenant: Tenant, org_id: str, project_id: str) -> Project:
        """The project, when these are its ids; a key sees no other, so any other is NotFound."""
        project = self._projects.project(tenant)
        if (_uuid(org_id), _uuid(project_id)) != (project.org_id, project.id):
            raise NotFound("Project not found!")
        return project

    def change(self, tenant: Tenant, org_id: str, project_id: str, changes: Mapping[str, Any]) -> None:
        """Sets these settings, None clearing one; raises NotFound."""
        self.named(tenant, org_id, project_id)
        self._projects.change_settings(tenant, changes)
        logger.info("settings changed", action="projects.changed", settings=sorted(changes))

    def spending(self, tenant: Tenant, first: date | None, last: date | None, now: datetime) -> Spending:
        """What the days from `first` to `last` cost; today alone where neither is given.

        Raises:
            InvalidRequest: the days are in the wrong order, or more than a leap year of them.
        """
        today = now.astimezone(UTC).date()
        last = last or max(today, first or today)
        first = first or last
        if not 0 <= (last - first).days < MOST_DAYS:
            raise InvalidRequest(f"start_date must lie before end_date, and at most {MOST_DAYS - 1} days.")
        settings, used = self._projects.tokens_today(tenant)
        days = self._projects.usage(tenant, first, last)
        return Spending(days, self._budget.limit(settings), used, seconds_to_midnight(now))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
