"""Secrets of an emulator of Secrets Manager, a real Postgres with passwords, and a rotation under a running service."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from uuid import UUID

import boto3
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr, ValidationError

from cairn.bootstrap import access, reads, schema
from cairn.kernel.errors import DatabaseUnavailable, Misconfigured, SecretUnavailable
from cairn.kernel.settings import AuthorizeSettings, ConsolidateSettings, DatabaseSettings, MigrateSettings
from cairn.kernel.tenancy import Tenant
from cairn.platform import credentials, migrate
from cairn.platform.database import Database
from cairn.platform.retries import may_pass
from cairn.platform.secrets import SecretsManager
from functions.authorize import handler as authorize_handler
from local.postgres import Postgres, free_port
from tests.conftest import APP_PASSWORD, APP_ROLE, TestDatabase
from tests.integration.api import Api, Context
from tests.integration.conftest import Settings
from tests.integration.provide import Provide


class Vault:
    """Makes and changes secrets."""

    def __init__(self) -> None:
        self.client = boto3.client("secretsmanager")

    def create(self, content: Any) -> str:
        text = content if isinstance(content, str) else json.dumps(content)
        return self.client.create_secret(Name=f"test/{secrets.token_hex(4)}", SecretString=text)["ARN"]

    def update(self, arn: str, content: Any) -> None:
        self.client.put_secret_value(SecretId=arn, SecretString=json.dumps(content))


@pytest.fixture
def vault(environment: dict[str, str]) -> Iterator[Vault]:
    credentials.secrets.cache_clear()
    made = Vault()
    yield made
    made.client.close()
    credentials.secrets().close()
    credentials.secrets.cache_clear()


def as_rds(url: str, **changes: Any) -> dict[str, Any]:
    """A connection string as RDS writes its secrets."""
    parts = conninfo_to_dict(url)
    fields = {"engine": "postgres", "host": parts["host"], "port": int(str(parts["port"])), "dbname": parts["dbname"]}
    return fields | {"username": parts["user"], "password": parts["password"]} | changes


class LoginRole:
    """A login role of the application whose password can be changed, with all its connections ended."""

    def __init__(self, database: TestDatabase) -> None:
        self._owner = database.owner_url
        self.name = f"rotated_{secrets.token_hex(4)}"
        self.password = "first-password"
        migrate.ensure_app_role(self._owner, self.name, self.password)
        self.url = make_conninfo(database.owner_url, user=self.name, password=self.password)

    def change_password(self, password: str) -> None:
        with psycopg.connect(self._owner, autocommit=True) as owner:
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
            owner.execute(statement.format(sql.Identifier(self.name), sql.Literal(password)))
            owner.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s", [self.name]
            )


@pytest.fixture
def role(database: TestDatabase) -> LoginRole:
    return LoginRole(database)


def counting(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often Secrets Manager was asked."""
    calls: list[str] = []
    text = SecretsManager.text

    def counted(self: SecretsManager, arn: str, *, fresh: bool = False) -> SecretStr:
        known = arn in self._kept
        if fresh or not known:
            calls.append(arn)
        return text(self, arn, fresh=fresh)

    monkeypatch.setattr(SecretsManager, "text", counted)
    return lambda: len(calls)


def test_a_secret_is_asked_for_once_in_a_process(vault: Vault, monkeypatch: pytest.MonkeyPatch):
    asked = counting(monkeypatch)
    arn = vault.create({"username": "u", "port": 5432, "nested": {"a": 1}})
    manager = credentials.secrets()
    assert manager.read(arn) == {"username": "u", "port": "5432"}
    vault.update(arn, {"username": "v"})
    assert manager.read(arn) == {"username": "u", "port": "5432"}
    assert asked() == 1
    assert manager.read(arn, fresh=True) == {"username": "v"}


def test_an_unknown_secret_is_a_mistake_of_the_deployment(vault: Vault):
    arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:not-there-AbCdEf"
    with pytest.raises(Misconfigured, match="'not-there-AbCdEf' cannot be read: ResourceNotFoundException"):
        credentials.secrets().read(arn)


@pytest.mark.parametrize("content", ["pass-word-42", '["pass-word-42"]', '{"password": "pass-word-42"'])
def test_no_error_shows_a_secret_of_the_wrong_form(vault: Vault, content: str):
    arn = vault.create(content)
    with pytest.raises(Misconfigured, match="must be a JSON object") as caught:
        credentials.secrets().read(arn)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "pass-word" not in repr(caught.value)
    assert "pass-word" not in repr(vars(credentials.secrets()))


def test_a_missing_field_is_named(vault: Vault):
    arn = vault.create({"host": "h", "dbname": "d", "password": "pass-word-42"})
    address = credentials.DatabaseSecret(arn, DatabaseSettings(environment="test", database_secret_arn=arn))
    with pytest.raises(Misconfigured, match="has no 'username'") as caught:
        address(refused=False)
    assert "pass-word" not in str(caught.value)


def test_a_secrets_manager_that_does_not_answer_may_pass(environment: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", f"http://127.0.0.1:{free_port()}")
    with closing(SecretsManager()) as manager, pytest.raises(SecretUnavailable) as caught:
        manager.read("arn:aws:secretsmanager:us-east-1:000000000000:secret:x")
    assert may_pass(caught.value)


def test_the_proxys_host_and_sslmode_win_over_the_secret(vault: Vault):
    arn = vault.create(as_rds("host=cluster port=5433 dbname=d user=u password=p"))
    own: dict[str, Any] = {"environment": "test", "database_secret_arn": arn}
    assert conninfo_to_dict(credentials.database_address(DatabaseSettings(**own))(refused=False)) == {
        "host": "cluster",
        "port": "5433",
        "dbname": "d",
        "user": "u",
        "password": "p",
        "sslmode": "require",
    }
    proxied = DatabaseSettings(**own, database_host="proxy", database_sslmode="verify-full")
    found = conninfo_to_dict(credentials.database_address(proxied)(refused=False))
    assert (found["host"], found["sslmode"]) == ("proxy", "verify-full")


def test_a_rotated_password_needs_no_redeploy(
    vault: Vault, role: LoginRole, monkeypatch: pytest.MonkeyPatch, provide: Provide
):
    asked = counting(monkeypatch)
    arn = vault.create(as_rds(role.url))
    settings = AuthorizeSettings(environment="test", database_secret_arn=arn, database_sslmode="disable")
    project_id, key = access.create_project(credentials.database_address(settings), "rotated")
    service = access.authorize(settings)
    provide(authorize_handler, service)

    def authorized() -> dict[str, str]:
        return authorize_handler.lambda_handler({"identitySource": [f"Token {key}"]}, Context())["context"]

    assert authorized()["project_id"] == project_id
    role.change_password("second-password")
    refused = authorized()
    assert set(refused) == {"unavailable", "retry_after"}
    assert "password" not in str(refused)
    before = asked()
    vault.update(arn, as_rds(role.url, password="second-password"))
    assert authorized()["project_id"] == project_id
    assert authorized()["project_id"] == project_id
    assert asked() == before + 1
    service._keys._database.close()


def test_a_refused_password_that_did_not_change_is_asked_for_once(
    vault: Vault, role: LoginRole, monkeypatch: pytest.MonkeyPatch
):
    arn = vault.create(as_rds(role.url, password="wrong"))
    settings = DatabaseSettings(environment="test", database_secret_arn=arn, database_sslmode="disable")
    asked = counting(monkeypatch)
    with closing(Database(credentials.database_address(settings))) as database:
        for expected in (2, 3):  # the first time, and then once for each failure
            with pytest.raises(DatabaseUnavailable), database.session():
                pass
            assert asked() == expected


def test_a_server_that_is_away_is_no_reason_to_read_the_secret_again(
    vault: Vault, role: LoginRole, monkeypatch: pytest.MonkeyPatch
):
    arn = vault.create(as_rds(role.url, port=free_port()))
    settings = DatabaseSettings(environment="test", database_secret_arn=arn, database_sslmode="disable")
    asked = counting(monkeypatch)
    with closing(Database(credentials.database_address(settings))) as database:
        with pytest.raises(DatabaseUnavailable):
            database.read(Tenant(UUID(int=0)), [])
        assert asked() == 1


def test_migrate_takes_both_logins_from_secrets(vault: Vault, empty_database: str, postgres: Postgres):
    owner = vault.create(as_rds(empty_database))
    role = f"app_{secrets.token_hex(4)}"
    app = vault.create({"username": role, "password": "app-password"})
    settings = MigrateSettings(
        environment="test",
        owner_database_secret_arn=owner,
        app_database_secret_arn=app,
        database_host="proxy.that.is.not.there",  # the owner goes to the cluster itself
        database_sslmode="disable",
    )
    assert schema.run_migrations(settings)
    url = make_conninfo(empty_database, user=role, password="app-password")
    assert access.create_project(url, "first")[0]


def test_a_hostile_role_name_in_the_secret_is_refused(vault: Vault, database: TestDatabase):
    app = vault.create({"username": 'x"; DROP ROLE y', "password": "p"})
    settings = MigrateSettings(
        environment="test", owner_database_url=SecretStr(database.owner_url), app_database_secret_arn=app
    )
    with pytest.raises(Misconfigured, match="CAIRN_APP_DATABASE_SECRET_ARN"):
        schema.run_migrations(settings)


@pytest.mark.parametrize("content", ["sk-one\n", {"api_key": "sk-one"}])
def test_the_models_key_may_be_a_secret(vault: Vault, settings: Settings, content: Any):
    own = {**settings.consolidate.model_dump(), "openai_secret_arn": vault.create(content)}
    made = ConsolidateSettings(**own)
    assert made.has_model
    assert credentials.openai_key(made) == "sk-one"
    own |= {"llm": "anthropic", "openai_secret_arn": None, "anthropic_secret_arn": own["openai_secret_arn"]}
    assert credentials.anthropic_key(ConsolidateSettings(**own)) == "sk-one"


def test_the_whole_api_works_out_of_a_secret(vault: Vault, settings: Settings, role: LoginRole, api: Api):
    arn = vault.create(as_rds(role.url))
    own = settings.search.model_dump() | {"database_url": None, "database_secret_arn": arn}
    service = reads.search(type(settings.search)(**own | {"database_sslmode": "disable"}))
    assert service.health()["database"] == "up"
    service.projects._projects._database.close()


ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:x"
ONE_DATABASE = "Exactly one of CAIRN_DATABASE_URL and CAIRN_DATABASE_SECRET_ARN must be set"
ONE_OWNER = "Exactly one of CAIRN_OWNER_DATABASE_URL and CAIRN_OWNER_DATABASE_SECRET_ARN must be set"
ONE_ROLE = "Exactly one of CAIRN_APP_ROLE and CAIRN_APP_DATABASE_SECRET_ARN must be set"


@pytest.mark.parametrize(
    ("made", "variables", "sentence"),
    [
        (AuthorizeSettings, {}, ONE_DATABASE),
        (AuthorizeSettings, {"DATABASE_URL": ""}, ONE_DATABASE),
        (AuthorizeSettings, {"DATABASE_URL": "postgresql://u:pass-word@h/d", "DATABASE_SECRET_ARN": ARN}, ONE_DATABASE),
        (MigrateSettings, {"APP_ROLE": "a", "APP_PASSWORD": "pass-word"}, ONE_OWNER),
        (MigrateSettings, {"OWNER_DATABASE_URL": "u:pass-word"}, ONE_ROLE),
        (MigrateSettings, {"OWNER_DATABASE_URL": "u:pass-word", "APP_ROLE": "a"}, "are set together"),
        (
            MigrateSettings,
            {"OWNER_DATABASE_SECRET_ARN": ARN, "APP_DATABASE_SECRET_ARN": ARN, "APP_PASSWORD": "pass-word"},
            "are set together",
        ),
    ],
)
def test_every_login_has_one_source(
    monkeypatch: pytest.MonkeyPatch, made: Any, variables: dict[str, str], sentence: str
):
    monkeypatch.setenv("CAIRN_ENVIRONMENT", "test")
    for name, value in variables.items():
        monkeypatch.setenv(f"CAIRN_{name}", value)
    with pytest.raises(ValidationError, match=sentence) as caught:
        made()
    assert "pass-word" not in str(caught.value)


def test_a_key_has_one_source(monkeypatch: pytest.MonkeyPatch, settings: Settings):
    monkeypatch.setenv("OPENAI_API_KEY", "pass-word")
    monkeypatch.setenv("CAIRN_OPENAI_SECRET_ARN", ARN)
    with pytest.raises(ValidationError, match="OPENAI_API_KEY and CAIRN_OPENAI_SECRET_ARN") as caught:
        ConsolidateSettings(database_url=settings.consolidate.database_url, consolidate_queue_url="q")
    assert "pass-word" not in str(caught.value)


def test_the_tests_own_role_has_a_password(database: TestDatabase):
    """What is tested above means nothing where the server lets everybody in."""
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(make_conninfo(database.owner_url, user=APP_ROLE, password=f"{APP_PASSWORD}x"))
