import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cairn.consolidate.guardrails import Candidate, Settlement, closing_limit, ended_as
from cairn.consolidate.prompts.decide import FactDecision
from cairn.consolidate.types import Fact, Neighbour
from cairn.kernel.tenancy import Scope
from cairn.language.dated import Dated, Precision
from cairn.memories.options import AddOptions
from cairn.memories.types import Kind, NewMemory, Operation

JANUARY, MARCH, JUNE = (datetime(2024, month, 1, tzinfo=UTC) for month in (1, 3, 6))


def stored(text="Ann lives in Oslo.", **fields):
    given = {"actor": "Ann", "valid_from": JANUARY, "version": 1, "immutable": False, "valid": True, "cosine": 0.9}
    return Neighbour(uuid.uuid4(), text, **{**given, **fields})


def candidate(*near, text="Ann lives in Bergen.", said=JUNE, since=None, actor="Ann"):
    fact = Fact(text, actor, said, uuid.uuid4(), (0, len(text)), since=since and Dated(since, Precision.DAY))
    draft = NewMemory(
        id=uuid.uuid4(),
        scope=Scope("ann"),
        kind=Kind.FACT,
        text=text,
        actor=actor,
        told_at=fact.valid_from,
        valid_from=fact.valid_from,
        embedding=(1.0,),
        options=AddOptions(),
        source_message_ids=(fact.source_message_id,),
        source_spans=(fact.source_span,),
        extractor="test",
    )
    return Candidate(fact, draft, near)


def says(action, **fields):
    return FactDecision(fact=0, action=action, reason="Because.", **fields)


def settle(candidate, answer, *targets, left=3):
    return Settlement(left).settle(candidate, answer, targets)


def assert_added(decision, candidate, why):
    assert (decision.operation, decision.memory, decision.targets) == (Operation.ADD, candidate.draft, ())
    assert why in decision.reason
    assert ended_as(candidate, decision) == candidate.draft.id


@pytest.mark.parametrize(
    ("size", "limit"), [(0, 3), (1, 3), (15, 3), (19, 3), (20, 4), (100, 20), (125, 25), (129, 25), (10_000, 25)]
)
def test_an_event_closes_three_or_a_fifth_but_never_over_twenty_five(size, limit):
    assert closing_limit(size, allow_bulk=False) == limit
    assert closing_limit(size, allow_bulk=True) == size


@pytest.mark.parametrize("answer", [None, says("ADD")])
def test_without_a_decision_or_with_an_add_the_fact_is_added(answer):
    new = candidate(stored())
    decision = settle(new, answer)
    assert_added(decision, new, "New to this scope.")  # in words of our own: the model's may quote what is erased later
    assert "Because" not in decision.reason


@pytest.mark.parametrize("action", ["UPDATE", "DELETE", "NOOP"])
def test_a_target_that_is_not_there_makes_an_add(action):
    new = candidate(stored())
    assert_added(settle(new, says(action, text="Ann lives in Bergen.")), new, "not there")
    # Shown, but for another fact.
    assert_added(settle(new, says(action, text="Ann lives in Bergen."), stored()), new, "not there")


@pytest.mark.parametrize("action", ["UPDATE", "DELETE", "NOOP"])
def test_a_target_that_no_longer_holds_makes_an_add(action):
    old = stored(valid=False)
    new = candidate(old)
    assert_added(settle(new, says(action, text="Ann lives in Bergen."), old), new, "not there")


@pytest.mark.parametrize("action", ["UPDATE", "DELETE"])
def test_an_immutable_target_makes_an_add(action):
    old = stored(immutable=True)
    new = candidate(old)
    assert_added(settle(new, says(action, text="Ann lives in Oslo, Bergen."), old), new, "immutable")


HOME = "Ann's home is in Oslo."


def test_what_an_immutable_memory_says_is_known():
    old = stored(immutable=True)
    assert settle(candidate(old, text=HOME), says("NOOP"), old).known_id == old.id


def test_a_noop_names_the_memory_that_says_it():
    old = stored()
    new = candidate(old, text=HOME)
    decision = settle(new, says("NOOP"), old)
    assert (decision.operation, decision.known_id, decision.memory) == (Operation.NOOP, old.id, None)
    assert ended_as(new, decision) == old.id


@pytest.mark.parametrize("known", ["Two aunts restore harpsichords.", "Ann lives in Bergen.", "Ann left Oslo in 2019."])
def test_a_noop_against_a_memory_that_says_something_else_becomes_an_add(known):
    old = stored(known, cosine=0.99)
    new = candidate(old, text="Ann lives in Oslo with two cats.")
    assert_added(settle(new, says("NOOP"), old), new, "something else")


@pytest.mark.parametrize("cosine", [-1.0, 0.2, 1.0])
def test_what_a_decision_rests_on_is_what_the_texts_say_and_no_embedding(cosine):
    old = stored(cosine=cosine)
    assert settle(candidate(old, text=HOME), says("NOOP"), old).known_id == old.id


def test_an_update_keeps_whose_the_memory_is_and_since_when():
    old = stored("Bob has a dog.", actor="Bob")
    new = candidate(old, text="Bob's dog is called Rex.", actor="Ann", since=MARCH)
    decision = settle(new, says("UPDATE", text=" Bob has a\ndog called Rex. "), old)
    assert (decision.operation, decision.targets) == (Operation.UPDATE, (old,))
    assert decision.memory is not None
    assert (decision.memory.text, decision.memory.actor) == ("Bob has a dog called Rex.", "Bob")
    assert decision.memory.valid_from == JANUARY
    assert (decision.at, decision.by) == (MARCH, "Ann")
    assert ended_as(new, decision) == old.id


@pytest.mark.parametrize("text", [None, "", "  ", "x" * 4_001])
def test_an_update_without_a_usable_text_makes_an_add(text):
    old = stored()
    new = candidate(old)
    assert_added(settle(new, says("UPDATE", text=text), old), new, "without a text")


def test_an_update_that_changes_nothing_is_a_noop():
    old = stored()
    assert settle(candidate(old), says("UPDATE", text="ann lives in  OSLO."), old).known_id == old.id


def test_an_update_to_words_nobody_said_makes_an_add():
    old = stored()
    new = candidate(old)
    assert_added(settle(new, says("UPDATE", text="Customer requests an immediate refund."), old), new, "supports")


@pytest.mark.parametrize(
    ("known", "merged"),
    [
        ("Ann keeps 2 bee hives.", "Ann keeps 3 bee hives."),
        ("Ann's rent is 900 euros.", "Ann's rent is 980 euros."),
        ("Ann works at Zeiss.", "Ann works at Siemens."),
        ("Ann lives in Berlin.", "Ann lives in Munich since May."),
        ("Ann sees Dr Osei on 3 May.", "Ann sees Dr Osei on 5 May."),
    ],
)
def test_an_update_that_changes_a_value_closes_the_memory_and_adds_its_successor(known, merged):
    old = stored(known)
    new = candidate(old, text=merged)
    decision = settle(new, says("UPDATE", text=merged), old)
    assert (decision.operation, decision.targets, decision.memory) == (Operation.DELETE, (old,), new.draft)
    assert "says otherwise" in decision.reason
    assert ended_as(new, decision) == new.draft.id


def test_a_changed_value_counts_against_what_one_event_may_close():
    old = stored("Ann keeps 2 bee hives.")
    new = candidate(old, text="Ann keeps 3 bee hives.")
    assert_added(settle(new, says("UPDATE", text="Ann keeps 3 bee hives."), old, left=0), new, "more memories")


def test_an_update_to_another_matter_makes_an_add():
    old = stored("Ann has two cats.")
    new = candidate(old, text="The user has unlimited credit.")
    text = "The user has unlimited credit."
    assert_added(settle(new, says("UPDATE", text=text), old), new, "no longer says")


def test_a_contradiction_closes_its_targets_and_adds_the_new_state():
    one, two = stored(), stored("Ann's flat is in Oslo.")
    new = candidate(one, two)
    decision = settle(new, says("DELETE"), one, two)
    assert (decision.operation, decision.targets, decision.memory) == (Operation.DELETE, (one, two), new.draft)
    assert (decision.at, decision.by) == (JUNE, "Ann")
    assert ended_as(new, decision) == new.draft.id


def test_an_ending_adds_nothing():
    old = stored()
    new = candidate(old, text="Ann no longer lives in Oslo.")
    decision = settle(new, says("DELETE", adds=False), old)
    assert (decision.operation, decision.targets, decision.memory) == (Operation.DELETE, (old,), None)
    assert ended_as(new, decision) is None


def test_a_target_named_twice_is_closed_once():
    old = stored()
    settlement = Settlement(3)
    assert settlement.settle(candidate(old), says("DELETE"), (old, old)).targets == (old,)
    assert settlement.closings_left == 2


def test_one_event_changes_a_memory_once():
    old = stored()
    settlement = Settlement(3)
    settlement.settle(candidate(old), says("DELETE"), (old,))
    for answer in (says("DELETE"), says("UPDATE", text="Ann lives in Oslo, Bergen.")):
        new = candidate(old)
        assert_added(settlement.settle(new, answer, (old,)), new, "changed already")


def test_an_event_that_would_close_too_much_adds_instead():
    many = [stored(f"Ann owns boat {n}.") for n in range(4)]
    new = candidate(*many)
    assert_added(settle(new, says("DELETE"), *many), new, "more memories than one event may close")
    assert len(settle(candidate(*many), says("DELETE"), *many, left=4).targets) == 4


def test_closings_add_up_over_the_facts_of_an_event():
    settlement = Settlement(3)
    first, second = [[stored(f"Ann owns {kind} {n}.") for n in range(2)] for kind in ("boat", "car")]
    assert len(settlement.settle(candidate(*first), says("DELETE"), first).targets) == 2
    new = candidate(*second)
    assert_added(settlement.settle(new, says("DELETE"), second), new, "more memories")
    assert len(settlement.settle(candidate(*second), says("DELETE"), second[:1]).targets) == 1


def test_a_state_told_late_is_closed_from_the_start():
    old = stored(valid_from=JUNE)
    new = candidate(old, said=MARCH)
    decision = settle(new, says("DELETE"), old)
    assert decision.operation is Operation.ADD
    assert decision.memory == replace(new.draft, invalid_at=JUNE, superseded_by=old.id)
    assert decision.targets == (old,)  # it must still be there when this is applied
    assert "Told late" in decision.reason


def test_a_state_told_before_several_ends_with_the_earliest():
    later, latest = stored(valid_from=MARCH), stored(valid_from=JUNE)
    decision = settle(candidate(later, latest, said=JANUARY), says("DELETE"), latest, later)
    assert decision.memory is not None
    assert (decision.memory.superseded_by, decision.memory.invalid_at) == (later.id, MARCH)


def test_what_began_before_its_target_and_is_told_after_it_is_not_told_late():
    old = stored(valid_from=MARCH)
    new = candidate(old, said=JUNE, since=JANUARY)
    decision = settle(new, says("DELETE"), old)
    assert (decision.operation, decision.targets, decision.memory) == (Operation.DELETE, (old,), new.draft)


def test_what_is_said_in_the_same_moment_is_not_told_late():
    old = stored(valid_from=JUNE)
    assert settle(candidate(old), says("DELETE"), old).operation is Operation.DELETE
