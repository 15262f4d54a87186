"""A service with a model: what it makes of each text is scripted, everything else is real."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from cairn.bootstrap import consolidation, reads, writes
from cairn.events.queue import SqsQueue
from cairn.platform.database import Database
from tests.integration.api import Api, Context, Provided
from tests.integration.provide import Provide
from tests.integration.queues import Queues
from tests.scripted_llm import ChatRequest, Reply, ScriptedLlm

if TYPE_CHECKING:
    from tests.integration.conftest import Settings


@dataclass
class Mind:
    """What the model makes of texts. A message it was told nothing about has no fact, and every fact is new.

    `first` are replies that come before all else, for a model that has not come to its senses yet.
    """

    facts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    decisions: dict[str, dict[str, Any]] = field(default_factory=dict)
    summary: str = ""
    answer: str = "I do not know."
    procedure: str = "1. Opened the page. 2. Read it."
    first: list[Reply] = field(default_factory=list)

    def hears(self, message: str, *texts: str | dict[str, Any]) -> "Mind":
        """These facts are in that message; a bare text is quoted from the whole message, without any text it is it."""
        given = [t if isinstance(t, dict) else {"text": t} for t in texts or (message,)]
        self.facts[message] = [{"quote": message} | g for g in given]
        return self

    def decides(self, fact: str, action: str, *targets: str | int, **more: Any) -> "Mind":
        """What becomes of a fact; targets are texts of memories, or numbers that may be invented."""
        self.decisions[fact] = {"action": action, "targets": targets, "reason": "Scripted."} | more
        return self

    def __call__(self, request: ChatRequest) -> Reply:
        if self.first:
            return self.first.pop(0)
        match request.task:
            case "extract":
                return Reply.answer({"facts": self._extracted(request), "summary": self.summary})
            case "decide":
                return Reply.answer({"decisions": self._decided(request)})
            case "procedure":
                return Reply.answer({"text": self.procedure})
            case _:
                return Reply.answer(self.answer)

    def _extracted(self, request: ChatRequest) -> list[dict[str, Any]]:
        said = request.data["messages"]
        return [{"message": m["n"]} | fact for m in said for fact in self.facts.get(m["text"], [])]

    def _decided(self, request: ChatRequest) -> list[dict[str, Any]]:
        number = {m["text"]: m["n"] for m in request.data["memories"]}
        decided = []
        for fact in request.data["facts"]:
            own = self.decisions.get(fact["text"], {"action": "ADD", "targets": ()})
            targets = [t if isinstance(t, int) else number[t] for t in own["targets"]]
            decided.append(own | {"fact": fact["n"], "targets": targets})
        return decided


class WatchedQueue(SqsQueue):
    """The real queue; the pauses asked of it are noted, and none is kept, so that no test waits."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.pauses: list[int] = []

    def retry_in(self, receipt_handle: str, seconds: int) -> None:
        self.pauses.append(seconds)
        super().retry_in(receipt_handle, 0)


@dataclass
class Modelled:
    """The API, the queue and its consumer, with a model behind the last."""

    api: Api
    llm: ScriptedLlm
    mind: Mind
    queues: Queues
    queue: WatchedQueue
    settings: "Settings"
    connection: Database
    monkeypatch: pytest.MonkeyPatch
    provide: Provide
    opened: list[Any] = field(default_factory=list)

    def set_up(self, *, model: bool = True, **changes: Any) -> None:
        """Makes every service anew, as other settings would."""
        from functions.add_memory import handler as add_memory
        from functions.add_memory.routes import service as add_memory_service
        from functions.consolidate import handler as consolidate
        from functions.search import handler as search
        from functions.search.routes import service as search_service

        scripted = {"openai_base_url": self.llm.base_url, "openai_api_key": None, "llm_model": "scripted"}
        every = (scripted if model else {}) | changes
        add = writes.add_memory(self.settings.add_memory.model_copy(update=every), database=self.connection)
        read = reads.search(self.settings.search.model_copy(update=changes), database=self.connection)
        work = consolidation.consolidate(self.settings.consolidate.model_copy(update=every), database=self.connection)
        work = replace(work, queue=self.queue)
        add_memory.app.dependency_overrides[add_memory_service] = Provided(add)
        search.app.dependency_overrides[search_service] = Provided(read)
        self.provide(consolidate, work)
        self.opened += [llm for llm in (add.chat._llm, work.consolidate._llm) if llm]

    def close(self) -> None:
        """Closes the connections to the model."""
        for llm in self.opened:
            llm.close()

    def deliver(self, receives: int | None = None, wait: int = 2) -> list[str]:
        """One poll of an event source mapping: receive, invoke, delete what succeeded; returns what failed."""
        from functions.consolidate.handler import lambda_handler

        messages = self.queues.receive(wait=wait)
        if not messages:
            return []
        event = self.queues.event(messages)
        for record in event["Records"] if receives else []:
            record["attributes"]["ApproximateReceiveCount"] = str(receives)
        failed = [f["itemIdentifier"] for f in lambda_handler(event, Context())["batchItemFailures"]]
        for message in messages:
            if message["MessageId"] not in failed:
                self.queues.client.delete_message(QueueUrl=self.queues.url, ReceiptHandle=message["ReceiptHandle"])
        return failed

    def tell(self, *contents: str, **fields: Any) -> dict[str, Any]:
        """Adds what a user said, delivers it, and returns the event."""
        event_id = self.api.add(*contents, infer=True, **fields)["event_id"]
        self.deliver()
        return self.api.event(event_id)

    def tell_all(self, messages: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
        """The same for messages of any role."""
        body = {"messages": messages, "user_id": "ada"} | fields
        answer = self.api.request("POST", "/v3/memories/add/", body)
        assert answer.status == 200, answer
        self.deliver()
        return self.api.event(answer.body["event_id"])

    def context(self, query: str, **fields: Any) -> dict[str, Any]:
        """A context block."""
        answer = self.api.request("POST", "/v1/context/", {"query": query, "user_id": "ada"} | fields)
        assert answer.status == 200, answer
        return answer.body

    def usage(self, **query: str) -> dict[str, Any]:
        """What the project spent."""
        answer = self.api.request("GET", "/v1/usage/", query=query)
        assert answer.status == 200, answer
        return answer.body

    def project_path(self) -> str:
        """The address of the project, as Mem0's clients learn it."""
        ping = self.api.request("GET", "/v1/ping/").body
        return f"/api/v1/orgs/organizations/{ping['org_id']}/projects/{ping['project_id']}/"

    def configure(self, **changes: Any) -> None:
        """Changes the project's settings."""
        answer = self.api.request("PATCH", self.project_path(), changes)
        assert answer.status == 200, answer

    def prompts(self, task: str) -> list[ChatRequest]:
        """Every question of a task so far."""
        return [request for request in self.llm.asked if request.task == task]


def system_of(request: ChatRequest) -> str:
    """The system message of a question."""
    return request.messages[0]["content"]
