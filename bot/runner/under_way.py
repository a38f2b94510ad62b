"""What was submitted and is not settled yet, by name, and how many deadlines are among it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from bot.engine.events import DeadlineReached
from bot.runner.arrived import Arrived

MOST_DEADLINES: Final = 20_000
"""So many may wait for their turn before the alarm brings no more."""


class UnderWay:
    """Events that are under way. Refuses one of a name that is under way already."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._deadlines = 0
        self._settled = asyncio.Event()

    def begins(self, arrived: Arrived) -> bool:
        """Note that an event was submitted; False if it is under way already."""
        if arrived.event.id in self._names:
            return False
        self._names.add(arrived.event.id)
        self._deadlines += _count(arrived)
        return True

    def ends(self, arrived: Arrived) -> None:
        """Note that an event is settled."""
        self._names.discard(arrived.event.id)
        self._deadlines -= _count(arrived)
        self._settled.set()

    def nothing(self) -> bool:
        """Tell whether nothing is under way."""
        return not self._names

    async def few_deadlines(self) -> None:
        """Wait until there is room for more deadlines."""
        await self._until(lambda: self._deadlines < MOST_DEADLINES)

    async def no_deadlines(self, longest_s: float) -> None:
        """Wait until every deadline that came up is durable, but no longer than this."""
        with suppress(TimeoutError):
            async with asyncio.timeout(longest_s):
                await self._until(lambda: not self._deadlines)

    async def _until(self, true: Callable[[], bool]) -> None:
        while not true():
            self._settled.clear()
            await self._settled.wait()


def _count(arrived: Arrived) -> int:
    event = arrived.event
    return len(event.each()) if isinstance(event, DeadlineReached) else 0
