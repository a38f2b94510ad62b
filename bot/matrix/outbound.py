"""The way out: only what was cleared, only encrypted, only to the devices it was cleared for.

It exists so that "sent" means: the homeserver took the event, and the room's key was delivered to
every device that should read it. It refuses plain text (there is no path for it), rooms where
nobody can read, and to call a text sent that nobody can open.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, cast

import structlog
from nio.crypto.attachments import encrypt_attachment
from typing_extensions import override

from bot.domain.ids import RoomId, UserId
from bot.matrix.directs import Directs, Pins
from bot.matrix.http import Homeserver, HomeserverRefused, HomeserverUnreachable
from bot.matrix.machine import Machine, NotShared, ShareReport
from bot.matrix.rooms import SeenRooms
from bot.matrix.strict_json import JsonObject
from bot.policy.guard import SeenRoom
from bot.ports import Cleared, File, Speaker
from bot.ports import NotSent as NotSent
from bot.words.message import Message, content

SHARE_TRIES: Final = 3
FIRST_PAUSE_S: Final = 1.0

Excluded = tuple[tuple[UserId, str], ...]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text sealed for a room, to be sent later if at all; `lineage` names its readers."""

    content: JsonObject
    lineage: str


class MatrixSpeaker(Speaker):
    """Sends to rooms. `on_excluded(room, devices)` hears which devices of readers got no key."""

    def __init__(
        self,
        server: Homeserver,
        machine: Machine,
        rooms: SeenRooms,
        *,
        directs: Directs,
        pins: Pins,
        pause: Callable[[float], Awaitable[None]],
        on_excluded: Callable[[RoomId, Excluded], None],
    ) -> None:
        self._server = server
        self._machine = machine
        self._rooms = rooms
        self._directs = directs
        self._pins = pins
        self._pause = pause
        self._on_excluded = on_excluded
        self._reported: dict[RoomId, Excluded] = {}
        self._locks: dict[RoomId, asyncio.Lock] = {}

    @override
    async def seen(self, room: RoomId) -> SeenRoom | None:
        """Return what is known of a room now, with every present device that gets no key."""
        async with _told():
            facts = await self._rooms.now(room)
            if facts is None:
                return None
            people = facts.present() - {self._machine.user_id}
            unknown = [user for user in people if self._unknown(user)]
            if unknown:
                await self._machine.refresh(self._server, unknown)
        judged = {user: self._machine.judgement(user) for user in people}
        return facts.seen(
            (user, device.device)
            for user, judgement in judged.items()
            if judgement is not None
            for device in judgement.devices
            if not device.chained
        )

    def _unknown(self, user: UserId) -> bool:
        return user in self._machine.dirty or self._machine.judgement(user) is None

    @override
    async def direct_room(self, user: UserId) -> RoomId:
        """Return the bot's direct room with a person. Raises `NotSent`."""
        async with _told():
            return await self._directs.room(user)

    @override
    async def say(self, message: Cleared[Message], txn: str) -> str:
        """Send a message; return its event id. Raises `NotSent`."""
        said = cast("JsonObject", content(message.value))
        async with _told():
            return await self._send(message.room, message.readers, said, txn)

    @override
    async def give(self, file: Cleared[File], txn: str) -> str:
        """Upload a file encrypted and send it; return its event id. Raises `NotSent`.

        Encrypted attachments, version 2 (Client-Server API, "Sending encrypted attachments").
        """
        sealed, keys = encrypt_attachment(file.value.content)
        async with _told():
            where = await self._server.upload(sealed)
            said: JsonObject = {
                "msgtype": "m.file",
                # A body that is not the name is the caption (Matrix 1.10, "Media captions").
                "body": file.value.caption or file.value.name,
                "filename": file.value.name,
                "info": {"mimetype": file.value.mime, "size": len(file.value.content)},
                "file": {**keys, "url": where},
                "m.mentions": {},
            }
            return await self._send(file.room, file.readers, said, txn)

    async def prepare(self, message: Cleared[Message]) -> Prepared:
        """Share the key and seal a text as if it were said now. Raises `NotSent`.

        For a compartment's room. Whoever keeps it must ask `stands` while it waits.
        """
        said = cast("JsonObject", content(message.value))
        async with _told(), self._lock(message.room):
            users = await self._entitled(message.room, message.readers)
            sealed = await self._seal(message.room, users, said)
            return Prepared(sealed, self._machine.lineage(message.room, users))

    async def stands(self, message: Cleared[Message], lineage: str) -> bool:
        """Tell whether exactly the readers of what was prepared would get it now. Raises `NotSent`."""
        async with _told(), self._lock(message.room):
            users = await self._entitled(message.room, message.readers)
            return lineage != "" and self._machine.lineage(message.room, users) == lineage

    @override
    async def drop_session(self, room: RoomId) -> None:
        """Discard a room's group session so that the next send shares a new one."""
        async with self._lock(room):
            self._machine.discard(room)

    def _lock(self, room: RoomId) -> asyncio.Lock:
        return self._locks.setdefault(room, asyncio.Lock())

    async def _send(
        self, room: RoomId, readers: frozenset[UserId], said: JsonObject, txn: str
    ) -> str:
        """Share, seal, send. A repeat may be sealed anew: the server keeps the first by `txn`."""
        async with self._lock(room):
            person = self._directs.person(room)
            if person is None:
                users = await self._entitled(room, readers)
                sealed = await self._seal(room, users, said)
            else:
                present = await self._present(room, readers)
                async with self._pins.lend(person):
                    sealed = await self._seal(room, present & {person}, said)
            return await self._server.send_event(room, "m.room.encrypted", txn, sealed)

    async def _entitled(self, room: RoomId, readers: frozenset[UserId]) -> frozenset[UserId]:
        """Return who gets a compartment's key now."""
        return self._pins.pinned(await self._present(room, readers))

    async def _present(self, room: RoomId, readers: frozenset[UserId]) -> frozenset[UserId]:
        """Return the readers that are not out of the room, having turned the key if anybody left."""
        facts = await self._rooms.now(room)
        if facts is None:
            raise NotSent("room_gone")
        if self._rooms.somebody_left(room):
            # Also where everybody is back: who was out holds the old key, and must not read on.
            self._machine.discard(room)
        # Also whoever is only on the way in: an invitation and a join may overtake this text.
        return readers - facts.out()

    async def _seal(self, room: RoomId, users: frozenset[UserId], said: JsonObject) -> JsonObject:
        """Bring the key to every expected device, then encrypt; what fails is retried, then told.

        One device that cannot be reached silences nobody else, and is waited for only once; a text
        nobody can open is not sent.
        """
        for attempt in range(SHARE_TRIES):
            if attempt:
                await self._pause(FIRST_PAUSE_S * 2 ** (attempt - 1))
            report = await self._machine.share(self._server, room, users)
            known = self._reported.get(room, ())
            if attempt < SHARE_TRIES - 1 and self._missing(users, report).difference(known):
                continue
            if not report.delivered:
                raise NotSent("nobody_reached")
            try:
                sealed = self._machine.seal(room, "m.room.message", said)
            except NotShared:
                # Somebody's devices changed in between: they must be asked for first.
                continue
            self._tell_excluded(room, report)
            return sealed
        raise NotSent("unsettled")

    def _missing(self, users: frozenset[UserId], report: ShareReport) -> set[tuple[str, str]]:
        """Return devices that should hold the key and do not."""
        expected = {(device.user, device.device) for device in self._machine.readers(users)}
        return expected - report.delivered

    def _tell_excluded(self, room: RoomId, report: ShareReport) -> None:
        """Tell of excluded devices once, and again only when they are others."""
        found = tuple(sorted({(UserId(e.user), e.device) for e in report.excluded if e.device}))
        if found and self._reported.get(room) != found:
            log.warning("devices_excluded", room=room, count=len(found))
            self._on_excluded(room, found)
        self._reported[room] = found


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """Turn what the homeserver did into the one verdict of this module."""
    try:
        yield
    except HomeserverRefused as refused:
        log.warning("send_refused", status=refused.status, errcode=refused.errcode)
        raise NotSent("refused") from None
    except HomeserverUnreachable as away:
        raise NotSent(away.reason) from None
