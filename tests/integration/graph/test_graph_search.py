"""Search with the graph as a third channel, and without it where it is not asked, not there or too slow."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cairn.platform.database import Database
from cairn.search.ranking import GRAPH, GRAPH_WEIGHT
from local.postgres import free_port
from tests.conftest import TestDatabase
from tests.graph_servers import Address
from tests.integration.api import Api
from tests.integration.conftest import Settings
from tests.integration.graph_api import GraphApi, closed_afterwards, graph_api, with_graph

SISTER = "My sister Anna lives in Porto."
CHESS = "My sister plays chess on Sundays."
PORTO = "Tom lives in Porto."
OTHERS = [f"I like {thing} very much." for thing in ("rain", "tea", "boats", "maps", "snow", "jazz", "bread", "moss")]


class Listener:
    """A server that takes connections, counts them, and never says a word."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.taken: list[socket.socket] = []
        self.uri = f"bolt://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                self.taken.append(self._socket.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for taken in self.taken:
            taken.close()


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def address(uri: str) -> Address:
    return Address(uri, "neo4j", "secret", "neo4j")


def ask(api: Api, query: str, path: str = "/v3/memories/search/", **fields: Any) -> Any:
    body = {"query": query, "filters": {"user_id": "ada"}} | fields
    answer = api.request("POST", path, body)
    assert answer.status == 200, answer
    return answer.body


class TestWithTheGraph:
    @pytest.fixture
    def settings(self, settings: Settings, graph_address: Address) -> Settings:
        with_graph(settings, graph_address)
        return settings

    @pytest.fixture
    def graphed(
        self, api: Api, database: TestDatabase, connection: Database, graph_address: Address
    ) -> Iterator[GraphApi]:
        yield from graph_api(api, database, connection, graph_address)

    def test_what_an_entitys_neighbours_are_in_is_found(self, graphed: GraphApi):
        sister, chess, porto, *_ = graphed.tell(SISTER, CHESS, PORTO, *OTHERS)
        found = ask(graphed.api, "What is around Anna?", graph=True, explain=True, threshold=0)
        assert found["graph"] == {"used": True, "entities": ["Anna"], "memories": 3}
        near = {hit["id"]: hit["explain"][GRAPH] for hit in found["results"]}
        assert near[sister]["score"] == 1
        assert near[sister]["weight"] == GRAPH_WEIGHT
        assert near[sister]["contribution"] > 0
        assert 0 < near[porto]["score"] < near[chess]["score"] <= 1
        assert all(n["score"] == 0 for i, n in near.items() if i not in (sister, chess, porto))
        plain = ask(graphed.api, "What is around Anna?", threshold=0)
        leads = []
        for answer in (found, plain):
            scores = {hit["id"]: hit["score"] for hit in answer["results"]}
            leads.append(scores[chess] - max(score for i, score in scores.items() if i not in (sister, chess, porto)))
        assert leads[0] > leads[1]

    def test_without_it_an_answer_is_as_ever(self, graphed: GraphApi):
        graphed.tell(SISTER, CHESS, *OTHERS)
        plain = ask(graphed.api, "Anna", explain=True)
        assert set(plain) == {"results", "search"}
        assert all(GRAPH not in hit["explain"] for hit in plain["results"])
        assert ask(graphed.api, "Anna", explain=True, graph=False) == plain

    def test_a_role_is_a_name(self, graphed: GraphApi):
        graphed.tell(SISTER, CHESS, *OTHERS)
        assert ask(graphed.api, "What does my sister do?", graph=True)["graph"]["entities"] == ["Anna"]

    def test_a_question_that_names_nothing_has_nothing_near(self, graphed: GraphApi):
        graphed.tell(SISTER, *OTHERS)
        found = ask(graphed.api, "What do I like?", graph=True)
        assert found["graph"] == {"used": True, "entities": [], "memories": 0}
        assert found["results"] == ask(graphed.api, "What do I like?")["results"]

    def test_filters_and_the_tenant_hold_for_what_the_graph_finds(self, graphed: GraphApi):
        graphed.tell(SISTER, run_id="spring")
        graphed.tell("Anna owns a boat.", run_id="autumn")
        graphed.tell("Anna is ill.", user_id="bob")
        (hit,) = ask(graphed.api, "Anna", graph=True, filters={"user_id": "ada", "run_id": "spring"})["results"]
        assert hit["memory"] == SISTER
        pinned = graphed.api.request("POST", "/v1/keys/", {"name": "bob", "user_id": "bob"}).body["key"]
        answer = graphed.api.request("POST", "/v3/memories/search/", {"query": "Anna", "graph": True}, key=pinned)
        assert [h["memory"] for h in answer.body["results"]] == ["Anna is ill."]

    def test_filters_without_a_plain_entity_leave_it_out(self, graphed: GraphApi):
        graphed.tell(SISTER)
        found = ask(graphed.api, "Anna", graph=True, filters={"user_id": "*"})
        assert found["graph"]["used"] is False
        assert "no entity plainly" in found["graph"]["reason"]
        assert len(found["results"]) == 1

    def test_the_older_forms_and_the_context_take_it_too(self, graphed: GraphApi):
        graphed.tell(SISTER, CHESS, PORTO, *OTHERS)
        for version in ("v1", "v2"):
            path = f"/{version}/memories/search/"
            found = ask(graphed.api, "Anna", path, graph=True, output_format="v1.1")
            assert found["graph"]["used"] is True
            assert isinstance(ask(graphed.api, "Anna", path, graph=True), list)
        block = ask(graphed.api, "What is around Anna?", "/v1/context/", graph=True)
        assert block["graph"]["entities"] == ["Anna"]
        assert SISTER in block["context"]


class TestWithASilentGraph:
    """A server that takes connections and never answers."""

    @pytest.fixture
    def listener(self) -> Iterator[Listener]:
        with listening() as listener:
            yield listener

    @pytest.fixture
    def settings(self, settings: Settings, listener: Listener) -> Settings:
        with_graph(settings, address(listener.uri))
        settings.search = settings.search.model_copy(update={"graph_search_timeout_seconds": 0.3})
        return settings

    def test_a_search_that_does_not_ask_for_it_does_not_connect(self, api: Api, listener: Listener):
        api.add(SISTER)
        assert len(ask(api, "Anna")["results"]) == 1
        assert len(ask(api, "Anna", explain=True)["results"]) == 1
        assert ask(api, "Anna", "/v1/context/")["context"]
        assert ask(api, "Anna", enable_graph=True)["relations"]
        assert listener.taken == []

    def test_a_search_that_asks_is_answered_without_it_and_says_so(self, api: Api, listener: Listener):
        api.add(SISTER, CHESS, *OTHERS)
        plain = ask(api, "Anna", explain=True)
        with closed_afterwards():
            found = ask(api, "Anna", explain=True, graph=True)
            assert found["graph"]["used"] is False
            assert found["graph"]["reason"]
            assert found["results"] == plain["results"]
            connected = len(listener.taken)
            assert connected >= 1
            # Only the first of them waits.
            assert "left alone" in ask(api, "Anna", "/v1/context/", graph=True)["graph"]["reason"]
            assert len(listener.taken) == connected


class TestWithADeadGraph:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        with_graph(settings, address(f"bolt://127.0.0.1:{free_port()}"))
        return settings

    def test_it_is_left_out(self, api: Api):
        api.add(SISTER)
        with closed_afterwards():
            found = ask(api, "Anna", graph=True)
        assert found["graph"] == {"used": False, "reason": "The graph does not answer; try again."}
        assert len(found["results"]) == 1


def test_without_any_graph_it_is_left_out(api: Api):
    api.add(SISTER)
    for _ in range(2):  # that none is set up is no failure after which to wait
        found = ask(api, "Anna", graph=True)
        assert found["graph"]["reason"].startswith("No graph is set up")
        assert len(found["results"]) == 1


def test_mem0s_relations_come_beside_results(api: Api):
    (result,) = api.add(SISTER)["results"]
    api.add("I like rain.")
    told = [
        {"source": "Anna", "relationship": kind, "destination": target, "target": target, "memory_id": result["id"]}
        for kind, target in (("sister_of", "User"), ("lives_in", "Porto"))
    ]
    assert ask(api, "Anna", enable_graph=True, top_k=1)["relations"] == told
    assert "relations" not in ask(api, "Anna")
    for path in ("/v2/memories/search/", "/v1/memories/search/"):
        assert ask(api, "Anna", path, enable_graph=True, top_k=1, output_format="v1.1")["relations"] == told
    for path in ("/v3/memories/", "/v2/memories/"):
        body = {"filters": {"user_id": "ada"}, "enable_graph": True, "output_format": "v1.1", "page_size": 1}
        answer = api.request("POST", path, body)
        assert answer.body["relations"] == told
        assert answer.body["count"] == 2


@pytest.mark.parametrize("field", ["graph", "enable_graph"])
def test_the_switches_are_true_or_false(api: Api, field: str):
    body = {"query": "x", "filters": {"user_id": "ada"}, field: "perhaps"}
    answer = api.request("POST", "/v3/memories/search/", body)
    assert answer.status == 400
    assert field in answer.body["detail"]
