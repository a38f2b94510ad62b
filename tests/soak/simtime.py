"""Time without waiting: an event loop that jumps, dice that a seed decides, a wall clock that steps.

True time is seconds since the world began. The loop's own time is what its timers see; between
two things that can happen the world skips, and only true time moves on, for all clocks alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.selftest.simtime import Dice as Numbers
from bot.selftest.simtime import SimLoop


class Dice(Numbers):
    """The same stream, of lengths of time too."""

    def between(self, low: float, high: float) -> float:
        """Return a number in a range."""
        return low + (high - low) * self.share()


class SimTime:
    """True time and the machine's wall clock. `steps` are all that was ever done to the latter."""

    def __init__(self, began: datetime, loop: SimLoop) -> None:
        self.began = began
        self._loop = loop
        self._skipped = 0.0
        self.steps: list[tuple[float, float]] = [(0.0, 0.0)]

    def true(self) -> float:
        """Return seconds since the world began; this never steps."""
        return self._loop.time() + self._skipped

    def skip(self, seconds: float) -> None:
        """Let time go by in which nobody does anything."""
        self._skipped += max(seconds, 0.0)

    def offset(self) -> float:
        """Return by how much the wall clock is wrong, in seconds."""
        return self.steps[-1][1]

    def step(self, to: float) -> None:
        """Set the wall clock: `to` is how wrong it is from now on."""
        self.steps.append((self.true(), to))

    def wall(self) -> datetime:
        """Return what the machine shows."""
        return self.began + timedelta(seconds=self.true() + self.offset())


class Ids:
    """Names for log lines and transactions, so that a seed repeats itself."""

    def __init__(self) -> None:
        self._made: dict[str, int] = {}

    def next(self, kind: str) -> str:
        """Return the next name of a kind."""
        self._made[kind] = self._made.get(kind, 0) + 1
        return f"{kind}-{self._made[kind]}"

    def counts(self) -> Mapping[str, int]:
        """Return how many of each were made."""
        return self._made
