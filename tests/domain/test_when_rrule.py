"""Recurrence rules as calendars export them: what is read, and what to type for what is not."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.when import Ambiguous, NotATime, Why, read_schedule
from bot.domain.when_recurring import Every, Freq, Rule, WallClock
from bot.domain.when_schedule import Schedule
from tests.domain.test_when_recurring import rules

NOW = datetime(2027, 3, 5, 11, 2, 30, tzinfo=UTC)
"""A Friday."""
HOME = "Asia/Baghdad"
MON, THU, FRI = (0, 0), (0, 3), (0, 4)
DAILY, WEEKLY, MONTHLY = Freq.DAILY, Freq.WEEKLY, Freq.MONTHLY


def read(text: str) -> Schedule | Ambiguous | NotATime:
    return read_schedule(text, now=NOW, zone=HOME)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "rrule FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=18;BYMINUTE=0 Europe/Zurich",
            WallClock((0, 3), time(18), "Europe/Zurich"),
        ),
        ("RRULE:FREQ=DAILY;BYHOUR=9;BYMINUTE=30", WallClock(tuple(range(7)), time(9, 30), HOME)),
        ("FREQ=DAILY;BYHOUR=9", WallClock(tuple(range(7)), time(9), HOME)),
        (
            "rrule FREQ = DAILY; BYHOUR = 9; BYMINUTE = 0 UTC",
            WallClock(tuple(range(7)), time(9), "UTC"),
        ),
        ("rrule freq=daily;byday=fr,mo;byhour=9;", WallClock((0, 4), time(9), HOME)),
        ("RRULE:FREQ=DAILY;BYHOUR=18,8", Rule(DAILY, (8, 18), 0, HOME)),
        (
            "rrule FREQ=MONTHLY;BYMONTHDAY=1,15,-1;BYHOUR=9 New York",
            Rule(MONTHLY, (9,), 0, "America/New_York", by_month_day=(-1, 1, 15)),
        ),
        (
            "rrule FREQ=MONTHLY;BYDAY=1MO,-1FR;BYHOUR=9",
            Rule(MONTHLY, (9,), 0, HOME, by_day=((-1, 4), (1, 0))),
        ),
        (
            "DTSTART;TZID=Europe/Zurich:20270301T180000\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH",
            Rule(WEEKLY, (18,), 0, "Europe/Zurich", 2, (MON, THU), start=date(2027, 3, 1)),
        ),
        (
            "RRULE:FREQ=WEEKLY\r\nDTSTART:20270305T061500Z",
            Rule(WEEKLY, (6,), 15, "UTC", 1, (FRI,), start=date(2027, 3, 5)),
        ),
        (
            "DTSTART:20270305T090000 RRULE:FREQ=MONTHLY",
            Rule(MONTHLY, (9,), 0, HOME, by_month_day=(5,), start=date(2027, 3, 5)),
        ),
        (
            'DTSTART;TZID="Asia/Tokyo":20270305T090000 RRULE:FREQ=DAILY;INTERVAL=3',
            Rule(DAILY, (9,), 0, "Asia/Tokyo", 3, start=date(2027, 3, 5)),
        ),
        (
            "rrule FREQ=DAILY;INTERVAL=2;BYHOUR=9 Asia/Tokyo from 2027-03-06",
            Rule(DAILY, (9,), 0, "Asia/Tokyo", 2, start=date(2027, 3, 6)),
        ),
        (
            "rrule FREQ=HOURLY;INTERVAL=6",
            Every(timedelta(hours=6), datetime(2027, 3, 5, 11, 3, tzinfo=UTC)),
        ),
        (
            "DTSTART;TZID=Asia/Tokyo:20270401T090000 RRULE:FREQ=HOURLY",
            Every(timedelta(hours=1), datetime(2027, 3, 31, 23, tzinfo=UTC)),
        ),
    ],
)
def test_a_rule_is_read(text: str, expected: Schedule) -> None:
    assert read(text) == expected


def test_an_hourly_rule_first_comes_at_its_start() -> None:
    schedule = read("DTSTART;TZID=Asia/Tokyo:20270401T090000 RRULE:FREQ=HOURLY;INTERVAL=8")
    assert isinstance(schedule, Every)
    assert schedule.next_after(NOW) == datetime(2027, 4, 1, 0, tzinfo=UTC)
    assert schedule.next_after(datetime(2027, 4, 1, 0, tzinfo=UTC)).hour == 8


ANY = "rrule FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=18;BYMINUTE=0 Asia/Baghdad"
REFUSED = [
    (
        "FREQ=DAILY;BYHOUR=9;COUNT=5",
        Why.RULE_ENDS,
        "COUNT",
        "rrule FREQ=DAILY;BYHOUR=9 Asia/Baghdad",
    ),
    (
        "FREQ=DAILY;UNTIL=20270401T000000Z;BYHOUR=9 Asia/Tokyo",
        Why.RULE_ENDS,
        "UNTIL",
        "rrule FREQ=DAILY;BYHOUR=9 Asia/Tokyo",
    ),
    (
        "FREQ=DAILY;BYHOUR=9;BYSECOND=5",
        Why.RULE_PART,
        "BYSECOND",
        "rrule FREQ=DAILY;BYHOUR=9 Asia/Baghdad",
    ),
    (
        "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9;WKST=SU",
        Why.RULE_PART,
        "WKST",
        "rrule FREQ=WEEKLY;BYDAY=MO;BYHOUR=9 Asia/Baghdad",
    ),
    ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1;BYHOUR=9", Why.RULE_PART, "BYSETPOS", ANY),
    (
        "FREQ=DAILY;BYMONTH=1;BYHOUR=9",
        Why.RULE_PART,
        "BYMONTH",
        "rrule FREQ=DAILY;BYHOUR=9 Asia/Baghdad",
    ),
    (
        "FREQ=DAILY;BYWEEKNO=1;BYHOUR=9",
        Why.RULE_PART,
        "BYWEEKNO",
        "rrule FREQ=DAILY;BYHOUR=9 Asia/Baghdad",
    ),
    (
        "FREQ=DAILY;BYYEARDAY=1;BYHOUR=9",
        Why.RULE_PART,
        "BYYEARDAY",
        "rrule FREQ=DAILY;BYHOUR=9 Asia/Baghdad",
    ),
    ("FREQ=DAILY;BYHOUR=9;BYHOUR=18", Why.RULE_PART, "BYHOUR", ANY),
    ("RRULE:FREQ=DAILY;BYHOUR=9 EXDATE:20270306T090000", Why.RULE_PART, "EXDATE", ANY),
    ("DTSTART;VALUE=DATE:20270306 RRULE:FREQ=DAILY;BYHOUR=9", Why.RULE_PART, "DTSTART", ANY),
    ("FREQ=YEARLY;BYHOUR=9;BYMONTHDAY=4", Why.RULE_VALUE, "FREQ=YEARLY", ANY),
    (
        "DTSTART:20270304T090000 RRULE:FREQ=YEARLY",
        Why.RULE_VALUE,
        "FREQ=YEARLY",
        "DTSTART;TZID=Asia/Baghdad:20270304T090000 RRULE:FREQ=MONTHLY;INTERVAL=12",
    ),
    ("FREQ=MINUTELY", Why.RULE_VALUE, "FREQ=MINUTELY", "rrule FREQ=HOURLY;INTERVAL=1"),
    ("FREQ=HOURLY;BYMINUTE=5", Why.RULE_PART, "BYMINUTE", "rrule FREQ=HOURLY Asia/Baghdad"),
    ("FREQ=HOURLY;BYHOUR=5", Why.RULE_PART, "BYHOUR", "rrule FREQ=HOURLY Asia/Baghdad"),
    ("FREQ=HOURLY from 2027-03-06", Why.RULE_PART, "FROM", ANY),
    (
        "FREQ=DAILY;BYHOUR=24",
        Why.RULE_VALUE,
        "BYHOUR=24",
        "rrule FREQ=DAILY;BYHOUR=18 Asia/Baghdad",
    ),
    (
        "FREQ=DAILY;BYHOUR=9;BYMINUTE=0,30",
        Why.RULE_VALUE,
        "BYMINUTE=0,30",
        "rrule FREQ=DAILY;BYHOUR=9;BYMINUTE=0 Asia/Baghdad",
    ),
    (
        "FREQ=DAILY;INTERVAL=0;BYHOUR=9",
        Why.RULE_VALUE,
        "INTERVAL=0",
        "rrule FREQ=DAILY;BYHOUR=9 Asia/Baghdad",
    ),
    (
        "FREQ=DAILY;INTERVAL=3661;BYHOUR=9",
        Why.RULE_VALUE,
        "INTERVAL=3661",
        "rrule FREQ=DAILY;BYHOUR=9 Asia/Baghdad",
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=31;BYHOUR=9",
        Why.RULE_VALUE,
        "BYMONTHDAY=31",
        "rrule FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=9 Asia/Baghdad",
    ),
    (
        "FREQ=WEEKLY;BYMONTHDAY=1;BYDAY=MO;BYHOUR=9",
        Why.RULE_VALUE,
        "BYMONTHDAY=1",
        "rrule FREQ=WEEKLY;BYDAY=MO;BYHOUR=9 Asia/Baghdad",
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=1FR;BYHOUR=9",
        Why.RULE_PART,
        "BYDAY",
        "rrule FREQ=MONTHLY;BYMONTHDAY=13;BYHOUR=9 Asia/Baghdad",
    ),
    (
        "FREQ=MONTHLY;BYDAY=5MO;BYHOUR=9",
        Why.RULE_VALUE,
        "BYDAY=5MO",
        "rrule FREQ=MONTHLY;BYDAY=-1MO;BYHOUR=9 Asia/Baghdad",
    ),
    (
        "FREQ=MONTHLY;BYDAY=MO;BYHOUR=9",
        Why.RULE_VALUE,
        "BYDAY=MO",
        "rrule FREQ=WEEKLY;BYDAY=MO;BYHOUR=9 Asia/Baghdad",
    ),
    (
        "FREQ=WEEKLY;BYDAY=1MO;BYHOUR=9",
        Why.RULE_VALUE,
        "BYDAY=1MO",
        "rrule FREQ=MONTHLY;BYDAY=1MO;BYHOUR=9 Asia/Baghdad",
    ),
    ("FREQ=WEEKLY;BYDAY=XX;BYHOUR=9", Why.RULE_VALUE, "BYDAY=XX", ANY),
    (
        "FREQ=WEEKLY;BYHOUR=9",
        Why.RULE_LACKS,
        "BYDAY",
        "rrule FREQ=WEEKLY;BYHOUR=9;BYDAY=MO,TH Asia/Baghdad",
    ),
    (
        "FREQ=MONTHLY;BYHOUR=9",
        Why.RULE_LACKS,
        "BYMONTHDAY",
        "rrule FREQ=MONTHLY;BYHOUR=9;BYMONTHDAY=1 Asia/Baghdad",
    ),
    ("FREQ=DAILY", Why.RULE_LACKS, "BYHOUR", "rrule FREQ=DAILY;BYHOUR=18 Asia/Baghdad"),
    (
        "DTSTART:20270305T090000 RRULE:FREQ=DAILY;BYMINUTE=30",
        Why.RULE_LACKS,
        "BYHOUR",
        ANY,
    ),
    ("rrule", Why.RULE_LACKS, "FREQ", ANY),
    ("RRULE:INTERVAL=2;BYDAY=MO", Why.RULE_LACKS, "FREQ", ANY),
    ("DTSTART:20270305T090000", Why.RULE_LACKS, "FREQ", ANY),
    (
        "DTSTART:20270131T090000 RRULE:FREQ=MONTHLY",
        Why.RULE_VALUE,
        "DTSTART",
        "DTSTART;TZID=Asia/Baghdad:20270131T090000 RRULE:FREQ=MONTHLY;BYMONTHDAY=-1",
    ),
    (
        "DTSTART;TZID=Asia/Tokyo:20270305T090000 RRULE:FREQ=DAILY Asia/Baghdad",
        Why.RULE_VALUE,
        "TZID",
        ANY,
    ),
]


@pytest.mark.parametrize(("text", "why", "part", "nearest"), REFUSED, ids=[r[0] for r in REFUSED])
def test_what_a_watch_cannot_keep_is_refused_with_its_part_and_the_nearest_form(
    text: str, why: Why, part: str, nearest: str
) -> None:
    found = read(text)
    assert isinstance(found, NotATime), found
    assert (found.why, found.part, found.normal_form_hints[0]) == (why, part, nearest)
    for hint in found.normal_form_hints:
        assert isinstance(read(hint), Schedule), hint


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=9",
            (
                "rrule FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=9 Asia/Baghdad from 2027-03-08",
                "rrule FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=9 Asia/Baghdad from 2027-03-15",
            ),
        ),
        (
            "FREQ=DAILY;INTERVAL=2;BYHOUR=9",
            (
                "rrule FREQ=DAILY;INTERVAL=2;BYHOUR=9 Asia/Baghdad from 2027-03-05",
                "rrule FREQ=DAILY;INTERVAL=2;BYHOUR=9 Asia/Baghdad from 2027-03-06",
            ),
        ),
        (
            "DTSTART:20270305T090000 RRULE:FREQ=WEEKLY;BYDAY=MO",
            ("DTSTART;TZID=Asia/Baghdad:20270308T090000 RRULE:FREQ=WEEKLY;BYDAY=MO",),
        ),
        (
            "DTSTART:20270305T090000Z RRULE:FREQ=DAILY;BYHOUR=18",
            ("DTSTART:20270305T180000Z RRULE:FREQ=DAILY;BYHOUR=18",),
        ),
        (
            "rrule FREQ=WEEKLY;BYDAY=MO;BYHOUR=9 from 2027-03-05",
            ("rrule FREQ=WEEKLY;BYDAY=MO;BYHOUR=9 Asia/Baghdad from 2027-03-08",),
        ),
    ],
)
def test_a_first_day_that_is_not_clear_is_asked_for(text: str, hints: tuple[str, ...]) -> None:
    assert read(text) == Ambiguous(hints, Why.RULE_START)
    for hint in hints:
        assert isinstance(read(hint), Schedule), hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=DAILY;BYHOUR=9 Europe/Geneva", NotATime(Why.UNKNOWN_ZONE, ("Europe/Zurich",))),
        (
            "rrule FREQ=DAILY;BYHOUR=9 est",
            Ambiguous(
                ("rrule freq=daily;byhour=9 Asia/Baghdad", "rrule freq=daily;byhour=9 UTC"),
                Why.ZONE_ABBREVIATION,
            ),
        ),
        ("DTSTART:20271331T090000 RRULE:FREQ=DAILY", NotATime(Why.NO_SUCH_DATE)),
        ("rrule FREQ=DAILY;BYHOUR=9 from 2027-02-30", NotATime(Why.NO_SUCH_DATE)),
        ("FREQ=DAILY;BYHOUR=9;" + "X" * 240, NotATime()),
    ],
)
def test_a_rule_with_a_wrong_zone_or_date_is_refused(text: str, expected: object) -> None:
    assert read(text) == expected


@given(rules())
def test_the_normal_form_of_a_rule_reads_as_the_same_schedule(rule: Rule) -> None:
    schedule = rule.plainest()
    assert len(schedule.normal()) <= 240
    assert read_schedule(schedule.normal(), now=NOW, zone="UTC") == schedule


@given(rules())
def test_the_plainest_form_of_a_rule_is_the_same_schedule(rule: Rule) -> None:
    instant = NOW
    for _ in range(5):
        assert rule.plainest().next_after(instant) == rule.next_after(instant)
        instant = rule.next_after(instant)


WORDS = [
    *(
        "rrule ",
        "RRULE:",
        "DTSTART:",
        "DTSTART;TZID=",
        "Asia/Tokyo",
        ":",
        ";",
        "=",
        ",",
        " ",
        "\n",
        "Z",
    ),
    *("FREQ=", "DAILY", "WEEKLY", "MONTHLY", "HOURLY", "INTERVAL=", "2", "0", "-1", "BYDAY=", "MO"),
    *("1MO", "5FR", "BYMONTHDAY=", "31", "BYHOUR=", "9", "BYMINUTE=", "COUNT=3", "20270305T090000"),
    *(" from 2027-03-06", " est", "WKST=SU"),
]


@given(st.lists(st.sampled_from(WORDS), max_size=14).map("".join))
def test_any_rule_is_answered_and_every_hint_can_be_typed(text: str) -> None:
    for typed in (text, "rrule FREQ=WEEKLY;" + text, "FREQ=MONTHLY;BYHOUR=9;" + text):
        found = read(typed)
        if isinstance(found, Ambiguous) and found.why is Why.RULE_START:
            assert all(isinstance(read(hint), Schedule) for hint in found.normal_form_hints)
        if isinstance(found, NotATime) and found.part:
            assert all(isinstance(read(hint), Schedule) for hint in found.normal_form_hints)
