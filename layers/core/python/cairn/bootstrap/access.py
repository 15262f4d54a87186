"""The service behind functions/authorize, and a first project with its key."""

from contextlib import closing

from cairn.auth.authorize import Authorize
from cairn.auth.keys import Keys
from cairn.auth.store import PostgresKeyStore
from cairn.bootstrap import adapters
from cairn.kernel.clock import now
from cairn.kernel.settings import AuthorizeSettings
from cairn.kernel.tenancy import Role, Tenant
from cairn.platform.database import Address, Database
from cairn.projects.store import PostgresProjectStore


def authorize(settings: AuthorizeSettings, *, database: Database | None = None) -> Authorize:
    """The service behind functions/authorize."""
    keys = PostgresKeyStore(database or adapters.database(settings))
    return Authorize(keys, kept_seconds=settings.authorizer_cache_seconds)


def create_project(database_url: str | Address, name: str) -> tuple[str, str]:
    """A new project and its first admin key: (project id, key). `database_url` is the application role's."""
    with closing(Database(database_url)) as database:
        project_id = PostgresProjectStore(database).create_project(name)
        _, secret = Keys(PostgresKeyStore(database)).create(
            Tenant(project_id), name="first key", role=Role.ADMIN, now=now()
        )
    return str(project_id), secret
