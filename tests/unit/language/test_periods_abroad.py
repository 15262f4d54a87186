"""Dates of other languages, and what questions say of a time before, after or between dates."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from cairn.language.dated import Precision, calendar
from cairn.language.periods import asked_for, periods
from cairn.language.periods.abroad import MONTH_OF
from cairn.language.periods.languages import LANGUAGES, NAMES
from tests.unit.language.test_periods_ranges import RANGES

TESTS = Path(__file__).parents[2]
# What each text names, told at noon of Tuesday, 10 March 2026; no start is no date.
TABLE = [json.loads(line) for line in (TESTS / "data" / "dates.jsonl").read_text(encoding="utf-8").splitlines()]
TOLD_AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
ZONE = ZoneInfo("UTC")
# Languages as CLDR writes them. In Chinese, Japanese, Korean and Vietnamese months are numbers; the last has no weekday
# without its week here.
CODES = {
    "Arabic": "ar",
    "Chinese": "zh",
    "Czech": "cs",
    "Danish": "da",
    "Dutch": "nl",
    "Finnish": "fi",
    "French": "fr",
    "German": "de",
    "Greek": "el",
    "Hebrew": "he",
    "Hindi": "hi",
    "Hungarian": "hu",
    "Indonesian": "id",
    "Italian": "it",
    "Japanese": "ja",
    "Korean": "ko",
    "Polish": "pl",
    "Portuguese": "pt",
    "Russian": "ru",
    "Spanish": "es",
    "Swahili": "sw",
    "Swedish": "sv",
    "Thai": "th",
    "Turkish": "tr",
    "Ukrainian": "uk",
}


def shown(found):
    return [(period.start.date().isoformat(), period.told and period.told.precision) for period in found]


@pytest.mark.parametrize("row", TABLE, ids=[f"{row['language']}: {row['text'][:40]}" for row in TABLE])
def test_a_date_is_read_in_its_language(row):
    expected = [(row["start"], row["precision"])] if row["start"] else []
    assert shown(periods(row["text"], TOLD_AT, ZONE)) == expected


@pytest.mark.parametrize(
    ("text", "start", "precision"),
    [
        ("Ich habe gestern Al getroffen.", "2026-03-09", "day"),
        ("Ayer conocí a Al en la feria.", "2026-03-09", "day"),
        ("J'ai vu Al hier.", "2026-03-09", "day"),
        ("Qu'ai-je fait hier ?", "2026-03-09", "day"),
        ("Qu’est-ce qui s’est passé hier ?", "2026-03-09", "day"),
        ("Où étais-je hier ?", "2026-03-09", "day"),
        ("Qui ai-je vu hier ?", "2026-03-09", "day"),
        ("Que faisait Al hier ?", "2026-03-09", "day"),
        ("C'était bien hier.", "2026-03-09", "day"),
        ("Ieri ho visto Al.", "2026-03-09", "day"),
        ("Ontem conheci o Al.", "2026-03-09", "day"),
        ("Gisteren ontmoette ik Al.", "2026-03-09", "day"),
        ("Вчера я встретил Ала.", "2026-03-09", "day"),
        ("我昨天见到了阿乐。", "2026-03-09", "day"),
        ("昨日アルに会った。", "2026-03-09", "day"),
        ("Ich habe den Wagen am 03.05.2024 gekauft.", "2024-05-03", "day"),
        ("am 3.5.2024", "2024-05-03", "day"),
        ("Am 3. Mai 2024 kam Al.", "2024-05-03", "day"),
        ("el 3 de mayo de 2024", "2024-05-03", "day"),
        ("в мае 2024 я купил дом", "2024-05-01", "month"),
        ("2024年5月に車を買った", "2024-05-01", "month"),
        ("L'anno scorso ho cantato", "2025-01-01", "year"),
        ("Seit März 2020 wohne ich in Oslo", "2020-03-01", "month"),
        ("Seit dem 3.5.2024 wohne ich in Oslo", "2024-05-03", "day"),
        ("Trabajo allí desde hace dos años", "2024-01-01", "year"),
        ("2020年から住んでいます", "2020-01-01", "year"),
        ("令和6年5月3日に結婚した", "2024-05-03", "day"),
        ("令和元年に引っ越した", "2019-01-01", "year"),
        ("昭和六十三年十二月に生まれた", "1988-12-01", "month"),
        ("我民國113年5月搬家", "2024-05-01", "month"),
        ("二〇二三年五月我们结婚了", "2023-05-01", "month"),
        ("二零二三年十二月二十五日我生病了", "2023-12-25", "day"),
        ("一九九八年我出生", "1998-01-01", "year"),
        ("I was ill in 2024-W20.", "2024-05-13", "week"),
        ("I was ill in week 20 of 2024.", "2024-05-13", "week"),
        ("In KW 20/2024 war ich krank.", "2024-05-13", "week"),
    ],
)
def test_a_date_of_a_sentence_is_read(text, start, precision):
    (period,) = periods(text, TOLD_AT, ZONE)
    assert (period.start.date().isoformat(), period.told.precision) == (start, precision)
    assert period.since is text.startswith(("Seit", "Trabajo", "2020年から"))


@pytest.mark.parametrize("language", CODES)
def test_every_month_and_weekday_of_cldr_is_read(language):
    locale, words = Locale(CODES[language]), LANGUAGES[language]
    for number, name in enumerate(NAMES["months"], 1):
        for form in {locale.months[context]["wide"][number].lower() for context in ("format", "stand-alone")}:
            if words.months:
                assert MONTH_OF[form] == name
                assert shown(periods(f"15 {form} 2023", TOLD_AT, ZONE)) == [(f"2023-{number:02}-15", "day")]
    for number, forms in enumerate(words.weekdays):
        name = locale.days["format"]["wide"][number].lower()
        assert any(re.fullmatch(forms, said) for said in (name, f"hari {name}"))


def test_every_language_that_is_read_is_tested_and_documented():
    read = {row["language"] for row in TABLE if row["start"]}
    assert read == set(LANGUAGES)
    assert {*CODES, "Vietnamese"} == set(LANGUAGES)
    rows = dict(
        line.strip("| \n").split(" | ", 1) for line in _documented().splitlines() if line.startswith("| dates: ")
    )
    days, ranges, quarters = (set(rows[what].split(", ")) for what in sorted(rows, key=_place))
    assert days == {*LANGUAGES, "English"}
    assert ranges == {language for language, *_ in RANGES}
    assert quarters == {*(row["language"] for row in TABLE if row["precision"] == "quarter"), "English"}


def _place(what):
    return next(n for n, begin in enumerate(("the days", "ranges", "quarters")) if what.startswith(f"dates: {begin}"))


def _documented():
    return (TESTS.parent / "docs" / "api.md").read_text(encoding="utf-8").partition("## Languages")[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_days_weeks_months_and_weekdays(language):
    """So that the documentation may say one thing of them all."""
    told = {row["precision"] for row in TABLE if row["language"] == language}
    assert {"week", "month", "day"} <= told


@pytest.mark.parametrize(
    "text",
    [
        "Ich wohne hier.",
        "Ik woon hier.",
        "Hier ist der Bus.",
        "Hier plus zwei Tage.",
        "Hier is het de les.",
        "Was machst du hier?",
        "Waarom ben je hier?",
        "I may go",
        "we march on",
        "1.2.2024.5",
        "Version 1.2.2024.5",
        "version 12.04.2022",
        "Version: 12.04.2022",
        "v12.04.2022",
        "v. 12.04.2022",
        "3.5.2024-rc1",
        "3.5.2024+build.7",
        "3.5.2024_1",
        "Ubuntu 22.04.2024",
        "at 10.12.2024.1",
        "10.10.12.2024",
        "10.12.2024:8080",
        "section 3.5.2024",
        "§ 3.5.2024",
        "Abschnitt 3.5.2024",
        "it costs $3.05.2024",
        "it costs 3.05.2024 €",
        "call +49 30.12.2024",
        "tel. 01.12.2024",
        "phone 01.12.2024",
        "01.02.2024.03.04",
    ],
)
def test_what_only_looks_like_one_is_not(text):
    assert periods(text, TOLD_AT, ZONE) == []


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("What did I pay before April 2026?", "0001-01-02", "2026-04-01"),
        ("What did I pay after 3 March 2025?", "2025-03-04", "9999-12-30"),
        ("What did I pay between March and May 2025?", "2025-03-01", "2025-06-01"),
        ("What did I pay between last summer and last month?", "2025-06-01", "2026-03-01"),
        ("What have I paid since 2023?", "2023-01-01", "2026-03-10"),
        ("What did I pay until May 2022?", "0001-01-02", "2022-05-01"),
        ("What did I pay on 12.03.2025?", "2025-03-12", "2025-03-13"),
        ("What did I pay in Q2 2024?", "2024-04-01", "2024-07-01"),
        ("Was habe ich vor April 2025 bezahlt?", "0001-01-02", "2025-04-01"),
        ("Was habe ich seit 2023 bezahlt?", "2023-01-01", "2026-03-10"),
        ("Was habe ich nach 2020 bezahlt?", "2021-01-01", "9999-12-30"),
        ("¿Qué pagué después de mayo de 2022?", "2022-06-01", "9999-12-30"),
        ("¿Qué pagué hasta mayo de 2022?", "0001-01-02", "2022-05-01"),
        ("Что я платил до 2020?", "0001-01-02", "2020-01-01"),
        ("2020年以前", "0001-01-02", "2020-01-01"),
        ("¿Qué pagué entre marzo y mayo de 2021?", "2021-03-01", "2021-06-01"),
    ],
)
def test_a_question_may_be_about_one_side_of_a_date(text, start, end):
    (period,) = asked_for(text, TOLD_AT, ZONE)
    assert (period.start.date().isoformat(), period.end.date().isoformat()) == (start, end)


SEASONS_TOLD = [
    ("Im Frühjahr 2022 war ich in Rom.", "2022-03-01", "season"),
    ("Letzten Sommer war ich in Rom.", "2025-06-01", "season"),
    ("L'été dernier j'étais à Nice.", "2025-06-01", "season"),
    ("En el verano de 2021 viví en Jaca.", "2021-06-01", "season"),
    ("L'estate scorsa ero a Bari.", "2025-06-01", "season"),
    ("No outono de 2021 morei em Faro.", "2021-09-01", "season"),
    ("In de zomer van 2021 was ik daar.", "2021-06-01", "season"),
    ("Förra sommaren seglade jag.", "2025-06-01", "season"),
    ("Foråret 2021 var godt.", "2021-03-01", "season"),
    ("W lecie 2021 byłem tam.", "2021-06-01", "season"),
    ("V zimě 2021 jsem lyžoval.", "2021-12-01", "season"),
    ("Прошлым летом я был в Сочи.", "2025-06-01", "season"),
    ("Влітку 2021 я був там.", "2021-06-01", "season"),
    ("2021年夏天我在青岛。", "2021-06-01", "season"),
    ("2021年の夏に引っ越した。", "2021-06-01", "season"),
    ("2021년 여름에 이사했어요.", "2021-06-01", "season"),
    ("Kesällä 2021 asuin siellä.", "2021-06-01", "season"),
    ("2021 nyarán ott éltem.", "2021-06-01", "season"),
    ("2021 yazında oradaydım.", "2021-06-01", "season"),
    ("Το καλοκαίρι του 2021 ήμουν εκεί.", "2021-06-01", "season"),
    ("كنت هناك في صيف 2021.", "2021-06-01", "season"),
    ("הייתי שם בקיץ 2021.", "2021-06-01", "season"),
    ("मैं 2021 की गर्मियों में वहाँ था।", "2021-06-01", "season"),
    ("ฤดูร้อน 2564 ผมอยู่ที่นั่น", "2021-06-01", "season"),
    ("Mùa hè năm 2021 tôi ở đó.", "2021-06-01", "season"),
]
BEFORE_LAST = [
    ("The week before last I was ill.", "2026-02-23", "week"),
    ("Vorletztes Jahr war ich krank.", "2024-01-01", "year"),
    ("El año antepasado estuve enfermo.", "2024-01-01", "year"),
    ("Förrförra veckan var jag sjuk.", "2026-02-23", "week"),
    ("В позапрошлом году я болел.", "2024-01-01", "year"),
    ("我上上周生病了。", "2026-02-23", "week"),
    ("我前年生病了。", "2024-01-01", "year"),
    ("一昨年引っ越した。", "2024-01-01", "year"),
    ("재작년에 이사했어요.", "2024-01-01", "year"),
]


@pytest.mark.parametrize(("text", "start", "precision"), SEASONS_TOLD + BEFORE_LAST)
def test_seasons_and_what_was_before_the_last_are_read(text, start, precision):
    (period,) = periods(text, datetime(2026, 3, 10, 12, tzinfo=UTC), ZoneInfo("UTC"))
    assert period.told == calendar(date.fromisoformat(start), Precision(precision))


@pytest.mark.parametrize(
    "text",
    ["We sold real estate 2021.", "Il a été 2021 fois là.", "Bu yazı çok uzun.", "売上は前年比で増えた。", "春节快乐"],
)
def test_what_only_looks_like_a_season_or_a_year_is_none(text):
    assert not periods(text, datetime(2026, 3, 10, 12, tzinfo=UTC), ZoneInfo("UTC"))
