"""What is believed of a model's extraction: facts whose source can be found, about people and not about prompts."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from cairn.consolidate.entities_from_model import mentioned
from cairn.consolidate.prompts.extract import ExtractedFact, Extraction
from cairn.consolidate.types import Fact
from cairn.language.dated import Dated, from_iso
from cairn.memories.messages import Message

MAX_FACT: Final = 2_000  # characters
MAX_SUMMARY: Final = 2_000
_FOLDED: Final = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "."})
_SHORTEST_QUOTE: Final = 3  # bytes: three Latin letters, or one Chinese character
_LONG_QUOTE: Final = 12  # characters; one this long stands nowhere by chance
# A fact about the prompt is what an injected instruction leaves behind; each language says it with these few stems.
_ABOUT_PROMPTS: Final = re.compile(
    r"\bsystem[ -]?(prompt|message|instruction)s?\b.{0,30}\b(say|state|read|require|contain|tell|forbid|allow)s?\b|"
    r"\bsystem[ -]?(prompt|message|instruction)s? (is|are|must|should|shall|will)\b|"
    # Not "ignored", nor any rule: people have rules and instructions of their own.
    r"\b(ignore|disregard|override|forget)\b.{0,20}\b(previous|prior|above|earlier|your)\b.{0,20}"
    r"\b(instruction|rule|prompt|guideline)s?\b|"
    r"\b(ignore|disregard|override|forget) (all|any|these|every) (of )?(the )?(instruction|prompt)s?\b|"
    r"\b(previous|prior|above|hidden|developer) (instruction|prompt)s?\b|\binitial prompt\b|"
    r"\b(memory|extraction) (system|extractor|assistant|service|store)('s)? (must|should|shall|will|is told|was told)|"
    r"(instrucciones|instruções|istruzioni) (anterior\w*|previas|prévias|precedenti)|"
    r"instructions (précédentes|antérieures)|(vorherige|bisherige|obige)\w* (anweisung|instruktion)\w*|"
    r"(предыдущ|прежн)\w* (инструкц|указан)\w*|(poprzedni|wcześniejsz)\w* (instrukcj|poleceni)\w*|"
    r"önceki (talimat|komut)\w*|(पिछले|पहले के) निर्देश|التعليمات السابقة|"
    r"(以前|これまで|上記|前)の(指示|命令)|(之前|以上|先前|前面)的?(所有)?(指令|指示|提示)|이전 (지시|명령|지침)",
    re.IGNORECASE,
)


def believed(
    extraction: Extraction, messages: Sequence[Message], categories: frozenset[str], timezone: ZoneInfo
) -> tuple[list[Fact], Mapping[str, int]]:
    """The facts to keep, in order, and how many were dropped, by reason: source, quote, text or prompt."""
    facts: list[Fact] = []
    dropped: Counter[str] = Counter()
    for extracted in extraction.facts:
        reason = _unbelievable(extracted, messages)
        if reason:
            dropped[reason] += 1
        else:
            facts.append(_fact(extracted, messages[extracted.message], categories, timezone))
    return facts, dropped


def believed_summary(extraction: Extraction, facts: Sequence[Fact]) -> str | None:
    """The scope's new summary; None, which leaves the old one, where nothing was learned or it tells of prompts."""
    summary = extraction.summary.strip()[:MAX_SUMMARY]
    return summary if summary and facts and not _ABOUT_PROMPTS.search(summary) else None


def _unbelievable(extracted: ExtractedFact, messages: Sequence[Message]) -> str | None:
    if not 0 <= extracted.message < len(messages):
        return "source"
    if find_quote(messages[extracted.message].content, extracted.quote) is None:
        return "quote"
    text = extracted.text.strip()
    if not text or len(text) > MAX_FACT or "\x00" in text:
        return "text"
    return "prompt" if _ABOUT_PROMPTS.search(text) else None


def _fact(extracted: ExtractedFact, message: Message, categories: frozenset[str], timezone: ZoneInfo) -> Fact:
    span = find_quote(message.content, extracted.quote)
    assert span is not None  # looked for before
    since = told(extracted.since, timezone)
    text, from_user = " ".join(extracted.text.split()), message.role == "user"
    named = mentioned(extracted, text, message.actor, from_user=from_user)
    return Fact(
        text=text,
        actor=message.actor,
        occurred_at=message.occurred_at,
        source_message_id=message.id,
        source_span=span,
        category=extracted.category if extracted.category in categories else None,
        importance=extracted.importance,
        event=told(extracted.event_time, timezone),
        # What is said to begin later has not begun: it is true from when it was said.
        since=since if since and since.at <= message.occurred_at else None,
        from_user=from_user,
        entities=named.entities,
        relations=named.relations,
    )


def find_quote(content: str, quote: str) -> tuple[int, int] | None:
    """Where the quote stands in the content, as character offsets; None where it does not.

    Case, spacing, the shape of quotation marks and dashes, and what stands at the quote's own ends do not matter.
    """
    wanted = _folded(quote)[0].strip(" \"'.!?,;:-")
    folded, places = _folded(content)
    if len(wanted.encode()) < _SHORTEST_QUOTE and wanted != folded.strip():
        return None
    start = folded.find(wanted) if wanted else -1
    while start >= 0 and _inside_words(folded, start, len(wanted)):
        start = folded.find(wanted, start + 1)
    if start < 0:
        return None
    return places[start], places[start + len(wanted) - 1] + 1


def _inside_words(text: str, start: int, length: int) -> bool:
    """Whether a short quote begins or ends inside a word of Latin letters: "art" does not stand in "party"."""
    if length >= _LONG_QUOTE:
        return False
    edges = (text[max(0, start - 1) : start + 1], text[start + length - 1 : start + length + 1])
    return any(len(edge) == 2 and edge.isascii() and edge.isalnum() for edge in edges)


def _folded(content: str) -> tuple[str, list[int]]:
    """The content as quotes are compared, and for each of its characters its place in the content."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(content):
        if character.isspace():
            if characters and characters[-1] != " ":
                characters.append(" ")
                places.append(place)
            continue
        for folded in unicodedata.normalize("NFKD", character.translate(_FOLDED)).casefold():
            characters.append(folded)
            places.append(place)
    return "".join(characters), places


def told(text: str | None, timezone: ZoneInfo) -> Dated | None:
    """A date as a model writes it, no more precise than it is written; None where it is none."""
    return from_iso(text or "", timezone)
