"""Messages as clients send them, in one shape; odd ones are passed over or mended, and counted."""

import pytest

from cairn.add.conversation import MENDED, NO_MESSAGE, NOTHING_SAID, UNSAID_PART, conversation

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
        {"role": "user", "content": {"city": "Porto"}},
        {"role": "user", "content": [[], [None, [{"type": "thinking", "text": "Hm."}]]]},
        {"type": "reasoning", "summary": []},
        {"role": "user", "content": "\x00"},
        {"role": "user", "content": " \x00 \n"},
        {"role": "assistant", "content": "\ud83d"},
        "\ud83d\x00",
        {"role": "user", "content": "\u200b\ufeff"},
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
        ({"role": "user", "content": {"text": {"value": "I sail.", "annotations": []}}}, "user", "I sail."),
        ({"role": "user", "content": [{"type": "text", "text": {"value": "I sail."}}]}, "user", "I sail."),
        ({"role": "user", "text": {"value": "I sail."}}, "user", "I sail."),
        ({"role": "user", "content": [[{"type": "text", "text": "I"}, [["sail."]]]]}, "user", "I\nsail."),
        ({"role": "user", "content": 7}, "user", "7"),
        ({"role": "user", "content": 1.84}, "user", "1.84"),
        ({"role": "user", "content": False}, "user", "false"),
        ({"role": "user", "content": [1984, "is my favourite book."]}, "user", "1984\nis my favourite book."),
        ([{"role": "user", "content": "I sail."}], "user", "I sail."),
        ([["I sail."]], "user", "I sail."),
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


@pytest.mark.parametrize("odd", [5, 0, True, 2.5])
def test_what_is_no_message_is_passed_over_and_counted(odd):
    assert texts([odd, SAID]) == ([("user", SAID["content"])], {NO_MESSAGE: 1})


@pytest.mark.parametrize("role", [5, 0.5, True, ["user"], {"name": "user"}])
def test_a_role_that_is_none_is_the_users_and_is_counted(role):
    assert texts([SAID | {"role": role}]) == ([("user", SAID["content"])], {MENDED: 1})


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "thinking", "thinking": "Hm."}, "I sail."],
        [{"type": "data-weather", "data": {}}, {"type": "text", "text": "I sail."}],
        [
            "I sail.",
            {"type": "tool_use", "name": "look", "input": {}},
            {"type": "tool_use", "name": "see", "input": {}},
        ],
    ],
)
def test_a_part_that_says_nothing_beside_one_that_does_is_counted(content):
    assert texts([SAID | {"content": content}]) == ([("user", "I sail.")], {UNSAID_PART: 1})


@pytest.mark.parametrize("value", [[None], [5], [[]], [{"role": "user", "content": " "}], [{}]])
def test_a_conversation_may_say_nothing(value):
    messages, counts = conversation(value)
    assert messages == []
    assert sum(counts.values()) == (value != [[]])


@pytest.mark.parametrize("value", [5, None, True])
def test_what_is_no_conversation_is_left_for_its_check_to_refuse(value):
    assert conversation(value) == (value, {})


def test_messages_and_parts_may_nest_as_deep_as_they_like():
    deep: list[object] = ["I sail."]
    for _ in range(100_000):
        deep = [deep]
    assert texts(deep) == ([("user", "I sail.")], {})
    assert texts([SAID | {"content": deep}]) == ([("user", "I sail.")], {})
    while deep and isinstance(deep[0], list):  # a list this deep cannot be let go of at once
        deep = deep[0]
