"""A homeserver in memory that keeps all that anybody outside could observe, and when.

Rooms are what the history says they are. It takes a transaction once, as Matrix does, and
refuses nothing: what must not be said is the product's business, not its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from bot.domain.ids import EventId, MasterKey, RoomId, UserId
from bot.policy.guard import ENCRYPTION, SeenRoom
from bot.ports import (
    Attached,
    Cleared,
    File,
    Files,
    InboxItem,
    Line,
    Listener,
    NewItem,
    Nothing,
    Outsider,
    Safe,
    Speaker,
    StateChanged,
)
from bot.selftest.simtime import SimTime
from bot.words.message import Message

LATENCY_S = 0.05
BOT = UserId("@parley:localhost")
STRANGER = UserId("@stranger:localhost")


@dataclass(frozen=True, slots=True)
class Sent:
    """One thing that left the bot: when, into which room, under which transaction, and all of it."""

    at: float
    room: str
    txn: str
    kind: str
    body: str
    formatted: str = ""
    mentions: tuple[str, ...] = ()
    name: str = ""
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Typed:
    """A line that a person's client handed in; `file` came with it, `reply_to` is an event."""

    event: str
    room: RoomId
    user: UserId
    master: MasterKey
    text: str
    at_ms: int
    reply_to: str = ""
    file: bool = False


def quiet_room(room: RoomId, *people: UserId) -> SeenRoom:
    """Return a room in which every rule holds and these people have joined."""
    joined = frozenset({(BOT, "join"), *((user, "join") for user in people)})
    powers = frozenset({(BOT, 100)})
    return SeenRoom(room, ENCRYPTION, joined, "invite", "forbidden", "joined", powers=powers)


@dataclass
class Homeserver:
    """`rooms` as the bot sees them; `sent` and `timeline` are what happened in them."""

    time: SimTime
    rooms: dict[RoomId, SeenRoom] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    timeline: list[Typed] = field(default_factory=list)
    _by_txn: dict[tuple[str, str], str] = field(default_factory=dict)

    def take(self, sent: Sent) -> str:
        """Accept an event once; return its id."""
        known = self._by_txn.get((sent.room, sent.txn))
        if known is None:
            known = self._by_txn[sent.room, sent.txn] = f"$sent-{len(self.sent)}"
            self.sent.append(sent)
        return known

    def note(self, kind: str, room: str) -> None:
        """Keep something observable that is no event."""
        self.sent.append(Sent(self.time.passed(), room, "", kind, ""))

    def types(self, line: Typed) -> NewItem:
        """Take a person's line; return it as an inbox item."""
        self.timeline.append(line)
        return NewItem("timeline", line.event, line.room, str(len(self.timeline) - 1))


class RecordingSpeaker(Speaker):
    """The way out to that homeserver."""

    def __init__(self, server: Homeserver) -> None:
        self._server = server

    @override
    async def seen(self, room: RoomId) -> SeenRoom | None:
        return self._server.rooms.get(room)

    @override
    async def direct_room(self, user: UserId) -> RoomId:
        room = RoomId(f"!direct-{user}")
        self._server.rooms.setdefault(room, quiet_room(room, user))
        return room

    @override
    async def say(self, message: Cleared[Message], txn: str) -> str:
        said = message.value
        kind = "notice" if said.notice else "answer"
        return await self._take(
            message.room, txn, kind, said.body, formatted=said.formatted or "", to=said.mentions
        )

    @override
    async def give(self, file: Cleared[File], txn: str) -> str:
        given = file.value
        return await self._take(
            file.room, txn, f"file {given.mime}", given.caption, name=given.name, of=given.content
        )

    @override
    async def drop_session(self, room: RoomId) -> None:
        self._server.note("session dropped", room)

    async def _take(
        self,
        room: RoomId,
        txn: str,
        kind: str,
        body: str,
        *,
        formatted: str = "",
        to: tuple[str, ...] = (),
        name: str = "",
        of: bytes = b"",
    ) -> str:
        at = self._server.time.passed()
        await asyncio.sleep(LATENCY_S)
        sent = Sent(at, room, txn, kind, body, formatted, to, name, of)
        event = self._server.take(sent)
        await asyncio.sleep(LATENCY_S)
        return event


class TimelineListener(Listener):
    """The way in: stored items are numbers of typed lines, or rooms whose state changed."""

    def __init__(self, server: Homeserver) -> None:
        self._server = server

    @override
    async def look_ahead(self, items: Sequence[InboxItem]) -> None:
        """Open nothing beforehand."""

    @override
    async def read(self, item: InboxItem) -> Line | StateChanged | Nothing:
        if item.kind == "state" and item.room is not None:
            return StateChanged(item.room)
        return _line_of(self._server.timeline[int(item.raw)])

    @override
    async def quoted(self, room: RoomId, event_id: EventId) -> Line | None:
        found = (t for t in self._server.timeline if t.event == event_id and t.room == room)
        return next((_line_of(typed) for typed in found), None)


def _line_of(typed: Typed) -> Line:
    file = Attached(f"mxc://{typed.event}", "p.jpg", "image/jpeg", 9) if typed.file else None
    reply = EventId(typed.reply_to) if typed.reply_to else None
    return Line(
        EventId(typed.event),
        typed.room,
        typed.user,
        typed.master,
        "",
        typed.text,
        typed.at_ms,
        reply,
        file=file,
    )


class KnownFiles(Files):
    """Every file is a picture whose bytes follow from where it lies."""

    @override
    async def fetch(self, attached: Attached, limit: int) -> bytes:
        return f"picture at {attached.url}".encode()[:limit]

    @override
    async def cleaned(self, content: bytes, name: str, mime: str) -> Safe:
        return Safe(content, "jpeg", "image/jpeg", "jpg")


class RecordingOutsider(Outsider):
    """Channels outside of Matrix: what they carry is kept too."""

    def __init__(self, server: Homeserver) -> None:
        self._server = server

    @override
    async def alert(self, channel: str, text: str) -> None:
        at = self._server.time.passed()
        self._server.sent.append(Sent(at, f"outside {channel}", "", "alert", text))
