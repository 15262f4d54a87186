"""Where a text names something: capitals that are not there for the sentence's sake."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cairn.language.entities import vocabulary as say
from cairn.language.scripts import DENSE

# Each alternative begins where a word or a run of characters does, so that none is tried at every letter of a long one.
_NOISE: Final = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]{1,200}`|(?<!\S)(?:https?://|www\.)\S+|(?<!\S)[^\s@]{0,80}@\S*|(?<!\w)#\w+|"
    r"\b[^\W_]*_\w*|\b\w{1,40}\([^)\n]{0,80}\)?|(?<!\S)[\w~.]{0,40}/[\w.-]{1,40}/[\w./-]*|"
    r"\b\w{1,40}\.(?:com|org|net|io|py|js|ts|md|txt|json|csv|pdf|html|exe)\b|[\ue000-\uf8ff]|<[^<>\n]{1,80}>",
    re.DOTALL,
)
_TITLES: Final = "|".join(sorted(say.TITLES))
_TOKEN: Final = re.compile(
    rf"\b(?:{_TITLES})\.(?= ?[^\W\d_])|\b[A-Z]\.(?:[A-Z]\.){{0,3}}(?= [A-Z])|"
    r"[^\W_]+(?:(?:'(?!s\b)|[-&])[^\W_]+)*(?:'s\b)?|&"
)
_STARTS: Final = re.compile(r"[.!?…\n\r\"“”„«|;*•>()\[\]{}]|(?:^|\s)[-–—]\s")
_DENSE: Final = re.compile(f"[{DENSE}]")
_OTHER_CASE: Final = re.compile(r"[\u0370-\u052f]")  # Greek and Cyrillic
_SHOUTED: Final = 3  # words in capitals
_TITLED: Final = say.words("the is of and my a to in on for with was are this that be it by")
_MAX_TOKENS: Final = 5  # of one name
_MAX_NAMES: Final = 60
_LONGEST_ACRONYM: Final = 5


@dataclass(frozen=True, slots=True)
class Named:
    """A name and where it stands, without a possessive ending."""

    name: str
    start: int
    end: int


class _Token:
    """A word, where it stands, and what is asked of it again and again. `bare` is without a possessive ending."""

    __slots__ = ("bare", "capital", "end", "initial", "joined", "lower", "shouted", "start", "text")

    def __init__(self, text: str, start: int, *, initial: bool, joined: bool) -> None:
        self.text, self.start, self.end = text, start, start + len(text)
        self.initial, self.joined = initial, joined
        possessive = text.endswith("'s") and text.lower() not in say.KEPT_POSSESSIVES
        self.bare = text[:-2] if possessive else text
        self.lower = self.bare.lower()
        self.capital = self.lower != self.bare
        self.shouted = self.capital and len(self.bare) > 1 and self.bare.isupper() and self.bare.isalpha()


def without_noise(text: str) -> str:
    """The text with code, addresses, tags and markup blanked; every other character keeps its place."""
    return _NOISE.sub(lambda found: "|" * len(found.group()), text)


def has_english(text: str) -> bool:
    """Whether any word of the text is an English one; `language` takes a text of a few words for English, too."""
    return any(token.group().lower().removesuffix("'s") in say.TELL_ENGLISH for token in _TOKEN.finditer(text))


def language(text: str) -> str | None:
    """`en`, another language in which capitals can be trusted, or None."""
    seen = [token.group().lower() for token in _TOKEN.finditer(text)]
    english = sum(word.removesuffix("'s") in say.TELL_ENGLISH for word in seen)
    if english * 5 > len(seen) * 2:  # no other language has so many
        return "en"
    safe, name = max((sum(word in own for word in seen), name) for name, own in say.SAFE.items())
    unsafe = sum(word in say.UNSAFE for word in seen)
    if english >= max(safe, unsafe) and (english or (len(seen) < 4 and not _OTHER_CASE.search(text))):
        return "en"
    return name if safe > unsafe else None


def proper_nouns(text: str, *, english: bool) -> list[Named]:
    """The names in a text without noise, in order; what begins a sentence only where something tells it is one."""
    tokens = _tokens(text)
    if _is_styled(tokens):
        return []
    inside = {t.bare for t in tokens if t.capital and not t.initial}
    found = list(_names(tokens, text, inside if english else None))
    return found[:_MAX_NAMES]


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    end = 0
    for found in _TOKEN.finditer(text):
        gap = text[end : found.start()]
        initial = not tokens or (gap != " " and _STARTS.search(gap) is not None)
        tokens.append(_Token(found.group(), found.start(), initial=initial, joined=gap == " "))
        end = found.end()
    return tokens


def _is_styled(tokens: Sequence[_Token]) -> bool:
    """Whether capitals tell nothing here: shouting, or a title."""
    words = [t for t in tokens if len(t.bare) > 1 and t.bare.isalpha()]
    shouted = sum(t.shouted for t in words)
    titled = sum(not t.initial and t.capital and not t.shouted and t.lower in _TITLED for t in words)
    return (shouted >= _SHOUTED and shouted * 2 > len(words)) or titled > 1


def _names(tokens: Sequence[_Token], text: str, inside: set[str] | None) -> Iterator[Named]:
    n = 0
    while n < len(tokens):
        last = _last_of_name(tokens, n) if _may_begin(tokens, n) else n - 1
        if last >= n and _is_name(tokens, n, last, text, inside):
            yield _named(tokens, n, last, text)
            n = last + 1
        else:
            n += 1


def _named(tokens: Sequence[_Token], first: int, last: int, text: str) -> Named:
    end = tokens[last].start + len(tokens[last].bare)
    return Named(text[tokens[first].start : end], tokens[first].start, end)


def _may_begin(tokens: Sequence[_Token], n: int) -> bool:
    token = tokens[n]
    if not token.capital or len(token.bare) < 2 or token.lower in say.BARE_ROLES or _DENSE.match(token.text):
        return False
    if token.text.endswith("."):
        return token.text != "I."
    if token.lower in say.CALENDAR or token.lower in say.NEVER:
        return token.lower in say.ALSO_WORDS
    return not token.lower.startswith(("i'", "they'", "you'", "we'"))


def _last_of_name(tokens: Sequence[_Token], first: int) -> int:
    last = first
    while last - first < _MAX_TOKENS and _goes_on(tokens, first, last):
        step = last + 1
        while step < len(tokens) and tokens[step].lower in say.CONNECTORS and not _is_part(tokens, step):
            step += 1
        last = step
    return last


def _goes_on(tokens: Sequence[_Token], first: int, last: int) -> bool:
    if tokens[last].bare != tokens[last].text and not tokens[first].text.startswith("St"):
        return False
    step = last + 1
    while step < len(tokens) and step - last <= 3 and tokens[step].joined:
        if _is_part(tokens, step):
            return True
        if tokens[step].lower not in say.CONNECTORS or tokens[step].capital:
            return False
        step += 1
    return False


def _is_part(tokens: Sequence[_Token], n: int) -> bool:
    token = tokens[n]
    if not token.joined:
        return False
    if token.text.isdigit():
        return tokens[n - 1].lower in say.NUMBERED
    if tokens[n - 1].text.endswith(".") and token.lower in say.NEVER:  # "Bea and I. Any news"
        return False
    if not token.capital or token.lower in ("i", "i'm", "i've", "i'd", "i'll"):
        return False
    return token.lower not in say.CALENDAR


def _is_name(tokens: Sequence[_Token], first: int, last: int, text: str, inside: set[str] | None) -> bool:
    token, single = tokens[first], first == last
    if single and (token.lower in say.PEOPLES or (token.shouted and not _is_acronym(token))):
        return False
    if single and token.text.rstrip(".") in say.TITLES:
        return False
    if inside is None:  # another language: the first word of a sentence may be anything
        return not token.initial
    following = tokens[first + 1] if first + 1 < len(tokens) else None
    if token.lower in say.ALSO_WORDS and single:
        return _is_told_of_someone(tokens, first, text)
    if not token.initial or not single or token.bare in inside:
        return True
    if token.lower in say.GIVEN_NAMES or token.lower in say.HOLIDAYS or token.shouted:
        return True
    if any(c.isupper() for c in token.bare[1:]):
        return True
    return following is not None and _tells_name(token, following, text)


def _is_acronym(token: _Token) -> bool:
    return len(token.bare) <= _LONGEST_ACRONYM and token.lower not in say.NEVER


def _tells_name(token: _Token, following: _Token, text: str) -> bool:
    """Whether what follows the first word of a sentence tells that it is a name."""
    gap = text[token.start + len(token.bare) : following.start]
    lower = following.text.lower()
    if gap == " ":
        rest = text[following.end : following.end + 6].lower()
        return (
            lower in say.TELLING_VERBS
            or (lower == "and" and rest.startswith((" i ", " my ")))
            or (lower == "moved" and rest.startswith(" to "))
            or (lower == "is" and rest.startswith(" my "))
        )
    if gap == "'s ":
        return lower in say.ROLES
    return gap == ", " and lower in say.AFTER_CALLING and not token.lower.endswith(("ly", "ing"))


def _is_told_of_someone(tokens: Sequence[_Token], n: int, text: str) -> bool:
    """Whether "May", "Will" or "Mark" is somebody here."""
    token, before = tokens[n], tokens[n - 1] if n else None
    following = tokens[n + 1] if n + 1 < len(tokens) else None
    acts = following is not None and following.joined and following.lower in say.TELLING_VERBS
    if acts or (before is not None and before.joined and before.lower in say.ROLES):
        return True
    return not token.initial and token.lower not in say.CALENDAR
