"""Recurring times as people type them: "every 3 days", "mon,thu 18:00 Asia/Baghdad", a pasted rule.

Refuses what can be read two ways, with the forms that can be typed instead. What the readings
are worth stands with the values: `when_recurring` and `when_anchored`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from typing import Final

from bot.domain.when_anchored import Anchored, read_anchored
from bot.domain.when_duration import LONGEST, read_duration
from bot.domain.when_recurring import NEVER, Every, Rule, WallClock
from bot.domain.when_rrule import MAX_RULE, is_rule, read_rule
from bot.domain.when_slips import diagnose
from bot.domain.when_types import (
    WEEKDAY,
    Ambiguous,
    NotATime,
    Why,
    plain,
    up_to_minute,
    weekday_number,
)
from bot.domain.when_zones import find_zone, zone_of

__all__ = [
    "LONGEST",
    "NEVER",
    "Anchored",
    "Every",
    "Rule",
    "Schedule",
    "WallClock",
    "own_zone",
    "read_duration",
    "read_schedule",
]

_INTERVAL: Final = re.compile(r"every (?P<length>.+)")
_DAYS: Final = re.compile(
    rf"(?P<daily>daily|every day)|(?:every |weekly |weekly on )?(?P<days>(?:(?:{WEEKDAY})(?:,| and )?){{1,7}})",
)
_CLOCKED: Final = re.compile(
    r"(?P<days>[a-z, ]+?) (?:at )?(?P<clock>\d{2}:\d{2})(?: (?P<zone>[a-z].*))?", re.ASCII
)
_AFTER: Final = re.compile(
    r"(?P<length>\d[\da-z ]*?) (?P<side>after|before) (?:the )?(?P<name>[a-z][a-z0-9-]+)(?P<rest>.*)",
    re.ASCII,
)

Schedule = Every | WallClock | Rule | Anchored
"""All of them have `next_after(instant)` and `normal()`; only `Anchored` ever answers `NEVER`."""


def own_zone(schedule: Schedule) -> str | None:
    """The zone a schedule keeps, which its reader may not live in; None for elapsed time."""
    return None if isinstance(schedule, Every) else schedule.zone or None


def read_schedule(
    text: str, *, now: datetime, zone: str, anchors: Mapping[str, datetime] | None = None
) -> Schedule | Ambiguous | NotATime:
    """A recurring time. `now` (aware) anchors an interval, `zone` (IANA) is meant if none is named.

    Forms: `every 24h`, `every 3 days`, `daily 09:00`, `mon,thu 18:00 Asia/Baghdad`,
    `EIF+21d`, `EIF+7d every 7 days`, `rrule FREQ=…;… Europe/Zurich`, a pasted `RRULE:` line.
    `every 24h` keeps 24 hours over a clock change, `daily` keeps the clock. `anchors` are the
    events that are set, by name; one that is not has no next time yet.
    """
    zone_of(zone)
    if len(text) > MAX_RULE:
        return NotATime()
    typed = re.sub(r", ", ",", plain(re.sub(r"[\r\n]+", " ", text)))
    if is_rule(typed):
        return read_rule(typed, now=now, home=zone)
    interval = _INTERVAL.fullmatch(typed)
    period = read_duration(interval["length"]) if interval else None
    if period is not None:
        return Every(period, up_to_minute(now.astimezone(UTC)))
    read = _wall_clock(typed, zone) or read_anchored(typed, home=zone, anchors=anchors or {})
    return read or _slip(typed, now, zone)


def _slip(typed: str, now: datetime, zone: str) -> Ambiguous | NotATime:
    readable = _readable(zone)
    after = _AFTER.fullmatch(typed)
    offset = read_duration(after["length"]) if after else None
    if after is not None and offset is not None:
        sign = 1 if after["side"] == "after" else -1
        hint = Anchored(after["name"].upper(), sign * offset).normal() + after["rest"]
        if readable(hint):
            return Ambiguous((hint,), Why.ANCHOR_FORM)
    slip = diagnose(typed, today=now.date(), readable=readable)
    if slip is not None:
        return slip
    if _DAYS.fullmatch(typed):
        return Ambiguous((f"{typed} 09:00", f"{typed} 18:00"), Why.NO_CLOCK)
    return NotATime(Why.UNREADABLE, ("every 24h", "daily 09:00", "mon,thu 18:00"))


def _readable(zone: str) -> Callable[[str], bool]:
    def reads(text: str) -> bool:
        typed = plain(text)
        read = _wall_clock(typed, zone) or read_anchored(typed, home=zone, anchors={})
        return isinstance(read, WallClock | Anchored)

    return reads


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
