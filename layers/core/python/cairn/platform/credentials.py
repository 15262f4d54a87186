"""Passwords and keys: as the settings hold them, or out of the secrets that the settings name.

boto3 is imported only where a secret is named.
"""

from collections.abc import Mapping
from functools import cache
from re import match
from typing import TYPE_CHECKING, Final

from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from cairn.kernel.errors import Misconfigured
from cairn.kernel.settings import (
    ROLE_NAME,
    DatabaseSecretSettings,
    DatabaseSettings,
    EmbedderSettings,
    GraphSettings,
    MigrateSettings,
    ModelSettings,
)
from cairn.platform.database import Address

if TYPE_CHECKING:
    from cairn.platform.secrets import SecretsManager


_DEFAULT_PORT: Final = "5432"


@cache
def secrets() -> "SecretsManager":
    """The one reader of secrets in a process."""
    # boto3 is slow to import, and every request waits for the authorizer.
    from cairn.platform.secrets import SecretsManager

    return SecretsManager()


def read(arn: str, *fields: str, fresh: bool = False) -> Mapping[str, str]:
    """A JSON secret that has at least these fields; raises Misconfigured naming the one that is missing."""
    found = secrets().read(arn, fresh=fresh)
    for field in fields:
        if not found.get(field):
            raise Misconfigured(f"Secret {arn.rpartition(':')[2]!r} has no {field!r}.")
    return found


class DatabaseSecret:
    """The connection string of a database that a secret describes; an Address."""

    def __init__(self, arn: str, settings: DatabaseSecretSettings) -> None:
        self._arn = arn
        self._host = settings.database_host
        self._sslmode = settings.database_sslmode

    def __call__(self, *, refused: bool) -> str:
        """Read anew where the server refused the last one: the password was rotated since."""
        needed = ("dbname", "username", "password") if self._host else ("host", "dbname", "username", "password")
        found = read(self._arn, *needed, fresh=refused)
        return make_conninfo(
            host=self._host or found["host"],
            port=found.get("port", _DEFAULT_PORT),
            dbname=found["dbname"],
            user=found["username"],
            password=found["password"],
            sslmode=self._sslmode,
        )


def database_address(settings: DatabaseSettings) -> str | Address:
    """Where the application's role finds its database."""
    if settings.database_secret_arn:
        return DatabaseSecret(settings.database_secret_arn, settings)
    return _value(settings.database_url)


def owner_url(settings: MigrateSettings) -> str:
    """The owner's connection string, read anew: a deploy is rare, and may follow a rotation."""
    if settings.owner_database_secret_arn:
        # Migrations take a session's lock, so the owner goes to the cluster itself whatever the others do.
        direct = settings.model_copy(update={"database_host": None})
        return DatabaseSecret(settings.owner_database_secret_arn, direct)(refused=True)
    return _value(settings.owner_database_url)


def app_login(settings: MigrateSettings) -> tuple[str, str]:
    """Name and password that the application's role is to have."""
    if not settings.app_database_secret_arn:
        return settings.app_role or "", _value(settings.app_password)
    found = read(settings.app_database_secret_arn, "username", "password", fresh=True)
    if not match(ROLE_NAME, found["username"]):
        raise Misconfigured("The username of CAIRN_APP_DATABASE_SECRET_ARN must be small letters, digits and _.")
    return found["username"], found["password"]


def openai_key(settings: ModelSettings) -> str | None:
    """The key of the model endpoint, where it has one."""
    return _key(settings.openai_secret_arn, settings.openai_api_key)


def anthropic_key(settings: ModelSettings) -> str | None:
    """The key of Anthropic's API, where there is one."""
    return _key(settings.anthropic_secret_arn, settings.anthropic_api_key)


def embedding_key(settings: EmbedderSettings) -> str | None:
    """The key of the embedding endpoint, where it has one."""
    return _key(settings.embedding_secret_arn, settings.embedding_api_key)


def _key(arn: str | None, given: SecretStr | None) -> str | None:
    if not arn:
        return _value(given) or None
    text = secrets().text(arn).get_secret_value().strip()
    return read(arn, "api_key")["api_key"] if text.startswith("{") else text


def graph(settings: GraphSettings, *, fresh: bool = False) -> GraphSettings:
    """The settings with what the graph's secret holds, where they name one."""
    if not settings.neo4j_secret_arn:
        return settings
    found = read(settings.neo4j_secret_arn, "uri", "username", "password", fresh=fresh)
    own = {"neo4j_uri": found["uri"], "neo4j_user": found["username"], "neo4j_password": SecretStr(found["password"])}
    return settings.model_copy(update=own | {"neo4j_database": found.get("database") or settings.neo4j_database})


def _value(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
