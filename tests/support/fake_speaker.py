"""The way out, in memory: `ports.Speaker` that keeps what was sent and who could read it then.

A room is what the test says it is. Like the real one it sends only what was cleared, never
sends one transaction id twice, and refuses (`NotSent`) where nobody would get the key.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from typing_extensions import override

from bot.domain.ids import RoomId, UserId
from bot.policy.guard import ENCRYPTION, SeenRoom
from bot.ports import Cleared, File, NotSent, Speaker
from bot.words.message import Message
from tests.support.orchid import BOT, UNSEEN


@dataclass(frozen=True)
class Sent:
    """One event as the room has it. `readers` are the people whose devices hold its key."""

    room: RoomId
    readers: frozenset[UserId]
    txn: str
    text: str
    file: File | None = None


def quiet_room(room: RoomId, *people: UserId) -> SeenRoom:
    """A room in which every rule holds and these people have joined."""
    joined = frozenset({(BOT, "join"), *((user, "join") for user in people)})
    return SeenRoom(room, ENCRYPTION, joined, "invite", "forbidden", "joined")


@dataclass
class FakeSpeaker(Speaker):
    """`rooms` is what is seen; `keyless` people have no chained device; `away` rooms fail so.

    Looking at a room waits for its gate, if it has one: there a test lets something else happen
    meanwhile. `looked` counts.
    """

    rooms: dict[RoomId, SeenRoom] = field(default_factory=dict)
    keyless: set[UserId] = field(default_factory=set)
    away: dict[RoomId, str] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    dropped: list[RoomId] = field(default_factory=list)
    gates: dict[RoomId, asyncio.Event] = field(default_factory=dict)
    looked: dict[RoomId, int] = field(default_factory=lambda: defaultdict(int))

    @override
    async def seen(self, room: RoomId) -> SeenRoom | None:
        self.looked[room] += 1
        found = self.rooms.get(room)
        if room in self.gates:
            await self.gates[room].wait()
        return found

    @override
    async def direct_room(self, user: UserId) -> RoomId:
        room = RoomId(f"!direct-{user}")
        self.rooms.setdefault(room, quiet_room(room, user))
        return room

    @override
    async def say(self, message: Cleared[Message], txn: str) -> str:
        text = message.value.body.translate(UNSEEN)
        return self._send(message.room, message.readers, txn, text, None)

    @override
    async def give(self, file: Cleared[File], txn: str) -> str:
        return self._send(file.room, file.readers, txn, file.value.name, file.value)

    @override
    async def drop_session(self, room: RoomId) -> None:
        self.dropped.append(room)

    def _send(
        self, room: RoomId, readers: frozenset[UserId], txn: str, text: str, file: File | None
    ) -> str:
        if room in self.away:
            raise NotSent(self.away[room])
        known = next((n for n, s in enumerate(self.sent) if (s.room, s.txn) == (room, txn)), None)
        if known is not None:
            return f"$sent-{known}"
        got = (readers & self.rooms[room].joined()) - self.keyless
        if not got:
            raise NotSent("nobody_reached")
        self.sent.append(Sent(room, got, txn, text, file))
        return f"$sent-{len(self.sent) - 1}"

    def texts(self, room: str) -> list[str]:
        """Every text a room got, oldest first."""
        return [s.text for s in self.sent if s.room == room]
