"""What is kept of an add without a model: each message whole, unless the whole of it states nothing.

A long message is kept by its paragraphs; nothing is cut inside one. What is passed over is counted with its reason.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cairn.language.machine import without_machine_text
from cairn.language.stating import nothing_stated
from cairn.memories.messages import SILENT_ROLES, Message, sources

LONG: Final = 2_000  # characters; a longer message is kept by its paragraphs, as many together as fit
MACHINE_TEXT: Final = "machine text"
BESIDE_SPEECH: Final = "machine text beside speech"
ASSISTANT: Final = "assistant"
NOT_SPEECH: Final = "system or tool"
_PARAGRAPH: Final = re.compile(r"\S(?:[^\n]|\n(?![ \t\r]*\n))*")
_EMPTY_LINES: Final = re.compile(r"\s*\n\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Speech:
    """A passage of a message that is kept: `span` are its character offsets there, `text` its words.

    They differ where something inside was put there by a machine.
    """

    message: Message
    text: str
    span: tuple[int, int]


def speech(messages: Sequence[Message], *, of_agent: bool) -> tuple[list[Speech], Mapping[str, int]]:
    """What is kept of `messages`, in order, and how many messages are passed over or cut, by reason.

    What an assistant says is kept where the add is `of_agent`, or where no user says anything in it.
    """
    kept: list[Speech] = []
    sent = {message.id: message.content for message in messages}
    passed: Counter[str] = Counter()
    passed[NOT_SPEECH] = sum(m.role in SILENT_ROLES for m in messages)
    of_assistant = of_agent or not any(m.role == "user" for m in messages)
    for message in sources(messages):
        reason = _reason(message, of_assistant=of_assistant)
        if reason:
            passed[reason] += 1
        else:
            kept += _passages(message)
            passed[BESIDE_SPEECH] += _is_cut(sent[message.id], without_machine_text(message.content))
    return kept, {reason: count for reason, count in passed.items() if count}


def unread(messages: Sequence[Message]) -> Mapping[str, int]:
    """How many of `messages` a model is not shown, or not whole, by reason."""
    shown = {message.id: message.content for message in sources(messages)}
    passed: Counter[str] = Counter()
    for message in messages:
        if message.id not in shown:
            passed[NOT_SPEECH] += 1
        elif _is_cut(message.content, shown[message.id]):
            passed[BESIDE_SPEECH if shown[message.id].strip() else MACHINE_TEXT] += 1
    return passed


def _is_cut(sent: str, left: str) -> bool:
    return sent.split() != left.split()


def _reason(message: Message, *, of_assistant: bool) -> str | None:
    """Why a message is passed over; None where it is kept."""
    if message.role != "user" and not of_assistant:
        return ASSISTANT
    spoken = without_machine_text(message.content)
    return nothing_stated(spoken) if spoken.strip() else MACHINE_TEXT


def _passages(message: Message) -> Iterator[Speech]:
    spoken = without_machine_text(message.content)
    for start, end in _spans(spoken):
        text = spoken[start:end]
        said = message.content[start:end]
        yield Speech(message, said if said == text else _EMPTY_LINES.sub("\n\n", text), (start, end))


def _spans(text: str) -> list[tuple[int, int]]:
    """Where the passages of a text stand: itself, or paragraphs packed to at most LONG characters."""
    whole = len(text) - len(text.lstrip()), len(text.rstrip())
    if whole[1] - whole[0] <= LONG:
        return [whole]
    spans: list[tuple[int, int]] = []
    for match in _PARAGRAPH.finditer(text):
        start, end = match.start(), match.start() + len(match.group().rstrip())
        if spans and end - spans[-1][0] <= LONG:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans
