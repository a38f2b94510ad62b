"""Durations and schedules, above all on the days the clocks change."""

from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.when import (
    Ambiguous,
    Every,
    NotATime,
    WallClock,
    Why,
    read_duration,
    read_schedule,
)

NOW = datetime(2027, 3, 5, 11, 2, 30, tzinfo=UTC)
ZONES = (
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Australia/Adelaide",
    "Asia/Baghdad",
    "Europe/Berlin",
    "America/New_York",
    "Africa/Cairo",
    "Pacific/Apia",
    "Africa/Casablanca",
    "UTC",
)
QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("14d", 14 * 1440),
        ("7 days", 7 * 1440),
        ("90 min", 90),
        ("1h30m", 90),
        ("1 h 30 min", 90),
        ("2 weeks 3 days", 17 * 1440),
        ("1 day", 1440),
        ("\u0667 days", 7 * 1440),
        ("3660d", 3660 * 1440),
    ],
)
def test_a_duration_is_read(text: str, minutes: int) -> None:
    assert read_duration(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text",
    ["", "0 min", "3m", "1.5h", "-2 h", "3 months", "1y", "30 s", "h", "3661d", "1h 1d", "7"],
)
def test_what_is_no_plain_duration_is_not_one(text: str) -> None:
    assert read_duration(text) is None


def test_an_interval_counts_from_its_anchor() -> None:
    schedule = read_schedule("every 3 days", now=NOW, zone="Asia/Baghdad")
    assert schedule == Every(timedelta(days=3), datetime(2027, 3, 5, 11, 3, tzinfo=UTC))
    assert isinstance(schedule, Every)
    first = datetime(2027, 3, 8, 11, 3, tzinfo=UTC)
    assert schedule.next_after(NOW - timedelta(days=30)) == first
    assert schedule.next_after(NOW) == first
    assert schedule.next_after(first) == first + timedelta(days=3)
    assert schedule.next_after(first + timedelta(days=8)) == first + timedelta(days=9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("daily 09:00 Asia/Tokyo", WallClock(tuple(range(7)), time(9), "Asia/Tokyo")),
        ("every day at 09:00", WallClock(tuple(range(7)), time(9), "Asia/Baghdad")),
        ("mon,thu 18:00", WallClock((0, 3), time(18), "Asia/Baghdad")),
        ("Thu, Mon 18:00 Tokyo", WallClock((0, 3), time(18), "Asia/Tokyo")),
        ("monday and thursday 18:00", WallClock((0, 3), time(18), "Asia/Baghdad")),
        ("every fri 18:00 UTC", WallClock((4,), time(18), "UTC")),
        ("weekly fri 18:00", WallClock((4,), time(18), "Asia/Baghdad")),
    ],
)
def test_a_wall_clock_schedule_is_read(text: str, expected: WallClock) -> None:
    assert read_schedule(text, now=NOW, zone="Asia/Baghdad") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mon,thu 18:00 Europe/Geneva", NotATime(Why.UNKNOWN_ZONE, ("Europe/Zurich",))),
        ("daily 9:00", Ambiguous(("daily 09:00", "daily 21:00"), Why.TWELVE_HOUR)),
        ("daily 0900", Ambiguous(("daily 09:00",), Why.CLOCK_FORM)),
        ("daily 25:00", NotATime(Why.NO_SUCH_CLOCK)),
        ("daily", Ambiguous(("daily 09:00", "daily 18:00"), Why.NO_CLOCK)),
        (
            "daily 18:00 est",
            Ambiguous(("daily 18:00 Asia/Baghdad", "daily 18:00 UTC"), Why.ZONE_ABBREVIATION),
        ),
        (
            "every month",
            NotATime(Why.UNREADABLE, ("every 24h", "daily 09:00", "mon,thu 18:00")),
        ),
    ],
)
def test_a_schedule_with_two_readings_is_refused(text: str, expected: object) -> None:
    assert read_schedule(text, now=NOW, zone="Asia/Baghdad") == expected


@given(st.text(max_size=90))
def test_any_text_is_answered(text: str) -> None:
    read_schedule(text, now=NOW, zone="Asia/Baghdad")
    read_duration(text)


@given(
    st.one_of(
        st.integers(1, 3660 * 1440).map(
            lambda minutes: Every(
                timedelta(minutes=minutes), datetime(2027, 3, 5, 11, 3, tzinfo=UTC)
            )
        ),
        st.builds(
            WallClock,
            st.sets(st.integers(0, 6), min_size=1).map(sorted).map(tuple),
            st.builds(time, st.integers(0, 23), st.integers(0, 59)),
            st.sampled_from(ZONES),
        ),
    )
)
def test_the_normal_form_reads_as_the_same_schedule(schedule: Every | WallClock) -> None:
    assert read_schedule(schedule.normal(), now=NOW, zone="Asia/Baghdad") == schedule


def test_a_skipped_time_comes_at_the_first_instant_after_the_jump() -> None:
    schedule = WallClock(tuple(range(7)), time(2, 30), "Europe/Berlin")
    assert schedule.next_after(datetime(2027, 3, 27, 12, tzinfo=UTC)) == datetime(
        2027, 3, 28, 1, tzinfo=UTC
    )


def test_a_repeated_time_comes_at_its_first_and_not_again() -> None:
    schedule = WallClock(tuple(range(7)), time(2, 30), "Europe/Berlin")
    first = schedule.next_after(datetime(2027, 10, 30, 12, tzinfo=UTC))
    assert first == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert schedule.next_after(first) == datetime(2027, 11, 1, 1, 30, tzinfo=UTC)


@cache
def walked(zone: str, year: int) -> dict[datetime, datetime]:
    """Naive local time to its first instant, found by walking two years in quarter hours."""
    tz = ZoneInfo(zone)
    first: dict[datetime, datetime] = {}
    instant, end = datetime(year - 1, 12, 30, tzinfo=UTC), datetime(year + 2, 1, 3, tzinfo=UTC)
    while instant < end:
        first.setdefault(instant.astimezone(tz).replace(tzinfo=None), instant)
        instant += QUARTER
    return first


@pytest.mark.parametrize(
    ("zone", "year"), [*((zone, 2026) for zone in ZONES), ("Pacific/Apia", 2011)]
)
@settings(max_examples=12, deadline=None)
@given(st.integers(0, 95), st.sets(st.integers(0, 6), min_size=1).map(sorted).map(tuple))
def test_each_local_occurrence_comes_exactly_once_over_two_years(
    zone: str, year: int, quarter: int, weekdays: tuple[int, ...]
) -> None:
    first = walked(zone, year)
    clock = (datetime(year, 1, 1, tzinfo=UTC) + quarter * QUARTER).time()
    local, expected = datetime.combine(datetime(year, 1, 1, tzinfo=UTC), clock), []
    while local.year < year + 2:
        if local.weekday() in weekdays:
            valid = local
            while valid not in first:
                valid += QUARTER
            expected.append(first[valid])
        local += timedelta(days=1)
    schedule = WallClock(weekdays, clock, zone)
    found, instant = [], expected[0] - timedelta(seconds=1)
    while instant < expected[-1]:
        instant = schedule.next_after(instant)
        found.append(instant)
    # A whole date left out (Apia, 2011) gives two occurrences one instant: it comes once.
    assert found == sorted(set(expected))
