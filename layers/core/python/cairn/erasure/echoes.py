"""What repeats an erased memory in the messages around it, as an agent's "Ok, locker 77310 noted" does.

Of the same event, and of nobody's own statements; and of the events that ended the memory, where what was said is in
no other memory. Messages that a memory which stays was made from are left alone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from cairn.language.content import Content, content_of, shared
from cairn.language.entities import read
from cairn.language.excluding import without_article
from cairn.language.fold import fold
from cairn.language.traces import Names, Traces, are_shared, is_named, names_of, traces_of
from cairn.platform.database import Connection
from cairn.platform.sql_files import named_statements

_SQL: Final = named_statements(__name__)
_SENTENCE: Final = re.compile(r"[^.!?。！？\n]+(?:[.!?](?=[^\s.!?])[^.!?。！？\n]+)*[.!?。！？]*")
_ENOUGH: Final = 2  # content words in common that make a sentence a repeat
_MOST: Final = 50  # texts that are compared one by one; more are taken together
_SPEAKER: Final = "User"
# How people say that they have or are something: what that is tells, not that somebody has it.
_OF_ONESELF: Final = frozenset(
    fold(
        "tengo tiene soy estoy padezco tenho sou estou mam jestem choruję mám jsem minulla olen sairastan "
        "меня мене мне мені нас болен больна έχω είμαι عندي لدي لدينا مصاب مصابة לי לנו "
        "저는 나는 제가 내가 저 나 있어요 있습니다 있다 이에요 입니다 앓고 걸렸어요 "
        "मुझे मेरे kena sakit punya menderita bị"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What a text said that is erased, and what tells that another speaks of it."""

    content: Content
    traces: Traces
    names: Names


def blank(
    connection: Connection,
    project_id: UUID,
    memory_ids: Sequence[UUID],
    message_ids: Sequence[UUID],
    texts: Sequence[str],
) -> int:
    """Blanks the sentences that repeat one of the `texts` of erased memories; how many messages lost some.

    A message that has no other sentence goes, and whoever said it with it.
    """
    params: dict[str, Any] = {
        "project_id": project_id,
        "memory_ids": list(memory_ids),
        "message_ids": list(message_ids),
    }
    erased = _contents(texts)
    blanked: list[Mapping[str, Any]] = []
    for row in connection.execute(_SQL["around"], params):
        content = without_repeats(row["content"], erased)
        if content != row["content"]:
            blanked.append({"project_id": project_id, "message_id": row["id"], "content": content})
    cursor = connection.cursor()
    cursor.executemany(_SQL["blank"], [row for row in blanked if row["content"].strip()])
    cursor.executemany(_SQL["remove"], [row for row in blanked if not row["content"].strip()])
    return len(blanked)


def _contents(texts: Sequence[str]) -> list[Erased]:
    """What the texts say: each, or, of many, all together, which blanks rather more than less."""
    return [erased_of(text) for text in texts] if len(texts) <= _MOST else [erased_of(*texts)]


def erased_of(*texts: str) -> Erased:
    """What is looked for of erased texts."""
    text = "\n".join(texts)
    content = content_of(text)
    mentions = (mention for each in texts for mention in read(each, None).entities)
    called = [
        name for mention in mentions for name in (mention.name, *mention.aliases) if not name.startswith(_SPEAKER)
    ]
    return Erased(content, traces_of(text), names_of((*called, *content.names)))


def without_repeats(message: str, erased: Sequence[Erased]) -> str:
    """The message with each sentence blanked that repeats what was erased; of the same length."""
    return _SENTENCE.sub(lambda found: _unless_repeated(found.group(), erased), message)


def _unless_repeated(sentence: str, erased: Sequence[Erased]) -> str:
    content, traces = content_of(sentence), traces_of(sentence)
    return " " * len(sentence) if any(_repeats(content, traces, each) for each in erased) else sentence


def _repeats(content: Content, traces: Traces, erased: Erased) -> bool:
    """Whether they share a number or a name, or enough words."""
    if content.numbers & erased.content.numbers or are_shared(traces, erased.traces):
        return True
    if is_named(erased.names, traces):
        return True
    telling = [word for word in erased.content.words if word not in _OF_ONESELF] or erased.content.words
    common = shared(_bare(content.words), _bare(telling))
    return common >= min(_ENOUGH, len(telling) or 1)


def _bare(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(without_article, words))
