"""Times that people type: a closed grammar, read back before anything rests on it, never guessed.

Read: `in 3 days`, `in 45 min`; `today`, `tomorrow`, a weekday, `3 apr`, `3 april 2027` or
`2027-04-03`, each alone or with `18:00` or `noon`; a bare `18:00`; a zone after it (`Asia/Baghdad`,
`Baghdad`, `UTC`, `Z`, `+03:00`); `031500Z APR 27`; and whatever `show` has written.

Settled readings, each in a test and to be said in the read-back:

* A date without a time is the last minute of that local day (`Note.END_OF_DAY`).
* `in …` counts elapsed time, up to the next whole minute; it is not moved by a clock change.
* A weekday or a bare clock is the next one strictly in the future, today included.
* A date without a year is the next one; if it went by within the last month, we ask.
* A full date may lie in the past: the caller judges whether that makes sense.

Refused: everything with two readings (`03/04`, `6:30`, `1800`, `next friday`, `midnight`), times
that a clock change skips or repeats, abbreviated zones, and years outside 1970 to 2199.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final

from bot.domain.when_schedule import (
    Every,
    Schedule,
    WallClock,
    read_duration,
    read_schedule,
)
from bot.domain.when_show import length, show, span
from bot.domain.when_slips import diagnose
from bot.domain.when_types import (
    MAX_TYPED,
    MONTH,
    WEEKDAY,
    Ambiguous,
    Instant,
    NotATime,
    Note,
    Why,
    iso_z,
    month_number,
    plain,
    up_to_minute,
    weekday_number,
)
from bot.domain.when_zones import DAY, Exact, Fold, Gap, find_zone, last_minute, settle, zone_of

__all__ = [
    "Ambiguous",
    "Every",
    "Instant",
    "NotATime",
    "Note",
    "Schedule",
    "WallClock",
    "Why",
    "length",
    "read",
    "read_duration",
    "read_schedule",
    "show",
    "span",
]

Reading = Instant | Ambiguous | NotATime

_YEARS: Final = range(1970, 2200)
_JUST_PAST: Final = timedelta(days=31)
_END: Final = r"(?: |$)"

_DATE_TIME_GROUP: Final = re.compile(
    rf"(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)z ?(?P<month>{MONTH}) ?(?:20)?(?P<year>\d\d)",
    re.ASCII,
)

_FORM: Final = re.compile(
    rf"(?:(?P<day>today|tomorrow|{WEEKDAY}){_END})?"
    rf"(?:(?P<iso>\d{{4}}-\d\d-\d\d){_END}"
    rf"|(?P<dom>\d{{1,2}})(?:st|nd|rd|th)? ?(?P<month>{MONTH})(?: (?P<year>\d{{4}}))?{_END})?"
    rf"(?:(?:(?P<clock>\d\d:\d\d|0:\d\d)(?::00)?|(?P<noon>noon))(?P<glued>z|[+-]\d\d:\d\d)?{_END})?"
    rf"(?:(?P<zone>[a-z][a-z0-9_+/ -]*?){_END})?"
    rf"(?:\((?:(?P<utc_dom>\d{{1,2}}) (?P<utc_month>{MONTH})(?: (?P<utc_year>\d{{4}}))? )?"
    rf"(?P<utc_clock>\d\d:\d\d) utc\))?",
    re.ASCII,
)


def read(text: str, *, now: datetime, zone: str) -> Reading:
    """The instant that `text` means to somebody in `zone` (IANA) at `now` (aware).

    ValueError if `zone` is not an IANA name or `now` is naive: those never come from a typist.
    """
    home = zone_of(zone)
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    if len(text) > MAX_TYPED:
        return NotATime()
    typed = re.sub(r"(?<=\d)t(?=\d)", " ", plain(text.replace(",", " ")), flags=re.ASCII)
    typed = typed.replace(" at ", " ")
    ahead = read_duration(typed.removeprefix("in ")) if typed.startswith("in ") else None
    if ahead is not None:
        return Instant(up_to_minute((now + ahead).astimezone(UTC)), zone)
    group = _DATE_TIME_GROUP.fullmatch(typed)
    if group is not None:
        return _date_time_group(group)
    reading = _composed(typed, now, zone)
    if isinstance(reading, Instant | Ambiguous):
        return reading
    today = now.astimezone(home).date()
    slip = diagnose(
        typed,
        today=today,
        readable=lambda hint: isinstance(_composed(plain(hint), now, zone), Instant),
    )
    return (
        slip
        or reading
        or NotATime(Why.UNREADABLE, ("fri 18:00", f"{today + DAY} 18:00", "in 3 days"))
    )


def _date_time_group(found: re.Match[str]) -> Reading:
    try:
        at = datetime(
            2000 + int(found["year"]),
            month_number(found["month"]),
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            tzinfo=UTC,
        )
    except ValueError:
        return NotATime(Why.NO_SUCH_DATE)
    return Instant(at, "UTC")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was typed, once its clock and zone are known; `suffix` writes the zone in hints."""

    found: re.Match[str]
    clock: time | None
    tz: tzinfo
    zone: str
    suffix: str
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(self.tz).date()

    def on(self, day: date) -> Exact | Gap | Fold | None:
        """The moment asked for, on `day`; None if the zone skips that date altogether."""
        if self.clock is not None:
            return settle(day, self.clock, self.tz)
        last = last_minute(day, self.tz)
        return Exact(last) if last else None

    def is_past(self, day: date) -> bool:
        match self.on(day):
            case None:
                return False
            case Exact(at) | Gap(_, at) | Fold(_, at):
                return at <= self.now

    def typed_on(self, day: date) -> str:
        """A hint: what was asked, on `day`, in the normal form."""
        clock = f" {self.clock:%H:%M}" if self.clock else ""
        return f"{day}{clock}{self.suffix}"


_Placed = tuple[tzinfo, str, str]
"""A zone, the name it is kept under, and how a hint writes it."""


def _composed(typed: str, now: datetime, home: str) -> Reading | None:
    """A reading of the composed form; None if `typed` has not that form."""
    found = _FORM.fullmatch(typed)
    if found is None or not any(found[part] for part in ("day", "iso", "dom", "clock", "noon")):
        return None
    if found["utc_clock"] and not found["clock"]:
        return None
    try:
        clock = _clock(found)
    except ValueError:
        return NotATime(Why.NO_SUCH_CLOCK)
    placed = _placed(found, home)
    if not isinstance(placed, tuple):
        return placed
    asked = _Asked(found, clock, *placed, now)
    day = _day(asked)
    return _instant(asked, day) if isinstance(day, date) else day


def _clock(found: re.Match[str]) -> time | None:
    if found["noon"]:
        return time(12)
    if found["clock"] is None:
        return None
    hour, minute = found["clock"].split(":")
    return time(int(hour), int(minute))


def _placed(found: re.Match[str], home: str) -> _Placed | Ambiguous | NotATime | None:
    glued, named = found["glued"], found["zone"]
    if glued and named:
        return None
    if glued == "z":
        return UTC, "UTC", "Z"
    if glued:
        offset = timedelta(hours=int(glued[1:3]), minutes=int(glued[4:]))
        if offset > timedelta(hours=14):
            return NotATime(Why.UNKNOWN_ZONE)
        return timezone(offset if glued[0] == "+" else -offset), home, glued
    if not named:
        return zone_of(home), home, ""
    zone = find_zone(named, home=home)
    if isinstance(zone, str):
        return zone_of(zone), zone, f" {zone}"
    if isinstance(zone, NotATime) and found["utc_clock"]:
        # `show` may name a city that is no zone; the UTC clock beside it then settles all.
        return zone_of(home), home, ""
    if isinstance(zone, Ambiguous):
        stem = found.string[: found.start("zone")]
        return Ambiguous(tuple(stem + name for name in zone.normal_form_hints), zone.why)
    return zone


def _day(asked: _Asked) -> date | Ambiguous | NotATime | None:
    found = asked.found
    word = found["day"]
    if not found["iso"] and not found["dom"]:
        return _day_of_word(asked, word)
    if found["dom"] and not found["year"]:
        day = _without_year(asked)
    else:
        year = int(found["year"] or found["iso"][:4])
        if year not in _YEARS:
            return NotATime(Why.YEAR_RANGE)
        dated = _date_in(asked, year)
        if dated is None:
            return NotATime(Why.NO_SUCH_DATE)
        day = _year_or_clock(asked, dated) or dated
    if not isinstance(day, date) or not word:
        return day
    if word in ("today", "tomorrow"):
        return day if day == _day_of_word(asked, word) else None
    if day.weekday() == weekday_number(word):
        return day
    coming = _day_of_word(asked, word)
    return Ambiguous((asked.typed_on(day), asked.typed_on(coming)), Why.WEEKDAY_DISAGREES)


def _day_of_word(asked: _Asked, word: str | None) -> date:
    """Today, tomorrow, the next such weekday, or the next day on which the bare clock comes."""
    if word in ("today", "tomorrow"):
        return asked.today + (DAY if word == "tomorrow" else timedelta(0))
    ahead = (weekday_number(word) - asked.today.weekday()) % 7 if word else 0
    day = asked.today + timedelta(days=ahead)
    return day + timedelta(days=7 if word else 1) if asked.is_past(day) else day


def _date_in(asked: _Asked, year: int) -> date | None:
    found = asked.found
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        return date(year, month_number(found["month"]), int(found["dom"]))
    except ValueError:
        return None


def _year_or_clock(asked: _Asked, day: date) -> Ambiguous | None:
    """`3 apr 2030` may be half past eight in the evening; next year's number rarely is."""
    clock = divmod(day.year, 100)
    far = day.year > asked.today.year + 1
    if asked.clock is not None or asked.found["iso"] or not far or clock[1] > 59:
        return None
    evening = f"{day.day} {asked.found['month'][:3]} {clock[0]:02}:{clock[1]:02}{asked.suffix}"
    return Ambiguous((asked.typed_on(day), evening), Why.YEAR_OR_CLOCK)


def _without_year(asked: _Asked) -> date | Ambiguous | NotATime:
    year = asked.today.year
    last, this, following = (_date_in(asked, year + step) for step in (-1, 0, 1))
    near = [day for day in (this, following) if day is not None]
    if not near:
        return NotATime(Why.NO_SUCH_DATE)
    word = asked.found["day"]
    if word and word not in ("today", "tomorrow"):
        # The weekday tells the year: the same date falls on another one in the next.
        fits = [day for day in near if day.weekday() == weekday_number(word)]
        return fits[0] if fits else near[0]
    past = [day for day in (last, *near) if day is not None and asked.is_past(day)]
    coming = [day for day in near if day not in past]
    if not coming:
        return NotATime(Why.NO_SUCH_DATE)
    if past and asked.today - past[-1] <= _JUST_PAST:
        return Ambiguous((asked.typed_on(past[-1]), asked.typed_on(coming[0])), Why.JUST_PAST)
    return coming[0]


def _instant(asked: _Asked, day: date) -> Reading:
    match asked.on(day):
        case None:
            beside = (asked.typed_on(day - DAY), asked.typed_on(day + DAY))
            return Ambiguous(beside, Why.DAY_SKIPPED)
        case Gap(before, after):
            edges = tuple(
                f"{at.astimezone(asked.tz):%Y-%m-%d %H:%M}{asked.suffix}" for at in (before, after)
            )
            return Ambiguous(edges, Why.CLOCK_SKIPPED)
        case Fold(first, second):
            meant = [at for at in (first, second) if _agrees(asked.found, at)]
            if not asked.found["utc_clock"] or not meant:
                return Ambiguous((iso_z(first), iso_z(second)), Why.CLOCK_REPEATED)
            at = meant[0]
        case Exact(at):
            if not _agrees(asked.found, at):
                return _utc_disagrees(asked, day, at)
    return Instant(at, asked.zone, _notes(asked, day))


def _agrees(found: re.Match[str], at: datetime) -> bool:
    """Whether the UTC time in brackets, as far as it was given, is that of `at`."""
    if not found["utc_clock"]:
        return True
    if found["utc_dom"]:
        told = (int(found["utc_dom"]), month_number(found["utc_month"]))
        if told != (at.day, at.month) or int(found["utc_year"] or at.year) != at.year:
            return False
    return f"{at:%H:%M}" == found["utc_clock"]


def _utc_disagrees(asked: _Asked, day: date, at: datetime) -> Ambiguous | NotATime:
    try:
        clock = time.fromisoformat(asked.found["utc_clock"])
    except ValueError:
        return NotATime(Why.NO_SUCH_CLOCK)
    same_clock = (datetime.combine(at.date() + step * DAY, clock, UTC) for step in (-1, 0, 1))
    nearest = min(same_clock, key=lambda other: abs(other - at))
    return Ambiguous((asked.typed_on(day), iso_z(nearest)), Why.UTC_DISAGREES)


def _notes(asked: _Asked, day: date) -> tuple[Note, ...]:
    found = asked.found
    undated = not found["iso"] and not found["dom"]
    rolled = undated and found["day"] not in ("today", "tomorrow")
    told = (
        (Note.TODAY, rolled and day == asked.today),
        (Note.TOMORROW, rolled and not found["day"] and day != asked.today),
        (Note.END_OF_DAY, asked.clock is None),
        (Note.NEXT_YEAR, bool(found["dom"]) and not found["year"] and day.year != asked.today.year),
    )
    return tuple(note for note, true in told if true)
