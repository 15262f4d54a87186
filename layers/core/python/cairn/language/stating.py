"""Whether a message as a whole states nothing, so that there is nothing in it to keep.

A message is passed over only where every clause of it is plainly small talk, a question, or a request that tells
nothing besides. In doubt it is kept: a memory too many does less harm than one lost. The words are data
(`small_talk`); a language that is not there is kept whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from cairn.language import small_talk as say
from cairn.language.fold import fold

SMALL_TALK: Final = "small talk"
QUESTION: Final = "question"
REQUEST: Final = "request"

_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_WORD: Final = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\u0900-\u0dff\u0e00-\u0eff]|'(?=\w|$))*")
_MARK: Final = re.compile(r"[.!?…。！？؟।॥۔;:：։።፧។៕။\n]+(?=\s|$|[^\x00-\x7f])|[!?…。！？؟।॥።፧។៕။\n]+")
_PAUSE: Final = re.compile(r"[,،、，—()（）;·؛፣፤၊]|\s[-–]\s")
_COLONS: Final = (":", "：")
_ASKING: Final = frozenset("?？؟፧")
_GREEK: Final = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
_ASKING_INSIDE: Final = frozenset("¿՞")
_NEVER_OPENERS: Final = say.REQUESTS | say.AUXILIARIES | say.TELLERS | say.MINE
_GREETED: Final = 3  # words of "Hi there Anna"
_ELIDED: Final = ("j'", "m'")
_JOINED: Final = 4  # words; what has more may be two clauses
_LONGEST_ASKED: Final = 7  # words of a question without a mark that is told by its first words alone
_TOLD_FIRST: Final = 3  # characters, "妊娠中"
_BLANKED: Final = re.compile(
    r"[^\S\n]{3,}\n"
)  # machine text was there: what a request was about, if it was behind a colon
_GRADE: Final = re.compile(r"\w[+#]|\w-$")  # "A+" is a blood type


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause folded, its words as folded and as written, and the mark that ends its sentence where it is the last.

    `relative`: it says something of whoever the clause before it names.
    """

    text: str
    words: tuple[str, ...]
    written: tuple[str, ...]
    mark: str
    asked: bool
    relative: bool = False

    @property
    def unspaced(self) -> bool:
        return bool(_UNSPACED.search(self.text))


def nothing_stated(message: str) -> str | None:
    """Why there is nothing to keep in `message`: SMALL_TALK, QUESTION or REQUEST; None where it states something."""
    reasons: set[str] = set()
    text = unicodedata.normalize("NFKC", message).replace("’", "'")
    if say.TOLD_AS_KNOWN.search(fold(text).replace(",", "")):
        return None
    for clause, end in _clauses(text):
        if not clause.words:
            continue
        if _is_to_keep(clause):
            return None
        reason = _nothing(clause)
        if reason is None:
            return None
        reasons.add(reason)
        if (
            reason == REQUEST
            and clause.mark in _COLONS
            and _is_about_what_follows(clause)
            and not _BLANKED.match(text, end)
        ):
            return None if _tells_behind(clause, _clause(text[end:], "", asked=False)) else REQUEST
    return next((reason for reason in (REQUEST, QUESTION) if reason in reasons), SMALL_TALK)


def _is_about_a_text(clause: _Clause) -> bool:
    return not say.ON_TEXTS.isdisjoint(clause.words) or bool(say.ON_TEXTS_UNSPACED.search(clause.text))


def _is_about_what_follows(clause: _Clause) -> bool:
    """Whether the text behind its colon is what something is to be done with."""
    return _is_about_a_text(clause) or not say.ON_SUBJECTS.isdisjoint(clause.words)


def _tells_behind(clause: _Clause, behind: _Clause) -> bool:
    is_told = not _is_about_a_text(clause) and not (say.TELLERS | say.MINE).isdisjoint(behind.words[:1])
    return is_told or _tells_of_oneself(behind)


def _nothing(clause: _Clause) -> str | None:
    if clause.relative:
        return None
    if _is_small_talk(clause):
        return SMALL_TALK
    if say.STANDING.search(clause.text):
        return QUESTION if clause.asked and _asks(clause) and not _tells(clause) else None
    if _asks(clause):
        wants = say.WANTS.match(clause.text.lstrip("¿ ")) is not None
        return None if _tells(clause) or (wants and _tells_of_oneself(clause)) else QUESTION
    if _requests(clause):
        return None if _tells(clause) or _tells_of_oneself(clause) else REQUEST
    return None


def _clauses(text: str) -> Iterator[tuple[_Clause, int]]:
    """Each clause, and where its sentence ends."""
    start = 0
    for match in (*_MARK.finditer(text), None):
        end, mark = (match.start(), match.group().strip()[:1] or "\n") if match else (len(text), "")
        parts = list(_PAUSE.split(text[start:end]))
        behind = match.end() if match else len(text)
        marks = match.group() if match else ""
        # The Greek question mark is a semicolon.
        asked = not _ASKING.isdisjoint(marks) or (";" in marks and bool(_GREEK.search(text[start:end])))
        before: _Clause | None = None
        for n, part in enumerate(parts):
            last = n == len(parts) - 1
            clause = _clause(part, mark, asked=(asked and last) or not _ASKING_INSIDE.isdisjoint(part))
            if before is not None and _is_relative(clause, before):
                clause = replace(clause, relative=True)
            before = clause if clause.words else before
            yield clause, behind
        start = behind


def _clause(text: str, mark: str, *, asked: bool) -> _Clause:
    written = tuple(_WORD.findall(text))
    return _Clause(fold(text).strip(), tuple(fold(word) for word in written), written, mark, asked)


def _is_relative(clause: _Clause, before: _Clause) -> bool:
    """Whether a clause goes on as "who has MS" does behind "Can you help my brother"."""
    words = clause.words
    if len(words) < 2 or words[0] not in say.RELATIVES or words[1] in say.MODALS or _is_small_talk(before):
        return False
    return not say.MINE.isdisjoint(before.words) or any(w[0].isupper() for w in before.written[1:] if w != "I")


def _behind_openers(clause: _Clause) -> tuple[str, ...]:
    words = clause.words
    while len(words) > 1 and words[0] in say.TALK and words[0] not in _NEVER_OPENERS:
        words = words[1:]
    return words


def _is_small_talk(clause: _Clause) -> bool:
    if say.COURTESIES.fullmatch(clause.text):
        return True
    if all(word in say.TALK for word in clause.words) and not _GRADE.search(clause.text):
        # "I work all night" has no other words either.
        return clause.words[0] in say.GREETINGS or say.TOLD_WITH_TALK.isdisjoint(clause.words)
    if clause.unspaced:
        return not any(c.isalnum() for c in say.TALK_UNSPACED.sub("", clause.text))
    others = [w for w, folded in zip(clause.written, clause.words, strict=True) if folded not in say.TALK]
    if len(clause.words) > _GREETED or clause.words[0] not in say.GREETINGS or len(others) > 1:
        return False
    return all(w[0].isupper() and not w.isupper() for w in others)


def _asks(clause: _Clause) -> bool:
    words = _behind_openers(clause)
    if clause.asked:
        # "What can I eat, I'm vegan?": what begins with who tells is no question, whatever its mark.
        told = words[0] in say.TELLERS or (words[0] in say.MINE and len(words) > _GREETED)
        return not (told or (clause.unspaced and _tells_before(clause.text)))
    if say.HOW_ARE_YOU.fullmatch(clause.text):
        return True
    if (clause.mark and clause.mark in ".。।॥۔።។៕။։!！") or say.TELLS_OF_WHAT.match(clause.text):
        return False
    if clause.unspaced:
        return bool(say.ASKS_UNSPACED.search(clause.text)) and not (
            say.TOLD_UNSPACED.search(clause.text) or _tells_before(clause.text)
        )
    if words[0] in say.ASKS_AND_NAMES or clause.text.startswith("puis "):
        return False
    if _asks_for_oneself(clause) or _asks_of_others(clause):
        return True
    if words[0] in say.AUXILIARIES:
        return len(words) > 1 and words[1] in say.ASKED_ABOUT - say.MINE
    if _tells_of_what(words):
        return False
    if say.TOLD_UNSPACED.search(clause.text) or clause.text.startswith("which is why"):
        return False
    return words[0] in say.ASKS or bool(say.ASKS_UNSPACED.search(clause.text) or say.ASKING_PHRASES.match(clause.text))


def _asks_of_others(clause: _Clause) -> bool:
    """Whether a clause begins as a question that nobody asks about himself, and is as short as one."""
    words = clause.words
    if len(words) > _LONGEST_ASKED or not say.OWN.isdisjoint(words) or not say.KNOWN.isdisjoint(words[1:]):
        return False
    if any(word[:2] in _ELIDED for word in words):  # "j'habite", "m'aide"
        return False
    accented = say.ACCENTED_ASKS.match(" ".join(clause.written).casefold())
    return bool(accented or say.ASKS_OF_OTHERS.match(clause.text))


def _asks_for_oneself(clause: _Clause) -> bool:
    is_all = (say.OWN | say.MAYBE_OWN).isdisjoint(clause.words[2:])
    return is_all and say.ASKS_FOR_ONESELF.match(clause.text) is not None


def _tells_before(text: str) -> bool:
    """Whether in a script without spaces something is told before what is asked: before a blank, or as what is so."""
    if say.TOLD_FIRST_UNSPACED.match(text) or say.TOLD_BEFORE_UNSPACED.search(text):
        return True
    first, _, rest = text.partition(" ")
    is_long = len(first) >= _TOLD_FIRST and _UNSPACED.match(first) is not None
    is_asked = say.ASKS_UNSPACED.search(first) or say.LEADS_UNSPACED.match(first)
    return is_long and bool(rest) and not is_asked and any(c.isalnum() for c in say.TALK_UNSPACED.sub("", first))


def _tells_of_what(words: tuple[str, ...]) -> bool:
    """Whether a clause without a mark begins as "Where I live" or "What matters to me is" do."""
    if words[0] not in say.ASKS or len(words) < _GREETED:
        return False
    if words[1] in say.TELLERS and words[1] != "je" and len(words) > _GREETED:  # Czech for is; "где я живу" asks
        return True
    inverted = any(a in say.AUXILIARIES and b in say.ASKED_ABOUT for a, b in pairwise(words))
    is_english = words[0] in say.ENGLISH_ASKS
    # "Когда идёт дождь у меня болит колено" joins two clauses, and tells in the second.
    if not is_english and not inverted and len(words) > _JOINED and not say.OWN.isdisjoint(words[2:]):
        return True
    return is_english and not inverted and words[1] not in say.AUXILIARIES and not say.IS.isdisjoint(words[2:])


def _requests(clause: _Clause) -> bool:
    if say.REQUESTS_UNSPACED.search(clause.text):
        return not say.TELLS_UNSPACED.search(clause.text)
    if clause.written[0] in say.NO_REQUESTS or (
        not say.IS.isdisjoint(clause.words[1:]) and not say.MINE.isdisjoint(clause.words)
    ):
        return False  # "Draft beer is my favourite"
    words = _behind_openers(clause)
    if (
        words[0] in say.REQUESTS
        or words[-1] in say.LAST_REQUESTS
        or (words[-1] in say.LAST_MAYBE and not say.LAST_FOR_WHOM.isdisjoint(words[:-1]))
        or (words[-1] in say.LAST_MAYBE and not say.LAST_OF_WHAT.isdisjoint(words[:-2]))
        or clause.written[0].casefold() in say.ACCENTED_REQUESTS
    ):
        return True
    if say.KEEP_THIS.match(clause.text):
        return True
    if words[1:2] and words[1] in say.FOR_WHOM:
        return words[0] in say.MAYBE_REQUESTS | say.MAYBE_REQUESTS_FOR
    return words[0] in say.MAYBE_REQUESTS and any(word in say.OF_WHAT for word in words[1:2])


def _is_to_keep(clause: _Clause) -> bool:
    """Whether the memory is asked to keep what stands in the clause, or behind its colon."""
    found = say.REMEMBER.search(clause.text) if not clause.asked else None
    weakly = None if found else say.KEEP_THIS.match(clause.text)
    match = found or weakly
    if not match:
        return False
    behind = clause.text[match.end() :].split()
    if any(word in say.ASKS for word in behind[:1]):
        return False
    if clause.mark in _COLONS or match.start() > 0:
        return True
    return len(behind) > 1 if found else any(w in say.THAT | say.MINE for w in behind) or _tells(clause)


def _tells(clause: _Clause) -> bool:
    """Whether something is told beside what is asked: a reason, or a subject that nobody asks about."""
    if (
        say.BECAUSE_UNSPACED.search(clause.text)
        or say.AGED.search(clause.text)
        or _tells_of_ones_own(clause)
        or say.GIVEN_THAT.search(clause.text)
        or any(word in say.BECAUSE for word in clause.words[1:])
    ):
        return True
    words = clause.words
    for n, word in enumerate(words):
        if word not in say.TELLERS or n == 0:
            continue
        before, behind = words[n - 1], words[n + 1 : n + 2]
        asked_about = before in say.AUXILIARIES or before in say.ASKS or before in say.BEFORE_ASKED
        if not asked_about and behind and behind[0] not in say.MODALS:
            return True
    return False


def _tells_of_ones_own(clause: _Clause) -> bool:
    """Whether a clause of its own is within it, as in "a gift for my mother who loves gardening"."""
    words, written = clause.words, clause.written
    for n, word in enumerate(words):
        if word not in say.MINE:
            continue
        at = n + 1
        while at < len(words) and words[at] in say.CLOSENESS:
            at += 1
        at += 2 if written[at + 1 : at + 2] and written[at + 1][0].isupper() else 1
        if words[at : at + 1] and words[at] in say.RELATIVES and words[at + 1 : at + 2]:
            return words[at + 1] not in say.MODALS
    return False


def _tells_of_oneself(clause: _Clause) -> bool:
    """Whether a request names something of one's own, with a number or a name to it."""
    if not any(word in say.MINE for word in clause.words):
        return False
    return any(w[0].isdigit() or (w[0].isupper() and n) for n, w in enumerate(clause.written) if w != "I")
