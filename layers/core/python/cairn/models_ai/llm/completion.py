"""What every model endpoint is asked and answers, whosever it is."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypedDict

TOO_LONG: Final = re.compile(r"context (length|window|size)|too (long|many tokens|large)", re.IGNORECASE)
"""How endpoints word it that a question is too long for the model."""


class ChatMessage(TypedDict):
    """One message of a conversation with the model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Completion:
    """The model's next message.

    `text` is empty where it wrote nothing; `tokens` are those in and out as the endpoint counted them, 0 where it did
    not. `refused` says that the model or a filter would not answer, `cut_off` that the answer ended as it was too long.
    """

    text: str
    tokens: tuple[int, int]
    refused: bool = False
    cut_off: bool = False


class Endpoint(Protocol):
    """Asks for one completion at a time, and remembers in which manner the endpoint can be asked."""

    def complete(
        self, messages: Sequence[ChatMessage], *, name: str, schema: Mapping[str, Any] | None = None
    ) -> Completion:
        """The model's next message; `schema` is what it must fit, and `name` what that is called.

        Raises:
            ModelUnavailable: the endpoint did not answer as an endpoint does.
            AnswerUnusable: it does not take this very question.
        """
        ...

    def close(self) -> None:
        """Closes the connections to the endpoint."""
        ...


def whole(text: str) -> str:
    """The text, with a question mark for each half of a surrogate pair: cut emojis leave them, and they are no text."""
    return text.encode(errors="replace").decode()


def with_schema(messages: Sequence[ChatMessage], schema: Mapping[str, Any]) -> list[ChatMessage]:
    """The conversation with the schema in its system message, for endpoints that take it nowhere else."""
    first, *rest = messages
    words = f"Write one JSON object that fits this JSON schema, and nothing else:\n{json.dumps(schema)}"
    return [{"role": first["role"], "content": f"{first['content']}\n\n{words}"}, *rest]
