"""The bundled embedding model: the files are the ones meant, and the vectors are what the rest of Cairn counts on."""

import hashlib
import math
import shutil
from collections.abc import Iterator

import numpy as np
import pytest

from cairn.kernel.errors import Misconfigured
from cairn.models_ai.embed.minilm import OnnxEmbedder
from tests.embeddings import SAME, TURN, angle, cosine, read_vectors

INT8 = 3  # TensorProto.DataType of ONNX
FIXED = read_vectors()

# More than one batch, of lengths that are not in order.
TEXTS = [
    "I live in Oslo.",
    "My sister keeps bees in a garden behind the old railway station, and sells the honey on Saturdays. " * 3,
    "Peanuts make me ill.",
    "ok",
    "On Thursdays the team deploys, because nobody wants to mend things on a Friday night.",
    "Wo ist mein Schlüssel?",
    "私は毎朝コーヒーを飲みます。",
    "def area(radius): return 3.14159 * radius ** 2",
    "Flight SK4421 leaves at 06:35 from gate B7.",
    "🏊 twice a week",
    "The cello was my grandfather's. " * 20,
]


@pytest.fixture(scope="module")
def folder(repository):
    return repository / "layers" / "embedder"


@pytest.fixture(scope="module")
def embedder(folder):
    return OnnxEmbedder(folder, threads=1)


def one(embedder, text):
    (vector,) = embedder.embed([text])
    return vector


def assert_unit(vector):
    assert len(vector) == OnnxEmbedder.dimensions == 384
    assert math.hypot(*vector) == pytest.approx(1, abs=1e-5)


def test_the_checksums_are_those_of_the_bundled_files(folder):
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    expected = {name: digest for digest, name in (line.split("  ") for line in lines)}

    actual = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in expected}

    assert set(expected) == {"model.onnx", "tokenizer.json"}
    assert actual == expected


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protobuf message: each one's number, and its integer or its bytes."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        number, wire = divmod(varint(), 8)
        if wire == 0:
            yield number, varint()
        else:
            size = varint() if wire == 2 else {1: 8, 5: 4}[wire]
            yield number, message[at : at + size]
            at += size


def int8_matrices(model: bytes) -> Iterator[np.ndarray]:
    """The weights that activations are multiplied with, flat: ModelProto.graph, its initializers, their raw_data."""
    (graph,) = (value for number, value in fields(model) if number == 7)
    assert isinstance(graph, bytes)
    for number, tensor in fields(graph):
        if number == 5 and isinstance(tensor, bytes):
            dims = [value for number, value in fields(tensor) if number == 1]
            rest = dict(fields(tensor))
            if rest[2] == INT8 and len(dims) == 2:
                yield np.frombuffer(rest[9], dtype=np.int8)


def test_no_processor_cuts_off_a_product(folder):
    """Without VNNI x86 adds two products of a u8 activation and an s8 weight in 16 bits, and cuts off the rest."""
    model = (folder / "model.onnx").read_bytes()

    largest = [int(np.abs(weights.astype(int)).max()) for weights in int8_matrices(model)]

    assert len(largest) == 36
    assert 2 * 255 * max(largest) < 2**15


@pytest.mark.parametrize("text", FIXED)
def test_a_fixed_text_has_its_vector_on_every_processor(embedder, text):
    assert cosine(one(embedder, text), FIXED[text]) >= SAME


@pytest.mark.parametrize("text", TEXTS)
def test_a_vector_has_384_numbers_and_length_1(embedder, text):
    assert_unit(one(embedder, text))


def test_a_batch_gives_the_vectors_of_single_calls(embedder):
    cosines = [cosine(a, one(embedder, text)) for a, text in zip(embedder.embed(TEXTS), TEXTS, strict=True)]

    assert min(cosines) > 0.999


@pytest.mark.parametrize("texts", [TEXTS, TEXTS[::-1]])
def test_a_batch_keeps_the_order_of_its_texts(embedder, texts):
    alone = [one(embedder, text) for text in texts]

    together = embedder.embed(texts)

    nearest = [max(range(len(texts)), key=lambda i: cosine(vector, alone[i])) for vector in together]
    assert nearest == list(range(len(texts)))


def test_every_vector_of_a_batch_has_384_numbers_and_length_1(embedder):
    for vector in embedder.embed(TEXTS):
        assert_unit(vector)


def test_no_texts_give_no_vectors(embedder):
    assert embedder.embed([]) == []


@pytest.mark.parametrize(
    ("text", "related", "unrelated"),
    [
        ("I am allergic to peanuts.", "Nuts make me ill.", "The train to Bergen leaves at noon."),
        ("Where do I live?", "I live in a house in Oslo.", "My cello needs new strings."),
        ("She works as a nurse.", "Her job is at the hospital.", "We painted the kitchen yellow."),
        ("What is my dog called?", "My puppy's name is Rex.", "The tax report is due on Monday."),
    ],
)
def test_related_sentences_are_closer_than_unrelated_ones(embedder, text, related, unrelated):
    vector, near, far = embedder.embed([text, related, unrelated])

    # On another processor the one may be as much less, and the other as much more.
    assert math.cos(angle(cosine(vector, near)) + TURN) > math.cos(angle(cosine(vector, far)) - TURN)


@pytest.mark.parametrize("text", ["bees and honey " * 200, "x" * 100_000, "honey " * 17_000, "蜂" * 100_000])
def test_a_text_of_any_length_has_a_vector_alone_and_in_a_batch(embedder, text):
    _, together = embedder.embed(["short", text])

    assert_unit(one(embedder, text))
    assert_unit(together)


def test_only_the_first_256_tokens_of_a_text_count(embedder):
    start = "honey " * 300

    assert one(embedder, start) == one(embedder, start + "The tax report is due on Monday.")


@pytest.mark.parametrize("text", ["", " ", "\n", "\x00"])
def test_a_text_of_nothing_has_a_vector_alone_and_in_a_batch(embedder, text):
    together, _ = embedder.embed([text, "I live in Oslo."])

    assert_unit(one(embedder, text))
    assert_unit(together)


def test_the_query_cache_gives_equal_vectors(embedder, folder):
    cached = OnnxEmbedder(folder, threads=1, cache_size=2)

    for text in [*TEXTS[:3], *TEXTS[:3], TEXTS[2]]:
        assert one(cached, text) == one(embedder, text)
    kept = cached._cached.cache_info()
    assert one(cached, TEXTS[2]) == one(embedder, TEXTS[2])
    assert cached._cached.cache_info().hits == kept.hits + 1


def test_the_query_cache_keeps_no_long_text(folder):
    cached = OnnxEmbedder(folder, threads=1, cache_size=2)
    for text in ("x" * 100_000, "a word " * 80):
        one(cached, text)
    assert cached._cached.cache_info().currsize == 0


def test_a_missing_folder_names_the_setting(tmp_path):
    with pytest.raises(Misconfigured, match="CAIRN_EMBEDDER_DIR"):
        OnnxEmbedder(tmp_path / "nowhere")


def test_a_folder_without_its_model_names_the_file_and_the_setting(folder, tmp_path):
    shutil.copy(folder / "tokenizer.json", tmp_path)

    with pytest.raises(Misconfigured, match=r"model\.onnx.*CAIRN_EMBEDDER_DIR"):
        OnnxEmbedder(tmp_path)


def test_a_cached_query_takes_four_bytes_a_number(folder):
    kept = OnnxEmbedder(folder, threads=1, cache_size=2)
    one(kept, TEXTS[0])
    vector = kept._cached(TEXTS[0])
    assert kept._cached.cache_info().hits == 1
    assert (vector.dtype, vector.nbytes, vector.base) == (np.dtype(np.float32), 4 * 384, None)
