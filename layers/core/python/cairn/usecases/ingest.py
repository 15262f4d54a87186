"""Adds of other systems: whoever may write to the queue may write to every project there is."""

from datetime import datetime

from cairn.models import NewEvent, Tenant
from cairn.ports import ProjectStore
from cairn.usecases.add_memory import Accepted, AddMemory


class Ingest:
    """Accepts an add as the API does, for a project that the message names."""

    def __init__(self, add: AddMemory, projects: ProjectStore) -> None:
        self._add = add
        self._projects = projects

    def __call__(self, tenant: Tenant, event: NewEvent, now: datetime) -> Accepted:
        """Accepts the event once; raises NotFound where there is no such project, and what AddMemory raises."""
        self._projects.project(tenant)
        return self._add(tenant, event, now)
