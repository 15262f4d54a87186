"""Promise: a graph that takes connections and says nothing is as good as one that is away."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from cairn.graph.neo4j import connection as bolt
from cairn.graph.neo4j.connection import GraphAddress, GraphConnection
from cairn.kernel.errors import GraphUnavailable
from tests.graph_servers import Address, Arcade
from tests.integration.api import Api
from tests.integration.conftest import Settings
from tests.integration.graph_api import closed_afterwards, with_graph

ONE = "RETURN 1 AS one"


def read(graph: GraphConnection) -> object:
    return graph.read([(ONE, {})])


def write(graph: GraphConnection) -> object:
    return graph.write(lambda transaction: transaction.run(ONE, {}))


def address_of(known: Address, seconds: float) -> GraphAddress:
    return GraphAddress(known.uri, known.user, known.password, known.database, seconds)


@pytest.fixture
def graph(arcade: Arcade) -> Iterator[GraphConnection]:
    with closing(GraphConnection(address_of(arcade.address, 2))) as made:
        yield made


@pytest.mark.parametrize("idle", [5, 0], ids=["in use", "idle"])
@pytest.mark.parametrize("call", [read, write])
def test_a_call_over_a_known_connection_ends(
    graph: GraphConnection, arcade: Arcade, call: Callable[..., object], idle: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bolt, "_IDLE_SECONDS", idle)
    write(graph)
    with arcade.hanging(), pytest.raises(GraphUnavailable):
        call(graph)
    assert call(graph)  # and once it is back, so is the connection


@pytest.mark.parametrize("call", [read, write])
def test_a_call_over_a_new_connection_ends(graph: GraphConnection, arcade: Arcade, call: Callable[..., object]):
    with arcade.hanging(), pytest.raises(GraphUnavailable):
        call(graph)
    assert call(graph)


def test_a_transaction_that_hangs_in_its_middle_ends(graph: GraphConnection, arcade: Arcade):
    write(graph)

    def work(transaction: bolt.Transaction) -> object:
        transaction.run(ONE, {})
        with arcade.hanging():
            return transaction.run(ONE, {})

    with pytest.raises(GraphUnavailable):
        graph.write(work)


def test_no_thread_outlives_a_call(graph: GraphConnection, arcade: Arcade):
    write(graph)
    with arcade.hanging():
        before = set(threading.enumerate())
        with pytest.raises(GraphUnavailable):
            read(graph)
        assert set(threading.enumerate()) == before


class TestTheRoutes:
    @pytest.fixture
    def settings(self, settings: Settings, arcade: Arcade) -> Settings:
        with_graph(settings, arcade.address, graph_timeout_seconds=1.0)
        return settings

    def test_the_graphs_own_routes_answer_503(self, api: Api, arcade: Arcade):
        body = {"user_id": "ada", "entity": "Anna"}
        with closed_afterwards():
            assert api.request("POST", "/v1/graph/related/", body).status == 200
            with arcade.hanging():
                answer = api.request("POST", "/v1/graph/related/", body)
            assert (answer.status, answer.body["code"]) == (503, "graph_unavailable")
            assert "retry-after" in answer.headers
