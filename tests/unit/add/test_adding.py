"""What tells a repeat of an add from another add."""

from typing import Any

import pytest

from cairn.add.bodies import AddBody

SENT: dict[str, Any] = {"messages": [{"role": "user", "content": "I live in Oslo."}], "user_id": "ada"}


class LaterBody(AddBody):
    """The body of a release to come, which knows one field more."""

    colour: str | None = None
    depth: int = 3


def digest(kind: type[AddBody] = AddBody, **fields: Any) -> bytes:
    return kind.model_validate(SENT | fields).sha256


def test_a_release_with_more_fields_takes_a_repeat_for_a_repeat():
    assert digest(LaterBody) == digest()
    assert digest(LaterBody, infer=False) == digest(infer=False)


@pytest.mark.parametrize("same", [{"infer": True}, {"metadata": None}, {"async_mode": True}, {"agent_id": ""}])
def test_a_default_that_is_sent_is_the_same_request(same: dict[str, Any]):
    assert digest(**same) == digest()


@pytest.mark.parametrize(
    "other",
    [
        {"infer": False},
        {"user_id": "bob"},
        {"metadata": {"a": 1}},
        {"messages": [{"role": "user", "content": "I live in Rome."}]},
        {"messages": [{"role": "assistant", "content": "I live in Oslo."}]},
        {"timestamp": 1_700_000_000},
    ],
)
def test_another_request_is_another(other: dict[str, Any]):
    assert digest(**other) != digest()
