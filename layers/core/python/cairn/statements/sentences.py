"""Where the sentences of a message begin and end. One pass, so that a message of any shape takes linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from cairn.statements.vocabulary import words


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence exactly as it was said, and where: `content[start:end] == text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Block:
    """A span that no sentence crosses: a line, or lines of which each plainly goes on in the next."""

    start: int
    end: int
    last_line: int
    is_item: bool
    after_gap: bool


_LINE: Final = re.compile(r"[^\r\n]+")
_FENCE: Final = re.compile(r"[ \t]*(?:```|~~~)")
_MARKER: Final = re.compile(r"[ \t]*(?:>[ \t>]*)?(?:(?:[-*+•‣◦▪–—]|#{1,6}|[0-9]{1,3}[.)]|[a-zA-Z]\))[ \t]+)?")
_STOP: Final = re.compile(r"[.!?…。！？｡]+")
_CLOSERS: Final = re.compile(r"[\"'”’»)\]}」』）*_~]*")
_SPACE: Final = re.compile(r"\s*[\"'“‘«(\[{「『（*_~]*")
_WORD: Final = re.compile(r"[^\s,.!?;:]{1,12}")
_INITIALS: Final = re.compile(r"(?:\w\.)*[^\W\d_]")

# Lines are wrapped by hand or by an editor at some such width; a shorter line that ends was meant to end.
_WRAPPED_WIDTH: Final = 50
# "I like:" and the short items under it are one statement; longer items stand for themselves.
_SHORT_ITEM: Final = 30
# No abbreviation is longer.
_ABBREVIATION: Final = 8

# A name or a number follows these, so the dot is never the end of a sentence …
_TITLES: Final = words(
    "dr mr mrs ms mx prof st rev hon gen col sgt capt lt gov sen rep fr e.g i.e eg ie cf vs viz approx ca"
)
# … and before a digit the dot of these is not either.
_NUMBERED: Final = words("no nos nr p pp vol fig ch sec art jan feb mar apr jun jul aug sep sept oct nov dec")
# These and initials may well end a sentence: they do where such a word follows.
_MAYBE_LAST: Final = words("etc am pm inc ltd corp co jr sr esq ph.d phd b.sc m.sc ave blvd rd dept est")
_STARTERS: Final = words(
    "i i'm i’m i've i’ve i'd i’d we we're he he's she she's it it's they you my our his her their your the this "
    "that these those there then now so and but also please can could do does did what when where who why how"
)


def sentences(content: str) -> Iterator[Sentence]:
    """Split a message into trimmed sentences; code between ``` fences is left out."""
    for block in _blocks(content):
        for first, last in _split(content, block.start, block.end):
            text = content[first:last]
            stripped = text.strip()
            if stripped:
                begin = first + len(text) - len(text.lstrip())
                yield Sentence(stripped, begin, begin + len(stripped))


def _blocks(content: str) -> Iterator[_Block]:
    block: _Block | None = None
    listing = False
    for line in _lines(content):
        if block is not None and _goes_on(content, block, line, listing=listing):
            block = replace(block, end=line.end, last_line=line.last_line)
            continue
        if block is not None:
            yield block
        block, listing = line, content[line.end - 1] == ":"
    if block is not None:
        yield block


def _lines(content: str) -> Iterator[_Block]:
    in_code = after_gap = False
    for line in _LINE.finditer(content):
        text = line.group().rstrip()
        if _FENCE.match(text):
            in_code = not in_code
        if in_code or not text or _FENCE.match(text):
            after_gap = True
            continue
        marker = _MARKER.match(text)
        width = marker.end() if marker else 0
        if width < len(text):
            start, end = line.start() + width, line.start() + len(text)
            gap = after_gap or content[max(0, line.start() - 2) : line.start()] == "\n\n"
            yield _Block(start, end, len(text), bool(text[:width].strip()), gap)
            after_gap = False


def _goes_on(content: str, block: _Block, line: _Block, *, listing: bool) -> bool:
    if line.after_gap:
        return False
    if line.is_item:
        return listing and line.end - line.start <= _SHORT_ITEM
    ended = content[block.end - 1] in ".!?…。！？:"
    return block.last_line >= _WRAPPED_WIDTH and not ended and content[line.start].islower()


def _split(content: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for stop in _STOP.finditer(content, start, end):
        closers = _CLOSERS.match(content, stop.end(), end)
        after = closers.end() if closers else stop.end()
        if after < end and not _goes_past(content, stop, after, end):
            yield begin, after
            begin = after
    yield begin, end


def _goes_past(content: str, stop: re.Match[str], after: int, end: int) -> bool:
    """Say whether the sentence goes on behind what looks like its end."""
    mark = stop.group()
    if mark[-1] in "。！？｡":
        return False
    if not content[after].isspace():
        return True
    space = _SPACE.match(content, after, end)
    following = content[space.end() if space else after : end][:1]
    if mark != ".":
        # `"Really?" she said` and "well... maybe" go on; "hi! i live in oslo" does not.
        return following.islower() and (after > stop.end() or mark in ("..", "...", "....", "…"))
    word = re.split(r"[\s(\"'“‘]", content[max(0, stop.start() - _ABBREVIATION) : stop.start()])[-1].lower()
    if word in _TITLES or (word in _NUMBERED and following.isdigit()):
        return True
    if word in _MAYBE_LAST or (word != "i" and _INITIALS.fullmatch(word)):
        next_word = _WORD.match(content, space.end() if space else after, end)
        return next_word is None or next_word.group().lower() not in _STARTERS
    return False
