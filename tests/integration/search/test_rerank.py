"""A reranker behind HTTP: a model that is not ours, so a scripted server speaks its form."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.integration.api import Api
from tests.integration.conftest import Settings

TEXTS = ("I keep bees", "I keep a beagle", "I sold my piano", "I keep goats")


class ScriptedReranker:
    """Answers /v1/rerank with what `answer` makes of the request, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.answer: Callable[[dict[str, Any]], tuple[int, Any]] = by_length
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                scripted.asked.append(body)
                scripted.keys.append(self.headers["Authorization"])
                status, answer = scripted.answer(body)
                payload = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/rerank"


def by_length(body: dict[str, Any]) -> tuple[int, Any]:
    """The longest text answers best."""
    judged = [{"index": i, "relevance_score": len(d) / 100} for i, d in enumerate(body["documents"])]
    return 200, {"results": sorted(judged, key=lambda one: -one["relevance_score"])}


@pytest.fixture
def reranker() -> Iterator[ScriptedReranker]:
    scripted = ScriptedReranker()
    thread = threading.Thread(target=scripted.server.serve_forever, args=(0.05,))
    thread.start()
    yield scripted
    scripted.server.shutdown()
    thread.join()
    scripted.server.server_close()


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    if "reranker" in request.fixturenames:
        url = request.getfixturevalue("reranker").url
        own = {"rerank_url": url, "rerank_model": "judge", "rerank_api_key": "secret"}
        settings.search = settings.search.model_validate(settings.search.model_dump() | own)
    return settings


@pytest.fixture
def filled(reranker: ScriptedReranker, api: Api) -> Api:
    api.add(*TEXTS)
    return api


def searched(api: Api, **fields: Any) -> dict[str, Any]:
    body = {"query": "animals", "filters": {"user_id": "ada"}, "threshold": 0} | fields
    answer = api.request("POST", "/v3/memories/search/", body)
    assert answer.status == 200, answer
    return answer.body


def test_the_hits_are_in_the_rerankers_order(filled: Api, reranker: ScriptedReranker):
    answer = searched(filled, rerank=True, top_k=2)
    found = [hit["memory"] for hit in searched(filled)["results"]]
    # Both are judged alike, and stay in the order in which they were found.
    assert [hit["memory"] for hit in answer["results"]] == [text for text in found if len(text) == 15]
    assert [hit["relevance"] for hit in answer["results"]] == [0.15, 0.15]
    assert answer["rerank"] == {"used": True, "reason": None}
    (asked,) = reranker.asked
    assert (asked["model"], asked["query"], sorted(asked["documents"])) == ("judge", "animals", sorted(TEXTS))
    assert reranker.keys == ["Bearer secret"]


def test_without_being_asked_for_it_is_not_asked(filled: Api, reranker: ScriptedReranker):
    answer = searched(filled)
    assert (reranker.asked, "rerank" in answer, "relevance" in answer["results"][0]) == ([], False, False)


@pytest.mark.parametrize(
    "answer",
    [
        (500, {"detail": "out of memory"}),
        (200, {"scores": [1, 2]}),
        (200, {"results": [{"index": "first"}]}),
    ],
)
def test_where_it_fails_the_search_goes_on_and_says_so(
    filled: Api, reranker: ScriptedReranker, answer: tuple[int, Any]
):
    reranker.answer = lambda _: answer
    plain, judged = searched(filled), searched(filled, rerank=True)
    assert judged["results"] == plain["results"]
    assert judged["rerank"]["used"] is False
    assert judged["rerank"]["reason"].startswith("The reranker failed: ")


def test_what_it_leaves_out_or_makes_up_changes_nothing(filled: Api, reranker: ScriptedReranker):
    reranker.answer = lambda _: (
        200,
        {"results": [{"index": 3, "relevance_score": 1}, {"index": 99, "relevance_score": 2}]},
    )
    before = [hit["memory"] for hit in searched(filled)["results"]]
    after = [hit["memory"] for hit in searched(filled, rerank=True)["results"]]
    assert after == [before[3], *before[:3]]


def test_nothing_found_is_nothing_to_ask(filled: Api, reranker: ScriptedReranker):
    answer = searched(filled, rerank=True, filters={"user_id": "nobody"})
    assert (answer["results"], reranker.asked) == ([], [])


def test_without_a_reranker_the_answer_says_what_to_set(api: Api):
    api.add(*TEXTS)
    answer = searched(api, rerank=True)
    assert len(answer["results"]) == len(TEXTS)
    assert answer["rerank"] == {"used": False, "reason": "No reranker is set up (CAIRN_RERANK_URL)."}
