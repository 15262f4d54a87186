"""Dates as precise as they were told, from periods of a text to words."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cairn.language.dated import placed
from cairn.language.periods import periods

TOLD_AT = datetime(2025, 1, 15, 20, tzinfo=UTC)  # the 16th in Asia
ZONES = [ZoneInfo(name) for name in ("UTC", "Asia/Kolkata", "America/Lima", "Pacific/Kiritimati")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I bought a car in May 2024.", "in May 2024"),
        ("I bought a car in early May 2024.", "in May 2024"),
        ("I bought a car in 2024.", "in 2024"),
        ("I bought a car in summer 2024.", "in summer 2024"),
        ("I bought a car in the 90s.", "in the 1990s"),
        ("I bought a car on 3 May 2024.", "on 3 May 2024"),
        ("I bought a car last year.", "in 2024"),
        ("I bought a car last week.", "in week 2 of 2025"),
        ("I bought a car last weekend.", "in week 2 of 2025"),
        ("I have had a car since March 2020.", "in March 2020"),
    ],
)
@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("asked_in", ZONES, ids=str)
def test_no_more_is_shown_than_was_told(text, words, zone, asked_in):
    (period,) = periods(text, TOLD_AT, zone)
    assert placed(period.told.at, period.told.precision, asked_in) == words
    assert period.since is ("since" in text)


@pytest.mark.parametrize(("zone", "day"), [("Asia/Kolkata", 15), ("UTC", 14), ("America/Lima", 14)])
@pytest.mark.parametrize("said", ["yesterday", "yesterday evening"])
def test_a_day_is_the_day_of_who_speaks(zone, day, said):
    (period,) = periods(f"I bought a car {said}.", TOLD_AT, ZoneInfo(zone))
    assert placed(period.told.at, period.told.precision, ZoneInfo("America/Lima")) == f"on {day} January 2025"


def test_what_ends_in_the_middle_of_a_day_is_no_date():
    (period,) = periods("I slept badly in the last 3 days.", TOLD_AT, ZONES[0])
    assert period.told is None
