"""Time without waiting, and chance that repeats itself.

An event loop that jumps instead of sleeping, numbers that follow from a seed, and a clock that
skips hours in which nobody does anything. Refuses to wait for anything outside the process: what
would run on a thread is done at once.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TypeVar

from typing_extensions import TypeVarTuple, Unpack, override

T = TypeVar("T")
Args = TypeVarTuple("Args")
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

    def __init__(self, digits: int | None) -> None:
        super().__init__()
        self.now = 0.0
        self._digits = digits

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("the world stands still: nothing waits for a time")
        self.now += max(timeout, 0.0)
        if self._digits is not None:
            self.now = round(self.now, self._digits)
        return []


class SimLoop(asyncio.SelectorEventLoop):
    """An event loop on simulated time. Threads are not waited for: what they would do is done here.

    Time is rounded to so many decimal `digits`, so that two histories with a different number of
    jumps stay on the same instants; None where nothing is compared.
    """

    def __init__(self, digits: int | None = 6) -> None:
        self._jumping = _Jumping(digits)
        super().__init__(self._jumping)

    @override
    def time(self) -> float:
        return self._jumping.now

    @override
    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[Unpack[Args]], T],
        *args: *Args,
    ) -> asyncio.Future[T]:
        """Do it now: a thread would come back at an instant that no seed decides."""
        del executor
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as wrong:  # noqa: BLE001  # handed on to whoever awaits it
            done.set_exception(wrong)
        return done


class SimTime:
    """Simulated seconds since the world began, and the wall clock that follows from them."""

    def __init__(self, began: datetime, loop: SimLoop) -> None:
        self.began = began
        self._loop = loop
        self._skipped = 0

    def passed(self) -> float:
        """Return seconds since the world began."""
        return round(self._loop.time() + self._skipped, 6)

    def skip(self, seconds: int) -> None:
        """Let whole seconds go by in which nobody does anything: everything keeps its beat."""
        self._skipped += max(seconds, 0)

    def wall(self) -> datetime:
        """Return what the machine shows."""
        return self.began + timedelta(seconds=self.passed())
