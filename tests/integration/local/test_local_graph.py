"""The graph of the one-machine run: beside the service, in nobody's way, and kept over restarts."""

import os
import signal
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import neo4j
import pytest
from neo4j.exceptions import DriverError, Neo4jError

from local.graph import DATABASE, USER, ArcadeDb
from tests.integration.local.conftest import Service, is_alive, wait_for

Make = Callable[..., Service]


@pytest.fixture
def arcade(tmp_path: Path) -> Iterator[ArcadeDb]:
    for folder in ("run", "logs"):
        (tmp_path / folder).mkdir()
    server = ArcadeDb(tmp_path, "long-enough")
    server.spawn()
    server.wait_ready()
    yield server
    server.stop()


def ask(uri: str, statement: str, user: str = USER, password: str = "long-enough") -> list[dict[str, Any]]:
    with neo4j.GraphDatabase.driver(uri, auth=(user, password), max_transaction_retry_time=0) as driver:
        return driver.execute_query(statement, database_=DATABASE).records


def test_it_listens_on_loopback_alone_and_hides_its_password(arcade: ArcadeDb, tmp_path: Path):
    command = Path(f"/proc/{arcade.pid}/cmdline")
    if command.exists():
        assert "long-enough" not in command.read_text()
        listening = [
            line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()
        ]
        addresses = {row[1] for row in listening if row[1].endswith(f":{arcade.port:04X}")}
        assert {a.partition(":")[0] for a in addresses} <= {"0100007F", "0000000000000000FFFF00000100007F"}
    with pytest.raises((DriverError, Neo4jError)):
        ask(arcade.uri, "RETURN 1", password="another one")
    assert "long-enough" not in (tmp_path / "logs" / "graph.log").read_text(errors="replace")
    assert stat.S_IMODE((tmp_path / "graph").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "graph" / "password.options").stat().st_mode) == 0o600


def test_what_it_holds_outlives_a_stop_and_a_kill(arcade: ArcadeDb):
    ask(arcade.uri, "CREATE (:Kept {n: 1})")
    arcade.stop()
    arcade.spawn()
    arcade.wait_ready()
    ask(arcade.uri, "CREATE (:Kept {n: 2})")
    os.kill(arcade.pid or 0, signal.SIGKILL)
    arcade.stop()
    assert arcade.died()
    arcade.spawn()
    arcade.wait_ready()
    assert [r["n"] for r in ask(arcade.uri, "MATCH (k:Kept) RETURN k.n AS n ORDER BY n")] == [1, 2]


def memories(service: Service) -> int:
    info = service.info
    try:
        found = ask(
            info["graph_uri"],
            "MATCH (m:Memory) RETURN count(m) AS n",
            info["graph_user"],
            info["graph_password"],
        )
    except (DriverError, Neo4jError):
        return -1
    return found[0]["n"]


def add(service: Service, text: str) -> None:
    body = {"messages": text, "user_id": "ada", "infer": False}
    status, answer = service.request("POST", "/v3/memories/add/", body)
    assert (status, answer["status"]) == (200, "SUCCEEDED")


def test_a_graph_that_dies_comes_back_and_has_what_was_said_meanwhile(make_service: Make):
    service = make_service(package="functions", GRAPH="on", CAIRN_LOCAL_MAINTAIN_SECONDS="1")
    add_to = service.start()
    assert stat.S_IMODE((service.directory / "local.json").stat().st_mode) == 0o600
    add(service, "I own a boat")
    wait_for(lambda: memories(service) == 1, 90)
    before = service.info["pids"]["graph"]
    os.kill(before, signal.SIGKILL)
    add(service, "I own a car")
    assert service.request("POST", "/v3/memories/search/", {"query": "car", "filters": {"user_id": "ada"}})[0] == 200
    wait_for(lambda: service.info["pids"]["graph"] not in (None, before), 90)
    wait_for(lambda: memories(service) == 2, 120)
    graph = service.info["pids"]["graph"]
    assert service.stop() == 0
    assert not is_alive(graph)
    assert add_to["graph_uri"].startswith("bolt://127.0.0.1:")


def test_a_service_that_is_killed_takes_its_graph_with_it(make_service: Make):
    service = make_service(package="functions", GRAPH="on")
    service.start()
    wait_for(lambda: memories(service) == 0, 90)
    graph = service.info["pids"]["graph"]
    service.stop(signal.SIGKILL)
    wait_for(lambda: not is_alive(graph), 90)  # it ends in good order, which takes Java a while on a busy machine


def test_without_a_graph_everything_else_works(make_service: Make):
    service = make_service(package="functions", GRAPH="off")
    info = service.start()
    assert (info["graph_uri"], info["pids"]["graph"]) == ("", None)
    assert "graph_sync" not in info["pids"]["workers"]
    add(service, "I own a boat")
    found = service.request("POST", "/v3/memories/search/", {"query": "boat", "filters": {"user_id": "ada"}})
    assert [m["memory"] for m in found[1]["results"]] == ["I own a boat"]
    status, answer = service.request("DELETE", "/v1/memories/?user_id=ada")
    assert (status, answer["erased"]["graph_queued"]) == (200, 1)
