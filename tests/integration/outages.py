"""What the tests of outages share: how long they last, how time goes by in them, and a line of what they showed.

.venv/bin/pytest -rP tests/integration -k outage | grep "away for"    the table
"""

import sys

LASTS = {"a minute": 60, "an hour": 3600, "a night": 12 * 3600}


def steps(seconds: int) -> list[int]:
    """The time between two looks at an outage: a minute at first, later a quarter of an hour."""
    found: list[int] = []
    while sum(found) < seconds:
        found.append(60 if len(found) < 10 else 900)
    return found


def report(part: str, lasts: str, *, accepted: int, sent: int) -> None:
    """Say what a test has shown, once it has: nothing lost, doubled or done by hand."""
    each = f"{sent / accepted:.1f} messages per add"
    sys.stdout.write(f"{part:8} away for {lasts:8}: {accepted} accepted and done once, {each}\n")
