"""Watches of one room that come due together: those alike are raised by one record and one notice.

A hundred checks at nine o'clock are one list that a tired person can read, not a hundred messages.
Alike are those of which everything but the check itself is the same: who may read and is told,
the level, why it is late. It refuses whatever is not plain - a level that reaches nobody, one that
calls outside, an acknowledgement or a suspension that ends, a key that is not what its watch waits
for now: that is raised alone, as ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.digest.compose import last_seen
from bot.domain import bodies as b
from bot.domain.case import Case, Watch
from bot.domain.ids import Code, CompartmentId, RecordId
from bot.domain.ladder import Step
from bot.domain.watch_clock import is_plain, key_of, level_come_to, waits_for, watch_of
from bot.engine import ladder
from bot.engine.events import DeadlineReached, DeadlinesReached, Scene
from bot.engine.pen import Pen
from bot.engine.reaching import Reach, expected, reach_of, step_of
from bot.words.phrase import Lengths, Lines, Phrase, Phrases, Refs, Times, Words, phrase

MOST = 256
"""So many checks are one record at most: two full bundles."""
LISTED = 32
"""So many of them are one notice at most: a list to be read on a phone."""
NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class _Alike:
    """What watches have in common that are raised together; `reach` is a number of `_Sorting.reach`."""

    reach: int
    level: int
    repeat: int
    late: Phrase
    away: tuple[datetime, datetime] | None


class _Sorting:
    """Due watches of one place, in the order in which they are raised: those alike together."""

    def __init__(self, case: Case, at: datetime, scene: Scene) -> None:
        self._case, self._at, self._scene = case, at, scene
        self._reaches: list[tuple[tuple[object, ...], Reach]] = []
        self._what: tuple[object, ...] = ()
        self._found: _Alike | None = None
        self._seen: set[Code] = set()
        self.in_order: dict[_Alike | DeadlineReached, list[Watch]] = {}

    def add(self, due: DeadlineReached, key: str) -> None:
        """Sort in what one key of a due row has come to."""
        watch = watch_of(self._case, key)
        alike = self._alike(due, key, watch) if watch is not None else None
        if watch is None or alike is None or watch.item.code in self._seen:
            # A watch that comes twice is looked at again once it is raised.
            self.in_order[due.only(key)] = []
        else:
            self.in_order.setdefault(alike, []).append(watch)
            self._seen.add(watch.item.code)

    def _alike(self, due: DeadlineReached, key: str, watch: Watch) -> _Alike | None:
        """Return what a due watch has in common with others; None if it is to be raised alone."""
        waits = waits_for(watch)
        if waits is None or key != key_of(watch, waits[0]) or not self._case.stands(watch.item):
            return None
        # All that decides it. Of a hundred watches in a row it is the same, and is not found out anew.
        what = (
            waits[0],
            due.due,
            watch.state,
            watch.level,
            watch.repeat,
            watch.grace,
            watch.step,
            watch.ladder,
            watch.item.compartment,
            watch.item.label,
        )
        if what != self._what:
            self._what, self._found = what, self._come_to(due, watch, waits[0])
        return self._found

    def _come_to(self, due: DeadlineReached, watch: Watch, stage: str) -> _Alike | None:
        if not is_plain(stage):
            return None
        level = ladder.bounded(watch, level_come_to(watch, stage, self._at - due.due))
        step = step_of(watch, level)
        number = self._reach(watch, level, step)
        if step.outside or not self.reach(number).people:
            return None
        late, away = ladder.why_late(self._case, due)
        return _Alike(number, level, ladder.repeat_of(watch, level), late, away)

    def _reach(self, watch: Watch, level: int, step: Step) -> int:
        """Return the number of whom this level of a watch reaches: looked up once for all alike."""
        what = watch.item.compartment, watch.item.label, step
        for number, (known, _) in enumerate(self._reaches):
            if known == what:
                return number
        self._reaches.append((what, reach_of(self._case, self._scene, watch, level)))
        return len(self._reaches) - 1

    def reach(self, number: int) -> Reach:
        """Return whom a level reaches."""
        return self._reaches[number][1]


def reached(case: Case, event: DeadlineReached | DeadlinesReached, pen: Pen, scene: Scene) -> None:
    """Raise what several due watches of one compartment have come to, oldest first."""
    found = _Sorting(case, event.at, scene)
    for due in event.rows():
        for key in due.each():
            found.add(due, key)
    for what, watches in found.in_order.items():
        if isinstance(what, DeadlineReached):
            ladder.reached(pen.case, what, pen, scene)
        elif len(watches) == 1:
            ladder.raise_level(pen, scene, watches[0], what.level, late=what.late, away=what.away)
        else:
            _raise(pen, what, watches, found.reach(what.reach))


def _raise(pen: Pen, alike: _Alike, watches: list[Watch], reach: Reach) -> None:
    here, label = watches[0].item.compartment, watches[0].item.label
    checks = tuple((watch.item.code, watch.occurrence) for watch in watches)
    pen.append(
        here,
        b.WatchesRaised(
            checks,
            alike.level,
            alike.repeat,
            reach.rooms + reach.desks,
            reach.everybody,
            alike.away,
        ),
        label=label,
    )
    for begun in range(0, len(watches), LISTED):
        some = watches[begun : begun + LISTED]
        if len(some) > 1:
            _tell(pen, alike, some, reach)
        else:
            ladder.tell(pen, some[0], alike.level, reach, repeat=alike.repeat, late=alike.late)
    # What fired was what they waited for. Should anything else of one wait, that finds it raised.
    ladder.wait_all(pen, here, [pen.case.watches[watch.item.code] for watch in watches])


def _tell(pen: Pen, alike: _Alike, watches: list[Watch], reach: Reach) -> None:
    here = watches[0].item.compartment
    lines = _lines(pen, watches, alike.level)
    key = "watch.overdue_many" if alike.level else "watch.due_many"

    def said(room: CompartmentId) -> Phrase:
        return phrase(
            key if room == here else "watch.overdue_many_there",
            count=len(watches),
            level=alike.level,
            compartment=here,
            outage=alike.late,
            checks=lines,
            expected=expected(pen.case, reach.everybody, room),
        )

    def at_desk() -> Phrase:
        return phrase(
            "watch.desk_many",
            count=len(watches),
            compartment=here,
            level=alike.level,
            repeat=alike.repeat + 1,
            outage=alike.late,
            checks=Lines("watch.desk_one", _about(watches), (_codes(watches),)),
        )

    ladder.spread(pen, reach, said, at_desk)


def _lines(pen: Pen, watches: list[Watch], level: int) -> Lines:
    """Return the checks of a list."""
    last = tuple(last_seen(watch, pen.at) for watch in watches)
    now = pen.at
    times = (
        ("late", Lengths(tuple(max(now - watch.occurrence, NO_TIME) for watch in watches)))
        if level
        else ("grace", Times(tuple(watch.occurrence + watch.grace for watch in watches)))
    )
    return Lines(
        "watch.overdue_one" if level else "watch.due_one",
        _about(watches),
        (
            ("kind", Words(tuple(watch.kind.value for watch in watches))),
            ("person", Refs("person")),
            _codes(watches),
            times,
            ("last", Phrases(last if any(one is not last[0] for one in last) else last[:1])),
        ),
    )


def _about(watches: list[Watch]) -> tuple[RecordId, ...]:
    return tuple(watch.item.record for watch in watches)


def _codes(watches: list[Watch]) -> tuple[str, Words]:
    return "code", Words(tuple(watch.item.code for watch in watches))
