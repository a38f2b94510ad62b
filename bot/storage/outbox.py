"""The outbox: what is still to be sent, in the order in which it was decided.

Refuses to send anything twice: a row id is kept once and for ever. A sent row keeps only
digests. Refuses to take back what left, or began to: from then on nobody knows it to be unread.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select, update
from typing_extensions import override

from bot.domain.ids import CaseId, CompartmentId
from bot.engine.effects import SayDirect
from bot.ports import HasLeft, OutboxRow
from bot.storage.database import Values, adding_once
from bot.storage.forms import instant, micros, row_json, row_of
from bot.storage.part import Part
from bot.storage.tables import OUTBOX

_WAITING, _SENT, _PARKED, _RECALLED = 0, 1, 2, 3
_REMEMBERED = 1_024

_ADD = adding_once(OUTBOX, "row_digest", "room_digest", "urgent", "state", "sealed", "why")
_RANKED = (
    select(
        OUTBOX.c.row_digest,
        OUTBOX.c.sealed,
        OUTBOX.c.urgent,
        OUTBOX.c.number,
        func.row_number()
        .over(
            partition_by=OUTBOX.c.room_digest,
            order_by=(OUTBOX.c.urgent.desc(), OUTBOX.c.number),
        )
        .label("place"),
    )
    .where(OUTBOX.c.state == _WAITING)
    .subquery()
)
_NEXT = (
    select(_RANKED.c.row_digest, _RANKED.c.sealed)
    .where(_RANKED.c.place <= bindparam("each"))
    .order_by(_RANKED.c.urgent.desc(), _RANKED.c.number)
).limit(bindparam("most"))
_SEND = (
    update(OUTBOX)
    .where(OUTBOX.c.row_digest == bindparam("row"))
    .values(state=_SENT, sealed=b"", why=b"", event_digest=bindparam("event"))
)
_PARK = (
    update(OUTBOX)
    .where(OUTBOX.c.row_digest == bindparam("row"), OUTBOX.c.state == _WAITING)
    .values(state=_PARKED, why=bindparam("reason"))
)
_UNPARK = (
    update(OUTBOX)
    .where(OUTBOX.c.room_digest == bindparam("room"), OUTBOX.c.state == _PARKED)
    .values(state=_WAITING, why=b"")
)
# A row that began to leave has a digest where a sent one has that of its Matrix event.
_LEAVE = (
    update(OUTBOX)
    .where(
        OUTBOX.c.row_digest == bindparam("row"),
        OUTBOX.c.state == _WAITING,
        OUTBOX.c.event_digest.is_(None),
    )
    .values(event_digest=bindparam("began"), why=bindparam("at"))
)
_LEAVING = select(OUTBOX.c.why).where(
    OUTBOX.c.row_digest == bindparam("row"),
    OUTBOX.c.state == _WAITING,
    OUTBOX.c.event_digest.is_not(None),
)
_RECALL = (
    update(OUTBOX)
    .where(
        OUTBOX.c.row_digest == bindparam("row"),
        or_(OUTBOX.c.state == _WAITING, OUTBOX.c.state == _PARKED),
        OUTBOX.c.event_digest.is_(None),
    )
    .values(state=_RECALLED, sealed=b"", why=b"")
)
_OURS = select(OUTBOX.c.number).where(OUTBOX.c.event_digest == bindparam("event")).limit(1)


class SqlOutbox(Part):
    """`ports.Outbox` on SQL."""

    def waiting(self, limit: int = 500, each: int = 20) -> tuple[OutboxRow, ...]:
        """Return rows to send: urgent first, then in order of making, few of each room.

        So what piles up for one room never hides what another room waits for.
        """
        rows = self._db.rows(_NEXT, most=limit, each=each)
        return tuple(self._row(*row) for row in rows)

    def sent(self, row: str, event: str) -> None:
        """Mark a row as sent, with the Matrix event id, and forget its content."""
        digest, event_digest = self._seals.digest("row", row), self._seals.digest("sent", event)
        with self._db.writing():
            self._db.run(_SEND, row=digest, event=event_digest)
        self._rows.pop(digest, None)

    def park(self, row: str, why: str) -> None:
        """Keep a denied row aside until its compartment is cleared."""
        digest = self._seals.digest("row", row)
        reason = self._seals.outbox.seal(why.encode(), digest, "why")
        with self._db.writing():
            self._db.run(_PARK, row=digest, reason=reason)
        self._rows.pop(digest, None)

    def unpark(self, case: CaseId, compartment: CompartmentId) -> int:
        """Make a compartment's parked rows waiting again; return how many."""
        with self._db.writing():
            return self._db.run(_UNPARK, room=self._seals.digest("room", case, compartment))

    def departs(self, row: str, now: datetime) -> datetime | None:
        """Note durably that a row begins to leave; return when it first did so.

        None if it was taken back, or does not wait.
        """
        digest = self._seals.digest("row", row)
        at = self._seals.outbox.seal(str(micros(now)).encode(), digest, "why")
        with self._db.writing():
            began = self._db.run(
                _LEAVE, row=digest, began=self._seals.digest("leaving", row), at=at
            )
        if began:
            return now
        found = self._db.row(_LEAVING, row=digest)
        if found is None:
            return None
        # Where it was parked in between, the time is lost.
        return instant(int(self._seals.outbox.open(found[0], digest, "why"))) if found[0] else now

    def was_sent(self, event: str) -> bool:
        """Tell whether a Matrix event id is one of ours."""
        return self._db.row(_OURS, event=self._seals.digest("sent", event)) is not None

    def _row(self, digest: bytes, sealed: bytes) -> OutboxRow:
        """Open a row once: it is asked for again at every wake, and never changes while it waits."""
        known = self._rows.get(digest)
        if known is None:
            if len(self._rows) >= _REMEMBERED:
                self._rows.clear()
            known = self._rows[digest] = row_of(self._seals.outbox.open(sealed, digest))
        return known

    def _recall(self, rows: Iterable[str]) -> None:
        """Take back rows that wait. Raises `HasLeft` if one left, or began to."""
        for row in rows:
            digest = self._seals.digest("row", row)
            if not self._db.run(_RECALL, row=digest):
                raise HasLeft("a row has left")
            self._rows.pop(digest, None)

    @override
    def _forget(self) -> None:
        super()._forget()
        self._rows: dict[bytes, OutboxRow] = {}

    def _send_later(self, rows: Iterable[OutboxRow]) -> None:
        self._db.run_many(_ADD, [self._sealed(row) for row in rows])

    def _sealed(self, row: OutboxRow) -> Values:
        digest = self._seals.digest("row", row.id)
        return {
            "row_digest": digest,
            "room_digest": self._seals.digest("room", row.case, place_of(row)),
            "urgent": int(row.urgent),
            "state": _WAITING,
            "sealed": self._seals.outbox.seal(row_json(row), digest),
            "why": b"",
        }


def place_of(row: OutboxRow) -> str:
    """Return where a row goes: a compartment, or one person's direct room."""
    effect = row.effect
    return f"direct {effect.user}" if isinstance(effect, SayDirect) else effect.compartment
