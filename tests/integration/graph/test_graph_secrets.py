"""The graph's address and password out of a secret, for the functions that speak to it."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from cairn.bootstrap import projection, reads
from cairn.kernel.errors import Misconfigured
from cairn.kernel.settings import GraphSyncSettings, SearchSettings
from cairn.kernel.tenancy import Tenant
from cairn.platform import credentials
from cairn.platform.database import Database
from tests.graph_servers import Address, Arcade
from tests.integration.api import Api
from tests.integration.conftest import Settings
from tests.integration.graph_api import closed_afterwards
from tests.integration.platform.test_secrets import Vault

OWN: dict[str, Any] = {"environment": "test", "database_url": "postgresql://nowhere", "graph_queue_url": "q"}


@pytest.fixture
def vault(environment: dict[str, str]) -> Iterator[Vault]:
    credentials.secrets.cache_clear()
    made = Vault()
    yield made
    made.client.close()
    credentials.secrets().close()
    credentials.secrets.cache_clear()


def secret_of(address: Address, **changes: Any) -> dict[str, Any]:
    fields = {"uri": address.uri, "username": address.user, "password": address.password}
    return fields | {"database": address.database} | changes


class TestBehindTheApi:
    @pytest.fixture
    def arn(self, vault: Vault, arcade: Arcade) -> str:
        return vault.create(secret_of(arcade.address))

    @pytest.fixture
    def settings(self, settings: Settings, arn: str) -> Settings:
        own = {"neo4j_secret_arn": arn}
        settings.add_memory = settings.add_memory.model_copy(update=own)
        settings.search = settings.search.model_copy(update=own | {"graph_search_timeout_seconds": 20.0})
        return settings

    def test_writes_and_reads_reach_the_graph(self, api: Api):
        with closed_afterwards():
            (added,) = api.add("Anna works at Brightwater Labs.")["results"]
            sync = {"memory_id": added["id"]}
            assert api.request("POST", "/v1/graph/sync/", sync).body["status"] == "SUCCEEDED"
            related = api.request("POST", "/v1/graph/related/", {"user_id": "ada", "entity": "Anna"})
            assert len(related.body["relations"]) == 1
            search = {"query": "Anna", "filters": {"user_id": "ada"}, "graph": True}
            found = api.request("POST", "/v3/memories/search/", search)
            assert found.body["graph"] == {"used": True, "entities": ["Anna"], "memories": 1}

    def test_a_changed_password_is_read_anew(self, api: Api, vault: Vault, arcade: Arcade, arn: str):
        vault.update(arn, secret_of(arcade.address, password="no-longer-this"))
        assert credentials.secrets().read(arn)["password"] == "no-longer-this"
        vault.update(arn, secret_of(arcade.address))
        with closed_afterwards():
            related = api.request("POST", "/v1/graph/related/", {"user_id": "ada", "entity": "Anna"})
        assert related.status == 200, related

    def test_graph_sync_reads_the_same_secret(self, api: Api, connection: Database, arn: str):
        del api
        service = projection.graph_sync(GraphSyncSettings(**OWN, neo4j_secret_arn=arn), database=connection)
        with closing(service.sync._graph()):
            assert service.sync(Tenant(UUID(int=1)), "none", []).put == 0


def test_nothing_is_read_before_the_graph_is_asked(vault: Vault, settings: Settings, connection: Database):
    arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:not-there-AbCdEf"
    own = settings.search.model_copy(update={"neo4j_secret_arn": arn})
    service = reads.search(own, database=connection)
    with pytest.raises(Misconfigured, match="'not-there-AbCdEf' cannot be read"):
        service.drift._graph()


def test_a_missing_field_is_named(vault: Vault):
    arn = vault.create({"uri": "bolt://127.0.0.1:1", "username": "neo4j", "passwort": "pass-word-42"})
    settings = GraphSyncSettings(**OWN, neo4j_secret_arn=arn)
    with pytest.raises(Misconfigured, match="has no 'password'") as caught:
        credentials.graph(settings)
    assert "pass-word" not in str(caught.value)


def test_the_database_is_neo4j_unless_the_secret_names_another(vault: Vault):
    fields = {"uri": "bolt://127.0.0.1:1", "username": "u", "password": "p"}
    for more, name in (({}, "neo4j"), ({"database": "memories"}, "memories")):
        found = credentials.graph(GraphSyncSettings(**OWN, neo4j_secret_arn=vault.create(fields | more)))
        assert (found.neo4j_uri, found.neo4j_user, found.neo4j_database) == ("bolt://127.0.0.1:1", "u", name)
        assert found.neo4j_password.get_secret_value() == "p"


def test_there_is_one_source_of_it():
    both = {"neo4j_uri": "bolt://127.0.0.1:1", "neo4j_secret_arn": "arn"}
    with pytest.raises(ValidationError, match="Exactly one of CAIRN_NEO4J_URI and CAIRN_NEO4J_SECRET_ARN"):
        GraphSyncSettings(**OWN)
    with pytest.raises(ValidationError, match="Only one of CAIRN_NEO4J_URI and CAIRN_NEO4J_SECRET_ARN"):
        GraphSyncSettings(**OWN, **both)
    with pytest.raises(ValidationError, match="Only one of CAIRN_NEO4J_URI and CAIRN_NEO4J_SECRET_ARN"):
        SearchSettings(**OWN, consolidate_queue_url="q", **both)
    assert SearchSettings(**OWN, consolidate_queue_url="q").neo4j_uri is None


def test_settings_do_not_show_the_password():
    settings = GraphSyncSettings(**OWN, neo4j_uri="bolt://127.0.0.1:1", neo4j_password="pass-word-42")  # pyright: ignore[reportArgumentType]
    assert "pass-word" not in repr(settings)
