"""Ranges of dates: one period from the start of the first to the end of the last."""

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cairn.language.dated import Precision, calendar
from cairn.language.periods import asked_for, periods

TOLD_AT = datetime(2026, 3, 10, 12, tzinfo=UTC)  # a Tuesday
ZONE = ZoneInfo("UTC")

RANGES = [
    ("English", "I lived there from 2019 to 2021.", "2019-01-01", "2022-01-01"),
    ("English", "I lived there between 2019 and 2021.", "2019-01-01", "2022-01-01"),
    ("English", "I lived there 2019-2021.", "2019-01-01", "2022-01-01"),
    ("English", "I lived there (2019–2021).", "2019-01-01", "2022-01-01"),
    ("English", "I was ill between March and May 2021.", "2021-03-01", "2021-06-01"),
    ("English", "I was ill March-May 2021.", "2021-03-01", "2021-06-01"),
    ("English", "I was ill from December to February 2021.", "2020-12-01", "2021-03-01"),
    ("English", "I was ill from November 2020 to March.", "2020-11-01", "2021-04-01"),
    ("English", "I was ill from March until May 2021.", "2021-03-01", "2021-06-01"),
    ("English", "I was ill from November to January.", "2025-11-01", "2026-02-01"),
    ("English", "I was ill May 3-7, 2023.", "2023-05-03", "2023-05-08"),
    ("English", "I was ill 3-7 May 2023.", "2023-05-03", "2023-05-08"),
    ("English", "I was ill from May 3rd to June 7th, 2023.", "2023-05-03", "2023-06-08"),
    ("English", "I was ill from the 3rd to the 7th of May 2023.", "2023-05-03", "2023-05-08"),
    ("English", "I was ill from 2023-05-03 to 2023-05-07.", "2023-05-03", "2023-05-08"),
    ("English", "I was in Rome from Monday to Friday.", "2026-03-02", "2026-03-07"),
    ("English", "I will be in Rome from Monday to Friday.", "2026-03-16", "2026-03-21"),
    ("German", "Von März bis Mai 2021 war ich krank.", "2021-03-01", "2021-06-01"),
    ("German", "Vom 3. bis 7. Mai 2023 war ich krank.", "2023-05-03", "2023-05-08"),
    ("German", "3.–7. Mai 2023", "2023-05-03", "2023-05-08"),
    ("German", "03.05.2024–07.05.2024", "2024-05-03", "2024-05-08"),
    ("German", "Zwischen 2019 und 2021 war ich krank.", "2019-01-01", "2022-01-01"),
    ("French", "J'y ai vécu de 2019 à 2021.", "2019-01-01", "2022-01-01"),
    ("French", "J'étais malade du 3 au 7 mai 2023.", "2023-05-03", "2023-05-08"),
    ("Spanish", "Viví allí entre marzo y mayo de 2021.", "2021-03-01", "2021-06-01"),
    ("Spanish", "Viví allí de 2019 a 2021.", "2019-01-01", "2022-01-01"),
    ("Spanish", "Estuve enfermo del 3 al 7 de mayo de 2023.", "2023-05-03", "2023-05-08"),
    ("Portuguese", "Morei lá entre março e maio de 2021.", "2021-03-01", "2021-06-01"),
    ("Portuguese", "Morei lá de 15 de março a 3 de abril de 2021.", "2021-03-15", "2021-04-04"),
    ("Italian", "Ho vissuto lì dal 2019 al 2021.", "2019-01-01", "2022-01-01"),
    ("Italian", "Ero malato tra marzo e maggio 2021.", "2021-03-01", "2021-06-01"),
    ("Dutch", "Ik was ziek van maart tot mei 2021.", "2021-03-01", "2021-06-01"),
    ("Swedish", "Jag var sjuk mellan mars och maj 2021.", "2021-03-01", "2021-06-01"),
    ("Danish", "Jeg var syg fra marts til maj 2021.", "2021-03-01", "2021-06-01"),
    ("Polish", "Byłem chory od marca do maja 2021.", "2021-03-01", "2021-06-01"),
    ("Czech", "Byl jsem nemocný od března do května 2021.", "2021-03-01", "2021-06-01"),
    ("Russian", "Я жил там с 2019 по 2021 год.", "2019-01-01", "2022-01-01"),
    ("Russian", "Я болел с марта по май 2021.", "2021-03-01", "2021-06-01"),
    ("Ukrainian", "Я хворів з березня по травень 2021.", "2021-03-01", "2021-06-01"),
    ("Greek", "Ήμουν άρρωστος από τον Μάρτιο έως τον Μάιο 2021.", "2021-03-01", "2021-06-01"),
    ("Indonesian", "Saya sakit dari Maret sampai Mei 2021.", "2021-03-01", "2021-06-01"),
    ("Vietnamese", "Tôi sống ở đó từ năm 2019 đến năm 2021.", "2019-01-01", "2022-01-01"),
    ("Arabic", "عشت هناك من 2019 إلى 2021.", "2019-01-01", "2022-01-01"),
    ("Turkish", "2019'dan 2021'e kadar orada yaşadım.", "2019-01-01", "2022-01-01"),
    ("Hindi", "मैं 2019 से 2021 तक वहाँ रहा।", "2019-01-01", "2022-01-01"),
    ("Hungarian", "2019-től 2021-ig ott éltem.", "2019-01-01", "2022-01-01"),
    ("Chinese", "我2019年至2021年住在北京。", "2019-01-01", "2022-01-01"),
    ("Chinese", "我从2019年到2021年住在北京。", "2019-01-01", "2022-01-01"),
    ("Chinese", "我2021年3月至5月生病了。", "2021-03-01", "2021-06-01"),
    ("Japanese", "2019年から2021年まで東京に住んでいた。", "2019-01-01", "2022-01-01"),
    ("Korean", "2019년부터 2021년까지 서울에 살았다.", "2019-01-01", "2022-01-01"),
]


def shown(found):
    return [(period.start.date().isoformat(), period.end.date().isoformat()) for period in found]


@pytest.mark.parametrize(("language", "text", "start", "end"), RANGES, ids=[row[1] for row in RANGES])
def test_a_range_is_one_period_of_a_text_and_of_a_question(language, text, start, end):
    assert shown(periods(text, TOLD_AT, ZONE)) == [(start, end)], language
    assert shown(asked_for(text.rstrip(".。") + "?", TOLD_AT, ZONE)) == [(start, end)]


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        ("from 2019 to 2021", "year"),
        ("from 2010 to 2019", "decade"),
        ("between March and May 2021", "season"),
        ("from April to June 2021", "quarter"),
        ("from April to July 2021", "year"),
        ("May 3-6, 2024", "month"),
        ("May 6-8, 2024", "week"),
        ("from November 2020 to March 2021", "month"),
        ("from 20 December 2020 to 9 January 2021", "day"),
    ],
)
def test_a_range_is_told_as_the_least_of_the_calendar_that_holds_it_or_by_its_first_date(text, precision):
    (period,) = periods(f"I was ill {text}.", TOLD_AT, ZONE)
    assert (period.told and period.told.precision) == precision


def test_a_range_of_years_is_dated_by_its_first():
    (period,) = periods("From 2015 to 2019 I lived in Oslo.", TOLD_AT, ZONE)
    assert period.told == calendar(date(2015, 1, 1), Precision.YEAR)
    assert (period.start.year, period.end.year) == (2015, 2020)


@pytest.mark.parametrize(
    "text",
    [
        "Call 2019-2021",
        "phone: 2019-2021",
        "555 2019-2021",
        "2019-2021-3",
        "555-2019-2021",
        "order #2019-2021",
        "We won 2010-1990",
        "We lost 3-7",
        "We scored 3-7 May be it was more",
        "ISBN 2019-2021",
        "$2019-2021",
        "from 2000 to 2020 steps",
        "from 5 to 7",
        "between 5 and 7 people",
        "I moved from London to Paris",
        "I work from Monday to Friday",
        "the shop is open from Monday to Friday",
        "from 31 February to 3 March 2024",
        "2021 to 2019",
        "March on, said April to June",
    ],
)
def test_what_only_looks_like_a_range_is_none(text):
    assert shown(periods(text, TOLD_AT, ZONE)) in ([], [("2024-03-03", "2024-03-04")])


def test_the_dates_beside_a_range_are_read_too():
    found = periods("I lived in Rome from 2019 to 2021, moved in May 2022 and quit yesterday.", TOLD_AT, ZONE)
    assert shown(found) == [("2019-01-01", "2022-01-01"), ("2022-05-01", "2022-06-01"), ("2026-03-09", "2026-03-10")]


def least_seconds(text):
    def seconds():
        started = time.process_time()
        asked_for(text, TOLD_AT, ZONE)
        periods(text, TOLD_AT, ZONE)
        return time.process_time() - started

    return min(seconds() for _ in range(3))


@pytest.mark.parametrize(
    "said",
    [
        "Q1 Q2 ",
        "from from ",
        "2019-2020-2021-",
        "from 2019 to ",
        "between March and ",
        "3.5.2024-",
        "de de ",
        "il y a ",
        "hier ",
        "eilen ",
        "yesterday gestern ",
        "昨天",
        "第二季度",
        "3",
        " ",
        "the first ",
        "vor drei ",
        "कल ",
        "เมื่อวาน",
        "tháng 5 ",
    ],
)
def test_a_text_twice_as_long_takes_about_twice_as_long(said):
    text = said * (8_000 // len(said))
    # Four times would be quadratic; the rest is for what else the machine does.
    assert least_seconds(text * 2) < 3.2 * least_seconds(text) + 0.02
