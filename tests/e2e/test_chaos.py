"""Promise: accepted means kept. Any process dies at any moment, and every accepted write is applied exactly once."""

import os
import random
import signal
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.e2e.conftest import Service, wait_for

# The processes that hold something in their hands die more often than those that only look.
VICTIMS = (
    ["postgres", "ministack", "supervisor", "add_memory"] * 4
    + ["consolidate"] * 5
    + ["authorize", "search", "maintain"]
)
USERS = 6
SETTLE_SECONDS = 240


@pytest.fixture
def doomed(tmp_path: Path) -> Iterator[Service]:
    """A service of its own to kill."""
    service = Service(tmp_path / "data").start()
    yield service
    service.stop()


class Writer(threading.Thread):
    """Adds facts to one user until told to stop; remembers what was accepted, and repeats what was not answered."""

    def __init__(self, url: str, key: str, user: int) -> None:
        super().__init__(daemon=True)
        self.accepted: dict[str, str] = {}
        self.stopped = threading.Event()
        self._url, self._key, self._user = url, key, f"user{user}"

    def run(self) -> None:
        with httpx.Client(base_url=self._url, headers={"Authorization": f"Token {self._key}"}, timeout=15) as client:
            number = 0
            while not self.stopped.is_set():
                # Every third is kept verbatim; the others go through the queue.
                number += 1
                text = f"My locker number {self._user}-{number} holds item {uuid.uuid4().hex}."
                self._add(client, text, infer=number % 3 != 0)

    def _add(self, client: httpx.Client, text: str, *, infer: bool) -> None:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        body = {"messages": text, "user_id": self._user, "infer": infer}
        while True:
            try:
                answer = client.post("/v3/memories/add/", json=body, headers=headers)
            except httpx.TransportError:
                if self.stopped.is_set():
                    return  # never accepted as far as this client knows
                time.sleep(0.05)
                continue
            if answer.status_code == 200:
                self.accepted[text] = answer.json()["event_id"]
                return
            assert answer.status_code >= 500, answer.text
            if self.stopped.is_set():
                return


def kill_one(service: Service, victim: str, choose: random.Random) -> None:
    """Kills a process of this kind, or the whole service, and waits until it serves again."""
    if victim == "supervisor":
        service.kill()
        service.start()
        return
    pids = service.state["pids"]
    os.kill(choose.choice(pids["workers"].get(victim) or [pids[victim]]), signal.SIGKILL)
    wait_for(lambda: healthy(service), 60)


def healthy(service: Service) -> bool:
    try:
        return httpx.get(f"{service.url}/health", timeout=10).json().get("status") == "ok"
    except (httpx.TransportError, ValueError, OSError):
        return False


def unfinished(service: Service) -> int:
    with psycopg.connect(service.state["owner_database_url"]) as owner:
        row = owner.execute("SELECT count(*) FROM cairn.events WHERE status IN ('PENDING', 'RUNNING')").fetchone()
    assert row is not None
    return row[0]


def test_what_was_accepted_is_applied_exactly_once_whatever_dies(doomed: Service):
    choose = random.Random(20261121)
    key = doomed.api_key
    writers = [Writer(doomed.url, key, user) for user in range(USERS)]
    for writer in writers:
        writer.start()
    try:
        for victim in choose.sample(VICTIMS, len(VICTIMS)):
            seen = sum(len(w.accepted) for w in writers)
            wait_for(lambda seen=seen: sum(len(w.accepted) for w in writers) > seen + 5, 120)
            kill_one(doomed, victim, choose)
    finally:
        for writer in writers:
            writer.stopped.set()
        for writer in writers:
            writer.join()
    accepted = {text: event_id for w in writers for text, event_id in w.accepted.items()}
    wait_for(lambda: unfinished(doomed) == 0, SETTLE_SECONDS, lambda: f"{unfinished(doomed)} events unfinished")

    with psycopg.connect(doomed.state["owner_database_url"]) as owner:
        kept = Counter(row[0] for row in owner.execute("SELECT text FROM cairn.memories").fetchall())
        states = {str(i): s for i, s in owner.execute("SELECT id, status FROM cairn.events").fetchall()}
    assert len(accepted) > len(VICTIMS) * 5
    assert {states.get(event_id) for event_id in accepted.values()} == {"SUCCEEDED"}
    assert [text for text in accepted if kept[text] != 1] == []
    assert [text for text, times in kept.items() if times > 1] == []
