"""What the scripted model endpoint is asked, and what it can be told to answer."""

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any, Literal

_TASK = re.compile(r"Task: (\w+)\.")
_DATA = re.compile(r"<data>\n(.*)\n</data>", re.DOTALL)


@dataclass(frozen=True)
class ChatRequest:
    """A request as the server got it."""

    body: dict[str, Any]
    headers: Message

    @property
    def messages(self) -> list[dict[str, str]]:
        return self.body["messages"]

    @property
    def task(self) -> str:
        """Which prompt it is: extract, decide, procedure or chat; empty where it is none of Cairn's."""
        found = _TASK.match(self.messages[0]["content"])
        return found.group(1) if found else ""

    @property
    def data(self) -> dict[str, Any]:
        """The data block of the prompt."""
        first = next(m["content"] for m in self.messages if m["role"] == "user")
        found = _DATA.search(first)
        assert found, "no data block in the first message of the user"
        return json.loads(found.group(1))

    @property
    def rounds(self) -> int:
        """How often the model is asked in this conversation: 1 at first, 2 when it is asked to repair its answer."""
        return 1 + sum(m["role"] == "assistant" for m in self.messages)

    @property
    def form(self) -> str | None:
        """The type of the response format asked for, if one is."""
        return self.body.get("response_format", {}).get("type")


@dataclass(frozen=True)
class Reply:
    """What the server does with a request. Made by the class methods."""

    status_code: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Literal["send", "hang", "drip", "reset"] = "send"

    @classmethod
    def answer(
        cls,
        content: dict[str, Any] | str | None,
        *,
        tokens_in: int = 100,
        tokens_out: int = 10,
        usage: bool = True,
        finish_reason: str = "stop",
        refusal: str | None = None,
    ) -> "Reply":
        """A completion; without `usage` it does not tell its tokens, as some endpoints do not."""
        text = json.dumps(content) if isinstance(content, dict) else content
        message = {"role": "assistant", "content": text, "refusal": refusal}
        completion: dict[str, Any] = {
            "id": "scripted",
            "object": "chat.completion",
            "created": 0,
            "model": "scripted",
            "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        }
        if usage:
            total = tokens_in + tokens_out
            counts = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": total}
            completion["usage"] = counts
        return cls.json(completion)

    @classmethod
    def json(cls, value: object, status_code: int = 200, headers: Mapping[str, str] | None = None) -> "Reply":
        """Any JSON body."""
        return cls(status_code, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})

    @classmethod
    def error(
        cls,
        status_code: int,
        message: str = "scripted",
        *,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> "Reply":
        """An error as OpenAI words it."""
        error = {"message": message, "type": "scripted_error", "param": param, "code": code}
        return cls.json({"error": error}, status_code, headers)

    @classmethod
    def cut_off(cls, content: str, **usage: int) -> "Reply":
        """An answer that was too long for the model."""
        return cls.answer(content, finish_reason="length", **usage)

    @classmethod
    def refusal(cls, text: str = "I will not.", **usage: int) -> "Reply":
        """The model refuses."""
        return cls.answer(None, refusal=text, **usage)

    @classmethod
    def empty(cls, **usage: int) -> "Reply":
        """The model says nothing."""
        return cls.answer("", **usage)

    @classmethod
    def truncated(cls) -> "Reply":
        """A whole HTTP response whose JSON breaks off."""
        whole = cls.answer("This breaks off.")
        return cls(200, whole.body[: len(whole.body) // 2], whole.headers)

    @classmethod
    def text(cls, body: str, content_type: str = "text/html") -> "Reply":
        """Something that is no JSON."""
        return cls(200, body.encode(), {"Content-Type": content_type})

    @classmethod
    def reset(cls) -> "Reply":
        """Half an answer, then the connection breaks."""
        whole = cls.answer("This never arrives.")
        return cls(200, whole.body, whole.headers, "reset")

    @classmethod
    def drip(cls) -> "Reply":
        """Blank after blank, as endpoints send that keep a connection alive while they think; never an end."""
        return cls(200, b" " * 100_000, {"Content-Type": "application/json"}, "drip")

    @classmethod
    def hang(cls) -> "Reply":
        """No answer at all, until the client gives up or the server is closed."""
        return cls(manner="hang")


Script = Callable[[ChatRequest], Reply]


def in_turn(*replies: Reply) -> Script:
    """A script of these replies, one for each request; a request beyond them is an error of the test."""
    left = list(replies)
    lock = threading.Lock()

    def script(request: ChatRequest) -> Reply:
        with lock:
            assert left, f"a request too many, of the task {request.task!r}"
            return left.pop(0)

    return script
