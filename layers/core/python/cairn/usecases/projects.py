"""The project behind a key."""

from uuid import UUID

from cairn.models import Tenant
from cairn.ports import ProjectStore


class Projects:
    """Reads what a client must know of its own project."""

    def __init__(self, projects: ProjectStore) -> None:
        self._projects = projects

    def organization(self, tenant: Tenant) -> UUID:
        """The organization the project belongs to; raises NotFound."""
        return self._projects.organization(tenant)
