"""Times as the bot shows them, and that they can be typed back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.when import Instant, length, read, show, span
from tests.domain.test_when_schedule import ZONES


def test_a_time_is_shown_in_the_readers_zone_and_in_utc() -> None:
    at = datetime(2027, 3, 5, 15, tzinfo=UTC)
    assert show(at, "Asia/Baghdad") == "Fri 5 Mar 18:00 Baghdad (15:00 UTC)"
    assert show(at, "America/New_York") == "Fri 5 Mar 10:00 New York (15:00 UTC)"
    assert show(at, "Europe/Zurich", city="Geneva") == "Fri 5 Mar 16:00 Geneva (15:00 UTC)"
    assert show(at, "UTC") == "Fri 5 Mar 15:00 UTC"


def test_another_utc_date_and_another_year_are_added() -> None:
    at = datetime(2027, 12, 31, 22, tzinfo=UTC)
    assert show(at, "Asia/Baghdad") == "Sat 1 Jan 01:00 Baghdad (31 Dec 22:00 UTC)"
    assert (
        show(at, "Asia/Baghdad", now=datetime(2027, 3, 5, tzinfo=UTC))
        == "Sat 1 Jan 2028 01:00 Baghdad (31 Dec 2027 22:00 UTC)"
    )
    assert (
        show(at, "Asia/Baghdad", now=datetime(2028, 3, 5, tzinfo=UTC))
        == "Sat 1 Jan 01:00 Baghdad (31 Dec 22:00 UTC)"
    )


@pytest.mark.parametrize(
    ("delta", "expected"),
    [
        (timedelta(days=2, hours=3, minutes=59), "in 2 d 3 h"),
        (timedelta(days=2, minutes=5), "in 2 d"),
        (timedelta(minutes=41, seconds=59), "in 41 min"),
        (timedelta(hours=5), "in 5 h"),
        (timedelta(seconds=59), "now"),
        (timedelta(seconds=-59), "now"),
        (timedelta(minutes=-41), "41 min ago"),
        (timedelta(hours=-30), "1 d 6 h ago"),
        (timedelta(days=-6, hours=-23), "6 days ago"),
    ],
)
def test_a_span_is_two_units_and_never_rounded_up(delta: timedelta, expected: str) -> None:
    assert span(delta) == expected


def test_a_length_has_no_direction() -> None:
    assert length(timedelta(minutes=-30)) == length(timedelta(minutes=30)) == "30 min"
    assert length(timedelta(0)) == "0 min"


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(ZONES),
    st.sampled_from([None, "Geneva"]),
)
def test_what_is_shown_reads_as_the_same_instant(
    instant: datetime, now: datetime, zone: str, city: str | None
) -> None:
    whole = instant.replace(second=0, microsecond=0)
    shown = show(whole, zone, city=city, now=now)
    found = read(shown, now=now, zone=zone)
    assert isinstance(found, Instant), (shown, found)
    assert found.at == whole
