"""Promise: whatever is away for a minute, an hour or a night, what was accepted is done afterwards, once, by itself."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import boto3
import psycopg
import pytest
from botocore.config import Config
from psycopg import sql

from cairn.bootstrap import upkeep
from cairn.events.queue import SqsQueue
from cairn.events.types import QueuedEvent
from cairn.kernel.errors import DatabaseUnavailable
from cairn.kernel.ids import new_id
from cairn.platform import credentials, secrets, sqs
from local.postgres import free_port
from tests.conftest import TestDatabase
from tests.integration.api import Context
from tests.integration.model import Modelled
from tests.integration.outages import LASTS, report, steps
from tests.scripted_llm import Reply

AT_ONCE = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})  # away is away
TIMES = ("not_before", "failing_since", "enqueued_at", "parked_at", "created_at", "updated_at")


@dataclass
class World:
    """The API, a consumer and upkeep, one after the other, and a time that the rows are moved through."""

    modelled: Modelled
    database: TestDatabase
    events: list[str] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)
    writers: int = 6
    passed: int = 0

    def add(self, number: int) -> None:
        """Each writer tells one more thing."""
        for writer in range(self.writers):
            said = said_by(writer, number)
            self.modelled.mind.hears(said)
            self.events.append(self.modelled.api.add(said, infer=True, user_id=f"w{writer}")["event_id"])

    def work(self) -> None:
        """Handles messages, one at a time as Lambda does; what is to come again soon comes at once."""
        from functions.consolidate.handler import lambda_handler

        queues = self.modelled.queues
        while messages := queues.receive(wait=0, at_most=1):
            if not lambda_handler(queues.event(messages), Context())["batchItemFailures"]:
                queues.client.delete_message(QueueUrl=queues.url, ReceiptHandle=messages[0]["ReceiptHandle"])

    def pass_time(self, seconds: int) -> None:
        """Moves every row back, as if so much time had gone by."""
        self.passed += seconds
        with psycopg.connect(self.database.owner_url) as owner:
            back = sql.SQL(", ").join(
                sql.SQL("{0} = {0} - make_interval(secs => {1})").format(sql.Identifier(name), seconds)
                for name in TIMES
            )
            owner.execute(sql.SQL("UPDATE cairn.events SET {}").format(back))

    def upkeep(self) -> None:
        """One run, as it comes each minute; where there is no database it fails, as the next one may."""
        with suppress(DatabaseUnavailable):
            upkeep.maintain(self.modelled.settings.maintain, database=self.modelled.connection)(False)

    def statuses(self) -> Counter[str]:
        return Counter(self.modelled.api.event(event_id)["status"] for event_id in self.events)


def said_by(writer: int, number: int) -> str:
    return f"I live in house {number} of street {writer}."


@pytest.fixture
def world(modelled: Modelled, database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(modelled, database)

    send = SqsQueue.send

    def counted(queue: SqsQueue, events: Sequence[QueuedEvent]) -> None:
        send(queue, events)
        made.sent.update(str(event.event_id) for event in events)

    monkeypatch.setattr(SqsQueue, "send", counted)
    return made


@contextmanager
def no_model(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    world.modelled.llm.script = lambda _: Reply.error(500)
    yield
    world.modelled.llm.script = world.modelled.mind


@contextmanager
def no_database(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    database = world.modelled.connection
    address = database._address
    database.close()
    database._address = f"postgresql://u@127.0.0.1:{free_port()}/d"
    yield
    database._address = address


@contextmanager
def no_queue(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(sqs, "_CONFIG", AT_ONCE)
        patch.setenv("AWS_ENDPOINT_URL_SQS", f"http://127.0.0.1:{free_port()}")
        world.modelled.set_up()
        yield
    world.modelled.set_up()


@contextmanager
def no_secret(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The model's key cannot be read; afterwards it can."""
    vault = boto3.client("secretsmanager")
    arn = vault.create_secret(Name=f"test/{new_id().hex}", SecretString="sk-test")["ARN"]
    vault.close()
    world.modelled.set_up(model=False, openai_base_url=world.modelled.llm.base_url, openai_secret_arn=arn)
    credentials.secrets.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(secrets, "_CONFIG", AT_ONCE)
        patch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", f"http://127.0.0.1:{free_port()}")
        yield
        credentials.secrets().close()
    credentials.secrets.cache_clear()


PARTS = {"model": no_model, "database": no_database, "queue": no_queue, "secret": no_secret}


@pytest.mark.parametrize("lasts", LASTS)
@pytest.mark.parametrize("part", PARTS)
def test_after_an_outage_all_is_done_once_and_nobody_had_to_help(
    world: World, part: str, lasts: str, monkeypatch: pytest.MonkeyPatch
):
    outage = steps(LASTS[lasts])
    world.add(0)
    if part == "database":
        world.add(1)
    with PARTS[part](world, monkeypatch):
        for n, step in enumerate(outage):
            if n < 2 and part != "database":
                world.add(1 + n)
            if part != "queue":
                world.work()
            world.pass_time(step)
            world.upkeep()
    assert "FAILED" not in world.statuses()
    for _ in range(30):
        world.work()
        world.pass_time(60)
        world.upkeep()
    world.work()

    assert world.statuses() == {"SUCCEEDED": len(world.events)}
    adds = len(world.events) // world.writers
    for writer in range(world.writers):
        kept = [m["memory"] for m in world.modelled.api.list(filters={"user_id": f"w{writer}"})]
        assert kept == [said_by(writer, number) for number in range(adds)]
    queues = world.modelled.queues
    assert queues.receive(queues.dead_letters_url, wait=0) == []
    heads, followers = world.events[: world.writers], world.events[world.writers :]
    assert all(world.sent[event] <= len(outage) + 2 for event in heads), world.sent
    assert all(world.sent[event] <= 3 for event in followers), world.sent
    report(part, lasts, accepted=len(world.events), sent=world.sent.total())
