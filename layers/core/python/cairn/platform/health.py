"""What is up, part by part."""

from collections.abc import Callable, Mapping

from cairn.kernel.errors import Unavailable


def health(parts: Mapping[str, Callable[[], object]]) -> dict[str, str]:
    """Runs each part's check: "up", or "down" where it raises Unavailable."""
    return {name: _status(check) for name, check in parts.items()}


def _status(check: Callable[[], object]) -> str:
    try:
        check()
    except Unavailable:
        return "down"
    return "up"
