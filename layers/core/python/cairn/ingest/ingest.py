"""Adds of other systems: whoever may write to the queue may write to every project there is."""

from datetime import datetime

from cairn.add.accept import Accepted, AddMemory
from cairn.events.types import NewEvent
from cairn.kernel.tenancy import Tenant
from cairn.projects.store import PostgresProjectStore


class Ingest:
    """Accepts an add as the API does, for a project that the message names."""

    def __init__(self, add: AddMemory, projects: PostgresProjectStore) -> None:
        self._add = add
        self._projects = projects

    def __call__(self, tenant: Tenant, event: NewEvent, now: datetime) -> Accepted:
        """Accepts the event once; raises NotFound where there is no such project, and what AddMemory raises."""
        self._projects.project(tenant)
        return self._add(tenant, event, now)
