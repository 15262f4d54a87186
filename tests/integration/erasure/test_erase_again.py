"""Promise: a backup that is restored is erased again, of what was erased since it was made and of nothing else."""

import subprocess
from uuid import UUID

import psycopg
import pytest

from local.postgres import binaries
from tests.conftest import APP_PASSWORD, APP_ROLE, TestDatabase
from tests.integration.api import Api
from tests.integration.memories.test_memories import traces
from tools import cli

SECRET = "Rumpelstiltskin"


def backed_up(owner_url: str) -> bytes:
    """A dump of the database as it stands."""
    return subprocess.run([binaries() / "pg_dump", "-d", owner_url], check=True, capture_output=True).stdout


def restored(dump: bytes, into: str) -> TestDatabase:
    """The dump in an empty database, as its owner and as the application's role see it."""
    argv = [binaries() / "psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", into]
    subprocess.run(argv, input=dump, check=True, capture_output=True)
    return TestDatabase(into, psycopg.conninfo.make_conninfo(into, user=APP_ROLE, password=APP_PASSWORD))


def erased_again(later: TestDatabase, database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIRN_ENVIRONMENT", "test")
    monkeypatch.setenv("CAIRN_DATABASE_URL", database.app_url)
    assert cli.main(["erase-again", "--later", later.app_url]) == 0


def users(database: TestDatabase) -> list[str]:
    with psycopg.connect(database.owner_url) as owner:
        return [user for (user,) in owner.execute("SELECT DISTINCT user_id FROM cairn.messages ORDER BY 1")]


@pytest.fixture
def told(api: Api) -> dict[str, str]:
    """Memories of two users who will be erased, one of which is not consolidated, and of one who will not."""
    first = api.add(f"My name is {SECRET}.")["results"][0]["id"]
    api.add(f"Call me {SECRET}.", infer=True, user_id="bob")
    api.add(f"They call me {SECRET}.", user_id="carol", run_id="r")
    kept = api.add("I live in Oslo.", user_id="dora")["results"][0]["id"]
    return {"first": first, "kept": kept}


def test_a_restored_backup_is_erased_again(
    api: Api,
    database: TestDatabase,
    empty_database: str,
    told: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    dump = backed_up(database.owner_url)
    assert api.request("DELETE", f"/v1/memories/{told['first']}/").status == 200
    assert api.request("DELETE", "/v2/entities/user/bob/").status == 200
    assert api.request("DELETE", "/v1/memories/", query={"run_id": "*"}).status == 200
    api.add("I am bob, and new here.", user_id="bob")
    old = restored(dump, empty_database)
    assert traces(old, SECRET)
    capsys.readouterr()
    erased_again(database, old, monkeypatch)
    assert traces(old, SECRET) == {}
    assert users(old) == ["dora"]
    assert capsys.readouterr().out.splitlines() == [
        f"{UUID(api.project_id)}: 2 scopes and 1 memories beside them erased again",
        "done",
    ]
    erased_again(database, old, monkeypatch)
    assert "0 scopes and 0 memories" in capsys.readouterr().out


def test_what_was_told_after_an_erasure_that_the_backup_has_stays(
    api: Api, database: TestDatabase, empty_database: str, monkeypatch: pytest.MonkeyPatch
):
    api.add(f"My name is {SECRET}.")
    assert api.request("DELETE", "/v1/memories/", query={"user_id": "ada"}).status == 200
    api.add("I live in Oslo.")
    old = restored(backed_up(database.owner_url), empty_database)
    erased_again(database, old, monkeypatch)
    assert users(old) == ["ada"]


def test_a_pinned_keys_erasure_reaches_no_other_user_again(
    api: Api, database: TestDatabase, empty_database: str, monkeypatch: pytest.MonkeyPatch
):
    for user in ("ada", "bob"):
        api.add(f"My name is {SECRET}.", user_id=user, run_id="r")
    dump = backed_up(database.owner_url)
    pinned = api.request("POST", "/v1/keys/", {"name": "ada", "user_id": "ada"}).body["key"]
    assert api.request("DELETE", "/v1/memories/", query={"run_id": "r"}, key=pinned).status == 200
    old = restored(dump, empty_database)
    erased_again(database, old, monkeypatch)
    assert users(old) == ["bob"]
