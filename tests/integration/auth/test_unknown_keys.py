"""Promise: whoever guesses keys costs the database little, and nobody waits for a new key."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from cairn.auth import authorize
from cairn.auth.authorize import UNKNOWN_FOR, Authorize
from cairn.auth.keys import key_sha256
from cairn.auth.store import PostgresKeyStore
from cairn.auth.types import ApiKey
from cairn.kernel.errors import Unauthenticated
from cairn.kernel.ids import new_id
from cairn.kernel.tenancy import Role, Tenant
from cairn.platform.database import Database
from cairn.projects.store import PostgresProjectStore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEY = ApiKey(UUID(int=1), UUID(int=2), "k", Role.READER, None, NOW, None, None)


class Asked(PostgresKeyStore):
    """The keys of a database, and how often it was asked for one."""

    asked = 0

    def find_key(self, key_sha256: bytes) -> ApiKey | None:
        self.asked += 1
        return super().find_key(key_sha256)


@pytest.fixture
def keys(connection: Database) -> Asked:
    return Asked(connection)


def make(keys: Asked, secret: str) -> None:
    project_id = PostgresProjectStore(keys._database).create_project("p")
    keys.create_key(Tenant(project_id), replace(KEY, id=new_id(), project_id=project_id), key_sha256(secret))


def refused(service: Authorize, secret: str, at: datetime = NOW) -> None:
    with pytest.raises(Unauthenticated, match="This API key is not known"):
        service(f"Token {secret}", at)


def test_an_unknown_key_is_looked_up_once_in_some_seconds(keys: Asked):
    service = Authorize(keys)
    for _ in range(5):
        refused(service, "m0-guess")
    assert keys.asked == 1
    refused(service, "m0-guess", NOW + UNKNOWN_FOR)
    assert keys.asked == 2


def test_a_key_that_is_made_after_it_was_tried_works_within_seconds(keys: Asked):
    service = Authorize(keys)
    refused(service, "m0-early")
    make(keys, "m0-early")
    assert service("Token m0-early", NOW + UNKNOWN_FOR).name == "k"
    assert timedelta(0) < UNKNOWN_FOR <= timedelta(seconds=5)


def test_a_known_key_is_looked_up_each_time(keys: Asked):
    make(keys, "m0-known")
    service = Authorize(keys)
    for _ in range(2):
        assert service("Token m0-known", NOW).name == "k"
    assert keys.asked == 2


def test_guesses_take_no_more_memory_than_they_may(keys: Asked, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(authorize, "_MOST_UNKNOWN", 3)
    service = Authorize(keys)
    for n in range(10):
        refused(service, f"m0-{n}")
    assert len(service._unknown) == 3
    refused(service, "m0-9")
    assert keys.asked == 10
