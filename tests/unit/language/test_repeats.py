"""When two texts are the same words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairn.language.repeats import words_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I live in Oslo.", "I live in Oslo"),
        ("I live in Oslo!", "I live in Oslo."),
        ("I live in Oslo...", "I live in Oslo."),
        ("我住在北京！", "我住在北京。"),
        ("मैं दिल्ली में रहता हूँ।", "मैं दिल्ली में रहता हूँ"),
        ("मैं दिल्ली में रहता हूँ.", "मैं दिल्ली में रहता हूँ"),
        ("میں لاہور میں رہتا ہوں۔", "میں لاہور میں رہتا ہوں"),
        ("Ես ապրում եմ Երևանում։", "Ես ապրում եմ Երևանում"),
        ("እኔ በአዲስ አበባ እኖራለሁ።", "እኔ በአዲስ አበባ እኖራለሁ"),
        ("  I live\n in Oslo. ", "I live in Oslo."),
        ("I’m a doctor.", "I am a doctor"),
        ("I don't eat meat", "I do not eat meat."),
        ("I can't swim", "I cannot swim."),
        ("We won't move", "We will not move"),
        ("I like café", "I like cafe\u0301"),
        ("我住在北京。", "我住在北京"),
        ("京都に住んでいる。", "京都に住んでいる"),
    ],
)
def test_spacing_unicode_contractions_and_a_full_stop_make_no_other_words(one, other):
    assert words_key(one) == words_key(other)
    assert words_key(other) == words_key(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("My email is jo.doe@example.com.", "My email is jo_doe@example.com."),
        ("The password is Hunter2.", "The password is hunter2."),
        ("The password is Hunter2!", "The password is Hunter2."),
        ("My blood type is A-.", "My blood type is A."),
        ("My user is foo_bar", "My user is foo-bar"),
        ("I like US food.", "I like us food."),
        ("I have 2 dogs", "I have 3 dogs"),
        ("I live in Oslo?", "I live in Oslo."),
        ("abc!", "abc"),
        ("My Netflix key is Kim!", "My Netflix key is Kim."),
        ("Meu código é Lua!", "Meu código é Lua."),
        ("The password is plum!", "The password is plum."),
        ("合言葉は梅！", "合言葉は梅"),
        ("Mein Passwort lautet Pflaume!", "Mein Passwort lautet Pflaume"),
        ("Wham!", "Wham"),
        ("Team Wham!", "Team Wham"),
        ("I live in Oslo;", "I live in Oslo."),
        ("I, live in Oslo", "I live in Oslo"),
        ("'plum'", "plum"),
        ("I really love pizza", "I love pizza"),
        ("It was -5 degrees", "It was 5 degrees"),
        ("I write C++", "I write C"),
        ("My rent is 1.5", "My rent is 15"),
        ("OK Computer is great", "Computer is great"),
        ("मैं चाय", "मै चाय"),
        ("I love 🍕", "I love 🍣"),
    ],
)
def test_any_other_letter_or_sign_makes_other_words(one, other):
    assert words_key(one) != words_key(other)


@given(st.text())
def test_any_text_is_its_own_repeat_and_its_key_stands_for_itself(text):
    assert words_key(text) == words_key(text)
    assert words_key(text) == words_key(" " + text + "\n")
