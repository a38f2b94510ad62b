"""A case with as many watches as asked, on the real road, with the wall clock in one's hand.

The engine, the runner, the alarm, the speaking and the store on disk are the bot's own; only the
homeserver is not there: what is sent is written down, after the time that a homeserver takes.
Filling decides each `!watch add` by the engine and commits them in groups.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from typing_extensions import override

from bot.app import StorageThread
from bot.domain import bodies as b
from bot.domain.case import Case
from bot.domain.ids import CaseId, Code, CompartmentId, EventId, RoomId, SeatId
from bot.domain.records import Record
from bot.engine.events import BotReturned, ClockSet, CommandReceived, DeadlineReached
from bot.lean import lasting, unhurried
from bot.ports import Batch, Cleared
from bot.runner.arrived import Arrived, Committed
from bot.runner.cases import Cases
from bot.runner.speaking import Speaking
from bot.runner.together import decided
from bot.scheduling.alarm import Alarm
from bot.scheduling.clock import Clock, wall
from bot.storage.store import SqlStore
from bot.words.message import Message
from tests.hostile.running import CASE, first_act
from tests.storage.samples import MASTER
from tests.support.fake_speaker import FakeSpeaker, quiet_room
from tests.support.orchid import BOT

SEND_S = 0.05
"""What one send takes: a homeserver's answer over a network."""
FILLED_TOGETHER = 500
TICK_S = 1.0
STALL_PAUSE_S = 0.001
WATCHING, OTHER = "humanitarian", "caucus-north"
"""The room that is flooded, and another one."""
_SEATS = {WATCHING: "brenner", OTHER: "haddad"}


@dataclass
class SlowSpeaker(FakeSpeaker):
    """Takes the time of a homeserver, and notes when what was sent."""

    at: list[tuple[float, RoomId, str]] = field(default_factory=list)

    @override
    async def say(self, message: Cleared[Message], txn: str) -> str:
        await asyncio.sleep(SEND_S)
        self.at.append((time.monotonic(), message.room, message.value.body))
        return await super().say(message, txn)


class Hand:
    """The wall clock, which is set at will, and otherwise runs as the world's."""

    def __init__(self) -> None:
        self.shift = timedelta(0)

    def now(self) -> datetime:
        """Return the time that the bot is told."""
        return wall() + self.shift

    def set_to(self, at: datetime) -> None:
        """Show this time from now on."""
        self.shift = at - wall()


class Watched:
    """The road over one store. `hand` turns the clock."""

    def __init__(self, store: SqlStore, offload: StorageThread) -> None:
        self.store = store
        self.offload = offload
        self.hand = Hand()
        self.clock = Clock(1, self.hand.now)
        self._settled = 0
        self.speaker = SlowSpeaker()
        self.cases = Cases(store, offload, BOT, self._committed)
        self.speaking = Speaking(
            store, offload, self.speaker, self.cases,
            now=self.clock.now, monotonic=self.clock.monotonic,
        )  # fmt: skip
        self.alarm = Alarm(
            store,
            self.clock,
            offload=offload,
            submit=self._due,
            cases=lambda: tuple(self.cases.all),
            outage=timedelta(minutes=2),
            taken=self.cases.under_way.few_deadlines,
        )
        self.at: list[float] = []
        """When each commit with records was durable; what was decided is kept by nobody."""

    async def _committed(self, done: Committed) -> None:
        if done.records:
            self.at.append(time.monotonic())
        self._settled += sum(len(checks_of(r)) for r in done.records if r.cause.startswith("due:"))
        self.speaking.wake()

    def begins(self) -> None:
        """Count commits and deadlines from here on."""
        self.at.clear()
        self.speaker.at.clear()
        self._settled = 0

    def deadlines(self) -> int:
        """Return how many deadlines of watches were committed."""
        return self._settled

    def last_commit(self) -> float:
        """Return when the last deadline was durable."""
        return max(self.at)

    def agrees(self) -> None:
        """Let the clock be right as it is: no step is to be told."""
        self.clock._agreed = (self.hand.now(), time.monotonic())

    def room_of(self, compartment: str) -> RoomId:
        """Return a compartment's room."""
        found = self.case.compartments[CompartmentId(compartment)].room
        if found is None:
            raise ValueError("it has no room")
        return found

    def sent_to(self, room: RoomId) -> list[tuple[float, str]]:
        """Return what was sent to a room, and when."""
        return [(at, text) for at, to, text in self.speaker.at if to == room]

    def _due(self, case: CaseId, event: DeadlineReached | BotReturned | ClockSet) -> None:
        self.cases.submit(Arrived(case, event))

    @property
    def case(self) -> Case:
        """The case as it now is."""
        return self.cases.all[CASE]

    async def opens(self) -> None:
        """Let the case begin: everybody is enrolled and verified."""
        for event in first_act():
            await self.cases.take(Arrived(CASE, event))
        self.sees_rooms()

    def sees_rooms(self) -> None:
        """Let everybody be in their rooms."""
        for place in self.case.compartments.values():
            if place.room is not None:
                people = [s.user for s in self.case.seats_in(place.id)]
                self.speaker.rooms[place.room] = quiet_room(place.room, *people)
                self.cases.seen[place.room] = self.speaker.rooms[place.room]

    def adds(self, name: str, at: datetime, every: str, where: str = WATCHING) -> Arrived:
        """Return the line that adds a watch."""
        said = f"!watch add sign of life for H-{name} every {every} grace 3h step 1h"
        return self.types(said, f"$add-{name}", at, where)

    def types(self, text: str, name: str, at: datetime, where: str = WATCHING) -> Arrived:
        """Return a line that somebody typed."""
        place, seat = CompartmentId(where), SeatId(_SEATS[where])
        return Arrived(CASE, CommandReceived(EventId(name), at, place, seat, text, at))

    async def fills(self, lines: Sequence[Arrived]) -> None:
        """Decide many lines by the engine and commit them in groups; nothing is said of them."""
        with lasting():
            for begun in range(0, len(lines), FILLED_TOGETHER):
                await self._fill(lines[begun : begun + FILLED_TOGETHER])

    async def _fill(self, part: Sequence[Arrived]) -> None:
        found = await decided(part, [False] * len(part), self.case, self.cases._decide)
        if found.taken != len(part):
            raise ValueError("not every line could be decided together")
        # Their answers would flood the room before anything is measured.
        silent = [_unsaid(batch) for batch in found.batches]
        await self.offload(lambda: self.store.commit_all(silent))
        self.cases._keep(found.case)

    @asynccontextmanager
    async def runs(self, *, speaking: bool = True) -> AsyncIterator[None]:
        """Let the bot's tasks run side by side meanwhile."""
        roads = [self.cases.run(), self.alarm.run(TICK_S)]
        roads += [self.speaking.run()] if speaking else []
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(road) for road in roads]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()

    async def until(self, true: Callable[[], bool], patience_s: float = 600.0) -> None:
        """Wait until something is so; nothing of it is asked of the store."""
        async with asyncio.timeout(patience_s):
            while not true():
                await asyncio.sleep(0.01)


class Stalls:
    """How long the event loop kept others waiting, at most; open with `async with`.

    `own` is the longest that it worked meanwhile: the rest is the machine's.
    """

    def __init__(self) -> None:
        self.longest = self.own = 0.0

    async def __aenter__(self) -> Self:
        self._task = asyncio.ensure_future(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()

    async def _look(self) -> None:
        while True:
            began, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(STALL_PAUSE_S)
            self.longest = max(self.longest, time.perf_counter() - began - STALL_PAUSE_S)
            self.own = max(self.own, time.thread_time() - worked)


def checks_of(record: Record) -> tuple[Code, ...]:
    """Return the watches that a record raises."""
    if isinstance(record.body, b.WatchesRaised):
        return tuple(code for code, _ in record.body.checks)
    return (record.body.code,) if isinstance(record.body, b.WatchRaised) else ()


def _unsaid(batch: Batch) -> Batch:
    return replace(batch, outbox=())


def opened(path: Path, offload: StorageThread) -> Watched:
    """Open a store, new or old, with the road over it, in a process as the bot's own is."""
    unhurried()
    return Watched(SqlStore.open(path, MASTER), offload)
