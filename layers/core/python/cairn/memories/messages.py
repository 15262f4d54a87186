"""Messages as they were said, and which of them memories are made from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was said. `sequence` is its place in the add."""

    id: UUID
    sequence: int
    role: str
    name: str | None
    content: str
    occurred_at: datetime

    @property
    def actor(self) -> str:
        """Who spoke: the name when there is one, else the role."""
        return self.name or self.role


# Who can be a source. What a system message says is how the application is built, not what anybody told.
SILENT_ROLES: Final = frozenset({"system", "developer", "tool", "function"})
# Lines of a context block: each entry has an id, and the headings stand alone.
_ECHO: Final = re.compile(
    r"^.*\[(?:memory|message) [0-9a-f]{8}-[0-9a-f-]{27}\].*$|"
    r"^(?:What holds now|What held before|Preferences|Recent turns):[ \t\r]*$|"
    r"^As things stood on [^\n]{1,40}\.[ \t\r]*$",
    re.MULTILINE,
)


def sources(messages: Sequence[Message]) -> list[Message]:
    """The messages that facts may come from, each without lines of a context block that was handed out before."""
    spoken = [m for m in messages if m.role not in SILENT_ROLES]
    return [_without_echo(m) for m in spoken]


def _without_echo(message: Message) -> Message:
    return replace(message, content=without_echo(message.content))


def without_echo(content: str) -> str:
    """The content with echoed lines blanked; every other character keeps its place, so that spans still fit."""
    return _ECHO.sub(lambda line: " " * len(line.group()), content) if "[me" in content else content
