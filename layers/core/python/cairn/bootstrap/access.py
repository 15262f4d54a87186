"""The service behind functions/authorize, and a first project with its key."""

from contextlib import closing

from cairn import parts
from cairn.access import Role
from cairn.adapters.postgres.projects import PostgresProjectStore
from cairn.bootstrap import now
from cairn.db import Address, Database
from cairn.models import Tenant
from cairn.settings import AuthorizeSettings
from cairn.usecases.authorize import Authorize
from cairn.usecases.keys import Keys


def authorize(settings: AuthorizeSettings, *, database: Database | None = None) -> Authorize:
    """The service behind functions/authorize."""
    projects = PostgresProjectStore(database or parts.database(settings))
    return Authorize(projects, kept_seconds=settings.authorizer_cache_seconds)


def create_project(database_url: str | Address, name: str) -> tuple[str, str]:
    """A new project and its first admin key: (project id, key). `database_url` is the application role's."""
    with closing(Database(database_url)) as database:
        projects = PostgresProjectStore(database)
        project_id = projects.create_project(name)
        _, secret = Keys(projects).create(Tenant(project_id), name="first key", role=Role.ADMIN, now=now())
    return str(project_id), secret
