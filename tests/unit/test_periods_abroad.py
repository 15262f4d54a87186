"""Dates of other languages, and what questions say of a time before, after or between dates."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cairn.periods import asked, periods

TOLD_AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
ZONE = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("text", "start", "precision"),
    [
        ("Ich habe gestern Al getroffen.", "2026-03-09", "day"),
        ("Ayer conocí a Al en la feria.", "2026-03-09", "day"),
        ("J'ai vu Al hier.", "2026-03-09", "day"),
        ("Ieri ho visto Al.", "2026-03-09", "day"),
        ("Ontem conheci o Al.", "2026-03-09", "day"),
        ("Gisteren ontmoette ik Al.", "2026-03-09", "day"),
        ("Вчера я встретил Ала.", "2026-03-09", "day"),
        ("我昨天见到了阿乐。", "2026-03-09", "day"),
        ("昨日アルに会った。", "2026-03-09", "day"),
        ("Ich habe den Wagen am 03.05.2024 gekauft.", "2024-05-03", "day"),
        ("Am 3. Mai 2024 kam Al.", "2024-05-03", "day"),
        ("el 3 de mayo de 2024", "2024-05-03", "day"),
        ("в мае 2024 я купил дом", "2024-05-01", "month"),
        ("2024年5月に車を買った", "2024-05-01", "month"),
        ("L'anno scorso ho cantato", "2025-01-01", "year"),
        ("Seit März 2020 wohne ich in Oslo", "2020-03-01", "month"),
        ("2020年から住んでいます", "2020-01-01", "year"),
    ],
)
def test_a_date_is_read_in_its_language(text, start, precision):
    (period,) = periods(text, TOLD_AT, ZONE)
    assert (period.start.date().isoformat(), period.told.precision) == (start, precision)


@pytest.mark.parametrize("text", ["Ich wohne hier.", "Ik woon hier.", "Version 1.2.2024.5", "I may go"])
def test_what_only_looks_like_one_is_not(text):
    assert periods(text, TOLD_AT, ZONE) == []


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("What did I pay before April 2026?", "0001-01-02", "2026-04-01"),
        ("What did I pay after 3 March 2025?", "2025-03-04", "9999-12-30"),
        ("What did I pay between March and May 2025?", "2025-03-01", "2025-06-01"),
        ("What have I paid since 2023?", "2023-01-01", "2026-03-10"),
        ("What did I pay on 12.03.2025?", "2025-03-12", "2025-03-13"),
    ],
)
def test_a_question_may_be_about_one_side_of_a_date(text, start, end):
    (period,) = asked(text, TOLD_AT, ZONE)
    assert (period.start.date().isoformat(), period.end.date().isoformat()) == (start, end)
