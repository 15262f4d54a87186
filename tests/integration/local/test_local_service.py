import json
import os
import signal
import socket
import stat
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import TestDatabase
from tests.integration.local.conftest import Service, is_alive, wait_for

Make = Callable[..., Service]


def test_what_is_added_is_consolidated(service: Service):
    service.add("a-hello")
    service.wait_done("a-hello")


@pytest.mark.parametrize("text", ["b-dies-once", "c-raises-once"])
def test_a_batch_whose_consolidation_crashed_comes_again(service: Service, text: str):
    service.add(text)
    service.wait_done(text)


def test_local_json_says_where_everything_is_and_is_private(service: Service):
    info = service.info
    assert {"url", "api_key", "project_id", "database_url", "owner_database_url", "sqs_endpoint"} <= info.keys()
    assert {"consolidate_queue_url", "consolidate_dlq_url", "ingest_queue_url", "event_bus"} <= info.keys()
    assert info["aws_endpoint"] == info["sqs_endpoint"]
    assert stat.S_IMODE((service.directory / "local.json").stat().st_mode) == 0o600
    assert all(is_alive(pid) for pid in service.children)
    assert info["pids"]["workers"].keys() == {
        "add_memory",
        "search",
        "consolidate",
        "ingest",
        "authorize",
        "maintain",
    }


def test_maintain_is_told_to_resend_at_the_start_and_runs_on_schedule(service: Service):
    wait_for(lambda: service.rows("SELECT 1 FROM runs WHERE task = 'scheduled'"))
    assert service.rows("SELECT 1 FROM runs WHERE task = 'resend'")


def test_a_read_does_not_notice_that_its_worker_died(service: Service, tmp_path: Path):
    assert service.request("GET", f"/v1/x?die={tmp_path / 'once'}")[0] == 200


def test_a_write_whose_worker_died_says_so(service: Service):
    status, body = service.request("POST", "/die", {})
    assert (status, body["message"]) == (503, "Service Unavailable")
    assert body["detail"]


def test_local_json_names_the_workers_that_replaced_others(service: Service):
    killed = service.info["pids"]["workers"]["search"]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: len(set(service.info["pids"]["workers"]["search"]) - set(killed)) == 2)
    assert service.request("GET", "/v1/x")[0] == 200


def test_a_worker_stands_still_between_two_events(service: Service):
    for _ in range(3):
        assert service.request("GET", "/v1/x")[0] == 200
    states = [Path(f"/proc/{pid}/stat") for pid in service.info["pids"]["workers"]["search"]]
    if not all(state.exists() for state in states):
        pytest.skip("Only Linux tells the state of a process in /proc.")
    wait_for(lambda: {state.read_text().rpartition(")")[2].split()[0] for state in states} == {"T"})


def test_a_client_that_sends_no_request_is_let_go(service: Service):
    host, _, port = service.info["url"].removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as silent:
        silent.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Half: ")
        assert silent.recv(100) == b""


def test_a_part_that_cannot_be_started_again_is_once_there_is_room(make_service: Make):
    """A full disk, as its parts see it: what they must write when they start cannot be written."""
    service = make_service()
    info = service.start()
    service.add("a-before")
    service.wait_done("a-before")
    run = service.directory / "run"
    run.rename(service.directory / "run.away")
    run.write_text("no folder")
    os.kill(info["pids"]["postgres"], signal.SIGKILL)
    for pid in info["pids"]["workers"]["search"]:
        os.kill(pid, signal.SIGKILL)
    console = service.directory.parent / f"{service.directory.name}.out"
    wait_for(lambda: "Looking after the Postgres failed" in console.read_text())
    run.unlink()
    (service.directory / "run.away").rename(run)
    wait_for(lambda: service.request("POST", "/v3/memories/add/", {"text": "a-after"})[0] == 202)
    assert service.request("GET", "/v1/x")[0] == 200
    service.wait_done("a-after")


def test_logs_and_what_runs_are_for_their_owner_alone_also_in_a_folder_that_was_there(make_service: Make):
    service = make_service()
    service.directory.mkdir(mode=0o755)
    service.start()
    for name in ("logs", "run"):
        assert stat.S_IMODE((service.directory / name).stat().st_mode) == 0o700


@pytest.mark.parametrize("broken", ["[]", "null", '{"projects": []}', "{", '"text"'])
def test_secrets_that_cannot_be_read_are_one_line_that_says_what_to_do(make_service: Make, broken: str):
    service = make_service()
    service.directory.mkdir()
    (service.directory / "secrets.json").write_text(broken)
    done = service.command()
    assert done.returncode == 1
    assert "secrets.json cannot be read" in done.stderr
    assert "with all data" in done.stderr
    assert "Traceback" not in done.stderr


def test_unknown_keys_are_refused(service: Service):
    assert service.request("GET", "/v1/x", key="m0-unknown")[0] == 403


def test_a_large_body_is_refused_and_the_connection_is_answered(service: Service):
    assert service.request("POST", "/v3/memories/add/", {"text": "x" * 7_000_000})[0] == 413


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /%00%ff\xff?\xff=%zz HTTP/1.1\r\nHost: localhost\r\nAuthorization: KEY\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: \xff\xfe\x80\r\n\r\n",
        b"GET / HTTP/1.0\r\nAuthorization: KEY\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a:b:c\r\nAuthorization: KEY\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: KEY\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"BREW /pot HTTP/1.1\r\nHost: localhost\r\nAuthorization: KEY\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: KEY\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nAuthorization: KEY\r\n\r\n",
    ],
)
def test_no_request_makes_the_gateway_fail(service: Service, raw: bytes):
    host, _, port = service.info["url"].removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(raw.replace(b"KEY", b"Token " + service.info["api_key"].encode()))
        status = connection.recv(4096).split(b" ")[1]
    assert status[:1] in (b"2", b"4")
    assert service.request("GET", "/v1/x")[0] == 200


@pytest.mark.parametrize("key", ["test", "local", "", None])
def test_only_who_has_the_access_key_of_local_json_is_served_by_the_queues(service: Service, key: str | None):
    info = service.info
    signed = f"AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0"
    headers = {} if key is None else {"Authorization": signed}
    for action in ("ListQueues", f"ReceiveMessage&QueueUrl={info['ingest_queue_url']}"):
        asked = urllib.request.Request(info["aws_endpoint"], f"Action={action}".encode(), headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked)
        assert refused.value.code == 403
        refused.value.close()
    ours = signed.replace(f"={key}/", f"={info['aws_access_key_id']}/")
    asked = urllib.request.Request(info["aws_endpoint"], b"Action=ListQueues", {"Authorization": ours})
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 200


def test_invoke_runs_one_function_of_the_running_service(service: Service, tmp_path: Path):
    file = tmp_path / "event.json"
    file.write_text('{"task": "invoked"}')
    done = service.command("invoke", "maintain", str(file))
    assert (done.returncode, json.loads(done.stdout)) == (0, {})
    assert service.rows("SELECT 1 FROM runs WHERE task = 'invoked'")


def test_invoke_passes_the_local_key_through_the_authorizer(service: Service, tmp_path: Path):
    file = tmp_path / "event.json"
    http = {"method": "GET", "path": "/v1/x"}
    file.write_text(json.dumps({"rawPath": "/v1/x", "rawQueryString": "", "requestContext": {"http": http}}))
    answer = json.loads(service.command("invoke", "search", str(file)).stdout)
    seen = json.loads(answer["body"])["event"]["requestContext"]["authorizer"]["lambda"]
    assert seen == {"key": service.info["api_key"]}


def test_a_killed_database_comes_back_and_the_service_goes_on(service: Service):
    before = service.info["pids"]["postgres"]
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: service.info["pids"]["postgres"] != before)
    service.add("d-after-database")
    service.wait_done("d-after-database")


def test_a_killed_queue_comes_back_and_what_was_in_it_is_sent_again(service: Service):
    before = service.info["pids"]["ministack"]
    service.add("e-fails")  # stays in the queue
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: service.info["pids"]["ministack"] != before)
    attempts = service.rows("SELECT attempts FROM events WHERE text = 'e-fails'")
    wait_for(lambda: service.rows("SELECT attempts FROM events WHERE text = 'e-fails'") != attempts)
    service.add("f-after-queue")
    service.wait_done("f-after-queue")


def test_a_second_service_cannot_take_the_same_directory_or_port(service: Service, make_service: Make):
    assert service.command().stderr.startswith("cairn: Another local service already runs on")
    port = service.info["url"].rpartition(":")[2]
    other = make_service(CAIRN_LOCAL_PORT=port).command()
    assert (other.returncode, other.stderr.count("\n")) == (1, 1)
    assert other.stderr.startswith(f"cairn: Port {port} is in use")
    assert service.request("GET", "/v1/x")[0] == 200


def test_two_services_run_side_by_side_and_know_nothing_of_each_other(service: Service, make_service: Make):
    other = make_service()
    other.start()
    assert other.request("GET", "/v1/x")[0] == 200
    assert other.request("GET", "/v1/x", key=service.info["api_key"])[0] == 403


def test_a_stop_ends_every_child_and_the_next_start_has_the_same_key_and_rows(make_service: Make):
    service = make_service()
    key = service.start()["api_key"]
    service.add("a-kept")
    service.wait_done("a-kept")
    children = service.children
    assert service.stop(signal.SIGINT) == 0
    assert not (service.directory / "local.json").exists()
    assert not any(is_alive(pid) for pid in children)
    assert service.start()["api_key"] == key
    assert ("a-kept",) in service.rows("SELECT text FROM events")


def test_after_a_kill_no_child_stays_and_the_next_start_finishes_what_was_accepted(make_service: Make):
    service = make_service()
    service.start()
    children = service.children
    for number in range(20):
        service.add(f"g{number}-accepted")
    service.stop(signal.SIGKILL)
    wait_for(lambda: not any(is_alive(pid) for pid in children))
    service.start()
    wait_for(lambda: service.rows("SELECT count(*) FROM events WHERE done") == [(20,)])


def test_a_database_of_the_users_own_is_used_and_its_key_kept(database: TestDatabase, make_service: Make):
    service = make_service(DATABASE_URL=database.owner_url)
    info = service.start()
    assert info["pids"]["postgres"] is None
    assert not (service.directory / "pgdata").exists()
    assert info["app_role"].startswith("cairn_test_")
    service.stop()
    assert service.start()["api_key"] == info["api_key"]


def test_a_failed_migration_is_one_line_and_leaves_nothing_running(make_service: Make):
    service = make_service(CAIRN_TOY_MIGRATION="fails")
    failed = service.command()
    assert failed.returncode == 1
    assert failed.stderr.startswith('cairn: The database could not be migrated: relation "x" does not exist')
    assert failed.stderr.count("\n") == 1
    assert not list((service.directory / "run").iterdir())


def test_a_stop_during_the_start_is_a_clean_stop(make_service: Make):
    service = make_service()
    service.directory.mkdir()
    pids = []

    def some_started() -> bool:
        pids[:] = [int(note.name) for note in (service.directory / "run").glob("*")]
        return len(pids) > 3

    service.launch()
    wait_for(some_started)
    assert service.stop(signal.SIGINT) == 0
    assert not any(is_alive(pid) for pid in pids)


def test_invoke_without_a_service_says_how_to_start_one(make_service: Make, tmp_path: Path):
    file = tmp_path / "event.json"
    file.write_text("{}")
    failed = make_service().command("invoke", "maintain", str(file))
    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
    assert "make run" in failed.stderr
