"""The services behind the functions. With cairn.parts, the only modules that name concrete adapters.

A function builds its service once, on its first event, and keeps it. Seams are keyword arguments. Each service has a
module of its own, so that no function starts with what only others need.
"""

from datetime import UTC, datetime


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)
