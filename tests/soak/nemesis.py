"""The nemesis: what goes wrong, when, and for how long. It remembers, for the checker.

Half of what it does is aimed at the next due time: it may look into the store, the checker may not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tests.soak.simtime import Dice, SimTime
from tests.soak.world import Disk, Homeserver

HOUR = 3600.0
SHORT_S, LONG_S = 900.0, 4 * HOUR
PAUSE_S: Final = 90.0
STEP_S: Final = 2 * HOUR
KINDS: Final = (
    "kill", "kill", "pause", "step", "restart", "limit", "errors", "drop", "full", "unsure",
)  # fmt: skip


NAMES: Final = {
    "restart": "homeserver restart",
    "limit": "429 storm",
    "errors": "500s",
    "drop": "answers dropped after acceptance",
    "full": "disk full",
    "unsure": "commits whose answer is lost",
}
REST, MIDDLE = "kill -9 at rest", "kill -9 in the middle of work"
PAUSE, SET_ON, SET_BACK = "pause of 90 s", "clock set on by 2 h", "clock set back by 2 h"


@dataclass(frozen=True, slots=True)
class Span:
    """Something was wrong from one true time to another."""

    kind: str
    begin: float
    end: float


@dataclass(slots=True)
class _Due:
    at: float
    do: Callable[[], None]


@dataclass
class Nemesis:
    """`kill` ends the process after so many calls and keeps it down for so long."""

    dice: Dice
    time: SimTime
    server: Homeserver
    disk: Disk
    end: float
    every: float
    next_due: Callable[[], float]
    kill: Callable[[int, float], None]
    is_up: Callable[[], bool]
    counts: Counter[str]
    spans: list[Span] = field(default_factory=list)
    _todo: list[_Due] = field(default_factory=list)
    _wrong: dict[str, float] = field(default_factory=dict)
    _down_until: float = 0.0

    def begin(self) -> None:
        """Plan the first fault."""
        self._later(self.dice.between(0.1, 1.0) * self.every, self._aim)

    def next_at(self) -> float:
        """Return when something is next done."""
        return min((due.at for due in self._todo), default=float("inf"))

    def act(self) -> bool:
        """Do what is due; tell whether anything was."""
        now = self.time.true()
        ready = [due for due in self._todo if due.at <= now]
        self._todo = [due for due in self._todo if due.at > now]
        for due in sorted(ready, key=lambda due: due.at):
            due.do()
        return bool(ready)

    def busy(self) -> bool:
        """Tell whether anything is wrong now."""
        return any(until > self.time.true() for until in self._wrong.values())

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        self._todo.append(_Due(self.time.true() + seconds, do))

    def _aim(self) -> None:
        now = self.time.true()
        if now >= self.end:
            return
        wait = self.dice.between(0.0, 2.0) * self.every
        due = self.next_due()
        aimed = self.dice.chance(0.6) and now < due < now + 3 * self.every
        strike = max(0.0, due - now + self.dice.between(-8.0, 2.0)) if aimed else 0.0
        self._later(strike, self._strike)
        self._later(strike + wait, self._aim)

    def _strike(self) -> None:
        if self.time.true() >= self.end:
            return
        kind = self.dice.one_of(KINDS)
        long = self.dice.chance(0.15)
        length = self.dice.between(2.0, LONG_S if long else SHORT_S)
        match kind:
            case "kill":
                self._down_until = self.time.true() + length
                self.kill(self.dice.whole(1, 40) if self.dice.chance(0.7) else 0, length)
            case "pause":
                self.counts[PAUSE] += 1
                self._note(kind, PAUSE_S)
                self.time.skip(PAUSE_S)
            case "step":
                self._step()
            case _:
                self.counts[NAMES[kind]] += 1
                self._wrong[kind] = max(self._wrong.get(kind, 0.0), self.time.true() + length)
                self._note(kind, length)
                self._set()
                self._later(length + 0.001, self._set)

    def _note(self, kind: str, length: float) -> None:
        now = self.time.true()
        self.spans.append(Span(kind, now, now + length))

    def _set(self) -> None:
        now = self.time.true()
        on = {kind for kind, until in self._wrong.items() if until > now}
        self.server.away = "restart" in on
        self.server.limiting = "limit" in on
        self.server.failing = "errors" in on
        self.server.dropping = "drop" in on
        self.disk.full = "full" in on
        self.disk.unsure = "unsure" in on

    def _step(self) -> None:
        """Set the clock two hours off, or right again."""
        if not self.is_up():
            return
        if self.time.offset():
            self._set_clock(0.0)
            return
        self._set_clock(self.dice.one_of((-STEP_S, STEP_S)))
        self._later(self.dice.between(0.02, 12.0) * HOUR, self._right)

    def _right(self) -> None:
        if not self.time.offset():
            return
        if not self.is_up():
            self._later(60.0, self._right)
            return
        self._set_clock(0.0)

    def _set_clock(self, to: float) -> None:
        self._note("step", 1.0)
        self.counts[SET_ON if to > self.time.offset() else SET_BACK] += 1
        self.time.step(to)
