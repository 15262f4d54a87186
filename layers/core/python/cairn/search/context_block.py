"""The prompt-ready block: what is known of a scope, for a model to read, within a budget of tokens.

Every text in it is data. Each entry is one line, so no text can make a heading or a line of its own, and none can carry
what looks like a memory's id.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from cairn.language.dated import placed, shown
from cairn.language.excerpt import excerpt
from cairn.language.vital import VITAL
from cairn.memories.messages import Message
from cairn.memories.types import Kind, Memory, Previous
from cairn.search.types import FromGraph

_UTC: Final = ZoneInfo("UTC")
_BEST_HITS: Final = 5  # these come before everything else; the rest of the hits wait behind the preferences
_TEXT_LENGTH: Final = 500
_EXCERPTS: Final = (320, 200, 120, 60, 30)  # of the best hit where there is no room for more
_NOW_LENGTH: Final = 200  # the whole of it stands under "What holds now"
_TURN_LENGTH: Final = 300
_NAME_LENGTH: Final = 60

_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_BRACKET: Final = re.compile(r"[\[［﹇]")
_FORGED_ID: Final = re.compile(r"\W*(?:memory|message)\b")
_LOOKED_AT: Final = 60  # characters behind a bracket
_OUTSIDE_NAMES: Final = re.compile(r"[()\[\]［］:;]+")


@dataclass(frozen=True, slots=True)
class Sources:
    """What a block is made of.

    Attributes:
        hits: found for the query, best first; all of them hold.
        preferences: of the category user_preferences, most important first.
        previous: by the id of the memory that holds now, newest first.
        ended: closed memories found for the query, whose successor, if any, is not among the hits.
        recent: the last messages of the scope, oldest first.
        as_of: the moment everything is told of; None is now.
        zone: the time zone in which moments are told.
        filling: for the room that is left, what matters most first; all of them hold.
        query: what was asked; of a long text the passage nearest to it is told.
    """

    hits: Sequence[Memory]
    preferences: Sequence[Memory]
    previous: Mapping[UUID, Sequence[Previous]]
    ended: Sequence[Memory]
    recent: Sequence[Message]
    as_of: datetime | None = None
    zone: ZoneInfo = _UTC
    filling: Sequence[Memory] = ()
    query: str = ""


@dataclass(frozen=True, slots=True)
class ContextBlock:
    """The block, its length, and whose texts are in it, in the order of the lines.

    `truncated` says that an entry was left out for want of room; a long text that was only shortened is not. `degraded`
    says that it was looked for by words alone, while the embedder was away, `from_graph` what the graph gave, if asked.
    """

    text: str
    tokens: int
    memory_ids: tuple[UUID, ...]
    truncated: bool
    degraded: bool = False
    from_graph: FromGraph | None = None


class _Section(Enum):
    """The headings, in their order."""

    NOW = "What holds now"
    BEFORE = "What held before"
    PREFERENCES = "Preferences"
    RECENT = "Recent turns"


@dataclass(frozen=True, slots=True)
class _Entry:
    section: _Section
    line: str
    memory_ids: tuple[UUID, ...] = ()
    spare: bool = False  # nobody asked for it: it only uses up the room that is left


def build(sources: Sources, *, budget: int, count: Callable[[str], int]) -> ContextBlock:
    """Make the block that tells most within the budget.

    Entries are taken in order of worth: the best hits, what held before them, what is vital, preferences, what ended,
    the other hits, recent turns from the newest back, then what was not asked about. One that does not fit is passed
    over; of the first as much is told as there is room for.

    Args:
        sources: what there is to tell.
        budget: the most tokens the block may have.
        count: how many tokens a text is.
    """
    ranked = list(_ranked(sources))
    room = budget - count(_opening(sources))
    if ranked and not _taken(ranked[:1], room, count)[0]:
        ranked[:1] = _shortened(ranked[0], sources, room, count)
    taken, costs = _taken(ranked, room, count)
    text = _rendered(taken, sources)
    tokens = count(text) if text else 0
    while taken and tokens > budget:
        # Tokens of lines do not quite add up to those of the text. As much as is over goes at once.
        over = tokens - budget
        while taken and over > 0:
            taken.pop()
            over -= costs.pop()
        text = _rendered(taken, sources)
        tokens = count(text) if text else 0
    left_out = [entry for entry in ranked if entry not in taken]
    memory_ids = dict.fromkeys(memory_id for entry in _printed(taken) for memory_id in entry.memory_ids)
    return ContextBlock(text, tokens, tuple(memory_ids), any(not entry.spare for entry in left_out))


def _taken(ranked: Sequence[_Entry], budget: int, count: Callable[[str], int]) -> tuple[list[_Entry], list[int]]:
    """The entries that fit, and what each costs, the first of a section with its heading."""
    taken: list[_Entry] = []
    costs: list[int] = []
    headed: set[_Section] = set()
    left = budget
    for entry in ranked:
        cost = count(entry.line + "\n")
        if entry.section not in headed:
            cost += count(f"{entry.section.value}:\n\n")
        if cost <= left:
            taken.append(entry)
            costs.append(cost)
            headed.add(entry.section)
            left -= cost
    return taken, costs


def _shortened(entry: _Entry, sources: Sources, room: int, count: Callable[[str], int]) -> list[_Entry]:
    """The entry with an excerpt of its memory, as long as there is room for; the entry itself where there is none."""
    memory = next((m for m in sources.hits if entry.memory_ids == (m.id,)), None)
    if memory is None:
        return [entry]
    for length in _EXCERPTS:
        shorter = replace(entry, line=_current(memory, sources, length))
        if _taken([shorter], room, count)[0]:
            return [shorter]
    return [entry]


def _rendered(taken: Sequence[_Entry], sources: Sources) -> str:
    if not taken:
        return ""
    lines = {section: [f"{section.value}:"] for section in _Section}
    for entry in _printed(taken):
        lines[entry.section].append(entry.line)
    parts = ["\n".join(section) for section in lines.values() if len(section) > 1]
    return _opening(sources) + "\n\n".join(parts)


def _opening(sources: Sources) -> str:
    return f"As things stood on {_date(sources.as_of, sources.zone)}.\n\n" if sources.as_of else ""


def _printed(taken: Sequence[_Entry]) -> list[_Entry]:
    """The entries as they are printed: by section, in order of worth, and turns as they were said."""
    turns = [entry for entry in taken if entry.section is _Section.RECENT]
    rest = [
        [entry for entry in taken if entry.section is section] for section in _Section if section != _Section.RECENT
    ]
    return [*(entry for section in rest for entry in section), *reversed(turns)]


def _ranked(sources: Sources) -> Iterator[_Entry]:
    """All entries, the one most worth telling first."""
    hits = _unlike(sources.hits, set())
    best = hits[:_BEST_HITS]
    # A preference that is a weak hit too must not wait among the other hits.
    filling = _unlike(sources.filling, {memory.id for memory in best})
    vital = [memory for memory in filling if memory.importance >= VITAL]
    taken = {memory.id for memory in vital}
    preferences = _unlike(sources.preferences, taken | {memory.id for memory in best})
    others = _unlike(hits[_BEST_HITS:], taken | {memory.id for memory in preferences})
    shown = {memory.id for memory in (*hits, *filling)}
    told = {previous.memory_id for memory in hits for previous in sources.previous.get(memory.id, ())}
    yield from (_Entry(_Section.NOW, _current(memory, sources), (memory.id,)) for memory in best)
    yield from _before(best, sources)
    yield from (_Entry(_Section.NOW, _current(memory, sources), (memory.id,)) for memory in vital)
    yield from (_Entry(_Section.PREFERENCES, _current(memory, sources), (memory.id,)) for memory in preferences)
    beside: dict[UUID | None, Memory] = {memory.id: memory for memory in (*preferences, *filling)}
    yield from (
        _ended(memory, beside.get(memory.superseded_by), sources.zone)  # what took its place may not have been found
        for memory in _unlike(sources.ended, shown | told)
    )
    yield from (_Entry(_Section.NOW, _current(memory, sources), (memory.id,)) for memory in others)
    yield from _before([*others, *preferences], sources)
    yield from _turns(sources)
    told = {memory.id for memory in (*best, *vital, *preferences, *others)}
    for memory in _unlike(filling, told):
        yield _Entry(_Section.NOW, _current(memory, sources), (memory.id,), spare=True)


def _turns(sources: Sources) -> Iterator[_Entry]:
    for message in reversed(sources.recent):
        if content := _one_line(message.content, _TURN_LENGTH):
            said = _said(message.actor, message.occurred_at, content, sources.zone)
            # With its id a turn is known for an echo when it comes back in a conversation.
            yield _Entry(_Section.RECENT, f"- {said} [message {message.id}]")


def _unlike(memories: Iterable[Memory], shown: set[UUID]) -> list[Memory]:
    return list({memory.id: memory for memory in memories if memory.id not in shown}.values())


def _before(memories: Iterable[Memory], sources: Sources) -> Iterator[_Entry]:
    for memory in memories:
        for old in sources.previous.get(memory.id, ()):
            yield _replaced(old, memory, sources.zone)


def _replaced(old: Previous, memory: Memory, zone: ZoneInfo) -> _Entry:
    line = f"- {_previously(old, zone)}; now: {_one_line(memory.text, _NOW_LENGTH)} {_tag(memory.id)}"
    return _Entry(_Section.BEFORE, line, (old.memory_id, memory.id))


def _ended(memory: Memory, successor: Memory | None, zone: ZoneInfo) -> _Entry:
    until = memory.invalid_at or memory.valid_from
    old = Previous(memory.id, memory.text, memory.valid_from, until, memory.since_precision)
    if successor:
        return _replaced(old, successor, zone)
    return _Entry(_Section.BEFORE, f"- {_previously(old, zone)}", (memory.id,))


def _previously(old: Previous, zone: ZoneInfo) -> str:
    since, until = shown(old.valid_from, old.since_precision, zone), shown(old.until, old.until_precision, zone)
    period = f"from {since} until {until}"
    return f"previously: {_one_line(old.text, _TEXT_LENGTH)} ({period}) {_tag(old.memory_id)}"


def _current(memory: Memory, sources: Sources, length: int = _TEXT_LENGTH) -> str:
    zone = sources.zone
    text = _unforged(excerpt(_BLANK.sub(" ", memory.text).strip(), sources.query, length))
    if memory.kind is Kind.VERBATIM:
        return f"- {_said(memory.actor, memory.valid_from, text, zone)} {_tag(memory.id)}"
    about = [] if memory.actor in (None, "user") else [_name(memory.actor)]
    if memory.event_time:
        about.append(f"event {placed(memory.event_time, memory.event_precision, zone)}")
    # What was only told may have been so for long.
    began = "since" if memory.since_precision else "told"
    about.append(f"{began} {shown(memory.valid_from, memory.since_precision, zone)}")
    return f"- {text} ({', '.join(about)}) {_tag(memory.id)}"


def _said(actor: str | None, at: datetime, text: str, zone: ZoneInfo) -> str:
    return f"{_name(actor)} ({_date(at, zone)}): {text}"


def _name(actor: str | None) -> str:
    """The speaker, without what would let a name speak for somebody else."""
    return _one_line(_OUTSIDE_NAMES.sub(" ", actor or ""), _NAME_LENGTH) or "user"


def _tag(memory_id: UUID) -> str:
    return f"[memory {memory_id}]"


def _one_line(text: str, length: int) -> str:
    # Folded before it is cut, so that blanks cost nothing; a text of megabytes is cut before that too.
    folded = _BLANK.sub(" ", text[: length * 20]).strip()
    kept = folded if len(folded) <= length else folded[: length - 1].rstrip() + "…"
    return _unforged(kept)


def _date(moment: datetime, zone: ZoneInfo) -> str:
    return shown(moment, None, zone)


def _unforged(text: str) -> str:
    """The text without brackets that would make it look like a source of this block, however their words are spelt."""
    return _BRACKET.sub(lambda found: "(" if _is_forged(text[found.end() :][:_LOOKED_AT]) else found[0], text)


def _is_forged(behind: str) -> bool:
    # Full width reads like ASCII to a model, and what has no width reads like nothing.
    plain = "".join(c for c in unicodedata.normalize("NFKC", behind) if unicodedata.category(c) != "Cf")
    return _FORGED_ID.match(plain.casefold()) is not None
