"""One seed: a world, the bot in it, people, the nemesis; and what clients received of it all."""

from __future__ import annotations

import asyncio
import copy
import gc
import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.domain.ids import RoomId, UserId
from bot.domain.ladder import DESK, OWN, Ladder, Step
from bot.selftest.noninterference import silent
from bot.selftest.simtime import SimLoop
from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore
from tests.hostile.running import CASE, Running, first_act
from tests.soak.known import Known
from tests.soak.life import Folds, Process, drawn_from
from tests.soak.nemesis import HOUR, MIDDLE, REST, Nemesis, Span
from tests.soak.people import DAY, ZONES, Deed, People, Wish, twin, wish
from tests.soak.simtime import Dice, SimTime
from tests.soak.world import Disk, Homeserver, Killed, OnMemory, OnSql, Received
from tests.support.fake_speaker import quiet_room

SHORT_DAYS, YEAR_DAYS = 21, 365
FEWEST = 3
TWINS, TWIN_EVERY = 2, 4
"""So many watches have a twin in short runs; in every so many long ones one has."""
"""So few watches a seed has at least; the zones go round by it."""
DENSE_EVERY, SQL_EVERY, LONG_EVERY, LONG_AT = 5, 20, 500, 250
MASTER = b"soak" * 8
HELD_UP_S, PAUSE_S, LONGEST_PAUSE_S = 6.0, 120.0, 1920.0
SETTLE_S = 2 * HOUR
"""At the end everything works for so long: what is still open must then be said."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a seed lasts, whether its watches are few and far between, and what it is stored in."""

    days: int
    sparse: bool
    sql: bool


def plan_of(seed: int) -> Plan:
    """Return what a seed plays.

    Four of five a year with few watches, every fifth three weeks with many, every fourth of these
    on SQL; every five hundredth a whole year with many.
    """
    if seed % LONG_EVERY == LONG_AT:
        return Plan(YEAR_DAYS, sparse=False, sql=False)
    if seed % DENSE_EVERY == DENSE_EVERY - 1:
        return Plan(SHORT_DAYS, sparse=False, sql=seed % SQL_EVERY == SQL_EVERY - 1)
    return Plan(YEAR_DAYS, sparse=True, sql=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that the checker gets; and for the reader what was done to the world, and how often."""

    wishes: list[Wish]
    deeds: list[Deed]
    received: list[Received]
    known: Known
    rooms: dict[str, str]
    spans: tuple[Span, ...]
    counts: Counter[str]
    lives: int
    days: int


@cache
def _first_store() -> tuple[
    MemoryStore, dict[str, RoomId], tuple[tuple[RoomId, tuple[str, ...]], ...]
]:
    """Return a store in which the case is open and everybody verified."""
    running = Running(MemoryStore())
    asyncio.run(running.opens())
    case = running.case
    rooms = {str(c.id): c.room for c in case.compartments.values() if c.room is not None}
    people = tuple(
        (c.room, tuple(str(s.user) for s in case.seats_in(c.id)))
        for c in case.compartments.values()
        if c.room is not None
    )
    assert isinstance(running.store, MemoryStore)
    return running.store, rooms, people


@cache
def _first_folder() -> TemporaryDirectory[str]:
    """Return a folder with a store on disk in which the same case is open."""
    folder = TemporaryDirectory(prefix="soak-first-")
    made = Running(SqlStore.open(Path(folder.name) / "store.db", MASTER))
    asyncio.run(made.opens())
    made.store.close()
    return folder


def ladders(dice: Dice) -> dict[str, Ladder]:
    """Return the installation's ladders of this seed: three to five levels, the last at the desk."""
    made: dict[str, Ladder] = {}
    for name in ("one", "two"):
        steps = [
            Step(frozenset(), (OWN,), (), timedelta(minutes=dice.whole(2, 180)))
            for _ in range(dice.whole(2, 4))
        ]
        last = Step(frozenset(), (OWN, DESK), (), timedelta(minutes=dice.whole(10, 300)))
        made[name] = (*steps, last)
    return made


class World:
    """Runs the bot, kills it, starts it again; lets time go by where nothing happens."""

    def __init__(self, seed: int, plan: Plan, loop: SimLoop, folder: Path | None) -> None:
        days = plan.days
        self.dice = Dice(f"soak {seed}")
        late = 0.0 if days >= YEAR_DAYS else self.dice.between(0.0, 300.0)
        began = (first_act()[-1].at + timedelta(days=late)).replace(second=0, microsecond=0)
        self.time = SimTime(began, loop)
        self.end = days * DAY
        self.counts: Counter[str] = Counter()
        self.server = Homeserver(self.time, Dice(f"soak {seed} server"), self.counts)
        self.disk = Disk(Dice(f"soak {seed} disk"), self.counts)
        self.ladders = ladders(self.dice)
        first, rooms, people = _first_store()
        self.rooms = rooms
        for room, users in people:
            self.server.rooms[room] = quiet_room(room, *map(UserId, users))
        self._folder = folder
        self.store = self._opened(first)
        waits = {
            n: tuple(s.wait.total_seconds() for s in steps) for n, steps in self.ladders.items()
        }
        wishes = [
            wish(
                self.dice,
                n,
                60.0 + self.dice.between(0.0, 2 * DAY),
                waits,
                sparse=plan.sparse,
                zone=ZONES[(seed * FEWEST + n) % len(ZONES)],
            )
            for n in range(FEWEST if plan.sparse else self.dice.whole(FEWEST, 8))
        ]
        # Last, so that whoever came before them does what they did without them.
        twins = TWINS if not plan.sparse else int(seed % TWIN_EVERY == 0)
        wishes += [twin(wishes[n], len(wishes) + n) for n in range(twins)]
        self.wishes = wishes
        self.people = People(self.server, rooms, wishes, Dice(f"soak {seed} people"))
        self.nemesis = Nemesis(
            Dice(f"soak {seed} nemesis"),
            self.time,
            self.server,
            self.disk,
            self.end,
            (self.dice.between(2.0, 8.0) if plan.sparse else self.dice.between(0.2, 2.0)) * DAY,
            self._next_due,
            self._kill,
            lambda: self.process is not None and self.process.life.left is None,
            self.counts,
        )
        self.process: Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._group: asyncio.TaskGroup | None = None
        self._up_at = 0.0
        self._down_for: float | None = None
        self._down: list[Span] = []
        self._fell_at = 0.0
        self.lives = 0
        self._pause = PAUSE_S

    def _opened(self, first: MemoryStore) -> OnMemory | OnSql:
        """Return a store of this seed's own, with the opened case in it."""
        if self._folder is not None:
            return self._opened_sql()
        store = OnMemory()
        for name, value in vars(first).items():
            setattr(store, name, copy.copy(value))
        # A copy of a table shares the lists in it: each seed needs its own.
        store._cases = {case: list(records) for case, records in first._cases.items()}
        store.disk = self.disk
        return store

    def _opened_sql(self) -> OnSql:
        assert self._folder is not None
        if not any(self._folder.iterdir()):
            shutil.copytree(_first_folder().name, self._folder, dirs_exist_ok=True)
        store = OnSql.open(self._folder / "store.db", MASTER)
        # No seed takes the machine's power away: nothing here hangs on when bytes reach the disk.
        store._db._cursor.execute("PRAGMA synchronous=OFF")
        store.disk = self.disk
        return store

    def _next_due(self) -> float:
        at = self.store.next_at()
        if at is None:
            return float("inf")
        return (at - self.time.began).total_seconds() - self.time.offset()

    # -- the bot's process -----------------------------------------------------------------

    def _kill(self, calls: int, down_for: float) -> None:
        """End the process at one of its next calls, or at once."""
        self._down_for = down_for
        if self.process is None:
            self._up_at = max(self._up_at, self.time.true() + down_for)
        elif calls:
            self.process.life.left = calls
        else:
            self._kill_now()

    def _kill_now(self) -> None:
        if self.process is not None and self._task is not None:
            self.process.life.dead = True
            self._task.cancel()

    def _start(self) -> None:
        assert self._group is not None
        self.lives += 1
        if self._folder is not None and self.lives > 1:
            self.store.close()
            self.store = self._opened_sql()
        self.process = Process(self.store, self.server, self.time, self.ladders)
        if self._fell_at:
            self._down.append(Span("down", self._fell_at, self.time.true()))
        self._task = self._group.create_task(self._live(self.process))

    async def _live(self, process: Process) -> None:
        try:
            await process.run()
        except* (Killed, OSError, asyncio.CancelledError) as gone:
            if not process.life.dead and gone.subgroup(OSError) is None:
                raise
        finally:
            left = process.life.left
            if process.life.dead:
                self.counts[REST if left is None else MIDDLE] += 1
            else:
                self.counts["start that failed"] += 1
            process.life.dead = True
            self._fell_at = self.time.true()
            self._up_at = self._fell_at + (5.0 if self._down_for is None else self._down_for)
            self._down_for = None
            self.process = None

    # -- time ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Go on to the end, and then for a while with everything in order."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                self.nemesis.begin()
                while self.time.true() < self.end + SETTLE_S + 6 * HOUR:
                    await self._window()
                    self._skip()
                self._kill_now()
        finally:
            if self._folder is not None:
                self.store.close()

    async def _window(self) -> None:
        """Let the bot work until nothing is left to do, or what is wrong holds it up."""
        began = self.time.true()
        while True:
            if self.nemesis.act():
                # Time does not go on before the bot could see it.
                began = self.time.true()
            if self.time.true() < self.end:
                self.people.act()
            if self.process is None and self.time.true() >= self._up_at:
                self._start()
            await asyncio.sleep(0.4)
            passed = self.time.true() - began
            held_up = self.nemesis.busy() and passed > HELD_UP_S
            doomed = self.process is not None and self.process.life.left is not None
            if doomed and passed > 45.0:
                self._kill_now()
            elif passed > 1.1 and not doomed and (held_up or self._quiet()):
                return

    def _quiet(self) -> bool:
        if self.process is None:
            return True
        due = self.store.next_at()
        return (
            self.process.quiet()
            and not self.store.waiting(1)
            and not self.store.pending(1)
            and int(self.store.token() or 0) == len(self.server.timeline)
            and (due is None or due > self.time.wall())
        )

    def _skip(self) -> None:
        now = self.time.true()
        up = self._up_at if self.process is None else float("inf")
        people = self.people.next_at() if now < self.end else float("inf")
        due = self._next_due()
        last = self.end + SETTLE_S + 6 * HOUR
        # A due time that is past waits for what is wrong to end.
        soon = min(people, self.nemesis.next_at(), up, due if due > now else last, last)
        if self._quiet():
            self._pause = PAUSE_S
        else:
            # What waits for a fault to end is tried again less and less often, as the bot does.
            soon = min(soon, now + self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE_S)
        self.time.skip(min(soon - now - 1.0, 20 * DAY))


def simulate(seed: int, plan: Plan | None = None) -> Outcome:
    """Run one seed from beginning to end."""
    with silent():
        return _simulated(seed, plan)


def _simulated(seed: int, plan: Plan | None) -> Outcome:
    plan = plan or plan_of(seed)
    _first_store()
    with TemporaryDirectory(prefix="soak-") as folder:
        loop = SimLoop(digits=None)
        try:
            world = World(seed, plan, loop, Path(folder) if plan.sql else None)
            folds = Folds() if plan.days >= YEAR_DAYS and not plan.sql else None
            with suppress(asyncio.CancelledError), drawn_from(f"soak {seed}", folds):
                loop.run_until_complete(world.run())
            if folds is not None and not folds.as_from_nothing(CASE, world.store):
                raise AssertionError("a case folded in parts is not the case folded at once")
        finally:
            loop.close()
            # What a start keeps for good is kept only for the life of a process.
            gc.unfreeze()
            gc.collect()
    downs = tuple(world._down)
    known = Known(
        world.time.began,
        tuple(world.time.steps),
        tuple((s.begin, s.end) for s in (*world.nemesis.spans, *downs)),
        tuple((s.begin, s.end) for s in downs),
        world.time.true(),
    )
    rooms = {name: str(room) for name, room in world.rooms.items()}
    return Outcome(
        world.wishes,
        world.people.deeds,
        world.server.received,
        known,
        rooms,
        (*world.nemesis.spans, *downs),
        world.counts,
        world.lives,
        plan.days,
    )
