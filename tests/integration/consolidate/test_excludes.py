"""What is asked to be left out is left out without a model too, and the event says what it cannot promise."""

from typing import Any

import pytest

from tests.integration.model import Modelled

CARD = "My card number is 4000 0000 0000 0000."
TEA = "I like green tea."


@pytest.fixture
def ruled(modelled: Modelled) -> Modelled:
    """The API with no model behind it."""
    modelled.set_up(model=False)
    return modelled


def kept(ruled: Modelled) -> list[str]:
    return [m["memory"] for m in ruled.api.list()]


def test_what_names_what_is_excluded_is_passed_over_and_counted(ruled: Modelled):
    event = ruled.tell(CARD, TEA, excludes="card numbers, passwords")
    assert event["status"] == "SUCCEEDED"
    assert kept(ruled) == [TEA]
    assert event["usage"]["dropped"] == {"excluded": 1}
    (warning,) = event["warnings"]
    assert "excludes" in warning


def test_what_is_excluded_is_found_among_messages_neither(ruled: Modelled):
    ruled.tell(CARD, TEA, excludes="card numbers")
    found = ruled.api.search_for("card number", include_messages=True)
    assert not any("4000" in hit["memory"] for hit in found)


def test_a_project_excludes_too(ruled: Modelled):
    ruled.configure(exclusion_prompt="工资")
    event = ruled.tell("我的工资是九千。", "我住在北京。")
    assert kept(ruled) == ["我住在北京。"]
    assert event["usage"]["dropped"] == {"excluded": 1}


def test_verbatim_adds_keep_what_is_excluded_and_say_so(ruled: Modelled):
    answer = ruled.api.add(CARD, excludes="card numbers", includes="food")
    assert kept(ruled) == [CARD]
    (warning,) = answer["warnings"]
    assert "includes, excludes" in warning
    assert "infer=false" in warning
    assert ruled.api.event(answer["event_id"])["warnings"] == [warning]


def test_verbatim_adds_without_wishes_warn_of_nothing(ruled: Modelled):
    assert "warnings" not in ruled.api.add(CARD)


@pytest.mark.parametrize(
    "extraction",
    [{"includes": "food"}, {"custom_instructions": "Be brief."}, {"custom_categories": [{"food": "what is eaten"}]}],
    ids=["includes", "custom_instructions", "custom_categories"],
)
def test_a_wish_that_takes_a_model_is_named(ruled: Modelled, extraction: dict[str, Any]):
    event = ruled.tell(TEA, **extraction)
    (warning,) = event["warnings"]
    assert next(iter(extraction)) in warning
    assert kept(ruled) == [TEA]


def test_an_add_without_wishes_warns_of_nothing(ruled: Modelled):
    assert ruled.tell(TEA)["warnings"] == []


def test_with_a_model_nothing_is_warned_of(modelled: Modelled):
    modelled.mind.hears(TEA)
    event = modelled.tell(TEA, excludes="card numbers", includes="food")
    assert (event["warnings"], kept(modelled)) == ([], [TEA])
