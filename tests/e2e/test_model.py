"""The whole service with a model behind OPENAI_BASE_URL: a scripted server that speaks the same protocol."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import Service, wait_for
from tests.scripted_llm import ChatRequest, Reply, ScriptedLlm

FACTS = {
    "I am vegetarian and avoid dairy.": "User is vegetarian and avoids dairy.",
    "I now eat cheese occasionally.": "User eats cheese occasionally.",
}
ANSWER = "You are vegetarian, and eat cheese now and then."


def diet_model(request: ChatRequest) -> Reply:
    """Knows two sentences, and that the second ends what the first said."""
    if request.task == "chat":
        return Reply.answer(ANSWER)
    if request.task == "extract":
        said = [(m["n"], m["text"]) for m in request.data["messages"] if m["text"] in FACTS]
        facts = [
            {"text": FACTS[text], "message": n, "quote": text, "category": "user_preferences", "importance": 8}
            for n, text in said
        ]
        return Reply.answer({"facts": facts, "summary": "What the user eats."}, tokens_in=900, tokens_out=60)
    numbers = {m["text"]: m["n"] for m in request.data["memories"]}
    old = numbers[FACTS["I am vegetarian and avoid dairy."]]
    decision = {"fact": 0, "action": "DELETE", "targets": [old], "adds": True, "reason": "The diet changed."}
    return Reply.answer({"decisions": [decision]}, tokens_in=400, tokens_out=30)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    directory: Path = tmp_path_factory.mktemp("model") / "data"
    with ScriptedLlm(diet_model) as model:
        settings = {
            "OPENAI_BASE_URL": model.base_url,
            "CAIRN_LLM_MODEL": "small",
            "CAIRN_LLM_PRICE_IN": "1",
            "CAIRN_LLM_PRICE_OUT": "4",
            "CAIRN_LOCAL_CONCURRENCY": "1",
            "CAIRN_LOCAL_MAINTAIN_SECONDS": "1",
        }
        service = Service(directory, settings=settings).start()
        assert f"extracted by small at {model.base_url}" in (directory / "console.log").read_text()
        with service.client() as client:
            yield client
        service.stop()


def add(client: httpx.Client, text: str, timestamp: int) -> dict[str, object]:
    body = {"messages": [{"role": "user", "content": text}], "user_id": "ada", "timestamp": timestamp}
    event_id = client.post("/v3/memories/add/", json=body).raise_for_status().json()["event_id"]

    def finished() -> dict[str, object] | None:
        event = client.get(f"/v1/event/{event_id}/").raise_for_status().json()
        return event if event["status"] in ("SUCCEEDED", "FAILED") else None

    return wait_for(finished, 60)


def test_what_held_and_what_holds_come_back_with_their_dates(client: httpx.Client):
    first = add(client, "I am vegetarian and avoid dairy.", 1_709_290_800)  # 1 March 2024
    second = add(client, "I now eat cheese occasionally.", 1_715_338_800)  # 10 May 2024
    assert (first["status"], second["status"]) == ("SUCCEEDED", "SUCCEEDED")
    assert [r["event"] for r in second["results"]] == ["ADD", "DELETE"]
    assert second["usage"] == {"calls": 2, "tokens_in": 1300, "tokens_out": 90, "cost_usd": 0.00166}

    question = {"query": "What are my dietary preferences?", "user_id": "ada"}
    block = client.post("/v1/context/", json=question).raise_for_status().json()["context"]
    assert "User eats cheese occasionally. (told 10 May 2024)" in block
    assert "previously: User is vegetarian and avoids dairy. (from 1 March 2024 until 10 May 2024)" in block

    then = client.post("/v1/context/", json=question | {"as_of": "2024-04-01"}).raise_for_status().json()["context"]
    assert "User is vegetarian and avoids dairy." in then
    assert "cheese" not in then


def test_a_chat_answers_and_is_remembered(client: httpx.Client):
    answered = client.post("/v1/chat/", json={"message": "What do I eat?", "user_id": "bob"}).raise_for_status().json()
    assert answered["answer"] == ANSWER
    wait_for(lambda: client.get(f"/v1/event/{answered['event_id']}/").json()["status"] == "SUCCEEDED", 60)
    today = client.get("/v1/usage/").raise_for_status().json()
    assert {"extract", "decide", "chat"} <= {day["kind"] for day in today["results"]}
