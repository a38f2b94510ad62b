"""Due times, worked out again: plain calendar arithmetic that shares no line with the bot.

A local time that is skipped is due at the first instant after the jump, one that comes twice at
its first. An interval counts elapsed time from its first due time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
HALF_A_DAY = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Every:
    """So many hours, counted from wherever the watch stands."""

    hours: int

    def after(self, instant: datetime, since: datetime) -> datetime:
        """Return the first occurrence after an instant, counted from the occurrence `since`."""
        period = timedelta(hours=self.hours)
        due = since + period
        while due <= instant:
            due += period
        return due

    def text(self) -> str:
        """What a person types."""
        return f"every {self.hours}h"


@dataclass(frozen=True, slots=True)
class At:
    """A local time on some weekdays, 0 is Monday."""

    days: tuple[int, ...]
    hour: int
    minute: int
    zone: str

    def after(self, instant: datetime, since: datetime) -> datetime:
        """Return the first occurrence after both instants."""
        instant = max(instant, since)
        day = (instant - DAY).date()
        while True:
            if day.weekday() in self.days:
                due = _instant(day, self.hour, self.minute, self.zone)
                if due > instant:
                    return due
            day += DAY

    def changes(self, due: datetime) -> list[str]:
        """Return what the clocks of the zone do around an occurrence."""
        there = ZoneInfo(self.zone)
        found = []
        if (due - DAY).astimezone(there).utcoffset() != (due + DAY).astimezone(there).utcoffset():
            found.append("due around a change of clocks")
        shown = due.astimezone(there)
        if (shown.hour, shown.minute) != (self.hour, self.minute):
            found.append("due at a local time that is skipped")
        elif shown.utcoffset() != shown.replace(fold=1 - shown.fold).utcoffset():
            found.append("due at a local time that comes twice")
        return found

    def text(self) -> str:
        """What a person types."""
        names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        days = "daily" if len(self.days) == len(names) else ",".join(names[d] for d in self.days)
        return f"{days} {self.hour:02}:{self.minute:02} {self.zone}"


@lru_cache(100_000)
def _instant(day: date, hour: int, minute: int, zone: str) -> datetime:
    """Look for the first minute of a day at which its clock shows that time or a later one."""
    there = ZoneInfo(zone)
    wanted = datetime.combine(day, time(hour, minute))
    plain = wanted.replace(tzinfo=there).astimezone(UTC)
    again = wanted.replace(tzinfo=there, fold=1).astimezone(UTC)
    if plain == again and plain.astimezone(there).replace(tzinfo=None) == wanted:
        return plain
    at = plain - HALF_A_DAY
    while at.astimezone(there).replace(tzinfo=None) < wanted:
        at += MINUTE
    return at


Schedule = Every | At
