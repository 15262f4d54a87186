"""What every embedding endpoint is kept to: what its tokens cost, what is too much for it, and when it is away."""

from collections.abc import Callable, Iterator

import pytest

from cairn.kernel.errors import EmbedderUnavailable
from cairn.kernel.usage import TokenUsage, watched
from cairn.models_ai.embed.endpoint import EndpointEmbedder
from tests.scripted_llm import Reply, ScriptedLlm
from tests.unit.models_ai.embedding_servers import EMBEDDINGS, Embedding, fault, numbers, texts_of

SAID = ["I like tea.", "I live in Oslo.", "My sister keeps bees."]


@pytest.fixture(params=EMBEDDINGS, ids=lambda one: one.name)
def embedding(request) -> Embedding:
    return request.param


@pytest.fixture
def server(embedding, monkeypatch) -> Iterator[ScriptedLlm]:
    found = ScriptedLlm(embedding.answer, path=embedding.path)
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", found.root)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with found:
        yield found


@pytest.fixture
def make(server, embedding) -> Iterator[Callable[..., EndpointEmbedder]]:
    made: list[EndpointEmbedder] = []

    def make(**options):
        made.append(embedding.make(server, **options))
        return made[-1]

    yield make
    for embedder in made:
        embedder.close()


def refusal(embedding: Embedding, status: int, said: str) -> Reply:
    codes = {400: "ValidationException", 429: "ThrottlingException", 503: "ServiceUnavailableException"}
    if embedding.name == "openai":
        return Reply.error(status, said, headers={"Retry-After": "7"})
    return fault(status, codes.get(status, "InternalServerException"), said, **{"Retry-After": "7"})


def test_tokens_are_told_to_whoever_watches_at_their_price(make):
    embedder = make(price=0.02)
    with watched() as outer:
        with watched() as inner:
            embedder.embed(SAID)
        embedder.embed_query("Is there tea?")

    assert sum(usage.tokens_in for usage in inner) == 9
    assert sum(usage.tokens_in for usage in outer) == 12
    assert outer[-1] == TokenUsage("embed", 1, 3, 0, pytest.approx(3 * 0.02 / 1_000_000))
    embedder.embed(SAID)  # nobody need watch


def test_a_question_that_is_kept_costs_nothing_again(make):
    embedder = make(cache_size=10)
    with watched() as spent:
        for _ in range(3):
            embedder.embed_query("Is there tea?")

    assert len(spent) == 1


def test_what_is_too_long_is_told_by_its_beginning_and_the_others_whole(server, make, embedding):
    said = "400 Bad Request: Too many input tokens. Max input tokens: 8192, request input token count: 9875"

    def script(request):
        longest = max(map(len, texts_of(request.body)))
        return refusal(embedding, 400, said) if longest > 1_000 else embedding.answer(request)

    server.script = script
    found = make().embed(["short", "long " * 2_000, "short too"])

    whole = [numbers("short"), numbers("short too")]
    assert [found[0], found[2]] == [[x / sum(n * n for n in v) ** 0.5 for x in v] for v in whole]
    assert len(found) == 3


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_endpoint_is_unavailable_and_says_for_how_long(server, make, embedding, status):
    server.script = lambda _: refusal(embedding, status, "My PIN is 4711.")

    with pytest.raises(EmbedderUnavailable) as caught:
        make().embed(SAID)

    assert caught.value.retry_after == 7
    assert str(status) in str(caught.value)
    assert "4711" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_after_a_failure_no_question_is_asked_for_a_while_and_what_is_kept_is(server, make, embedding):
    embedder = make(timeout=0.2)
    server.script = lambda _: Reply.hang()
    for question in ("tea?", "Oslo?", "bees?"):
        with pytest.raises(EmbedderUnavailable):
            embedder.embed_query(question)
    assert len(server.requests) <= 2  # one question, asked again where its time allows that
    server.script = embedding.answer
    assert len(embedder.embed(SAID)) == 3
    embedder._paused_until = 0
    assert len(embedder.embed_query("tea?")) == 4


def test_a_question_that_is_refused_takes_nothing_from_others(server, make, embedding):
    embedder = make()
    server.script = lambda request: (
        refusal(embedding, 400, "no") if "odd" in texts_of(request.body)[0] else embedding.answer(request)
    )
    with pytest.raises(EmbedderUnavailable):
        embedder.embed_query("odd?")
    assert len(embedder.embed_query("tea?")) == 4


@pytest.mark.parametrize("reply", [Reply.json({}), Reply.text("<html>busy</html>"), Reply.json([1]), Reply.json(None)])
def test_an_answer_that_is_none_names_the_setting(server, make, reply):
    server.script = lambda _: reply
    embedder = make()

    with pytest.raises(EmbedderUnavailable, match=f"no embeddings: check {embedder.where}"):
        embedder.embed_query("tea?")
