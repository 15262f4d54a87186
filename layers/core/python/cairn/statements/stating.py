"""Whether a sentence states something, by its words: small talk, questions and requests do not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cairn.statements import vocabulary as say

_TOKEN: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# One mark at a time: a pattern that takes a run of them and then fails would be quadratic on a long run.
_CLAUSE_END: Final = re.compile(r"[,;:.!?…—–()]|\s-\s")
_CLOSING: Final = " \t\r\n!?？.。…！\"'”’»)]}」』）*_~"
_CJK: Final = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MIN_CJK: Final = 4
_MIN_WORDS: Final = 3
# "Hi there my friend": so many words behind a greeting are still whom it greets.
_GREETED_WORDS: Final = 3
# How far behind "what" and "which" the verb of the question may stand: "what kind of food do I like".
_VERB_WITHIN: Final = 5


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence as the rules see it: without its openers, in lower case, and with how it opened."""

    text: str
    words: list[str]
    opened: list[str]
    whole: str

    @property
    def first(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def second(self) -> str:
        return self.words[1] if len(self.words) > 1 else ""


def stated_part(sentence: str) -> int | None:
    """Say from which character on the sentence states something; None where it does not.

    It is 0 but for "Remember that …" and its like, where the statement begins behind them.
    """
    remember = say.REMEMBER.match(sentence)
    if remember is None:
        return 0 if _states(sentence) else None
    rest = sentence[remember.end() :]
    told_that = bool(remember["that"].strip(" ,\t\n"))
    asked = not told_that and _read(rest).first in say.NOT_REMEMBERED
    return remember.end() if not asked and _states(rest, told_that=told_that) else None


def _states(sentence: str, *, told_that: bool = False) -> bool:
    text = sentence.rstrip(_CLOSING)
    asks = not told_that and any(mark in sentence[len(text) :] for mark in "?？")
    letters = _CJK.findall(text)
    if len(letters) * 2 > len(text.split()) + len(text) // 2:
        return _states_without_spaces(text, letters, asks=asks)
    read = _read(text)
    if not any(word not in say.CONTENTLESS for word in read.words):
        return False
    if asks or _is_question(read):
        return _has_telling_clause(text, last_too=not asks)
    if _is_small_talk(read) or _is_request(read):
        return _has_telling_clause(text, last_too=True)
    return len(read.words) >= _MIN_WORDS or (len(read.words) > 1 and read.first in say.TELLING)


def _states_without_spaces(text: str, letters: list[str], *, asks: bool) -> bool:
    # The vocabulary here is European; of other scripts only the plainest rules are known.
    if asks or text[-1:] in say.ASKING_PARTICLES or len(letters) < _MIN_CJK:
        return False
    return not text.startswith(say.CJK_GREETINGS)


def _read(text: str) -> _Read:
    tokens = list(_TOKEN.finditer(text))
    words = [token.group().lower().replace("’", "'") for token in tokens]
    first = 0
    while first < len(words):
        if words[first] in say.OPENERS or words[first] in say.GREETINGS:
            first += 1
        elif tuple(words[first : first + 2]) in say.SALUTES:
            first += 2
        elif words[first : first + 3] == ["by", "the", "way"]:
            first += 3
        else:
            break
    rest = text[tokens[first].start() :] if first < len(tokens) else ""
    return _Read(rest, words[first:], words[:first], text)


def _is_small_talk(read: _Read) -> bool:
    if say.COURTESIES.match(read.text) or say.COURTESIES.match(read.whole):
        return True
    thanked = any(word in say.THANKS for word in read.opened)
    behind = next((word for word in read.words if word not in say.VERY_MUCH), "")
    if thanked and behind in ("for", "about"):
        return True
    greeted = any(word in say.GREETINGS or word in say.SALUTE_WORDS for word in read.opened)
    if not greeted or (thanked and behind == "to"):
        return False
    return read.first in ("to", "for") or (len(read.words) <= _GREETED_WORDS and read.first not in say.TELLING)


def _is_question(read: _Read) -> bool:
    first, second = read.first, read.second
    if first in say.WH:
        return _is_wh_question(read)
    if first not in say.AUXILIARIES:
        return False
    if second in say.PRONOUNS:
        return True
    if first in say.ONLY_BEFORE_PRONOUNS:
        return False
    # "Is Anna my sister" asks; "Can swim well" and "Would love to go" have only lost their "I".
    is_name = first in say.BEFORE_NAMES and any(token[:1].isupper() for token in read.text.split()[1:2])
    return second in say.DETERMINERS or is_name


def _is_wh_question(read: _Read) -> bool:
    first, second = read.first, read.second
    if "'" in first or second in say.WH_ASKS:
        return True
    if first == "which" and second == "is":
        return read.words[2:3] != ["why"]
    if second in say.AUXILIARIES or (first == "how" and second in say.HOW):
        return True
    if second in say.PRONOUNS or second in say.DETERMINERS:
        return False
    if first in ("who", "whose"):
        return True
    return first in ("what", "which") and any(word in say.AUXILIARIES for word in read.words[2:_VERB_WITHIN])


def _is_request(read: _Read) -> bool:
    first, second = read.first, read.second
    if say.REQUESTS.match(read.text) or read.words[-1:] == ["please"]:
        return True
    if first == "don't" or (first, second) == ("do", "not"):
        third = read.words[2:3] if first == "do" else read.words[1:2]
        return any(word in say.COMMANDS or word in say.NOT_TO_DO for word in third)
    if first in say.COMMANDS or (first in say.MAYBE_COMMANDS and second in say.OBJECTS):
        return (first, second) != ("call", "me")
    polite = any(word in say.PLEASE for word in read.opened)
    return polite and first not in say.SUBJECTS


def _has_telling_clause(text: str, *, last_too: bool) -> bool:
    """Say whether small talk, a question or a request also tells something: "I'm vegan, what can I eat?"."""
    clauses = [clause for clause in _CLAUSE_END.split(text) if clause.strip()]
    return any(_tells(clause.strip()) for clause in (clauses if last_too else clauses[:-1]))


def _tells(clause: str) -> bool:
    read = _read(clause)
    if read.first not in say.SUBJECTS or read.second in say.NOT_TELLING:
        return False
    if say.COURTESIES.match(read.text) or say.REQUESTS.match(read.text):
        return False
    if all(word in say.CONTENTLESS for word in read.words):
        return False
    if read.first in ("my", "our"):
        return len(read.words) > _MIN_WORDS and any(word in say.AUXILIARIES or "'" in word for word in read.words[2:])
    return len(read.words) >= _MIN_WORDS or "'" in read.first
