"""Two hundred scripted dialogues end where they should, whatever the queue and the processes do on the way."""

import gc
import random
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from psycopg.conninfo import conninfo_to_dict

from cairn.bootstrap import access, adapters, consolidation, upkeep
from cairn.consolidate.pipeline import Consolidate
from cairn.consolidate.sqs import ConsolidateService
from cairn.consolidate.store import PostgresFactStore
from cairn.consolidate.types import Neighbour
from cairn.erasure.scopes import Erase
from cairn.erasure.store import PostgresErasures
from cairn.events.store import PostgresEventStore
from cairn.events.types import Unclaimed, Work
from cairn.kernel.observability import logger, metrics
from cairn.kernel.tenancy import Scope, Tenant
from cairn.kernel.usage import TokenUsage
from cairn.models_ai.embed.port import Embedder, Vector
from cairn.models_ai.llm.port import AnswerT, Llm
from cairn.models_ai.prompt import Prompt
from cairn.platform.database import Connection, Database
from local.postgres import Postgres
from tests.dialogue_model import DialogueModel
from tests.dialogue_reference import ACTIONS, Dialogue, load
from tests.integration.api import Api, Context
from tests.integration.conftest import Settings
from tests.integration.consolidating import (
    CountedMetrics,
    RememberingEmbedder,
    Worker,
    api_over,
    copied,
    in_batches,
    pages,
    record,
    run_all,
    settings_for,
)
from tests.integration.provide import Provide
from tests.integration.queues import Queues, make_queues
from tests.scripted_llm import ScriptedLlm

DIALOGUES = load()


@dataclass
class Accepted:
    """All dialogues as the API has accepted them, none of their events consolidated yet.

    `events` are the ids of each dialogue's turns; `database` is there to be copied, `queues` hold the messages.
    """

    database: str
    queues: Queues
    project: tuple[str, str]
    events: dict[str, list[str]]

    def record(self, event_id: str, dialogue_id: str, receives: int = 1) -> dict[str, Any]:
        return record(self.project[0], event_id, dialogue_id, receives)

    @property
    def rounds(self) -> list[list[tuple[str, str]]]:
        """The first events of all dialogues, then the second ones, and so on, as (dialogue id, event id)."""
        longest = max(map(len, self.events.values()))
        return [[(d, ids[n]) for d, ids in self.events.items() if n < len(ids)] for n in range(longest)]


@dataclass
class Stage:
    """One copy of what was accepted, with the API over it."""

    accepted: Accepted
    settings: Settings
    api: Api
    embedder: RememberingEmbedder
    queues: Queues

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """An execution environment with its own connection to the database."""
        with closing(Database(self.settings.consolidate.database_url.get_secret_value())) as database:
            service = consolidation.consolidate(self.settings.consolidate, database=database, embedder=self.embedder)
            with closing(service.queue):
                yield Worker(service)

    def send_again(self) -> int:
        """The sweep, which sends everything unfinished."""
        with closing(Database(self.settings.maintain.database_url.get_secret_value())) as database:
            return upkeep.maintain(self.settings.maintain, database=database)(True).resent

    def events(self) -> dict[str, dict[str, Any]]:
        return {event["id"]: event for event in pages(self.api, "GET", "/v1/events/")}

    def assert_all_is_as_expected(self) -> None:
        """Memories and results of every dialogue, as the API tells them."""
        body = {"filters": {"user_id": "*"}, "include_superseded": True}
        memories = pages(self.api, "POST", "/v3/memories/", body)
        texts = {memory["id"]: memory["memory"] for memory in memories}
        by_user: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for memory in memories:
            by_user[memory["user_id"]].append(_described(memory, texts))
        events = self.events()
        wrong = []
        for dialogue in DIALOGUES:
            counts = [_counted(events[event_id]) for event_id in self.accepted.events[dialogue.id]]
            found = _sorted(by_user[dialogue.scope["user_id"]]), counts
            expected = _sorted(dialogue.memories), list(dialogue.events)
            if found != expected:
                wrong.append(f"{dialogue.id} ends as {_apart(found, expected)}, not as {_apart(expected, found)}")
        if wrong:
            pytest.fail("\n".join(wrong[:20]), pytrace=False)


def _described(memory: dict[str, Any], texts: dict[str, str]) -> dict[str, Any]:
    same = ("actor", "valid_from", "invalid_at", "event_time", "version")
    return {name: memory[name] for name in same} | {
        "text": memory["memory"],
        "superseded_by": memory["replaced_by"] and texts[memory["replaced_by"]],
        "categories": sorted(memory["categories"]),
    }


def _apart(state: tuple[list[Any], list[Any]], other: tuple[list[Any], list[Any]]) -> str:
    memories = [dict(memory) for memory in state[0] if memory not in other[0]]
    return f"{memories} with {[list(counts.values()) for counts in state[1]]}"


def _sorted(memories: Sequence[Any]) -> list[list[tuple[str, Any]]]:
    return sorted((sorted(memory.items()) for memory in memories), key=repr)


def _counted(event: dict[str, Any]) -> dict[str, int]:
    assert event["status"] == "SUCCEEDED", event
    assert all(result["reason"] for result in event["results"])
    operations = [result["event"] for result in event["results"]]
    return {action: operations.count(action) for action in ACTIONS}


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    """No line of log for each of thousands of events, and metrics that many threads may write to."""
    level = logger.log_level
    logger.setLevel("CRITICAL")
    with pytest.MonkeyPatch.context() as patch:
        for edge in ("cairn.consolidate.sqs", "cairn.platform.sqs_records"):
            patch.setattr(f"{edge}.metrics", CountedMetrics())
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield
    logger.setLevel(level)


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedLlm]:
    with ScriptedLlm(DialogueModel(DIALOGUES)) as server:
        yield server


@pytest.fixture(scope="module")
def embedder(real_embedder: Embedder) -> RememberingEmbedder:

    return RememberingEmbedder(real_embedder)


@pytest.fixture(scope="module")
def accepted(postgres: Postgres, template: str, environment: dict[str, str], model: ScriptedLlm) -> Iterator[Accepted]:
    """Every turn of every dialogue, added through the API."""
    queues = make_queues()
    with copied(postgres, template) as database:
        project = access.create_project(database.app_url, "dialogues")
        # Every request prints its metrics, as Lambda expects.
        with api_over(settings_for(database, queues, model.base_url), project) as api, redirect_stdout(StringIO()):
            events = {dialogue.id: _added(api, dialogue) for dialogue in DIALOGUES}
        yield Accepted(str(conninfo_to_dict(database.owner_url)["dbname"]), queues, project, events)


def _added(api: Api, dialogue: Dialogue) -> list[str]:
    ids: list[str] = []
    for turn in dialogue.turns:
        body = {"messages": list(turn.messages), "timestamp": turn.time.isoformat(), "infer": True}
        answer = api.request("POST", "/v3/memories/add/", body | dict(dialogue.scope) | dict(turn.options))
        assert answer.body["status"] == "PENDING", answer
        ids.append(answer.body["event_id"])
    return ids


@pytest.fixture
def stage(accepted: Accepted, postgres: Postgres, model: ScriptedLlm, embedder: RememberingEmbedder) -> Iterator[Stage]:
    queues = make_queues()
    with copied(postgres, accepted.database) as database:
        settings = settings_for(database, queues, model.base_url)
        with api_over(settings, accepted.project) as api:
            yield Stage(accepted, settings, api, embedder, queues)


def test_in_order_and_one_at_a_time(stage: Stage, monkeypatch: pytest.MonkeyPatch, provide: Provide):
    from functions.consolidate import handler

    queues, handled = stage.accepted.queues, 0
    for edge in ("cairn.consolidate.sqs", "cairn.platform.sqs_records"):
        monkeypatch.setattr(f"{edge}.metrics", metrics)
    with stage.worker() as worker, redirect_stdout(StringIO()):
        provide(handler, worker.service)
        while messages := queues.receive(wait=0):
            for message in messages:
                answer = handler.lambda_handler(queues.event([message]), Context())
                assert answer == {"batchItemFailures": []}
            done = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)]
            queues.client.delete_message_batch(QueueUrl=queues.url, Entries=done)
            handled += len(done)
    assert handled == sum(len(dialogue.turns) for dialogue in DIALOGUES)
    stage.assert_all_is_as_expected()


def test_in_shuffled_batches_where_later_events_come_first(stage: Stage):
    order = [(dialogue, event) for dialogue, ids in stage.accepted.events.items() for event in ids]
    random.Random(7).shuffle(order)
    with stage.worker() as worker:
        for batch in in_batches(order):
            assert worker.handle({"Records": [stage.accepted.record(e, d) for d, e in batch]}) == []
        parked = _overtaking(stage.accepted, order)
        found = stage.events()
        assert {e for e in found if found[e]["status"] == "PENDING"} == parked
        assert stage.send_again() == len(parked) > 100
        while worker.poll(stage.queues):
            pass
    assert {event for event, found in stage.events().items() if found["parked"]} == parked
    stage.assert_all_is_as_expected()


def _overtaking(accepted: Accepted, order: Sequence[tuple[str, str]]) -> set[str]:
    """The events that come before an earlier one of their scope is done."""
    done: set[str] = set()
    for dialogue, event in order:
        ids = accepted.events[dialogue]
        if done.issuperset(ids[: ids.index(event)]):
            done.add(event)
    return {event for _, event in order} - done


def test_with_every_record_delivered_two_or_three_times_at_once(stage: Stage):
    chance = random.Random(11)
    batches = [batch for each in stage.accepted.rounds for batch in in_batches(each)]
    together = threading.Barrier(2, timeout=60)

    def deliver(worker: Worker, batches: Sequence[Sequence[tuple[str, str]]]) -> None:
        for batch in batches:
            together.wait()
            assert worker.handle({"Records": [stage.accepted.record(e, d) for d, e in batch]}) == []

    def repeated(batch: Sequence[tuple[str, str]], *, twice: bool) -> list[tuple[str, str]]:
        again = [pair for pair in batch if twice and chance.random() < 0.5]
        return chance.sample([*batch, *again], len(batch) + len(again))

    with stage.worker() as one, stage.worker() as other:
        run_all(
            [
                partial(deliver, one, [repeated(batch, twice=False) for batch in batches]),
                partial(deliver, other, [repeated(batch, twice=True) for batch in batches]),
            ]
        )
    stage.assert_all_is_as_expected()


class Crash(BaseException):
    """The process dies."""


STEPS = ("claimed", "extracted", "embedded", "compared", "decided", "applied", "disconnected", "committed")


@dataclass
class Crashes:
    """Where the next attempt ends. Not every event reaches every step; before the commit all of them are stopped."""

    armed: set[str] = field(default_factory=set)

    def at(self, step: str) -> None:
        if step in self.armed:
            self.armed.clear()
            raise Crash(step)

    def disconnect(self, connection: Connection) -> None:
        if "disconnected" in self.armed:
            self.armed.clear()
            connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


class CrashingEvents(PostgresEventStore):
    """Events of a process that dies once it has claimed one."""

    crashes: Crashes

    def claim(self, tenant: Tenant, event_id: UUID) -> Work | Unclaimed:
        work = super().claim(tenant, event_id)
        if not isinstance(work, Unclaimed):
            self.crashes.at("claimed")
        return work


class CrashingFacts(PostgresFactStore):
    """Facts of a process that dies once it has compared."""

    crashes: Crashes

    def neighbours(
        self, tenant: Tenant, scope: Scope, probes: Sequence[tuple[Vector, bool]], k: int
    ) -> tuple[int, list[list[Neighbour]]]:
        found = super().neighbours(tenant, scope, probes, k)
        self.crashes.at("compared")
        return found


class CrashingDatabase(Database):
    """A database whose client dies before or after it commits, or whose connection does."""

    crashes: Crashes

    @contextmanager
    def transaction(self, tenant: Tenant, *, with_vectors: bool = False) -> Iterator[Connection]:
        with super().transaction(tenant, with_vectors=with_vectors) as connection:
            yield connection
            self.crashes.disconnect(connection)
            self.crashes.at("applied")
        self.crashes.at("committed")


@dataclass
class CrashingEmbedder:
    """An embedder of a process that dies once it has embedded."""

    crashes: Crashes
    embedder: RememberingEmbedder

    @property
    def model(self) -> str:
        return self.embedder.model

    @property
    def dimensions(self) -> int:
        return self.embedder.dimensions

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        vectors = self.embedder.embed(texts)
        self.crashes.at("embedded")
        return vectors


@dataclass
class CrashingLlm:
    """A model whose caller dies once it has the answer; the same question has the same answer, so it is asked once."""

    crashes: Crashes
    llm: Llm
    model: str = "scripted"
    answers: dict[Prompt, Any] = field(default_factory=dict)

    def ask(self, prompt: Prompt, answer: type[AnswerT]) -> tuple[AnswerT, TokenUsage]:
        if prompt not in self.answers:
            self.answers[prompt] = self.llm.ask(prompt, answer)
        self.crashes.at({"extract": "extracted", "decide": "decided"}[prompt.task])
        return self.answers[prompt]

    def say(self, prompt: Prompt) -> tuple[str, TokenUsage]:
        return self.llm.say(prompt)


class NoQueue:
    """The queue of records made by hand: nobody waits for their redelivery."""

    def retry_in(self, receipt_handle: str, seconds: int) -> None:
        pass


@contextmanager
def crashing_worker(stage: Stage) -> Iterator[tuple[Worker, Crashes]]:
    settings, crashes = stage.settings.consolidate, Crashes()
    url = settings.database_url.get_secret_value()
    with ExitStack() as stack:
        plain = stack.enter_context(closing(Database(url)))
        database = stack.enter_context(closing(CrashingDatabase(url)))
        llm = adapters.llm(settings)
        assert llm is not None
        stack.callback(llm.close)
        events, memories = CrashingEvents(plain), CrashingFacts(database)
        events.crashes = memories.crashes = database.crashes = crashes
        consolidate = Consolidate(
            events, memories, CrashingEmbedder(crashes, stage.embedder), CrashingLlm(crashes, llm)
        )
        erase = Erase(PostgresErasures(plain), events, NoQueue())
        yield Worker(ConsolidateService(consolidate, erase, events, NoQueue(), max_receives=100)), crashes


def _crash_everywhere(stage: Stage, dialogues: Sequence[str]) -> None:
    """Each event is delivered once for each step, and the process dies there; then once more."""
    with crashing_worker(stage) as (worker, crashes):
        for dialogue in dialogues:
            for event in stage.accepted.events[dialogue]:
                for number, step in enumerate(STEPS, 1):
                    batch = {"Records": [stage.accepted.record(event, dialogue, number)]}
                    crashes.armed = {step} | ({"applied"} if step in STEPS[:6] else set())
                    if step == "disconnected":
                        assert len(worker.handle(batch)) == 1
                    else:
                        with pytest.raises(Crash):
                            worker.handle(batch)
                assert worker.handle({"Records": [stage.accepted.record(event, dialogue, 9)]}) == []


# A crash in the middle of a call leaves its socket to be collected, as the end of a process would.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
def test_with_a_crash_after_every_step_of_every_event(stage: Stage):
    ids = [dialogue.id for dialogue in DIALOGUES]
    run_all([partial(_crash_everywhere, stage, ids[n::2]) for n in range(2)])
    gc.collect()  # here, and not in the next test
    assert {event["attempts"] for event in stage.events().values()} == {len(STEPS)}
    stage.assert_all_is_as_expected()
