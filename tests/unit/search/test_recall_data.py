"""The conversations of the recall gate are what their format promises: a wrong id would quietly lower recall."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.conversations import Conversation, read

FOLDER = Path(__file__).parents[2] / "data" / "recall"
FILES = sorted(path for path in FOLDER.glob("*.json") if path.stem != "baseline")
MULTI_HOP, TEMPORAL, INFERENCE, SINGLE_HOP, ADVERSARIAL = 1, 2, 3, 4, 5


def conversation(path: Path) -> Conversation:
    (one,) = read(path)
    return one


def raw(path: Path) -> dict[str, Any]:
    (one,) = json.loads(path.read_text())
    return one


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_turns_are_numbered_within_their_session_and_spoken_by_one_of_two(path: Path):
    spoken = raw(path)["conversation"]
    for number, session in enumerate(conversation(path).sessions, 1):
        assert [turn.turn_id for turn in session.turns] == [f"D{number}:{n}" for n in range(1, len(session.turns) + 1)]
        assert {turn.speaker for turn in session.turns} == {spoken["speaker_a"], spoken["speaker_b"]}
        assert all(turn.text for turn in session.turns)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sessions_are_in_order_and_spread_over_months(path: Path):
    at = [session.at for session in conversation(path).sessions]
    assert at == sorted(set(at))
    assert len(at) >= 8
    assert (at[-1] - at[0]).days > 180


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_question_has_evidence_that_exists(path: Path):
    asked, turns = raw(path)["qa"], {t.turn_id for s in conversation(path).sessions for t in s.turns}
    assert [q["question"] for q in asked if not q["evidence"] or not set(q["evidence"]) <= turns] == []
    assert len({q["question"] for q in asked}) == len(asked)
    assert all(q["adversarial_answer" if q["category"] == ADVERSARIAL else "answer"] for q in asked)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_multi_hop_questions_need_turns_of_several_sessions(path: Path):
    for question in conversation(path).questions:
        if question.category == MULTI_HOP:
            sessions = {turn_id.partition(":")[0] for turn_id in question.evidence}
            assert len(sessions) >= 2, question.text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_category_is_asked_for(path: Path):
    asked = [question.category for question in conversation(path).questions]
    assert set(asked) == {MULTI_HOP, TEMPORAL, INFERENCE, SINGLE_HOP, ADVERSARIAL}
    assert asked.count(MULTI_HOP) >= 8


def test_the_set_is_large_enough_to_notice_a_point():
    conversations = [conversation(path) for path in FILES]
    assert sum(len(session.turns) for one in conversations for session in one.sessions) >= 500
    assert sum(len(one.questions) for one in conversations) >= 120
