"""No test's outcome hangs on a similarity nearer to its threshold than processors differ by.

tests/data/embeddings/margins.jsonl lists the similarities, as they were measured on one processor.
"""

import pytest

from cairn.models_ai.embed.minilm import OnnxEmbedder
from tests.embeddings import MODEL, TURN, angle, compared, cosine, read_margins


@pytest.fixture(scope="module")
def embedder():
    return OnnxEmbedder(MODEL)


def test_every_pair_that_is_compared_is_listed():
    assert set(read_margins()) == set(compared()), "Run: python -m tests.write_embeddings"


def test_every_listed_similarity_is_clear_of_its_threshold():
    margins = {pair: abs(angle(cosine) - angle(pair.threshold)) for pair, cosine in read_margins().items()}

    assert {pair: margin for pair, margin in margins.items() if margin <= TURN} == {}


def test_this_processor_gives_the_listed_similarities(embedder):
    here = {pair: cosine(*embedder.embed([pair.one, pair.other])) for pair in read_margins()}

    assert all(abs(angle(here[pair]) - angle(listed)) <= TURN for pair, listed in read_margins().items())
