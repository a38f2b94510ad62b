"""One twin, played: the real cases, way in, way out and alarm on a store in memory.

Wired as the house wires them. People's clients and the homeserver are simulated, and so is time.
Lines come at instants that the history names, however busy the bot is.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from typing_extensions import override

from bot.domain.ids import CODE_ALPHABET, CaseId, RecordId, RoomId, UserId
from bot.domain.questions import Cost
from bot.engine.effects import GiveReceipt, Outgoing
from bot.engine.events import BotReturned, ClockSet, DeadlineReached
from bot.ledger.keys import PublicKey
from bot.ledger.party import PartySignature
from bot.policy.guard import SeenRoom
from bot.ports import Batch, NewItem, Receipt
from bot.runner.batches import transaction_id
from bot.runner.cases import Arrived, Cases, Committed, compartments_cleared, sessions_to_drop
from bot.runner.intake import Intake
from bot.runner.speaking import Speaking
from bot.scheduling.alarm import Alarm
from bot.scheduling.clock import Clock
from bot.selftest import stage
from bot.selftest.history import Act, History, Step
from bot.selftest.homeserver import (
    BOT,
    STRANGER,
    Homeserver,
    KnownFiles,
    RecordingOutsider,
    RecordingSpeaker,
    Sent,
    TimelineListener,
    Typed,
    quiet_room,
)
from bot.selftest.naming import code_drawn, drawing, is_hidden
from bot.selftest.simtime import SimLoop, SimTime
from bot.selftest.templates import NAMED
from bot.storage.memory import MemoryStore

T = TypeVar("T")

CHEAP: Final = Cost(passes=1, memory=8192)
OUTAGE: Final = timedelta(minutes=2)
TICK_S: Final = 1.0
CHECKPOINT_AFTER: Final = 30
"""So many seconds after each shared step the log is signed, in both twins alike."""
BATCHES: Final = 4
"""So many batches at a time: a rush shows as waiting, which is known (docs/THREATS.md)."""
LAST_BEATS_S: Final = 2.0
RECEIPTS_GO_S: Final = 3.0
"""A receipt that waits is looked at every second or two."""
TYPED_AT: Final = 0.3
BEATS_AT: Final = 0.67
"""People type between two beats of the bot's alarm, so that neither is first by chance."""
CODE: Final = re.compile(rf"`([{CODE_ALPHABET}]{{4}})`")
UNSEEN: Final = str.maketrans("", "", "\u2060\u2068\u2069")
MS: Final = 1000


@dataclass(frozen=True, slots=True)
class Cause:
    """What a row of the outbox is, and the event that caused it. `named`: its id is made of those.

    `made_at` is when that was decided, in seconds since the beginning.
    """

    effect: Outgoing
    event: str
    named: bool
    made_at: float


@dataclass
class Played:
    """What a twin came to: all that was sent, what each row was, the journal, the lines typed."""

    sent: list[Sent]
    rows: dict[str, Cause]
    store: MemoryStore
    typed: dict[str, str] = field(default_factory=dict)

    def cause(self, txn: str) -> Cause | None:
        """Return where a transaction came from; a text in parts has several."""
        return self.rows.get(txn.partition(".")[0])


class WatchedStore(MemoryStore):
    """The store in memory, which remembers where each outgoing row came from."""

    rows: dict[str, Cause]

    @override
    def commit(self, batch: Batch) -> None:
        super().commit(batch)
        self._note(batch)

    @override
    def commit_all(self, batches: Sequence[Batch]) -> None:
        super().commit_all(batches)
        for batch in batches:
            self._note(batch)

    def _note(self, batch: Batch) -> None:
        for row in batch.outbox:
            named = row.id == transaction_id(batch.case, batch.event, row.number)
            self.rows.setdefault(
                row.id, Cause(row.effect, batch.event, named, _seconds(row.made_at))
            )

    @override
    def receipt(
        self,
        record: RecordId,
        witnesses: Sequence[PublicKey] = (),
        parties: Sequence[PartySignature] = (),
        under: int | None = None,
    ) -> Receipt:
        """Call nothing late: here the log is signed after steps, and not every minute."""
        return replace(super().receipt(record, witnesses, parties, under), late=False)


async def _at_once(call: Callable[[], T], /) -> T:
    await asyncio.sleep(0)
    return call()


class Process:
    """One life of the bot, from start to end."""

    def __init__(self, store: WatchedStore, server: Homeserver) -> None:
        self._store = store
        self._server = server
        clock = Clock(1, server.time.wall, server.time.passed)
        speaker = RecordingSpeaker(server)
        self._speaker = speaker
        self.cases = Cases(store, _at_once, BOT, self._committed, CHEAP)
        self.cases.fetching.files = KnownFiles()
        self.speaking = Speaking(
            store,
            _at_once,
            speaker,
            self.cases,
            now=clock.now,
            monotonic=clock.monotonic,
            outsider=RecordingOutsider(server),
            files=KnownFiles(),
        )
        self.intake = Intake(
            store,
            _at_once,
            TimelineListener(server),
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
            offload=_at_once,
            submit=self._due,
            cases=lambda: tuple(self.cases.all),
            outage=OUTAGE,
        )

    async def run(self) -> None:
        """Do what the house does, until cancelled."""
        await self.cases.load()
        self.cases.checkpoint = self._store.last_checkpoint() or ""
        rooms = (c.room for case in self.cases.all.values() for c in case.compartments.values())
        await self.intake.begin(room for room in rooms if room is not None)
        await self.alarm.returned()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.cases.run())
            group.create_task(self.intake.run())
            group.create_task(self.speaking.run())
            group.create_task(self.alarm.run(TICK_S))

    def sign(self) -> None:
        """Sign the log, as its keeper does on its own clock; as often as a quiet hour needs."""
        for _ in range(BATCHES):
            note = self._store.checkpoint(self._server.time.wall())
            self.cases.checkpoint = note or ""
        self.speaking.wake()

    async def _committed(self, done: Committed) -> None:
        for place in sessions_to_drop(done):
            found = done.case.compartments.get(place)
            if found is not None and found.room is not None:
                await self._speaker.drop_session(found.room)
        for place in compartments_cleared(done):
            self._store.unpark(done.case.id, place)
        self.speaking.wake()

    async def _room_changed(self, room: RoomId) -> None:
        del room
        self.speaking.retry_now()

    def _due(self, case: CaseId, event: DeadlineReached | BotReturned | ClockSet) -> None:
        self.cases.submit(Arrived(case, event))


class Player:
    """Plays one twin of a history."""

    def __init__(self, history: History, twin: str, loop: SimLoop) -> None:
        self._history = history
        self._steps = history.steps(twin)
        self._twin = twin
        self._time = SimTime(stage.MONDAY, loop)
        self._server = Homeserver(self._time)
        self._store = _fresh_store()
        self._process: Process | None = None
        self._typed: dict[str, str] = {}
        self._awake_until = 0.0
        for place, seats in stage.SITTING.items():
            room = stage.room_of(place)
            self._server.rooms[room] = quiet_room(room, *map(stage.user_of, seats))

    async def run(self) -> Played:
        """Play everything, and a while longer."""
        with drawing():
            async with asyncio.TaskGroup() as group:
                await self._until(BEATS_AT)
                life = self._begin(group)
                for at, step in self._agenda():
                    await self._until(at)
                    if step is None:
                        self._signed()
                    elif step.act is Act.DOWN:
                        # It lives for some beats first, so that both twins know how long it was away.
                        self._awake_until = at + LAST_BEATS_S
                        await self._until(self._awake_until)
                        await _ended(life)
                        self._process = None
                        await self._until(step.at + step.seconds + BEATS_AT)
                        life = self._begin(group)
                    else:
                        self._do(step)
                await self._until(float(self._history.end))
                await _ended(life)
        return Played(self._server.sent, self._store.rows, self._store, self._typed)

    def _begin(self, group: asyncio.TaskGroup) -> asyncio.Task[None]:
        self._process = Process(self._store, self._server)
        return group.create_task(self._process.run())

    def _agenda(self) -> Sequence[tuple[float, Step | None]]:
        """Return what happens when; None is a checkpoint, which both twins make alike."""
        found: list[tuple[float, Step | None]] = [(s.at + TYPED_AT, s) for s in self._steps]
        down = [(s.at - 1, s.at + s.seconds + 1) for s in self._steps if s.act is Act.DOWN]
        grid = [s.at + CHECKPOINT_AFTER for s in self._history.shared]
        found += [
            (at + TYPED_AT, None)
            for at in (*grid, self._history.end - CHECKPOINT_AFTER)
            if not any(begin <= at <= end for begin, end in down)
        ]
        return sorted(found, key=lambda one: one[0])

    async def _until(self, at: float) -> None:
        """Let the world go on to an instant, skipping what nobody would notice."""
        while (left := at - self._time.passed()) > 0:
            now = self._time.passed()
            if left >= 1.0 and now >= self._awake_until and self._idle():
                self._time.skip(int(min(left, max(self._next_due(at) - now, 0.0))))
            await asyncio.sleep(min(at - self._time.passed(), 0.5))

    def _next_due(self, otherwise: float) -> float:
        due = self._store.next_at() if self._process is not None else None
        return otherwise if due is None else _seconds(due)

    def _idle(self) -> bool:
        if self._process is None:
            return True
        waiting = (r for r in self._store.waiting(40) if not isinstance(r.effect, GiveReceipt))
        busy = self._store.pending(1) or next(waiting, None) is not None
        return not busy and self._process.cases.idle()

    def _signed(self) -> None:
        """Sign if a room outside waits for a receipt: a secret one may wait, nobody sees it."""
        waits = any(
            isinstance(row.effect, GiveReceipt)
            and row.effect.compartment not in self._history.domain
            for row in self._store.waiting(200)
        )
        if waits and self._process is not None:
            self._process.sign()
            self._awake_until = self._time.passed() + RECEIPTS_GO_S

    def _do(self, step: Step) -> None:
        room = stage.room_of(step.place)
        if step.act in (Act.INTRUDER, Act.MENDED):
            people = map(stage.user_of, stage.SITTING[step.place])
            more = (STRANGER,) if step.act is Act.INTRUDER else ()
            self._server.rooms[room] = _seen(room, *people, *more)
            self._store.hand_in(NewItem("state", step.name, room, "{}"))
        else:
            self._type(step, room)
        if self._process is not None:
            self._process.intake.wake()

    def _type(self, step: Step, room: RoomId) -> None:
        text = self._filled(step)
        self._typed[step.name] = text
        earlier = [t for t in self._server.timeline if t.room == room]
        line = Typed(
            step.name,
            room,
            stage.user_of(step.seat),
            stage.master_of(step.seat),
            text,
            int(self._time.wall().timestamp() * MS) - MS,
            earlier[-1].event if step.reply and earlier else "",
            file=step.file,
        )
        self._store.hand_in(self._server.types(line))

    # -- codes that only the running history knows ------------------------------------------

    def _filled(self, step: Step) -> str:
        text = step.text.replace("{source}", code_drawn(_source(self._twin, step.pick)))
        for wish, codes in (
            ("{own}", self._own),
            ("{room}", self._in_room),
            ("{far}", self._anywhere),
        ):
            if wish in text:
                found = codes(step) or ["2222"]
                text = text.replace(wish, found[-1 - step.pick % len(found)])
        for wish, told in NAMED.items():
            if wish in text:
                found = [c for c in self._codes([step.place], told) if self._usable(step, c)]
                found = found or self._in_room(step) or ["2222"]
                text = text.replace(wish, found[-1 - step.pick % len(found)])
        return text

    def _own(self, step: Step) -> list[str]:
        return [c for c in self._codes([step.place]) if is_hidden(c) and not self._bridged(c)]

    def _in_room(self, step: Step) -> list[str]:
        return [c for c in self._codes([step.place]) if self._usable(step, c)]

    def _anywhere(self, step: Step) -> list[str]:
        outside = [p for p in stage.SITTING if p not in self._history.domain]
        return [c for c in self._codes(outside) if self._usable(step, c)]

    def _usable(self, step: Step, code: str) -> bool:
        """Tell whether a step may name a code: what both twins do names nothing that one has."""
        hidden_step = is_hidden_step(step)
        return not self._bridged(code) if hidden_step else not is_hidden(code)

    def _bridged(self, code: str) -> bool:
        """Tell whether a code is part of what both twins carry out of the secret compartment."""
        names = [_source(self._twin, n) for n in range(4)] + [bridge(n) for n in range(4)]
        return code in {code_drawn(name, number) for name in names for number in range(2)}

    def _codes(self, places: Sequence[str], told: re.Pattern[str] = CODE) -> list[str]:
        """Return the codes that were named in rooms, the latest last, each once."""
        rooms = {stage.room_of(place) for place in places}
        said = (s.body.translate(UNSEEN) for s in self._server.sent if s.room in rooms)
        return list(dict.fromkeys(code for text in said for code in told.findall(text)))


def _seconds(at: datetime) -> float:
    return (at - stage.MONDAY).total_seconds()


def _source(twin: str, number: int) -> str:
    return f"$hidden-{twin}-source-{number}"


def bridge(number: int) -> str:
    """Return the name of the event that asks to carry something out of the secret compartment."""
    return f"$bridge-{number}"


def is_hidden_step(step: Step) -> bool:
    """Tell whether a step happens in one twin only."""
    return step.name.startswith("$hidden")


def _seen(room: RoomId, *people: str) -> SeenRoom:
    return quiet_room(room, *map(UserId, people))


def _fresh_store() -> WatchedStore:
    store = stage.opened().copied(WatchedStore)
    store.rows = {}
    return store


async def _ended(life: asyncio.Task[None]) -> None:
    life.cancel()
    with suppress(asyncio.CancelledError):
        await life


def play(history: History, twin: str) -> Played:
    """Play one twin from beginning to end."""
    loop = SimLoop()
    try:
        return loop.run_until_complete(Player(history, twin, loop).run())
    finally:
        loop.close()
