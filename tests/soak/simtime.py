"""Time without waiting: an event loop that jumps, dice that a seed decides, a wall clock that steps.

True time is seconds since the world began. The loop's own time is what its timers see; between
two things that can happen the world skips, and only true time moves on, for all clocks alike.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TypeVar

from typing_extensions import TypeVarTuple, override

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_MOST = 1 << 64


class Dice:
    """A stream of numbers that follows from its name alone."""

    def __init__(self, name: str) -> None:
        self._name = name.encode()
        self._drawn = 0

    def share(self) -> float:
        """Return a number from 0 to 1, without 1."""
        self._drawn += 1
        key = self._drawn.to_bytes(8, "big")
        return int.from_bytes(blake2b(self._name, key=key, digest_size=8).digest(), "big") / _MOST

    def between(self, low: float, high: float) -> float:
        """Return a number in a range."""
        return low + (high - low) * self.share()

    def whole(self, low: int, high: int) -> int:
        """Return a whole number in a range, both ends within."""
        return low + int(self.share() * (high - low + 1))

    def chance(self, part: float) -> bool:
        """Tell whether something of that probability happens."""
        return self.share() < part

    def one_of(self, some: Sequence[T]) -> T:
        """Choose one."""
        return some[self.whole(0, len(some) - 1)]


class _Jumping(selectors.SelectSelector):
    """Waits for nobody: where the loop would sleep, its time goes on at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("the world stands still: nothing waits for a time")
        self.now += max(timeout, 0.0)
        return []


class SimLoop(asyncio.SelectorEventLoop):
    """An event loop on simulated time. Nothing outside the process can be waited for."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    @override
    def time(self) -> float:
        return self._jumping.now

    @override
    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Do at once what the bot would do in a thread: a thread takes no simulated time."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as failed:  # noqa: BLE001 - whatever it is, it is for who awaits it
            future.set_exception(failed)
        return future


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
