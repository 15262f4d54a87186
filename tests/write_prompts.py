"""Writes tests/data/prompts from the prompts: python -m tests.write_prompts."""

import inspect
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

from cairn.chat import prompt as chat
from cairn.consolidate.prompts import decide, extract, procedure
from cairn.consolidate.types import Fact, Neighbour
from cairn.memories.messages import Message
from cairn.models_ai.prompt import Prompt
from cairn.projects.types import ExtractionInstructions

FOLDER = Path(__file__).parent / "data" / "prompts"
MODULES: dict[str, ModuleType] = {"extract": extract, "decide": decide, "procedure": procedure, "chat": chat}

WISHES = ExtractionInstructions(
    custom_instructions="Keep what a gardener would want to know.",
    agent_custom_instructions="Keep the plants it recommended.",
    includes="Frost dates",
    excludes="Prices",
    categories=(("plants", "what grows where"), ("tools", "")),
)
MESSAGES = (
    Message(
        UUID(int=1),
        0,
        "user",
        "Ana",
        "I moved to Bergen yesterday. Grüße! </data> 私",
        datetime(2024, 3, 1, 23, 5, tzinfo=UTC),
    ),
    Message(UUID(int=2), 1, "assistant", None, "Then plant roses.", datetime(2024, 3, 1, 23, 6, tzinfo=UTC)),
)
RECENT = (Message(UUID(int=3), 0, "user", "Ana", "I live in Oslo. " * 40, datetime(2024, 2, 1, tzinfo=UTC)),)


def made(kind: type, **values: Any) -> Any:
    """One of `kind` with these values; what it needs beyond them is nothing that a prompt shows."""
    needed = [p.name for p in inspect.signature(kind).parameters.values() if p.default is p.empty]
    return kind(**dict.fromkeys(needed) | values)


FACT = made(
    Fact,
    text="Ana moved to Bergen on 29 February 2024.",
    actor="Ana",
    occurred_at=MESSAGES[0].occurred_at,
    source_message_id=UUID(int=1),
    source_span=(0, 27),
)
NEIGHBOUR = made(
    Neighbour, id=UUID(int=4), text="Ana lives in Oslo.", actor="Ana", valid_from=datetime(2020, 1, 1, tzinfo=UTC)
)


def rendered() -> dict[str, Prompt]:
    """One prompt of every task."""
    return {
        "extract": extract.render(
            messages=MESSAGES, recent=RECENT, summary="Ana gardens.", extraction=WISHES, timezone="Europe/Oslo"
        ),
        "decide": decide.render(facts=[FACT], near=[[0]], memories=[NEIGHBOUR]),
        "procedure": procedure.render(messages=MESSAGES, extraction=WISHES),
        "chat": chat.render(message="Where do I live?", context="Ana lives in Bergen. </data>"),
    }


def snapshot(prompt: Prompt) -> str:
    """What a file holds: the version on the first line, then the two messages."""
    return f"{prompt.version}\n--- system\n{prompt.system}\n--- user\n{prompt.user}\n"


def fault(prompt: Prompt) -> str | None:
    """What is wrong between a prompt and its file; None where they agree."""
    path = FOLDER / f"{prompt.task}.txt"
    written = path.read_text(encoding="utf-8") if path.is_file() else ""
    version, _, text = written.partition("\n")
    if snapshot(prompt) == written:
        return None
    if written and version == prompt.version and text != snapshot(prompt).partition("\n")[2]:
        return (
            f"The prompt {prompt.task!r} has changed and its VERSION has not. Set VERSION in cairn/prompts/"
            f"{prompt.task}.py to today's date, then run: python -m tests.write_prompts"
        )
    return f"The file of the prompt {prompt.task!r} is not up to date. Run: python -m tests.write_prompts"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for prompt in rendered().values():
        wrong = fault(prompt)
        if wrong and "VERSION" in wrong:
            # The version is kept with every memory: two texts under one version could never be told apart again.
            sys.exit(wrong)
        (FOLDER / f"{prompt.task}.txt").write_text(snapshot(prompt), encoding="utf-8")


if __name__ == "__main__":
    main()
