"""The ladder: what a watch does when its time comes and nobody has reported.

Stage 0 is the reminder at the due time; after the grace come the levels of the watch's own ladder,
whose last one repeats for ever. After an outage only the level that time has come to is raised,
once, with the outage stated. A level that nobody can answer is skipped in the same breath, and the
desk is told so once.

Within one occurrence the level never falls. A key is judged by what its watch waits for when it
comes up: a row may come up twice, and whatever is waited for is armed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.digest.compose import due_of, last_seen
from bot.domain import bodies as b
from bot.domain.case import Case, Watch
from bot.domain.ids import Code, CompartmentId, SeatId
from bot.domain.vocabulary import WatchState
from bot.domain.watch_clock import is_plain, key_of, ladder_of, level_come_to, waits_for
from bot.domain.when import Ambiguous, NotATime
from bot.domain.when_schedule import Schedule, read_schedule
from bot.engine.events import BotReturned, ClockSet, DeadlineReached, Scene
from bot.engine.pen import Pen
from bot.engine.reaching import Reach, expected, reach_of, step_of
from bot.words.phrase import Fact, Moment, Phrase, Ref, phrase

LATE = timedelta(minutes=2)
"""A notice raised later than this says why it is late."""
ROUNDING = timedelta(minutes=1)
"""Intervals are counted from the full minute."""
AT_ONCE = 200
"""So many watches are raised in the event that sets a clock back; the others right after it."""
NOTHING = phrase("nothing")


def arm(pen: Pen, code: Code) -> None:
    """Arm what a watch now waits for, and forget whatever it waited for before."""
    watch = pen.case.watches[code]
    forget(pen, code)
    waits = waits_for(watch)
    if waits is None:
        return
    stage, at = waits
    if is_plain(stage):
        pen.lay(watch.item.compartment, at, (key_of(watch, stage),))
    else:
        pen.arm(key_of(watch, stage), at)


def wait_all(pen: Pen, here: CompartmentId, watches: Iterable[Watch]) -> None:
    """Arm what watches of one compartment wait for, each a check or a level: one lot for each time."""
    by_time: dict[datetime, list[str]] = {}
    for watch in watches:
        waits = waits_for(watch)
        if waits is not None:
            by_time.setdefault(waits[1], []).append(key_of(watch, waits[0]))
    for at, keys in by_time.items():
        pen.lay(here, at, keys)


def forget(pen: Pen, code: Code) -> None:
    """Forget whatever a watch waited for before this decision."""
    old = pen.before.watches.get(code)
    waits = waits_for(old) if old is not None else None
    if old is None or waits is None or not is_plain(waits[0]):
        pen.disarm(f"watch:{code}:")
    else:
        pen.disarm(f"watch:{code}:", (old.item.compartment, waits[1]))


def schedule_of(watch: Watch, now: datetime) -> Schedule:
    """Return a watch's schedule."""
    schedule = read_schedule(watch.schedule, now=now, zone="UTC")
    if isinstance(schedule, Ambiguous | NotATime):
        raise TypeError("a recorded schedule must read")
    return schedule


def reached(case: Case, event: DeadlineReached, pen: Pen, scene: Scene) -> None:
    """Raise what a due watch has come to; a key that no longer fits its watch raises nothing."""
    _, code, _, stage = event.key.split(":", 3)
    watch = case.watches.get(Code(code))
    if watch is None or event.key != key_of(watch, stage) or watch.state is WatchState.ENDED:
        return
    if not case.stands(watch.item):
        _erased(case, pen, watch)
        return
    waits = waits_for(watch)
    if stage.startswith("back:"):
        if not _is_as_it_was(watch, stage):
            return
    elif waits is None or stage != waits[0]:
        if is_plain(stage):
            # It was raised or settled meanwhile. What it waits for now is armed, or it is by this.
            arm(pen, watch.item.code)
        return
    outage, away = why_late(case, event)
    if stage.startswith("until:"):
        resume(pen, scene, watch.item.code, None)
    elif stage.startswith("ack:"):
        raise_level(pen, scene, watch, watch.level + 1, late=outage, away=away, expired=True)
    elif stage.startswith("back:") and watch.state is not WatchState.SUSPENDED:
        _raise_again(pen, scene, watch)
    elif watch.state not in (WatchState.ACKED, WatchState.SUSPENDED):
        level = bounded(watch, level_come_to(watch, stage, event.at - event.due))
        raise_level(pen, scene, watch, level, late=outage, away=away)


def resume(pen: Pen, scene: Scene, code: Code, by: SeatId | None) -> None:
    """End a suspension: what was overdue goes on at its level, what fell due meanwhile is due now."""
    watch = pen.case.watches[code]
    occurrence = watch.occurrence
    if watch.level == 0:
        occurrence = max(occurrence, pen.at)
    here = watch.item.compartment
    pen.append(here, b.WatchResumed(code, by, occurrence), label=watch.item.label)
    watch = pen.case.watches[code]
    if occurrence <= pen.at:
        raise_level(pen, scene, watch, watch.level, late=phrase("watch.resumed_raise"))
    else:
        arm(pen, code)
        pen.tell(here, phrase("watch.resumed", code=code, next=due_of(watch)))
    pen.tell_desks(
        phrase("watch.resumed_desk", code=code, compartment=watch.item.compartment), urgent=False
    )


def clock_set_back(case: Case, event: BotReturned | ClockSet, pen: Pen, scene: Scene) -> None:
    """Raise at once what would now wait for a time that was right under the wrong clock.

    That is every watch that is due, an acknowledged one too, and each one whose next check is
    more than two periods away. A suspension was given an end by two people, and keeps it.
    """
    # Sorted are only those: to sort a hundred thousand keeps everybody waiting.
    wrong = [code for code, watch in case.watches.items() if _waits_wrongly(case, watch, event.at)]
    for number, code in enumerate(sorted(wrong)):
        watch = case.watches[code]
        if number < AT_ONCE:
            _raise_again(pen, scene, watch)
        else:
            forget(pen, code)
            pen.arm(key_of(watch, f"back:{_stands(watch)}:{event.id}"), event.at)


def _waits_wrongly(case: Case, watch: Watch, now: datetime) -> bool:
    """Tell whether a watch waits for a time that was right under the wrong clock."""
    if watch.state in (WatchState.ENDED, WatchState.SUSPENDED) or not case.stands(watch.item):
        return False
    return watch.state is not WatchState.SCHEDULED or watch.occurrence > _two_periods(watch, now)


def _stands(watch: Watch) -> str:
    """Return how a watch stands: another, once it was raised, quietened or settled since."""
    raised = int(watch.raised_at.timestamp() * 1_000_000) if watch.raised_at is not None else ""
    return f"{watch.state.value}.{raised}.{watch.stilled_by or ''}"


def _is_as_it_was(watch: Watch, stage: str) -> bool:
    """Tell whether a watch stands as when its clock was set back; an older program noted nothing."""
    stands = stage.split(":")[1]
    return stands == _stands(watch) or stands.count(".") != _stands(watch).count(".")


def _raise_again(pen: Pen, scene: Scene, watch: Watch) -> None:
    due = replace(watch, occurrence=min(watch.occurrence, pen.at))
    raise_level(pen, scene, due, watch.level, late=phrase("watch.set_back"))


def _two_periods(watch: Watch, now: datetime) -> datetime:
    """Return the latest instant that an honest next check can have: a report may be early."""
    schedule = schedule_of(watch, now)
    return schedule.next_after(schedule.next_after(now)) + ROUNDING


def raise_level(
    pen: Pen,
    scene: Scene,
    watch: Watch,
    level: int,
    *,
    late: Phrase = NOTHING,
    away: tuple[datetime, datetime] | None = None,
    expired: bool = False,
) -> None:
    """Raise a level, or the first one above it that reaches anybody; then arm the next."""
    last = _last(watch)
    level, reach, empty = _climb(pen.case, scene, watch, min(level, last), last)
    repeat = repeat_of(watch, level)
    code = watch.item.code
    new = tuple(n for n in empty if n not in watch.skipped)
    outside = step_of(watch, level).outside if level else ()
    pen.append(
        watch.item.compartment,
        b.WatchRaised(
            code,
            watch.occurrence,
            level,
            repeat,
            new,
            reach.rooms + reach.desks,
            reach.everybody,
            outside,
            away=away,
        ),
        label=watch.item.label,
    )
    over = phrase("watch.ack_expired") if expired else NOTHING
    tell(pen, watch, level, reach, repeat=repeat, late=late, over=over)
    for channel in outside:
        pen.alert(channel, code)
    _tell_empty(pen, watch, new, level)
    arm(pen, code)


def tell(
    pen: Pen,
    watch: Watch,
    level: int,
    reach: Reach,
    *,
    repeat: int,
    late: Phrase,
    over: Phrase = NOTHING,
) -> None:
    """Say to whom a level reaches that one watch has come to it."""
    spread(
        pen,
        reach,
        lambda room: _said(pen, watch, level, room, reach=reach, late=late, over=over),
        lambda: phrase(
            "watch.desk",
            code=watch.item.code,
            compartment=watch.item.compartment,
            level=level,
            repeat=repeat + 1,
            outage=late,
        ),
    )


def spread(
    pen: Pen,
    reach: Reach,
    said: Callable[[CompartmentId], Phrase],
    at_desk: Callable[[], Phrase],
) -> None:
    """Say to each room that a level reaches its own words, and naming who must act; then to desks."""
    for room in reach.rooms:
        pen.tell(room, said(room), mention=reach.people.get(room, ()), urgent=True)
    for desk in reach.desks:
        pen.tell(desk, at_desk(), mention=tuple(s.id for s in pen.case.seats_in(desk)), urgent=True)


def _last(watch: Watch) -> int:
    return max(len(ladder_of(watch)), watch.level)


def bounded(watch: Watch, level: int) -> int:
    """Return a level that was come to: it never falls, and there is none above the last."""
    return min(max(watch.level, level), _last(watch))


def repeat_of(watch: Watch, level: int) -> int:
    """Return which repeat it is if this level is raised now; 0 the first time."""
    again = level == watch.level >= _last(watch) and watch.state is not WatchState.SCHEDULED
    return watch.repeat + 1 if again else 0


def _climb(
    case: Case, scene: Scene, watch: Watch, level: int, last: int
) -> tuple[int, Reach, tuple[int, ...]]:
    """Return the first level from here on that reaches anybody, and those that reach nobody.

    The reminder and the last level are said also to nobody: there is no other to go on to.
    """
    empty: list[int] = []
    while True:
        reach = reach_of(case, scene, watch, level)
        if not reach.people:
            empty.append(level)
        if reach.people or level in (0, last) or level >= last:
            return level, reach, tuple(empty)
        level += 1


def _tell_empty(pen: Pen, watch: Watch, empty: tuple[int, ...], level: int) -> None:
    """Tell the desk of levels that nobody can answer: each once in an occurrence."""
    where = watch.item.compartment
    for number in empty:
        if number == level:
            pen.tell_desks(phrase("watch.nobody", code=watch.item.code, compartment=where))
        else:
            pen.tell_desks(
                phrase(
                    "watch.skipped",
                    code=watch.item.code,
                    compartment=where,
                    level=number,
                    next=level,
                )
            )


def _said(
    pen: Pen,
    watch: Watch,
    level: int,
    room: CompartmentId,
    *,
    reach: Reach,
    late: Phrase,
    over: Phrase,
) -> Phrase:
    """Return what a room that may read the watch is told."""
    record = watch.item.record
    own = room == watch.item.compartment
    return phrase(
        "watch.due" if level == 0 else "watch.overdue" if own else "watch.overdue_there",
        code=watch.item.code,
        compartment=watch.item.compartment,
        kind=watch.kind.value,
        person=Ref(record, "person"),
        late=Fact(record, max(pen.at - watch.occurrence, timedelta(0))),
        level=level,
        last=last_seen(watch, pen.at),
        expected=expected(pen.case, reach.everybody, room) or phrase("watch.expected_nobody"),
        expired=over,
        outage=late,
        grace=Fact(record, watch.occurrence + watch.grace),
    )


def _erased(case: Case, pen: Pen, watch: Watch) -> None:
    """Say at the desk that a watch is no more: its words were erased, and nothing is armed again."""
    forget(pen, watch.item.code)
    for desk in case.desks():
        known = watch.item.label.admits(desk.id)
        code = Fact(watch.item.record, watch.item.code)
        named = phrase("watch.ended_code", code=code) if known else phrase("nothing")
        mention = tuple(s.id for s in case.seats_in(desk.id))
        pen.tell(desk.id, phrase("watch.ended", watch=named), mention=mention, urgent=True)


def why_late(case: Case, event: DeadlineReached) -> tuple[Phrase, tuple[datetime, datetime] | None]:
    """Say that the bot was away, or its clock behind, where that is why a notice is late."""
    if event.at - event.due < LATE:
        return NOTHING, None
    for away, key in ((case.last_outage, "watch.outage"), (case.last_clock_set, "watch.set_on")):
        if away is not None and away[0] <= event.due <= away[1]:
            since, until = away
            return phrase(key, since=Moment(since), until=Moment(until)), away
    return NOTHING, None
