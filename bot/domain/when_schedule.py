"""Durations and recurring times: "14d", "every 3 days", "mon,thu 18:00 Asia/Baghdad".

An interval counts elapsed time from its anchor. A wall-clock schedule has one occurrence for
each of its local days: a skipped time comes at the first instant after the jump, a repeated
time comes at its first and not again. No months and years: their length is not one length.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from bot.domain.when_slips import diagnose
from bot.domain.when_types import (
    MAX_TYPED,
    WEEKDAY,
    WEEKDAYS,
    Ambiguous,
    NotATime,
    Why,
    plain,
    up_to_minute,
    weekday_number,
)
from bot.domain.when_zones import DAY, find_zone, first_valid, zone_of

LONGEST: Final = timedelta(days=3660)

_DURATION: Final = re.compile(
    r"(?:(?P<weeks>\d{1,4}) ?(?:w|weeks?))? ?"
    r"(?:(?P<days>\d{1,4}) ?(?:d|days?))? ?"
    r"(?:(?P<hours>\d{1,5}) ?(?:h|hrs?|hours?) ?"
    # A lone `m` could be months; after hours it cannot.
    r"(?:(?P<minutes_of_hour>\d{1,2}) ?(?:m|mins?|minutes?))?)?"
    r"(?:(?P<minutes>\d{1,7}) ?(?:mins?|minutes?))?",
    re.ASCII,
)

_INTERVAL: Final = re.compile(r"every (?P<length>.+)")
_DAYS: Final = re.compile(
    rf"(?P<daily>daily|every day)|(?:every |weekly |weekly on )?(?P<days>(?:(?:{WEEKDAY})(?:,| and )?){{1,7}})",
)
_CLOCKED: Final = re.compile(
    r"(?P<days>[a-z, ]+?) (?:at )?(?P<clock>\d{2}:\d{2})(?: (?P<zone>[a-z].*))?", re.ASCII
)


def read_duration(text: str) -> timedelta | None:
    """A positive length of time up to ten years, whole minutes; None if not one.

    Forms: `14d`, `7 days`, `90 min`, `1h30m`, `2 weeks 3 days`. A day is 24 hours here.
    """
    found = _DURATION.fullmatch(plain(text)) if len(text) <= MAX_TYPED else None
    if found is None:
        return None
    parts = {name: int(value) for name, value in found.groupdict(default="0").items()}
    length = timedelta(
        weeks=parts["weeks"],
        days=parts["days"],
        hours=parts["hours"],
        minutes=parts["minutes"] + parts["minutes_of_hour"],
    )
    return length if timedelta(0) < length <= LONGEST else None


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
        minutes = self.period // timedelta(minutes=1)
        for unit, size in (("day", 24 * 60), ("hour", 60)):
            if minutes % size == 0:
                count = minutes // size
                return f"every {count} {unit}{'s' if count > 1 else ''}"
        return f"every {minutes} min"


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


Schedule = Every | WallClock


def read_schedule(text: str, *, now: datetime, zone: str) -> Schedule | Ambiguous | NotATime:
    """A recurring time. `now` (aware) anchors an interval, `zone` (IANA) is meant if none is named.

    Forms: `every 24h`, `every 3 days`, `daily 09:00`, `mon,thu 18:00 Asia/Baghdad`.
    `every 24h` keeps 24 hours over a clock change, `daily` keeps the clock.
    """
    zone_of(zone)
    if len(text) > MAX_TYPED:
        return NotATime()
    typed = re.sub(r", ", ",", plain(text))
    interval = _INTERVAL.fullmatch(typed)
    period = read_duration(interval["length"]) if interval else None
    if period is not None:
        return Every(period, up_to_minute(now.astimezone(UTC)))
    read = _wall_clock(typed, zone)
    if read is not None:
        return read
    slip = diagnose(typed, today=now.date(), readable=_readable(zone))
    if slip is not None:
        return slip
    if _DAYS.fullmatch(typed):
        return Ambiguous((f"{typed} 09:00", f"{typed} 18:00"), Why.NO_CLOCK)
    return NotATime(Why.UNREADABLE, ("every 24h", "daily 09:00", "mon,thu 18:00"))


def _readable(zone: str) -> Callable[[str], bool]:
    return lambda text: isinstance(_wall_clock(plain(text), zone), WallClock)


def _wall_clock(typed: str, home: str) -> WallClock | Ambiguous | NotATime | None:
    found = _CLOCKED.fullmatch(typed)
    days = _DAYS.fullmatch(found["days"]) if found else None
    if found is None or days is None:
        return None
    try:
        clock = time.fromisoformat(found["clock"])
    except ValueError:
        return NotATime(Why.NO_SUCH_CLOCK)
    zone = home
    if found["zone"]:
        named = find_zone(found["zone"], home=home)
        if isinstance(named, Ambiguous):
            stem = f"{found['days']} {found['clock']}"
            return Ambiguous(tuple(f"{stem} {name}" for name in named.normal_form_hints), named.why)
        if isinstance(named, NotATime):
            return named
        zone = named
    chosen = range(7) if days["daily"] else map(weekday_number, re.findall(WEEKDAY, days["days"]))
    return WallClock(tuple(sorted(set(chosen))), clock, zone)
