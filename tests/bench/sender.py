"""A light person: one cross-signed device, as fast as Python goes, so that the load is no browser.

Made of the bot's own crypto and HTTP layers, so that Parley accepts what it types and it can
read what Parley says. It shares its room keys with whom it is told to, and like an ordinary
client keeps a session for 100 messages. Measures nothing; it only says when it heard something.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Never, Self

from bot.matrix.cross_signing import Seeds, ensure
from bot.matrix.http import Homeserver
from bot.matrix.machine import Machine, NotShared, Opened
from bot.matrix.strict_json import JsonObject, array, integer, obj, text
from bot.matrix.sync import sync_filter

MESSAGES_PER_SESSION = 100
TIMELINE = 1_000


@dataclass(frozen=True, slots=True)
class Heard:
    """One event of somebody else. `body` is empty if it could not be read; `at` is monotonic."""

    room: str
    sender: str
    event_id: str
    body: str
    at: float


class Sender:
    """One person on one device. `name` is the local part of the Matrix ID."""

    def __init__(self, name: str, server: Homeserver, machine: Machine, master: str) -> None:
        self.name = name
        self.server = server
        self.machine = machine
        self.master = master
        self._since: str | None = None
        self._pins: dict[str, str] = {}
        self._invited: set[str] = set()
        self._count = 0

    @classmethod
    async def enter(cls, url: str, name: str, password: str, folder: Path) -> Self:
        """Log in on a new device, publish its keys and prove a new identity over it."""
        server = Homeserver(url, token=None, pause=asyncio.sleep, jitter=lambda: 0.5)
        device = secrets.token_hex(8).upper()
        logged = await server.login(name, password, device)
        path = folder / f"{name}-{device}.db"
        machine = Machine.open(path, secrets.token_bytes(32), logged.user_id, device)
        await machine.tend(server)
        standing = await ensure(server, machine, Seeds(*(secrets.token_bytes(32) for _ in "123")))
        return cls(name, server, machine, standing.master)

    @property
    def user_id(self) -> str:
        """The full Matrix ID."""
        return self.machine.user_id

    async def close(self) -> None:
        """Close the connections and the store."""
        await self.server.close()
        self.machine.close()

    # -- people and rooms ------------------------------------------------------------------

    def follow(self, *bots: str) -> None:
        """Take room keys of these accounts from now on."""
        self.machine.track(bots)

    async def meet(self, *bots: str) -> None:
        """Pin the identities that these accounts show, as a person does who trusts on sight."""
        judged = await self.machine.refresh(self.server, bots)
        self._pins |= {bot: str(judged[bot].master) for bot in bots}
        self.machine.set_pins(self._pins)
        await self.machine.refresh(self.server, bots)

    async def join_invites(self) -> int:
        """Join every room this person is invited to; return how many."""
        await self.catch_up()
        invited, self._invited = self._invited, set()
        for room in invited:
            await self.server.join(room)
        return len(invited)

    async def members(self, room: str) -> frozenset[str]:
        """Return the local parts of everybody who joined a room."""
        chunk = array(await self.server.members(room), "chunk") or []
        return frozenset(
            (text(event, "state_key") or "").partition(":")[0].removeprefix("@")
            for event in chunk
            if isinstance(event, dict) and text(obj(event, "content") or {}, "membership") == "join"
        )

    async def joined_rooms(self) -> frozenset[str]:
        """Return the rooms this person is in."""
        answer = await self.server.call("GET", "/_matrix/client/v3/joined_rooms")
        return frozenset(r for r in array(answer, "joined_rooms") or [] if isinstance(r, str))

    def pin_of(self, user: str) -> str:
        """Return the master key that was pinned for an account."""
        return self._pins[user]

    # -- saying ----------------------------------------------------------------------------

    async def share(self, room: str, readers: Sequence[str]) -> None:
        """Give the room's key to some accounts. LookupError if one of them took none."""
        report = await self.machine.share(self.server, room, readers)
        if {user for user, _ in report.delivered} != set(readers):
            raise LookupError(f"no key was taken: {[one.reason for one in report.excluded]}")
        # The bot's own habit is shorter; a person's client follows the room's default.
        self.machine._sharing._rooms[room].session.max_messages = MESSAGES_PER_SESSION

    async def say(self, room: str, readers: Sequence[str], body: str) -> str:
        """Say a line so that these accounts can read it; return the event id."""
        content: JsonObject = {"msgtype": "m.text", "body": body}
        try:
            sealed = self.machine.seal(room, "m.room.message", content)
        except NotShared:
            await self.share(room, readers)
            sealed = self.machine.seal(room, "m.room.message", content)
        self._count += 1
        txn = f"{self.machine.device_id}.{self._count}"
        return await self.server.send_event(room, "m.room.encrypted", txn, sealed)

    # -- hearing ---------------------------------------------------------------------------

    async def catch_up(self) -> None:
        """Read everything up to now and forget it, room keys excepted."""
        await self._sync(0, lambda _heard: None)

    async def listen(self, hear: Callable[[Heard], None]) -> Never:
        """Sync for ever and report every event of others."""
        while True:
            await self._sync(30_000, hear)

    async def _sync(self, patience_ms: int, hear: Callable[[Heard], None]) -> None:
        answer = await self.server.sync(self._since, sync_filter(TIMELINE), patience_ms)
        at = time.monotonic()
        self._since = text(answer, "next_batch")
        for item in array(obj(answer, "to_device") or {}, "events") or []:
            if isinstance(item, dict):
                self.machine.take_to_device(item)
        changed = array(obj(answer, "device_lists") or {}, "changed") or []
        self.machine.changed([user for user in changed if isinstance(user, str)])
        counts = obj(answer, "device_one_time_keys_count") or {}
        self.machine.note_counts(integer(counts, "signed_curve25519"), None)
        await self.machine.tend(self.server)
        rooms = obj(answer, "rooms") or {}
        self._invited |= (obj(rooms, "invite") or {}).keys()
        for room, joined in (obj(rooms, "join") or {}).items():
            timeline = obj(joined, "timeline") if isinstance(joined, dict) else None
            for event in array(timeline or {}, "events") or []:
                self._event(room, event, at, hear)

    def _event(self, room: str, event: object, at: float, hear: Callable[[Heard], None]) -> None:
        if not isinstance(event, dict) or text(event, "type") != "m.room.encrypted":
            return
        sender = text(event, "sender") or ""
        if sender == self.user_id:
            return
        opened = self.machine.decrypt(event, room)
        body = text(opened.content, "body") if isinstance(opened, Opened) else None
        hear(Heard(room, sender, text(event, "event_id") or "", body or "", at))
