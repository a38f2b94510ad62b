"""The clock: wall time for records, monotonic time for waiting, and a guard that compares them.

A rehearsal may let wall time run faster than the world (`rate`), so that a demonstration
shows a day in a minute. It refuses to do that silently: whoever builds such a clock says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

STEP = timedelta(minutes=2)
"""A disagreement of wall and monotonic time beyond this is an event of its own."""


def wall() -> datetime:
    """Return the time of the machine, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  # the one place that reads the clock


def monotonic() -> float:
    """Return seconds that never step."""
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class Stepped:
    """The wall clock was set: by how much, and what it showed just before and after."""

    by: timedelta
    before: datetime
    after: datetime


class Clock:
    """What the bot takes for the time. `rate` 1 is real time."""

    def __init__(
        self,
        rate: int = 1,
        read_wall: Callable[[], datetime] = wall,
        read_monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self.rate = rate
        self._wall = read_wall
        self._monotonic = read_monotonic
        self._from_wall = read_wall()
        self._from_monotonic = read_monotonic()
        self._agreed = (self._from_wall, self._from_monotonic)

    @property
    def started(self) -> datetime:
        """The wall time from which a rehearsal runs fast."""
        return self._from_wall

    def go_on_from(self, started: datetime) -> None:
        """Take up a rehearsal that began earlier, so that a restart does not turn back time."""
        passed = self._wall() - started
        self._from_wall = started
        self._from_monotonic = self._monotonic() - passed.total_seconds()

    def now(self) -> datetime:
        """Return the time, in UTC."""
        if self.rate == 1:
            return self._wall()
        passed = self._monotonic() - self._from_monotonic
        return self._from_wall + timedelta(seconds=passed * self.rate)

    def monotonic(self) -> float:
        """Return seconds that never step, at the pace of the world."""
        return self._monotonic()

    def stepped(self) -> Stepped | None:
        """Compare the two clocks since they last agreed; return a step worth telling.

        Not since the last call: many small steps are one large one.
        """
        wall_now, mono_now = self._wall(), self._monotonic()
        wall_was, mono_was = self._agreed
        expected = wall_was + timedelta(seconds=mono_now - mono_was)
        by = wall_now - expected
        if abs(by) <= STEP:
            return None
        self._agreed = (wall_now, mono_now)
        return Stepped(by, expected, wall_now)
