"""The passage of a long text that has most of a question's words."""

import re
from collections import Counter
from typing import Final

from cairn.language.scripts import DENSE

_WORD: Final = re.compile(r"[^\W_]+")
_UNSPACED: Final = re.compile(f"[{DENSE}]{{2,}}")
_SHORTEST: Final = 3  # letters; shorter words are seldom what a question is about
_MOST_TERMS: Final = 40


def excerpt(text: str, query: str, length: int) -> str:
    """The text where it is no longer, else its best passage of that length, with … where something was left out."""
    if len(text) <= length:
        return text
    lead = length // 8  # what leads up to the passage
    start = max(0, min(_best(text, query, length - 2 * lead) - lead, len(text) - length + 1))
    if start:
        blank = text.find(" ", start, start + lead)
        start = blank + 1 if blank >= 0 else start
    front, room = ("…", length - 1) if start else ("", length)
    kept = text[start : start + room]
    return front + (kept if start + room >= len(text) else kept[:-1].rstrip() + "…")


def _best(text: str, query: str, length: int) -> int:
    """Where the passage begins whose words of the question count most; a word counts less the more often it stands."""
    terms = _terms(query)
    if not terms:
        return 0
    pattern = re.compile("|".join(map(re.escape, terms)), re.IGNORECASE)
    found = [(match.start(), match.group().casefold()) for match in pattern.finditer(text)]
    often = Counter(term for _, term in found)
    inside: Counter[str] = Counter()
    best, best_worth, worth, last = 0, 0.0, 0.0, 0
    for first, (place, term) in enumerate(found):
        while last < len(found) and found[last][0] + len(found[last][1]) <= place + length:
            entering = found[last][1]
            worth += 0 if inside[entering] else 1 / often[entering]
            inside[entering] += 1
            last += 1
        if worth > best_worth:
            best, best_worth = found[first][0], worth
        inside[term] -= 1
        worth -= 0 if inside[term] else 1 / often[term]
    return best


def _terms(query: str) -> list[str]:
    pairs = [run[n : n + 2] for run in _UNSPACED.findall(query) for n in range(len(run) - 1)]
    words = [w for w in _WORD.findall(_UNSPACED.sub(" ", query.casefold())) if len(w) >= _SHORTEST]
    return sorted(dict.fromkeys(words + pairs), key=len, reverse=True)[:_MOST_TERMS]
