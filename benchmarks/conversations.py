"""Long conversations with questions about them, read from a file in LoCoMo's format."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

# Evidence is written "D8:6", and now and then "D:8:6" or several in one string.
_TURN = re.compile(r"D:?(\d+):(\d+)")


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said: its id in the data set, by whom, and what."""

    turn_id: str
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Session:
    """The turns of one sitting, in order, and when it was."""

    name: str
    at: datetime
    turns: list[Turn]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the turns that hold its answer."""

    text: str
    category: int
    evidence: frozenset[str]


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation with its questions."""

    name: str
    sessions: list[Session]
    questions: list[Question]


def read(path: Path) -> list[Conversation]:
    """Read the conversations of a file in LoCoMo's format."""
    try:
        samples = cast("list[dict[str, Any]]", json.loads(path.read_text()))
        return [_conversation(sample) for sample in samples]
    except OSError as exc:
        raise SystemExit(f"{path} cannot be read: {exc.strerror}.") from exc
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise SystemExit(f"{path} is no file in LoCoMo's format: {exc!r}.") from exc


def _conversation(sample: dict[str, Any]) -> Conversation:
    spoken = cast("dict[str, Any]", sample["conversation"])
    numbers = sorted(int(key.removeprefix("session_")) for key in spoken if re.fullmatch(r"session_\d+", key))
    sessions = [
        Session(
            f"session_{number}",
            # For example "1:56 pm on 8 May, 2023".
            datetime.strptime(spoken[f"session_{number}_date_time"], "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC),
            [_turn(turn) for turn in spoken[f"session_{number}"]],
        )
        for number in numbers
    ]
    known = {turn.turn_id for session in sessions for turn in session.turns}
    questions = [
        Question(str(question["question"]), int(question["category"]), evidence)
        for question in cast("list[dict[str, Any]]", sample["qa"])
        if (evidence := _evidence(question.get("evidence") or []) & known)
    ]
    return Conversation(str(sample["sample_id"]), sessions, questions)


def _turn(turn: dict[str, str]) -> Turn:
    caption = turn.get("blip_caption")
    text = turn["text"] + (f" [shares a photo: {caption}]" if caption else "")
    return Turn(turn["dia_id"], turn["speaker"], text.strip())


def _evidence(entries: list[str]) -> frozenset[str]:
    pairs = [pair for entry in entries for pair in cast("list[tuple[str, str]]", _TURN.findall(entry))]
    return frozenset(f"D{int(session)}:{int(turn)}" for session, turn in pairs)
