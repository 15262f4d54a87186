"""The service behind functions/migrate."""

from cairn.kernel.settings import MigrateSettings
from cairn.platform import credentials, migrate


def run_migrations(settings: MigrateSettings) -> list[str]:
    """Applies the migrations and sets up the application's login role; returns what was applied."""
    owner_url = credentials.owner_url(settings)
    role, password = credentials.app_login(settings)
    applied = migrate.migrate(owner_url)
    migrate.ensure_app_role(owner_url, role, password)
    return applied
