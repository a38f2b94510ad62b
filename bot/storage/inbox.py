"""The inbox: what the homeserver sent, stored before anything looked inside.

Refuses nothing and reads nothing. A done item loses its content and keeps its digest, so
that the same item is never taken twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from typing_extensions import override

from bot.domain.ids import RoomId
from bot.ports import InboxItem, NewItem
from bot.storage.database import Row, Values, adding_once, putting
from bot.storage.forms import compact, micros
from bot.storage.part import Part
from bot.storage.tables import INBOX, META, REPLAY

_PENDING, _DONE, _WAITING = 0, 1, 2
_TOKEN = "sync token"  # noqa: S105 - the name of a row
_REMEMBERED, _LARGEST = 1_024, 8_192
"""So many items of at most so many characters are kept open until they are done."""

_ADD = adding_once(INBOX, "key_digest", "state", "told", "sealed")
_PUT_META = putting(META, "name", "value")
_META = select(META.c.value).where(META.c.name == bindparam("name"))
_ITEM = (INBOX.c.number, INBOX.c.key_digest, INBOX.c.sealed)
_TAKE = (select(*_ITEM).where(INBOX.c.state == _PENDING).order_by(INBOX.c.number)).limit(
    bindparam("most")
)
_FINISH = (
    update(INBOX)
    .where(INBOX.c.number == bindparam("item"))
    .values(state=_DONE, sealed=b"", session_digest=None)
)
_SET_ASIDE = (
    update(INBOX)
    .where(INBOX.c.number == bindparam("item"), INBOX.c.state != _DONE)
    .values(state=_WAITING, session_digest=bindparam("session"), since=bindparam("moment"))
)
_WAKE = (
    update(INBOX)
    .where(INBOX.c.session_digest == bindparam("session"), INBOX.c.state == _WAITING)
    .values(state=_PENDING, session_digest=None)
)
_WAKE_ALL = (
    update(INBOX).where(INBOX.c.state == _WAITING).values(state=_PENDING, session_digest=None)
)
_UNTOLD = (
    select(*_ITEM)
    .where(INBOX.c.state == _WAITING, INBOX.c.told == 0, INBOX.c.since < bindparam("before"))
    .order_by(INBOX.c.number)
)
_TELL = update(INBOX).where(INBOX.c.number == bindparam("item")).values(told=1)
_CLAIM = adding_once(REPLAY, "use_digest", "event_digest")
_CLAIMED = select(REPLAY.c.event_digest).where(REPLAY.c.use_digest == bindparam("use_digest"))


class SqlInbox(Part):
    """`ports.Inbox` on SQL."""

    def take(self, token: str, items: Sequence[NewItem]) -> int:
        """Store the items of one sync answer and its token in one transaction."""
        rows = [self._sealed_item(item) for item in items]
        sealed_token = self._seals.inbox.seal(token.encode(), _TOKEN)
        with self._db.writing():
            new = self._db.run_many(_ADD, rows)
            self._db.run(_PUT_META, name=_TOKEN, value=sealed_token)
        return new

    def hand_in(self, item: NewItem) -> None:
        """Store an item that did not come from the homeserver."""
        with self._db.writing():
            self._db.run_many(_ADD, [self._sealed_item(item)])

    def _sealed_item(self, item: NewItem) -> Values:
        digest = self._seals.digest("inbox", item.kind, item.key)
        plain = compact([item.kind, item.key, item.room, item.raw])
        sealed = self._seals.inbox.seal(plain, digest)
        return {"key_digest": digest, "state": _PENDING, "told": 0, "sealed": sealed}

    def token(self) -> str | None:
        """Return the sync token to go on from."""
        found = self._db.row(_META, name=_TOKEN)
        return None if found is None else self._seals.inbox.open(found[0], _TOKEN).decode()

    def pending(self, limit: int = 1000) -> tuple[InboxItem, ...]:
        """Return items not done yet, oldest first."""
        return tuple(self._item(row) for row in self._db.rows(_TAKE, most=limit))

    def done(self, numbers: Iterable[int]) -> None:
        """Mark items as dealt with and forget what was in them."""
        with self._db.writing():
            self._finish(numbers)

    def wait_for_key(self, number: int, room: RoomId, session: str, since: datetime) -> None:
        """Set an undecryptable item aside until its room key comes."""
        digest = self._seals.digest("session", room, session)
        with self._db.writing():
            self._db.run(_SET_ASIDE, item=number, session=digest, moment=micros(since))

    def key_came(self, room: RoomId, session: str) -> int:
        """Make items waiting for this key pending again; return how many."""
        with self._db.writing():
            return self._db.run(_WAKE, session=self._seals.digest("session", room, session))

    def retry_unreadable(self) -> int:
        """Make every item set aside pending again; return how many."""
        with self._db.writing():
            return self._db.run(_WAKE_ALL)

    def overdue_unreadable(self, before: datetime) -> tuple[InboxItem, ...]:
        """Return items set aside before an instant that nobody was told of; marks them told."""
        # Asked after every step of the intake, and hardly ever is there anything to write.
        rows = self._db.rows(_UNTOLD, before=micros(before))
        if not rows:
            return ()
        with self._db.writing():
            self._db.run_many(_TELL, [{"item": row[0]} for row in rows])
        return tuple(self._item(row) for row in rows)

    def first_uses(self, uses: Sequence[tuple[str, int, str]]) -> tuple[bool, ...]:
        """Durably claim message indexes; False for each that another event used (a replay)."""
        with self._db.writing():
            return tuple(self._first_use(*use) for use in uses)

    def _first_use(self, session: str, index: int, event: str) -> bool:
        use = self._seals.digest("use", session, index)
        claim = self._seals.digest("event", event)
        if self._db.run(_CLAIM, use_digest=use, event_digest=claim):
            return True
        found = self._db.row(_CLAIMED, use_digest=use)
        return found is not None and bool(found[0] == claim)

    def _finish(self, numbers: Iterable[int]) -> None:
        finished = [{"item": number} for number in numbers]
        self._db.run_many(_FINISH, finished)
        for one in finished:
            self._items.pop(one["item"], None)

    def _item(self, row: Row) -> InboxItem:
        """Open an item once: until it is done it is asked for again and again."""
        number, digest, sealed = row
        known = self._items.get(number)
        if known is not None:
            return known
        kind, key, room, raw = json.loads(self._seals.inbox.open(sealed, digest))
        item = InboxItem(number, kind, key, room, raw)
        if len(raw) <= _LARGEST:
            if len(self._items) >= _REMEMBERED:
                self._items.clear()
            self._items[number] = item
        return item

    @override
    def _forget(self) -> None:
        super()._forget()
        self._items: dict[int, InboxItem] = {}
