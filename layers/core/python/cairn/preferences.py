"""Whether a statement tells of a preference: a like, a dislike, a habit of choice, a diet."""

import re
from typing import Final

_VERBS: Final = (
    r"love|like|enjoy|adore|prefer|hate|dislike|detest|avoid|can't stand|cannot stand|"
    r"(?:don't|do not|never) (?:like|eat|drink|want|use)|favou?r|would rather|am into|am fond of|am a fan of"
)
_BEFORE: Final = r"(?:really|absolutely|also|just|always|usually|still|now|only|particularly)"
_PREFERENCE: Final = re.compile(
    rf"\b(?:i|we)(?:'d|'ve)? (?:{_BEFORE} )*(?:{_VERBS})\b|"
    rf"\b(?:i'm|we're) (?:{_BEFORE} )*(?:into|fond of|a fan of|a big fan of)\b|"
    r"\bmy (?:\w+ )?favou?rite\b|\bmy preferred\b|"
    rf"\b(?:i am|i'm|we are|we're) (?:{_BEFORE} )*(?:an? )?"
    r"(?:vegetarian|vegan|pescatarian|lactose|gluten|halal|kosher)",
    re.IGNORECASE,
)


def states_preference(text: str) -> bool:
    """Whether the speaker says what they like, avoid or choose; English only, like the other rules."""
    return _PREFERENCE.search(text.replace("’", "'")) is not None
