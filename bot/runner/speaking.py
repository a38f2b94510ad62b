"""Out of the outbox, through the gate, to the homeserver.

Rooms go side by side, rows of one room in order, urgent ones first. What the gate denies is
parked and the desk is told that, never what. What cannot be sent now is tried again for ever:
nothing here gives up on a notice.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from bot.domain.case import Case
from bot.domain.ids import CaseId, CompartmentId, EventId
from bot.engine.effects import Alert, GiveFile, GiveReceipt, Say, SayBoth, SayDirect
from bot.engine.events import CommandReceived, SendDenied
from bot.policy.label import Label
from bot.ports import (
    Cleared,
    Denied,
    File,
    Files,
    Labelled,
    NotSent,
    OutboxRow,
    Outsider,
    Press,
    Room,
    Speaker,
    Store,
    Why,
    release,
)
from bot.runner.alerting import Alerting, NoChannels
from bot.runner.cases import Arrived, Cases, Offload
from bot.runner.closed import Key
from bot.runner.delivering import HOLD_NOBODY, Delivering
from bot.runner.fetching import NoFiles
from bot.runner.giving import FOR_PEOPLE, Giving
from bot.runner.last_gate import Stopped
from bot.runner.printing import NOTHING, Printing
from bot.runner.receipts import MIME, given, signatures_under, witnesses_of
from bot.runner.rooms import Rooms
from bot.runner.showing import anybody_there, file_for, place_of
from bot.runner.sources import NOBODY, Opened, needed, open_all
from bot.runner.wording import worded
from bot.words.message import Message
from bot.words.parts import plan
from bot.words.phrase import Phrase, phrase

BUG = "bug"
FIRST_WAIT_S, BUG_WAIT_S, LONGEST_WAIT_S = 1.0, 16.0, 30.0
STUCK = timedelta(minutes=5)
"""What could not go for so long, and not because the homeserver is away, is told to the desk."""
UNDELIVERED = {"nobody_reached": Why.NO_READERS, "room_gone": Why.UNKNOWN_ROOM}
"""Reasons of `NotSent` that do not pass by themselves."""
WITNESSES_HAVE = timedelta(seconds=90)
"""So long a receipt waits for the witnesses of its room; then it says how many there were."""
EACH, MOST_EACH = 20, 200
"""Rows looked at for one room at a time; more while receipts wait among them."""

_Place: TypeAlias = tuple[CaseId, str]

log = structlog.get_logger()


@dataclass(slots=True)
class _Waiting:
    """A row that could not go: when to try it again, in monotonic seconds."""

    until: float
    pause: float


class Speaking:
    """Sends what waits in the outbox. `monotonic` and `now` are the clocks it is given."""

    def __init__(
        self,
        store: Store,
        offload: Offload,
        speaker: Speaker,
        cases: Cases,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        outsider: Outsider | None = None,
        files: Files | None = None,
        press: Press | None = None,
    ) -> None:
        self._files = files or NoFiles()
        self._alerting = Alerting(store, offload, outsider or NoChannels(), cases, now)
        self._delivering = Delivering(store, offload, speaker, cases, (now, monotonic))
        self._giving = Giving(store, offload, cases, now)
        self._rooms = Rooms(speaker, cases)
        self._printing = Printing(store, offload, press, now)
        cases.sifting.identified = self._identified
        self._store = store
        self._offload = offload
        self._speaker = speaker
        self._cases = cases
        self._now = now
        self._monotonic = monotonic
        self._wake = asyncio.Event()
        self._later: dict[str, _Waiting] = {}
        self._told_late: set[str] = set()
        self._told_stuck: set[str] = set()
        self._each = EACH
        self._busy: set[_Place] = set()

    async def _identified(self, line: Arrived) -> frozenset[Key]:
        """Return the identifiers in the words that may be read where a line was typed."""
        case = self._cases.all.get(line.case)
        if case is None or not isinstance(line.event, CommandReceived):
            return frozenset()
        return await self._printing.closed.said_in(case, line.event.compartment)

    def wake(self) -> None:
        """Look at the outbox now: something was put there."""
        self._wake.set()

    def retry_now(self) -> None:
        """Try everything again at once: a room or a key changed."""
        self._later.clear()
        self._wake.set()

    def held_for(self, row: OutboxRow) -> float | None:
        """Return in how many seconds a row that could not leave is tried again; None for others."""
        held = self._later.get(row.id)
        return None if held is None else held.until - self._monotonic()

    async def run(self) -> None:
        """Send for ever. Each room has a server of its own while it has something to say.

        So a slow or flooded room delays no other room's notice by more than a second.
        """
        async with asyncio.TaskGroup() as group:
            while True:
                # First all that came due is made durable, then it is told.
                await self._cases.under_way.no_deadlines(FIRST_WAIT_S)
                self._wake.clear()
                try:
                    found = await self._next()
                except OSError as failed:
                    log.warning("outbox_waits", error=type(failed).__name__)
                    found = {}
                for place, rows in found.items():
                    self._busy.add(place)
                    group.create_task(self._serve(place, rows))
                try:
                    async with asyncio.timeout(FIRST_WAIT_S):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    async def _next(self) -> dict[_Place, list[OutboxRow]]:
        """Return what waits for rooms that nobody serves now.

        A room that was busy when the question was asked is left out: its answer may be old.
        """
        busy = set(self._busy)
        each = self._each
        rows = await self._offload(lambda: self._store.waiting(EACH * each, each))
        known = {row.id for row in rows}
        self._later = {k: v for k, v in self._later.items() if k in known}
        self._told_late &= known
        self._told_stuck &= known
        # Receipts wait for a checkpoint, and must not hide the words behind them meanwhile.
        receipts = Counter(
            (row.case, place_of(row)) for row in rows if isinstance(row.effect, GiveReceipt)
        )
        self._each = min(EACH + max(receipts.values(), default=0), MOST_EACH)
        by_room: dict[_Place, list[OutboxRow]] = defaultdict(list)
        for row in rows:
            place = (row.case, place_of(row))
            if place not in busy:
                by_room[place].append(row)
        return {place: found for place, found in by_room.items() if self._any_due(found)}

    def _any_due(self, rows: Sequence[OutboxRow]) -> bool:
        now = self._monotonic()
        return any(row.id not in self._later or self._later[row.id].until <= now for row in rows)

    async def _serve(self, place: _Place, rows: Sequence[OutboxRow]) -> None:
        try:
            if await self._room(rows):
                self._wake.set()
        except OSError as failed:
            log.warning("send_waits", error=type(failed).__name__)
        finally:
            self._busy.discard(place)

    async def _room(self, rows: Sequence[OutboxRow]) -> bool:
        """Send one room's rows in order; a text that must wait holds those behind it."""
        sent = False
        for row in rows:
            held = self._later.get(row.id)
            if held is not None and held.until > self._monotonic():
                if isinstance(row.effect, HOLD_NOBODY):
                    continue
                return sent
            try:
                gone = await self._send(row)
            except (NotSent, OSError) as no:
                log.warning("send_waits", error=type(no).__name__)
                why = UNDELIVERED.get(no.reason) if isinstance(no, NotSent) else None
                if why is not None:
                    self._tell_stuck(row, why)
                gone = False
            except Exception:  # one row that a bug of ours cannot send must not silence a room
                log.exception("send_failed")
                gone = await self._give_up(row)
            if gone:
                sent = True
                self._later.pop(row.id, None)
                continue
            self._wait(row)
            if not isinstance(row.effect, HOLD_NOBODY):
                return sent
        return sent

    async def _give_up(self, row: OutboxRow) -> bool:
        """Park a row that failed for a reason of ours often enough; the desk is told that."""
        before = self._later.get(row.id)
        if before is None or before.pause < BUG_WAIT_S:
            return False
        return await self._park(row, CompartmentId(place_of(row)), BUG)

    async def _park(self, row: OutboxRow, place: CompartmentId, why: str) -> bool:
        """Take a row out of the queue until people set it free; the desk is told."""
        await self._offload(lambda: self._store.park(row.id, why))
        log.warning("send_denied", why=why)
        event = SendDenied(EventId(f"denied:{row.id}"), self._now(), place, why)
        self._cases.submit(Arrived(row.case, event))
        return True

    def _wait(self, row: OutboxRow) -> None:
        before = self._later.get(row.id)
        pause = FIRST_WAIT_S if before is None else min(before.pause * 2, LONGEST_WAIT_S)
        if isinstance(row.effect, GiveReceipt):
            pause = FIRST_WAIT_S
        self._later[row.id] = _Waiting(self._monotonic() + pause, pause)

    async def _send(self, row: OutboxRow) -> bool:
        """Send one row; False if it must wait. A parked row counts as gone from the queue."""
        case = self._cases.all[row.case]
        match row.effect:
            case Say():
                place = case.compartments.get(row.effect.compartment)
                room = await self._rooms.of(case, row.effect.compartment)
                if place is None or room is None or not anybody_there(room):
                    return False
                words = await self._words(case, row.effect.phrase, place.party, row.effect)
                return await self._say(row, *words, room)
            case SayBoth():
                return await self._delivering.send(row, row.effect, self.ahead)
            case SayDirect():
                direct = await self._rooms.direct(row.effect.user)
                if not anybody_there(direct):
                    return False
                words = await self._words(case, row.effect.phrase, None, None)
                return await self._say(row, *words, direct)
            case GiveReceipt():
                return await self._receipt(case, row, row.effect)
            case GiveFile():
                return await self._file(case, row, row.effect)
            case Alert():
                return await self._alerting.send(row, row.effect)

    async def _say(self, row: OutboxRow, whole: Message, label: Label, room: Room) -> bool:
        cut, begun = await self._giving.plan(row, whole)
        if not begun and self._giving.is_late(row):
            return await self._giving.stopped(row, room.compartment, "late")
        case, event = self._cases.all[row.case], ""
        made = await self._printing.made(case, row.effect, whole, room.compartment)
        if isinstance(made, Stopped):
            stop = self._park if begun else self._giving.stopped
            return await stop(row, room.compartment, made.value)
        if made is not NOTHING:  # which took a while
            room = await self._rooms.of(case, room.compartment) or room
        for part in self._giving.parts(case, room.compartment, whole, cut):
            room = self._rooms.as_it_is(row.case, room)
            cleared = release(Labelled(part.message, label), room)
            if isinstance(cleared, Denied):
                if not (begun or event) and self._giving.makes_anew(row, cleared.why):
                    return await self._giving.stopped(row, room.compartment, cleared.why.value)
                return await self._denied(row, room.compartment, cleared)
            if not event and await self._delivering.taken_back(row):
                return True
            await self._giving.begins(row, cut)
            event = await self._speaker.say(cleared, f"{row.id}{part.name}")
        if made.paper is not None:
            handed = release(made.paper, self._rooms.as_it_is(row.case, room))
            if isinstance(handed, Denied):
                return await self._denied(row, room.compartment, handed)
            event = await self._speaker.give(handed, f"{row.id}.paper")
        return await self._giving.given(row, room.compartment, event)

    async def ahead(self, case_id: CaseId, effect: Say) -> Cleared[Message] | None:
        """Pass a text that may be said one day through the gate as everything is now.

        None if it may not be said now, nobody is there to read it, or it is too long for one
        message. Raises `NotSent`.
        """
        case = self._cases.all[case_id]
        place = case.compartments.get(effect.compartment)
        room = await self._rooms.of(case, effect.compartment)
        if place is None or room is None or not anybody_there(room):
            return None
        whole, label = await self._words(case, effect.phrase, place.party, effect)
        cleared = release(Labelled(whole, label), self._rooms.as_it_is(case_id, room))
        return None if isinstance(cleared, Denied) or len(plan(whole)) > 1 else cleared

    async def _receipt(self, case: Case, row: OutboxRow, effect: GiveReceipt) -> bool:
        witnesses = witnesses_of(case, effect.compartment)
        parties = signatures_under(case, effect.record)
        receipt = await self._offload(
            lambda: self._store.receipt(effect.record, witnesses, parties)
        )
        if receipt.text is None:
            if receipt.late and row.id not in self._told_late:
                await self._say_late(case, row, effect)
            return False
        made_at = receipt.made_at or self._now()
        if receipt.witnessed < len(witnesses) and abs(self._now() - made_at) < WITNESSES_HAVE:
            return False
        room = await self._rooms.of(case, effect.compartment)
        if room is None or not anybody_there(room):
            return False
        opened = await self._offload(lambda: open_all(self._store, frozenset({effect.record})))
        label = opened[effect.record][0] if effect.record in opened else NOBODY
        said = given(effect.name, made_at, receipt.witnessed, len(witnesses))
        place = case.compartments[effect.compartment]
        caption, _ = await self._words(case, said, place.party, None)
        file = File(f"{effect.name}.parley", MIME, receipt.text.encode(), caption.body)
        room = self._rooms.as_it_is(row.case, room)
        return await self._give(row, Labelled(file, label), room)

    async def _file(self, case: Case, row: OutboxRow, effect: GiveFile) -> bool:
        room = await self._rooms.of(case, effect.compartment)
        if room is None or not anybody_there(room):
            return False
        found = await file_for(self._store, self._offload, self._files, effect)
        if isinstance(found, Phrase):
            place = case.compartments[effect.compartment]
            return await self._say(row, *await self._words(case, found, place.party, None), room)
        return await self._give(row, found, self._rooms.as_it_is(row.case, room))

    async def _give(self, row: OutboxRow, file: Labelled[File], room: Room) -> bool:
        cleared: Cleared[File] | Denied = release(file, room)
        if isinstance(cleared, Denied):
            return await self._denied(row, room.compartment, cleared)
        event = await self._speaker.give(cleared, row.id)
        await self._offload(lambda: self._store.sent(row.id, event))
        return True

    async def _say_late(self, case: Case, row: OutboxRow, effect: GiveReceipt) -> None:
        room = await self._rooms.of(case, effect.compartment)
        if room is None:
            return
        place = case.compartments[effect.compartment]
        said = phrase("receipt.late", name=effect.name)
        whole, label = await self._words(case, said, place.party, None)
        cleared = release(Labelled(whole, label), self._rooms.as_it_is(case.id, room))
        if not isinstance(cleared, Denied):
            await self._speaker.say(cleared, f"{row.id}.late")
            self._told_late.add(row.id)

    async def _denied(self, row: OutboxRow, place: CompartmentId, denied: Denied) -> bool:
        """Park what only people can set free; everything else is tried again (False).

        A room in breach is either mended or held within moments; if it is neither, the desk is
        told.
        """
        if denied.why not in FOR_PEOPLE:
            self._tell_stuck(row, denied.why)
            return False
        return await self._park(row, place, denied.why.value)

    def _tell_stuck(self, row: OutboxRow, why: Why) -> None:
        """Tell the desk of a text that has waited too long; not of the desk's own, which waits too."""
        place = CompartmentId(place_of(row))
        own = any(desk.id == place for desk in self._cases.all[row.case].desks())
        if own or row.id in self._told_stuck or self._now() - row.made_at < STUCK:
            return
        self._told_stuck.add(row.id)
        event = SendDenied(EventId(f"stuck:{row.id}"), self._now(), place, why.value)
        self._cases.submit(Arrived(row.case, event))

    async def _words(
        self, case: Case, said: Phrase, party: str | None, how: Say | None
    ) -> tuple[Message, Label]:
        opened: Opened = await self._offload(lambda: open_all(self._store, needed(said, case)))
        return worded(case, opened, said, party, how, now=self._now())
