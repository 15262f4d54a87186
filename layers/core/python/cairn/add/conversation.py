"""The messages of an add as every client sends them, brought into one shape.

One odd message never refuses a conversation. What says nothing (null or blank content, a refusal, a call of a tool) and
what is no message (a bare number) is passed over, what can be mended is (half an emoji, a NUL, a time or a role that is
none), and all of it is counted.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from cairn.platform.http.values import storable, to_moment

NOTHING_SAID: Final = "nothing said"
NO_MESSAGE: Final = "no message"
UNSAID_PART: Final = "part that says nothing"
MENDED: Final = "mended"
_MAX_NAME: Final = 256  # characters
_SHOWN: Final = re.compile(r"[^\s\u00ad\u200b-\u200f\u2060\ufeff]")
_ROLES: Final = {
    "human": "user",
    "customer": "user",
    "ai": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "developer": "system",
}
# What LangChain calls a message, where it gives no role; the items of the Responses API that are none have no text.
_TYPES: Final = frozenset({"human", "ai", "system", "tool", "function", "developer"})
_WRAPPED: Final = ("data", "kwargs")
# Kinds of parts that stand for something that was sent along.
_SENT_ALONG: Final = ("image", "file", "document", "pdf", "audio", "video", "mdx", "attachment", "media")
# What a program called, thought or got back is no part of what was said.
_UNSAID: Final = frozenset(
    {"tool_result", "tool_use", "tool_call", "tool-call", "tool-result", "tool-invocation", "function_call", "thinking"}
    | {"function_call_output", "redacted_thinking", "reasoning", "refusal", "step-start", "source-url"}
    | {"source-document"}
)

_Fields = Mapping[str, Any]


def conversation(value: Any) -> tuple[Any, Mapping[str, int]]:
    """The messages of `value` (a string, one message or a list) as {role, content, name, timestamp}; and counts.

    The counts are of messages passed over, mended, or read without some part of them. What is no conversation is left
    as it is, for its check to refuse.
    """
    if isinstance(value, str | dict):
        value = [cast("object", value)]
    if not isinstance(value, list):
        return value, {}
    counts: Counter[str] = Counter()
    read = (_message(item, counts) for item in _flat(cast("list[object]", value)))
    return [message for message in read if message], {reason: count for reason, count in counts.items() if count}


def _flat(items: list[object]) -> Iterator[object]:
    """The items of a list and of the lists in it, in order; not by recursion, as bodies nest as deep as they like."""
    pending = [iter(items)]
    while pending:
        for item in pending[-1]:
            if isinstance(item, list):
                pending.append(iter(cast("list[object]", item)))
                break
            yield item
        else:
            pending.pop()


def _message(item: object, counts: Counter[str]) -> dict[str, Any] | None:
    """One message in the one shape; None where there is none, or it says nothing."""
    if item is None:
        counts[NOTHING_SAID] += 1
        return None
    fields = {"content": item} if isinstance(item, str) else item
    if not isinstance(fields, dict):
        counts[NO_MESSAGE] += 1
        return None
    said = _unwrapped(cast("_Fields", fields))
    text = _said(said, counts)
    mended, moment = _storable(text), _moment(said.get("timestamp"))
    if not _SHOWN.search(mended):
        counts[NOTHING_SAID] += 1
        return None
    is_odd = moment is None and said.get("timestamp") not in (None, "")
    counts[MENDED] += mended != text or is_odd or not isinstance(said.get("role") or "", str)
    return {"role": _role(said), "content": mended, "name": _name(said.get("name")), "timestamp": moment}


def _said(message: _Fields, counts: Counter[str]) -> str:
    """The text of a message; empty where it says nothing."""
    if message.get("role") is None and _kind(message) in _UNSAID:
        return ""
    content = message.get("content")
    if content in (None, "", []):
        content = message.get("parts") or {"text": message.get("text")}
    parts = _parts(content)
    texts = [_part(part) for part in parts]
    counts[UNSAID_PART] += any(texts) and not all(t for t, part in zip(texts, parts, strict=True) if part)
    return "\n".join(text for text in texts if text)


def _unwrapped(message: _Fields) -> _Fields:
    """The message inside of what LangChain writes around it, with its type."""
    for name in _WRAPPED:
        inner = message.get(name)
        if "content" not in message and isinstance(inner, dict) and "content" in inner:
            return {**message, **cast("_Fields", inner)}
    return message


def _role(message: _Fields) -> str:
    role = message.get("role")
    if role is None and _kind(message) in _TYPES:
        role = _kind(message)
    plain = _storable(role).strip().casefold()[:64] if isinstance(role, str) else ""
    return _ROLES.get(plain, plain or "user")


def _kind(fields: _Fields) -> str:
    """The type that a message or a part says it is of; a part that says none is of text."""
    kind = fields.get("type")
    return kind.casefold() if isinstance(kind, str) else "text"


def _parts(content: object) -> Sequence[object]:
    return list(_flat(cast("list[object]", content))) if isinstance(content, list) else [content]


def _part(part: object) -> str:
    """The text of a part, of which text alone can be remembered; empty where it has none."""
    if isinstance(part, str):
        return part
    if isinstance(part, int | float):
        return json.dumps(part)
    if not isinstance(part, dict):
        return ""
    fields = cast("_Fields", part)
    kind, text = _kind(fields), fields.get("text")
    if kind in _UNSAID:
        return ""
    if isinstance(text, dict):  # OpenAI's Assistants write {"text": {"value": "…", "annotations": []}}
        text = cast("_Fields", text).get("value")
    if isinstance(text, str):
        return text
    # Of a kind that nobody has heard of there is nothing to remember.
    return _reference(fields, str(fields.get("type"))) if any(word in kind for word in _SENT_ALONG) else ""


def _reference(part: _Fields, kind: str) -> str:
    """A picture or document by its address; inline data has nothing to say here."""
    target = part.get(kind)
    url = cast("_Fields", target).get("url") if isinstance(target, dict) else target
    name = kind.removesuffix("_url")
    return f"[{name}: {url}]" if isinstance(url, str) and not url.startswith("data:") else f"[{name}]"


def _name(name: object) -> str | None:
    return (_storable(name).strip()[:_MAX_NAME] or None) if isinstance(name, str) else None


def _moment(value: object) -> Any:
    """A time that can be read, as it was sent; None where it is none."""
    try:
        to_moment(value)
    except ValueError:
        return None
    return value


def _storable(text: str) -> str:
    """The text without what Postgres cannot keep: NUL and lone surrogates."""
    if storable(text):
        return text
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()
