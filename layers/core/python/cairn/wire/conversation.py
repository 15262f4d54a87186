"""The messages of an add as every client sends them, brought into one shape.

One odd message never refuses a conversation. What says nothing (null or blank content, a refusal, a call of a tool) is
passed over, what can be mended is (half an emoji, a NUL, a time that is none), and both are counted. What is no message
at all is refused with its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, cast

from cairn.wire.values import storable, to_moment

NOTHING_SAID: Final = "nothing said"
MENDED: Final = "mended"
_MAX_NAME: Final = 256  # characters
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

    The counts are of messages passed over or mended. What is no message is left as it is, for its check to refuse.
    """
    if isinstance(value, str | dict):
        value = [cast("object", value)]
    if not isinstance(value, list):
        return value, {}
    counts: Counter[str] = Counter()
    kept: list[Any] = []
    for item in cast("list[object]", value):
        message = _message(item, counts)
        if isinstance(message, dict) and not str(cast("_Fields", message).get("content") or "").strip():
            counts[NOTHING_SAID] += 1
        elif message is not None:
            kept.append(message)
    return kept, dict(counts)


def _message(item: object, counts: Counter[str]) -> Any:
    """One message in the one shape; None for null, and what is none as it is."""
    if item is None:
        counts[NOTHING_SAID] += 1
        return None
    fields = {"content": item} if isinstance(item, str) else item
    if not isinstance(fields, dict):
        return item
    said = _unwrapped(cast("_Fields", fields))
    role = said.get("role")
    if role is None and isinstance(kind := said.get("type"), str):
        if kind in _UNSAID:
            counts[NOTHING_SAID] += 1
            return None
        role = kind if kind.casefold() in _TYPES else None
    if not (role is None or isinstance(role, str)):
        return {"role": role, "content": "?"}
    content = said.get("content")
    text = _text(content if content not in (None, "", []) else said.get("parts") or said.get("text"))
    if text is None:
        return {"role": "user", "content": content}
    mended = _storable(text)
    moment = _moment(said.get("timestamp"))
    if mended != text or (moment is None and said.get("timestamp") not in (None, "")):
        counts[MENDED] += 1
    return {"role": _role(role), "content": mended, "name": _name(said.get("name")), "timestamp": moment}


def _unwrapped(message: _Fields) -> _Fields:
    """The message inside of what LangChain writes around it, with its type."""
    for name in _WRAPPED:
        inner = message.get(name)
        if "content" not in message and isinstance(inner, dict) and "content" in inner:
            return {**message, **cast("_Fields", inner)}
    return message


def _role(role: str | None) -> str:
    plain = _storable(role or "").strip().casefold()[:64] or "user"
    return _ROLES.get(plain, plain)


def _text(content: object) -> str | None:
    """The text of a content: a string, null, or parts of which text alone can be remembered; None where it is none."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        content = [cast("object", content)]
    if not isinstance(content, list):
        return None
    parts = [_part(part) for part in cast("list[object]", content)]
    return None if None in parts else "\n".join(part for part in parts if part)


def _part(part: object) -> str | None:
    if part is None:
        return ""
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        return None
    fields = cast("_Fields", part)
    kind, text = fields.get("type", "text"), fields.get("text")
    if kind in _UNSAID:
        return ""
    if isinstance(text, str):
        return text
    # Of a kind that nobody has heard of there is nothing to remember.
    return _reference(fields, str(kind)) if any(word in str(kind).casefold() for word in _SENT_ALONG) else ""


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
