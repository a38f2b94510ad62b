"""The world around the bot: a homeserver with rooms and clients, and a disk. Both can fail.

The homeserver de-duplicates by transaction id, as Matrix does, also across the bot's lives. What
clients received is kept here and is all that the checker ever reads of what the bot did.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from typing_extensions import override

from bot.domain.ids import EventId, MasterKey, RoomId, UserId
from bot.engine.effects import GiveReceipt
from bot.policy.guard import SeenRoom
from bot.ports import (
    Batch,
    Cleared,
    File,
    InboxItem,
    Line,
    Listener,
    NewItem,
    Nothing,
    NotSent,
    Speaker,
)
from bot.storage.memory import MemoryStore
from bot.storage.store import SqlStore
from bot.storage.verdicts import StoreFailed
from bot.words.message import Message
from tests.soak.simtime import Dice, SimTime
from tests.support.orchid import UNSEEN

LATENCY_S = 0.05
HIT: Final = "calls hit by: "


@dataclass(frozen=True, slots=True)
class Received:
    """One event as the people of a room got it: when, where, what. `at` is true time."""

    at: float
    room: str
    event: str
    text: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A line that a person's client handed to the homeserver."""

    at: float
    room: RoomId
    event: str
    user: UserId
    master: MasterKey
    text: str


class Killed(BaseException):
    """The process is gone at this very instruction: nothing may catch this but the world."""


@dataclass
class Homeserver:
    """`away`, `limiting`, `failing`, `dropping`: what is wrong now. `failing` and `dropping` by chance."""

    time: SimTime
    dice: Dice
    counts: Counter[str]
    rooms: dict[RoomId, SeenRoom] = field(default_factory=dict)
    away: bool = False
    limiting: bool = False
    failing: bool = False
    dropping: bool = False
    received: list[Received] = field(default_factory=list)
    timeline: list[Typed] = field(default_factory=list)
    _by_txn: dict[tuple[RoomId, str], str] = field(default_factory=dict)
    fresh: list[Received] = field(default_factory=list)

    def take(self, room: RoomId, txn: str, text: str) -> str:
        """Accept an event once; raises what a client of the server would see."""
        self._answers()
        known = self._by_txn.get((room, txn))
        if known is None:
            known = f"$e{len(self.received)}"
            self._by_txn[room, txn] = known
            got = Received(self.time.true(), room, known, text)
            self.received.append(got)
            self.fresh.append(got)
        else:
            self.counts["same transaction again"] += 1
        if self.dropping and self.dice.chance(0.6):
            self.counts[HIT + "answers dropped after acceptance"] += 1
            raise OSError("the connection broke before the answer came")
        return known

    def _answers(self) -> None:
        if self.away:
            self.counts[HIT + "homeserver restart"] += 1
            raise OSError("no connection")
        if self.limiting and self.dice.chance(0.8):
            self.counts[HIT + "429 storm"] += 1
            raise NotSent("rate_limited")
        if self.failing and self.dice.chance(0.6):
            self.counts[HIT + "500s"] += 1
            raise NotSent("refused")

    def sync(self, since: int) -> Sequence[Typed]:
        """Return what was typed after a position."""
        self._answers()
        return self.timeline[since:]


@dataclass
class Life:
    """One process: it may die at any of its calls to the outside. `left` counts them down."""

    left: int | None = None
    dead: bool = False

    def beat(self) -> None:
        """Die here if this is the call."""
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                self.dead = True
        if self.dead:
            raise Killed


class SoakSpeaker(Speaker):
    """The way out to that homeserver."""

    def __init__(self, server: Homeserver, life: Life) -> None:
        self._server = server
        self._life = life

    @override
    async def seen(self, room: RoomId) -> SeenRoom | None:
        self._life.beat()
        return self._server.rooms.get(room)

    @override
    async def direct_room(self, user: UserId) -> RoomId:
        return RoomId(f"!direct-{user}")

    @override
    async def say(self, message: Cleared[Message], txn: str) -> str:
        return await self._take(message.room, txn, message.value.body.translate(UNSEEN))

    @override
    async def give(self, file: Cleared[File], txn: str) -> str:
        return await self._take(file.room, txn, file.value.caption.translate(UNSEEN))

    @override
    async def drop_session(self, room: RoomId) -> None:
        pass

    async def _take(self, room: RoomId, txn: str, text: str) -> str:
        self._life.beat()
        await asyncio.sleep(LATENCY_S)
        self._life.beat()
        event = self._server.take(room, txn, text)
        await asyncio.sleep(LATENCY_S)
        self._life.beat()
        return event


class SoakListener(Listener):
    """The way in: stored items are the names of typed lines."""

    def __init__(self, server: Homeserver, life: Life) -> None:
        self._lines = server.timeline
        self._began = server.time.began
        self._life = life

    @override
    async def look_ahead(self, items: Sequence[InboxItem]) -> None:
        self._life.beat()

    @override
    async def read(self, item: InboxItem) -> Line | Nothing:
        self._life.beat()
        typed = self._lines[int(item.raw)]
        at = int(self._began.timestamp() + typed.at) * 1000
        return Line(
            EventId(typed.event), typed.room, typed.user, typed.master, "", typed.text, at, None
        )

    @override
    async def quoted(self, room: RoomId, event_id: EventId) -> Line | None:
        return None


@dataclass
class Disk:
    """`full`: no write succeeds. `unsure`: by chance a commit is done and its answer is a failure."""

    dice: Dice
    counts: Counter[str]
    full: bool = False
    unsure: bool = False

    def write(self) -> None:
        """Refuse a write while there is no room."""
        if self.full:
            self.counts[HIT + "disk full"] += 1
            raise StoreFailed("no space left on device")

    def written(self) -> None:
        """Lose the answer to a commit that was done."""
        if self.unsure and self.dice.chance(0.3):
            self.counts[HIT + "commits whose answer is lost"] += 1
            raise StoreFailed("the answer of the disk was lost")


def of_records(batches: Sequence[Batch]) -> tuple[Batch, ...]:
    """Leave out the receipts of each."""
    return tuple(without_receipts(batch) for batch in batches)


def without_receipts(batch: Batch) -> Batch:
    """Leave out receipts: they wait for a signed tree, which no part of this world makes."""
    rows = tuple(row for row in batch.outbox if not isinstance(row.effect, GiveReceipt))
    return replace(batch, outbox=rows)


class OnMemory(MemoryStore):
    """The store in memory on a disk that can be full. It outlives the bot's processes."""

    disk: Disk

    @override
    def commit(self, batch: Batch) -> None:
        self.disk.write()
        super().commit(without_receipts(batch))
        self.disk.written()

    @override
    def commit_all(self, batches: Sequence[Batch]) -> None:
        self.disk.write()
        super().commit_all(of_records(batches))
        self.disk.written()

    @override
    def take(self, token: str, items: Sequence[NewItem]) -> int:
        self.disk.write()
        return super().take(token, items)

    @override
    def sent(self, row: str, event: str) -> None:
        self.disk.write()
        super().sent(row, event)

    @override
    def park(self, row: str, why: str) -> None:
        self.disk.write()
        super().park(row, why)

    @override
    def done(self, numbers: Iterable[int]) -> None:
        self.disk.write()
        super().done(numbers)

    @override
    def beat(self, now: datetime) -> datetime | None:
        self.disk.write()
        return super().beat(now)


class OnSql(SqlStore):
    """The store in SQLite on a disk that can be full."""

    disk: Disk

    @override
    def commit(self, batch: Batch) -> None:
        self.disk.write()
        super().commit(without_receipts(batch))
        self.disk.written()

    @override
    def commit_all(self, batches: Sequence[Batch]) -> None:
        self.disk.write()
        super().commit_all(of_records(batches))
        self.disk.written()

    @override
    def take(self, token: str, items: Sequence[NewItem]) -> int:
        self.disk.write()
        return super().take(token, items)

    @override
    def sent(self, row: str, event: str) -> None:
        self.disk.write()
        super().sent(row, event)

    @override
    def park(self, row: str, why: str) -> None:
        self.disk.write()
        super().park(row, why)

    @override
    def done(self, numbers: Iterable[int]) -> None:
        self.disk.write()
        super().done(numbers)

    @override
    def beat(self, now: datetime) -> datetime | None:
        self.disk.write()
        return super().beat(now)
