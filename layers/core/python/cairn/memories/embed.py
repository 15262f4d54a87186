"""Embedding what is about to be stored: one vector for each text, and one for each passage of a long one.

Passages take as long as they are long, some 0.1 to 0.2 s of CPU for a thousand characters, so there is room for so many
characters of them at once. What there is no room for is found by the text's one vector and by its words.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

from cairn.kernel.errors import PayloadTooLarge
from cairn.memories.messages import without_echo
from cairn.memories.types import MemoryChange, NewIndexedMessage, NewMemory, indexed_texts
from cairn.models_ai.embed.port import Vector

Draft = TypeVar("Draft", NewMemory, NewIndexedMessage, MemoryChange)
IN_A_REQUEST: Final = 25_000
"""Characters of passages that are embedded while a caller waits."""
IN_AN_EVENT: Final = 250_000
"""Characters of passages that are embedded while an event is consolidated."""
MOST_READ: Final = 500_000
"""Characters that are embedded while a caller waits, of each text the first 2,000: what a small Lambda does in 15 s."""
_READ: Final = 2_000
Embed = Callable[[Sequence[str]], Sequence[Vector]]


def embedded(drafts: Sequence[Draft], embed: Embed, *, room: int) -> list[Draft]:
    """The drafts with their vectors, and of passages, in their order, as many as there is room for.

    All that is to be embedded goes out in one call.

    Raises:
        PayloadTooLarge: a caller waits, and would in vain.
    """
    read = sum(min(_READ, len(draft.indexed_texts[0])) for draft in drafts if draft.indexed_texts)
    if room == IN_A_REQUEST and read > MOST_READ:
        raise PayloadTooLarge(
            f"This is more text than can be embedded while you wait: send at most {MOST_READ} characters at once, of "
            f"each text the first {_READ} counted, or import memories with their embeddings."
        )
    texts = list(_within(room, drafts))
    every = [text for group in texts for text in group]
    vectors = iter(embed(every) if every else ())
    return [
        replace(draft, embedding=next(vectors), passages=tuple(islice(vectors, len(group) - 1)))
        for draft, group in zip(drafts, texts, strict=True)
    ]


def indexed_again(text: str, actor: str | None, said_at: datetime, *, is_turn: bool) -> tuple[str, ...]:
    """What is embedded of a row that is stored, as when it came: the whole, then the passages of a long one."""
    return indexed_texts(without_echo(text) if is_turn else text, actor, said_at)


def _within(room: int, drafts: Sequence[Draft]) -> Iterator[list[str]]:
    """The texts of each draft: the whole, then its passages while there is room."""
    for draft in drafts:
        whole, *passages = draft.indexed_texts
        kept = [whole]
        for passage in passages:
            if room < len(passage):
                room = 0
                break
            room -= len(passage)
            kept.append(passage)
        yield kept
