"""Dates and periods in English texts, as meant at the moment of speaking."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairn.language.periods import periods

UTC_ZONE = ZoneInfo("UTC")
OSLO = ZoneInfo("Europe/Oslo")
NEW_YORK = ZoneInfo("America/New_York")
AUCKLAND = ZoneInfo("Pacific/Auckland")
WEDNESDAY = datetime(2024, 6, 12, 15, tzinfo=UTC)
NOW = "2024-06-12T15"


def shown(moment):
    return moment.isoformat().removesuffix("+00:00").removesuffix(":00").removesuffix(":00").removesuffix("T00")


def read(text, reference=WEDNESDAY, zone=UTC_ZONE):
    return [(shown(period.start), shown(period.end)) for period in periods(text, reference, zone)]


TABLE = [
    # whole dates
    ("I was born on 1990-05-17.", "1990-05-17", "1990-05-18"),
    ("The log says 2024-02-29T10:15:00Z", "2024-02-29", "2024-03-01"),
    ("We married on 3 March 2020", "2020-03-03", "2020-03-04"),
    ("We married on March 3rd, 2020 in Rome", "2020-03-03", "2020-03-04"),
    ("We married on the 3rd of March 2020", "2020-03-03", "2020-03-04"),
    ("we married on march 3, 2020", "2020-03-03", "2020-03-04"),
    ("we met on 3 may 2020", "2020-05-03", "2020-05-04"),
    ("I signed it on 5 Dec. 2023", "2023-12-05", "2023-12-06"),
    ("I signed it on Sept 5 2023", "2023-09-05", "2023-09-06"),
    ("It happened on 29 February 2024", "2024-02-29", "2024-03-01"),
    ("The photo of December 1,2023 is mine", "2023-12-01", "2023-12-02"),
    # dates without a year
    ("I started on 3 March", "2024-03-03", "2024-03-04"),
    ("I started on 3 November", "2023-11-03", "2023-11-04"),
    ("My flight is on 3 July", "2024-07-03", "2024-07-04"),
    ("I will fly on 3 March", "2025-03-03", "2025-03-04"),
    ("I'm flying out on December 1st", "2024-12-01", "2024-12-02"),
    ("The deadline is May 5", "2025-05-05", "2025-05-06"),
    ("My birthday is on 1 June", "2024-06-01", "2024-06-02"),
    ("She was born on 29 February", "2024-02-29", "2024-03-01"),
    ("Back on June 12 already", "2024-06-12", "2024-06-13"),
    # months
    ("I moved there in March 2022", "2022-03-01", "2022-04-01"),
    ("I moved there in May, 2022", "2022-05-01", "2022-06-01"),
    ("I moved to Porto last May", "2024-05-01", "2024-06-01"),
    ("I moved to Porto last June", "2023-06-01", "2023-07-01"),
    ("what did she do in May", "2024-05-01", "2024-06-01"),
    ("I got a dog in August", "2023-08-01", "2023-09-01"),
    ("We will move in August", "2024-08-01", "2024-09-01"),
    ("We marry next September", "2024-09-01", "2024-10-01"),
    ("We marry this October", "2024-10-01", "2024-11-01"),
    ("I changed jobs in june", "2024-06-01", "2024-07-01"),
    ("I changed jobs in early March 2023", "2023-03-01", "2023-03-11"),
    ("I changed jobs at the end of May", "2024-05-21", "2024-06-01"),
    ("I have been vegan since April", "2024-04-01", NOW),
    # years and decades
    ("I lived in Rome in 2019", "2019-01-01", "2020-01-01"),
    ("In the year 2019 I moved", "2019-01-01", "2020-01-01"),
    ("The year 2019 was hard", "2019-01-01", "2020-01-01"),
    ("in 2023 prices rose", "2023-01-01", "2024-01-01"),
    ("in 2020 James left", "2020-01-01", "2021-01-01"),
    ("I have lived here since 2019", "2019-01-01", NOW),
    ("I was ill in late 2023", "2023-08-31", "2024-01-01"),
    ("I grew up in the 90s", "1990-01-01", "2000-01-01"),
    ("I grew up in the '80s", "1980-01-01", "1990-01-01"),
    ("I grew up in the 1990s", "1990-01-01", "2000-01-01"),
    ("I grew up in the seventies", "1970-01-01", "1980-01-01"),
    ("I moved in the 2010's", "2010-01-01", "2020-01-01"),
    ("It was built in the early 1960s", "1960-01-01", "1963-05-02"),
    # quarters and halves
    ("We shipped it in Q2 2024.", "2024-04-01", "2024-07-01"),
    ("2023 Q4 was good", "2023-10-01", "2024-01-01"),
    ("2023-Q4 was good", "2023-10-01", "2024-01-01"),
    ("Q3/2023 was bad", "2023-07-01", "2023-10-01"),
    ("I moved in the second quarter of 2022", "2022-04-01", "2022-07-01"),
    ("I moved in the last quarter of 2022", "2022-10-01", "2023-01-01"),
    ("I moved last quarter", "2024-01-01", "2024-04-01"),
    ("This quarter is hard", "2024-04-01", "2024-07-01"),
    ("We move next quarter", "2024-07-01", "2024-10-01"),
    ("We moved two quarters ago", "2023-10-01", "2024-01-01"),
    ("We grew in Q1.", "2024-01-01", "2024-04-01"),
    ("I have lived here since Q2 2023", "2023-04-01", NOW),
    ("H1 2023 was slow", "2023-01-01", "2023-07-01"),
    ("2023H2 was slow", "2023-07-01", "2024-01-01"),
    ("the first half of 2021 was hard", "2021-01-01", "2021-07-01"),
    ("the second half of the year 2021 was hard", "2021-07-01", "2022-01-01"),
    # seasons
    ("We met in the summer of 2022", "2022-06-01", "2022-09-01"),
    ("We met in winter 2022", "2022-12-01", "2023-03-01"),
    ("Last summer we sailed", "2023-06-01", "2023-09-01"),
    ("Last winter was cold", "2023-12-01", "2024-03-01"),
    ("This summer is hot", "2024-06-01", "2024-09-01"),
    ("We start next fall", "2024-09-01", "2024-12-01"),
    ("I planted it in the spring", "2024-03-01", "2024-06-01"),
    # weeks, months and years around now
    ("Last week I ran 10 km", "2024-06-03", "2024-06-10"),
    ("This week is full", "2024-06-10", "2024-06-17"),
    ("I have an exam next week", "2024-06-17", "2024-06-24"),
    ("I quit last month", "2024-05-01", "2024-06-01"),
    ("I quit this month", "2024-06-01", "2024-07-01"),
    ("She graduates next year", "2025-01-01", "2026-01-01"),
    ("She graduated last year", "2023-01-01", "2024-01-01"),
    ("I was ill earlier this year", "2024-01-01", NOW),
    ("We travel later this year", NOW, "2025-01-01"),
    ("I was ill late last year", "2023-08-31", "2024-01-01"),
    ("I slept badly in the last 3 days", "2024-06-09", NOW),
    ("over the past two weeks I slept badly", "2024-05-29", NOW),
    ("The past month was hard", "2024-05-12", NOW),
    ("I'm away for the next 2 weeks", NOW, "2024-06-27"),
    ("Last weekend I cooked", "2024-06-08", "2024-06-10"),
    ("Over the weekend I cooked", "2024-06-08", "2024-06-10"),
    ("At the weekend we will cook", "2024-06-15", "2024-06-17"),
    ("This weekend we cook", "2024-06-15", "2024-06-17"),
    ("Next weekend we cook", "2024-06-22", "2024-06-24"),
    # days around now
    ("Yesterday I ran 10 km", "2024-06-11", "2024-06-12"),
    ("I see her today", "2024-06-12", "2024-06-13"),
    ("I see her tonight", "2024-06-12T18", "2024-06-13T06"),
    ("I see her tomorrow", "2024-06-13", "2024-06-14"),
    ("I see her tomorrow morning", "2024-06-13T05", "2024-06-13T12"),
    ("I saw her the day before yesterday", "2024-06-10", "2024-06-11"),
    ("I see her the day after tomorrow", "2024-06-14", "2024-06-15"),
    ("Last night I slept well", "2024-06-11T18", "2024-06-12T06"),
    ("This morning I ran", "2024-06-12T05", "2024-06-12T12"),
    ("I saw her yesterday evening", "2024-06-11T18", "2024-06-12"),
    ("I met him on Monday", "2024-06-10", "2024-06-11"),
    ("I will meet him on Monday", "2024-06-17", "2024-06-18"),
    ("The meeting is on Friday", "2024-06-14", "2024-06-15"),
    ("I met him last Wednesday", "2024-06-05", "2024-06-06"),
    ("I met him last Fri", "2024-06-07", "2024-06-08"),
    ("I see him this Friday", "2024-06-14", "2024-06-15"),
    ("I see him next Tuesday", "2024-06-18", "2024-06-19"),
    ("We danced last Friday night", "2024-06-07T18", "2024-06-08T06"),
    ("I met him on Tuesday last week", "2024-06-04", "2024-06-05"),
    ("I have been ill since Monday", "2024-06-10", NOW),
    # so far from now
    ("We met two weeks ago", "2024-05-27", "2024-06-03"),
    ("We met a week ago", "2024-06-03", "2024-06-10"),
    ("We met 10 days ago", "2024-06-02", "2024-06-03"),
    ("We met a couple of months ago", "2024-04-01", "2024-05-01"),
    ("We met five years ago", "2019-01-01", "2020-01-01"),
    ("I fly in 3 days", "2024-06-15", "2024-06-16"),
    ("I will fly in a week", "2024-06-17", "2024-06-24"),
    ("I move three months from now", "2024-09-01", "2024-10-01"),
]


@pytest.mark.parametrize(("text", "start", "end"), TABLE)
def test_a_date_is_read_as_it_was_meant(text, start, end):
    assert read(text) == [(start, end)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I may go",
        "May I go?",
        "May has two cats",
        "you may 3 times try",
        "we march on",
        "March on, said April to June",
        "they march 20 miles",
        "I saw Jan in a mar",
        "I did it in 2000 steps",
        "I write in 2000 words",
        "room 2023",
        "My PIN is 2023 and my flat 1990",
        "it costs $2024",
        "call 2024-555-01-02",
        "version 2.2024.1",
        "two days later she left",
        "the next day she left",
        "the week before her birthday",
        "the day after",
        "before 2019 I was ill",
        "until last year I was ill",
        "after 3 March 2024 I was ill",
        "every Monday I swim",
        "on Mondays I swim",
        "this sat well with her, on sun and wind",
        "The Sun was out on mon amour",
        "on 31 February 2024",
        "on 2024-13-40",
        "in her 90s",
        "half a year ago",
        "2.5 years ago",
        "a few weeks ago",
        "years ago",
        "9999 years ago",
        "in 9999 years",
        "I read it in two days",
        "she runs twice in a week",
        "the last week of school",
        "I sat in the fall of Rome",
        "my last name",
        "the summer",
        "I fell on the spring",
        "at 10:30",
        "the sunday times",
        "Can I have a day?",
        "FY2023 was fine",
        "in FY 2023",
        "fiscal Q2 2024",
        "Q2 FY2024",
        "in Q2 FY24",
        "in Q2 of fiscal 2024",
        "Q5 2024",
        "H3 2024",
        "in h1 tags",
        "I ran the last quarter mile",
        "cut in three quarters",
    ],
)
def test_what_is_no_date_is_left_alone(text):
    assert read(text) == []


def test_several_dates_are_read_in_the_order_of_their_mention():
    text = "I was in Rome in 2019, moved last May, and on Friday, 5 July 2024, I will fly."
    assert read(text) == [("2019-01-01", "2020-01-01"), ("2024-05-01", "2024-06-01"), ("2024-07-05", "2024-07-06")]


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("I moved to Porto last May, yes", "last May"),
        ("I have lived here since early 2019, yes", "since early 2019"),
        ("We met at the end of May.", "end of May"),
        ("İstanbul was hot on 3 March 2024!", "3 March 2024"),
        ("😀 yesterday 😀", "yesterday"),
    ],
)
def test_the_span_is_the_expression(text, expression):
    (period,) = periods(text, WEDNESDAY, UTC_ZONE)
    start, end = period.text_span
    assert text[start:end].endswith(expression.split()[-1])
    assert expression.removeprefix("since ") in text[start:end]


@pytest.mark.parametrize(
    ("text", "reference", "zone", "expected"),
    [
        # 23:30 in UTC is already the next day in Oslo, and still the day before in New York at 02:00.
        ("today", datetime(2024, 6, 12, 23, 30, tzinfo=UTC), OSLO, ("2024-06-12T22", "2024-06-13T22")),
        ("today", datetime(2024, 6, 12, 2, tzinfo=UTC), NEW_YORK, ("2024-06-11T04", "2024-06-12T04")),
        ("yesterday", datetime(2024, 6, 12, 13, tzinfo=UTC), AUCKLAND, ("2024-06-11T12", "2024-06-12T12")),
        # The day of the change to summer time has 23 hours, that back has 25.
        ("yesterday", datetime(2024, 4, 1, 12, tzinfo=UTC), OSLO, ("2024-03-30T23", "2024-03-31T22")),
        ("today", datetime(2024, 10, 27, 12, tzinfo=UTC), OSLO, ("2024-10-26T22", "2024-10-27T23")),
        ("in March 2024", WEDNESDAY, OSLO, ("2024-02-29T23", "2024-03-31T22")),
        ("in 2023", WEDNESDAY, NEW_YORK, ("2023-01-01T05", "2024-01-01T05")),
        ("last year", datetime(2023, 12, 31, 23, 30, tzinfo=UTC), OSLO, ("2022-12-31T23", "2023-12-31T23")),
        # A midnight that the clocks leave out: in Cairo 26 April 2024 begins at 01:00.
        ("on 26 April 2024", WEDNESDAY, ZoneInfo("Africa/Cairo"), ("2024-04-25T22", "2024-04-26T21")),
    ],
)
def test_days_begin_and_end_in_the_zone_of_the_speaker(text, reference, zone, expected):
    assert read(text, reference, zone) == [expected]


@pytest.mark.parametrize(
    ("text", "reference", "expected"),
    [
        ("last month", datetime(2024, 1, 31, tzinfo=UTC), ("2023-12-01", "2024-01-01")),
        ("a month ago", datetime(2024, 3, 31, tzinfo=UTC), ("2024-02-01", "2024-03-01")),
        ("last week", datetime(2024, 6, 10, tzinfo=UTC), ("2024-06-03", "2024-06-10")),
        ("last weekend", datetime(2024, 6, 9, 12, tzinfo=UTC), ("2024-06-01", "2024-06-03")),
        ("over the weekend", datetime(2024, 6, 9, 12, tzinfo=UTC), ("2024-06-08", "2024-06-10")),
        ("last summer", datetime(2024, 9, 1, tzinfo=UTC), ("2024-06-01", "2024-09-01")),
        ("this winter", datetime(2024, 1, 15, tzinfo=UTC), ("2023-12-01", "2024-03-01")),
        ("last winter", datetime(2024, 1, 15, tzinfo=UTC), ("2022-12-01", "2023-03-01")),
        ("in December", datetime(2024, 1, 15, tzinfo=UTC), ("2023-12-01", "2024-01-01")),
        ("on 29 February", datetime(2024, 1, 15, tzinfo=UTC), ("2024-02-29", "2024-03-01")),
        ("next Monday", datetime(2024, 6, 10, 9, tzinfo=UTC), ("2024-06-17", "2024-06-18")),
        ("my flight is on 3 March", datetime(2024, 2, 20, tzinfo=UTC), ("2024-03-03", "2024-03-04")),
    ],
)
def test_the_edges_of_the_calendar(text, reference, expected):
    assert read(text, reference) == [expected]


pieces = st.lists(
    st.sampled_from(
        [word for row in TABLE for word in row[0].split()] + ["31", "00", "0", "9999", "since", "late", "\n"]
    )
    | st.text(max_size=3),
    max_size=14,
)


@given(
    st.one_of(st.text(max_size=200), pieces.map(" ".join)),
    st.datetimes(timezones=st.just(UTC), min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)),  # noqa: DTZ001
    st.sampled_from([UTC_ZONE, OSLO, NEW_YORK, AUCKLAND, ZoneInfo("Pacific/Apia"), ZoneInfo("Africa/Cairo")]),
)
def test_any_text_gives_periods_that_begin_before_they_end(text, reference, zone):
    last_end = 0
    for period in periods(text, reference, zone):
        assert period.start < period.end
        assert period.start.utcoffset() == period.end.utcoffset() == timedelta(0)
        begin, end = period.text_span
        assert 0 <= begin < end <= len(text)
        assert end > last_end
        last_end = end


@pytest.mark.parametrize("text", ["last May ", "early " * 3, "in 20", "3 ", "the ", " ", "a couple of ", "yesterday "])
def test_a_long_text_takes_linear_time(text):
    started = time.process_time()
    periods(text * (200_000 // len(text)), WEDNESDAY, UTC_ZONE)
    assert time.process_time() - started < 10
