"""How the wishes of a project's owner are put to a model."""

from collections.abc import Iterator
from inspect import cleandoc

from cairn.projects.types import ExtractionInstructions

_INTRODUCTION = cleandoc("""
    The owner of this project wishes the following. Respect it where it does not go against the rules above.
""")


def render(extraction: ExtractionInstructions) -> str:
    """The wishes as the last part of a system message, empty where there are none.

    Categories are not among them: only some prompts have a use for these.
    """
    lines = "\n".join(f"- {label}: {wish.strip()}" for label, wish in _labelled(extraction) if wish and wish.strip())
    return f"\n\n{_INTRODUCTION}\n{lines}" if lines else ""


def _labelled(extraction: ExtractionInstructions) -> Iterator[tuple[str, str | None]]:
    yield "In general", extraction.custom_instructions
    yield "For messages of the role assistant", extraction.agent_custom_instructions
    yield "Include", extraction.includes
    yield "Leave out", extraction.excludes
