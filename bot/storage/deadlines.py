"""Due times: the only place where anything waits for the clock.

A key that fired stays as a tombstone, so that it never fires again. Only the times stand in
clear, because the database must order them; each is bound to its key and cannot be moved. Keys of
one kind and name (`watch:CODE:`) lie under one digest, so that they are found without opening what
else waits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import bindparam, delete, func, or_, select

from bot.domain.ids import CaseId
from bot.ports import DueRow
from bot.storage.database import Values, putting
from bot.storage.forms import compact, instant, micros
from bot.storage.part import Part
from bot.storage.tables import DUE, META

_BEAT = "beat"
_LONG_AGO = -(2**62)
_NAMING = 2
"""Parts of a key that say of what kind it is, and whose."""

_FIRE = putting(DUE, "key_digest", "case_digest", "at", "sealed")
# A tombstone stays one.
_ARM = putting(
    DUE, "key_digest", "case_digest", "at", "sealed", anew="at sealed", kept="due.at IS NULL"
)
_DUE = (
    select(DUE.c.key_digest, DUE.c.at, DUE.c.sealed, DUE.c.number)
    .where(
        DUE.c.at <= bindparam("now"),
        DUE.c.at >= bindparam("since"),
        or_(DUE.c.at > bindparam("since"), DUE.c.number > bindparam("behind")),
    )
    .order_by(DUE.c.at, DUE.c.number)
).limit(bindparam("most"))
_WAITING = select(DUE.c.key_digest, DUE.c.at, DUE.c.sealed).where(DUE.c.at.is_not(None))
_OF_GROUP = _WAITING.where(DUE.c.case_digest == bindparam("group"))
_FORGET = delete(DUE).where(DUE.c.key_digest == bindparam("key"))
_EARLIEST = select(func.min(DUE.c.at))
_PUT_META = putting(META, "name", "value")
_META = select(META.c.value).where(META.c.name == bindparam("name"))


class SqlDeadlines(Part):
    """`ports.Deadlines` on SQL."""

    def due(
        self, now: datetime, limit: int = 1000, after: DueRow | None = None
    ) -> tuple[DueRow, ...]:
        """Return rows whose time has come, oldest first; only those behind `after`."""
        since, behind = (_LONG_AGO, 0) if after is None else (micros(after.at), after.number)
        found = self._db.rows(_DUE, now=micros(now), since=since, behind=behind, most=limit)
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
        self._db.run_many(
            _FIRE,
            [
                {
                    "key_digest": self._seals.digest("due", case, key),
                    "case_digest": self._group(case, _named(key)),
                    "at": None,
                    "sealed": b"",
                }
                for key in keys
            ],
        )

    def _disarm(self, case: CaseId, prefixes: Iterable[str]) -> None:
        """Forget what waits and starts with one of the prefixes."""
        by_name: dict[str, tuple[str, ...]] = {}
        for prefix in prefixes:
            name = _named(prefix)
            by_name[name] = (*by_name.get(name, ()), prefix)
        anywhere = by_name.pop("", ())
        gone = []
        for digest, row in self._waiting(case, by_name, everything=bool(anywhere)):
            starts = (*anywhere, *by_name.get(_named(row.key), ()))
            if row.case == case and row.key.startswith(starts):
                gone.append({"key": digest})
        self._db.run_many(_FORGET, gone)

    def _waiting(
        self, case: CaseId, names: Iterable[str], *, everything: bool
    ) -> Iterator[tuple[bytes, DueRow]]:
        """Return what waits of these names, and without any; or all that waits, of any case."""
        if everything:
            found = self._db.rows(_WAITING)
        else:
            groups = ("", *names) if names else ()
            found = [
                row
                for name in groups
                for row in self._db.rows(_OF_GROUP, group=self._group(case, name))
            ]
        return ((row[0], self._due_row(*row)) for row in found)

    def _group(self, case: CaseId, name: str) -> bytes:
        """Return the digest that keys of one kind and name share; the case's own for all others.

        An older program laid every key under the case.
        """
        if name:
            return self._seals.digest("due group", case, name)
        return self._seals.digest("due case", case)

    def _arm(self, rows: Iterable[DueRow]) -> None:
        self._db.run_many(_ARM, [self._sealed_due(row) for row in rows])

    def _sealed_due(self, row: DueRow) -> Values:
        digest = self._seals.digest("due", row.case, row.key)
        at = micros(row.at)
        return {
            "key_digest": digest,
            "case_digest": self._group(row.case, _named(row.key)),
            "at": at,
            "sealed": self._seals.due.seal(compact([row.case, row.key]), digest, at),
        }

    def _due_row(self, digest: bytes, at: int, sealed: bytes, number: int = 0) -> DueRow:
        case, key = json.loads(self._seals.due.open(sealed, digest, at))
        return DueRow(CaseId(case), key, instant(at), number)


def _named(key: str) -> str:
    """Return the kind and name that a key or a prefix begins with; empty if it has none."""
    parts = key.split(":", 2)
    return ":".join(parts[:2]) if len(parts) > _NAMING else ""
