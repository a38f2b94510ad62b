"""The one crypto object the rest of the bot uses: open, decrypt, share, seal.

It exists so that every guard against hostile input, false devices and lost keys stands in one
place in front of nio's Olm machine. It refuses plain text, other rooms' messages, inner state
events, devices that are not chained from their owner's master key, forwarded keys and key
requests. It does not remember replays: `Opened` carries (session, index) for a durable table.

A failing item is answered with a value; a failing *store* raises, because going on without it
would lose keys.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from peewee import PeeweeException

from bot.matrix.fence import NORMAL, PREKEY, FencedOlm, SealedStore, Undecryptable
from bot.matrix.http import Homeserver
from bot.matrix.keys import KeyUpkeep
from bot.matrix.opening import Holder, open_event
from bot.matrix.opening import Opened as Opened
from bot.matrix.opening import Unreadable as Unreadable
from bot.matrix.people import People
from bot.matrix.sharing import Excluded as Excluded
from bot.matrix.sharing import NotShared as NotShared
from bot.matrix.sharing import ShareReport as ShareReport
from bot.matrix.sharing import Sharing
from bot.matrix.strict_json import JsonObject, integer, obj, sound, text
from bot.matrix.trust import MEGOLM, OLM, DeviceVerdict, Judgement, decode_key

UNWEDGE_EVERY_S = 3600.0

WhyIgnored: TypeAlias = Literal[
    "malformed", "kind", "stranger", "not_for_us", "undecryptable", "bad_payload", "no_better"
]


@dataclass(frozen=True, slots=True)
class RoomKeyTaken:
    """A room key is on disk; events of (room_id, session_id) are worth another try."""

    room_id: str
    session_id: str
    sender: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A to-device item that changed nothing for a room."""

    reason: WhyIgnored


class Machine:
    """One device of the bot: its keys, its store, and what it knows of other people's devices."""

    def __init__(self, store: SealedStore, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._olm = FencedOlm(store)
        self._upkeep = KeyUpkeep(self._olm)
        self._sharing = Sharing(self._olm)
        self._people = People(self._olm)
        self._lock = asyncio.Lock()
        self._wedged: set[tuple[str, str]] = set()
        self._unwedged_at: dict[tuple[str, str], float] = {}

    @classmethod
    def open(
        cls,
        path: Path,
        secret: bytes,
        user_id: str,
        device_id: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> "Machine":
        """Open or create the crypto store at `path` with a 32-byte secret.

        `clock` is monotonic seconds. Raises `SealBroken`.
        """
        return cls(SealedStore(path, secret, user_id, device_id), clock)

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    @property
    def user_id(self) -> str:
        """The bot's Matrix ID."""
        return self._store.user_id  # type: ignore[no-any-return]

    @property
    def device_id(self) -> str:
        """The bot's device id."""
        return self._store.device_id  # type: ignore[no-any-return]

    @property
    def identity(self) -> tuple[str, str]:
        """This device's (curve25519, ed25519) public keys."""
        keys = self._olm.account.identity_keys
        return keys["curve25519"], keys["ed25519"]

    @property
    def device_keys_signed(self) -> JsonObject:
        """This device's public keys, signed by itself."""
        return self._olm.device_keys()

    def sign(self, item: JsonObject) -> JsonObject:
        """Return a copy of `item` signed by this device."""
        return self._olm.sign_object(item)

    # -- whom we know ----------------------------------------------------------------------

    def track(self, users: Iterable[str]) -> None:
        """Follow these people's devices. To-device items of anybody else are not even opened.

        Track a person before inviting them: a room key sent earlier is ignored.
        """
        self._people.track(users)

    def set_pins(self, pins: Mapping[str, str]) -> None:
        """Replace the pinned master keys. Whoever's pin changed is unknown until judged again."""
        self._people.set_pins(pins)

    def changed(self, users: Iterable[str]) -> None:
        """Note that the server announced changed device lists (untracked people are skipped)."""
        self._people.changed(users)

    @property
    def dirty(self) -> frozenset[str]:
        """The people whose devices must be asked for again before anything is shared."""
        return self._people.dirty

    def judgement(self, user: str) -> Judgement | None:
        """Return the last judgement of a person."""
        return self._people.judgement(user)

    def readers(self, users: Collection[str]) -> frozenset[DeviceVerdict]:
        """Return the devices that would get a key now: chained ones of pinned, judged people."""
        return self._people.readers(users)

    def note_counts(self, one_time: int | None, unused_fallback: Sequence[str] | None) -> None:
        """Take the key counts of a `/sync` answer; see `KeyUpkeep.note`."""
        self._upkeep.note(one_time, unused_fallback)

    async def tend(self, server: Homeserver) -> Mapping[str, Judgement]:
        """Publish keys, judge whoever changed, mend broken Olm sessions; return the judgements."""
        async with self._lock:
            await self._upkeep.publish(server)
            judged = await self._people.refresh(server, self._people.due)
            await self._unwedge(server)
            return judged

    async def refresh(self, server: Homeserver, users: Collection[str]) -> Mapping[str, Judgement]:
        """Ask for these people's keys now and judge them against the pins; tracks them."""
        self._people.track(users)
        async with self._lock:
            return await self._people.refresh(server, users)

    # -- to-device -------------------------------------------------------------------------

    def take_to_device(self, raw: JsonObject) -> RoomKeyTaken | Ignored:
        """Take one to-device item, durable when it returns. Never raises on what the item holds."""
        try:
            with self._store.transaction():
                return self._take(raw)
        except PeeweeException:
            raise
        except (ValueError, TypeError, KeyError, LookupError):
            return Ignored("malformed")

    def _take(self, raw: JsonObject) -> RoomKeyTaken | Ignored:
        if not sound(raw):
            return Ignored("malformed")
        sender, content = text(raw, "sender"), obj(raw, "content")
        if sender is None or content is None:
            return Ignored("malformed")
        if text(raw, "type") != "m.room.encrypted" or text(content, "algorithm") != OLM:
            # Key requests, verification and plain keys: nothing of the kind is ever acted on.
            return Ignored("kind")
        if not self._people.tracked(sender):
            return Ignored("stranger")
        sender_key = text(content, "sender_key") or ""
        box = obj(obj(content, "ciphertext") or {}, self.identity[0])
        if box is None:
            return Ignored("not_for_us")
        kind, body = integer(box, "type"), text(box, "body")
        if decode_key(sender_key) is None or kind not in {PREKEY, NORMAL} or body is None:
            return Ignored("malformed")
        try:
            payload, fresh = self._olm.open_olm(sender, sender_key, kind or PREKEY, body)
        except Undecryptable:
            self._wedged.add((sender, sender_key))
            return Ignored("undecryptable")
        if payload is None:
            return Ignored("bad_payload")
        if fresh:
            # Their side began anew: what we sent over the old session may never have arrived.
            self._sharing.lost(sender, sender_key)
        if text(payload, "type") != "m.room_key":
            return Ignored("kind")
        return self._take_room_key(sender, sender_key, payload)

    def _take_room_key(
        self, sender: str, sender_key: str, payload: JsonObject
    ) -> RoomKeyTaken | Ignored:
        content = obj(payload, "content") or {}
        room_id, session_id = text(content, "room_id"), text(content, "session_id")
        key, ed25519 = text(content, "session_key"), text(obj(payload, "keys") or {}, "ed25519")
        if text(content, "algorithm") != MEGOLM:
            return Ignored("bad_payload")
        if room_id is None or session_id is None or key is None or ed25519 is None:
            return Ignored("bad_payload")
        outcome = self._olm.keep_room_key(
            sender, sender_key, ed25519, room_id=room_id, session_id=session_id, session_key=key
        )
        if outcome == "kept":
            return RoomKeyTaken(room_id, session_id, sender)
        return Ignored("no_better" if outcome == "no_better" else "bad_payload")

    async def _unwedge(self, server: Homeserver) -> None:
        """Begin new Olm sessions with known devices whose messages we cannot read."""
        wedged, self._wedged = self._wedged, set()
        now = self._clock()
        broken = [
            device
            for user, curve25519 in wedged
            if (device := self._people.device(user, curve25519)) is not None
            # Anybody can send rubbish in a device's name: at most one new session an hour.
            and now - self._unwedged_at.get((user, curve25519), -UNWEDGE_EVERY_S) >= UNWEDGE_EVERY_S
        ]
        try:
            failed = await self._sharing.reach(server, broken, afresh=True)
        except Exception:
            self._wedged |= wedged
            raise
        for device in broken:
            self._unwedged_at[device.user, device.curve25519] = now
            self._sharing.lost(device.user, device.curve25519)
        mended = [device for device in broken if device not in failed]
        await self._sharing.send(server, mended, "m.dummy", {})

    # -- room events -----------------------------------------------------------------------

    def decrypt(self, raw_event: JsonObject, room_id: str) -> Opened | Unreadable:
        """Open one raw timeline event of `room_id`. Never raises on what the event holds."""
        opened = open_event(self._store, self._holder, raw_event, room_id)
        if isinstance(opened, Unreadable) and opened.reason in {"no_key", "foreign_device"}:
            self._people.doubt(text(raw_event, "sender") or "")
        return opened

    def _holder(self, sender: str, curve25519: str) -> Holder | None:
        if sender == self.user_id:
            own, ed25519 = self.identity
            return Holder(self.device_id, ed25519, "") if curve25519 == own else None
        device = self._people.device(sender, curve25519)
        judged = self._people.judgement(sender)
        if device is None or judged is None or judged.master is None:
            return None
        return Holder(device.device, device.ed25519, judged.master, device.vouches)

    # -- sending ---------------------------------------------------------------------------

    async def share(self, server: Homeserver, room_id: str, users: Collection[str]) -> ShareReport:
        """Bring the room's key to every chained device of `users` (the bot itself excepted).

        Devices fail singly and are reported. Raises `HomeserverUnreachable`; then share again.
        """
        people = frozenset(users) - {self.user_id}
        self._people.track(people)
        async with self._lock:
            await self._people.refresh(server, self._people.unknown(people))
            readers = self._people.readers(people)
            report = await self._sharing.share(server, room_id, people, readers)
            return ShareReport(report.delivered, (*self._people.unfit(people), *report.excluded))

    def seal(self, room_id: str, kind: str, content: JsonObject) -> JsonObject:
        """Encrypt one event for the room's present readers; returns the content to send.

        Raises `NotShared` if the readers changed, the session is used up, or nobody holds it.
        """
        users = self._sharing.users(room_id)
        if users & self._people.dirty:
            raise NotShared("device lists have changed")
        return self._sharing.seal(room_id, self._people.readers(users), kind, content)

    def lineage(self, room_id: str, users: Collection[str]) -> str:
        """Name the readers that the room's present session has, if they are still those of `users`.

        Empty if there is no session, or others would be given the key now: what was sealed before
        is then for the wrong ones.
        """
        people = frozenset(users) - {self.user_id}
        return self._sharing.lineage(room_id, people, self._people.readers(people))

    def discard(self, room_id: str) -> None:
        """Rotate: the room's present session is never used again."""
        self._sharing.discard(room_id)

    def forget_room(self, room_id: str) -> None:
        """Delete every key of a room, ours and theirs."""
        self._sharing.discard(room_id)
        self._store.forget_room(room_id)
