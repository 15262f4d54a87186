"""Embeddings of Bedrock through the real client: what each model is sent, and whose fault a refusal is."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from cairn.bootstrap import adapters
from cairn.kernel.errors import EmbedderUnavailable, Misconfigured
from cairn.kernel.settings import IngestSettings
from cairn.models_ai.embed.bedrock import BedrockEmbedder
from cairn.platform.database import Database
from tests.scripted_llm import Reply, ScriptedLlm
from tests.unit.models_ai.embedding_servers import ENGLISH, TITAN, V4, cohere_answer, fault, titan_answer

SAID = ["I like tea.", "I live in Oslo.", "My sister keeps bees."]
ARN = "arn:aws:bedrock:eu-west-1:000000000000:inference-profile/eu.cohere.embed-v4:0"
ON_DEMAND = (
    "Invocation of model ID cohere.embed-v4:0 with on-demand throughput isn't supported. Retry your request with the "
    "ID or ARN of an inference profile that contains this model."
)


@pytest.fixture
def server(monkeypatch) -> Iterator[ScriptedLlm]:
    found = ScriptedLlm(titan_answer, path=f"/model/{TITAN}/invoke")
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", found.root)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with found:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr("boto3.DEFAULT_SESSION", None)  # it keeps the keys that it found first
        yield found


def asked(server: ScriptedLlm, model: str, **options: Any) -> BedrockEmbedder:
    """An embedder of that model, and the server as that model."""
    server.path = f"/model/{model}/invoke"
    server.script = titan_answer if "titan" in model else cohere_answer
    return BedrockEmbedder(**{"model": model, "region": "eu-west-1", "timeout": 2} | options)


def test_titan_gets_one_text_a_request_and_each_request_is_signed(server):
    with closing(asked(server, TITAN, dimensions=512)) as embedder:
        embedder.embed(SAID)
    assert sorted(r["inputText"] for r in server.requests) == sorted(SAID)
    assert all(
        r | {"inputText": ""} == {"inputText": "", "normalize": True, "dimensions": 512} for r in server.requests
    )
    for request in server.asked:
        signed = request.headers["Authorization"]
        assert signed.startswith("AWS4-HMAC-SHA256 Credential=AKIDTEST/")
        assert "/eu-west-1/bedrock/aws4_request" in signed


def test_titan_without_a_width_chooses_its_own(server):
    with closing(asked(server, TITAN)) as embedder:
        embedder.embed_query("tea?")
    assert server.requests == [{"inputText": "tea?", "normalize": True}]


@pytest.mark.parametrize(
    ("model", "own"), [(ENGLISH, {"truncate": "END"}), (f"eu.{V4}", {"truncate": "RIGHT", "output_dimension": 256})]
)
def test_cohere_is_told_what_a_question_is_and_what_is_kept(server, model, own):
    with closing(asked(server, model, dimensions=256 if "v4" in model else None)) as embedder:
        embedder.embed(SAID)
        embedder.embed_query("tea?")
    every = {"embedding_types": ["float"]} | own
    assert server.requests == [
        {"texts": SAID, "input_type": "search_document"} | every,
        {"texts": ["tea?"], "input_type": "search_query"} | every,
    ]


@pytest.mark.parametrize(("batch", "sizes"), [(96, [96, 96, 8]), (64, [64, 64, 64, 8]), (2_000, [96, 96, 8])])
def test_cohere_gets_no_more_than_96_texts_a_request(server, batch, sizes):
    with closing(asked(server, ENGLISH, batch=batch)) as embedder:
        assert len(embedder.embed([f"text {n}" for n in range(200)])) == 200
    assert [len(r["texts"]) for r in server.requests] == sizes


@pytest.mark.parametrize(("model", "longest"), [(ENGLISH, 2_048), (f"eu.{V4}", 24_000), (TITAN, 24_000)])
def test_a_text_is_sent_as_far_as_the_model_takes_it(server, model, longest):
    with closing(asked(server, model)) as embedder:
        embedder.embed_query("蜂" * 100_000)
    (request,) = server.requests
    assert len(request.get("inputText") or request["texts"][0]) == longest


@pytest.mark.parametrize("embeddings", [{"float": [[3.0, 4.0]]}, [[3.0, 4.0]]])
def test_both_shapes_of_an_answer_of_cohere_are_read(server, embeddings):
    with closing(asked(server, ENGLISH)) as embedder:
        server.script = lambda _: Reply.json({"embeddings": embeddings, "id": "1"})
        assert embedder.embed_query("tea?") == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize(
    ("model", "known"),
    [
        (TITAN, TITAN),
        (f"eu.{V4}", V4),
        (f"global.{V4}", V4),
        (ARN, V4),
        (f"arn:aws:bedrock:eu-west-1::foundation-model/{ENGLISH}", ENGLISH),
    ],
)
def test_the_database_knows_the_model_and_not_the_profile_it_is_asked_by(server, model, known):
    with closing(asked(server, model)) as embedder:
        assert embedder.model == known
        assert embedder.embed_query("tea?")


@pytest.mark.parametrize("model", ["text-embedding-3-small", "arn:aws:bedrock:eu-west-1:0:provisioned-model/x"])
def test_a_model_that_cannot_be_asked_is_said_at_the_start(model):
    with pytest.raises(Misconfigured, match=r"CAIRN_EMBEDDING_MODEL.*amazon\.titan-embed-text-v2"):
        BedrockEmbedder(model=model)


@pytest.mark.parametrize(("model", "width"), [(TITAN, 300), (ENGLISH, 512), (f"eu.{V4}", 2_048)])
def test_a_width_that_the_model_has_not_is_said_at_the_start(model, width):
    with pytest.raises(Misconfigured, match=rf"CAIRN_EMBEDDING_DIMENSIONS.*not {width}"):
        BedrockEmbedder(model=model, dimensions=width)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (fault(403, "AccessDeniedException", "You don't have access to the model"), "may not use"),
        (fault(403, "UnrecognizedClientException", "The security token is invalid."), "may not use"),
        (fault(404, "ResourceNotFoundException", "no such model"), "CAIRN_BEDROCK_REGION"),
        (fault(400, "ValidationException", "The provided model identifier is invalid."), "inference profile"),
        (fault(400, "ValidationException", ON_DEMAND), "inference profile"),
        (fault(400, "ValidationException", "Malformed input: #/dimensions: 300 is not valid"), "CAIRN_EMBEDDING_DIM"),
    ],
)
def test_what_no_waiting_mends_is_a_wrong_setting_after_one_request(server, reply, said):
    with closing(asked(server, TITAN)) as embedder:
        server.script = lambda _: reply
        with pytest.raises(Misconfigured, match=said):
            embedder.embed_query("tea?")
    assert len(server.requests) == 1


def test_without_credentials_the_role_is_named(server, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with closing(asked(server, TITAN)) as embedder, pytest.raises(Misconfigured, match="role"):
        embedder.embed_query("tea?")
    assert server.requests == []


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, "ThrottlingException"),
        (503, "ServiceUnavailableException"),
        (500, "InternalServerException"),
        (408, "ModelTimeoutException"),
        (424, "ModelErrorException"),
        (429, "ModelNotReadyException"),
        (403, "ExpiredTokenException"),
    ],
)
def test_what_passes_is_unavailable_and_tried_no_more_than_twice(server, status, code):
    with closing(asked(server, TITAN)) as embedder:
        server.script = lambda _: fault(status, code, "My PIN is 4711.")
        with pytest.raises(EmbedderUnavailable, match=code) as caught:
            embedder.embed_query("tea?")
    assert "4711" not in str(caught.value)
    assert len(server.requests) <= 2


def test_what_passes_at_once_is_not_noticed(server):
    replies = iter([fault(429, "ThrottlingException")])
    with closing(asked(server, TITAN)) as embedder:
        server.script = lambda request: next(replies, None) or titan_answer(request)
        assert len(embedder.embed_query("tea?")) == 4


def test_an_endpoint_that_is_not_there_is_unavailable(server, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:1")
    with closing(asked(server, TITAN, timeout=0.2)) as embedder, pytest.raises(EmbedderUnavailable):
        embedder.embed_query("tea?")


def test_one_failure_ends_what_else_was_to_be_asked(server):
    with closing(asked(server, TITAN)) as embedder:
        server.script = lambda _: fault(403, "AccessDeniedException")
        with pytest.raises(Misconfigured):
            embedder.embed([f"text {n}" for n in range(64)])
    assert len(server.requests) < 64


def settings(**changes: Any) -> IngestSettings:
    own = {"environment": "test", "database_url": "postgresql://nobody@127.0.0.1/nothing"}
    return IngestSettings(**own | {"consolidate_queue_url": "q", "ingest_queue_url": "q"} | changes)


def test_bedrock_without_a_model_is_said_at_the_start():
    with pytest.raises(ValueError, match="CAIRN_EMBEDDER=bedrock needs CAIRN_EMBEDDING_MODEL"):
        settings(embedder="bedrock")


def test_the_settings_choose_it(server):
    made = settings(embedder="bedrock", embedding_model=TITAN, bedrock_region="eu-west-1", embedding_price=0.02)
    with closing(Database("postgresql://nobody@127.0.0.1/nothing")) as database:
        assert adapters.embedder(made, database).model == TITAN
