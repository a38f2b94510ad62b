"""Hand a room's key to exactly the chained devices of exactly these people.

It exists because stock nio marks a failed share as done, lets one bad one-time key silence a
room, and keeps a session for 100 messages. It refuses to encrypt under a session whose
recipients have changed, and to call a key delivered before the server took the message.
"""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from nio.crypto import OutboundGroupSession

from bot.matrix.fence import FencedOlm, dumps
from bot.matrix.http import Homeserver, HomeserverRefused
from bot.matrix.strict_json import JsonObject, obj
from bot.matrix.trust import MEGOLM, DeviceVerdict

MESSAGES_PER_SESSION = 20
DEVICES_PER_REQUEST = 20


class NotShared(Exception):
    """The room's key does not stand with its present readers: share first, then seal."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """A device (or, with `device` empty, a whole person) that did not get the key, and why."""

    user: str
    device: str
    reason: str


@dataclass(frozen=True, slots=True)
class ShareReport:
    """Who holds the room's present key as (user, device), and who does not."""

    delivered: frozenset[tuple[str, str]]
    excluded: tuple[Excluded, ...]


@dataclass(slots=True)
class _Outbound:
    """One outbound Megolm session. `first_key` opens it from its first message on.

    Whoever is in `wanted` was entitled to every message of the session, because a change of
    `wanted` always starts a new one; so a late delivery may carry `first_key`.

    `lineage` stays the same over sessions that only took the place of one that was used up, with
    every reader holding it: what was sealed under any of them is for the same devices.
    """

    session: OutboundGroupSession
    first_key: str
    users: frozenset[str]
    wanted: frozenset[DeviceVerdict]
    lineage: str
    delivered: set[DeviceVerdict] = field(default_factory=set)


class Sharing:
    """The outbound sessions of all rooms."""

    def __init__(self, olm: FencedOlm) -> None:
        self._olm = olm
        self._rooms: dict[str, _Outbound] = {}

    def discard(self, room_id: str) -> None:
        """Drop a room's session: the next message needs a new one."""
        self._rooms.pop(room_id, None)

    def users(self, room_id: str) -> frozenset[str]:
        """Return the people of the room's present session, none if there is no session."""
        room = self._rooms.get(room_id)
        return room.users if room else frozenset()

    def lost(self, user: str, curve25519: str) -> None:
        """Note that a device may have lost what we sent it: deliver again at the next share."""
        for room in self._rooms.values():
            gone = {
                device
                for device in room.delivered
                if (device.user, device.curve25519) == (user, curve25519)
            }
            if gone:
                room.delivered -= gone
                room.lineage = secrets.token_hex(8)

    def lineage(
        self, room_id: str, users: Collection[str], wanted: frozenset[DeviceVerdict]
    ) -> str:
        """Name the readers of what is sealed now; empty if these are not they."""
        room = self._rooms.get(room_id)
        if room is None or room.users != frozenset(users) or room.wanted != wanted:
            return ""
        return room.lineage

    async def share(
        self,
        server: Homeserver,
        room_id: str,
        users: Collection[str],
        wanted: frozenset[DeviceVerdict],
    ) -> ShareReport:
        """Bring the room's session to every device of `wanted`, each on its own."""
        room = self._session(room_id, frozenset(users), wanted)
        pending = sorted(wanted - room.delivered, key=lambda device: (device.user, device.device))
        failed = await self.reach(server, pending)
        reached = [device for device in pending if device not in failed]
        content: JsonObject = {
            "algorithm": MEGOLM,
            "room_id": room_id,
            "session_id": room.session.id,
            "session_key": room.first_key,
        }
        sent = await self.send(server, reached, "m.room_key", content)
        room.delivered |= sent
        failed |= {device: "not_delivered" for device in reached if device not in sent}
        return ShareReport(
            frozenset((device.user, device.device) for device in room.delivered),
            tuple(Excluded(one.user, one.device, why) for one, why in failed.items()),
        )

    def _session(
        self, room_id: str, users: frozenset[str], wanted: frozenset[DeviceVerdict]
    ) -> _Outbound:
        room = self._rooms.get(room_id)
        if room and room.users == users and room.wanted == wanted and not _spent(room):
            return room
        session = OutboundGroupSession()
        session.max_messages = MESSAGES_PER_SESSION
        session.mark_as_shared()
        follows = room and (room.users, room.wanted) == (users, wanted) and room.delivered >= wanted
        lineage = room.lineage if room and follows else secrets.token_hex(8)
        room = _Outbound(session, session.session_key, users, wanted, lineage)
        keys = self._olm.account.identity_keys
        self._olm.create_group_session(
            keys["curve25519"], keys["ed25519"], room_id, session.id, room.first_key
        )
        self._rooms[room_id] = room
        return room

    def seal(
        self, room_id: str, wanted: frozenset[DeviceVerdict], kind: str, content: JsonObject
    ) -> JsonObject:
        """Encrypt one event for the room. Raises `NotShared`."""
        room = self._rooms.get(room_id)
        if room is None or room.wanted != wanted or _spent(room):
            raise NotShared("the room's key must be shared first")
        if room.users and not room.delivered:
            raise NotShared("nobody holds the room's key")
        payload: JsonObject = {"type": kind, "content": content, "room_id": room_id}
        return {
            "algorithm": MEGOLM,
            "sender_key": self._olm.account.identity_keys["curve25519"],
            "ciphertext": room.session.encrypt(dumps(payload)),
            "session_id": room.session.id,
            "device_id": self._olm.device_id,
        }

    async def reach(
        self, server: Homeserver, devices: Collection[DeviceVerdict], *, afresh: bool = False
    ) -> dict[DeviceVerdict, str]:
        """Make sure each device has an Olm session; return those that do not, with the reason.

        `afresh`: begin a new session even where one exists (it no longer works).
        """
        missing = [device for device in devices if afresh or self._olm.olm_session(device) is None]
        failed: dict[DeviceVerdict, str] = {}
        for device, claimed in (await self._claim(server, missing)).items():
            with self._olm.store.transaction():
                reason = self._olm.adopt_one_time_key(device, claimed)
            if reason:
                failed[device] = reason
        return failed

    async def _claim(
        self, server: Homeserver, devices: Collection[DeviceVerdict]
    ) -> dict[DeviceVerdict, object]:
        if not devices:
            return {}
        wanted: dict[str, list[str]] = {}
        for device in devices:
            wanted.setdefault(device.user, []).append(device.device)
        try:
            answer = await server.keys_claim(wanted)
        except HomeserverRefused:
            if len(devices) == 1:
                return dict.fromkeys(devices)
            # One of them makes the server refuse all: ask singly.
            answers: dict[DeviceVerdict, object] = {}
            for device in devices:
                answers |= await self._claim(server, [device])
            return answers
        keys = obj(answer, "one_time_keys") or {}
        return {device: (obj(keys, device.user) or {}).get(device.device) for device in devices}

    async def send(
        self, server: Homeserver, devices: Iterable[DeviceVerdict], kind: str, content: JsonObject
    ) -> set[DeviceVerdict]:
        """Send one encrypted to-device message to each; return those the server took."""
        todo, sent = list(devices), set[DeviceVerdict]()
        for start in range(0, len(todo), DEVICES_PER_REQUEST):
            part = todo[start : start + DEVICES_PER_REQUEST]
            if await self._send_part(server, part, kind, content):
                sent |= set(part)
            elif len(part) > 1:
                for device in part:
                    if await self._send_part(server, [device], kind, content):
                        sent.add(device)
        return sent

    async def _send_part(
        self, server: Homeserver, devices: list[DeviceVerdict], kind: str, content: JsonObject
    ) -> bool:
        messages: dict[str, JsonObject] = {}
        with self._olm.store.transaction():
            for device in devices:
                sealed = self._olm.seal_olm(device, kind, content)
                messages.setdefault(device.user, {})[device.device] = sealed
        try:
            await server.send_to_device("m.room.encrypted", secrets.token_hex(16), dict(messages))
        except HomeserverRefused:
            return False
        return True


def _spent(room: _Outbound) -> bool:
    return bool(room.session.expired)
