"""From the inbox to the road: each stored item becomes an event of a case, or is done with.

Items are taken oldest first. An item stays pending until the event it became is committed;
talk that is no command is marked in bulk.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.domain.case import Case
from bot.domain.codec import BadForm, from_json
from bot.domain.ids import CaseId, CompartmentId, EventId, RoomId, UserId
from bot.engine.enrolment import opened_by
from bot.engine.events import (
    CaseFileTaken,
    CommandReceived,
    DirectReceived,
    MessageUnreadable,
    PersonEntered,
    RoomSeen,
)
from bot.engine.guard import wanted_room
from bot.engine.parsing import NotACommand, parse_line
from bot.policy.guard import SeenRoom, inspect
from bot.ports import (
    InboxItem,
    KeyCame,
    Line,
    Listener,
    Nothing,
    NotSent,
    Speaker,
    StateChanged,
    Store,
    Unreadable,
)
from bot.runner.cases import Arrived, Cases, Offload

CASE_FILE = "case_file"
AT_ONCE = 500
PAUSE_S = 1.0

log = structlog.get_logger()


class Intake:
    """Reads the inbox. `room_changed` is told of rooms whose state moved."""

    def __init__(
        self,
        store: Store,
        offload: Offload,
        listener: Listener,
        speaker: Speaker,
        cases: Cases,
        *,
        now: Callable[[], datetime],
        person_of: Callable[[RoomId], UserId | None],
        room_changed: Callable[[RoomId], Awaitable[None]],
        patience: timedelta,
    ) -> None:
        self._store = store
        self._offload = offload
        self._listener = listener
        self._speaker = speaker
        self._cases = cases
        self._now = now
        self._person_of = person_of
        self._room_changed = room_changed
        self._patience = patience
        self._wake = asyncio.Event()
        self._queued: set[int] = set()

    def wake(self) -> None:
        """Look at the inbox now: something arrived."""
        self._wake.set()

    async def run(self) -> None:
        """Read for ever. An unreachable homeserver makes it wait, nothing makes it stop."""
        while True:
            self._wake.clear()
            try:
                fresh = await self.step()
            except (NotSent, OSError) as failed:
                log.warning("intake_waits", error=type(failed).__name__)
                fresh = False
            if not fresh:
                try:
                    async with asyncio.timeout(PAUSE_S):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    async def step(self) -> bool:
        """Read what is pending; True if anything was."""
        found = await self._offload(lambda: self._store.pending(AT_ONCE))
        pending = {item.number for item in found}
        self._queued &= pending
        fresh = [item for item in found if item.number not in self._queued]
        done: list[int] = []
        changed: dict[RoomId, EventId] = {}
        for item in fresh:
            if await self._take(item, changed):
                done.append(item.number)
            else:
                self._queued.add(item.number)
        if done:
            await self._offload(lambda: self._store.done(done))
        for room, event in changed.items():
            await self.look_at(room, event)
        await self._tell_unreadable()
        return bool(fresh)

    async def _take(self, item: InboxItem, changed: dict[RoomId, EventId]) -> bool:
        """Take one item; True if it is done with, False if an event carries it on."""
        if item.kind == CASE_FILE:
            return self._case_file(item)
        heard = await self._listener.read(item)
        match heard:
            case Line():
                return await self._line(item, heard)
            case StateChanged():
                changed[heard.room] = EventId(f"state:{item.key}")
            case KeyCame():
                key = heard
                await self._offload(lambda: self._store.key_came(key.room, key.session))
            case Unreadable():
                return await self._unreadable(item, heard)
            case Nothing():
                pass
        return True

    async def _line(self, item: InboxItem, line: Line) -> bool:
        person = self._person_of(line.room)
        if person is not None:
            return self._direct(item, line) if person == line.sender else True
        place = self._cases.place_of(line.room)
        if place is None:
            return True
        seat = self._cases.seat_in(*place, line.sender, line.master)
        if seat is None or isinstance(
            parse_line(line.text, verbs=(), bot_names=self._names()), NotACommand
        ):
            return True
        quoted = await self._quoted(line, place) if line.reply_to else None
        event = CommandReceived(
            line.event_id,
            self._now(),
            place[1],
            seat,
            line.text,
            datetime.fromtimestamp(line.origin_ts / 1000, UTC),
            line.reply_to,
            quoted.text if quoted else None,
            self._cases.seat_in(*place, quoted.sender, quoted.master) if quoted else None,
        )
        self._cases.submit(Arrived(place[0], event, item.number))
        return False

    def _names(self) -> tuple[str, ...]:
        return (self._cases.bot, "Parley", "parley")

    async def _quoted(self, line: Line, place: tuple[CaseId, CompartmentId]) -> Line | None:
        """Fetch the message replied to, if it was said in the same room by somebody seated."""
        if line.reply_to is None or place is None:
            return None
        return await self._listener.quoted(line.room, line.reply_to)

    def _direct(self, item: InboxItem, line: Line) -> bool:
        cases = self._cases.cases_of(line.sender)
        if not cases:
            return True
        event = DirectReceived(
            line.event_id, self._now(), line.sender, line.master, line.fingerprint, line.text
        )
        meant: Case = next((c for c in cases if opened_by(c, event) is not None), cases[0])
        self._cases.submit(Arrived(meant.id, event, item.number))
        return False

    async def _unreadable(self, item: InboxItem, heard: Unreadable) -> bool:
        if not heard.may_heal:
            return self._say_unreadable(heard.event_id, heard.room, heard.sender, item.number)
        now = self._now()
        room, session = heard.room, heard.session
        await self._offload(lambda: self._store.wait_for_key(item.number, room, session, now))
        return False

    def _say_unreadable(
        self, event_id: EventId, room: RoomId, sender: UserId | None, item: int | None
    ) -> bool:
        place = self._cases.place_of(room)
        if place is None or sender is None:
            return True
        seats = self._cases.all[place[0]].seats_in(place[1])
        seat = next((s.id for s in seats if s.user == sender and s.enrolled), None)
        if seat is None:
            return True
        event = MessageUnreadable(EventId(f"unreadable:{event_id}"), self._now(), place[1], seat)
        self._cases.submit(Arrived(place[0], event, item))
        return False

    async def _tell_unreadable(self) -> None:
        before = self._now() - self._patience
        for item in await self._offload(lambda: self._store.overdue_unreadable(before)):
            if item.room is None:
                continue
            try:
                sender = json.loads(item.raw).get("sender")
            except (ValueError, AttributeError):
                continue
            if isinstance(sender, str):
                self._say_unreadable(EventId(item.key), item.room, UserId(sender), None)

    async def look_at(self, room: RoomId, event: EventId) -> None:
        """Let the guard look at a room that changed, and have it mended."""
        place = self._cases.place_of(room)
        if place is not None:
            case = self._cases.all[place[0]]
            wanted = wanted_room(case, case.compartments[place[1]], self._cases.bot)
            seen = await self._speaker.seen(room)
            if wanted is not None and seen is not None:
                self._greet(place, self._cases.seen.get(room), seen, event)
                self._cases.seen[room] = seen
                findings = inspect(wanted, seen)
                if not all(f.holds for f in findings):
                    seen_event = RoomSeen(event, self._now(), place[1], findings)
                    self._cases.submit(Arrived(place[0], seen_event))
        await self._room_changed(room)

    def _greet(
        self,
        place: tuple[CaseId, CompartmentId],
        before: SeenRoom | None,
        seen: SeenRoom,
        cause: EventId,
    ) -> None:
        """Tell the case who joined since the room was last looked at by this process."""
        if before is None:
            return
        for user in sorted(seen.joined() - before.joined()):
            event = PersonEntered(EventId(f"entered:{user}:{cause}"), self._now(), place[1], user)
            self._cases.submit(Arrived(place[0], event))

    def _case_file(self, item: InboxItem) -> bool:
        """Take an operator's case file; one that does not read was not written by us."""
        try:
            raw = json.loads(item.raw)
            case_id = CaseId(str(raw["case"]))
            handed_in: CaseFileTaken = from_json(raw["event"], CaseFileTaken)
        except (ValueError, KeyError, TypeError, BadForm):
            log.warning("case_file_unreadable", item=item.number)
            return True
        taken = CaseFileTaken(
            EventId(f"case-file:{item.key}"),
            self._now(),
            handed_in.bodies,
            handed_in.widens,
            handed_in.digest,
            handed_in.lines,
        )
        self._cases.submit(Arrived(case_id, taken, item.number))
        return False
