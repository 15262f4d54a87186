"""What of a message repeats what was erased."""

import pytest

from cairn.adapters.postgres.echoes import without_repeats
from cairn.language.content import content_of


@pytest.mark.parametrize(
    ("message", "erased", "left"),
    [
        ("Ok, locker 77310 noted. Anything else?", "My locker code is 77310.", "Anything else?"),
        ("The museum opens at ten.", "My locker code is 77310.", "The museum opens at ten."),
        ("Noted: you live in Oslo. I like it there.", "I live in Oslo.", "I like it there."),
        ("Verstanden, Frieda hat Asthma. Gute Besserung!", "Meine Tochter Frieda hat Asthma.", "Gute Besserung!"),
        ("好的，您住在北京。今天天气不错。", "我住在北京。", "今天天气不错。"),
        ("Send it to jo@example.com.", "My email is jo@example.com.", ""),
    ],
)
def test_sentences_that_repeat_what_was_erased_are_blanked(message, erased, left):
    blanked = without_repeats(message, [content_of(erased)])
    assert blanked.strip() == left
    assert len(blanked) == len(message)
