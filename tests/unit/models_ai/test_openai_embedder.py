"""Embeddings over HTTP: what each of the known servers answers, understands and refuses."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from cairn.kernel.errors import EmbedderUnavailable
from cairn.kernel.usage import watched
from cairn.models_ai.embed.openai import OpenAiEmbedder, Prefixes, prefixes
from tests.scripted_llm import ChatRequest, Reply, ScriptedLlm

SAID = ["I like tea.", "I live in Oslo.", "My sister keeps bees."]


def numbers(text: str, width: int = 4) -> list[float]:
    """Some vector that is another for each text, and not of length 1."""
    return [float(1 + sum(text.encode()) % (7 + n)) for n in range(width)]


def answer(request: ChatRequest, *, width: int = 4, backwards: bool = False) -> Reply:
    given = request.body["input"]
    texts = [given] if isinstance(given, str) else given
    width = request.body.get("dimensions", width)
    rows = [{"object": "embedding", "index": n, "embedding": numbers(t, width)} for n, t in enumerate(texts)]
    usage = {"prompt_tokens": 3, "total_tokens": 3}
    return Reply.json({"object": "list", "model": "m", "data": rows[::-1] if backwards else rows, "usage": usage})


@pytest.fixture
def server() -> Iterator[ScriptedLlm]:
    with ScriptedLlm(answer, path="/v1/embeddings") as found:
        yield found


@pytest.fixture
def make(server: ScriptedLlm) -> Iterator[Callable[..., OpenAiEmbedder]]:
    made: list[OpenAiEmbedder] = []

    def make(**options: Any) -> OpenAiEmbedder:
        made.append(OpenAiEmbedder(**{"model": "some", "base_url": server.base_url, "timeout": 2} | options))
        return made[-1]

    yield make
    for embedder in made:
        embedder.close()


def unit(vector: Sequence[float]) -> list[float]:
    return [x / math.hypot(*vector) for x in vector]


def test_each_text_has_a_unit_vector_in_its_place(server: ScriptedLlm, make: Callable[..., OpenAiEmbedder]):
    server.script = lambda request: answer(request, backwards=True)
    assert make().embed(SAID) == [pytest.approx(unit(numbers(text))) for text in SAID]
    assert make().embed([]) == []
    assert make().dimensions == 4
    (asked,) = [r for r in server.requests if r["input"] == SAID]
    assert asked == {"model": "some", "input": SAID, "encoding_format": "float"}


SHAPES: dict[str, Callable[[list[dict[str, Any]]], dict[str, Any]]] = {
    "Ollama": lambda rows: {"object": "list", "data": rows, "model": "m", "usage": {"prompt_tokens": 7}},
    "vLLM": lambda rows: {
        "id": "embd-1",
        "object": "list",
        "created": 1_700_000_000,
        "model": "m",
        "data": rows,
        "usage": {"prompt_tokens": 7, "total_tokens": 7, "completion_tokens": 0, "prompt_tokens_details": None},
    },
    "TEI": lambda rows: {"object": "list", "data": rows[::-1], "model": "m", "usage": {"prompt_tokens": 7}},
    "LM Studio": lambda rows: {"object": "list", "data": rows, "usage": {"prompt_tokens": 0, "total_tokens": 0}},
    "Infinity": lambda rows: {"object": "list", "data": rows, "id": "infinity-1", "created": 1, "usage": None},
}
"""What each server answers beside the vectors; a client is not told how many tokens they took by all of them."""


@pytest.mark.parametrize("name", SHAPES)
def test_the_answer_of_each_server_is_read(server: ScriptedLlm, make: Callable[..., OpenAiEmbedder], name: str):
    def script(request: ChatRequest) -> Reply:
        assert request.body["encoding_format"] == "float"
        rows = [
            {"object": "embedding", "index": n, "embedding": numbers(t)} for n, t in enumerate(request.body["input"])
        ]
        return Reply.json(SHAPES[name](rows))

    server.script = script
    with watched() as spent:
        assert make(price=1).embed(SAID) == [pytest.approx(unit(numbers(text))) for text in SAID]
    told = 7 if name in ("Ollama", "vLLM", "TEI") else 0
    assert sum(usage.tokens_in for usage in spent) == told


def test_texts_go_out_so_many_at_a_time(server: ScriptedLlm, make: Callable[..., OpenAiEmbedder]):
    texts = [f"text {n}" for n in range(7)]
    assert len(make(batch=3).embed(texts)) == 7
    assert [len(r["input"]) for r in server.requests] == [3, 3, 1]


def test_a_wanted_width_is_asked_for_and_held_to(server: ScriptedLlm, make: Callable[..., OpenAiEmbedder]):
    assert len(make(dimensions=3).embed_query("tea?")) == 3
    assert server.requests[0]["dimensions"] == 3
    assert make(dimensions=3).dimensions == 3

    def deaf(request: ChatRequest) -> Reply:  # Ollama's older releases, LM Studio
        request.body.pop("dimensions")
        return answer(request)

    server.script = deaf
    with pytest.raises(EmbedderUnavailable, match=r"gave 4 numbers, not 3: check CAIRN_EMBEDDING_DIMENSIONS"):
        make(dimensions=3).embed_query("tea?")


def too_many(limit: int, status: int, said: str) -> Callable[[ChatRequest], Reply]:
    def script(request: ChatRequest) -> Reply:
        return Reply.error(status, said) if len(request.body["input"]) > limit else answer(request)

    return script


def too_long(limit: int, status: int, said: str) -> Callable[[ChatRequest], Reply]:
    def script(request: ChatRequest) -> Reply:
        longest = max(map(len, request.body["input"]))
        return Reply.error(status, said) if longest > limit else answer(request)

    return script


@pytest.mark.parametrize(
    ("status", "said"),
    [(413, "batch size 64 > maximum allowed batch size 32"), (422, "batch size too large"), (400, "too many inputs")],
)
def test_a_server_that_takes_fewer_texts_gets_fewer(
    server: ScriptedLlm, make: Callable[..., OpenAiEmbedder], status: int, said: str
):
    server.script = too_many(8, status, said)
    texts = [f"text {n}" for n in range(64)]
    embedder = make()
    assert embedder.embed(texts) == [pytest.approx(unit(numbers(text))) for text in texts]
    before = len(server.requests)
    embedder.embed(texts)  # it has learned
    assert [len(r["input"]) for r in server.requests[before:]] == [8] * 8


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (413, "`inputs` must have less than 512 tokens. Given: 9000"),
        (400, "This model's maximum context length is 8192 tokens"),
        (400, "the input length exceeds the context length"),
    ],
)
def test_a_text_that_is_too_long_for_the_model_is_told_by_its_beginning(
    server: ScriptedLlm, make: Callable[..., OpenAiEmbedder], status: int, said: str
):
    server.script = too_long(1_000, status, said)
    found = make().embed(["short", "long " * 2_000, "short too"])
    assert len(found) == 3
    assert found[0] == pytest.approx(unit(numbers("short")))
    assert max(len(text) for r in server.requests for text in r["input"]) <= 24_000


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply.error(400), "answered 400"),
        (Reply.error(401), "CAIRN_EMBEDDING_API_KEY"),
        (Reply.error(403), "CAIRN_EMBEDDING_API_KEY"),
        (Reply.error(404), "CAIRN_EMBEDDING_MODEL"),
        (Reply.error(429), "answered 429"),
        (Reply.error(500), "answered 500"),
        (Reply.error(503), "answered 503"),
        (Reply.json({"data": []}), "answered no embeddings"),
        (Reply.json({"data": [{"index": 0, "embedding": [0, 0]}]}), "answered no embeddings"),
        (Reply.json({"data": [{"index": 0, "embedding": ["x"]}]}), "answered no embeddings"),
        (Reply.json({"data": [{"index": 0, "embedding": []}]}), "answered no embeddings"),
        (Reply(200, b'{"data":[{"index":0,"embedding":[1e999,1]}]}'), "answered no embeddings"),
        (Reply.text("<html>busy</html>"), "answered no embeddings"),
        (Reply.reset(), "does not answer"),
    ],
)
def test_whatever_goes_wrong_is_one_sentence(
    server: ScriptedLlm, make: Callable[..., OpenAiEmbedder], reply: Reply, said: str
):
    server.script = lambda _: reply
    with pytest.raises(EmbedderUnavailable, match=said) as caught:
        make().embed_query("My PIN is 4711.")
    assert "4711" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_server_that_hangs_is_let_go_and_one_that_is_busy_says_for_how_long(
    server: ScriptedLlm, make: Callable[..., OpenAiEmbedder]
):
    server.script = lambda _: Reply.hang()
    with pytest.raises(EmbedderUnavailable, match="does not answer"):
        make(timeout=0.1).embed_query("tea?")
    server.script = lambda _: Reply.error(429, headers={"Retry-After": "0"})
    with pytest.raises(EmbedderUnavailable) as caught:
        make().embed_query("tea?")
    assert caught.value.retry_after == 0


def test_nobody_waits_for_an_endpoint_that_asks_for_patience(server: ScriptedLlm, make: Callable[..., OpenAiEmbedder]):
    server.script = lambda _: Reply.error(503, headers={"Retry-After": "30"})
    with pytest.raises(EmbedderUnavailable) as caught:
        make().embed(SAID)
    assert caught.value.retry_after == 30
    assert len(server.requests) == 1


def test_after_a_failure_no_question_is_asked_for_a_while_and_what_is_kept_is(
    server: ScriptedLlm, make: Callable[..., OpenAiEmbedder]
):
    embedder = make(timeout=0.1)
    server.script = lambda _: Reply.hang()
    for question in ("tea?", "Oslo?", "bees?"):
        with pytest.raises(EmbedderUnavailable):
            embedder.embed_query(question)
    assert len(server.requests) == 1  # and not once for each, or twice
    server.script = answer
    assert len(embedder.embed(SAID)) == 3
    embedder._paused_until = 0
    assert len(embedder.embed_query("tea?")) == 4


def test_a_question_that_is_refused_takes_nothing_from_others(server: ScriptedLlm, make: Callable[..., OpenAiEmbedder]):
    embedder = make()
    server.script = lambda request: Reply.error(400) if "odd" in request.body["input"][0] else answer(request)
    with pytest.raises(EmbedderUnavailable):
        embedder.embed_query("odd?")
    assert len(embedder.embed_query("tea?")) == 4


def test_a_failure_that_passes_is_tried_again_at_once(server: ScriptedLlm, make: Callable[..., OpenAiEmbedder]):
    replies = iter([Reply.error(503, headers={"Retry-After": "0"})])
    server.script = lambda request: next(replies, None) or answer(request)
    assert len(make().embed_query("tea?")) == 4


@pytest.mark.parametrize(
    ("model", "query", "passage"),
    [
        ("text-embedding-3-small", "", ""),
        ("intfloat/multilingual-e5-large", "query: ", "passage: "),
        ("nomic-embed-text:v1.5", "search_query: ", "search_document: "),
        ("BAAI/bge-m3", "", ""),
        ("BAAI/bge-small-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
    ],
)
def test_a_model_gets_the_words_that_it_wants_before_its_texts(
    server: ScriptedLlm, make: Callable[..., OpenAiEmbedder], model: str, query: str, passage: str
):
    embedder = make(model=model)
    embedder.embed(["I like tea."])
    embedder.embed_query("What do I like?")
    assert [r["input"] for r in server.requests] == [[f"{passage}I like tea."], [f"{query}What do I like?"]]
    assert prefixes(model) == Prefixes(query, passage)


def test_the_key_is_read_with_the_first_text_and_a_query_is_kept(
    server: ScriptedLlm, make: Callable[..., OpenAiEmbedder]
):
    asked: list[int] = []
    embedder = make(api_key=lambda: asked.append(1) or "sk-test\n", cache_size=10)
    assert asked == []
    assert embedder.embed_query("tea?") == embedder.embed_query("tea?")
    assert embedder.embed([" "])  # nothing is an error to some servers
    assert asked == [1]
    assert len(server.requests) == 2
    assert {r.headers["Authorization"] for r in server.asked} == {"Bearer sk-test"}
