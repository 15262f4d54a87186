"""What the graph is asked over HTTP, on each of both servers."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from cairn.bootstrap import access
from cairn.platform.database import Database
from local.postgres import free_port
from tests.conftest import TestDatabase
from tests.graph_servers import Address
from tests.integration.api import Api
from tests.integration.conftest import Settings
from tests.integration.graph_api import GraphApi, closed_afterwards, graph_api, with_graph

SISTER = "My sister Anna lives in Porto."
ANNA = "Anna works at Brightwater Labs."
TOM = "Tom works at Brightwater Labs."
RAIN = "I like rain."


@pytest.fixture
def settings(settings: Settings, graph_address: Address) -> Settings:
    with_graph(settings, graph_address)
    return settings


@pytest.fixture
def graphed(api: Api, database: TestDatabase, connection: Database, graph_address: Address) -> Iterator[GraphApi]:
    yield from graph_api(api, database, connection, graph_address)


def triples(relations: list[dict[str, Any]]) -> set[str]:
    return {f"{r['source']} {r['type']} {r['target']}" for r in relations}


def texts(memories: list[dict[str, Any]]) -> set[str]:
    return {m["memory"] for m in memories}


def test_what_relates_to_an_entity_comes_with_the_memories_that_say_so(graphed: GraphApi):
    _, anna, _, _ = graphed.tell(SISTER, ANNA, TOM, RAIN)
    near = graphed.found("related", entity="Anna")
    told = {"Anna sister_of User", "Anna lives_in Porto", "Anna works_at Brightwater Labs"}
    assert triples(near["relations"]) == told
    assert [e["name"] for e in near["start"]] == ["Anna"]
    assert {e["name"] for e in near["entities"]} == {"Anna", "User", "Porto", "Brightwater Labs"}
    assert texts(near["memories"]) == {SISTER, ANNA}
    assert near["complete"] is True
    (works,) = [r for r in near["relations"] if r["type"] == "works_at"]
    assert works["memory_id"] == anna
    assert works["valid_from"]
    assert works["invalid_at"] is None
    further = graphed.found("related", entity="Anna", depth=2)
    assert triples(further["relations"]) == told | {"Tom works_at Brightwater Labs", "User likes rain"}
    assert texts(further["memories"]) == {SISTER, ANNA, TOM, RAIN}
    cut = graphed.found("related", entity="Anna", limit=1)
    assert (len(cut["relations"]), cut["complete"]) == (1, False)


@pytest.mark.parametrize("name", ["anna", "  ANNA ", "User’s sister"])
def test_an_entity_goes_by_any_of_its_names(graphed: GraphApi, name: str):
    graphed.tell(SISTER, "My sister plays chess.")
    assert [e["name"] for e in graphed.found("related", entity=name)["start"]] == ["Anna"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我的朋友张伟住在北京。", "张伟"),
        ("내 친구 김민수는 서울에 살아요.", "김민수"),
        ("Моя сестра Ольга живёт в Казани.", "Ольга"),
        ("my sister anna sings in a choir", "Anna"),
        ("My friend Maria de la Cruz moved to Madrid.", "Maria de la Cruz"),
    ],
)
def test_names_of_every_script_are_entities(graphed: GraphApi, text: str, name: str):
    graphed.tell(text)
    near = graphed.found("related", entity=name)
    assert [e["name"].casefold() for e in near["start"]] == [name.casefold()]
    assert texts(near["memories"]) == {text}


def test_a_speaker_goes_by_the_name_they_give(graphed: GraphApi):
    graphed.tell("我叫李娜，在上海当老师。")
    assert [e["name"] for e in graphed.found("related", entity="李娜")["start"]] == ["User"]


def test_a_memory_is_a_start_too(graphed: GraphApi):
    _, _, tom = graphed.tell(SISTER, ANNA, TOM)
    near = graphed.found("related", memory_id=tom)
    assert {e["name"] for e in near["start"]} == {"Tom", "Brightwater Labs"}
    assert triples(near["relations"]) == {"Tom works_at Brightwater Labs", "Anna works_at Brightwater Labs"}


def test_nothing_known_is_nothing_found(graphed: GraphApi):
    graphed.tell(ANNA)
    nothing = {"start": [], "entities": [], "relations": [], "memories": [], "complete": True}
    assert graphed.found("related", entity="Zoe") == nothing
    assert graphed.found("related", entity="Anna", user_id="bob") == nothing
    assert graphed.found("path", source="Anna", target="Zoe") == {"entities": [], "path": None}
    empty = {"count": 0, "results": [], "relations": 0, "complete": True}
    assert graphed.found("communities", user_id="bob") == empty


def test_names_of_what_was_deleted_are_told_by_no_route_before_the_graph_knows(graphed: GraphApi):
    """Also those of an entity that others mention by another name, which they had of the deleted memory alone."""
    sister, _, zebulon, _ = graphed.tell(
        "My sister Quillona lives in Zebuport.", "My sister plays chess.", "Zebulon works at Nixwater Labs.", RAIN
    )
    for memory_id in (sister, zebulon):
        assert graphed.api.request("DELETE", f"/v1/memories/{memory_id}/").status == 200
    ids = {"filters": {"user_id": "ada"}}
    asked = {"query": "Where do Quillona and Zebulon and my sister live?", "graph": True}
    answers = [graphed.found("path", source=n, target=n) for n in ("Quillona", "Zebulon", "User's sister", "Zebuport")]
    answers += [
        graphed.found("related", entity=name, depth=3) for name in ("Quillona", "Zebulon", "User", "User's sister")
    ]
    answers += [graphed.found("path", source="User", target="Quillona"), graphed.found("communities")]
    answers.append(graphed.api.request("POST", "/v3/memories/search/", asked | ids).body)
    answers.append(graphed.api.request("POST", "/v1/context/", asked | {"user_id": "ada"}).body)
    for answer in answers:
        told = str({k: v for k, v in answer.items() if k not in ("query",)})
        assert not [name for name in ("Quillona", "Zebulon", "Zebuport", "Nixwater") if name in told], answer
    assert answers[-1]["graph"]["used"] is True
    graphed.settle()
    near = graphed.found("related", entity="User's sister")
    assert texts(near["memories"]) == {"My sister plays chess."}


def test_what_was_deleted_is_not_told_before_the_graph_knows(graphed: GraphApi):
    sister, anna = graphed.tell(SISTER, ANNA)
    assert graphed.api.request("DELETE", f"/v1/memories/{anna}/").status == 200
    near = graphed.found("related", entity="Anna")
    assert triples(near["relations"]) == {"Anna sister_of User", "Anna lives_in Porto"}
    assert texts(near["memories"]) == {SISTER}
    assert graphed.found("path", source="Anna", target="Brightwater Labs")["path"] is None
    assert graphed.api.request("DELETE", f"/v1/memories/{sister}/").status == 200
    assert graphed.found("related", entity="Anna")["start"] == []


def test_relations_are_seen_as_of_a_moment(graphed: GraphApi):
    (old,) = graphed.tell("Tom lives in Lisbon.", timestamp="2026-01-01")
    (new,) = graphed.tell("Tom lives in Berlin.", timestamp="2026-03-01")
    graphed.close(old, new)
    graphed.settle()
    assert triples(graphed.found("related", entity="Tom")["relations"]) == {"Tom lives_in Berlin"}
    then = graphed.found("related", entity="Tom", as_of="2026-02-01")
    assert triples(then["relations"]) == {"Tom lives_in Lisbon"}
    assert then["relations"][0]["invalid_at"].startswith("2026-03-01")
    assert graphed.found("path", source="Tom", target="Lisbon")["path"] is None
    assert len(graphed.found("path", source="Tom", target="Lisbon", as_of="2026-02-01")["path"]) == 1


def test_a_run_narrows_what_is_told(graphed: GraphApi):
    graphed.tell(ANNA, run_id="spring")
    graphed.tell("Anna owns a boat.", run_id="autumn")
    assert texts(graphed.found("related", entity="Anna", run_id="spring")["memories"]) == {ANNA}
    assert len(graphed.found("related", entity="Anna")["memories"]) == 2


def test_a_revoked_key_learns_nothing_of_entities(graphed: GraphApi):
    graphed.tell(SISTER)
    made = graphed.api.request("POST", "/v1/keys/", {"name": "app"}).body
    cached = graphed.api._authorized(f"Token {made['key']}")
    graphed.api.request("DELETE", f"/v1/keys/{made['id']}/")
    graphed.api._authorized = lambda _: cached  # what API Gateway answers until its cache expires
    for source in ("Anna", "Nobody"):
        assert graphed.ask("path", key=made["key"], source=source, target="Porto").status == 401


def test_a_path_says_at_each_step_which_memory_says_so(graphed: GraphApi):
    sister, anna, tom = graphed.tell(SISTER, ANNA, TOM)
    found = graphed.found("path", source="Tom", target="Porto")
    assert [e["name"] for e in found["entities"]] == ["Tom", "Brightwater Labs", "Anna", "Porto"]
    assert [(s["type"], s["memory"]["memory"]) for s in found["path"]] == [
        ("works_at", TOM),
        ("works_at", ANNA),
        ("lives_in", SISTER),
    ]
    assert [s["memory_id"] for s in found["path"]] == [tom, anna, sister]
    assert graphed.found("path", source="Tom", target="Porto", max_length=2)["path"] is None
    between = graphed.found("path", source_memory_id=tom, target_memory_id=sister)
    assert [s["memory_id"] for s in between["path"]] == [anna]
    same = graphed.found("path", source_memory_id=tom, target_memory_id=anna)
    assert same["path"] == []
    assert [e["name"] for e in same["entities"]] == ["Brightwater Labs"]


def test_communities_are_the_same_each_time(graphed: GraphApi):
    labs = ["Tom works at Brightwater Labs.", "Anna works at Brightwater Labs.", "Tom knows Anna."]
    bakery = ["Carla works at Nordwind Bakery.", "Dmitri works at Nordwind Bakery.", "Carla knows Dmitri."]
    graphed.tell(*labs, *bakery)
    first = graphed.found("communities")
    assert (first["count"], first["complete"]) == (2, True)
    groups = [{e["name"] for e in group["entities"]} for group in first["results"]]
    assert {"Tom", "Anna", "Brightwater Labs"} in groups
    assert {"Carla", "Dmitri", "Nordwind Bakery"} in groups
    for group in first["results"]:
        assert group["size"] == len(group["entities"])
        assert group["central"] == group["entities"][0]
    assert graphed.found("communities") == first
    assert len(graphed.found("communities", limit=1)["results"]) == 1


def test_no_other_project_and_no_other_user_sees_any_of_it(graphed: GraphApi, database: TestDatabase):
    memory_id, _ = graphed.tell(SISTER, ANNA)
    _, other_key = access.create_project(database.app_url, "other")
    pinned = graphed.api.request("POST", "/v1/keys/", {"name": "bob", "user_id": "bob"}).body["key"]
    for key in (other_key, pinned):
        whose = {"user_id": "bob"} if key == pinned else {}
        assert graphed.ask("related", key=key, entity="Anna", **whose).body["memories"] == []
        assert graphed.ask("related", key=key, memory_id=memory_id, **whose).status == 404
        assert graphed.ask("path", key=key, source="Anna", target="Porto", **whose).body["path"] is None
        assert graphed.ask("communities", key=key, **whose).body["count"] == 0
        assert graphed.ask("sync", key=key, memory_id=memory_id, **whose).status == 404
        drift = graphed.api.request("GET", "/v1/graph/drift/", key=key).body
        assert (drift["rows"], drift["projections"]) == (0, 0)
    assert graphed.ask("related", key=pinned, entity="Anna").status == 403
    assert graphed.ask("sync", key=pinned, all=True, user_id="bob").status == 403
    assert graphed.api.request("GET", "/v1/graph/drift/", query={"user_id": "ada"}, key=pinned).status == 403


def test_a_pinned_key_need_not_name_its_user(graphed: GraphApi):
    graphed.tell(ANNA)
    pinned = graphed.api.request("POST", "/v1/keys/", {"name": "ada", "user_id": "ada"}).body["key"]
    answer = graphed.api.request("POST", "/v1/graph/related/", {"entity": "Anna"}, key=pinned)
    assert texts(answer.body["memories"]) == {ANNA}


def test_memories_can_be_projected_again(graphed: GraphApi):
    api = graphed.api
    memory_id = api.add(ANNA)["results"][0]["id"]
    assert graphed.found("related", entity="Anna")["memories"] == []
    assert api.request("GET", "/v1/graph/sync/").body == {"waiting": 1, "failed": 0, "error": None}
    drift = api.request("GET", "/v1/graph/drift/").body
    assert (drift["rows"], drift["missing"], drift["missing_ids"]) == (1, 1, [memory_id])
    assert graphed.ask("sync", memory_id=memory_id).body == {"status": "SUCCEEDED", "projected": 1, "moved": 0}
    assert texts(graphed.found("related", entity="Anna")["memories"]) == {ANNA}
    drift = api.request("GET", "/v1/graph/drift/", query={"user_id": "ada"}).body
    assert [drift[k] for k in ("rows", "projections", "missing", "outdated", "extra", "waiting")] == [1, 1, 0, 0, 0, 0]
    queued = graphed.ask("sync").body
    assert (queued["status"], queued["queued"], queued["waiting"]) == ("PENDING", 1, 1)
    assert api.request("POST", "/v1/graph/sync/", {"all": True}).body["queued"] == 1
    graphed.settle()
    assert api.request("GET", "/v1/graph/sync/").body["waiting"] == 0
    assert api.request("POST", "/v1/graph/redrive/").body == {"redriven": 0}


def test_only_an_admin_has_the_whole_project_projected_again(graphed: GraphApi):
    key = graphed.api.request("POST", "/v1/keys/", {"name": "writer", "role": "writer"}).body["key"]
    assert graphed.ask("sync", key=key).status == 200
    assert graphed.api.request("POST", "/v1/graph/sync/", {"all": True}, key=key).status == 403
    reader = graphed.api.request("POST", "/v1/keys/", {"name": "reader", "role": "reader"}).body["key"]
    assert graphed.ask("sync", key=reader).status == 403


BAD = [
    ("related", {}, "entity and memory_id"),
    ("related", {"entity": "Anna", "memory_id": str(uuid.uuid4())}, "entity and memory_id"),
    ("related", {"entity": " "}, "entity"),
    ("related", {"entity": 7}, "entity"),
    ("related", {"entity": "Anna", "depth": 4}, "depth"),
    ("related", {"entity": "Anna", "limit": 0}, "limit"),
    ("related", {"entity": "Anna", "as_of": "soon"}, "as_of"),
    ("related", {"memory_id": "x"}, "memory_id"),
    ("related", {"entity": "Anna", "user_id": None}, "user_id"),
    ("related", {"entity": "Anna", "user_id": "*"}, "user_id"),
    ("related", {"entity": "Anna", "user_id": None, "filters": {"user_id": "*"}}, "filters"),
    ("related", {"entity": "Anna", "filters": {"categories": {"in": ["a"]}}}, "filters"),
    ("related", {"entity": "Anna", "filters": {"user_id": "bob"}}, "filters"),
    ("related", {"entity": "Anna", "filters": 7}, "filters"),
    ("path", {"source": "Anna"}, "target"),
    ("path", {"source": "Anna", "target": "Tom", "max_length": 7}, "max_length"),
    ("communities", {"limit": 501}, "limit"),
    ("sync", {"user_id": None}, "memory_id"),
    ("sync", {"memory_id": "x"}, "memory_id"),
    ("sync", {"all": False}, "all"),
]


@pytest.mark.parametrize(("what", "fields", "named"), BAD)
def test_bad_input_is_refused_with_the_fields_name(graphed: GraphApi, what: str, fields: dict[str, Any], named: str):
    answer = graphed.ask(what, **fields)
    assert answer.status == 400, answer
    assert named in answer.body["detail"]


def test_a_memory_that_is_not_there_is_404(graphed: GraphApi):
    missing = str(uuid.uuid4())
    assert graphed.ask("related", memory_id=missing).status == 404
    assert graphed.ask("path", source_memory_id=missing, target="Tom").status == 404
    assert graphed.ask("sync", memory_id=missing).status == 404


def test_entities_may_stand_inside_the_filters(graphed: GraphApi):
    graphed.tell(ANNA)
    for filters in ({"user_id": "ada"}, {"AND": [{"userId": "ada"}]}):
        answer = graphed.api.request("POST", "/v1/graph/related/", {"entity": "Anna", "filters": filters})
        assert texts(answer.body["memories"]) == {ANNA}


class TestWithoutAGraph:
    """Every other route works, and these say in words what is missing."""

    @pytest.fixture(params=["none", "dead"])
    def settings(self, request: pytest.FixtureRequest, settings: Settings) -> Settings:
        dead = Address(f"bolt://127.0.0.1:{free_port()}", "neo4j", "secret", "neo4j")
        nowhere = {"neo4j_uri": None, "neo4j_password": SecretStr("")}
        own = nowhere if request.param == "none" else dead.settings() | {"graph_timeout_seconds": 1.0}
        settings.add_memory = settings.add_memory.model_copy(update=own)
        settings.search = settings.search.model_copy(update=own)
        return settings

    @pytest.fixture
    def graph_address(self) -> Address:
        return Address("", "", "", "")

    def test_the_graphs_own_routes_answer_503(self, api: Api, request: pytest.FixtureRequest):
        with closed_afterwards():
            memory_id = api.add(ANNA)["results"][0]["id"]
            code = "no_graph" if "none" in request.node.name else "graph_unavailable"
            base: dict[str, Any] = {"user_id": "ada"}
            for path, body in (
                ("related", base | {"entity": "Anna"}),
                ("path", base | {"source": "Anna", "target": "Tom"}),
                ("communities", base),
                ("sync", base | {"memory_id": memory_id}),
            ):
                answer = api.request("POST", f"/v1/graph/{path}/", body)
                assert (answer.status, answer.body["code"]) == (503, code), path
            assert api.request("GET", "/v1/graph/drift/").status == 503
            assert api.request("GET", "/v1/graph/sync/").body["waiting"] == 1
            assert api.request("POST", "/v1/graph/redrive/").status == 200
            for path, body in (("evolution", base | {"entity": "Anna"}), ("superseded", base)):
                assert api.request("POST", f"/v1/graph/{path}/", body).status == 200
            assert api.request("GET", f"/v1/memories/{memory_id}/thread/").status == 200
            assert len(api.search_for("Anna")) == 1
