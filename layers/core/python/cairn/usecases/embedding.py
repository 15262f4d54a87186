"""Embedding what is about to be stored: one vector for each text, and one for each passage of a long one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from cairn.facts import NewMemory, NewTurn
from cairn.models import Vector
from cairn.selection import MemoryChange

Draft = TypeVar("Draft", NewMemory, NewTurn, MemoryChange)
Embed = Callable[[Sequence[str]], Sequence[Vector]]


def embedded(drafts: Sequence[Draft], embed: Embed) -> list[Draft]:
    """The drafts with their vectors; all that is to be embedded goes out in one call."""
    texts = [draft.indexed_texts for draft in drafts]
    every = [text for group in texts for text in group]
    vectors = iter(embed(every) if every else ())
    return [
        replace(draft, embedding=next(vectors), passages=tuple(islice(vectors, len(group) - 1)))
        for draft, group in zip(drafts, texts, strict=True)
    ]
