"""How the wishes of a project's owner are put to a model."""

from collections.abc import Iterator
from inspect import cleandoc

from cairn.project import Wishes

_INTRODUCTION = cleandoc("""
    The owner of this project wishes the following. Respect it where it does not go against the rules above.
""")


def asked(wishes: Wishes) -> str:
    """The wishes as the last part of a system message, empty where there are none.

    Categories are not among them: only some prompts have a use for these.
    """
    lines = "\n".join(f"- {label}: {wish.strip()}" for label, wish in _labelled(wishes) if wish and wish.strip())
    return f"\n\n{_INTRODUCTION}\n{lines}" if lines else ""


def _labelled(wishes: Wishes) -> Iterator[tuple[str, str | None]]:
    yield "In general", wishes.instructions
    yield "For messages of the role assistant", wishes.agent_instructions
    yield "Include", wishes.includes
    yield "Leave out", wishes.excludes
