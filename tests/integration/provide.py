"""The seam of the handlers: a test gives them the service that they would build themselves."""

from collections.abc import Callable
from typing import Any

Provide = Callable[[Any, Any], None]
"""Has a handler module answer with this service until the end of the test."""
