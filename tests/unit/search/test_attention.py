import math
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from benchmarks.conversations import Question
from benchmarks.train_attention import Told, as_projections, attention, learn, logits, slope
from cairn.kernel.errors import Misconfigured
from cairn.kernel.settings import ScoringSettings
from cairn.models_ai.embed.minilm import OnnxEmbedder
from cairn.search.attention import Projections, read, write
from cairn.search.ranking import Attention, composite, plain

DIMENSIONS = 384


def unit(random: np.random.Generator, rows: int) -> np.ndarray:
    vectors = random.standard_normal((rows, DIMENSIONS)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def some_projections(embedder: str = "some") -> Projections:
    query, memory = np.random.default_rng(1).standard_normal((2, 64, DIMENSIONS)).astype(np.float32)
    return Projections(embedder, query, memory)


def told(seed: int) -> Told:
    """Questions say in their second 32 numbers what the turn that answers says in its first, which no cosine sees."""
    random = np.random.default_rng(seed)
    said, noise = unit(random, 40)[:, :32], 0.1 * unit(random, 80)
    memories, queries = noise[:40], noise[40:]
    memories[:, :32], queries[:, 32:64] = said, said
    for vectors in (memories, queries):
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    questions = [Question("?", 4, frozenset({f"D1:{n}"})) for n in range(40)]
    nothing = np.zeros((40, 40))
    return Told(questions, queries, memories, nothing[:, :, None], nothing, np.eye(40, dtype=np.bool_))


def test_without_projections_a_query_attends_by_the_scaled_dot_product():
    query, memory = unit(np.random.default_rng(2), 2)
    spread = math.sqrt(DIMENSIONS)  # brings the components of a unit vector to variance 1
    scaled = (spread * query) @ (spread * memory) / math.sqrt(DIMENSIONS)
    assert np.dot(plain(query.tolist()), memory) == pytest.approx(scaled, rel=1e-5)
    assert Attention(composite(1, 0, 0, 0), None, 24, 0).of(query.tolist()).vector == plain(query.tolist())


def test_the_projection_of_the_memory_can_be_moved_to_the_query():
    query, memory = unit(np.random.default_rng(3), 2)
    projections = some_projections()
    twice = (projections.query @ query) @ (projections.memory @ memory) / 8
    expected = np.dot(plain(query.tolist()), memory) + twice
    assert np.dot(projections(query.tolist()), memory) == pytest.approx(expected, rel=1e-4)


def test_what_is_written_is_read_at_half_precision(tmp_path: Path):
    write(tmp_path / "some.npz", some_projections())
    found = read("some", tmp_path)
    assert found
    assert found.query == pytest.approx(some_projections().query, rel=1e-3, abs=1e-4)
    assert found.memory == pytest.approx(some_projections().memory, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("embedder", ["another", "../some", "some/thing", ""])
def test_another_embedder_has_no_projections(embedder: str, tmp_path: Path):
    write(tmp_path / "some.npz", some_projections())
    assert read(embedder, tmp_path) is None


def test_a_file_that_does_not_fit_its_name_is_refused(tmp_path: Path):
    write(tmp_path / "some.npz", some_projections("another"))
    with pytest.raises(Misconfigured, match="learned for 'another'"):
        read("some", tmp_path)


def test_the_projections_that_are_shipped_are_the_bundled_embedders():
    shipped = read(OnnxEmbedder.model)
    assert shipped
    assert shipped.embedder == OnnxEmbedder.model
    assert shipped.query.shape == shipped.memory.shape == (64, OnnxEmbedder.dimensions)
    assert np.isfinite(shipped.query).all()
    assert np.isfinite(shipped.memory).all()
    assert shipped.query.any()


def test_similarity_is_half_of_each_channel():
    weights = composite(0.4, 0.4, 0.1, 0.1)
    assert (weights.attention, weights.semantic, weights.bm25) == (0.4, 0.2, 0.2)
    assert (weights.recency, weights.importance) == (0.1, 0.1)
    assert (weights.neighbours, weights.coverage, weights.run, weights.period, weights.graph) == (0, 0, 0, 0, 0)


def test_the_published_shares_are_the_default():
    settings = ScoringSettings(environment="test")
    shares = settings.scoring_attention, settings.scoring_similarity, settings.scoring_recency
    assert (*shares, settings.scoring_importance) == (0.4, 0.4, 0.1, 0.1)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"scoring_attention": 0.5}, "CAIRN_SCORING_ATTENTION.* must add up to 1, not to 1.1"),
        ({"scoring_attention": -0.1, "scoring_similarity": 0.9}, "scoring_attention\n.*greater than or equal to 0"),
        ({"scoring_half_life_hours": 0}, "scoring_half_life_hours\n.*greater than 0"),
        ({"scoring_distillation": 1.5}, "scoring_distillation\n.*less than or equal to 1"),
    ],
)
def test_shares_that_cannot_be_are_refused(given: dict[str, float], reason: str):
    with pytest.raises(ValidationError, match=reason):
        ScoringSettings.model_validate({"environment": "test"} | given)


def test_the_slope_is_that_of_the_loss():
    one, random = told(1), np.random.default_rng(4)
    weights = [part.astype(np.float64) for part in random.standard_normal((2, 64, DIMENSIONS))]

    def loss() -> float:
        found = attention(one, Projections("", *weights))
        return -np.log((found / found.sum(axis=1, keepdims=True))[one.answers]).sum()

    slopes = slope(one, weights)
    for side, row, column in ((0, 3, 200), (0, 60, 300), (1, 3, 5), (1, 40, 100)):
        before, nudge = loss(), 1e-5
        weights[side][row, column] += nudge
        assert (loss() - before) / nudge == pytest.approx(slopes[side][row, column], rel=0.02, abs=1e-3)
        weights[side][row, column] -= nudge


def test_what_is_learned_attends_to_what_answers():
    learned, unseen = learn([told(seed) for seed in range(10)]), told(99)

    def right(projections: Projections | None) -> float:
        return (logits(unseen, projections).argmax(axis=1) == np.arange(40)).mean()

    assert right(learned) > right(None) + 0.2
    nothing = as_projections([np.zeros((64, DIMENSIONS)), learned.memory])
    assert logits(unseen, nothing) == pytest.approx(logits(unseen, None))
