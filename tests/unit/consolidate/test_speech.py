"""What is kept of an add without a model, and what is counted as passed over."""

import uuid
from datetime import UTC, datetime

import pytest

from cairn.consolidate.keep_whole import ASSISTANT, BESIDE_SPEECH, LONG, MACHINE_TEXT, NOT_SPEECH, speech, unread
from cairn.memories.messages import Message


def said(*pairs):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return [Message(uuid.uuid4(), n, role, None, content, now) for n, (role, content) in enumerate(pairs)]


def texts(messages, *, of_agent=False):
    kept, passed = speech(messages, of_agent=of_agent)
    return [s.text for s in kept], dict(passed)


def test_a_message_is_kept_whole_with_its_span():
    content = "  Hi! My cat is Miso.\n\n- she is 3\n- she likes tuna. What should I buy?\n"
    (kept,), passed = speech(said(("user", content)), of_agent=False)
    assert (kept.text, passed) == (content.strip(), {})
    assert content[slice(*kept.span)] == kept.text


def test_every_message_that_is_passed_over_is_counted_with_its_reason():
    messages = said(
        ("system", "Be brief."),
        ("user", "Hello!"),
        ("user", "What time is it?"),
        ("user", "Give me a joke."),
        ("user", "```\nx\n```"),
        ("assistant", "It is ten."),
        ("tool", "{}"),
        ("user", "I am vegan."),
    )
    kept, passed = texts(messages)
    assert kept == ["I am vegan."]
    assert passed == {NOT_SPEECH: 2, "small talk": 1, "question": 1, "request": 1, MACHINE_TEXT: 1, ASSISTANT: 1}
    assert len(kept) + sum(passed.values()) == len(messages)


def test_what_an_assistant_says_is_kept_for_an_agent_or_where_nobody_else_speaks():
    booked = "I booked the flight to Oslo for Anna."
    assert texts(said(("user", "I am Anna."), ("assistant", booked)))[0] == ["I am Anna."]
    assert texts(said(("user", "I am Anna."), ("assistant", booked)), of_agent=True)[0] == ["I am Anna.", booked]
    assert texts(said(("assistant", booked)))[0] == [booked]
    assert texts(said(("system", "Book flights."), ("assistant", booked)))[0] == [booked]


def test_a_long_message_is_kept_by_its_paragraphs_and_nothing_is_cut():
    paragraphs = [f"Paragraph {n} says: " + "all is well in the harbour, " * (5 + n) + "so far." for n in range(20)]
    kept, _ = texts(said(("user", "\n\n".join(paragraphs))))
    assert all(len(text) <= LONG for text in kept)
    assert 1 < len(kept) < 20
    assert "\n\n".join(kept) == "\n\n".join(paragraphs)


def test_one_paragraph_is_never_cut():
    content = "I own a box. " * 400
    assert texts(said(("user", content)))[0] == [content.strip()]


ECHO = "[memory 01890a5d-ac96-774b-bcce-b302099a8057] User lives in Oslo."


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ("My script fails.\n```\nraise X\n```\nI run it on Debian.", "My script fails.\n\nI run it on Debian."),
        ("<system-reminder>Be brief.</system-reminder>\nI keep two goats.", "I keep two goats."),
        ("Relevant memories:\n- User lives in Oslo\n\nI keep two goats.", "I keep two goats."),
        (f"{ECHO}\nI keep two goats.", "I keep two goats."),
        ("I keep two goats.\n[image: https://x/y.png]", "I keep two goats."),
        ("API_KEY=abc\nI keep two goats.", "I keep two goats."),
    ],
)
def test_what_machines_wrote_beside_speech_is_left_out_and_counted(content, kept):
    assert texts(said(("user", content))) == ([kept], {BESIDE_SPEECH: 1})


@pytest.mark.parametrize("content", ["  I  keep\n\n\ntwo goats. ", "I use `rg` instead of grep.", "1. goats\n2. hens"])
def test_where_nothing_is_cut_nothing_is_counted(content):
    assert texts(said(("user", content)))[1] == {}


def test_what_a_model_is_not_shown_is_counted():
    messages = said(
        ("system", "Be brief."),
        ("tool", "{}"),
        ("assistant", ECHO),
        ("user", f"{ECHO}\nI keep two goats."),
        ("user", "I live in Oslo."),
    )
    assert unread(messages) == {NOT_SPEECH: 2, MACHINE_TEXT: 1, BESIDE_SPEECH: 1}
