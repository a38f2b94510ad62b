"""Times that hang on an event: "EIF+21d", "EIF+7d every 7 days", "EIF+21d 18:00 Asia/Baghdad".

Without a clock the offset is elapsed time; with one it counts local dates. Until the event has
a time there is no next time. Refuses an offset that a clock makes unclear, and names that people
use for something else, above all `now`: nothing may wait for an event that will never be set.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bot.domain.when_duration import largest_unit, read_duration
from bot.domain.when_recurring import NEVER, Every, Freq, Rule
from bot.domain.when_types import MONTHS, WEEKDAYS, Ambiguous, NotATime, Why, iso_z
from bot.domain.when_zones import DAY, find_zone, first_valid, is_abbreviation, zone_of

_NAME: Final = r"[a-z](?:[a-z0-9]|-(?!\d+ ?[a-z])){0,22}[a-z0-9]"
_ANCHORED: Final = re.compile(
    rf"(?P<name>{_NAME}) ?(?P<sign>[+-]) ?(?P<offset>\d[\da-z ]*?)"
    r"(?: (?:at )?(?P<clock>\d\d:\d\d)(?: (?P<zone>(?!every )[a-z][^()]*?))?)?"
    r"(?: every (?P<every>\d[\da-z ]*?))?"
    r"(?: \((?P<again>[a-z0-9-]+) (?P<at>\d{4}-\d\d-\d\dt\d\d:\d\d)z\))?",
    re.ASCII,
)
_ZERO: Final = re.compile(r"0 ?(?:d|days?|h|hours?|min|minutes?)", re.ASCII)
_TAKEN: Final = frozenset(
    {
        "list",
        "now",
        "today",
        "tomorrow",
        "noon",
        "midnight",
        "in",
        "daily",
        "every",
        "utc",
        "rrule",
        "once",
    }
)


def read_anchor_name(typed: str) -> str | None:
    """The name of an anchor event in capitals: 2 to 24 letters, digits and dashes; None if not one.

    Weekdays, months, zones and words of time are not names.
    """
    name = typed.strip().casefold()
    if re.fullmatch(_NAME, name, re.ASCII) is None or name in _TAKEN or is_abbreviation(name):
        return None
    return None if name[:3] in (*WEEKDAYS, *MONTHS) and len(name) == len("mon") else name.upper()


@dataclass(frozen=True, slots=True)
class Anchored:
    """A time at an offset from an event, once or then `every` so long.

    With a `clock` (in `zone`, IANA) offset and period are whole local days. `at` is the time of
    the event, aware UTC; None while nobody has set it.
    """

    name: str
    offset: timedelta
    clock: time | None = None
    zone: str = ""
    every: timedelta | None = None
    at: datetime | None = None

    def bind(self, at: datetime | None) -> "Anchored":
        """The same with the event at `at`."""
        return replace(self, at=at)

    def next_after(self, instant: datetime) -> datetime:
        """The first occurrence strictly after `instant`, in UTC; `NEVER` if there is none."""
        if self.at is None or instant >= NEVER:
            return NEVER
        if self.every is not None:
            return self._recurring(self.at, self.every).next_after(instant)
        first = self._first(self.at)
        return first if first > instant else NEVER

    def _first(self, event: datetime) -> datetime:
        if self.clock is None:
            return event + self.offset
        return first_valid(self._day(event), self.clock, zone_of(self.zone))

    def _day(self, event: datetime) -> date:
        return event.astimezone(zone_of(self.zone)).date() + self.offset

    def _recurring(self, event: datetime, period: timedelta) -> Every | Rule:
        if self.clock is None:
            return Every(period, event + self.offset - period)
        hours, minute = (self.clock.hour,), self.clock.minute
        return Rule(Freq.DAILY, hours, minute, self.zone, period // DAY, start=self._day(event))

    def normal(self) -> str:
        """The text that reads as this schedule again."""
        count, unit = largest_unit(abs(self.offset))
        sign = "-" if self.offset < timedelta(0) else "+"
        short = {"day": "d", "hour": "h"}.get(unit, unit)
        clock = f" {self.clock:%H:%M} {self.zone}" if self.clock else ""
        again = f" {Every(self.every, NEVER).normal()}" if self.every else ""
        event = f" ({self.name} {iso_z(self.at)})" if self.at else ""
        return f"{self.name}{sign}{count}{short}{clock}{again}{event}"


def read_anchored(
    typed: str, *, home: str, anchors: Mapping[str, datetime]
) -> Anchored | Ambiguous | NotATime | None:
    """Read what `plain` made of a text; None if it has not this form.

    `anchors` are the events that are set, by name; they go before a time in the text itself.
    """
    found = _ANCHORED.fullmatch(typed)
    if found is None:
        return None
    offset = timedelta(0) if _ZERO.fullmatch(found["offset"]) else read_duration(found["offset"])
    every = read_duration(found["every"]) if found["every"] else None
    if offset is None or (found["every"] and every is None):
        return None
    name = read_anchor_name(found["name"])
    if name is None:
        ahead = Every(offset, NEVER).normal().removeprefix("every ") if offset else "1 day"
        hints = (f"EIF+{found['offset'].replace(' ', '')}", f"every {ahead}")
        return NotATime(Why.ANCHOR_NAME, hints, found["name"])
    clock, zone = None, ""
    if found["clock"]:
        placed = _clock(found, home)
        if not isinstance(placed, tuple):
            return placed
        clock, zone = placed
        if offset % DAY or (every or DAY) % DAY:
            return _unclear(found, name, offset, every)
    at = _event(found, name, anchors)
    if isinstance(at, NotATime):
        return at
    return Anchored(name, -offset if found["sign"] == "-" else offset, clock, zone, every, at)


def _clock(found: re.Match[str], home: str) -> tuple[time, str] | Ambiguous | NotATime:
    try:
        clock = time.fromisoformat(found["clock"])
    except ValueError:
        return NotATime(Why.NO_SUCH_CLOCK)
    zone = find_zone(found["zone"], home=home) if found["zone"] else home
    if isinstance(zone, Ambiguous):
        stem = found.string[: found.start("zone")]
        rest = found.string[found.end("zone") :]
        return Ambiguous(tuple(stem + name + rest for name in zone.normal_form_hints), zone.why)
    return zone if isinstance(zone, NotATime) else (clock, zone)


def _event(
    found: re.Match[str], name: str, anchors: Mapping[str, datetime]
) -> datetime | NotATime | None:
    if name in anchors or not found["at"]:
        return anchors.get(name)
    if found["again"] != found["name"]:
        return NotATime()
    try:
        return datetime.fromisoformat(found["at"].upper()).replace(tzinfo=UTC)
    except ValueError:
        return NotATime(Why.NO_SUCH_DATE)


def _unclear(
    found: re.Match[str], name: str, offset: timedelta, every: timedelta | None
) -> Ambiguous:
    """A clock and hours beside it: either the hours are meant or the clock of a day."""
    days = max(1, offset // DAY)
    stem = f"{name}{found['sign']}"
    again = f" every {max(1, every // DAY)}d" if every else ""
    elapsed = f" every {found['every']}" if every else ""
    zone = f" {found['zone']}" if found["zone"] else ""
    clock = f"{stem}{days}d {found['clock']}{zone}{again}"
    return Ambiguous((f"{stem}{found['offset'].strip()}{elapsed}", clock), Why.ANCHOR_DAYS)
