"""Checks of truth on bare texts: which pairs hold, which do not, and how far each is from the thresholds."""

import json
from collections import Counter
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairn.language.content import content_of
from cairn.language.entailment import (
    ALIKE,
    KEPT,
    SAME_MATTER,
    SUPPORTED,
    Kept,
    kept,
    kept_share,
    likeness,
    says_the_same,
    support,
    supported,
)
from tests.dialogue_reference import load
from tests.unit.language.test_hostile_data import HOSTILE

PAIRS = [
    json.loads(line) for line in (Path(__file__).parents[2] / "data" / "entailment.jsonl").read_text().splitlines()
]
MARGIN = 0.0499  # of shares that are fractions of small numbers
DIALOGUES = load()


def decided(action, *, bad=False):
    """(memory, fact, merged text) of every decision of the scripted dialogues."""
    return [
        (decision.targets[0], turn.facts[decision.fact].text, decision.text)
        for dialogue in DIALOGUES
        for turn in dialogue.turns
        for decision in turn.decisions
        if decision.action == action and decision.fact < len(turn.facts) and bool(turn.bad) == bad
    ]


def of_kind(kind):
    rows = [pair for pair in PAIRS if pair["kind"] == kind]
    return pytest.mark.parametrize(("known", "text"), [(r["known"], r["text"]) for r in rows])


@of_kind("same")
def test_the_same_in_other_words_is_known(known, text):
    assert says_the_same(text, known)


@of_kind("other")
def test_what_says_something_else_is_not_known(known, text):
    assert not says_the_same(text, known)
    assert not says_the_same(known, text)


@of_kind("richer")
def test_a_richer_text_keeps_all(known, text):
    assert kept(known, text) is Kept.ALL


@of_kind("changed")
def test_another_number_date_name_or_denial_is_a_change(known, text):
    assert kept(known, text) is Kept.CHANGED


@of_kind("foreign")
def test_a_text_about_another_matter_keeps_nothing(known, text):
    assert kept(known, text) is Kept.NOTHING


def test_the_pairs_are_of_many_languages():
    languages = Counter(pair["language"] for pair in PAIRS)
    assert len(languages) >= 16
    assert sum(languages.values()) - languages["en"] >= 60


@pytest.mark.parametrize(("memory", "fact", "merged"), decided("NOOP"))
def test_the_repeats_of_the_dialogues_are_known(memory, fact, merged):
    assert says_the_same(fact, memory)


@pytest.mark.parametrize(("memory", "fact", "merged"), decided("UPDATE"))
def test_the_merged_texts_of_the_dialogues_are_supported_and_keep_all(memory, fact, merged):
    assert supported(merged, (memory, fact))
    assert kept(memory, merged) is Kept.ALL


def test_no_order_in_a_message_is_known_or_takes_the_place_of_a_memory():
    from tests.integration.platform.test_hostile import KNOWN

    for row in HOSTILE:
        facts = row["obedient"]["facts"]
        for decision in row["obedient"]["decisions"]:
            if decision["action"] not in ("UPDATE", "NOOP"):
                continue
            fact = facts[decision["fact"]]["text"]
            for memory in KNOWN:
                assert not says_the_same(fact, memory), (row["id"], memory)
                assert kept(memory, decision.get("text") or fact) is Kept.NOTHING, (row["id"], memory)


def test_no_two_of_forty_unlike_facts_are_the_same():
    from tests.integration.platform.test_hostile import KNOWN

    for one, other in permutations(KNOWN, 2):
        assert not says_the_same(one, other), (one, other)
        assert kept(one, other) is not Kept.ALL, (one, other)


def shares(kind, share):
    return [share(content_of(pair["known"]), content_of(pair["text"])) for pair in PAIRS if pair["kind"] == kind]


def merged_shares():
    return [kept_share(content_of(memory), content_of(text)) for memory, _, text in decided("UPDATE")]


def supports():
    for memory, fact, text in [*decided("UPDATE"), *decided("UPDATE", bad=True)]:
        given = (*content_of(memory).items, *content_of(fact).items)
        yield support(content_of(text), given)


# Each threshold with the shares it has to tell apart. Words are counted, so nothing here hangs on an embedding.
MARGINS = {
    "supported": (SUPPORTED, [share for share in supports() if share > 0.5], [s for s in supports() if s <= 0.5]),
    "alike": (ALIKE, shares("same", likeness), [0.0]),
    "kept whole": (KEPT, [*shares("richer", kept_share), *merged_shares()], [0.5]),
    "same matter": (SAME_MATTER, shares("changed", kept_share), shares("foreign", kept_share)),
}


@pytest.mark.parametrize("name", MARGINS)
def test_no_pair_is_near_a_threshold(name):
    threshold, above, below = MARGINS[name]
    assert max(below) + MARGIN <= threshold <= min(above) - MARGIN, f"{max(below)} < {threshold} < {min(above)}"


@pytest.mark.parametrize(
    ("merged", "sources"),
    [
        ("Ann lives in Oslo with a cat.", ("Ann lives in Oslo.", "Ann has a cat.")),
        ("安は大阪に猫と住んでいる。", ("安は大阪に住んでいる。", "安は猫と住んでいる。")),
        ("Anna wohnt seit März in Köln.", ("Anna wohnt in Köln.", "Anna wohnt seit März dort.")),
    ],
)
def test_a_merged_text_is_supported_in_any_script(merged, sources):
    assert supported(merged, sources)


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("", ("x",)),
        ("Ann lives in Oslo.", ()),
        ("東京に住む", ("毎朝走る",)),
        ("Ann pays 980 euros.", ("Ann pays 900 euros.",)),
        ("Ann moved to Oslo with Bob.", ("Ann moved to Oslo with Eva.",)),
        ("Ann does not eat fish.", ("Ann eats fish.", "Ann eats meat.")),
    ],
)
def test_what_nobody_said_is_not_supported(text, by):
    assert not supported(text, by)


@given(st.text(), st.text())
def test_any_two_strings_can_be_compared(one, other):
    assert isinstance(says_the_same(one, other), bool)
    assert kept(one, other) in Kept
    assert isinstance(supported(one, (other,)), bool)
