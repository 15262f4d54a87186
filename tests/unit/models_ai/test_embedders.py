"""What every embedder does, whatever is behind it: the port, on all adapters that there are."""

import math
import os
from collections.abc import Iterator

import pytest

from cairn.models_ai.embed.minilm import OnnxEmbedder
from cairn.models_ai.embed.multilingual import MultilingualEmbedder
from cairn.models_ai.embed.port import Embedder
from tests.scripted_llm import ScriptedLlm
from tests.unit.models_ai.embedding_servers import EMBEDDINGS, Embedding

SAID = ["I like tea.", "I live in Oslo.", "My sister keeps bees.", "我每天早上喝咖啡。"]
LONG = "a longer text about bees and honey " * 3_000


@pytest.fixture(scope="module")
def bundled(repository) -> dict[str, Embedder]:
    found = OnnxEmbedder(repository / "layers" / "embedder", threads=1)
    return {"minilm": found, "multilingual": MultilingualEmbedder()}


@pytest.fixture(params=["minilm", "multilingual", *EMBEDDINGS], ids=lambda one: getattr(one, "name", one))
def embedder(request, monkeypatch) -> Iterator[Embedder]:
    if not isinstance(request.param, Embedding):
        yield request.getfixturevalue("bundled")[request.param]
        return
    server = ScriptedLlm(request.param.answer, path=request.param.path)
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.root)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with server:
        made = request.param.make(server)
        yield made
        made.close()


def cosine(one, other):
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_each_text_has_a_unit_vector_of_its_width_in_its_place(embedder: Embedder):
    together = embedder.embed(SAID)

    assert [len(vector) for vector in together] == [embedder.dimensions] * len(SAID)
    assert all(math.hypot(*vector) == pytest.approx(1, abs=1e-5) for vector in together)
    for text, vector in zip(SAID, together, strict=True):
        (alone,) = embedder.embed([text])
        assert cosine(alone, vector) == pytest.approx(1, abs=1e-3)


def test_no_texts_have_no_vectors(embedder: Embedder):
    assert embedder.embed([]) == []


@pytest.mark.parametrize("text", ["", " ", "\n", LONG], ids=["empty", "blank", "line", "long"])
def test_whatever_text_has_a_vector_as_what_is_kept_and_as_a_question(embedder: Embedder, text: str):
    assert len(embedder.embed([text, SAID[0]])) == 2
    assert math.hypot(*embedder.embed_query(text)) == pytest.approx(1, abs=1e-5)


def test_a_question_asked_again_has_the_same_vector(embedder: Embedder):
    assert embedder.embed_query(SAID[0]) == embedder.embed_query(SAID[0])


def test_it_has_a_name_without_a_path_in_it(embedder: Embedder):
    assert embedder.model
    assert os.sep not in embedder.model
