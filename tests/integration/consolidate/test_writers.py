"""Many writers and many consumers at once: nothing twice, nothing lost, everything in the order of its scope."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from cairn.bootstrap import access, adapters, consolidation, upkeep
from cairn.consolidate.pipeline import Consolidate
from cairn.consolidate.sqs import ConsolidateService
from cairn.consolidate.store import PostgresFactStore
from cairn.consolidate.types import Applied, Outcome
from cairn.erasure.scopes import Erase
from cairn.erasure.store import PostgresErasures
from cairn.events.queue import SqsQueue
from cairn.events.store import PostgresEventStore
from cairn.kernel.observability import logger
from cairn.kernel.tenancy import Tenant
from cairn.models_ai.embed.port import Embedder
from cairn.platform.database import Database
from local.postgres import Postgres
from tests.integration.api import Api
from tests.integration.conftest import Settings
from tests.integration.consolidating import (
    CountedMetrics,
    RememberingEmbedder,
    Worker,
    Writer,
    api_over,
    copied,
    pages,
    run_all,
    settings_for,
)
from tests.integration.queues import Queues, make_queues
from tests.scripted_llm import ChatRequest, Reply, ScriptedLlm

WRITERS, WORKERS, SCOPES, STAMPS = 2, 3, 50, 15


def answer(request: ChatRequest) -> Reply:
    """A model of few words: each message is a fact, stamps are counted in one memory, and people live in one place."""
    if request.task == "extract":
        messages = request.data["messages"]
        return Reply.answer({"facts": [{"text": m["text"], "message": m["n"], "quote": m["text"]} for m in messages]})
    memories = {memory["n"]: memory["text"] for memory in request.data["memories"]}
    return Reply.answer({"decisions": [_decided(fact, memories) for fact in request.data["facts"]]})


def _decided(fact: dict[str, Any], memories: dict[int, str]) -> dict[str, Any]:
    subject, _, rest = fact["text"].partition(": ")
    near = [n for n in fact["near"] if memories[n].startswith(f"{subject}: ")]
    if not near:
        return {"fact": fact["n"], "action": "ADD"}
    if subject == "Stamps":
        return {"fact": fact["n"], "action": "UPDATE", "targets": near, "text": f"{memories[near[0]]}, {rest}"}
    return {"fact": fact["n"], "action": "DELETE", "targets": near}


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    """No line of log for each event, and metrics that many threads may write to."""
    level = logger.log_level
    logger.setLevel("CRITICAL")
    with pytest.MonkeyPatch.context() as patch:
        for edge in ("cairn.consolidate.sqs", "cairn.platform.sqs_records"):
            patch.setattr(f"{edge}.metrics", CountedMetrics())
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield
    logger.setLevel(level)


@dataclass
class World:
    """A database, a queue and the API over both."""

    settings: Settings
    api: Api
    queues: Queues
    embedder: RememberingEmbedder

    @property
    def authorized(self) -> dict[str, str]:
        return self.api._authorized(f"Token {self.api.key}")

    def send_again(self) -> int:
        """The sweep, which sends everything unfinished."""
        with closing(Database(self.settings.maintain.database_url.get_secret_value())) as database:
            return upkeep.maintain(self.settings.maintain, database=database)(True).resent

    def memories(self, user_id: str = "*") -> list[dict[str, Any]]:
        body = {"filters": {"user_id": user_id}, "include_superseded": True}
        return pages(self.api, "POST", "/v3/memories/", body)

    def events(self) -> dict[str, dict[str, Any]]:
        return {event["id"]: event for event in pages(self.api, "GET", "/v1/events/")}

    def history(self, memory_id: str) -> list[dict[str, Any]]:
        return self.api.request("GET", f"/v1/memories/{memory_id}/history/").body


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedLlm]:
    with ScriptedLlm(answer) as server:
        yield server


@pytest.fixture(scope="module")
def embedder(real_embedder: Embedder) -> RememberingEmbedder:
    return RememberingEmbedder(real_embedder)


@pytest.fixture
def world(postgres: Postgres, template: str, model: ScriptedLlm, embedder: RememberingEmbedder) -> Iterator[World]:
    queues = make_queues()
    with copied(postgres, template) as database:
        settings = settings_for(database, queues, model.base_url)
        with api_over(settings, access.create_project(database.app_url, "writers")) as api:
            yield World(settings, api, queues, embedder)


@dataclass
class Adds:
    """What was added: for each event its scope, and when it was sent and answered."""

    times: dict[str, tuple[str, float, float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, writer: Writer, content: str, user_id: str) -> None:
        sent = time.monotonic()
        event_id = writer.add(content, user_id=user_id)
        with self.lock:
            self.times[event_id] = (user_id, sent, time.monotonic())


def consolidate_while(world: World, writing: list[Callable[[], object]]) -> None:
    """Runs the writers, and workers that poll the queue until all is written and nothing is left."""
    written = threading.Event()

    def write() -> None:
        try:
            run_all(writing)
        finally:
            written.set()

    def work() -> None:
        with closing(Database(world.settings.consolidate.database_url.get_secret_value())) as database:
            service = consolidation.consolidate(world.settings.consolidate, database=database, embedder=world.embedder)
            worker = Worker(service)
            with closing(service.queue):
                while worker.poll(world.queues, wait=1) or not written.is_set():
                    pass

    with pytest.MonkeyPatch.context() as patch:
        for module in ("cairn.platform.http.app", "functions.add_memory.routes"):
            patch.setattr(f"{module}.metrics", CountedMetrics())
        run_all([write, *[work] * WORKERS])
    # Two requests at once may be sent in another order than they were stored: the later one goes to the queue's end.


def assert_in_order(world: World, adds: Adds) -> None:
    """Whatever was sent after another of its scope was answered is finished after it."""
    events = world.events()
    assert {event["status"] for event in events.values()} == {"SUCCEEDED"}
    assert {event["attempts"] for event in events.values()} == {1}
    by_scope: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for event_id, (scope, sent, answered) in adds.times.items():
        by_scope[scope].append((sent, answered, events[event_id]["completed_at"]))
    for told in by_scope.values():
        for _, answered, completed in told:
            assert all(completed < later for sent, _, later in told if sent > answered)


def test_two_writers_on_one_scope_lose_no_update(world: World):
    adds = Adds()

    def write(which: int) -> None:
        with Writer(world.settings.add_memory, world.authorized) as writer:
            for n in range(STAMPS):
                adds.add(writer, f"Stamps: {which * STAMPS + n}", "ann")

    consolidate_while(world, [partial(write, which) for which in range(WRITERS)])
    assert_in_order(world, adds)
    (memory,) = world.memories()
    stamps = [int(n) for n in memory["memory"].removeprefix("Stamps: ").split(", ")]
    assert sorted(stamps) == list(range(WRITERS * STAMPS))
    assert memory["version"] == len(stamps)
    history = world.history(memory["id"])
    assert [entry["event"] for entry in history] == ["ADD"] + ["UPDATE"] * (len(stamps) - 1)
    told = [entry["new_memory"] for entry in history]
    assert told == [f"Stamps: {', '.join(map(str, stamps[:n]))}" for n in range(1, len(stamps) + 1)]
    assert [entry["old_memory"] for entry in history] == [None, *told[:-1]]
    assert len(memory["source_message_ids"]) == len(memory["source_spans"]) == len(stamps)


def test_fifty_scopes_at_once_keep_every_fact_once_and_apart(world: World):
    adds = Adds()

    def write(which: int) -> None:
        with Writer(world.settings.add_memory, world.authorized) as writer:
            for scope in range(SCOPES):
                adds.add(writer, "Pets: a dog called Rex", f"user-{scope}")
                adds.add(writer, f"Hobby of writer {which} is number {scope}", f"user-{scope}")

    consolidate_while(world, [partial(write, which) for which in range(WRITERS)])
    assert_in_order(world, adds)
    found: dict[str, list[str]] = defaultdict(list)
    for memory in world.memories():
        assert (memory["version"], memory["invalid_at"]) == (1, None)
        found[memory["user_id"]].append(memory["memory"])
    assert {user: sorted(texts) for user, texts in found.items()} == {
        f"user-{scope}": [f"Hobby of writer {w} is number {scope}" for w in range(WRITERS)] + ["Pets: a dog called Rex"]
        for scope in range(SCOPES)
    }


class MeddledFacts(PostgresFactStore):
    """Facts of which a caller changes one, once, after what to do was decided and before it is applied."""

    meddle: Callable[[], object] | None = None

    def apply(self, tenant: Tenant, event_id: UUID, outcome: Outcome) -> Applied | None:
        if self.meddle:
            meddle, self.meddle = self.meddle, None
            meddle()
        return super().apply(tenant, event_id, outcome)


@dataclass
class Meddled:
    """A worker whose decisions a caller can overtake."""

    world: World
    worker: Worker
    facts: MeddledFacts

    def tell(self, content: str, year: int, meddle: Callable[[], object] | None = None) -> dict[str, Any]:
        """Adds and consolidates; returns the event."""
        self.facts.meddle = meddle
        added = self.world.api.add(content, infer=True, user_id="ann", timestamp=f"{year}-01-01T00:00:00Z")
        for _ in range(2 if meddle else 1):
            assert self.worker.poll(self.world.queues, wait=5) == 1  # the second comes after the backoff
        return self.world.api.event(added["event_id"])

    def put(self, memory_id: str, **fields: Any) -> None:
        answer = self.world.api.request("PUT", f"/v1/memories/{memory_id}/", fields)
        assert answer.status == 200, answer

    def delete(self, memory_id: str) -> None:
        assert self.world.api.request("DELETE", f"/v1/memories/{memory_id}/").status in (200, 204)

    def texts(self) -> list[tuple[str, bool]]:
        return [(m["memory"], m["invalid_at"] is None) for m in self.world.memories()]


@pytest.fixture
def meddled(world: World) -> Iterator[Meddled]:
    settings = world.settings.consolidate
    with ExitStack() as stack:
        database = stack.enter_context(closing(Database(settings.database_url.get_secret_value())))
        llm = adapters.llm(settings)
        assert llm is not None
        stack.callback(llm.close)
        events, facts = PostgresEventStore(database), MeddledFacts(database)
        consolidate = Consolidate(events, facts, world.embedder, llm)
        queue = SqsQueue(world.queues.url)
        erase = Erase(PostgresErasures(database), events, queue)
        service = ConsolidateService(consolidate, erase, events, queue, max_receives=7)
        yield Meddled(world, Worker(service), facts)


def assert_decided_twice(event: dict[str, Any]) -> None:
    assert (event["status"], event["attempts"], event["error"]) == ("SUCCEEDED", 2, None)


def test_an_update_of_what_a_caller_has_just_changed_is_decided_again(meddled: Meddled):
    meddled.tell("Stamps: 1", 2020)
    (memory,) = meddled.world.memories()
    event = meddled.tell("Stamps: 2", 2021, lambda: meddled.put(memory["id"], text="Stamps: 1 of gold"))
    assert_decided_twice(event)
    assert event["usage"]["calls"] == 4  # what the attempt in vain has cost is counted too
    assert meddled.texts() == [("Stamps: 1 of gold, 2", True)]
    assert [entry["event"] for entry in meddled.world.history(memory["id"])] == ["ADD", "UPDATE", "UPDATE"]


def test_an_update_of_what_a_caller_has_just_deleted_becomes_an_add(meddled: Meddled):
    meddled.tell("Stamps: 1", 2020)
    (memory,) = meddled.world.memories()
    assert_decided_twice(meddled.tell("Stamps: 2", 2021, lambda: meddled.delete(memory["id"])))
    assert meddled.texts() == [("Stamps: 2", True)]


def test_a_closing_of_what_a_caller_has_just_changed_is_decided_again(meddled: Meddled):
    meddled.tell("Ann's home: Oslo", 2020)
    (memory,) = meddled.world.memories()
    event = meddled.tell("Ann's home: Rome", 2021, lambda: meddled.put(memory["id"], text="Cabin: in Oslo"))
    assert_decided_twice(event)
    assert meddled.texts() == [("Cabin: in Oslo", True), ("Ann's home: Rome", True)]


def test_a_closing_of_what_a_caller_has_just_deleted_still_adds(meddled: Meddled):
    meddled.tell("Ann's home: Oslo", 2020)
    (memory,) = meddled.world.memories()
    assert_decided_twice(meddled.tell("Ann's home: Rome", 2021, lambda: meddled.delete(memory["id"])))
    assert meddled.texts() == [("Ann's home: Rome", True)]


def test_a_state_told_late_outlives_a_successor_that_was_just_deleted(meddled: Meddled):
    meddled.tell("Ann's home: Oslo", 2020)
    (memory,) = meddled.world.memories()
    assert_decided_twice(meddled.tell("Ann's home: Rome", 2015, lambda: meddled.delete(memory["id"])))
    assert meddled.texts() == [("Ann's home: Rome", True)]


def test_an_import_that_is_made_again_adds_no_state_twice(meddled: Meddled):
    for _ in range(2):
        for place, year in (("Oslo", 2020), ("Rome", 2015), ("Bonn", 2017)):
            event = meddled.tell(f"Ann's home: {place}", year)
    assert [result["event"] for result in event["results"]] == ["NOOP"]
    memories = {m["memory"]: m for m in meddled.world.memories()}
    assert len(memories) == len(meddled.texts()) == 3
    assert [memories[f"Ann's home: {p}"]["invalid_at"][:4] for p in ("Rome", "Bonn")] == ["2017", "2020"]


def test_an_update_that_tells_of_an_earlier_time_is_what_the_memory_says_now(meddled: Meddled):
    for n, year in ((1, 2020), (2, 2022), (3, 2018), (4, 2021)):
        meddled.tell(f"Stamps: {n}", year)
    now = pages(meddled.world.api, "POST", "/v3/memories/", {"filters": {"user_id": "ann"}, "as_of": "2026-01-01"})
    assert [m["memory"] for m in now] == [m["memory"] for m in meddled.world.memories()] == ["Stamps: 1, 2, 3, 4"]


def test_what_is_known_by_a_fact_that_was_known_itself_names_a_memory_that_is_there(meddled: Meddled):
    for contents in (["Ann's home: Oslo"], ["Ann's home: Rome"], ["Ann's home: Rome"] * 2):
        year = 2020 if "Oslo" in contents[0] else 2015
        meddled.world.api.add(*contents, infer=True, user_id="ann", timestamp=f"{year}-01-01T00:00:00Z")
        assert meddled.worker.poll(meddled.world.queues, wait=5) == 1
    (rome,) = [m["id"] for m in meddled.world.memories() if m["memory"] == "Ann's home: Rome"]
    (last,) = [e for e in meddled.world.events().values() if len(e["results"]) == 2]
    assert [(result["event"], result["id"]) for result in last["results"]] == [("NOOP", rome)] * 2


def test_a_state_told_late_leaves_alone_what_ran_beside_each_other(meddled: Meddled):
    meddled.tell("Ann's home: Oslo", 2018)
    meddled.facts.meddle = None
    meddled.tell("Cabin: Voss", 2016)
    (cabin,) = [m for m in meddled.world.memories() if m["memory"] == "Cabin: Voss"]
    meddled.put(cabin["id"], text="Ann's home: Voss")  # now a second home of hers holds
    meddled.tell("Ann's home: Rome", 2020)
    meddled.tell("Ann's home: Bonn", 2017)
    spans = {m["memory"]: (m["valid_from"][:4], (m["invalid_at"] or "")[:4]) for m in meddled.world.memories()}
    assert spans == {
        "Ann's home: Oslo": ("2018", "2020"),
        "Ann's home: Voss": ("2016", "2020"),
        "Ann's home: Bonn": ("2017", "2020"),
        "Ann's home: Rome": ("2020", ""),
    }
