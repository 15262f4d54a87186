"""Passages of long texts: a text has one vector, and each of its passages another, so that it is found by any of them.

One vector for a long text is the mean of all it says: a sentence in it is hardly seen, and what lies beyond the length
that the embedder reads is not seen at all.
"""

import re
from collections.abc import Iterator
from typing import Final

from cairn.language.scripts import DENSE

LONGEST: Final = 400
"""Characters that one vector tells well, those of scripts that write a word in one or two counted threefold."""
_PASSAGE: Final = 250  # characters of a passage, counted so
_MOST: Final = 100  # passages of one text; those of a longer one are longer
_DENSE: Final = re.compile(f"[{DENSE}]")
_ENDS: Final = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？｡])\s*|\n+")


def passages(text: str) -> tuple[str, ...]:
    """A long text cut at the ends of sentences and lines, or of words where there are none; nothing of a short one."""
    size = _size(text)
    if size <= LONGEST:
        return ()
    room = max(_PASSAGE, size // _MOST) * len(text) // size  # in characters as they stand
    return tuple(_joined(_pieces(text, room), room))


def _size(text: str) -> int:
    return len(text) + 2 * len(_DENSE.findall(text))


def _pieces(text: str, room: int) -> Iterator[str]:
    """Its sentences, none longer than there is room for."""
    for sentence in _ENDS.split(text):
        rest = sentence.strip()
        while len(rest) > room:
            cut = rest.rfind(" ", room // 2, room) + 1 or room
            yield rest[:cut].rstrip()
            rest = rest[cut:]
        if rest:
            yield rest


def _joined(pieces: Iterator[str], room: int) -> Iterator[str]:
    held = ""
    for piece in pieces:
        if held and len(held) + 1 + len(piece) > room:
            yield held
            held = piece
        else:
            held = f"{held} {piece}" if held else piece
    if held:
        yield held
