"""Objects and lists in query strings: JSON, or the Python literal that Mem0's Python client makes of them."""

import ast
from typing import Any

from cairn.kernel.errors import InvalidRequest
from cairn.platform.http.parsing import parsed
from cairn.platform.http.values import require_storable


def literal(field: str, text: str) -> Any:
    """The value written in a query string.

    Raises:
        InvalidRequest: it is neither JSON nor a literal, or holds what cannot be stored.
    """
    try:
        value = parsed(text)
    except (ValueError, RecursionError):
        value = _python_literal(field, text)
    try:
        require_storable(value)
    except ValueError as exc:
        raise InvalidRequest(f"{field}: {exc}.") from None
    return value


def _python_literal(field: str, text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        raise InvalidRequest(f"{field} must be a JSON object.") from None
