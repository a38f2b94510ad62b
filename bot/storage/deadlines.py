"""Due times: the only place where anything waits for the clock.

A key that fired stays as a tombstone, so that it never fires again. Only the times stand in
clear, because the database must order them; each is bound to its key and cannot be moved. Keys of
one kind and name (`watch:CODE:`) lie under one digest, so that they are found without opening what
else waits. Of the keys in a bundle (`due_keys`) that is so by place and time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, delete, func, or_, select, update

from bot.domain.ids import CaseId
from bot.ports import DueRow
from bot.storage.database import Values, putting
from bot.storage.due_keys import LARGEST, bundle_key, by_slot, grown, laid, left, name_of, slot_name
from bot.storage.forms import compact, instant, micros
from bot.storage.part import Part
from bot.storage.tables import DUE, META

_BEAT = "beat"
_LONG_AGO = -(2**62)

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
_NEWEST = _OF_GROUP.order_by(DUE.c.number.desc()).limit(1)
_COUNT = select(func.count()).where(DUE.c.case_digest == bindparam("group"))
_GROW = (
    update(DUE)
    .where(DUE.c.key_digest == bindparam("old"))
    .values(
        key_digest=bindparam("key_digest"),
        case_digest=bindparam("case_digest"),
        at=bindparam("at"),
        sealed=bindparam("sealed"),
    )
)
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
                    "case_digest": self._group(case, name_of(key)),
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
            name = name_of(prefix)
            by_name[name] = (*by_name.get(name, ()), prefix)
        anywhere = by_name.pop("", ())
        gone = []
        for digest, row in self._waiting(case, by_name, everything=bool(anywhere)):
            starts = (*anywhere, *by_name.get(name_of(row.key), ()))
            if row.case == case and row.keys:
                self._trim(row, starts)
            elif row.case == case and row.key.startswith(starts):
                gone.append({"key": digest})
        self._db.run_many(_FORGET, gone)

    def _leave(self, case: CaseId, leaves: Iterable[tuple[str, str, datetime]]) -> None:
        """Forget what waits in the bundles of a place and time, and starts with a prefix."""
        of_slot: dict[str, list[str]] = {}
        for prefix, place, at in leaves:
            of_slot.setdefault(slot_name(place, micros(at)), []).append(prefix)
        for slot, prefixes in of_slot.items():
            for row in self._db.rows(_OF_GROUP, group=self._group(case, slot)):
                self._trim(self._due_row(*row), prefixes)

    def _trim(self, row: DueRow, prefixes: Iterable[str]) -> None:
        """Forget some keys of a bundle; an emptied one stays as a tombstone: its key is used up."""
        stay = left(row.keys, prefixes)
        if not stay:
            self._fire(row.case, (row.key,))
        elif len(stay) < len(row.keys):
            self._db.run(_ARM, **self._sealed_due(replace(row, keys=stay)))

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

    def _arm(self, rows: Sequence[DueRow]) -> None:
        self._db.run_many(_ARM, [self._sealed_due(row) for row in rows if not row.place])
        for slot, keys in by_slot(rows).items():
            self._lay(*slot, keys)

    def _lay(self, case: CaseId, place: str, at: datetime, keys: Sequence[str]) -> None:
        """Lay keys beside what waits at a place and time already."""
        slot = slot_name(place, micros(at))
        group = self._group(case, slot)
        found = self._db.row(_NEWEST, group=group)
        newest = None if found is None else self._due_row(*found)
        held = newest.keys if newest is not None and len(newest.keys) < LARGEST else ()
        bundles = laid(held, keys)
        if newest is not None and held:
            first = bundles.pop(0)
            if first != held:
                old = self._seals.digest("due", case, newest.key)
                row = replace(newest, key=grown(newest.key), keys=first)
                self._db.run(_GROW, old=old, **self._sealed_due(row))
        if bundles:
            count = int((self._db.row(_COUNT, group=group) or (0,))[0])
            rows = (
                DueRow(case, bundle_key(slot, number), at, place=place, keys=bundle)
                for number, bundle in enumerate(bundles, count)
            )
            self._db.run_many(_ARM, [self._sealed_due(row) for row in rows])

    def _sealed_due(self, row: DueRow) -> Values:
        digest = self._seals.digest("due", row.case, row.key)
        at = micros(row.at)
        what: list[object] = [row.case, row.key]
        what += [row.place, row.keys] if row.keys else []
        return {
            "key_digest": digest,
            "case_digest": self._group(row.case, name_of(row.key)),
            "at": at,
            "sealed": self._seals.due.seal(compact(what), digest, at),
        }

    def _due_row(self, digest: bytes, at: int, sealed: bytes, number: int = 0) -> DueRow:
        case, key, *bundle = json.loads(self._seals.due.open(sealed, digest, at))
        place, keys = bundle or ("", ())
        return DueRow(CaseId(case), key, instant(at), number, place, tuple(keys))
