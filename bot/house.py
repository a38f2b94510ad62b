"""The house: the bot's tasks, and the wires between them.

Built by `app` from finished adapters. What happens on one road is told to the others here,
and nowhere else.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.deadman import DeadMan, Patience
from bot.domain import bodies as b
from bot.domain.case import Case
from bot.domain.ids import CaseId, CompartmentId, EventId, MasterKey, RoomId, UserId
from bot.domain.ladder import Ladder
from bot.engine.events import (
    BotReturned,
    ClockSet,
    DeadlineReached,
    DevicesExcluded,
    IdentitySeen,
    MessageUnreadable,
    RoomMade,
)
from bot.engine.guard import wanted_room
from bot.files import AttachedFiles
from bot.lean import TIDY_EVERY_S, tidying
from bot.matrix.rooms import create
from bot.matrix.session import MatrixSession
from bot.matrix.transport import HomeserverRefused
from bot.outside.ping import Ping
from bot.outside.progress import Progress
from bot.ports import Outsider, Press, Store
from bot.proving import Provable, Proving
from bot.runner.cases import (
    Arrived,
    Cases,
    Committed,
    Offload,
    compartments_cleared,
    sessions_to_drop,
)
from bot.runner.intake import Intake
from bot.runner.speaking import Speaking
from bot.scheduling.alarm import Alarm
from bot.scheduling.clock import Clock
from bot.scheduling.housekeeping import Chore, Housekeeping
from bot.settings import OutsideSettings, TimingSettings

if TYPE_CHECKING:
    from bot.anchors.rfc3161 import Stamps

ROOM_NAME: Final = "Parley"
"""Every room has the same name: a name is readable by the homeserver."""

REHEARSAL: Final = "rehearsal.started"

AUDIT_EVERY_S: Final = 86_400

NOBODY: Final = ""
"""The master key of a person who may show none: no key has this form."""

_TOPOLOGY: Final = (
    b.CaseOpened,
    b.SeatAdded,
    b.SeatRemoved,
    b.SeatEnrolled,
    b.SeatVerified,
    b.IdentityChanged,
    b.CompartmentOpened,
    b.SeatPlaced,
    b.SeatWithdrawn,
    b.RoomBound,
    b.BreachRaised,
)

log = structlog.get_logger()


class House:
    """All tasks of a running bot."""

    def __init__(
        self,
        timing: TimingSettings,
        store: Provable,
        offload: Offload,
        session: MatrixSession,
        clock: Clock,
        *,
        stamps: Stamps | None = None,
        stamp_every_s: float = 3600,
        outside: OutsideSettings | None = None,
        ping: Ping | None = None,
        outsider: Outsider | None = None,
        ladders: Mapping[str, Ladder] | None = None,
        press: Press | None = None,
    ) -> None:
        self._timing = timing
        self._store = store
        self._offload = offload
        self._session = session
        self._clock = clock
        self._doubted: set[RoomId] = set()
        self._rooms_wake = asyncio.Event()
        self._made: set[tuple[CaseId, CompartmentId]] = set()
        bot = UserId(session.machine.user_id)
        files = AttachedFiles(session.media())
        self.cases = Cases(store, offload, bot, self._committed)
        self.cases.fetching.files = files
        self.cases.ladders = ladders or {}
        self.speaking = Speaking(
            store,
            offload,
            session.speaker,
            self.cases,
            now=clock.now,
            monotonic=clock.monotonic,
            outsider=outsider,
            files=files,
            press=press,
        )
        self.proving = Proving(
            store,
            offload,
            session,
            self.cases,
            clock,
            changed=self.speaking.wake,
            stamps=stamps,
        )
        outside = outside or OutsideSettings()
        self._ping = ping
        self.deadman = DeadMan(
            store,
            offload,
            session,
            self.cases,
            clock,
            ahead=self.speaking.ahead,
            patience=Patience(
                timedelta(seconds=outside.silence_seconds),
                timedelta(seconds=outside.margin_seconds),
            ),
        )
        self.progress = Progress(
            store,
            offload,
            now=clock.now,
            monotonic=clock.monotonic,
            attended=self._attended,
            rate=clock.rate,
        )
        self.intake = Intake(
            store,
            offload,
            session.inbound,
            session.speaker,
            self.cases,
            now=clock.now,
            person_of=session.directs.person,
            room_changed=self._room_changed,
            patience=timedelta(seconds=timing.unreadable_notice_seconds * clock.rate),
            witness_said=self.proving.heard,
        )
        self.alarm = Alarm(
            store,
            clock,
            offload=offload,
            submit=self._due,
            cases=lambda: tuple(self.cases.all),
            outage=timedelta(seconds=timing.outage_notice_seconds * clock.rate),
            stepped=self._clock_was_set,
            taken=self.cases.under_way.few_deadlines,
        )
        self._housekeeping = Housekeeping(
            (
                Chore("checkpoint", timing.checkpoint_seconds, self.proving.checkpoint),
                Chore("tend", timing.tend_seconds, self._tend),
                Chore("audit", AUDIT_EVERY_S, self.proving.audit),
                Chore("stamp", stamp_every_s, self.proving.stamp),
                Chore("tidy", TIDY_EVERY_S, tidying(self.cases.idle)),
                Chore("ping", outside.ping_seconds, self._report),
            )
        )

    async def begin(self, *, unproved: bool = False) -> None:
        """Fold the cases, and look whether the store is the newest. Raises `PutBack`."""
        if self._clock.rate != 1:
            await self._go_on_rehearsing()
        await self.cases.load()
        await self.proving.begin(unproved=unproved)

    async def run(self) -> None:
        """Do everything side by side until cancelled; after `begin`."""
        await self._set_free()
        self._wire_rooms(())
        rooms = (c.room for case in self.cases.all.values() for c in case.compartments.values())
        await self.intake.begin(room for room in rooms if room is not None)
        await self.alarm.returned()
        async with self._housekeeping, asyncio.TaskGroup() as group:
            for name, task in (
                ("cases", self.cases.run()),
                ("rooms", self._keep_rooms()),
                ("sync", self._session.sync.run()),
                ("intake", self.intake.run()),
                ("speaking", self.speaking.run()),
                ("alarm", self.alarm.run(self._timing.tick_seconds)),
                ("proving", self.proving.run()),
                ("deadman", self.deadman.run()),
            ):
                group.create_task(task, name=name)
            log.info("standing", cases=len(self.cases.all))

    async def _set_free(self) -> None:
        """Let go what was parked where nothing is held.

        An earlier process may have ended just after a clearing, or after parking a text and
        before telling the desk of it.
        """
        for case in self.cases.all.values():
            for place in case.compartments.values():
                if not place.held:
                    there = (case.id, place.id)
                    await self._offload(lambda p=there: self._store.unpark(*p))  # type: ignore[misc]

    async def _go_on_rehearsing(self) -> None:
        """Keep one fast clock across restarts: what is due while the bot is down falls due."""
        kept = await self._offload(lambda: self._store.get(REHEARSAL))
        if kept is not None:
            self._clock.go_on_from(datetime.fromisoformat(kept.decode()))
            return
        started = self._clock.started.isoformat().encode()
        await self._offload(lambda: self._store.put(REHEARSAL, started))

    # -- what one road tells the others ----------------------------------------------------

    async def _committed(self, done: Committed) -> None:
        """Carry a commit into the rooms before the next event of its case."""
        if any(isinstance(r.body, _TOPOLOGY) for r in done.records):
            self._wire_rooms(_newly_placed(done))
        for place in sessions_to_drop(done):
            found = done.case.compartments.get(place)
            if found is not None and found.room is not None:
                await self._session.speaker.drop_session(found.room)
        if compartments_cleared(done):
            await self._offload(lambda: _unpark(self._store, done))
        if any(isinstance(r.body, b.WitnessNamed | b.WitnessDismissed) for r in done.records):
            self.proving.wake()
        if sessions_to_drop(done) or any(r.body.TAG.startswith("watch.") for r in done.records):
            self.deadman.wake()
        self.speaking.wake()

    def _wire_rooms(self, again: tuple[tuple[CompartmentId, UserId], ...]) -> None:
        """Pin who is enrolled, and say what every room must look like."""
        self._session.pins.pin(pins_of(self.cases.all.values()))
        for case in self.cases.all.values():
            for place in case.compartments.values():
                wanted = wanted_room(case, place, self.cases.bot)
                if wanted is None:
                    continue
                may_enter = frozenset(s.user for s in case.seats_in(place.id) if s.enrolled)
                back = tuple(user for compartment, user in again if compartment == place.id)
                self._session.keeper.want(wanted, back, may_enter=may_enter)
                self._doubted.add(wanted.room)
        self._rooms_wake.set()

    def _room_changed(self, room: RoomId) -> Awaitable[None]:
        self._session.keeper.changed(room)
        self._doubted.add(room)
        self._rooms_wake.set()
        self.speaking.retry_now()
        return asyncio.sleep(0)

    def _clock_was_set(self) -> None:
        self._housekeeping.rearm()
        self.deadman.clock_was_set()

    def _due(self, case: CaseId, event: DeadlineReached | BotReturned | ClockSet) -> None:
        self.cases.submit(Arrived(case, event))

    def excluded(self, room: RoomId, devices: tuple[tuple[UserId, str], ...]) -> None:
        """Hear of devices that got no key: the desk is told once for each set of them."""
        place = self.cases.place_of(room)
        if place is None:
            return
        name = hashlib.sha256(repr((room, devices)).encode()).hexdigest()
        event = DevicesExcluded(EventId(f"excluded:{name}"), self._clock.now(), place[1], devices)
        self.cases.submit(Arrived(place[0], event))

    def gap_left(self, room: RoomId) -> None:
        """Hear of a stretch of a room that could not be read: its people are told."""
        place = self.cases.place_of(room)
        if place is not None:
            now = self._clock.now()
            event = MessageUnreadable(EventId(f"gap:{room}:{now}"), now, place[1], None)
            self.cases.submit(Arrived(place[0], event))

    # -- chores ----------------------------------------------------------------------------

    async def _report(self) -> None:
        """Tell the outside monitor, if there is one, how it goes."""
        if self._ping is not None:
            await self._ping.tell(await self.progress.hindrance())

    def _attended(self, case_id: CaseId, compartment: CompartmentId) -> bool:
        """Tell whether somebody who may read there is in a compartment's room."""
        place = self.cases.all[case_id].compartments.get(compartment)
        seen = self.cases.seen.get(place.room) if place is not None and place.room else None
        seats = self.cases.all[case_id].seats_in(compartment) if place is not None else ()
        return seen is not None and bool(seen.joined() & {seat.user for seat in seats})

    async def _tend(self) -> None:
        """Publish keys, judge changed people, freeze whoever changed: that also if the rest fails."""
        try:
            for key in await self._session.tend():
                await self._offload(lambda k=key: self._store.key_came(k.room, k.session))  # type: ignore[misc]
                self.intake.wake()
        finally:
            self._freeze_changed()

    def _freeze_changed(self) -> None:
        """Tell every case of a person of the identity that is shown now, until it has frozen."""
        for user, master in self._session.changed_identities().items():
            for case in self.cases.cases_of(user):
                if all(s.frozen or s.master in (None, master) for s in case.seats_of_user(user)):
                    continue
                # By head too: the same key may show again after the person was seated anew.
                event = EventId(f"identity:{case.id}:{user}:{master}:{case.head}")
                seen = IdentitySeen(event, self._clock.now(), user, MasterKey(master))
                self.cases.submit(Arrived(case.id, seen))

    async def _keep_rooms(self) -> None:
        """Make rooms that are missing and mend those that changed."""
        while True:
            self._rooms_wake.clear()
            for case in tuple(self.cases.all.values()):
                await self._make_rooms(case)
            for room in sorted(self._doubted):
                # Taken off first: what changes while it is mended is a new doubt.
                self._doubted.discard(room)
                if not await self._session.keeper.tend(room):
                    self._doubted.add(room)
            self.speaking.wake()
            try:
                async with asyncio.timeout(self._timing.tend_seconds):
                    await self._rooms_wake.wait()
            except TimeoutError:
                continue

    async def _make_rooms(self, case: Case) -> None:
        for place in case.compartments.values():
            if place.room is not None or (case.id, place.id) in self._made:
                continue
            event = EventId(f"room:{case.id}:{place.id}")
            try:
                room = await create(self._session.server, ROOM_NAME)
            except (OSError, HomeserverRefused) as failed:
                log.warning("room_not_made", error=type(failed).__name__)
                return
            made = RoomMade(event, self._clock.now(), place.id, room)
            self._made.add((case.id, place.id))
            self.cases.submit(Arrived(case.id, made))


def pins_of(cases: Iterable[Case]) -> dict[UserId, str]:
    """Return the identity that each person must show, over all cases: Matrix ID to master key.

    Whoever is frozen in any case, or pinned as two people, must show `NOBODY`: freezing holds
    also when the homeserver shows the old identity again.
    """
    pins: dict[UserId, str] = {}
    for case in cases:
        for seat in case.seats.values():
            if seat.master is not None:
                master = NOBODY if seat.frozen else str(seat.master)
                pins[seat.user] = master if pins.get(seat.user, master) == master else NOBODY
    return pins


def _unpark(store: Store, done: Committed) -> None:
    for place in compartments_cleared(done):
        store.unpark(done.case.id, place)


def _newly_placed(done: Committed) -> tuple[tuple[CompartmentId, UserId], ...]:
    """Return who was seated somewhere by this commit: invited even if they once left."""
    return tuple(
        (r.body.compartment, done.case.seats[r.body.seat].user)
        for r in done.records
        if isinstance(r.body, b.SeatPlaced) and r.body.seat in done.case.seats
    )
