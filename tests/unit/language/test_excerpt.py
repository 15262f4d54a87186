"""The passage of a long text that answers a question."""

import pytest

from cairn.language.excerpt import excerpt

LONG = " ".join(f"On day {n} Ada walked." for n in range(300))


def test_a_short_text_stays_whole():
    assert excerpt("I live in Oslo.", "Oslo?", 100) == "I live in Oslo."


@pytest.mark.parametrize("length", [30, 60, 200, 500])
def test_the_passage_with_the_rarest_words_is_shown_within_the_length(length):
    shown = excerpt(f"{LONG} The key is under the blue pot. {LONG}", "Where did Ada put the key, in which pot?", length)
    assert len(shown) <= length
    assert "key" in shown
    assert (shown[0], shown[-1]) == ("…", "…")


@pytest.mark.parametrize("query", ["", "zebra", "?"])
def test_without_a_word_in_common_the_beginning_is_shown(query):
    assert excerpt("x" * 9_000, query, 500) == "x" * 499 + "…"


def test_the_end_of_a_text_is_not_cut():
    shown = excerpt(f"{LONG} The key is under the blue pot.", "Where is the key?", 200)
    assert shown.startswith("…")
    assert shown.endswith("blue pot.")


def test_scripts_without_blanks_are_read():
    assert "公园" in excerpt("今天下雨。" * 100 + "我去公园散步。", "哪个公园？", 30)
