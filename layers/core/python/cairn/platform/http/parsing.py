"""JSON as it is sent, whatever is in the keys that nobody reads."""

import json
from typing import Any, Final

_LONGEST: Final = (
    4_000  # characters of an integer: reading one takes the square of its length, and Python refuses 4,300
)


def parsed(text: str | bytes) -> Any:
    """The value of a JSON text. A whole number of more than 4,000 digits is the text of its digits.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it nests deeper than Python's parser goes.
    """
    return json.loads(text, parse_int=_integer)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST else digits
