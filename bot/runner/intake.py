"""From the inbox to the road: each stored item becomes an event of a case, or is done with.

Items are taken oldest first. An item stays pending until the event it became is committed;
talk that is no command is marked in bulk.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

import structlog

from bot.domain.case import Case
from bot.domain.codec import BadForm, from_json
from bot.domain.ids import CaseId, CompartmentId, EventId, RoomId, UserId
from bot.engine.enrolment import awaits_code, opened_by
from bot.engine.events import (
    CaseFileTaken,
    CommandReceived,
    DirectReceived,
    FileOffered,
    MessageUnreadable,
    PersonEntered,
    RoomSeen,
)
from bot.engine.guard import wanted_room
from bot.engine.parsing import NotACommand, parse_line
from bot.policy.guard import Finding, Rule, SeenRoom, inspect
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
AHEAD = 50
"""Items opened together, before the first of them is acted on."""
PAUSE_S = 1.0
LATEST_MS = 253_402_300_799_000
"""The end of the year 9999: no calendar of ours goes further."""
BUGS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What one item may raise if we read it wrongly; a failing store or homeserver is no bug."""
ABSENT = Finding(Rule.BOT_PRESENT, holds=False, evidence="not in the room")

log = structlog.get_logger()


class _Fate(Enum):
    """What becomes of an item that was read."""

    DONE = auto()
    CARRIED = auto()
    """An event carries it on, and marks it as done when it is committed."""
    ASIDE = auto()
    """It waits for its key, and comes again as pending."""


class Intake:
    """Reads the inbox. `room_changed` is told of rooms whose state moved.

    `witness_said` is offered every line first, and says whether it was a witness's answer.
    """

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
        witness_said: Callable[[Line], bool] = lambda _line: False,
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
        self._witness_said = witness_said
        self._wake = asyncio.Event()
        self._queued: set[int] = set()
        self._to_look: dict[RoomId, EventId] = {}
        self._joined: dict[RoomId, frozenset[UserId]] = {}
        self._before_us: set[RoomId] = set()

    def wake(self) -> None:
        """Look at the inbox now: something arrived."""
        self._wake.set()

    async def begin(self, rooms: Iterable[RoomId]) -> None:
        """Take up what an earlier process left: rooms to look at, messages that stayed unread.

        It may have ended between reading of a change and acting on it, or between taking a key
        and waking what waited for it. Nobody who is in these rooms by now is greeted.
        """
        now = self._now()
        for room in rooms:
            self._before_us.add(room)
            self._to_look[room] = EventId(f"start:{room}:{now.isoformat()}")
        await self._offload(self._store.retry_unreadable)

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
        for number, item in enumerate(fresh):
            if number % AHEAD == 0:
                ahead = fresh[number : number + AHEAD]
                await self._listener.look_ahead([i for i in ahead if i.kind != CASE_FILE])
            match await self._guarded(item):
                case _Fate.DONE:
                    done.append(item.number)
                case _Fate.CARRIED:
                    self._queued.add(item.number)
                case _Fate.ASIDE:
                    pass
        await self._look_around()
        if done:
            await self._offload(lambda: self._store.done(done))
        await self._tell_unreadable()
        return bool(fresh)

    async def _look_around(self) -> None:
        """Look at every room that changed; one that cannot be seen now is looked at later."""
        for room, event in tuple(self._to_look.items()):
            try:
                await self.look_at(room, event)
            except (NotSent, OSError) as failed:
                log.warning("look_waits", error=type(failed).__name__)
                continue
            if self._to_look.get(room) == event:
                del self._to_look[room]

    async def _guarded(self, item: InboxItem) -> _Fate:
        """Take one item; one that a bug of ours cannot read costs itself only, and is told of."""
        try:
            return await self._take(item)
        except BUGS as bug:
            log.exception("item_failed", kind=item.kind, error=type(bug).__name__)
            return self._tell_of(item, item.number)

    async def _take(self, item: InboxItem) -> _Fate:
        if item.kind == CASE_FILE:
            return self._case_file(item)
        heard = await self._listener.read(item)
        match heard:
            case Line():
                return await self._line(item, heard)
            case StateChanged():
                self._to_look[heard.room] = EventId(f"state:{item.key}")
            case KeyCame():
                key = heard
                await self._offload(lambda: self._store.key_came(key.room, key.session))
            case Unreadable():
                return await self._unreadable(item, heard)
            case Nothing():
                pass
        return _Fate.DONE

    async def _line(self, item: InboxItem, line: Line) -> _Fate:
        # A notice that no question waits for is no command either.
        if self._witness_said(line) or line.notice:
            return _Fate.DONE
        person = self._person_of(line.room)
        if person is not None:
            return self._direct(item, line) if person == line.sender else _Fate.DONE
        place = self._cases.place_of(line.room)
        if place is None:
            return _Fate.DONE
        seat = self._cases.seat_in(*place, line.sender, line.master)
        if seat is None or isinstance(
            parse_line(line.text, verbs=(), bot_names=self._names()), NotACommand
        ):
            return _Fate.DONE
        quoted = await self._quoted(line, place) if line.reply_to else None
        by = self._cases.seat_in(*place, quoted.sender, quoted.master) if quoted else None
        file = line.file or (quoted.file if quoted else None)
        own = line.file is not None
        event = CommandReceived(
            line.event_id,
            self._now(),
            place[1],
            seat,
            line.text,
            said_at(line.origin_ts),
            line.reply_to,
            (quoted.text or None) if quoted else None,
            by,
            file=FileOffered(own, file.sealed, seat if own else by) if file else None,
        )
        return self._submit(Arrived(place[0], event, item.number, file))

    def _names(self) -> tuple[str, ...]:
        return (self._cases.bot, "Parley", "parley")

    async def _quoted(self, line: Line, place: tuple[CaseId, CompartmentId]) -> Line | None:
        """Fetch the message replied to, if it was said in the same room by somebody seated."""
        if line.reply_to is None or place is None:
            return None
        return await self._listener.quoted(line.room, line.reply_to)

    def _submit(self, arrived: Arrived) -> _Fate:
        return _Fate.CARRIED if self._cases.submit(arrived) else _Fate.ASIDE

    def _direct(self, item: InboxItem, line: Line) -> _Fate:
        cases = self._cases.cases_of(line.sender)
        if not cases:
            return _Fate.DONE
        event = DirectReceived(
            line.event_id,
            self._now(),
            line.sender,
            line.master,
            line.fingerprint,
            line.text,
            line.vouched,
        )
        open_to = [c for c in cases if awaits_code(c, event)] or [cases[0]]
        meant: Case = next((c for c in cases if opened_by(c, event) is not None), open_to[0])
        return self._submit(Arrived(meant.id, event, item.number))

    async def _unreadable(self, item: InboxItem, heard: Unreadable) -> _Fate:
        if not heard.may_heal:
            return self._say_unreadable(heard.event_id, heard.room, heard.sender, item.number)
        now = self._now()
        room, session = heard.room, heard.session
        await self._offload(lambda: self._store.wait_for_key(item.number, room, session, now))
        return _Fate.ASIDE

    def _say_unreadable(
        self, event_id: EventId, room: RoomId, sender: UserId | None, item: int | None
    ) -> _Fate:
        place = self._cases.place_of(room)
        if place is None or sender is None:
            return _Fate.DONE
        seats = self._cases.all[place[0]].seats_in(place[1])
        # Also whoever is frozen: the others in the room see that something was said.
        seat = next((s.id for s in seats if s.user == sender and s.master is not None), None)
        if seat is None:
            return _Fate.DONE
        event = MessageUnreadable(EventId(f"unreadable:{event_id}"), self._now(), place[1], seat)
        return self._submit(Arrived(place[0], event, item))

    async def _tell_unreadable(self) -> None:
        before = self._now() - self._patience
        for item in await self._offload(lambda: self._store.overdue_unreadable(before)):
            self._tell_of(item, None)

    def _tell_of(self, item: InboxItem, number: int | None) -> _Fate:
        """Have a room told that an item could not be read, if a seated person sent it there."""
        try:
            sender = json.loads(item.raw).get("sender")
        except (ValueError, AttributeError, RecursionError):
            return _Fate.DONE
        if item.room is None or not isinstance(sender, str):
            return _Fate.DONE
        return self._say_unreadable(EventId(item.key), item.room, UserId(sender), number)

    async def look_at(self, room: RoomId, event: EventId) -> None:
        """Let the guard look at a room that changed, and have it mended."""
        place = self._cases.place_of(room)
        if place is not None:
            case = self._cases.all[place[0]]
            wanted = wanted_room(case, case.compartments[place[1]], self._cases.bot)
            seen = await self._speaker.seen(room)
            if seen is not None:
                self._greet(place, seen, event)
                self._cases.seen[room] = seen
            else:
                # What it looked like when the bot was last there is no evidence of anything.
                self._cases.seen.pop(room, None)
            if wanted is not None:
                findings = (ABSENT,) if seen is None else inspect(wanted, seen)
                if not all(f.holds for f in findings):
                    seen_event = RoomSeen(event, self._now(), place[1], findings)
                    self._cases.submit(Arrived(place[0], seen_event))
        await self._room_changed(room)

    def _greet(self, place: tuple[CaseId, CompartmentId], seen: SeenRoom, cause: EventId) -> None:
        """Tell the case who joined since this process last looked at the room.

        Kept here and not in `Cases.seen`, which the way out refreshes as well: whoever joined
        just before a text was sent there would never be greeted.
        """
        before = self._joined.get(seen.room)
        self._joined[seen.room] = seen.joined()
        if before is None and seen.room in self._before_us:
            return
        for user in sorted(seen.joined() - (before or frozenset({self._cases.bot}))):
            event = PersonEntered(EventId(f"entered:{user}:{cause}"), self._now(), place[1], user)
            self._cases.submit(Arrived(place[0], event))

    def _case_file(self, item: InboxItem) -> _Fate:
        """Take an operator's case file; one that does not read was not written by us."""
        try:
            raw = json.loads(item.raw)
            case_id = CaseId(str(raw["case"]))
            handed_in: CaseFileTaken = from_json(raw["event"], CaseFileTaken)
        except (ValueError, KeyError, TypeError, BadForm):
            log.warning("case_file_unreadable", item=item.number)
            return _Fate.DONE
        taken = CaseFileTaken(
            EventId(f"case-file:{item.key}"),
            self._now(),
            handed_in.bodies,
            handed_in.widens,
            handed_in.digest,
            handed_in.lines,
        )
        return self._submit(Arrived(case_id, taken, item.number))


def said_at(origin_ts: int) -> datetime:
    """Return when the homeserver says that a message was sent (ms); any number is an instant."""
    return datetime.fromtimestamp(min(max(origin_ts, 0), LATEST_MS) / 1000, UTC)
