"""Five years of ten zones: every local occurrence once, also asked around every clock change.

What is expected is found by walking real instants in quarter hours and looking at the local
clock, which no code under test does.
"""

import calendar
from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.when_recurring import NEVER, Every, Freq, Rule, WallClock

ZONES = (
    "Europe/Berlin",
    "Asia/Baghdad",
    "Asia/Kabul",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/St_Johns",
    "Pacific/Chatham",
    "Asia/Gaza",
)
YEARS = range(2026, 2031)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
FIRST, LAST = date(2026, 1, 1), date(2030, 12, 31)


@cache
def walked(zone: str) -> tuple[dict[datetime, datetime], tuple[datetime, ...]]:
    """Each local time to its first instant, and the instants at which the offset changes."""
    tz = ZoneInfo(zone)
    first: dict[datetime, datetime] = {}
    changes = []
    instant, end = datetime(2025, 12, 30, tzinfo=UTC), datetime(2031, 1, 3, tzinfo=UTC)
    offset = instant.astimezone(tz).utcoffset()
    while instant < end:
        local = instant.astimezone(tz)
        first.setdefault(local.replace(tzinfo=None), instant)
        if local.utcoffset() != offset:
            offset = local.utcoffset()
            changes.append(instant)
        instant += QUARTER
    return first, tuple(changes)


def expected(zone: str, days: list[date], clocks: list[time]) -> list[datetime]:
    """The instants of local times; a skipped one is the first local time there is after it."""
    first, _ = walked(zone)
    found = set()
    for day in days:
        for clock in clocks:
            local = datetime.combine(day, clock)
            while local not in first:
                local += QUARTER
            found.add(first[local])
    return sorted(found)


def days_where(fits: Callable[[date], bool]) -> list[date]:
    days = (FIRST + n * DAY for n in range((LAST - FIRST).days + 1))
    return [day for day in days if fits(day)]


def check(schedule: WallClock | Rule, zone: str, times: list[datetime]) -> None:
    """Every occurrence in turn, and what comes next around every clock change."""
    start = times[0] - timedelta(seconds=1)
    found, instant = [], start
    while instant < times[-1]:
        instant = schedule.next_after(instant)
        found.append(instant)
    assert found == times
    assert all(a < b for a, b in pairwise(found))
    for change in walked(zone)[1]:
        for minutes in (-1440, -121, -61, -60, -31, -30, -15, -1, 0, 1, 15, 30, 31, 60, 121, 1440):
            for second in (-1, 0, 1):
                asked = change + timedelta(minutes=minutes, seconds=second)
                place = bisect_right(times, asked)
                if start <= asked and place < len(times):
                    assert schedule.next_after(asked) == times[place]


def test_the_ten_zones_change_their_clocks_as_this_test_supposes() -> None:
    changes = {zone: len(walked(zone)[1]) for zone in ZONES}
    assert [changes[zone] for zone in ("Asia/Baghdad", "Asia/Kabul", "Asia/Kathmandu")] == [0, 0, 0]
    assert changes["Asia/Tehran"] == 0
    assert all(
        changes[zone] >= 10
        for zone in set(ZONES) - {"Asia/Baghdad", "Asia/Kabul"} - {"Asia/Kathmandu", "Asia/Tehran"}
    )
    moved = {
        abs((after.astimezone(tz).utcoffset() or DAY) - (before.astimezone(tz).utcoffset() or DAY))
        for tz in [ZoneInfo("Australia/Lord_Howe")]
        for change in walked("Australia/Lord_Howe")[1]
        for before, after in [(change - QUARTER, change)]
    }
    assert moved == {timedelta(minutes=30)}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("weekdays", [tuple(range(7)), (6,), (4, 5), (0, 3)])
def test_each_quarter_hour_of_a_changing_night_comes_once_a_day_over_five_years(
    zone: str, weekdays: tuple[int, ...]
) -> None:
    days = days_where(lambda day: day.weekday() in weekdays)
    for quarter in (*range(18), 36, 72, 92, 95):
        clock = (datetime(2026, 1, 1, tzinfo=UTC) + quarter * QUARTER).time()
        check(WallClock(weekdays, clock, zone), zone, expected(zone, days, [clock]))


class Fits:
    """A day of a rule, found with the calendar's own tables."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.start = rule.start or FIRST

    def __call__(self, day: date) -> bool:
        return day >= self.start and self._in_step(day) and self._named(day)

    def _in_step(self, day: date) -> bool:
        match self.rule.freq:
            case Freq.DAILY:
                passed = (day - self.start).days
            case Freq.WEEKLY:
                monday = self.start - self.start.weekday() * DAY
                passed = (day - monday).days // 7
            case Freq.MONTHLY:
                passed = 12 * (day.year - self.start.year) + day.month - self.start.month
        return self.rule.interval == 1 or passed % self.rule.interval == 0

    def _named(self, day: date) -> bool:
        weeks = calendar.monthcalendar(day.year, day.month)
        same = [week[day.weekday()] for week in weeks if week[day.weekday()]]
        last = calendar.monthrange(day.year, day.month)[1]
        if self.rule.by_month_day:
            return {day.day, day.day - last - 1} & set(self.rule.by_month_day) != set()
        nths = {0, same.index(day.day) + 1, same.index(day.day) - len(same)}
        named = {(nth, day.weekday()) for nth in nths}
        return not self.rule.by_day or bool(named & set(self.rule.by_day))


def begun(rule: Rule, interval: int, start: date | None) -> Rule:
    """The rule with an interval, from the first of its days at or after a date."""
    if start is None:
        return rule
    while not Fits(rule)(start):
        start += DAY
    return Rule(
        rule.freq,
        rule.hours,
        rule.minute,
        rule.zone,
        interval,
        rule.by_day,
        rule.by_month_day,
        start,
    )


WEEKDAYS = st.sets(st.integers(0, 6), min_size=1, max_size=4)
HOURS = st.sets(st.sampled_from([0, 1, 2, 2, 3, 4, 9, 18, 23]), min_size=1, max_size=3)


def rules(zones: tuple[str, ...] = ZONES) -> st.SearchStrategy[Rule]:
    hours, minute = HOURS.map(sorted).map(tuple), st.sampled_from([0, 15, 30, 45])
    zone, bare = st.sampled_from(zones), WEEKDAYS.map(lambda d: tuple((0, n) for n in sorted(d)))
    nth = (
        st.sets(
            st.tuples(st.sampled_from([1, 2, 3, 4, -1, -2, -3, -4]), st.integers(0, 6)),
            min_size=1,
            max_size=3,
        )
        .map(sorted)
        .map(tuple)
    )
    month_days = st.sets(st.sampled_from([1, 2, 15, 27, 28, -1]), min_size=1, max_size=3)
    plain = st.one_of(
        st.builds(Rule, st.just(Freq.DAILY), hours, minute, zone),
        st.builds(Rule, st.just(Freq.DAILY), hours, minute, zone, by_day=bare),
        st.builds(Rule, st.just(Freq.WEEKLY), hours, minute, zone, by_day=bare),
        st.builds(Rule, st.just(Freq.MONTHLY), hours, minute, zone, by_day=nth),
        st.builds(
            Rule,
            st.just(Freq.MONTHLY),
            hours,
            minute,
            zone,
            by_month_day=month_days.map(sorted).map(tuple),
        ),
    )
    starts = st.dates(FIRST, date(2027, 12, 31))
    return st.one_of(plain, st.builds(begun, plain, st.integers(1, 5), starts))


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_each_occurrence_of_a_rule_comes_once_over_five_years(
    zone: str, data: st.DataObject
) -> None:
    rule = data.draw(rules((zone,)))
    clocks = [time(hour, rule.minute) for hour in rule.hours]
    check(rule, zone, expected(zone, days_where(Fits(rule)), clocks))


@pytest.mark.parametrize("zone", ZONES)
def test_two_clocks_that_a_jump_throws_together_come_once(zone: str) -> None:
    hours = (1, 2, 3)
    for minute in (0, 30):
        rule = Rule(Freq.DAILY, hours, minute, zone)
        clocks = [time(hour, minute) for hour in hours]
        check(rule, zone, expected(zone, days_where(Fits(rule)), clocks))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hours", [1, 6, 24, 24 * 7])
def test_an_interval_keeps_its_elapsed_time_over_every_change(zone: str, hours: int) -> None:
    period = timedelta(hours=hours)
    schedule = Every(period, datetime(2026, 1, 1, 0, 10, tzinfo=UTC))
    for change in walked(zone)[1]:
        one = schedule.next_after(change - period)
        two = schedule.next_after(one)
        assert two - one == period
        assert one <= change < two
        assert (two - schedule.anchor) % period == timedelta(0)


@pytest.mark.parametrize("zone", ZONES)
def test_what_an_interval_counts_is_not_what_the_clock_shows(zone: str) -> None:
    """Where the clocks change, `every 24h` and `daily` part; where they do not, they are one."""
    daily = WallClock(tuple(range(7)), time(12), zone)
    noon = daily.next_after(datetime(2026, 1, 1, tzinfo=UTC))
    every = Every(DAY, noon)
    apart = 0
    for _ in range(365):
        noon = daily.next_after(noon)
        apart += every.next_after(noon - timedelta(hours=3)) != noon
    assert bool(apart) is bool(walked(zone)[1])


ENDLESS: dict[str, Callable[[], Rule]] = {
    "a week without days": lambda: Rule(Freq.WEEKLY, (9,), 0, "UTC"),
    "a month without days": lambda: Rule(Freq.MONTHLY, (9,), 0, "UTC"),
    "no hours": lambda: Rule(Freq.DAILY, (), 0, "UTC"),
    "no start": lambda: Rule(Freq.DAILY, (9,), 0, "UTC", 2),
    "never a Monday": lambda: Rule(
        Freq.DAILY, (9,), 0, "UTC", 7, ((0, 0),), start=date(2026, 1, 1)
    ),
    "not the last day": lambda: Rule(
        Freq.MONTHLY, (9,), 0, "UTC", 12, (), (-1,), start=date(2026, 2, 27)
    ),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_a_rule_that_would_be_searched_for_without_end_cannot_be_made(case: str) -> None:
    with pytest.raises(ValueError, match=r"without occurrences|not a day of the rule"):
        ENDLESS[case]()


def test_never_leaves_room_for_the_arithmetic_of_its_callers() -> None:
    assert NEVER + timedelta(days=300) > NEVER
