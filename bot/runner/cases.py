"""One consumer per case: take an event, decide, commit, fold. No locks, no races inside.

A crash anywhere leaves either the whole of what an event caused or nothing of it; the event
comes again, and an event that was committed is not decided twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias, TypeVar

import structlog

from bot.domain import bodies as b
from bot.domain.case import Case
from bot.domain.fold import evolve, replay
from bot.domain.ids import CaseId, CompartmentId, EventId, MasterKey, RoomId, SeatId, UserId
from bot.domain.ladder import Ladder
from bot.domain.questions import Cost, Hashed, Weighed
from bot.domain.sittings import sittings
from bot.engine.effects import (
    DropSession,
    Say,
)
from bot.engine.events import (
    CommandReceived,
    DeadlineReached,
    Event,
    FileRead,
    FileRefused,
    Proposed,
    Scene,
    Sifted,
)
from bot.engine.mediator import Decision, decide
from bot.lean import lasting
from bot.policy.guard import SeenRoom
from bot.policy.wall import Sitting
from bot.ports import Batch, HasLeft, HeadMoved, OutboxRow, Store
from bot.runner.arrived import Arrived as Arrived
from bot.runner.arrived import Committed as Committed
from bot.runner.arrived import Offload as Offload
from bot.runner.asides import put_aside
from bot.runner.batches import apart, batch_of, too_late, transaction_id
from bot.runner.drawing import LARGE, drawn_for
from bot.runner.fetching import Fetching, NoFiles
from bot.runner.sifting import Sifting, opened_for
from bot.runner.together import Decided, decided
from bot.runner.turns import Turns, place_named, place_of
from bot.runner.under_way import UnderWay
from bot.runner.weighing import COST, Weighing, read_for
from bot.runner.writing import Writing
from bot.words.phrase import phrase

T = TypeVar("T")
Found: TypeAlias = Hashed | Weighed | Sifted | Proposed | None

STORE_PAUSE_S = 1.0
FOLDED = 5_000
"""So many records are in memory at a time while a case is folded."""

log = structlog.get_logger()


class Cases:
    """All cases of the installation, and the road their events take.

    `committed` is called after every commit, before the next event of that case. `checkpoint` is the
    log's newest, as far as the house was told.
    """

    def __init__(
        self,
        store: Store,
        offload: Offload,
        bot: UserId,
        committed: Callable[[Committed], Awaitable[None]],
        cost: Cost = COST,
    ) -> None:
        self.all: dict[CaseId, Case] = {}
        self.seen: dict[RoomId, SeenRoom] = {}
        self._store = store
        self._offload = offload
        self.bot = bot
        self._committed = committed
        self._queues: dict[CaseId, Turns] = {}
        self._grow = asyncio.Event()
        self.under_way = UnderWay()
        self._put_off: set[str] = set()
        self._writing = Writing(store, offload)
        self.weighing: Weighing[Arrived] = Weighing(
            lambda wish: offload(lambda: read_for(store, wish)), self._come_back, cost
        )
        self.sifting: Sifting[Arrived] = Sifting(
            lambda wish: offload(lambda: opened_for(store, wish)), self._come_back
        )
        self.fetching: Fetching[Arrived] = Fetching(NoFiles(), self._file_came)
        self._unfinished: dict[str, Committed] = {}
        self._history: dict[CaseId, frozenset[Sitting]] = {}
        self._log_key = ""
        self.checkpoint = ""
        self.ladders: Mapping[str, Ladder] = {}

    async def load(self) -> None:
        """Fold every case from its journal."""
        self._log_key = await self._offload(self._store.log_vkey)
        with lasting():
            for case_id in await self._offload(self._store.cases):
                self._keep(await self._folded(Case(case_id)))

    def submit(self, arrived: Arrived) -> bool:
        """Queue an event; False if it is under way already, and this one is dropped.

        In which order they are taken, `turns` tells.
        """
        if not self.under_way.begins(arrived):
            return False
        self._queue_up(arrived)
        return True

    def _queue_up(self, arrived: Arrived) -> None:
        if arrived.case not in self._queues:
            case_id = arrived.case
            self._queues[case_id] = Turns(lambda due: place_of(self.all.get(case_id), due.key))
            self._grow.set()
        self._queues[arrived.case].add(arrived)

    def _done(self, arrived: Arrived) -> None:
        """Note that an event is not under way any more, unless it comes back by itself."""
        if arrived.event.id not in self._put_off:
            self.under_way.ends(arrived)

    def idle(self) -> bool:
        """Tell whether nothing is under way."""
        return self.under_way.nothing()

    async def run(self) -> None:
        """Consume every case's events until cancelled."""
        started: set[CaseId] = set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.weighing.run(), name="weighing")
            group.create_task(self.sifting.run(), name="sifting")
            group.create_task(self.fetching.run(), name="fetching")
            while True:
                for case_id in self._queues.keys() - started:
                    started.add(case_id)
                    group.create_task(self._consume(case_id), name=f"case-{len(started)}")
                self._grow.clear()
                await self._grow.wait()

    async def _consume(self, case_id: CaseId) -> None:
        turns = self._queues[case_id]
        while True:
            run = await turns.next()
            while run:
                together, alone = await self._together(run) if len(run) > 1 else (0, 1)
                for arrived in run[:together]:
                    self._done(arrived)
                for arrived in run[together : together + alone]:
                    while True:
                        if await self._settled(arrived):
                            break
                        # Tried again, in order: nobody would bring it again.
                        await asyncio.sleep(STORE_PAUSE_S)
                    self._done(arrived)
                run = run[together + alone :]

    async def _together(self, run: Sequence[Arrived]) -> tuple[int, int]:
        """Take the first of several deadlines in one commit; a poison one must not silence others.

        Returns how many are settled, and how many of those behind them must be taken one by one.
        """
        case, first = self.all.get(run[0].case), run[0].event.id
        if case is None:
            return 0, 1
        found: Decided | None = None
        try:
            names = [arrived.event.id for arrived in run]
            known = await self._offload(lambda: [self._store.handled(name) for name in names])
            found = await decided(run, known, case, self._decide)
            if found.batches:
                batches = found.batches
                await self._offload(lambda: self._store.commit_all(batches))
                self._keep(found.case)
                self._unfinished[first] = Committed(found.case, found.records, found.effects)
                await self._finish(first)
        except Exception as failed:  # noqa: BLE001  # each alone is tried, told and set aside
            log.warning("deadlines_one_by_one", error=type(failed).__name__)
            return 0, found.taken if found is not None else 1
        return found.taken, int(found.taken < len(run))

    async def _settled(self, arrived: Arrived) -> bool:
        """Take an event, or set it aside; False while the store refuses."""
        try:
            try:
                await self.take(arrived)
            except OSError:
                raise
            except Exception:  # one bad event must not silence a case
                log.exception("event_failed", kind=type(arrived.event).__name__)
                await self._set_aside(arrived)
        except OSError as failed:
            log.warning("store_waits", error=type(failed).__name__)
            return False
        return True

    async def _set_aside(self, arrived: Arrived) -> None:
        """Mark an event that a bug of ours cannot decide as handled, and say so in its room.

        A deadline is never marked: it stays due and is tried again, and the desk is told once. Of a
        bundle each is tried alone from now on.
        """
        event = arrived.event
        self._unfinished.pop(event.id, None)
        case = self.all.get(arrived.case) or Case(arrived.case)
        if isinstance(event, DeadlineReached) and len(event.bundle) > 1:
            await self._commit_beside(case, lambda now: apart(event, now))
            return
        name, said, urgent = event.id, phrase("wrong.bug"), False
        places: tuple[CompartmentId, ...] = ()
        if isinstance(event, CommandReceived):
            places = (event.compartment,)
        elif isinstance(event, DeadlineReached):
            name, urgent = EventId(f"failed:{event.id}"), True
            places = tuple(desk.id for desk in case.desks())
            said = phrase("wrong.deadline", what=place_named(event.each()[0]))
        outbox = tuple(
            OutboxRow(
                transaction_id(case.id, name, number),
                case.id,
                number,
                Say(place, said, answer=not urgent, urgent=urgent),
                urgent,
                event.at,
            )
            for number, place in enumerate(places)
        )
        done = (arrived.inbox,) if arrived.inbox is not None else ()
        await self._commit_beside(
            case, lambda now: Batch(name, now.id, now.head, outbox=outbox, inbox_done=done)
        )
        await self._committed(Committed(case, (), ()))

    async def _commit_beside(self, case: Case, make: Callable[[Case], Batch]) -> None:
        """Commit what has no records, whoever else writes to the case meanwhile."""
        while True:
            batch = make(case)
            try:
                await self._offload(lambda: self._store.commit(batch))  # noqa: B023
            except HeadMoved:
                case = await self._folded(case)
                self._keep(case)
                continue
            return

    async def take(self, arrived: Arrived) -> Committed | None:
        """Decide and commit one event; None if it was committed before, or comes again later."""
        event_id, case_id = arrived.event.id, arrived.case
        if event_id in self._unfinished:
            return await self._finish(event_id)
        if await self._offload(lambda: self._store.handled(event_id)):
            if arrived.inbox is not None:
                number = arrived.inbox
                await self._offload(lambda: self._store.done([number]))
            return None
        left = False
        while True:
            case = self.all.get(case_id) or Case(case_id)
            found = await self._aside(arrived, self._decision(arrived.event, case))
            effects = too_late(found.effects) if left else found.effects
            asides = self.weighing, self.sifting, self.fetching
            if effects and put_aside(arrived, effects[0], *asides):
                self._put_off.add(event_id)
                return None
            effects = await self._writing.checked(effects)
            records = await self._writing.records(effects, case, arrived.event)
            rows = partial(batch_of, arrived.event, arrived.inbox, case, effects, records)
            batch = await self._aside(arrived, partial(rows, content=arrived.content))
            try:
                await self._offload(lambda: self._store.commit(batch))  # noqa: B023
            except HeadMoved:
                self._keep(await self._folded(case))
                continue
            except HasLeft:
                left = True
                continue
            for record in records:
                case = evolve(case, record)
            self._keep(case)
            self._unfinished[event_id] = Committed(case, records, effects)
            return await self._finish(event_id)

    async def _aside(self, arrived: Arrived, make: Callable[[], T]) -> T:
        """Make something of an event; of a large one in a thread of its own.

        With very many watches that takes seconds, and nobody else may wait for them.
        """
        return await asyncio.to_thread(make) if isinstance(arrived.event, LARGE) else make()

    async def _finish(self, event_id: str) -> Committed:
        """Carry a commit to the rooms; if the store fails in between, the next try goes on here."""
        done = self._unfinished[event_id]
        await self._committed(done)
        del self._unfinished[event_id]
        return done

    def _come_back(self, arrived: Arrived, found: Found) -> None:
        """Decide a line again with what was found out for it. It is under way all the while."""
        self._put_off.discard(arrived.event.id)
        if isinstance(arrived.event, CommandReceived):
            kind = "sifted" if isinstance(found, Sifted | Proposed) else "weighed"
            event = replace(arrived.event, **{kind: found})  # type: ignore[arg-type]
            arrived = replace(arrived, event=event)
        self._queue_up(arrived)

    def _file_came(self, arrived: Arrived, found: FileRead | FileRefused, content: bytes) -> None:
        """Decide a line again with what its file was found to be."""
        self._put_off.discard(arrived.event.id)
        if isinstance(arrived.event, CommandReceived):
            event = replace(arrived.event, fetched=found)
            arrived = replace(arrived, event=event, content=content)
        self._queue_up(arrived)

    def _decide(self, event: Event, case: Case) -> Decision:
        return self._decision(event, case)()

    def _decision(self, event: Event, case: Case) -> Callable[[], Decision]:
        """Prepare a decision: what surrounds it is looked at now, wherever it is then made."""
        scene, drawn = self._scene(case), drawn_for(event)
        return lambda: decide(event, case, scene, drawn)

    def _scene(self, case: Case) -> Scene:
        rooms = {
            c.id: self.seen[c.room]
            for c in case.compartments.values()
            if c.room is not None and c.room in self.seen
        }
        history = frozenset[Sitting]().union(*self._history.values())
        known = self._log_key, self.checkpoint
        return Scene(case.id, self.bot, rooms, history, *known, self.ladders)

    async def _folded(self, case: Case) -> Case:
        """Return a case with all that is on record behind it, folded a part at a time."""
        while True:
            whole = case
            later = await self._offload(lambda: self._store.load(whole.id, whole.head, FOLDED))  # noqa: B023
            if not later:
                return case
            case = replay(case, later)

    def _keep(self, case: Case) -> None:
        self.all[case.id] = case
        self._history[case.id] = sittings(case)

    def place_of(self, room: RoomId) -> tuple[CaseId, CompartmentId] | None:
        """Return which case and compartment a room belongs to."""
        for case in self.all.values():
            found = case.by_room(room)
            if found is not None:
                return case.id, found.id
        return None

    def seat_in(
        self, case: CaseId, compartment: CompartmentId, user: UserId, master: MasterKey
    ) -> SeatId | None:
        """Return the enrolled seat of a person, vouched for by the pinned identity."""
        for seat in self.all[case].seats_in(compartment):
            if seat.user == user and seat.enrolled and seat.master == master:
                return seat.id
        return None

    def cases_of(self, user: UserId) -> tuple[Case, ...]:
        """Return the cases in which a Matrix ID holds a seat."""
        return tuple(c for _, c in sorted(self.all.items()) if c.seats_of_user(user))


def sessions_to_drop(done: Committed) -> frozenset[CompartmentId]:
    """Return the compartments whose group session must go before the next send."""
    dropped = {e.compartment for e in done.effects if isinstance(e, DropSession)}
    for record in done.records:
        if isinstance(record.body, b.SeatPlaced | b.SeatWithdrawn):
            dropped.add(record.body.compartment)
    return frozenset(dropped)


def compartments_cleared(done: Committed) -> tuple[CompartmentId, ...]:
    """Return the compartments whose parked rows may go."""
    return tuple(r.body.compartment for r in done.records if isinstance(r.body, b.BreachCleared))
