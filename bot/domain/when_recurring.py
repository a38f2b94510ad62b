"""Schedules as values: when a recurring time comes next, and the text that reads as it again.

An interval counts elapsed time from its anchor. A schedule by the clock has one occurrence for
each of its local times: a skipped time comes at the first instant after the jump, a repeated
time comes at its first and not again; two that a jump throws together come once. Refuses
nothing itself: what may be typed is decided where it is read.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.when_duration import largest_unit
from bot.domain.when_types import WEEKDAYS
from bot.domain.when_zones import DAY, first_valid, zone_of

NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""The next time of what has none: it waits for an event, or it came once and is over."""

_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Every:
    """An interval of elapsed time; occurrences are `anchor + k * period` for k = 1, 2, …."""

    period: timedelta
    anchor: datetime

    def next_after(self, instant: datetime) -> datetime:
        """The first occurrence strictly after `instant`; both aware, the result in UTC."""
        passed = max(0, (instant - self.anchor) // self.period)
        return (self.anchor + (passed + 1) * self.period).astimezone(UTC)

    def normal(self) -> str:
        """The text that reads as this schedule again."""
        count, unit = largest_unit(self.period)
        plural = "s" if count > 1 and unit != "min" else ""
        return f"every {count} {unit}{plural}"


@dataclass(frozen=True, slots=True)
class WallClock:
    """A local time on some weekdays (0 is Monday) in an IANA zone."""

    weekdays: tuple[int, ...]
    clock: time
    zone: str

    def next_after(self, instant: datetime) -> datetime:
        """The first occurrence strictly after `instant`; both aware, the result in UTC."""
        tz = zone_of(self.zone)
        # Earlier dates are over: even a skipped time comes no later than its next local midnight.
        day = instant.astimezone(tz).date()
        while True:
            if day.weekday() in self.weekdays:
                at = first_valid(day, self.clock, tz)
                if at > instant:
                    return at
            day += DAY

    def normal(self) -> str:
        """The text that reads as this schedule again."""
        every_day = len(self.weekdays) == len(WEEKDAYS)
        days = "daily" if every_day else ",".join(WEEKDAYS[day] for day in self.weekdays)
        return f"{days} {self.clock:%H:%M} {self.zone}"


class Freq(StrEnum):
    """What an interval of a rule counts; the names are those of RFC 5545, 3.3.10."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


@dataclass(frozen=True, slots=True)
class Rule:
    """The part of an RFC 5545 recurrence rule that a watch can keep: it has no end.

    `hours` are sorted. `by_day` holds weekdays with their ordinal in the month, 0 for each;
    `by_month_day` holds 1 to 28, and -1 for the last day. `start` is the first local date; an
    `interval` above 1 counts from its day, week (from Monday) or month.

    ValueError for a rule without any occurrence, or whose `start` is not a day of its own.
    """

    freq: Freq
    hours: tuple[int, ...]
    minute: int
    zone: str
    interval: int = 1
    by_day: tuple[tuple[int, int], ...] = ()
    by_month_day: tuple[int, ...] = ()
    start: date | None = None

    def __post_init__(self) -> None:
        """Refuse what would be searched for without end."""
        dayless = self.freq is not Freq.DAILY and not self.by_day and not self.by_month_day
        if dayless or not self.hours or (self.interval > 1 and self.start is None):
            raise ValueError("a rule without occurrences")
        if self.start is not None and not self.falls_on(self.start):
            raise ValueError("a start that is not a day of the rule")

    def falls_on(self, day: date) -> bool:
        """Whether a local date bears occurrences."""
        if self.start is not None and (day < self.start or self._steps(day) % self.interval):
            return False
        if self.by_month_day:
            last = (day + DAY).day == 1
            return day.day in self.by_month_day or (last and -1 in self.by_month_day)
        if self.by_day:
            return any((nth, day.weekday()) in self.by_day for nth in (0, *_ordinals(day)))
        return True

    def _steps(self, day: date) -> int:
        """Days, weeks or months from the start to `day`."""
        start = self.start or day
        match self.freq:
            case Freq.DAILY:
                return (day - start).days
            case Freq.WEEKLY:
                return (day.toordinal() - 1) // _WEEK - (start.toordinal() - 1) // _WEEK
            case Freq.MONTHLY:
                return (day.year - start.year) * 12 + day.month - start.month

    def next_after(self, instant: datetime) -> datetime:
        """The first occurrence strictly after `instant`; both aware, the result in UTC."""
        tz = zone_of(self.zone)
        today = instant.astimezone(tz).date()
        day = max(today, self.start) if self.start else today
        while True:
            if self.falls_on(day):
                for hour in self.hours:
                    at = first_valid(day, time(hour, self.minute), tz)
                    if at > instant:
                        return at
            day += DAY

    def normal(self) -> str:
        """The text that reads as this schedule again."""
        started = f" from {self.start}" if self.start else ""
        return f"rrule {self.parts()} {self.zone}{started}"

    def parts(self) -> str:
        """The rule as RFC 5545 writes it."""
        return ";".join(f"{name}={value}" for name, value in self._named() if value)

    def _named(self) -> tuple[tuple[str, str], ...]:
        names = [day[:2].upper() for day in WEEKDAYS]
        return (
            ("FREQ", self.freq.value),
            ("INTERVAL", str(self.interval) if self.interval > 1 else ""),
            ("BYDAY", ",".join(f"{nth or ''}{names[day]}" for nth, day in self.by_day)),
            ("BYMONTHDAY", ",".join(map(str, self.by_month_day))),
            ("BYHOUR", ",".join(map(str, self.hours))),
            ("BYMINUTE", str(self.minute)),
        )

    def plainest(self) -> "Rule | WallClock":
        """The same schedule in the form that people type, where there is one."""
        if len(self.hours) > 1 or self.interval > 1 or self.start or self.freq is Freq.MONTHLY:
            return self
        weekdays = tuple(day for _, day in self.by_day) or tuple(range(_WEEK))
        return WallClock(weekdays, time(self.hours[0], self.minute), self.zone)


def _ordinals(day: date) -> tuple[int, int]:
    """Which of its weekday in the month a date is, from the start and (negative) from the end."""
    following = (day.replace(day=28) + 4 * DAY).replace(day=1)
    return (day.day - 1) // _WEEK + 1, -(((following - day).days - 1) // _WEEK + 1)
