"""Whose turn it is among the events of one case.

Deadlines go first, so that no flood of commands delays one, and with them the outage that explains
them. They go in runs that can be committed together, in lots of one place each, oldest first. Of
more than fit into one run each place has its share of it, so that a mass in one room delays no
other room's; and between two runs a few of the others have their turn, so that it keeps nobody
waiting for an answer either. Refuses to let anything overtake its own kind in its own place, and
to let a lot depend on what waits in another place.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, TypeVar

from bot.domain.case import Case
from bot.domain.watch_clock import is_plain, stage_of, watch_of
from bot.engine.alike import MOST as LOT
from bot.engine.events import BotReturned, ClockSet, DeadlineReached, Event
from bot.runner.arrived import Arrived

T = TypeVar("T")

TOGETHER: Final = 1024
"""So many deadlines at most are committed together: a fraction of a second of the store's time."""
ALONE: Final = 4
"""As much as so many that are listed takes a watch that is raised alone."""
BETWEEN: Final = 8
"""So many others go between two runs of deadlines."""


class _Mass:
    """Deadlines that wait together, by place, each with its number in the order of arrival."""

    def __init__(self) -> None:
        self._places: dict[str, deque[tuple[int, Arrived]]] = {}
        self._count = 0

    def add(self, place: str, arrived: Arrived) -> None:
        self._count += 1
        self._places.setdefault(place, deque()).append((self._count, arrived))

    def take(self, most: int) -> tuple[Arrived, ...]:
        """Take about so many, a lot of each place in turn; return the lots, oldest first."""
        lots: list[list[tuple[int, Arrived]]] = []
        while self._places and most > 0:
            place = next(iter(self._places))
            waiting = self._places.pop(place)
            lot, count = lot_of(waiting, lambda one: one[1], LOT)
            if waiting:
                # Behind the other places now.
                self._places[place] = waiting
            lots.append(lot)
            most -= count
        return tuple(arrived for lot in sorted(lots, key=_first) for _, arrived in lot)

    def __bool__(self) -> bool:
        return bool(self._places)


def _first(lot: list[tuple[int, Arrived]]) -> int:
    return lot[0][0]


def lot_of(waiting: deque[T], arrived: Callable[[T], Arrived], most: int) -> tuple[list[T], int]:
    """Take the next lot from the front: as many as weigh so much, and at least one; tell its weight."""
    lot = [waiting.popleft()]
    count = weight(arrived(lot[0]).event)
    while waiting and (more := count + weight(arrived(waiting[0]).event)) <= most:
        lot.append(waiting.popleft())
        count = more
    return lot, count


def weight(event: Event) -> int:
    """Return how much of a lot an event takes."""
    if not isinstance(event, DeadlineReached):
        return 1
    return len(event.each()) if event.bundle or is_plain(stage_of(event.key)) else ALONE


class Turns:
    """The events of one case that wait; one consumer. `place` tells whose a deadline is."""

    def __init__(self, place: Callable[[DeadlineReached], str] = lambda _: "") -> None:
        self._place = place
        self._first: deque[_Mass | Arrived] = deque()
        self._others: deque[Arrived] = deque()
        self._between = self._overtaken = 0
        self._some = asyncio.Event()

    def add(self, arrived: Arrived) -> None:
        """Put an event behind those of its kind."""
        event = arrived.event
        if isinstance(event, DeadlineReached):
            last = self._first[-1] if self._first else None
            mass = last if isinstance(last, _Mass) else _Mass()
            if mass is not last:
                self._first.append(mass)
            mass.add(self._place(event), arrived)
        elif isinstance(event, BotReturned | ClockSet):
            self._first.append(arrived)
        else:
            self._others.append(arrived)
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
        first = self._first[0]
        if isinstance(first, Arrived):
            self._first.popleft()
            return (first,)
        run = first.take(TOGETHER)
        if not first:
            self._first.popleft()
        self._overtaken += sum(weight(arrived.event) for arrived in run)
        if self._overtaken >= TOGETHER:
            self._between, self._overtaken = BETWEEN, 0
        return run


def place_of(case: Case | None, key: str) -> str:
    """Return whose a deadline is: the compartment of its watch, else what its key names."""
    watch = watch_of(case, key) if case is not None else None
    return watch.item.compartment if watch is not None else place_named(key)


def place_named(key: str) -> str:
    """Return what a key names behind its kind: of a bundle that is its compartment."""
    return ":".join(key.split(":")[1:2])
