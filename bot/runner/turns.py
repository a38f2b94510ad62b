"""Whose turn it is among the events of one case.

Deadlines go first, so that no flood of commands delays one, and with them the outage that explains
them. They go in runs that can be committed together; between two runs a few of the others have
their turn, so that a mass of deadlines keeps nobody waiting for an answer either. Refuses to let
anything overtake its own kind.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from bot.engine.events import BotReturned, ClockSet, DeadlineReached
from bot.runner.arrived import Arrived

TOGETHER: Final = 256
"""So many deadlines at most are committed together: a fraction of a second of the store's time."""
BETWEEN: Final = 8
"""So many others go between two runs of deadlines."""


class Turns:
    """The events of one case that wait; one consumer."""

    def __init__(self) -> None:
        self._first: deque[Arrived] = deque()
        self._others: deque[Arrived] = deque()
        self._between = self._overtaken = 0
        self._some = asyncio.Event()

    def add(self, arrived: Arrived) -> None:
        """Put an event behind those of its kind."""
        first = isinstance(arrived.event, DeadlineReached | BotReturned | ClockSet)
        (self._first if first else self._others).append(arrived)
        self._some.set()

    async def next(self) -> tuple[Arrived, ...]:
        """Wait for the next turn: a run of deadlines, oldest first, or one other event."""
        while not (self._first or self._others):
            self._some.clear()
            await self._some.wait()
        if not self._others:
            self._between = self._overtaken = 0
        elif self._between or not self._first:
            self._between = max(0, self._between - 1)
            return (self._others.popleft(),)
        run = [self._first.popleft()]
        if isinstance(run[0].event, DeadlineReached):
            while self._first and len(run) < TOGETHER and _is_deadline(self._first[0]):
                run.append(self._first.popleft())
        self._overtaken += len(run)
        if self._overtaken >= TOGETHER:
            self._between, self._overtaken = BETWEEN, 0
        return tuple(run)


def _is_deadline(arrived: Arrived) -> bool:
    return isinstance(arrived.event, DeadlineReached)
