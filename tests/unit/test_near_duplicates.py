"""Which two statements say the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairn.statements import is_near_duplicate


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("I live in Oslo.", "I live in Oslo"),
        ("i  LIVE in oslo!!", "I live in Oslo."),
        ("I live in Oslo, Norway", "I live in Oslo (Norway)."),
        ("I’m a doctor", "I'm a doctor."),
        ("I like café", "I like cafe\u0301"),
    ],
)
def test_the_same_words_are_a_duplicate_whatever_the_cosine(new, old):
    assert is_near_duplicate(new, old, 0.0)


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("I really love pizza!", "I love pizza"),
        ("I am a doctor", "I'm a doctor"),
        ("I do not eat meat", "I don't eat meat."),
        ("I can't swim", "I cannot swim"),
        ("Hi, I'm Anna", "I'm Anna."),
        ("Oh yes, I love pizza so very much", "I love pizza much"),
        ("It's my favourite colour", "it is my favorite color"),
        ("We've moved to Rome", "We have moved to Rome"),
    ],
)
def test_padding_and_contractions_do_not_make_another_statement(new, old):
    assert is_near_duplicate(new, old, 0.8)
    assert is_near_duplicate(old, new, 0.8)
    assert not is_near_duplicate(new, old, 0.7)


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("I have 2 dogs", "I have 3 dogs"),
        ("I have two dogs", "I have three dogs"),
        ("I like Rome", "I like Paris"),
        ("I am vegetarian", "I am not vegetarian"),
        ("I'm not really tired", "I'm not tired"),
        ("I love tea", "I hate tea"),
        ("I never drink coffee", "I drink coffee"),
        ("I no longer live in Oslo", "I live in Oslo"),
        ("I drink coffee without milk", "I drink coffee with milk"),
        ("I can eat nuts", "I can't eat nuts"),
        ("I lived in Oslo", "I live in Oslo"),
        ("I was a doctor", "I am a doctor"),
        ("Anna loves Bob", "Bob loves Anna"),
        ("I only eat fish", "I eat fish"),
        ("My rent is 1.5", "My rent is 15"),
        ("It was -5 degrees", "It was 5 degrees"),
        ("I pay $5", "I pay €5"),
        ("I own 5% of it", "I own 5 of it"),
        ("I write C++", "I write C"),
        ("I write C#", "I write C"),
        ("I love 🍕", "I love 🍣"),
        ("My sister is Anna", "My sister is Hanna"),
        ("I moved to Oslo", "I moved from Oslo"),
        ("I live in Oslo and work in Bergen", "I live in Oslo"),
        ("I was born on 3/4", "I was born on 34"),
        ("मैं चाय", "मै चाय"),
    ],
)
def test_what_says_something_else_is_no_duplicate_however_close_it_is(new, old):
    assert not is_near_duplicate(new, old, 0.999)
    assert not is_near_duplicate(old, new, 0.999)


def test_a_cosine_that_is_not_a_number_is_no_agreement():
    assert not is_near_duplicate("I am a doctor", "I'm a doctor", float("nan"))


@given(st.text(), st.text(), st.floats())
def test_any_two_strings_can_be_compared_and_each_is_its_own_duplicate(one, other, cosine):
    assert is_near_duplicate(one, one, cosine)
    assert is_near_duplicate(one, other, cosine) == is_near_duplicate(other, one, cosine)
