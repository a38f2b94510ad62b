"""How an instant and a length of time are shown; what is shown can be typed back.

Always two clocks, the reader's and UTC. Minutes only: instants of the case are whole minutes.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.when_types import MONTHS, WEEKDAYS
from bot.domain.when_zones import city_of, zone_of

_LONG_AGO: Final = timedelta(days=2)


def show(
    instant: datetime, zone: str, *, city: str | None = None, now: datetime | None = None
) -> str:
    """`Fri 5 Mar 18:00 Baghdad (15:00 UTC)` for an aware instant and an IANA zone.

    `city` replaces the last part of the zone's name. With `now` the year is added unless it is
    the current one. The UTC date is added where it differs from the local one.
    """
    local, utc = instant.astimezone(zone_of(zone)), instant.astimezone(UTC)
    with_year = now is not None and now.astimezone(zone_of(zone)).year != local.year
    shown = f"{_date(local, with_year=with_year)} {local:%H:%M} {city or city_of(zone)}"
    if zone == "UTC" and city is None:
        return f"{WEEKDAYS[local.weekday()].title()} {shown}"
    other = "" if utc.date() == local.date() else _date(utc, with_year=with_year) + " "
    return f"{WEEKDAYS[local.weekday()].title()} {shown} ({other}{utc:%H:%M} UTC)"


def _date(day: datetime, *, with_year: bool) -> str:
    shown = f"{day.day} {MONTHS[day.month - 1].title()}"
    return f"{shown} {day.year}" if with_year else shown


def length(delta: timedelta) -> str:
    """The size of `delta` without direction, the two largest units: `2 d 3 h`, `41 min`.

    Rounded towards zero, so that nobody is told of more time than there is.
    """
    minutes = abs(delta) // timedelta(minutes=1)
    days, hours, rest = minutes // (24 * 60), minutes // 60 % 24, minutes % 60
    counted = ((days, "d"), (hours, "h"), (rest, "min"))
    first = next((n for n, (count, _) in enumerate(counted) if count), 2)
    parts = [f"{count} {unit}" for count, unit in counted[first : first + 2] if count]
    return " ".join(parts) or "0 min"


def span(delta: timedelta) -> str:
    """From now: `in 2 d 3 h` ahead, `41 min ago` or `6 days ago` behind, `now` within a minute."""
    if abs(delta) < timedelta(minutes=1):
        return "now"
    if delta > timedelta(0):
        return f"in {length(delta)}"
    return (
        f"{-delta // timedelta(days=1)} days ago" if -delta >= _LONG_AGO else f"{length(delta)} ago"
    )
