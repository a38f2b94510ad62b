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
from bot.domain.ids import Code, CompartmentId
from bot.domain.ladder import Step
from bot.domain.watch_clock import is_plain, key_of, level_come_to, waits_for, watch_of
from bot.engine import ladder
from bot.engine.events import DeadlineReached, DeadlinesReached, Scene
from bot.engine.pen import Pen
from bot.engine.reaching import Reach, expected, reach_of, step_of
from bot.policy.label import Label
from bot.words.phrase import Fact, Phrase, Ref, phrase

MOST = 128
"""So many checks are one record at most."""
LISTED = 32
"""So many of them are one notice at most: a list to be read on a phone."""


@dataclass(frozen=True, slots=True)
class _Alike:
    """What watches have in common that are raised together; `reach` is a number of `_Reaches`."""

    reach: int
    level: int
    repeat: int
    late: Phrase
    away: tuple[datetime, datetime] | None


class _Reaches:
    """Whom levels reach: looked up once for all watches of one place, label and step."""

    def __init__(self, case: Case, scene: Scene) -> None:
        self._case, self._scene = case, scene
        self._seen: list[tuple[CompartmentId, Label, Step]] = []
        self.found: list[Reach] = []

    def number_of(self, watch: Watch, level: int, step: Step) -> int:
        """Return the number of whom this level of a watch reaches."""
        what = watch.item.compartment, watch.item.label, step
        if what not in self._seen:
            self._seen.append(what)
            self.found.append(reach_of(self._case, self._scene, watch, level))
        return self._seen.index(what)


def reached(case: Case, event: DeadlineReached | DeadlinesReached, pen: Pen, scene: Scene) -> None:
    """Raise what several due watches of one compartment have come to, oldest first."""
    reaches = _Reaches(case, scene)
    # A watch that comes twice is looked at again once it is raised.
    raised: set[Code] = set()
    in_order: dict[_Alike | DeadlineReached, list[Watch]] = {}
    for one in event.each():
        watch = watch_of(case, one.key)
        alike = _alike(case, event.at, one, watch, reaches) if watch is not None else None
        if watch is None or alike is None or watch.item.code in raised:
            in_order[one] = []
        else:
            in_order.setdefault(alike, []).append(watch)
            raised.add(watch.item.code)
    for what, watches in in_order.items():
        if isinstance(what, DeadlineReached):
            ladder.reached(pen.case, what, pen, scene)
        elif len(watches) == 1:
            ladder.raise_level(pen, scene, watches[0], what.level, late=what.late, away=what.away)
        else:
            _raise(pen, what, watches, reaches.found[what.reach])


def _alike(
    case: Case, at: datetime, one: DeadlineReached, watch: Watch, reaches: _Reaches
) -> _Alike | None:
    """Return what a due watch has in common with others; None if it is to be raised alone."""
    stage = (waits_for(watch) or ("", None))[0]
    plain = is_plain(stage) and one.key == key_of(watch, stage)
    if not plain or not case.stands(watch.item):
        return None
    level = ladder.bounded(watch, level_come_to(watch, stage, at - one.due))
    step = step_of(watch, level)
    number = reaches.number_of(watch, level, step)
    if step.outside or not reaches.found[number].people:
        return None
    late, away = ladder.why_late(case, one)
    return _Alike(number, level, ladder.repeat_of(watch, level), late, away)


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
    for watch in watches:
        # What fired was what the watch waited for. Should anything else of it wait, that finds it raised.
        waits = waits_for(pen.case.watches[watch.item.code])
        if waits is not None:
            ladder.wait(pen, watch, *waits)


def _tell(pen: Pen, alike: _Alike, watches: list[Watch], reach: Reach) -> None:
    here = watches[0].item.compartment
    lines = tuple(_line(pen, watch, alike.level) for watch in watches)
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
            checks=tuple(phrase("watch.desk_one", code=watch.item.code) for watch in watches),
        )

    ladder.spread(pen, reach, said, at_desk)


def _line(pen: Pen, watch: Watch, level: int) -> Phrase:
    """Return one check of a list."""
    record, last = watch.item.record, last_seen(watch, pen.at)
    kind, person = watch.kind.value, Ref(record, "person")
    if level:
        late = Fact(record, max(pen.at - watch.occurrence, timedelta(0)))
        return phrase(
            "watch.overdue_one",
            kind=kind,
            person=person,
            code=watch.item.code,
            late=late,
            last=last,
        )
    grace = Fact(record, watch.occurrence + watch.grace)
    return phrase(
        "watch.due_one", kind=kind, person=person, code=watch.item.code, grace=grace, last=last
    )
