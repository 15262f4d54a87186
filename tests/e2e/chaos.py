"""Kill the processes of a running Cairn, one after another, while others write to it, and count what is left.

    make chaos                      1,000 kills
    make chaos KILLS=50 SEED=7

Every kind of process is killed (SIGKILL); some are stopped before (SIGSTOP), and half of those go on once more.
Six writers add over HTTP and one feeds the ingestion queue. Afterwards each accepted add has to be there exactly once,
and the graph has to hold what Postgres holds.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString, cast

import boto3
import httpx
import psycopg
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from local import sqs
from tests.e2e.conftest import Service, wait_for

USERS = 6
# The processes that hold something in their hands die more often than those that only look.
VICTIMS = {
    "consolidate": 18,
    "add_memory": 16,
    "graph_sync": 14,
    "ingest": 10,
    "postgres": 10,
    "ministack": 8,
    "search": 6,
    "authorize": 6,
    "graph": 4,
    "maintain": 4,
    "supervisor": 4,
}
STOPPED_SHARE = 0.3
"""How many of the victims are stopped for a moment before they are killed."""

PAUSE_SECONDS = 0.3  # between two adds of a writer, so that the consumers are not left further and further behind
PROGRESS_SECONDS = 120
SETTLE_SECONDS = 600
DEAD_LETTER_QUEUES = (sqs.DEAD_LETTERS, sqs.GRAPH_DEAD_LETTERS, sqs.INGEST_DEAD_LETTERS)
DRIFT = ("missing", "outdated", "extra", "unknown")


@dataclass
class Outcome:
    """What was done to the service, and what it kept."""

    kills: Counter[str] = field(default_factory=Counter)
    stopped: int = 0
    accepted: int = 0
    fed: int = 0
    fed_again: int = 0
    not_succeeded: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    dead_letters: int = 0
    kill_seconds: float = 0
    settle_seconds: float = 0

    @property
    def is_clean(self) -> bool:
        """Whether everything accepted is there exactly once, without anybody's help."""
        return not (self.not_succeeded or self.lost or self.doubled or self.dead_letters)


class Writer(threading.Thread):
    """Adds facts to one user until told to stop; remembers what was accepted, and repeats what was not answered."""

    def __init__(self, url: str, key: str, user: int) -> None:
        super().__init__(daemon=True)
        self.accepted: dict[str, str] = {}
        self.refused: str | None = None
        self.stopped = threading.Event()
        self._url, self._key, self._user = url, key, f"user{user}"

    def run(self) -> None:
        with httpx.Client(base_url=self._url, headers={"Authorization": f"Token {self._key}"}, timeout=35) as client:
            number = 0
            while not self.stopped.wait(PAUSE_SECONDS):
                # Every third is kept verbatim; the others go through the queue.
                number += 1
                text = f"My locker number {self._user}-{number} holds item {uuid.uuid4().hex}."
                self._add(client, text, infer=number % 3 != 0)

    def _add(self, client: httpx.Client, text: str, *, infer: bool) -> None:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        body = {"messages": text, "user_id": self._user, "infer": infer}
        while not self.stopped.is_set():  # else it was never accepted as far as this client knows
            try:
                answer = client.post("/v3/memories/add/", json=body, headers=headers)
            except httpx.TransportError:
                self.stopped.wait(0.05)
                continue
            if answer.status_code == 200:
                self.accepted[text] = answer.json()["event_id"]
                return
            if answer.status_code < 500:
                self.refused = f"{answer.status_code} {answer.text}"
                self.stopped.set()


class Feeder(threading.Thread):
    """Another system: sends adds to the ingestion queue under keys of its own, and keeps what it sent."""

    def __init__(self, service: Service) -> None:
        super().__init__(daemon=True)
        self.sent: dict[str, str] = {}
        self.stopped = threading.Event()
        self._service = service

    def run(self) -> None:
        while not self.stopped.wait(PAUSE_SECONDS * 4):
            text, key = f"The crate {len(self.sent)} holds item {uuid.uuid4().hex}.", uuid.uuid4().hex
            try:
                self.send({text: key})
            except (BotoCoreError, ClientError, OSError, ValueError):
                continue  # the queue or local.json is away: it was not sent
            self.sent[text] = key

    def send(self, texts: Mapping[str, str]) -> None:
        """Sends each text under its key; what was sent before under that key is a repeat."""
        state = self._service.state
        with closing(queue_client(state)) as queue:
            for text, key in texts.items():
                body = {"project_id": state["project_id"], "user_id": "fed", "messages": text, "infer": False}
                message = json.dumps(body | {"idempotency_key": key})
                queue.send_message(QueueUrl=state["ingest_queue_url"], MessageBody=message)


def queue_client(state: Mapping[str, Any]) -> Any:
    keys = {name: state[name] for name in ("aws_access_key_id", "aws_secret_access_key")}
    once = Config(connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 1})
    own: dict[str, Any] = {"endpoint_url": state["aws_endpoint"], "region_name": "us-east-1", "config": once, **keys}
    return cast("Callable[..., Any]", boto3.client)("sqs", **own)


class Chaos:
    """A service, those who write to it, and one who kills its processes."""

    def __init__(self, service: Service, seed: int, told: Callable[[str], None] = lambda _: None) -> None:
        self.outcome = Outcome()
        self._service = service
        self._told = told
        self._choose = random.Random(seed)
        self._writers = [Writer(service.url, service.api_key, user) for user in range(USERS)]
        self._feeder = Feeder(service)

    def run(self, kills: int) -> Outcome:
        """Kills so many processes, lets the service finish, and counts; fails where it takes no more adds."""
        began = time.monotonic()
        threads = [*self._writers, self._feeder]
        for thread in threads:
            thread.start()
        try:
            for victim in self._victims(kills):
                self._until_more_is_accepted()
                self._kill(victim)
                self._told(victim)
            self._until_more_is_accepted()
        finally:
            for thread in threads:
                thread.stopped.set()
            for thread in threads:
                thread.join()
        self.outcome.kill_seconds = time.monotonic() - began
        self._settle()
        self._count()
        return self.outcome

    def _victims(self, kills: int) -> list[str]:
        """Each kind at least once, then by weight; the graph is the last to be there."""
        wait_for(lambda: all(map(self._pids, VICTIMS)), PROGRESS_SECONDS, lambda: f"only {self._service.state['pids']}")
        chosen = self._choose.choices(list(VICTIMS), list(VICTIMS.values()), k=max(0, kills - len(VICTIMS)))
        return self._choose.sample([*VICTIMS, *chosen], kills)

    def _accepted(self) -> int:
        refused = [writer.refused for writer in self._writers if writer.refused]
        assert not refused, f"an add was refused: {refused[0]}"
        return sum(len(writer.accepted) for writer in self._writers)

    def _until_more_is_accepted(self) -> None:
        seen = self._accepted()
        wait_for(lambda: self._accepted() > seen + 2, PROGRESS_SECONDS, lambda: "no add was accepted any more")

    def _kill(self, victim: str) -> None:
        """Kills a process of this kind, or the whole service; a third of them is stopped for a moment before."""
        if victim == "supervisor":
            self._service.kill()
            self._service.start()
        else:
            pids = wait_for(lambda: self._pids(victim), PROGRESS_SECONDS, lambda: f"there is no {victim} to kill")
            pid = self._choose.choice(pids)
            with suppress(ProcessLookupError):  # another death took it along
                if self._choose.random() < STOPPED_SHARE:
                    os.kill(pid, signal.SIGSTOP)
                    self.outcome.stopped += 1
                    self._until_more_is_accepted_or(self._choose.uniform(0.1, 2))
                    if self._choose.random() < 0.5:
                        os.kill(pid, signal.SIGCONT)
                        self._until_more_is_accepted()
                os.kill(pid, signal.SIGKILL)
        self.outcome.kills[victim] += 1

    def _until_more_is_accepted_or(self, seconds: float) -> None:
        """What is stopped is away for as long as others need to meet it, or for so many seconds."""
        seen, deadline = self._accepted(), time.monotonic() + seconds
        wait_for(lambda: self._accepted() > seen + 5 or time.monotonic() > deadline, PROGRESS_SECONDS)

    def _pids(self, victim: str) -> list[int]:
        try:
            pids = self._service.state["pids"]
        except (OSError, ValueError):
            return []
        return [pid for pid in pids["workers"].get(victim) or [pids.get(victim)] if pid]

    def _settle(self) -> None:
        """Waits for what is under way; sends again what the queue of the one-machine run forgot when it died."""
        began = time.monotonic()
        wait_for(
            lambda: self._waiting(sqs.INGEST_QUEUE) == 0, SETTLE_SECONDS, lambda: "the ingestion queue is not emptied"
        )
        wait_for(lambda: self._unfinished() == 0, SETTLE_SECONDS, lambda: f"{self._unfinished()} events unfinished")
        kept = self._kept()
        forgotten = {text: key for text, key in self._feeder.sent.items() if text not in kept}
        self._feeder.send(forgotten)
        self.outcome.fed_again = len(forgotten)
        wait_for(
            lambda: self._feeder.sent.keys() <= self._kept().keys(), SETTLE_SECONDS, lambda: "what was fed is lost"
        )
        wait_for(lambda: not any(self._drift().values()), SETTLE_SECONDS, lambda: f"the graph differs: {self._drift()}")
        self.outcome.settle_seconds = time.monotonic() - began

    def _count(self) -> None:
        outcome, kept = self.outcome, self._kept()
        accepted = {text: event for writer in self._writers for text, event in writer.accepted.items()}
        states = {str(event): status for event, status in self._rows("SELECT id, status FROM cairn.events")}
        outcome.accepted, outcome.fed = len(accepted), len(self._feeder.sent)
        outcome.not_succeeded = [text for text, event in accepted.items() if states.get(event) != "SUCCEEDED"]
        outcome.lost = [text for text in (*accepted, *self._feeder.sent) if not kept[text]]
        outcome.doubled = [text for text, times in kept.items() if times > 1]
        outcome.dead_letters = self._waiting(*DEAD_LETTER_QUEUES)

    def _waiting(self, *names: str) -> int:
        """Messages in the queues of these names, also those that are being handled or put off."""
        state, found = self._service.state, 0
        with closing(queue_client(state)) as queue:
            urls = [url for url in queue.list_queues()["QueueUrls"] if url.rpartition("/")[2] in names]
            assert len(urls) == len(names), f"of the queues {names} there are {urls}"
            for url in urls:
                attributes = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
                found += sum(int(value) for name, value in attributes.items() if name.startswith("Approximate"))
        return found

    def _drift(self) -> dict[str, int]:
        """What the graph lacks or has too much of, over all users."""
        told: Counter[str] = Counter()
        with self._service.client() as client:
            for user in (*(f"user{number}" for number in range(USERS)), "fed"):
                answer = client.get("/v1/graph/drift/", params={"user_id": user})
                counts = answer.json() if answer.status_code == 200 else {"unknown": 1}
                told.update({name: counts[name] for name in DRIFT if name in counts})
        return told

    def _unfinished(self) -> int:
        return self._rows("SELECT count(*) FROM cairn.events WHERE status IN ('PENDING', 'RUNNING')")[0][0]

    def _kept(self) -> Counter[str]:
        return Counter(text for (text,) in self._rows("SELECT text FROM cairn.memories"))

    def _rows(self, statement: LiteralString) -> list[Any]:
        with psycopg.connect(self._service.state["owner_database_url"]) as owner:
            return owner.execute(statement).fetchall()


def table(outcome: Outcome) -> Table:
    """The outcome as a person wants to see it."""
    drawn = Table("", "", show_header=False)
    kinds = ", ".join(f"{name} {times}" for name, times in outcome.kills.most_common())
    rows: dict[str, object] = {
        "killed": f"{outcome.kills.total()} ({kinds})",
        "of them stopped before": outcome.stopped,
        "adds accepted over HTTP": outcome.accepted,
        "adds sent to the ingestion queue": f"{outcome.fed}, {outcome.fed_again} of them again",
        "accepted and not SUCCEEDED": len(outcome.not_succeeded),
        "lost": len(outcome.lost),
        "doubled": len(outcome.doubled),
        "dead letters": outcome.dead_letters,
        "seconds of killing": f"{outcome.kill_seconds:.0f}",
        "seconds until all was done": f"{outcome.settle_seconds:.0f}",
    }
    for name, value in rows.items():
        drawn.add_row(name, str(value))
    return drawn


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20261121)
    options = parser.parse_args()
    console = Console()
    columns = (TextColumn("{task.description:14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory(prefix="cairn-chaos-") as folder, Progress(*columns, console=console) as progress:
        service = Service(Path(folder) / "data").start()
        task = progress.add_task("killing", total=options.kills)
        try:
            chaos = Chaos(service, options.seed, lambda victim: progress.update(task, advance=1, description=victim))
            outcome = chaos.run(options.kills)
        finally:
            service.stop()
    console.print(table(outcome))
    sys.exit(0 if outcome.is_clean else 1)


if __name__ == "__main__":
    main()
