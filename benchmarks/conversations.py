"""Long conversations with questions about them, read from a file in LoCoMo's format or in a plainer one.

The plainer one is JSON lines, gzipped where the name ends in .gz, a conversation each:

    {"id": "…", "sessions": [{"id": "…", "at": seconds, "turns": [{"id", "role", "name" or null, "text"}]}],
     "questions": [{"text": "…", "evidence": [ids of turns], "asked": seconds or null}]}
"""

from __future__ import annotations

import gzip
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
    """One thing said: its id in the data set, by whom (empty where that is not told), what, and in which role."""

    turn_id: str
    speaker: str
    text: str
    role: str = "user"


@dataclass(frozen=True, slots=True)
class Session:
    """The turns of one sitting, in order, and when it was."""

    name: str
    at: datetime
    turns: list[Turn]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the turns that hold its answer; its category is LoCoMo's, else 0, and `asked` when it is put."""

    text: str
    category: int
    evidence: frozenset[str]
    asked: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation with its questions."""

    name: str
    sessions: list[Session]
    questions: list[Question]


def read(path: Path) -> list[Conversation]:
    """Read the conversations of a file: JSON in LoCoMo's format, or JSON lines as above."""
    try:
        text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
        if ".jsonl" in path.suffixes:
            return [_plain(cast("dict[str, Any]", json.loads(line))) for line in text.strip().split("\n")]
        samples = cast("list[dict[str, Any]]", json.loads(text))
        return [_conversation(sample) for sample in samples]
    except OSError as exc:
        raise SystemExit(f"{path} cannot be read: {exc.strerror or exc}.") from exc
    except (ValueError, KeyError, TypeError, AttributeError, EOFError) as exc:
        raise SystemExit(f"{path} is no file of conversations: {exc!r}.") from exc


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


def _plain(read: dict[str, Any]) -> Conversation:
    sessions = [
        Session(
            session["id"],
            datetime.fromtimestamp(session["at"], UTC),
            [Turn(turn["id"], turn["name"] or "", turn["text"], turn["role"]) for turn in session["turns"]],
        )
        for session in read["sessions"]
    ]
    questions = [
        Question(one["text"], 0, frozenset(one["evidence"]), _moment(one["asked"])) for one in read["questions"]
    ]
    return Conversation(read["id"], sessions, questions)


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None
