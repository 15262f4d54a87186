import json
from pathlib import Path

import pytest

from tests import recall
from tests.recall import Figures

BEFORE: Figures = {
    "all": {"questions": 200, "recall@10": 80.0, "any@10": 85.0},
    "multi-hop": {"questions": 37, "recall@10": 60.0, "any@10": 97.3},
}


def changed(group: str, figure: str, by: float) -> Figures:
    return {g: {f: value + by * ((g, f) == (group, figure)) for f, value in v.items()} for g, v in BEFORE.items()}


@pytest.fixture(autouse=True)
def baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "BASELINE", tmp_path / "baseline.json")
    recall.BASELINE.write_text(json.dumps(BEFORE))


@pytest.mark.parametrize(
    ("group", "figure", "by"),
    [("all", "recall@10", -1), ("all", "any@10", -0.5), ("multi-hop", "any@10", 94.59 - 97.3), ("all", "recall@10", 5)],
)
def test_a_point_or_one_question_less_passes(group: str, figure: str, by: float):
    assert recall.fault(changed(group, figure, by)) is None


@pytest.mark.parametrize(
    ("group", "figure", "by"), [("all", "recall@10", -1.1), ("all", "any@10", -2), ("multi-hop", "recall@10", -3)]
)
def test_a_larger_drop_is_named_with_its_figures_and_the_way_to_renew_them(group: str, figure: str, by: float):
    fault = recall.fault(changed(group, figure, by)) or ""
    assert f"{group} {figure}: {BEFORE[group][figure] + by} (was {BEFORE[group][figure]})" in fault
    assert "python -m tests.write_recall_baseline" in fault


def test_other_questions_need_another_baseline():
    assert "other questions" in (recall.fault(changed("all", "questions", 1)) or "")
