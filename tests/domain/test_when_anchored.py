"""Times that hang on an event, before and after somebody has said when it was."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.when import Ambiguous, NotATime, Why, read_schedule
from bot.domain.when_anchored import Anchored, read_anchor_name
from bot.domain.when_recurring import NEVER
from bot.domain.when_schedule import Schedule, own_zone
from tests.domain.test_when_recurring import ZONES

NOW = datetime(2027, 3, 5, 11, 2, 30, tzinfo=UTC)
HOME = "Asia/Baghdad"
EIF = datetime(2027, 4, 3, 15, tzinfo=UTC)
DAY = timedelta(days=1)


def read(text: str, **anchors: datetime) -> Schedule | Ambiguous | NotATime:
    return read_schedule(text, now=NOW, zone=HOME, anchors=anchors)


def utc(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("EIF+21d", Anchored("EIF", 21 * DAY)),
        ("eif + 3 weeks", Anchored("EIF", 21 * DAY)),
        ("EIF+36h", Anchored("EIF", timedelta(hours=36))),
        ("EIF+90 min", Anchored("EIF", timedelta(minutes=90))),
        ("EIF+0d", Anchored("EIF", timedelta(0))),
        ("EIF-2d", Anchored("EIF", -2 * DAY)),
        ("EIF\u22122d", Anchored("EIF", -2 * DAY)),
        ("phase-2+1d", Anchored("PHASE-2", DAY)),
        ("phase-2-1d", Anchored("PHASE-2", -DAY)),
        ("EIF+21d 18:00", Anchored("EIF", 21 * DAY, time(18), HOME)),
        ("EIF+21d at 18:00 Asia/Tokyo", Anchored("EIF", 21 * DAY, time(18), "Asia/Tokyo")),
        ("EIF+21d 18:00 New York", Anchored("EIF", 21 * DAY, time(18), "America/New_York")),
        ("EIF+7d every 7 days", Anchored("EIF", 7 * DAY, every=7 * DAY)),
        (
            "EIF+7d 09:00 every 7 days",
            Anchored("EIF", 7 * DAY, time(9), HOME, 7 * DAY),
        ),
        (
            "EIF+7d 09:00 Asia/Tokyo every 2 weeks",
            Anchored("EIF", 7 * DAY, time(9), "Asia/Tokyo", 14 * DAY),
        ),
        ("EIF+7d (EIF 2027-04-03T15:00Z)", Anchored("EIF", 7 * DAY, at=EIF)),
    ],
)
def test_an_offset_from_an_event_is_read(text: str, expected: Anchored) -> None:
    assert read(text) == expected


def test_an_event_that_is_set_is_bound_at_once_and_goes_before_the_text() -> None:
    assert read("EIF+1d", EIF=EIF) == Anchored("EIF", DAY, at=EIF)
    assert read("EIF+1d", TOA=EIF) == Anchored("EIF", DAY)
    moved = EIF + DAY
    assert read("EIF+1d (EIF 2027-04-03T15:00Z)", EIF=moved) == Anchored("EIF", DAY, at=moved)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now+3d", NotATime(Why.ANCHOR_NAME, ("EIF+3d", "every 3 days"), "now")),
        ("utc+3h", NotATime(Why.ANCHOR_NAME, ("EIF+3h", "every 3 hours"), "utc")),
        ("fri+2d", NotATime(Why.ANCHOR_NAME, ("EIF+2d", "every 2 days"), "fri")),
        ("est+0h", NotATime(Why.ANCHOR_NAME, ("EIF+0h", "every 1 day"), "est")),
        ("EIF+36h 18:00", Ambiguous(("EIF+36h", "EIF+1d 18:00"), Why.ANCHOR_DAYS)),
        (
            "EIF-12h 18:00 Tokyo",
            Ambiguous(("EIF-12h", "EIF-1d 18:00 tokyo"), Why.ANCHOR_DAYS),
        ),
        (
            "EIF+7d 18:00 every 12h",
            Ambiguous(("EIF+7d every 12h", "EIF+7d 18:00 every 1d"), Why.ANCHOR_DAYS),
        ),
        ("EIF+21d 25:00", NotATime(Why.NO_SUCH_CLOCK)),
        ("EIF+21d 18:00 Geneva", NotATime(Why.UNKNOWN_ZONE, ("Europe/Zurich",))),
        (
            "EIF+21d 18:00 est every 7d",
            Ambiguous(
                ("eif+21d 18:00 Asia/Baghdad every 7d", "eif+21d 18:00 UTC every 7d"),
                Why.ZONE_ABBREVIATION,
            ),
        ),
        ("21 days after EIF", Ambiguous(("EIF+21d",), Why.ANCHOR_FORM)),
        ("2 weeks before the EIF 18:00", Ambiguous(("EIF-14d 18:00",), Why.ANCHOR_FORM)),
        ("EIF+7d (TOA 2027-04-03T15:00Z)", NotATime()),
        ("EIF+7d (EIF 2027-02-30T15:00Z)", NotATime(Why.NO_SUCH_DATE)),
    ],
)
def test_an_unclear_offset_is_refused_with_what_can_be_typed(text: str, expected: object) -> None:
    assert read(text) == expected
    assert isinstance(expected, Ambiguous | NotATime)
    if expected.why is not Why.UNKNOWN_ZONE:
        assert all(isinstance(read(hint), Schedule) for hint in expected.normal_form_hints)


@pytest.mark.parametrize(
    "text", ["EIF", "EIF+", "EIF+3 months", "EIF+3m", "E+3d", "EIF+3d every", "EIF+1d every 0d"]
)
def test_what_is_no_offset_is_not_one(text: str) -> None:
    assert isinstance(read(text), NotATime | Ambiguous)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" eif ", "EIF"),
        ("Phase-2", "PHASE-2"),
        ("D2", "D2"),
        ("a" * 24, "A" * 24),
        ("a" * 25, None),
        ("e", None),
        ("2d", None),
        ("eif-", None),
        ("eif 2", None),
        ("\u00e9if", None),
        ("now", None),
        ("today", None),
        ("mon", None),
        ("apr", None),
        ("utc", None),
        ("gmt", None),
        ("rrule", None),
    ],
)
def test_the_name_of_an_event_is_no_word_of_time(typed: str, name: str | None) -> None:
    assert read_anchor_name(typed) == name


def test_before_its_event_has_a_time_there_is_no_next_time() -> None:
    schedule = Anchored("EIF", 21 * DAY)
    assert schedule.next_after(NOW) == NEVER
    assert schedule.next_after(NEVER) == NEVER


def test_a_time_that_comes_once_comes_once() -> None:
    schedule = Anchored("EIF", 21 * DAY).bind(EIF)
    assert schedule.next_after(NOW) == EIF + 21 * DAY
    assert schedule.next_after(EIF + 21 * DAY) == NEVER
    assert Anchored("EIF", -2 * DAY).bind(EIF).next_after(NOW) == EIF - 2 * DAY


def test_a_time_that_recurs_first_comes_at_its_offset() -> None:
    schedule = Anchored("EIF", 7 * DAY, every=3 * DAY).bind(EIF)
    assert schedule.next_after(NOW) == EIF + 7 * DAY
    assert schedule.next_after(EIF + 7 * DAY) == EIF + 10 * DAY
    assert schedule.next_after(EIF + 100 * DAY) == EIF + 103 * DAY


def test_without_a_clock_an_offset_is_elapsed_time_and_with_one_local_days() -> None:
    change = utc(2027, 3, 27, 12)
    elapsed = Anchored("EIF", DAY).bind(change)
    by_clock = Anchored("EIF", DAY, time(13), "Europe/Berlin").bind(change)
    assert elapsed.next_after(NOW) == utc(2027, 3, 28, 12)
    assert by_clock.next_after(NOW) == utc(2027, 3, 28, 11)


def test_the_days_are_counted_from_the_local_date_of_the_event() -> None:
    late = utc(2027, 4, 3, 22)
    assert Anchored("EIF", DAY, time(9), "UTC").bind(late).next_after(NOW) == utc(2027, 4, 4, 9)
    tokyo = Anchored("EIF", DAY, time(9), "Asia/Tokyo").bind(late)
    assert tokyo.next_after(NOW) == utc(2027, 4, 5, 0)


def test_a_clock_that_a_jump_skips_comes_after_the_jump() -> None:
    schedule = Anchored("EIF", DAY, time(2, 30), "Europe/Berlin").bind(utc(2027, 3, 27, 12))
    assert schedule.next_after(NOW) == utc(2027, 3, 28, 1)


def test_a_schedule_says_whose_zone_it_keeps() -> None:
    assert own_zone(Anchored("EIF", DAY)) is None
    assert own_zone(Anchored("EIF", DAY, time(9), "Asia/Tokyo")) == "Asia/Tokyo"


DAYS = st.integers(-3650, 3650).map(lambda n: n * DAY)
EVENTS = st.none() | st.datetimes(
    datetime(1970, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2199, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda at: at.replace(second=0, microsecond=0))
NAMES = st.sampled_from(["EIF", "TOA", "PHASE-2", "A" * 24, "D2", "X-1-Y"])
ANCHORED = st.one_of(
    st.builds(
        Anchored,
        NAMES,
        st.integers(-5_000_000, 5_000_000).map(lambda n: timedelta(minutes=n)),
        every=st.none() | st.integers(1, 5_000_000).map(lambda n: timedelta(minutes=n)),
        at=EVENTS,
    ),
    st.builds(
        Anchored,
        NAMES,
        DAYS,
        st.builds(time, st.integers(0, 23), st.integers(0, 59)),
        st.sampled_from(ZONES),
        st.none() | st.integers(1, 3660).map(lambda n: n * DAY),
        EVENTS,
    ),
)


def test_the_longest_name_is_read_again_when_its_event_is_set() -> None:
    schedule = Anchored("A" * 24, DAY, time(9), "America/Argentina/ComodRivadavia", DAY, EIF)
    assert len(schedule.normal()) > 100
    assert read(schedule.normal()) == schedule


@given(ANCHORED)
def test_the_normal_form_reads_as_the_same_schedule(schedule: Anchored) -> None:
    assert len(schedule.normal()) <= 240
    assert read(schedule.normal()) == schedule


@given(ANCHORED, st.datetimes(datetime(1975, 1, 1), datetime(2190, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_what_comes_next_lies_ahead_and_after_it_something_later(
    schedule: Anchored, instant: datetime
) -> None:
    first = schedule.next_after(instant)
    assert first > instant
    assert (first == NEVER) <= (schedule.at is None or schedule.every is None)
    second = schedule.next_after(first)
    assert second > first or second == NEVER
