"""Messages as clients send them, in one shape; odd ones are passed over or mended, and counted."""

import pytest

from cairn.wire.conversation import MENDED, NOTHING_SAID, conversation

SAID = {"role": "user", "content": "I keep two goats."}


def texts(value):
    messages, counts = conversation(value)
    return [(m["role"], m["content"]) for m in messages], counts


@pytest.mark.parametrize(
    "odd",
    [
        None,
        {"role": "assistant", "content": None},
        {"role": "assistant", "content": ""},
        {"role": "assistant", "content": []},
        {"role": "user", "content": " \n"},
        {"role": "assistant", "content": None, "refusal": "No."},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c"}]},
        {"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": "15 degrees"}]}]},
        {"role": "assistant", "parts": [{"type": "step-start"}]},
        {"type": "function_call_output", "call_id": "c", "output": "15", "content": "It is 15 degrees"},
        {"role": "user", "content": [{"type": "reasoning", "content": [{"type": "reasoning_text", "text": "x"}]}]},
        {"role": "user", "content": [{"type": "source-document", "id": "1"}]},
        {"role": "user"},
    ],
)
def test_a_message_that_says_nothing_is_passed_over_and_counted(odd):
    assert texts([SAID, odd]) == ([("user", SAID["content"])], {NOTHING_SAID: 1})


@pytest.mark.parametrize(
    ("sent", "role", "content"),
    [
        ("I sail.", "user", "I sail."),
        ({"role": "human", "content": "I sail."}, "user", "I sail."),
        ({"role": "User ", "content": "I sail."}, "user", "I sail."),
        ({"role": "AI", "content": "I sail."}, "assistant", "I sail."),
        ({"role": "developer", "content": "Be brief."}, "system", "Be brief."),
        ({"content": "I sail."}, "user", "I sail."),
        ({"role": "user", "content": {"type": "text", "text": "I sail."}}, "user", "I sail."),
        ({"role": "user", "content": [{"type": "input_text", "text": "I"}, "sail."]}, "user", "I\nsail."),
        ({"role": "user", "content": [None, {"type": "text", "text": "I sail."}]}, "user", "I sail."),
        ({"role": "user", "parts": [{"type": "text", "text": "I sail."}]}, "user", "I sail."),
        ({"type": "human", "content": "I sail."}, "user", "I sail."),
        ({"type": "ai", "content": "Ferries are nice."}, "assistant", "Ferries are nice."),
        ({"type": "system", "content": "Be kind."}, "system", "Be kind."),
        ({"type": "tool", "content": "15 degrees", "tool_call_id": "x"}, "tool", "15 degrees"),
        ({"type": "human", "data": {"content": "I sail."}}, "user", "I sail."),
        ({"role": "assistant", "data": {"content": "Ferries."}}, "assistant", "Ferries."),
        ({"lc": 1, "type": "constructor", "kwargs": {"content": "I sail.", "type": "human"}}, "user", "I sail."),
        ({"role": "user", "content": [{"type": "markdown", "text": "I sail."}]}, "user", "I sail."),
        ({"role": "user", "content": [{"type": "TEXT", "text": "I sail."}]}, "user", "I sail."),
        ({"role": "user", "content": [{"type": None, "text": "I sail."}]}, "user", "I sail."),
        ({"role": "user", "parts": [{"type": "data-weather", "data": {}}, "I sail."]}, "user", "I sail."),
    ],
)
def test_every_shape_of_a_message_is_read(sent, role, content):
    assert texts([sent]) == ([(role, content)], {})


@pytest.mark.parametrize(
    "odd",
    [
        {"role": "user", "content": "I keep two goats.\x00"},
        {"role": "user", "content": "I keep two goats.\ud83d"},
        {"role": "user", "content": "I keep two goats.", "timestamp": "10:32 AM"},
    ],
)
def test_what_can_be_mended_is_and_is_counted(odd):
    messages, counts = conversation([odd])
    assert (messages[0]["content"], messages[0]["timestamp"], counts) == ("I keep two goats.", None, {MENDED: 1})


@pytest.mark.parametrize("name", ["", "  ", 5, None, ["x"]])
def test_a_name_that_is_none_is_absent(name):
    messages, _ = conversation([SAID | {"name": name}])
    assert messages[0]["name"] is None


@pytest.mark.parametrize("value", [5, [5], [[SAID]], [{"role": 5, "content": "x"}], [{"role": "user", "content": 7}]])
def test_what_is_no_message_is_left_for_its_check_to_refuse(value):
    messages, counts = conversation(value)
    assert counts == {}
    assert messages == value or "content" in messages[0]
