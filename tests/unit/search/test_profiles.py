"""What a search makes of the cosines of each embedder."""

from importlib import resources

import pytest

from cairn.models_ai.embed.minilm import OnnxEmbedder
from cairn.models_ai.embed.multilingual import MultilingualEmbedder
from cairn.search import profiles
from cairn.search.ranking import DEFAULT_WEIGHTS, GRAPH_WEIGHT

FILES = sorted(f.name.removesuffix(".toml") for f in resources.files(profiles).iterdir() if f.name.endswith(".toml"))


def test_each_bundled_embedder_has_a_file_of_its_own():
    assert sorted([OnnxEmbedder.model, MultilingualEmbedder.model, "unknown"]) == FILES


@pytest.mark.parametrize("model", FILES)
def test_the_weights_of_a_profile_are_shares(model: str):
    found = profiles.of(model)
    for weights in (found.weights, found.unread):
        shares = (weights.semantic, weights.bm25, weights.neighbours, weights.coverage, weights.run, weights.period)
        assert sum(shares) == pytest.approx(1)
        assert min(shares) >= 0
    assert 0 <= found.background < 1
    assert (found.fits is None) == (model == "unknown")


def test_the_default_weights_are_those_of_the_default_embedder():
    assert profiles.of(OnnxEmbedder.model).weights == DEFAULT_WEIGHTS


@pytest.mark.parametrize("model", ["openai:text-embedding-3-small", "../unknown", "", "a/b"])
def test_an_embedder_that_nothing_was_learned_for_has_a_profile(model: str):
    assert profiles.of(model) == profiles.of("unknown")


def test_where_a_script_is_not_read_the_words_count_for_more():
    minilm, multilingual = profiles.of(OnnxEmbedder.model), profiles.of(MultilingualEmbedder.model)
    assert minilm.weighs("Where do I live?") == minilm.weights
    assert minilm.weighs("我住在哪里？") == minilm.unread
    assert (minilm.fit("Where do I live?").centre, minilm.fit("我住在哪里？").centre) == (0.5, 1.0)
    for read in ("Где я живу?", "أين أعيش؟", "Gdzie mieszkam?"):
        assert multilingual.is_read(read), read
        assert minilm.is_read(read) == (read == "Gdzie mieszkam?")
    for unread in ("我住在哪里？", "나는 어디에 살아?", "איפה אני גר?", "मैं कहाँ रहता हूँ?", "Πού μένω;"):
        assert multilingual.weighs(unread) == multilingual.unread, unread
    assert all(profiles.of("unknown").is_read(text) for text in ("איפה אני גר?", "12:30", ""))
    assert minilm.weighs("Anna", graph=True).graph == GRAPH_WEIGHT
