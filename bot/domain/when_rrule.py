"""Reading a recurrence rule (RFC 5545, 3.3.10) as a calendar exports it, from an allow-list.

Read: FREQ=HOURLY with INTERVAL; DAILY, WEEKLY and MONTHLY with INTERVAL, BYDAY, BYMONTHDAY,
BYHOUR and one BYMINUTE; DTSTART with a zone; and the normal form `rrule PARTS ZONE from DATE`.

Refused, with the part named and the nearest form that is read: an end (COUNT, UNTIL), because a
watch has none of its own; days that some months have not; an interval whose first day is not
said; every other part, because a rule half understood is a check that does not come.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bot.domain.when_duration import LONGEST
from bot.domain.when_recurring import Every, Freq, Rule, WallClock
from bot.domain.when_types import WEEKDAYS, Ambiguous, NotATime, Why, up_to_minute
from bot.domain.when_zones import DAY, find_zone, first_valid, zone_of

MAX_RULE: Final = 240
"""Characters; a pasted rule with its start is longer than what people type."""

_RULE_MARK: Final = re.compile(r"(?:^|\s)(?:rrule\b|dtstart\b|freq ?=)", re.ASCII)
_DTSTART: Final = re.compile(
    r"dtstart(?:;tzid=\"?(?P<zone>[a-z0-9_+/-]+)\"?)?:(?P<at>\d{8}t\d{4})00(?P<z>z)?(?= |$)",
    re.ASCII,
)
_FROM: Final = re.compile(r" from (?P<day>\d{4}-\d\d-\d\d)(?= |$)", re.ASCII)
_PARTS: Final = re.compile(
    r"(?:rrule(?::| ) ?)?(?P<parts>[a-z]+=[^ ;=]+(?:;[a-z]+=[^ ;=]+)*);?(?: (?P<zone>[a-z].*))?",
    re.ASCII,
)
_OTHER_LINE: Final = re.compile(r"\b(exdate|rdate|exrule|dtend|duration|dtstart)[;:]")
_DAY_NAMES: Final = {day[:2]: number for number, day in enumerate(WEEKDAYS)}
_BY_DAY: Final = re.compile(r"(?P<nth>[+-]?\d{1,2})?(?P<day>mo|tu|we|th|fr|sa|su)", re.ASCII)
_NEAREST: Final = "rrule FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=18;BYMINUTE=0"
_ALLOWED: Final = ("freq", "interval", "byday", "bymonthday", "byhour", "byminute")
_LAST_SURE: Final = 28
_WEEKS_SURE: Final = 4

Found = Every | WallClock | Rule | Ambiguous | NotATime


def is_rule(text: str) -> bool:
    """Whether a text means to be a recurrence rule."""
    return _RULE_MARK.search(text.casefold()) is not None


def read_rule(typed: str, *, now: datetime, home: str) -> Found:
    """The schedule of a rule, from what `plain` made of a text; `home` (IANA) if it names no zone.

    `now` anchors an hourly rule without DTSTART.
    """
    found = _read(typed, now, home)
    if isinstance(found, _Wrong):
        return _refusal(found, now, home)
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was typed: the parts in lower case, the zone's name, the first date, the first clock."""

    parts: Mapping[str, str]
    zone: str
    start: date | None = None
    clock: time | None = None

    def text(self, *, without: str = "", start: date | None = None, **changed: str) -> str:
        """The text of the same rule, changed."""
        parts = {name: value for name, value in self.parts.items() if name != without} | changed
        rule = ";".join(f"{name}={value}".upper() for name, value in parts.items())
        begin = start or self.start
        if self.clock is None or begin is None:
            return f"rrule {rule} {self.zone}{f' from {begin}' if begin else ''}"
        stamp = f"{begin:%Y%m%d}T{self.clock:%H%M}00"
        if self.zone == "UTC":
            return f"DTSTART:{stamp}Z RRULE:{rule}"
        return f"DTSTART;TZID={self.zone}:{stamp} RRULE:{rule}"


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A refusal before its hints are tried: those that read are shown, else one that always does."""

    why: Why
    part: str
    hints: tuple[str, ...] = ()
    zone: str = ""


def _refusal(wrong: _Wrong, now: datetime, home: str) -> Ambiguous | NotATime:
    def reads(hint: str) -> bool:
        return not isinstance(
            _read(_spaced(hint.casefold()), now, home), _Wrong | NotATime | Ambiguous
        )

    good = tuple(dict.fromkeys(hint for hint in wrong.hints if reads(hint)))
    if wrong.why is Why.RULE_START and good:
        return Ambiguous(good, wrong.why)
    return NotATime(wrong.why, good or (f"{_NEAREST} {wrong.zone or home}",), wrong.part.upper())


def _spaced(text: str) -> str:
    return re.sub(r" ?([;=,]) ?", r"\1", " ".join(text.split()))


def _read(typed: str, now: datetime, home: str) -> Found | _Wrong:
    asked = _asked(_spaced(typed), home)
    if not isinstance(asked, _Asked):
        return asked
    for check in (_unsupported, _hourly_only, _valued):
        wrong = check(asked)
        if wrong is not None:
            return wrong
    if asked.parts["freq"] == "hourly":
        return _hourly(asked, now)
    return _rule(asked, now)


def _asked(typed: str, home: str) -> _Asked | Ambiguous | NotATime | _Wrong:
    started, first = _DTSTART.search(typed), _FROM.search(typed)
    for found in (started, first):
        if found is not None:
            typed = " ".join(typed.replace(found[0], "").split())
    other = _OTHER_LINE.search(typed)
    if other is not None or (started and first):
        return _Wrong(Why.RULE_PART, other[1] if other else "from")
    read = _PARTS.fullmatch(typed)
    if read is None:
        return _Wrong(Why.RULE_LACKS, "freq")
    pairs = [pair.split("=") for pair in read["parts"].split(";")]
    parts = dict(pairs)
    if len(parts) < len(pairs):
        twice = next(name for name, _ in pairs if sum(name == n for n, _ in pairs) > 1)
        return _Wrong(Why.RULE_PART, twice)
    named = [zone for zone in (read["zone"], started and started["zone"]) if zone]
    zones = {find_zone(zone, home=home) for zone in named}
    zones |= {"UTC"} if started and started["z"] else set()
    unclear = next((zone for zone in zones if not isinstance(zone, str)), None)
    if unclear is not None:
        return _which_zone(unclear, typed, read)
    if len(zones) > 1:
        return _Wrong(Why.RULE_VALUE, "tzid")
    zone = next((zone for zone in zones if isinstance(zone, str)), home)
    try:
        if started is not None:
            at = datetime.strptime(started["at"].upper(), "%Y%m%dT%H%M").replace(tzinfo=UTC)
            return _Asked(parts, zone, at.date(), at.time())
        return _Asked(parts, zone, date.fromisoformat(first["day"]) if first else None)
    except ValueError:
        return NotATime(Why.NO_SUCH_DATE)


def _which_zone(
    unclear: Ambiguous | NotATime, typed: str, read: re.Match[str]
) -> Ambiguous | NotATime:
    if isinstance(unclear, NotATime) or not read["zone"]:
        return unclear if isinstance(unclear, NotATime) else NotATime(unclear.why)
    stem = typed[: read.start("zone")]
    return Ambiguous(tuple(stem + name for name in unclear.normal_form_hints), unclear.why)


def _unsupported(asked: _Asked) -> _Wrong | None:
    for name in asked.parts:
        if name in ("count", "until"):
            return _Wrong(Why.RULE_ENDS, name, (asked.text(without=name),), asked.zone)
        if name not in _ALLOWED:
            return _Wrong(Why.RULE_PART, name, (asked.text(without=name),), asked.zone)
    if "freq" not in asked.parts:
        return _Wrong(Why.RULE_LACKS, "freq", (asked.text(freq="WEEKLY"),), asked.zone)
    freq = asked.parts["freq"]
    if freq == "yearly":
        return _wrong_value(asked, "freq", asked.text(freq="MONTHLY", interval="12"))
    if freq not in ("hourly", "daily", "weekly", "monthly"):
        return _wrong_value(asked, "freq", "rrule FREQ=HOURLY;INTERVAL=1")
    return None


def _wrong_value(asked: _Asked, part: str, *hints: str) -> _Wrong:
    return _Wrong(Why.RULE_VALUE, f"{part}={asked.parts.get(part, '')}", hints, asked.zone)


def _hourly_only(asked: _Asked) -> _Wrong | None:
    if asked.parts["freq"] != "hourly":
        return None
    for name in asked.parts:
        if name not in ("freq", "interval"):
            return _Wrong(Why.RULE_PART, name, (asked.text(without=name),), asked.zone)
    return _Wrong(Why.RULE_PART, "from") if asked.start and not asked.clock else None


_STEPS: Final = {
    "hourly": LONGEST // timedelta(hours=1),
    "daily": LONGEST // DAY,
    "weekly": LONGEST // (7 * DAY),
    "monthly": 120,
}
"""The longest interval of each: ten years."""


def _valued(asked: _Asked) -> _Wrong | None:
    """The first part whose value is not one that is read."""
    freq = asked.parts["freq"]
    checks: tuple[tuple[str, Callable[[str], bool], tuple[str, ...]], ...] = (
        ("interval", _in(range(1, _STEPS[freq] + 1)), (asked.text(without="interval"),)),
        ("byhour", _in(range(24)), (asked.text(byhour="18"),)),
        ("byminute", _in(range(60), once=True), (asked.text(byminute="0"),)),
        (
            "bymonthday",
            _in((*range(1, _LAST_SURE + 1), -1)) if freq == "monthly" else _no_value,
            (asked.text(bymonthday="-1"), asked.text(without="bymonthday")),
        ),
        ("byday", _days_of_month if freq == "monthly" else _days_of_week, _other_days(asked)),
    )
    for name, good, hints in checks:
        value = asked.parts.get(name)
        if value is not None and not good(value):
            return _wrong_value(asked, name, *hints)
    if "byday" in asked.parts and "bymonthday" in asked.parts:
        return _Wrong(Why.RULE_PART, "byday", (asked.text(without="byday"),), asked.zone)
    return None


def _in(allowed: range | tuple[int, ...], *, once: bool = False) -> Callable[[str], bool]:
    def good(value: str) -> bool:
        numbers = value.split(",")
        whole = all(re.fullmatch(r"-?\d{1,5}", n, re.ASCII) and int(n) in allowed for n in numbers)
        return whole and (len(numbers) == 1 or not once)

    return good


def _no_value(_: str) -> bool:
    return False


def _by_day(value: str) -> list[tuple[int, int]] | None:
    found = [_BY_DAY.fullmatch(day) for day in value.split(",")]
    if any(day is None for day in found):
        return None
    return sorted({(int(day["nth"] or 0), _DAY_NAMES[day["day"]]) for day in found if day})


def _days_of_week(value: str) -> bool:
    return all(nth == 0 for nth, _ in _by_day(value) or [(1, 0)])


def _days_of_month(value: str) -> bool:
    return all(1 <= abs(nth) <= _WEEKS_SURE for nth, _ in _by_day(value) or [(0, 0)])


def _other_days(asked: _Asked) -> tuple[str, ...]:
    """A rule near one whose BYDAY is not read: no fifth Monday, no Monday of every month's weeks."""
    value = asked.parts.get("byday", "")
    bare = re.sub(r"[+-]?\d+", "", value)
    last = ",".join(f"-1{day}" for day in bare.split(","))
    if asked.parts["freq"] != "monthly":
        return (asked.text(freq="MONTHLY"), asked.text(byday=bare))
    if re.search(r"\d", value):
        return (asked.text(byday=last),)
    return (asked.text(freq="WEEKLY"), asked.text(byday=last))


def _hourly(asked: _Asked, now: datetime) -> Every:
    period = int(asked.parts.get("interval", "1")) * timedelta(hours=1)
    if asked.start is None or asked.clock is None:
        return Every(period, up_to_minute(now.astimezone(UTC)))
    return Every(period, first_valid(asked.start, asked.clock, zone_of(asked.zone)) - period)


def _rule(asked: _Asked, now: datetime) -> WallClock | Rule | _Wrong:
    parts, freq = asked.parts, Freq(asked.parts["freq"].upper())
    if "byhour" not in parts and (asked.clock is None or "byminute" in parts):
        return _Wrong(Why.RULE_LACKS, "byhour", (asked.text(byhour="18"),), asked.zone)
    clock = asked.clock or time(0)
    hours = tuple(sorted({int(h) for h in parts.get("byhour", str(clock.hour)).split(",")}))
    minute = int(parts.get("byminute", clock.minute))
    by_day = tuple(_by_day(parts["byday"]) or ()) if "byday" in parts else ()
    by_month_day = tuple(sorted({int(d) for d in parts.get("bymonthday", "").split(",") if d}))
    if not by_day and not by_month_day and freq is not Freq.DAILY:
        lacks = "byday" if freq is Freq.WEEKLY else "bymonthday"
        if asked.start is None or asked.clock is None:
            value = "MO,TH" if freq is Freq.WEEKLY else "1"
            given = asked.text(byday=value) if lacks == "byday" else asked.text(bymonthday=value)
            return _Wrong(Why.RULE_LACKS, lacks, (given,), asked.zone)
        if freq is Freq.WEEKLY:
            by_day = ((0, asked.start.weekday()),)
        elif asked.start.day > _LAST_SURE:
            return _Wrong(Why.RULE_VALUE, "dtstart", (asked.text(bymonthday="-1"),), asked.zone)
        else:
            by_month_day = (asked.start.day,)
    interval = int(parts.get("interval", "1"))
    rule = Rule(freq, hours, minute, asked.zone, 1, by_day, by_month_day)
    begun = _begun(asked, rule, interval, now)
    if isinstance(begun, _Wrong):
        return begun
    return Rule(freq, hours, minute, asked.zone, interval, by_day, by_month_day, begun).plainest()


def _begun(asked: _Asked, rule: Rule, interval: int, now: datetime) -> date | None | _Wrong:
    """The first day, which must be one of the rule's own; an interval cannot do without."""
    if asked.start is None:
        if interval == 1:
            return None
        near = now.astimezone(zone_of(asked.zone)).date()
        first = _next_day(rule, near)
        then = _next_day(rule, first + DAY)
        return _Wrong(Why.RULE_START, "dtstart", tuple(asked.text(start=d) for d in (first, then)))
    fits = asked.clock in (None, time(rule.hours[0], rule.minute))
    if rule.falls_on(asked.start) and fits:
        return asked.start
    # RFC 5545, 3.8.5.3: what a start that is not of the rule means is undefined.
    own = _Asked(asked.parts, asked.zone, _next_day(rule, asked.start), asked.clock)
    if not fits:
        own = _Asked(own.parts, own.zone, own.start, time(rule.hours[0], rule.minute))
    return _Wrong(Why.RULE_START, "dtstart", (own.text(),), asked.zone)


def _next_day(rule: Rule, day: date) -> date:
    while not rule.falls_on(day):
        day += DAY
    return day
