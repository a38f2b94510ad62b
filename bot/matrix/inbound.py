"""What one stored inbox item means: a typed line, a change in a room, a key, or nothing.

It exists so that every item fails alone and only authenticated text becomes a line. It refuses
as a command whatever is not encrypted, not from a chained device, a repeat of a used message
index, an edit, a notice, a reaction, a redaction or an encrypted state event. Nothing here logs
or returns a word that somebody wrote, except as the text of a `Line`.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import structlog

from bot.domain.ids import EventId, MasterKey, RoomId, UserId
from bot.matrix.machine import Ignored, Opened, RoomKeyTaken
from bot.matrix.machine import Unreadable as Unopened
from bot.matrix.media import attached_in, caption_in
from bot.matrix.strict_json import BadJson, JsonObject, loads, obj, text
from bot.matrix.trust import Judgement
from bot.ports import Heard as Heard
from bot.ports import InboxItem
from bot.ports import KeyCame as KeyCame
from bot.ports import Line as Line
from bot.ports import Nothing as Nothing
from bot.ports import StateChanged as StateChanged
from bot.ports import Unreadable as Unreadable

TEXT_LIMIT: Final = 32_000
WAITING_LIMIT: Final = 1_000
STORED_LIMIT: Final = 512 * 1024
"""Bytes of one stored item; a to-device item may be larger than an event."""

T = TypeVar("T")

_MAY_HEAL: Final = frozenset({"no_key", "foreign_device"})
_QUOTED_FROM: Final = re.compile(r"> (?:\* )?<@[^>\n]{1,255}>")

log = structlog.get_logger()


class Opener(Protocol):
    """The part of `Machine` that opens what came."""

    @property
    def dirty(self) -> frozenset[str]:
        """The people whose devices must be asked for again."""

    def judgement(self, user: str) -> Judgement | None:
        """Return the last judgement of a person."""

    def take_to_device(self, raw: JsonObject) -> RoomKeyTaken | Ignored:
        """Take one to-device item."""

    def decrypt(self, raw_event: JsonObject, room_id: str) -> Opened | Unopened:
        """Open one raw timeline event."""


class Claims(Protocol):
    """The part of `Inbox` that remembers used message indexes."""

    def first_uses(self, uses: Sequence[tuple[str, int, str]]) -> tuple[bool, ...]:
        """Claim message indexes (session, index, event); False where another event used one."""


class RoomWatch(Protocol):
    """The part of `SeenRooms` that state events are told to."""

    def take(self, room: RoomId, event: JsonObject) -> bool:
        """Fold one raw state event; tell whether the rules look at it."""

    def left(self, room: RoomId) -> None:
        """Note that the bot is out of a room."""


class Offload(Protocol):
    """Run a storage call on the storage thread."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]:
        """Return what `call` returns."""


@dataclass(frozen=True, slots=True)
class _Unclaimed:
    """An opened event whose message index must be claimed before it means anything."""

    item: InboxItem
    room: RoomId
    raw: JsonObject
    opened: Opened

    @property
    def use(self) -> tuple[str, int, str]:
        """The claim: (session, index, event)."""
        # By owner as well: a member may hand on another's session as its own, and must not be
        # able to use up the other's indexes.
        session = f"{self.opened.curve25519}:{self.opened.session_id}"
        return session, self.opened.index, self.opened.event_id


class Inbound:
    """Reads inbox items one by one.

    `bot` is the bot's own Matrix ID; `ask_keys` asks the homeserver for a person's keys and
    judges them (`Machine.refresh`); `fetch` returns one raw event of a room, or {}.
    """

    def __init__(
        self,
        opener: Opener,
        claims: Claims,
        rooms: RoomWatch,
        *,
        bot: UserId,
        offload: Offload,
        ask_keys: Callable[[UserId], Awaitable[object]],
        fetch: Callable[[RoomId, EventId], Awaitable[JsonObject]],
    ) -> None:
        self._opener = opener
        self._claims = claims
        self._rooms = rooms
        self._bot = bot
        self._offload = offload
        self._ask_keys = ask_keys
        self._fetch = fetch
        self._ownerless: dict[UserId, set[tuple[RoomId, str]]] = {}
        self._ahead: dict[int, Heard] = {}
        self._notices_of: frozenset[UserId] = frozenset()

    def hear_notices_of(self, users: Collection[UserId]) -> None:
        """Read notices of these accounts too, as lines marked so; nobody else's ever."""
        self._notices_of = frozenset(users)

    async def look_ahead(self, items: Sequence[InboxItem]) -> None:
        """Open what `read` will be asked for next; all their message indexes are one claim.

        A claim must be on disk before its event means anything, and the disk is the slow part.
        Stops at the first item that cannot be opened now: `read` meets it again in its turn. What
        was opened is kept until it is read, because a room key can be taken only once.
        """
        found: dict[int, Heard | _Unclaimed] = {}
        for item in items:
            if item.number in self._ahead:
                continue
            try:
                found[item.number] = await self._opened(item)
            except Exception:  # noqa: BLE001  # `read` raises it again, where it is dealt with
                break
        # Kept before the claim, which may fail: a room key that was taken is not taken again.
        self._ahead |= {n: one for n, one in found.items() if not isinstance(one, _Unclaimed)}
        unclaimed = {n: one for n, one in found.items() if isinstance(one, _Unclaimed)}
        claimed = await self._claim(list(unclaimed.values()))
        self._ahead |= dict(zip(unclaimed, claimed, strict=True))

    async def read(self, item: InboxItem) -> Heard:
        """Say what an item means. Hostile content never raises.

        A failing store raises, and `HomeserverUnreachable` when the sender's devices must be asked
        for first: the item stays pending, and reading it again later is safe.
        """
        ahead = self._ahead.pop(item.number, None)
        if ahead is not None:
            return ahead
        found = await self._opened(item)
        return (await self._claim([found]))[0] if isinstance(found, _Unclaimed) else found

    async def _claim(self, found: Sequence[_Unclaimed]) -> list[Heard]:
        """Claim the message indexes, then say what each event means."""
        if not found:
            return []
        uses = [one.use for one in found]
        first = await self._offload(lambda: self._claims.first_uses(uses))
        return [
            self._meant(one) if fresh else self._nothing(one.item, "replay")
            for one, fresh in zip(found, first, strict=True)
        ]

    def _meant(self, one: _Unclaimed) -> Heard:
        try:
            return self._line(one.item, one.room, one.raw, one.opened)
        except (ValueError, TypeError, LookupError) as odd:
            return self._refused(one.item, odd)

    async def _opened(self, item: InboxItem) -> Heard | _Unclaimed:
        try:
            raw = loads(item.raw, limit=STORED_LIMIT)
        except BadJson as bad:
            return self._nothing(item, str(bad).replace(" ", "_"))
        if item.kind == "to_device":
            taken = self._opener.take_to_device(raw)
            if isinstance(taken, Ignored):
                return self._nothing(item, "to_device_" + taken.reason)
            return KeyCame(RoomId(taken.room_id), taken.session_id)
        if item.room is None:
            return self._nothing(item, item.kind)
        if item.kind == "left":
            self._rooms.left(item.room)
            return StateChanged(item.room)
        if item.kind not in {"timeline", "state"}:
            # An invitation among them: the bot makes its rooms itself and joins nobody's.
            return self._nothing(item, item.kind)
        try:
            return await self._event(item, item.room, raw)
        except (ValueError, TypeError, LookupError) as odd:
            return self._refused(item, odd)

    def _refused(self, item: InboxItem, odd: Exception) -> Nothing:
        """Every reader answers with a value; this costs one item if one does not."""
        log.warning("item_refused", item=item.number, kind=item.kind, error=type(odd).__name__)
        return Nothing("refused")

    async def quoted(self, room: RoomId, event_id: EventId) -> Line | None:
        """Return an older message of a room as it was typed; None if it cannot be read as one.

        The relation that names it is the homeserver's word, but the text is what its owner
        sealed. It binds nobody by itself, so its message index is not claimed.
        """
        try:
            raw = await self._fetch(room, event_id)
            if text(raw, "room_id") not in {None, room} or text(raw, "event_id") != event_id:
                return None
            found = self._opener.decrypt(raw, room)
            item = InboxItem(0, "timeline", event_id, room, "")
            if not isinstance(found, Opened):
                return None
            heard = self._line(item, room, raw, found, older=True)
        except (ValueError, TypeError, LookupError) as odd:
            log.warning("quotation_refused", error=type(odd).__name__)
            return None
        return heard if isinstance(heard, Line) else None

    def healed(self, judged: Mapping[str, Judgement]) -> tuple[KeyCame, ...]:
        """Return which sessions are worth another try now that these people were judged again."""
        users = [UserId(user) for user, judgement in judged.items() if judgement.chained]
        return tuple(
            KeyCame(room, session)
            for user in users
            for room, session in sorted(self._ownerless.pop(user, set()))
        )

    async def _event(self, item: InboxItem, room: RoomId, raw: JsonObject) -> Heard | _Unclaimed:
        if text(raw, "room_id") not in {None, room}:
            return self._nothing(item, "other_room")
        kind = text(raw, "type")
        if "state_key" in raw:
            if kind == "m.room.encrypted":
                return self._nothing(item, "encrypted_state")
            if self._rooms.take(room, raw):
                return StateChanged(room)
            return self._nothing(item, "state")
        if kind != "m.room.encrypted" or item.kind == "state":
            return self._nothing(item, "in_clear" if kind == "m.room.message" else "kind")
        sender = UserId(text(raw, "sender") or "")
        if sender == self._bot:
            return Nothing("own")
        found = await self._open(sender, room, raw)
        if isinstance(found, Unopened):
            unreadable = _unreadable(found, room, raw)
            if found.reason == "foreign_device" and len(self._ownerless) < WAITING_LIMIT:
                self._ownerless.setdefault(sender, set()).add((room, unreadable.session))
            return unreadable
        return _Unclaimed(item, room, raw, found)

    async def _open(self, sender: UserId, room: RoomId, raw: JsonObject) -> Opened | Unopened:
        """Decrypt with the sender's devices as they are now, not as they were."""
        asked = sender in self._opener.dirty
        if asked:
            await self._ask_keys(sender)
        found = self._opener.decrypt(raw, room)
        if isinstance(found, Opened) or found.reason != "foreign_device" or asked:
            return found
        if self._opener.judgement(sender) is not None:
            return found
        await self._ask_keys(sender)
        return self._opener.decrypt(raw, room)

    def _line(
        self,
        item: InboxItem,
        room: RoomId,
        raw: JsonObject,
        opened: Opened,
        *,
        older: bool = False,
    ) -> Heard:
        """Say what an opened message means; a file without words means something only as `older`."""
        said, outer = opened.content, obj(raw, "content") or {}
        if opened.room_id != room:
            return self._nothing(item, "wrong_room")
        kind = text(said, "msgtype")
        notice = kind == "m.notice" and opened.sender in self._notices_of
        file = attached_in(said)
        if opened.type != "m.room.message" or not (kind == "m.text" or notice or file):
            return self._nothing(item, "inner_kind")
        relations = [obj(content, "m.relates_to") or {} for content in (said, outer)]
        if "m.new_content" in said or any(text(r, "rel_type") == "m.replace" for r in relations):
            return self._nothing(item, "edit")
        body = (text(said, "body") or "") if file is None else caption_in(said)
        typed = without_quote(body)
        if not typed.strip() and (file is None or not older):
            return self._nothing(item, "no_text")
        if len(body.encode()) > TEXT_LIMIT:
            return self._nothing(item, "too_long")
        replied = (text(obj(r, "m.in_reply_to") or {}, "event_id") for r in relations)
        reply_to = next((event for event in replied if event), None)
        return Line(
            event_id=EventId(opened.event_id),
            room=room,
            sender=UserId(opened.sender),
            master=MasterKey(opened.master),
            fingerprint=opened.ed25519,
            text=typed,
            origin_ts=opened.origin_ts,
            reply_to=EventId(reply_to) if reply_to else None,
            vouched=opened.vouched,
            notice=notice,
            file=file,
        )

    def _nothing(self, item: InboxItem, reason: str) -> Nothing:
        log.debug("item_passed", item=item.number, kind=item.kind, reason=reason)
        return Nothing(reason)


def without_quote(body: str) -> str:
    """Drop the quotation that older clients put before a reply (`> <@user:server> ...`).

    Only the authenticated text decides: the relation is in clear and the homeserver could add it
    to turn another line into a command.
    """
    if not _QUOTED_FROM.match(body):
        return body
    lines = body.split("\n")
    count = next((at for at, line in enumerate(lines) if not line.startswith(">")), len(lines))
    return "\n".join(lines[count:]).lstrip("\n")


def _unreadable(found: Unopened, room: RoomId, raw: JsonObject) -> Unreadable:
    sender = text(raw, "sender")
    return Unreadable(
        event_id=EventId(found.event_id),
        room=room,
        sender=UserId(sender) if sender else None,
        session=text(obj(raw, "content") or {}, "session_id") or "",
        reason=found.reason,
        may_heal=found.reason in _MAY_HEAL,
    )
