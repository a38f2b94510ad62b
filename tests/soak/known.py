"""What the checker knows of the world besides what clients received: times, faults, clock steps.

`at` and all other plain numbers are seconds of true time since the world began.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from bot.runner.speaking import LONGEST_WAIT_S

GOOD_S = 150.0
"""So long everything must have worked before something missing is a fault."""
RETRY_S = 15.0
"""So long a try may take that begins after the longest wait."""
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Known:
    """`steps` are (true time, how wrong the wall clock is from then on); spans are (begin, end)."""

    began: datetime
    steps: tuple[tuple[float, float], ...]
    wrong: tuple[tuple[float, float], ...]
    downs: tuple[tuple[float, float], ...]
    end: float

    def wall(self, at: float) -> datetime:
        """Return what the machine showed."""
        offset = [by for since, by in self.steps if since <= at][-1]
        return self.began + timedelta(seconds=at + offset)

    def _segments(self) -> list[tuple[float, float, float]]:
        ends = [since for since, _ in self.steps[1:]] + [NEVER]
        return [(since, end, by) for (since, by), end in zip(self.steps, ends, strict=True)]

    def first_wall(self, wall: datetime, since: float) -> float:
        """Return the first true time from `since` on at which the machine shows `wall` or later."""
        needed = (wall - self.began).total_seconds()
        for begin, end, by in self._segments():
            at = max(begin, since, needed - by)
            if at < end and end > since:
                return at
        return NEVER

    def walls(self, since: float, until: float) -> tuple[datetime, datetime]:
        """Return the earliest and the latest that the machine showed within a stretch."""
        ends = [since, until]
        for begin, end, _ in self._segments():
            ends += [at for at in (begin, end - 0.001) if since <= at <= until]
        shown = [self.wall(at) for at in ends]
        return min(shown), max(shown)

    def must_be_by(self, wall: datetime, since: float) -> float:
        """Return by when something due must be seen: once all has worked for a while."""
        at = self.first_wall(wall, since)
        while at < NEVER:
            later = self._hindered(at)
            if later is None:
                return at + GOOD_S
            at = self.first_wall(wall, later)
        return NEVER

    def _hindered(self, at: float) -> float | None:
        """Return when to begin again, if something went wrong within the good stretch from `at`."""
        ends = [end for begin, end in self.wrong if begin <= at + GOOD_S and end > at]
        return max(ends) if ends else None

    def calm(self, since: float, until: float) -> bool:
        """Tell whether nothing went wrong in a stretch, nor just before it."""
        return not any(begin <= until and end >= since - GOOD_S for begin, end in self.wrong)

    def held_since(self, at: float) -> float:
        """Return the earliest time at which what came at `at` can have been made.

        A step of the clock holds nothing up.
        """
        earliest, steps = at, {since for since, _ in self.steps}
        for begin, end in sorted(self.wrong, key=lambda span: -span[1]):
            if begin < earliest <= end + LONGEST_WAIT_S + RETRY_S and begin not in steps:
                earliest = begin
        return earliest

    def set_back(self, since: float, until: float) -> list[float]:
        """Return when the clock was set back within a stretch."""
        return [
            at for (_, was), (at, by) in pairwise(self.steps) if by < was and since <= at <= until
        ]

    def absence(self, at: float) -> tuple[float, float] | None:
        """Return the absence in which an instant lies."""
        return next(((b, e) for b, e in self.downs if b < at < e), None)
