"""Due times: the only place where anything waits for the clock.

A key that fired stays as a tombstone, so that it never fires again. Only the times stand in
clear, because the database must order them; each is bound to its key and cannot be moved.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select
from typing_extensions import override

from bot.domain.ids import CaseId
from bot.ports import DueRow
from bot.storage.database import Values, putting
from bot.storage.forms import compact, instant, micros
from bot.storage.part import Part
from bot.storage.tables import DUE, META

_BEAT = "beat"
_REMEMBERED = 16_384

_FIRE = putting(DUE, "key_digest", "case_digest", "at", "sealed")
# A tombstone stays one.
_ARM = putting(
    DUE, "key_digest", "case_digest", "at", "sealed", anew="at sealed", kept="due.at IS NULL"
)
_DUE = (
    select(DUE.c.key_digest, DUE.c.at, DUE.c.sealed)
    .where(DUE.c.at <= bindparam("now"))
    .order_by(DUE.c.at, DUE.c.number)
).limit(bindparam("most"))
_OF_CASE = select(DUE.c.key_digest, DUE.c.at, DUE.c.sealed).where(
    DUE.c.case_digest == bindparam("case"), DUE.c.at.is_not(None)
)
_FORGET = delete(DUE).where(DUE.c.key_digest == bindparam("key"))
_EARLIEST = select(func.min(DUE.c.at))
_PUT_META = putting(META, "name", "value")
_META = select(META.c.value).where(META.c.name == bindparam("name"))


class SqlDeadlines(Part):
    """`ports.Deadlines` on SQL."""

    def due(self, now: datetime, limit: int = 1000) -> tuple[DueRow, ...]:
        """Return rows whose time has come, oldest first."""
        found = self._db.rows(_DUE, now=micros(now), most=limit)
        return tuple(self._due_row(*row) for row in found)

    def next_at(self) -> datetime | None:
        """Return the earliest waiting time."""
        found = self._db.row(_EARLIEST)
        return None if found is None or found[0] is None else instant(found[0])

    def beat(self, now: datetime) -> datetime | None:
        """Note that the bot is alive at `now`; return the previous beat."""
        with self._db.writing():
            before = self._last_beat()
            self._db.run(_PUT_META, name=_BEAT, value=str(micros(now)).encode())
        return before

    def _last_beat(self) -> datetime | None:
        found = self._db.row(_META, name=_BEAT)
        return None if found is None else instant(int(found[0]))

    def _fire(self, case: CaseId, keys: Iterable[str]) -> None:
        of_case = self._seals.digest("due case", case)
        self._db.run_many(
            _FIRE,
            [
                {
                    "key_digest": self._seals.digest("due", case, key),
                    "case_digest": of_case,
                    "at": None,
                    "sealed": b"",
                }
                for key in keys
            ],
        )

    def _disarm(self, case: CaseId, prefixes: tuple[str, ...]) -> None:
        if not prefixes:
            return
        waiting = self._db.rows(_OF_CASE, case=self._seals.digest("due case", case))
        gone = [row[0] for row in waiting if self._key_of(*row).startswith(prefixes)]
        self._db.run_many(_FORGET, [{"key": digest} for digest in gone])

    def _arm(self, rows: Iterable[DueRow]) -> None:
        self._db.run_many(_ARM, [self._sealed_due(row) for row in rows])

    def _sealed_due(self, row: DueRow) -> Values:
        digest = self._seals.digest("due", row.case, row.key)
        at = micros(row.at)
        return {
            "key_digest": digest,
            "case_digest": self._seals.digest("due case", row.case),
            "at": at,
            "sealed": self._seals.due.seal(compact([row.case, row.key]), digest, at),
        }

    def _key_of(self, digest: bytes, at: int, sealed: bytes) -> str:
        """Return a waiting row's key, from memory if it was opened before: a digest has one key."""
        known = self._opened.get(digest)
        if known is None:
            if len(self._opened) >= _REMEMBERED:
                self._opened.clear()
            known = self._opened[digest] = self._due_row(digest, at, sealed).key
        return known

    @override
    def _forget(self) -> None:
        super()._forget()
        self._opened: dict[bytes, str] = {}

    def _due_row(self, digest: bytes, at: int, sealed: bytes) -> DueRow:
        case, key = json.loads(self._seals.due.open(sealed, digest, at))
        return DueRow(CaseId(case), key, instant(at))
