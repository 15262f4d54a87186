"""Promise: what is erased is nowhere: not in any column, queue, log or node of the graph, by whichever route it went.

Words that stand nowhere else are put into every place a caller, another system or the model has for words. Then each
route that erases is called, and everything is looked through for them.
"""

import json
import random
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import httpx
import neo4j
import psycopg
import pytest
from psycopg import sql

from tests.e2e.conftest import REPOSITORY, Service, wait_for
from tests.integration.model import Mind
from tests.scripted_llm import ChatRequest, Reply, ScriptedLlm

DOCUMENT = json.loads((REPOSITORY / "docs" / "openapi.json").read_text())
ERASES_NOTHING = {"/v1/keys/{key_id}/": "revokes a key, and nobody's words are in it"}
# Ids and times may stay: docs/decisions/0005.
KEPT_IDS = {
    "history.user_id": "whose memory it was that is no more",
    "history.run_id": "the same of a run",
    "history.agent_id": "the same of an agent",
    "events.payload": "the receipt: by it a restored backup is erased again",
}
# Where a word may be afterwards all the same.
REFUSED = {"refused", "refused key", "refused field"}
KEPT = {("queue cairn-ingest-dlq", put): "no add was made of it; the queue forgets it in 14 days" for put in REFUSED}
# What is not kept at all: a model's reasons for what it decided, and keys, which stand there as their digests.
NEVER_KEPT = {f"reason of {decided}" for decided in ("a noop", "an update", "a delete")}
NEVER_KEPT |= {f"{which} key" for which in ("idempotency", "import", "fed", "failed")}
SECONDS = 150


@dataclass
class Told:
    """What was told of one entity, and the words to look for by where each was put; `unmade` became no memory."""

    entity: dict[str, str]
    words: dict[str, str] = field(default_factory=dict)
    unmade: dict[str, str] = field(default_factory=dict)

    def word(self, place: str) -> str:
        self.words[place] = found = word()
        return found

    def word_of_no_memory(self, place: str) -> str:
        self.unmade[place] = found = word()
        return found


def word() -> str:
    """A name that nobody has."""
    pick = random.SystemRandom().choice
    return "Zq" + "".join(pick("bdfgklmnprtv") + pick("aeiou") for _ in range(5))


def someone() -> str:
    """An id of theirs."""
    return f"{word()}-{secrets.token_hex(3)}"


def stem(text: str) -> str:
    """What is left of it among the words of a text."""
    return text.lower()[:10]


@dataclass
class World:
    """A service with a model and a graph, as its callers, other systems and its owner see it."""

    service: Service
    client: httpx.Client
    sqs: Any
    mind: Mind
    told: dict[str, Told] = field(default_factory=dict)
    failing: dict[str, str] = field(default_factory=dict)

    def post(self, path: str, body: Any, **options: Any) -> Any:
        answer = self.client.post(path, json=body, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def add(self, told: Told, messages: list[dict[str, str]], **fields: Any) -> str:
        headers = {"Idempotency-Key": fields.pop("key")} if "key" in fields else {}
        fields = {"metadata": {"lot": "one"}} | told.entity | fields
        return self.post("/v3/memories/add/", {"messages": messages} | fields, headers=headers)["event_id"]

    def consolidated(self, told: Told, text: str, **fields: Any) -> dict[str, Any]:
        return self.ended(self.add(told, [said(text)], **fields), "SUCCEEDED")

    def ended(self, event_id: str, status: str) -> dict[str, Any]:
        def event() -> Any:
            found = self.client.get(f"/v1/event/{event_id}/").json()
            return found if found["status"] in ("SUCCEEDED", "FAILED") else None

        found = wait_for(event, SECONDS)
        assert found["status"] == status, found
        return found

    def memories(self, told: Told) -> list[dict[str, Any]]:
        body = {"filters": told.entity, "include_superseded": True, "show_expired": True, "page_size": 200}
        return self.post("/v3/memories/", body)["results"]

    def settled(self) -> bool:
        """Whether nothing is on its way any more."""
        state = self.client.get("/v1/graph/sync/").json()
        assert state["failed"] == 0, state
        return state["waiting"] == 0

    def places(self) -> Iterator[tuple[str, str]]:
        """Everything that is kept anywhere, with the name of its place."""
        yield from self.columns()
        yield from self.messages()
        yield from self.graph()
        yield from ((f"log {log.name}", log.read_text(errors="replace")) for log in self.logs())

    def columns(self) -> Iterator[tuple[str, str]]:
        with psycopg.connect(self.service.owner_database_url) as owner:
            tables = owner.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'cairn'::regnamespace AND relkind = 'r'"
            )
            for (table,) in tables.fetchall():
                rows = owner.execute(sql.SQL("SELECT to_jsonb(t) FROM cairn.{} t").format(sql.Identifier(table)))
                yield from (
                    (f"{table}.{column}", json.dumps(v, ensure_ascii=False))
                    for (row,) in rows
                    for column, v in row.items()
                )

    def messages(self) -> Iterator[tuple[str, str]]:
        for url in self.sqs.list_queues()["QueueUrls"]:
            name, seen = url.rpartition("/")[2], set()
            while True:
                received = self.sqs.receive_message(
                    QueueUrl=url,
                    MaxNumberOfMessages=10,
                    VisibilityTimeout=0,
                    AttributeNames=["All"],
                    MessageAttributeNames=["All"],
                )
                new = [m for m in received.get("Messages", []) if m["MessageId"] not in seen]
                if not new:
                    break
                seen |= {m["MessageId"] for m in new}
                yield from ((f"queue {name}", json.dumps(m)) for m in new)

    def graph(self) -> Iterator[tuple[str, str]]:
        service = self.service
        with neo4j.GraphDatabase.driver(service.graph_uri, auth=(service.graph_user, service.graph_password)) as driver:
            nodes, _, _ = driver.execute_query("MATCH (n) RETURN properties(n) AS p", database_=service.graph_database)
            edges, _, _ = driver.execute_query(
                "MATCH ()-[r]->() RETURN properties(r) AS p", database_=service.graph_database
            )
            yield from (("graph", json.dumps(record["p"])) for record in (*nodes, *edges))

    def logs(self) -> list[Any]:
        return [*(self.service.directory / "logs").iterdir(), self.service.directory / "console.log"]


def said(text: str, **fields: str) -> dict[str, str]:
    return {"role": "user", "content": text} | fields


def script(mind: Mind) -> Any:
    """The mind, which also takes a procedure from what it is shown, and has nothing to say to who asks for failure."""

    def reply(request: ChatRequest) -> Reply:
        shown = json.dumps(request.body)
        if "Let this fail" in shown:
            return Reply.refusal()
        if request.task == "procedure":
            names = re.findall(r"Zq\w+", request.data["messages"][-1]["text"])
            return Reply.answer({"text": f"1. Opened {names[0]}. 2. Called {names[0]}."})
        return mind(request)

    return reply


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    mind = Mind()
    with ScriptedLlm(script(mind)) as model:
        settings = {"OPENAI_BASE_URL": model.base_url, "CAIRN_LLM_MODEL": "small", "CAIRN_LOCAL_MAINTAIN_SECONDS": "1"}
        service = Service(tmp_path_factory.mktemp("erasure") / "data", settings=settings).start()
        keys = {name: getattr(service, name) for name in ("aws_access_key_id", "aws_secret_access_key")}
        sqs = boto3.client("sqs", endpoint_url=service.aws_endpoint, region_name="us-east-1", **keys)
        with service.client() as client:
            world = World(service, client, sqs, mind)
            wait_for(lambda: client.get("/v1/graph/drift/").status_code == 200, SECONDS)
            begin(world)
            yield world
        sqs.close()
        service.stop()


def tell(world: World, told: Told) -> None:
    """Puts a word into every place there is for words; what became a memory is erased with it."""
    w, lot = told.word, {"lot": "one"}
    world.add(
        told,
        [said(f"My sister {w('content')} works at Brightwater Labs.", name=w("speaker"))],
        infer=False,
        metadata=lot | {w("metadata key"): w("metadata value"), "deep": {w("inner key"): [w("inner value")]}},
        categories=[w("category")],
        custom_instructions=w("instructions"),
        agent_custom_instructions=w("agent instructions"),
        includes=w("includes"),
        excludes=w("excludes"),
        custom_categories=[{w("own category"): w("what it covers")}],
        key=w("idempotency key"),
    )
    first, *_ = world.memories(told)
    world.client.put(
        f"/v1/memories/{first['id']}/",
        json={"text": f"Her name is {w('new text')}.", "metadata": lot | {"b": w("new metadata")}},
    ).raise_for_status()
    world.client.post(
        "/v1/feedback/",
        json={"memory_id": first["id"], "feedback": "POSITIVE", "feedback_reason": w("feedback reason")},
    ).raise_for_status()
    consolidate(world, told)
    by = {"actor": w("imported actor"), "metadata": lot | {"k": w("imported metadata")}}
    known, other = f"{w('imported text')} lives in Porto.", f"{w('other imported text')} lives in Faro."
    lines = [
        told.entity | by | {"text": text, "categories": [w(f"category of {text[-5:]}")]} for text in (known, other)
    ]
    body = "\n".join(map(json.dumps, lines))
    headers = {"Idempotency-Key": w("import key")}
    world.client.post("/v1/import/", content=body, headers=headers).raise_for_status()
    (last,) = [m for m in world.memories(told) if m["memory"] == other]
    clash = world.client.put(f"/v1/memories/{last['id']}/", json={"text": known})
    assert clash.status_code == 409, clash.text  # which the database writes into its own log
    feed(
        world,
        told,
        f"My colleague is {w('fed')}.",
        infer=False,
        metadata=lot | {"k": w("fed metadata")},
        idempotency_key=w("fed key"),
    )


def consolidate(world: World, told: Told) -> None:
    """What a model makes of words: a summary, reasons, merged texts, what ended, an account."""
    w, mind = told.word, world.mind
    name, place = w("heard"), w("place")
    old = f"{name} plays chess in {place}."
    mind.hears(old)
    mind.summary = f"Knows {w('summary')}."
    greeting = {"role": "assistant", "content": "Good morning!", "name": "Bot"}
    metadata = {"lot": "one", "m": w("metadata beside a message")}
    event = world.add(told, [greeting, said(old, name=w("heard speaker"))], metadata=metadata)
    world.ended(event, "SUCCEEDED")
    mind.summary = ""
    again = f"In {place} {name} plays chess."
    mind.hears(again).decides(again, "NOOP", old, reason=f"The same {w('reason of a noop')}.")
    world.consolidated(told, again)
    more = f"{name} plays chess in {place} on Sundays."
    mind.hears(more).decides(more, "UPDATE", old, text=more, reason=f"More of {w('reason of an update')}.")
    world.consolidated(told, more)
    ended = f"{name} plays no chess in {place} any more."
    mind.hears(ended).decides(ended, "DELETE", more, adds=False, reason=f"Ended {w('reason of a delete')}.")
    closed = world.ended(world.add(told, [said(ended, name=w("who ended it"))]), "SUCCEEDED")
    assert [r["event"] for r in closed["results"]] == ["DELETE"]
    agent = {"agent_id": f"agent-{secrets.token_hex(3)}"}
    work = [said("Open the page."), {"role": "assistant", "content": f"I opened {w('procedure')}."}]
    world.ended(world.add(told, work, memory_type="procedural_memory", **(agent | told.entity)), "SUCCEEDED")


def feed(world: World, told: Told, text: str, **fields: Any) -> None:
    before = len(world.memories(told))
    body = {"project_id": world.service.project_id, "messages": [said(text)]} | told.entity | fields
    world.sqs.send_message(QueueUrl=world.service.ingest_queue_url, MessageBody=json.dumps(body))
    wait_for(lambda: len(world.memories(told)) > before, SECONDS)


def tell_of_no_memory(world: World, told: Told) -> str:
    """What is of the scope and of no memory: an add that fails, one refused, small talk; the event that fails."""
    w = told.word_of_no_memory
    small = world.add(told, [said(f"Hello {w('small talk')}!", name=w("who greeted"))], app_id="greeting")
    world.ended(small, "SUCCEEDED")
    refused = {"project_id": world.service.project_id, "messages": [said(w("refused"))], "infer": w("refused field")}
    refused |= {"metadata": {w("refused key"): {"\x00": 1}}}
    world.sqs.send_message(QueueUrl=world.service.ingest_queue_url, MessageBody=json.dumps(told.entity | refused))
    text = f"Let this fail, {w('failed')}."
    return world.add(
        told,
        [said(text, name=w("failed speaker"))],
        metadata={"k": w("failed metadata")},
        app_id="failing",
        key=w("failed key"),
    )


def by_id(world: World, told: Told) -> None:
    for memory in world.memories(told):
        world.client.delete(f"/v1/memories/{memory['id']}/").raise_for_status()


def linked(world: World, told: Told) -> None:
    while left := world.memories(told):
        path = f"/v1/memories/{left[-1]['id']}/"
        world.client.delete(path, params={"delete_linked": "true"}).raise_for_status()


def batch(world: World, told: Told) -> None:
    memories = [{"memory_id": memory["id"]} for memory in world.memories(told)]
    world.client.request("DELETE", "/v1/batch/", json={"memories": memories}).raise_for_status()


def filtered(world: World, told: Told) -> None:
    query = told.entity | {"filters": json.dumps({"metadata": {"lot": "one"}})}
    world.client.delete("/v1/memories/", params=query).raise_for_status()


def by_metadata(world: World, told: Told) -> None:
    query = told.entity | {"metadata": json.dumps({"lot": "one"})}
    world.client.delete("/v1/memories/", params=query).raise_for_status()


def scope(world: World, told: Told) -> None:
    world.client.delete("/v1/memories/", params=told.entity).raise_for_status()


def every_run(world: World, told: Told) -> None:
    world.client.delete("/v1/memories/", params={"run_id": "*"}).raise_for_status()


def entity(version: str) -> Any:
    def erase(world: World, told: Told) -> None:
        ((kind, name),) = told.entity.items()
        world.client.delete(f"/{version}/entities/{kind.removesuffix('_id')}/{name}/").raise_for_status()

    return erase


MEMORIES = "/v1/memories/"
CASES = {
    "by id": ("/v1/memories/{memory_id}/", by_id, "user_id", False),
    "with what it superseded": ("/v1/memories/{memory_id}/", linked, "user_id", False),
    "in a batch": ("/v1/batch/", batch, "user_id", False),
    "with filters": (MEMORIES, filtered, "user_id", False),
    "by metadata": (MEMORIES, by_metadata, "user_id", False),
    "of a user": (MEMORIES, scope, "user_id", True),
    "of every run": (MEMORIES, every_run, "run_id", True),
    "entity v1": ("/v1/entities/{entity_type}/{name}/", entity("v1"), "user_id", True),
    "entity v2": ("/v2/entities/{entity_type}/{name}/", entity("v2"), "agent_id", True),
}


def begin(world: World) -> None:
    """What takes long to fail is told of every whole scope at once."""
    for case, (_, _, kind, whole) in CASES.items():
        if whole:
            world.told[case] = Told({kind: someone()})
            world.failing[case] = tell_of_no_memory(world, world.told[case])


def test_every_route_that_deletes_is_looked_at():
    routes = {path for path, operations in DOCUMENT["paths"].items() if "delete" in operations}
    assert routes == {path for path, *_ in CASES.values()} | set(ERASES_NOTHING)


@pytest.mark.parametrize("case", list(CASES))
def test_what_is_erased_is_nowhere(world: World, case: str):
    _, erase, kind, whole = CASES[case]
    told = world.told.get(case) or Told({kind: someone()})
    tell(world, told)
    if whole:
        world.ended(world.failing[case], "FAILED")
    wait_for(world.settled, SECONDS)
    before = looked_for(world, told, whole=whole)
    words = set(told.words) | (set(told.unmade) if whole else set())
    assert {put for _, put in before} == words - NEVER_KEPT, "a word is nowhere before it is erased"
    erase(world, told)
    wait_for(world.settled, SECONDS)
    assert world.memories(told) == []
    left = looked_for(world, told, whole=whole)
    assert {(at, put) for at, put in left if (at, put) not in KEPT} == set()
    if whole:
        (name,) = told.entity.values()
        ids = {at for at, text in world.places() if name in text and not at.startswith(("log ", "queue "))}
        assert ids - set(KEPT_IDS) == set()


def looked_for(world: World, told: Told, *, whole: bool) -> set[tuple[str, str]]:
    """Where words are: the place they are found in, and the one they were put into."""
    wanted = {stem(text): put for put, text in (told.words | (told.unmade if whole else {})).items()}
    found = re.compile("|".join(wanted), re.IGNORECASE)
    return {(at, wanted[match.lower()]) for at, text in world.places() for match in found.findall(text)}
