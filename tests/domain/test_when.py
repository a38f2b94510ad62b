"""Times as people type them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.when import Ambiguous, Instant, NotATime, Note, Why, read

NOW = datetime(2027, 3, 5, 11, 2, 30, tzinfo=UTC)
"""A Friday, 14:02 in Baghdad."""
BAGHDAD = "Asia/Baghdad"


def at(text: str, now: datetime = NOW, zone: str = BAGHDAD) -> datetime:
    found = read(text, now=now, zone=zone)
    assert isinstance(found, Instant), found
    return found.at


def utc(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in 3 days", utc(2027, 3, 8, 11, 3)),
        ("in 45 min", utc(2027, 3, 5, 11, 48)),
        ("in 2 h", utc(2027, 3, 5, 13, 3)),
        ("in 1h30m", utc(2027, 3, 5, 12, 33)),
        ("today 18:00", utc(2027, 3, 5, 15)),
        ("tomorrow noon", utc(2027, 3, 6, 9)),
        ("fri 18:00", utc(2027, 3, 5, 15)),
        ("Friday 18:00", utc(2027, 3, 5, 15)),
        ("Friday, 18:00", utc(2027, 3, 5, 15)),
        ("fri 14:02", utc(2027, 3, 12, 11, 2)),
        ("thu 18:00", utc(2027, 3, 11, 15)),
        ("3 apr 18:00", utc(2027, 4, 3, 15)),
        ("3rd April at 18:00", utc(2027, 4, 3, 15)),
        ("3 april 2027 18:00", utc(2027, 4, 3, 15)),
        ("1 jan 18:00", utc(2028, 1, 1, 15)),
        ("2027-04-03 18:00", utc(2027, 4, 3, 15)),
        ("2027-04-03T18:00", utc(2027, 4, 3, 15)),
        ("2027-04-03T15:00Z", utc(2027, 4, 3, 15)),
        ("2027-04-03T15:00:00Z", utc(2027, 4, 3, 15)),
        ("2027-04-03 18:00+03:00", utc(2027, 4, 3, 15)),
        ("2020-04-03 18:00", utc(2020, 4, 3, 15)),
        ("18:00", utc(2027, 3, 5, 15)),
        ("20:00", utc(2027, 3, 5, 17)),
        ("14:02", utc(2027, 3, 6, 11, 2)),
        ("18:00 Asia/Tokyo", utc(2027, 3, 6, 9)),
        ("18:00 asia/tokyo", utc(2027, 3, 6, 9)),
        ("18:00 New York", utc(2027, 3, 5, 23)),
        ("18:00 UTC", utc(2027, 3, 5, 18)),
        ("18:00Z", utc(2027, 3, 5, 18)),
        ("031500Z APR 27", utc(2027, 4, 3, 15)),
        ("031500ZAPR27", utc(2027, 4, 3, 15)),
    ],
)
def test_the_forms_of_the_grammar_are_read(text: str, expected: datetime) -> None:
    assert at(text) == expected


@pytest.mark.parametrize("text", ["today", "fri", "5 mar", "5 mar 2027", "2027-03-05"])
def test_a_date_alone_is_the_last_minute_of_that_local_day(text: str) -> None:
    found = read(text, now=NOW, zone=BAGHDAD)
    assert isinstance(found, Instant)
    assert found.at == utc(2027, 3, 5, 20, 59)
    assert Note.END_OF_DAY in found.notes


def test_the_end_of_a_day_with_two_last_hours_is_the_second() -> None:
    # Cairo turns 24:00 back to 23:00, so 23:59 on the 30th of October comes twice.
    assert at("2026-10-29", zone="Africa/Cairo") == utc(2026, 10, 29, 21, 59)


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("fri 18:00", (Note.TODAY,)),
        ("sat 18:00", ()),
        ("18:00", (Note.TODAY,)),
        ("09:00", (Note.TOMORROW,)),
        ("today 18:00", ()),
        ("1 jan 18:00", (Note.NEXT_YEAR,)),
        ("3 apr", (Note.END_OF_DAY,)),
    ],
)
def test_what_was_left_open_is_noted_for_the_read_back(text: str, notes: tuple[Note, ...]) -> None:
    found = read(text, now=NOW, zone=BAGHDAD)
    assert isinstance(found, Instant)
    assert found.notes == notes


@pytest.mark.parametrize(
    ("text", "why", "hints"),
    [
        ("03/04", Why.NUMERIC_DATE, ("3 apr 2027", "4 mar 2027")),
        ("03/04 18:00", Why.NUMERIC_DATE, ("3 apr 2027 18:00", "4 mar 2027 18:00")),
        ("3.4.27", Why.NUMERIC_DATE, ("3 apr 2027", "4 mar 2027")),
        ("25/12/2027", Why.NUMERIC_DATE, ("25 dec 2027",)),
        ("2027/04/03", Why.NUMERIC_DATE, ("2027-04-03",)),
        ("1800 hrs", Why.CLOCK_FORM, ("18:00",)),
        ("fri 1800", Why.CLOCK_FORM, ("fri 18:00",)),
        ("18:00 hrs", Why.CLOCK_FORM, ("18:00",)),
        ("18h30", Why.CLOCK_FORM, ("18:30",)),
        ("tomorrow 0900Z", Why.CLOCK_FORM, ("tomorrow 09:00Z",)),
        ("6pm", Why.TWELVE_HOUR, ("18:00",)),
        ("12 am", Why.TWELVE_HOUR, ("00:00",)),
        ("fri 6:30", Why.TWELVE_HOUR, ("fri 06:30", "fri 18:30")),
        ("fri midnight", Why.MIDNIGHT, ("fri 00:00", "fri 23:59")),
        ("24:00", Why.MIDNIGHT, ("00:00", "23:59")),
        ("next fri 18:00", Why.WHICH_WEEK, ("2027-03-12 18:00", "2027-03-19 18:00")),
        ("this mon", Why.WHICH_WEEK, ("2027-03-08", "2027-03-15")),
        ("3 apr 27", Why.SHORT_YEAR, ("3 apr 2027",)),
        ("3 apr 30", Why.SHORT_YEAR, ("2030-04-03",)),
        ("03/04/2030", Why.NUMERIC_DATE, ("2030-04-03", "2030-03-04")),
        ("april 3 2027", Why.MONTH_FIRST, ("3 apr 2027",)),
        ("apr 3 18:00", Why.MONTH_FIRST, ("3 apr 18:00",)),
        ("3 apr 2030", Why.YEAR_OR_CLOCK, ("2030-04-03", "3 apr 20:30")),
        ("4 mar", Why.JUST_PAST, ("2027-03-04", "2028-03-04")),
        ("5 mar 09:00", Why.JUST_PAST, ("2027-03-05 09:00", "2028-03-05 09:00")),
        ("mon 3 apr 2027", Why.WEEKDAY_DISAGREES, ("2027-04-03", "2027-03-08")),
        ("18:00 EST", Why.ZONE_ABBREVIATION, ("18:00 Asia/Baghdad", "18:00 UTC")),
        ("18:00 UTC+3", Why.ZONE_ABBREVIATION, ("18:00+03:00",)),
        ("18:00 Istanbul", Why.UNKNOWN_ZONE, ("18:00 Asia/Istanbul", "18:00 Europe/Istanbul")),
        (
            "fri 5 mar 18:00 Baghdad (16:00 UTC)",
            Why.UTC_DISAGREES,
            ("2027-03-05 18:00 Asia/Baghdad", "2027-03-05T16:00Z"),
        ),
    ],
)
def test_what_can_be_read_two_ways_is_refused_with_the_normal_forms(
    text: str, why: Why, hints: tuple[str, ...]
) -> None:
    assert read(text, now=NOW, zone=BAGHDAD) == Ambiguous(hints, why)
    for hint in hints:
        assert isinstance(read(hint, now=NOW, zone=BAGHDAD), Instant), hint


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", Why.UNREADABLE),
        ("soon", Why.UNREADABLE),
        ("now", Why.UNREADABLE),
        ("18:00 18:00", Why.UNREADABLE),
        ("today 2027-04-03", Why.UNREADABLE),
        ("in 0 min", Why.UNREADABLE),
        ("x" * 81, Why.UNREADABLE),
        ("\u09e7\u09ee:\u09e6\u09e6", Why.UNREADABLE),
        ("in 3 months", Why.MONTH_LENGTH),
        ("in 3m", Why.MONTH_LENGTH),
        ("031500C APR 27", Why.MILITARY_ZONE),
        ("031500 APR 27", Why.MILITARY_ZONE),
        ("31 feb", Why.NO_SUCH_DATE),
        ("2027-02-30", Why.NO_SUCH_DATE),
        ("991500Z APR 27", Why.NO_SUCH_DATE),
        ("25:00", Why.NO_SUCH_CLOCK),
        ("18:60", Why.NO_SUCH_CLOCK),
        ("9999-01-01", Why.YEAR_RANGE),
        ("18:00+15:00", Why.UNKNOWN_ZONE),
        ("18:00 Etc/GMT+3", Why.UNKNOWN_ZONE),
    ],
)
def test_what_is_no_time_is_refused_with_its_reason(text: str, why: Why) -> None:
    found = read(text, now=NOW, zone=BAGHDAD)
    assert isinstance(found, NotATime), found
    assert found.why is why


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("18:00 Europe/Geneva", "Europe/Zurich"),
        ("18:00 Geneva", "Europe/Zurich"),
        ("18:00 Asia/Bagdad", "Asia/Baghdad"),
        ("18:00 Kathmandou", "Asia/Kathmandu"),
    ],
)
def test_an_unknown_zone_is_answered_with_the_nearest(text: str, nearest: str) -> None:
    found = read(text, now=NOW, zone=BAGHDAD)
    assert isinstance(found, NotATime)
    assert found.why is Why.UNKNOWN_ZONE
    assert nearest in found.normal_form_hints


def test_the_29th_of_february_is_answered_with_the_next_one_there_is() -> None:
    found = read("29 feb", now=datetime(2029, 1, 1, tzinfo=UTC), zone="UTC")
    assert found == Ambiguous(("2032-02-29",), Why.NO_SUCH_DATE)


def test_a_skipped_time_is_refused_with_its_neighbours() -> None:
    found = read("2027-03-28 02:30", now=NOW, zone="Europe/Berlin")
    assert found == Ambiguous(("2027-03-28 01:59", "2027-03-28 03:00"), Why.CLOCK_SKIPPED)


def test_a_repeated_time_is_refused_with_both_in_utc() -> None:
    found = read("2027-10-31 02:30", now=NOW, zone="Europe/Berlin")
    assert found == Ambiguous(("2027-10-31T00:30Z", "2027-10-31T01:30Z"), Why.CLOCK_REPEATED)


def test_a_repeated_time_with_its_utc_clock_is_read() -> None:
    text = "Sun 31 Oct 02:30 Berlin (01:30 UTC)"
    assert at(text, zone="Europe/Berlin") == utc(2027, 10, 31, 1, 30)


def test_a_date_that_a_zone_left_out_is_refused() -> None:
    found = read("2011-12-30", now=NOW, zone="Pacific/Apia")
    assert found == Ambiguous(("2011-12-29", "2011-12-31"), Why.DAY_SKIPPED)


@pytest.mark.parametrize(
    "text",
    [
        "\u0663 apr \u0661\u0668:\u0660\u0660",
        "\u06f3 apr \u06f1\u06f8:\u06f0\u06f0",
        "3\u00a0apr\u202f18:00",
        "\u200e3 apr \u206818:00\u2069",
        "3 apr 18\uff1a00",
        "2027\u201104\u201103 18:00",
    ],
)
def test_digits_and_spaces_of_phones_are_taken(text: str) -> None:
    assert at(text) == utc(2027, 4, 3, 15)


def test_a_clock_that_strikes_now_is_the_next_one() -> None:
    assert at("14:02", now=utc(2027, 3, 5, 11, 2)) == utc(2027, 3, 6, 11, 2)
    assert at("fri 14:02", now=utc(2027, 3, 5, 11, 2)) == utc(2027, 3, 12, 11, 2)
    assert at("14:02", now=utc(2027, 3, 5, 11, 1)) == utc(2027, 3, 5, 11, 2)


def test_more_text_than_any_form_needs_is_not_looked_at() -> None:
    assert at("18:00" + " " * 75) == utc(2027, 3, 5, 15)
    assert read("18:00" + " " * 76, now=NOW, zone=BAGHDAD) == NotATime()


def test_a_weekday_settles_the_year() -> None:
    assert at("mon 3 apr 18:00") == utc(2028, 4, 3, 15)


def test_a_city_that_is_no_zone_is_taken_when_the_utc_clock_agrees() -> None:
    assert at("Fri 5 Mar 18:00 Geneva (17:00 UTC)", zone="Europe/Zurich") == utc(2027, 3, 5, 17)


def test_the_day_is_the_day_of_the_zone_named() -> None:
    late = utc(2027, 3, 5, 22)
    assert at("today 23:30 Asia/Baghdad", now=late, zone="UTC") == utc(2027, 3, 6, 20, 30)


@pytest.mark.parametrize("zone", ["Europe/Geneva", "asia/baghdad", "../etc/passwd", ""])
def test_a_caller_with_a_wrong_zone_is_told_so(zone: str) -> None:
    with pytest.raises(ValueError, match="not an IANA zone"):
        read("18:00", now=NOW, zone=zone)


WORDS = [
    "in",
    "next",
    "today",
    "tomorrow",
    "fri",
    "friday",
    "mon",
    "3",
    "apr",
    "april",
    "27",
    "2027",
    "1800",
    "hrs",
    "18:00",
    "6:30",
    "02:30",
    "(15:00",
    "utc)",
    "utc",
    "z",
    "Z",
    "Baghdad",
    "Europe/Berlin",
    "est",
    "noon",
    "midnight",
    "2027-04-03",
    "03/04",
    ".",
    ",",
    ":",
    "-",
    "+",
    "days",
    "h",
    "m",
    "٣",
    "29",
    "feb",
]


@given(
    st.one_of(st.text(max_size=90), st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)),
    st.sampled_from([BAGHDAD, "Europe/Berlin", "Africa/Cairo", "UTC"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_any_text_is_answered_and_every_hint_can_be_typed(
    text: str, zone: str, now: datetime
) -> None:
    found = read(text, now=now, zone=zone)
    if isinstance(found, Instant):
        assert found.at.utcoffset() == timedelta(0)
        assert (found.at.second, found.at.microsecond) == (0, 0)
    elif isinstance(found, Ambiguous):
        assert found.normal_form_hints
        for hint in found.normal_form_hints:
            assert not isinstance(read(hint, now=now, zone=zone), NotATime), (text, hint)
