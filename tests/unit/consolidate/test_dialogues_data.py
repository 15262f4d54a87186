"""The scripted dialogues themselves: whole, varied, and with the outcome that the rules of consolidation give."""

import json
from collections import Counter
from datetime import datetime

import pytest

from tests.dialogue_reference import ACTIONS, load, novelty, replay

DIALOGUES = load()
KINDS = {
    "addition": 30,
    "refinement": 30,
    "contradiction": 40,
    "back_and_forth": 20,
    "repeat": 25,
    "negation": 15,
    "dates": 25,
    "mixed": 15,
}
TURNS = [(dialogue, turn) for dialogue in DIALOGUES for turn in dialogue.turns]


def in_any_order(memories):
    return sorted(memories, key=lambda memory: json.dumps(memory, sort_keys=True))


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.id)
def test_the_reference_ends_where_the_dialogue_expects(dialogue):
    state = replay(dialogue)
    assert state.events == list(dialogue.events)
    assert in_any_order(memory.described() for memory in state.memories) == in_any_order(dialogue.memories)


def test_there_are_two_hundred_dialogues_of_known_kinds():
    assert len(DIALOGUES) == 200
    assert Counter(dialogue.kind for dialogue in DIALOGUES) == KINDS


def test_ids_and_scopes_are_unique():
    assert len({dialogue.id for dialogue in DIALOGUES}) == 200
    assert len({dialogue.scope["user_id"] for dialogue in DIALOGUES}) == 200


def test_many_dialogues_are_in_other_languages():
    languages = Counter(dialogue.language for dialogue in DIALOGUES)
    assert 200 - languages["en"] >= 25
    assert len(languages) >= 10


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.id)
def test_a_turn_is_marked_bad_exactly_where_the_model_errs(dialogue):
    state = replay(dialogue)
    for turn, defended, guarded in zip(dialogue.turns, state.defended, state.guarded, strict=True):
        assert turn.bad or not defended
        assert not turn.bad or defended or guarded


def test_every_quote_is_in_its_message_or_the_turn_is_bad():
    assert all(turn.bad for _, turn in TURNS for fact in turn.facts if not turn.is_quoted(fact))


def test_every_bad_output_occurs():
    defended = {why for dialogue in DIALOGUES for event in replay(dialogue).defended for why in event}
    assert defended == {
        "dropped: the quote is not in the message",
        "ignored: there is no such fact",
        "added as it is: no decision",
        "added as it is: the target does not exist",
        "added as it is: the target is immutable",
        "added as it is: the target was changed by an earlier decision",
        "added as it is: the merged text is made of words nobody said",
        "added as it is: the memory it is said to repeat says something else",
    }


def test_the_guard_against_mass_closing_is_met_and_lifted():
    assert any(any(replay(dialogue).guarded) for dialogue in DIALOGUES)
    assert any(turn.options.get("allow_bulk") and event["DELETE"] > 3 for turn, event in turns_with_counts())


def turns_with_counts():
    return [pair for dialogue in DIALOGUES for pair in zip(dialogue.turns, dialogue.events, strict=True)]


def test_the_model_is_not_scripted_for_what_is_settled_without_it():
    for dialogue in DIALOGUES:
        for turn, unasked in zip(dialogue.turns, replay(dialogue).unasked, strict=True):
            assert not {decision.fact for decision in turn.decisions} & set(unasked)


def test_decisions_are_complete():
    for _, turn in TURNS:
        for decision in turn.decisions:
            assert decision.action in ACTIONS
            assert decision.reason
            assert (decision.text is not None) == (decision.action == "UPDATE")
            assert decision.targets or decision.action == "ADD" or turn.bad


def test_merged_texts_are_clearly_merged_or_clearly_foreign():
    for dialogue, turn in TURNS:
        for decision in turn.decisions:
            if decision.text is None or decision.fact >= len(turn.facts):
                continue
            new = novelty(decision.text, turn.facts[decision.fact].text, *decision.targets)
            assert new <= 0.25 or (turn.bad and new >= 0.75), (dialogue.id, decision.text)


def test_scopes_are_small_enough_for_a_model_to_be_shown_all_of_them():
    # Ten neighbours of each fact are shown, so a target can never be missing because other memories were nearer.
    assert max(len(dialogue.memories) for dialogue in DIALOGUES) <= 12
    assert max(sum(m["invalid_at"] is None for m in dialogue.memories) for dialogue in DIALOGUES) <= 10


def test_expected_memories_hang_together():
    for dialogue in DIALOGUES:
        texts = {memory["text"] for memory in dialogue.memories}
        for memory in dialogue.memories:
            begins, ends = memory["valid_from"], memory["invalid_at"]
            assert ends is None or datetime.fromisoformat(begins) <= datetime.fromisoformat(ends)
            assert memory["superseded_by"] is None or (ends and memory["superseded_by"] in texts)


def test_no_two_valid_memories_of_one_actor_read_the_same():
    for dialogue in DIALOGUES:
        valid = [(m["actor"], m["text"].casefold()) for m in dialogue.memories if m["invalid_at"] is None]
        assert len(valid) == len(set(valid))
