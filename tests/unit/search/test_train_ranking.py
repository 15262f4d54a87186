import numpy as np
import pytest

from benchmarks.conversations import Question
from benchmarks.train_ranking import Asked, fit, left_out, outcome, signals_of

TURNS = 60


def asked(seed: int) -> Asked:
    """One answer among many turns: the first signal knows it, the second is noise, the third says the contrary."""
    random = np.random.default_rng(seed)
    answers = np.arange(TURNS) == seed % TURNS
    noise = random.random(TURNS)
    told = 0.6 * answers + 0.4 * random.random(TURNS)
    return Asked(Question("?", 4, frozenset({"D1:1"})), np.column_stack([told, noise, 1 - told]), answers)


def test_a_fit_finds_the_signal_that_tells_and_leaves_out_its_contrary():
    told, _, contrary = fit([asked(seed) for seed in range(40)], 3)
    assert told > 0.8
    assert contrary == 0


def test_weights_are_a_share_each():
    weights = fit([asked(seed) for seed in range(5)], 3)
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()


def test_each_conversation_is_tried_with_weights_of_the_others():
    found = left_out([[asked(seed) for seed in range(first, first + 10)] for first in (0, 10, 20)], 3)
    assert [one.recall for one in found] == [1] * 30


def test_evidence_counts_though_no_turn_came_back():
    one = asked(3)
    twice = Asked(Question("?", 1, frozenset({"D1:1", "D1:2"})), one.signals, one.answers)
    assert outcome(twice, np.array([1.0, 0, 0])).recall == 0.5


def test_signals_are_read_out_of_an_explained_answer():
    def hit(semantic: float, run: float) -> dict[str, object]:
        return {"explain": {"semantic": {"normalised": semantic}, "run": {"normalised": run}}}

    read = signals_of([hit(0.4, 0.2), hit(0.1, 0.4)], ("semantic", "run"))
    assert read == pytest.approx(np.array([[1, 0.5], [0.25, 1]]))
