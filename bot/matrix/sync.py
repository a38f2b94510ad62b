"""The bot's own `/sync` loop: everything is on disk before anything is looked at.

It exists because the library's loop saves the position first and loses the batch when one item
is poison. It refuses to interpret: it cuts an answer into items, stores them with the new position
in one transaction, and passes on only the counts that keep the bot reachable. An odd item is
skipped and counted; it costs no other item.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from typing import Final, Never, Protocol

import structlog

from bot.matrix.facts import STATE_TYPES
from bot.matrix.gaps import Pages, fill
from bot.matrix.http import HomeserverRefused, HomeserverUnreachable
from bot.matrix.inbound import STORED_LIMIT, Offload
from bot.matrix.keys import ALGORITHM
from bot.matrix.strict_json import JsonObject, JsonValue, array, integer, obj, sound, text
from bot.policy.guard import RoomId
from bot.ports import NewItem

LONG_POLL_MS: Final = 30_000
TIMELINE_LIMIT: Final = 1_000
SMALLEST_LIMIT: Final = 10
LONGEST_WAIT_S: Final = 60.0
GAP_TRIES: Final = 3
KNOWN_EVENTS: Final = 5_000

TIMELINE_TYPES: Final = (*STATE_TYPES, "m.room.encrypted", "m.room.message")

# Wide enough for everything that is real; an id in a log or a path is never free text.
_ROOM: Final = re.compile(r"![^\s\x00-\x1f/?#]{1,254}")

log = structlog.get_logger()


class SignedOut(Exception):
    """The homeserver no longer knows our token: another process logged in as this device."""


class Server(Pages, Protocol):
    """The part of `Homeserver` that the loop calls."""

    async def sync(self, since: str | None, filter_id: str | None, timeout_ms: int) -> JsonObject:
        """Long-poll."""


class Reachable(Protocol):
    """The part of `Machine` that must know what a `/sync` answer says about keys."""

    def note_counts(self, one_time: int | None, unused_fallback: Sequence[str] | None) -> None:
        """Take the key counts."""

    def changed(self, users: Iterable[str]) -> None:
        """Take announced device-list changes."""


class Position(Protocol):
    """The part of `Inbox` that the loop writes."""

    def take(self, token: str, items: Sequence[NewItem]) -> int:
        """Store items and token in one transaction; return how many were new."""

    def token(self) -> str | None:
        """Return the token to go on from."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One room's timeline that the homeserver cut off at its old end, and where."""

    room: str
    prev_batch: str


@dataclass(slots=True)
class Batch:
    """A `/sync` answer, cut into items in the order in which they are to be read."""

    token: str
    to_device: list[NewItem] = field(default_factory=list)
    rooms: dict[str, list[NewItem]] = field(default_factory=dict)
    others: list[NewItem] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    one_time: int | None = None
    unused_fallback: list[str] | None = None
    changed: list[str] = field(default_factory=list)
    skipped: int = 0

    def items(self) -> list[NewItem]:
        """Return every item: keys first, because messages need them."""
        return [*self.to_device, *(i for room in self.rooms.values() for i in room), *self.others]


def sync_filter(limit: int) -> str:
    """Return the inline filter: every member, wide timelines, only what is ever looked at."""
    nothing = {"not_types": ["*"]}
    state = {"types": list(STATE_TYPES), "lazy_load_members": False}
    wanted = {
        "presence": nothing,
        "account_data": nothing,
        "room": {
            "account_data": nothing,
            "ephemeral": nothing,
            "state": state,
            "timeline": {"limit": limit, "types": list(TIMELINE_TYPES), "lazy_load_members": False},
        },
    }
    return json.dumps(wanted, separators=(",", ":"))


def cut_up(answer: JsonObject) -> Batch:
    """Cut a `/sync` answer into items. Pure; raises `HomeserverUnreachable` without a token."""
    token = text(answer, "next_batch")
    if token is None or not token or not sound(token):
        raise HomeserverUnreachable("answer_shape")
    batch = Batch(token)
    for raw in array(obj(answer, "to_device") or {}, "events") or []:
        _add(batch, batch.to_device, "to_device", None, raw)
    rooms = obj(answer, "rooms") or {}
    for room, joined in _rooms(rooms, "join", batch):
        _timeline(batch, room, joined)
    for room, left in _rooms(rooms, "leave", batch):
        _timeline(batch, room, left)
        batch.others.append(NewItem("left", _digest("left", token, room), RoomId(room), "{}"))
    for room, invited in _rooms(rooms, "invite", batch):
        _add(batch, batch.others, "invite", room, invited)
    counts = obj(answer, "device_one_time_keys_count")
    if counts is not None:
        # Listed without ours means none is left (Client-Server API, `/sync`).
        batch.one_time = integer(counts, ALGORITHM) or 0
    unused = array(answer, "device_unused_fallback_key_types")
    if unused is not None:
        batch.unused_fallback = [name for name in unused if isinstance(name, str)]
    lists = obj(answer, "device_lists") or {}
    for section in ("changed", "left"):
        named = array(lists, section) or []
        batch.changed += [user for user in named if isinstance(user, str) and sound(user)]
    return batch


def _rooms(rooms: JsonObject, section: str, batch: Batch) -> Iterator[tuple[str, JsonObject]]:
    for room, body in (obj(rooms, section) or {}).items():
        if _ROOM.fullmatch(room) and sound(room) and isinstance(body, dict):
            yield room, body
        else:
            batch.skipped += 1


def _timeline(batch: Batch, room: str, body: JsonObject) -> None:
    items = batch.rooms.setdefault(room, [])
    for raw in array(obj(body, "state") or {}, "events") or []:
        _add(batch, items, "state", room, raw)
    timeline = obj(body, "timeline") or {}
    for raw in array(timeline, "events") or []:
        _add(batch, items, "timeline", room, raw)
    prev_batch = text(timeline, "prev_batch")
    if timeline.get("limited") is not False and prev_batch and sound(prev_batch):
        batch.cuts.append(Cut(room, prev_batch))


def _add(batch: Batch, to: list[NewItem], kind: str, room: str | None, raw: JsonValue) -> None:
    item = _item(kind, room, raw, batch.token)
    if item is None:
        batch.skipped += 1
    else:
        to.append(item)


def _item(kind: str, room: str | None, raw: JsonValue, token: str) -> NewItem | None:
    """Return one item, or None if it is odd. `unsigned` is dropped: it never means anything."""
    if not isinstance(raw, dict) or not sound(raw):
        return None
    bare = {name: part for name, part in raw.items() if name != "unsigned"}
    stored = json.dumps(bare, ensure_ascii=False, separators=(",", ":"))
    if len(stored.encode()) > STORED_LIMIT:
        return None
    key = text(raw, "event_id")
    if kind == "timeline" and key:
        return NewItem(kind, key, RoomId(room or ""), stored)
    # A state event may come again later, when the room went back to it: then it counts again.
    key = _digest(kind, token if kind == "state" else "", room or "", stored)
    return NewItem(kind, key, RoomId(room) if room else None, stored)


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()


class SyncLoop:
    """Long-polls, stores, and calls `arrived(new)` after each answer that held new items.

    `pause` sleeps that many seconds, `jitter` returns [0, 1); both are handed in so that waiting
    is tested without waiting. `progress` is called after every answer (for the outside monitor).
    """

    def __init__(
        self,
        server: Server,
        inbox: Position,
        machine: Reachable,
        offload: Offload,
        *,
        pause: Callable[[float], Awaitable[None]],
        jitter: Callable[[], float],
        arrived: Callable[[int], None],
        progress: Callable[[], None] = lambda: None,
        gap_left: Callable[[RoomId], None] = lambda _room: None,
    ) -> None:
        self._server = server
        self._inbox = inbox
        self._machine = machine
        self._offload = offload
        self._pause = pause
        self._jitter = jitter
        self._arrived = arrived
        self._progress = progress
        self._gap_left = gap_left
        self._limit = TIMELINE_LIMIT
        self._failures = 0
        self._gap_failures: dict[tuple[str, str], int] = {}
        self._known: OrderedDict[str, None] = OrderedDict()

    async def run(self) -> Never:
        """Loop for ever. Raises `SignedOut`; every other trouble with the server is waited out."""
        while True:
            if not await self.step():
                await self._pause(self._wait())

    def _wait(self) -> float:
        longest = min(LONGEST_WAIT_S, 2.0 ** min(self._failures - 1, 16))
        return longest * (0.5 + 0.5 * self._jitter())

    async def step(self, timeout_ms: int = LONG_POLL_MS) -> bool:
        """Fetch and store one answer; False if there was none (the caller waits, then repeats).

        When this returns True the items and the new position are durable.
        """
        since = await self._offload(self._inbox.token)
        try:
            # At once after trouble: a long poll would keep a recovered server waiting for news.
            patience = 0 if self._failures or since is None else timeout_ms
            answer = await self._server.sync(since, sync_filter(self._limit), patience)
            batch = cut_up(answer)
            await self._fill_gaps(batch, since)
        except HomeserverRefused as refused:
            if refused.status == HTTPStatus.UNAUTHORIZED:
                raise SignedOut("the homeserver refused our token") from None
            self._failed(refused.errcode)
            return False
        except HomeserverUnreachable as away:
            if away.reason in {"too_large", "not_json"}:
                # Perhaps one room's flood is the reason: ask for less at once.
                self._limit = max(SMALLEST_LIMIT, self._limit // 4)
            self._failed(away.reason)
            return False
        items = batch.items()
        new = await self._offload(lambda: self._inbox.take(batch.token, items))
        self._failures, self._limit = 0, TIMELINE_LIMIT
        self._gap_failures.clear()
        self._remember(items)
        if batch.skipped:
            log.warning("items_skipped", count=batch.skipped)
        self._machine.note_counts(batch.one_time, batch.unused_fallback)
        self._machine.changed(batch.changed)
        self._progress()
        if new:
            self._arrived(new)
        return True

    def _failed(self, reason: str) -> None:
        self._failures += 1
        log.warning("sync_failed", reason=reason, failures=self._failures)

    async def _fill_gaps(self, batch: Batch, since: str | None) -> None:
        """Put what `/sync` left out before the timelines it left it out of.

        Without an earlier position there is no gap: what was said before we came is not ours.
        """
        if since is None:
            return
        for cut in batch.cuts:
            filled = await self._gap(cut, since)
            if filled is None:
                continue
            wanted = [event for event in filled if text(event, "type") in TIMELINE_TYPES]
            old = [_item("timeline", cut.room, event, batch.token) for event in wanted]
            batch.skipped += old.count(None)
            held = batch.rooms.get(cut.room, [])
            batch.rooms[cut.room] = [item for item in old if item is not None] + held

    async def _gap(self, cut: Cut, since: str) -> tuple[JsonObject, ...] | None:
        """Return a gap's events; after some failures None: one room may not hold up the rest."""
        at = (cut.room, since)
        try:
            known = frozenset(self._known)
            filled = await fill(self._server, cut.room, cut.prev_batch, since, known)
        except HomeserverUnreachable:
            self._gap_failures[at] = self._gap_failures.get(at, 0) + 1
            if self._gap_failures[at] < GAP_TRIES:
                raise
            self._give_up(cut.room)
            return None
        if not filled.whole:
            self._give_up(cut.room)
        return filled.events

    def _give_up(self, room: str) -> None:
        log.warning("gap_left", room=room)
        self._gap_left(RoomId(room))

    def _remember(self, items: Sequence[NewItem]) -> None:
        for item in items:
            if item.kind == "timeline":
                self._known[item.key] = None
        while len(self._known) > KNOWN_EVENTS:
            self._known.popitem(last=False)
