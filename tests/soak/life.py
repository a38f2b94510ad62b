"""One life of the bot: the real cases, way out, way in and alarm, wired as the house does it.

All that a process knows dies with it; only the store and the world go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

from bot.domain.case import Case
from bot.domain.fold import replay
from bot.domain.ids import CaseId, RecordId, RoomId
from bot.domain.ladder import Ladder
from bot.domain.records import Record
from bot.engine.events import BotReturned, ClockSet, DeadlineReached, DeadlinesReached, Draw, Event
from bot.ports import NewItem, NotSent
from bot.runner import cases
from bot.runner.cases import Arrived, Cases, Committed, compartments_cleared
from bot.runner.intake import Intake
from bot.runner.speaking import Speaking
from bot.scheduling.alarm import Alarm
from bot.scheduling.clock import Clock
from tests.soak.simtime import Ids, SimTime
from tests.soak.world import Homeserver, Life, OnMemory, OnSql, SoakListener, SoakSpeaker
from tests.support.orchid import BOT, digest, long_code, short_code

T = TypeVar("T")
TICK_S = 1.0
SYNC_S = 0.7
OUTAGE = timedelta(seconds=120)


class Folds:
    """Cases as far as they were folded by earlier lives: a year's journal is long.

    Each start goes on from there. That this is what a start from nothing finds is looked at once,
    at the end of a seed: `as_from_nothing`.
    """

    def __init__(self) -> None:
        self._kept: dict[CaseId, Case] = {}

    def replay(self, case: Case, records: Iterable[Record]) -> Case:
        """Fold as the bot does."""
        records = tuple(records)
        kept = self._kept.get(case.id)
        if kept is None or case.head or kept.head > len(records):
            kept = case
        found = replay(kept, records[kept.head - case.head :])
        self._kept[case.id] = found
        return found

    def as_from_nothing(self, case: CaseId, store: OnMemory | OnSql) -> bool:
        """Fold everything anew, and compare."""
        records = store.load(case)
        return self.replay(Case(case), records) == replay(Case(case), records)


@contextmanager
def drawn_from(name: str, folds: Folds | None = None) -> Iterator[None]:
    """Let ids and codes follow from a name while the block lasts, so that a seed repeats itself.

    With `folds` a start goes on from what an earlier one folded.
    """
    names = vars(cases)
    kept, drawn = {one: names[one] for one in ("drawn_for", "replay")}, Ids()

    def draw(event: Event) -> Draw:
        what = f"{name} {drawn.next('draw')}"
        records = 2 * len(event.due) if isinstance(event, DeadlinesReached) else 40
        return Draw(
            tuple(RecordId(digest(f"{what} record {n}").hex()[:32]) for n in range(records)),
            tuple(short_code(f"{what} code {n}") for n in range(4)),
            tuple(long_code(f"{what} long {n}") for n in range(1)),
        )

    names["drawn_for"] = draw
    if folds is not None:
        names["replay"] = folds.replay
    try:
        yield
    finally:
        names.update(kept)


class Process:
    """The bot from start to end. `run` returns only by dying."""

    def __init__(
        self,
        store: OnMemory | OnSql,
        server: Homeserver,
        time: SimTime,
        ladders: dict[str, Ladder],
    ) -> None:
        self.life = Life()
        self._store = store
        self._server = server
        clock = Clock(1, time.wall, time.true)
        speaker = SoakSpeaker(server, self.life)
        self.cases = Cases(store, self._offload, BOT, self._committed)
        self.cases.ladders = ladders
        self.speaking = Speaking(
            store, self._offload, speaker, self.cases, now=clock.now, monotonic=clock.monotonic
        )
        self.intake = Intake(
            store,
            self._offload,
            SoakListener(server, self.life),
            speaker,
            self.cases,
            now=clock.now,
            person_of=lambda _room: None,
            room_changed=self._room_changed,
            patience=timedelta(minutes=1),
        )
        self.alarm = Alarm(
            store,
            clock,
            offload=self._offload,
            submit=self._due,
            cases=lambda: tuple(self.cases.all),
            outage=OUTAGE,
        )

    async def run(self) -> None:
        """Do what the house does, until killed."""
        await self.cases.load()
        rooms = (c.room for case in self.cases.all.values() for c in case.compartments.values())
        await self.intake.begin(room for room in rooms if room is not None)
        await self.alarm.returned()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.cases.run())
            group.create_task(self._sync())
            group.create_task(self.intake.run())
            group.create_task(self.speaking.run())
            group.create_task(self.alarm.run(TICK_S))

    def quiet(self) -> bool:
        """Tell whether nothing is under way."""
        return self.cases.idle()

    async def _offload(self, call: Callable[[], T], /) -> T:
        self.life.beat()
        await asyncio.sleep(0)
        self.life.beat()
        found = call()
        self.life.beat()
        return found

    async def _committed(self, done: Committed) -> None:
        for place in compartments_cleared(done):
            await self._offload(lambda p=place: self._store.unpark(done.case.id, p))  # type: ignore[misc]
        self.speaking.wake()

    async def _room_changed(self, room: RoomId) -> None:
        del room
        self.speaking.retry_now()

    def _due(self, case: CaseId, event: DeadlineReached | BotReturned | ClockSet) -> None:
        self.cases.submit(Arrived(case, event))

    async def _sync(self) -> None:
        """Fetch what was typed, and store it with the position reached, in one transaction."""
        while True:
            try:
                since = int(await self._offload(self._store.token) or 0)
                typed = self._server.sync(since)
                if typed:
                    items = [
                        NewItem("timeline", line.event, line.room, str(since + number))
                        for number, line in enumerate(typed)
                    ]
                    token = str(since + len(typed))
                    await self._offload(lambda: self._store.take(token, items))  # noqa: B023
                    self.intake.wake()
            except (OSError, NotSent):
                pass
            await asyncio.sleep(SYNC_S)
