"""Local wall clocks and instants: zone names, skipped and repeated times.

Python's zoneinfo answers for a time that does not exist and picks one of two for a time that
exists twice (PEP 495). Here both are named, so nobody above can take them for plain times.
"""

import difflib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from bot.domain.when_types import Ambiguous, NotATime, Why

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)

# Etc/GMT+3 lies three hours *west*: its sign is the reverse of what people read.
_NOT_OFFERED: Final = ("Etc/", "SystemV/", "posix/", "right/")
# Old aliases: taken when typed whole, not used to find a city.
_OLD_AREAS: Final = ("US/", "Canada/", "Brazil/", "Chile/", "Mexico/")

_CITY_HINTS: Final[dict[str, str]] = {
    "abu dhabi": "Asia/Dubai",
    "aleppo": "Asia/Damascus",
    "ankara": "Europe/Istanbul",
    "basel": "Europe/Zurich",
    "bern": "Europe/Zurich",
    "erbil": "Asia/Baghdad",
    "geneva": "Europe/Zurich",
    "islamabad": "Asia/Karachi",
    "mosul": "Asia/Baghdad",
    "sanaa": "Asia/Aden",
    "tel aviv": "Asia/Jerusalem",
    "the hague": "Europe/Amsterdam",
    "washington": "America/New_York",
}
"""Cities of this work that name no zone; shown as a hint, never taken by themselves."""

_ABBREVIATIONS: Final = frozenset(
    [
        "adt",
        "akst",
        "ast",
        "bst",
        "cat",
        "cdt",
        "cest",
        "cet",
        "cst",
        "eat",
        "edt",
        "eest",
        "eet",
        "est",
        "gmt",
        "gst",
        "hst",
        "ict",
        "idt",
        "irst",
        "ist",
        "jst",
        "kst",
        "local",
        "mdt",
        "msk",
        "mst",
        "ndt",
        "nst",
        "pdt",
        "pkt",
        "pst",
        "sast",
        "trt",
        "wat",
        "west",
        "wet",
        "wib",
    ]
)


@dataclass(frozen=True, slots=True)
class Exact:
    """A wall-clock time that happens once."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """A wall-clock time the clocks jump over: last minute before, first instant after."""

    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class Fold:
    """A wall-clock time that happens twice."""

    first: datetime
    second: datetime


Moment = Exact | Gap | Fold


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    offered = (n for n in available_timezones() if "/" in n and not n.startswith(_NOT_OFFERED))
    return {name.casefold(): name for name in offered}


@lru_cache(maxsize=1)
def _cities() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(_names().values()):
        if not name.startswith(_OLD_AREAS):
            key = city_of(name).casefold()
            found[key] = (*found.get(key, ()), name)
    return found


def is_abbreviation(typed: str) -> bool:
    """Whether `typed` (lower case) is a short name of a zone, which nobody can read for certain."""
    return typed in _ABBREVIATIONS


def city_of(zone: str) -> str:
    """Last part of a zone name, as people write it: `America/New_York` is `New York`."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def zone_of(name: str) -> tzinfo:
    """The zone called `name` (exact IANA spelling, or `UTC`). ValueError for anything else."""
    if name == "UTC":
        return UTC
    if _names().get(name.casefold()) != name:
        raise ValueError("not an IANA zone name")
    return ZoneInfo(name)


def find_zone(typed: str, *, home: str) -> str | Ambiguous | NotATime:
    """The zone named by `typed` (from `plain`): an IANA name, `utc`, `z` or the city of one zone.

    The caller's own zone wins over other zones with the same city. Hints are zone names.
    """
    if typed in ("utc", "z"):
        return "UTC"
    name = _names().get(typed.replace(" ", "_"))
    if name is not None:
        return name
    city = typed.replace("_", " ")
    if city == city_of(home).casefold():
        return home
    named = _cities().get(city, ())
    if len(named) == 1:
        return named[0]
    if named:
        return Ambiguous(named, Why.UNKNOWN_ZONE)
    if typed in _ABBREVIATIONS:
        return Ambiguous((home, "UTC") if home != "UTC" else ("UTC",), Why.ZONE_ABBREVIATION)
    return NotATime(Why.UNKNOWN_ZONE, _nearest(city))


def _nearest(typed: str) -> tuple[str, ...]:
    city = city_of(typed)
    if city in _CITY_HINTS:
        return (_CITY_HINTS[city],)
    whole = difflib.get_close_matches(typed.replace(" ", "_"), _names(), n=1, cutoff=0.75)
    alike = difflib.get_close_matches(city, _cities(), n=2, cutoff=0.75)
    found = [_names()[key] for key in whole] + [name for key in alike for name in _cities()[key]]
    return tuple(dict.fromkeys(found))[:3]


def settle(day: date, clock: time, tz: tzinfo) -> Moment:
    """What the wall-clock time `clock` on `day` in `tz` is: once, never or twice. Aware UTC."""
    local = datetime.combine(day, clock, tz)
    early = local.replace(fold=0).astimezone(UTC)
    late = local.replace(fold=1).astimezone(UTC)
    if early == late:
        return Exact(early)
    if early < late:
        return Fold(early, late)
    # PEP 495: in a gap fold=0 lands after the jump and fold=1 before it.
    jump = _jump(late, early, tz)
    return Gap(jump - MINUTE, jump)


def _jump(low: datetime, high: datetime, tz: tzinfo) -> datetime:
    """The instant (to the second) at which the offset changes, in `(low, high]`."""
    before = low.astimezone(tz).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(tz).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def first_valid(day: date, clock: time, tz: tzinfo) -> datetime:
    """Aware UTC. A skipped time is the first instant after the jump, a repeated one the first."""
    match settle(day, clock, tz):
        case Exact(at):
            return at
        case Gap(_, after):
            return after
        case Fold(first, _):
            return first


def last_minute(day: date, tz: tzinfo) -> datetime | None:
    """The last minute that bears the date `day` in `tz`, aware UTC; None for a skipped date.

    Usually 23:59; the second 23:59 where clocks go back at midnight (Cairo).
    """
    last = first_valid(day + DAY, time(0), tz) - MINUTE
    return last if last.astimezone(tz).date() == day else None
