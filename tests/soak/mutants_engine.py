"""Faults in what is decided: the ladder, acknowledgements, schedules, evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from bot.domain import bodies as b
from bot.domain import when_recurring
from bot.domain.case import Case, Watch
from bot.domain.ids import Code, CompartmentId, Prose
from bot.domain.vocabulary import WatchState
from bot.domain.watch_clock import ladder_of, waits_for
from bot.domain.when_recurring import Every
from bot.domain.when_zones import Fold, Gap, first_valid, settle
from bot.engine import alike, ladder, mediator, met
from bot.engine.commands import reports, watches
from bot.engine.effects import Lay
from bot.engine.events import BotReturned, ClockSet, DeadlineReached, Scene
from bot.engine.ladder import arm
from bot.engine.met import next_due
from bot.engine.pen import Pen
from bot.engine.reaching import Reach, reach_of
from bot.words.phrase import Lines

Planted = tuple[tuple[object, str, object], ...]
Waiting = tuple[str, datetime] | None

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FEW = 2

_lines, _raise = vars(alike)["_lines"], vars(alike)["_raise"]
_reached, _raise_level, _returned = ladder.reached, ladder.raise_level, vars(mediator)["_returned"]


def _waits(change: Callable[[Watch, Waiting], Waiting]) -> Planted:
    return ((ladder, "waits_for", lambda watch: change(watch, waits_for(watch))),)


def _raises(change: Callable[..., int]) -> Planted:
    def raise_level(pen: Pen, scene: Scene, watch: Watch, level: int, **said: object) -> None:
        _raise_level(pen, scene, watch, change(watch, level, **said), **said)  # type: ignore[arg-type]

    return ((ladder, "raise_level", raise_level),)


def _still_overdue(watch: Watch) -> Watch:
    return replace(watch, state=WatchState.OVERDUE) if watch.state is WatchState.ACKED else watch


def raises_while_acked() -> Planted:
    """An acknowledgement changes neither what is armed nor what a deadline does."""

    def reached(case: Case, event: DeadlineReached, pen: Pen, scene: Scene) -> None:
        as_before = {code: _still_overdue(watch) for code, watch in case.watches.items()}
        _reached(replace(case, watches=as_before), event, pen, scene)

    def still(watch: Watch) -> Waiting:
        return waits_for(_still_overdue(watch))

    return (ladder, "reached", reached), (ladder, "waits_for", still)


def ack_never_expires() -> Planted:
    return _waits(lambda watch, waits: None if watch.state is WatchState.ACKED else waits)


def ack_goes_on_at_the_same_level() -> Planted:
    return _raises(lambda _w, level, **said: level - bool(said.get("expired")))


def ack_stills_the_whole_room() -> Planted:
    """Whoever acknowledges one watch is taken to have acknowledged every other in the room."""

    def arms(pen: Pen, code: Code) -> None:
        arm(pen, code)
        acked = pen.case.watches[code]
        if acked.state is not WatchState.ACKED or acked.acked_until is None:
            return
        for name, other in sorted(pen.case.watches.items()):
            due = other.state in (WatchState.GRACE, WatchState.OVERDUE)
            if due and other.item.compartment == acked.item.compartment:
                body = b.WatchAcked(name, acked.by, other.level, acked.acked_until, Prose("too"))
                pen.append(other.item.compartment, body)
                arm(pen, name)

    return ((watches, "arm", arms),)


def last_level_is_said_once() -> Planted:
    def change(watch: Watch, waits: Waiting) -> Waiting:
        at_last = watch.level >= len(ladder_of(watch))
        return None if watch.state is WatchState.OVERDUE and at_last else waits

    return _waits(change)


def gives_up_after_three_times() -> Planted:
    return _waits(lambda watch, waits: None if watch.repeat >= FEW else waits)


def last_level_repeats_an_hour_late() -> Planted:
    def change(watch: Watch, waits: Waiting) -> Waiting:
        return (
            (waits[0], waits[1] + HOUR) if waits and watch.level == len(ladder_of(watch)) else waits
        )

    return _waits(change)


def no_grace() -> Planted:
    def change(watch: Watch, waits: Waiting) -> Waiting:
        return ("1", watch.occurrence + MINUTE) if waits and waits[0] == "1" else waits

    return _waits(change)


def grace_before_every_level() -> Planted:
    def change(watch: Watch, waits: Waiting) -> Waiting:
        return (waits[0], waits[1] + watch.grace) if waits and watch.level else waits

    return _waits(change)


def nothing_before_the_grace_is_over() -> Planted:
    def change(watch: Watch, waits: Waiting) -> Waiting:
        return (waits[0], waits[1] + watch.grace) if waits and waits[0] == "0" else waits

    return _waits(change)


def not_armed_before_the_first_report() -> Planted:
    """The fault of many alarms: the first check of all is waited for by nobody."""

    def arms(pen: Pen, code: Code) -> None:
        if pen.case.watches[code].state is not WatchState.SCHEDULED:
            arm(pen, code)

    return ((watches, "arm", arms),)


def not_armed_after_a_report() -> Planted:
    return ((met, "arm", lambda _pen, _code: None),)


def leaves_a_level_out() -> Planted:
    return _raises(lambda _w, level, **_: level + (level == 1))


def begins_anew_after_an_absence() -> Planted:
    return _raises(lambda _w, level, **said: 0 if said.get("away") else level)


def raises_again_at_every_start() -> Planted:
    def returned(case: Case, event: BotReturned | ClockSet, pen: Pen, scene: Scene) -> None:
        _returned(case, event, pen, scene)
        if isinstance(event, BotReturned):
            for watch in case.watches.values():
                if watch.state is WatchState.OVERDUE:
                    _raise_level(pen, scene, watch, watch.level)

    return ((mediator, "_returned", returned),)


def absence_is_not_told() -> Planted:
    return ((ladder, "why_late", lambda _case, _event: (ladder.NOTHING, None)),)


def nothing_is_raised_when_the_clock_is_set_back() -> Planted:
    return ((ladder, "clock_set_back", lambda *_: None),)


def desk_hears_nothing() -> Planted:
    def reach(case: Case, scene: Scene, watch: Watch, level: int) -> Reach:
        return replace(reach_of(case, scene, watch, level), desks=())

    return ((ladder, "reach_of", reach),)


def own_room_hears_nothing_of_the_last_level() -> Planted:
    def reach(case: Case, scene: Scene, watch: Watch, level: int) -> Reach:
        found = reach_of(case, scene, watch, level)
        rooms: tuple[CompartmentId, ...] = () if found.desks else found.rooms
        return replace(found, rooms=rooms)

    return ((ladder, "reach_of", reach),)


def anything_counts_as_proof() -> Planted:
    return ((reports, "needs_proof", lambda _kind: False),)


def a_report_uses_up_one_check_more() -> Planted:
    def following(watch: Watch, now: datetime) -> datetime:
        due = next_due(watch, now)
        return ladder.schedule_of(watch, due).next_after(due)

    return ((reports, "next_due", following),)


def an_early_report_uses_up_the_check() -> Planted:
    return ((met, "_far", lambda _watch, _now: False),)


def intervals_drift() -> Planted:
    """An interval is counted from whenever the last report came."""

    def following(watch: Watch, now: datetime) -> datetime:
        schedule = ladder.schedule_of(watch, watch.occurrence)
        return now + schedule.period if isinstance(schedule, Every) else next_due(watch, now)

    return ((reports, "next_due", following),)


def zones_are_ignored() -> Planted:
    return (
        (when_recurring, "first_valid", lambda day, clock, _zone: first_valid(day, clock, UTC)),
    )


def clocks_change_a_day_late() -> Planted:
    def valid(day: date, clock: time, zone: tzinfo) -> datetime:
        return first_valid(day - DAY, clock, zone) + DAY

    return ((when_recurring, "first_valid", valid),)


def a_skipped_time_is_left_out() -> Planted:
    def valid(day: date, clock: time, zone: tzinfo) -> datetime:
        if isinstance(settle(day, clock, zone), Gap):
            return datetime.min.replace(tzinfo=UTC)
        return first_valid(day, clock, zone)

    return ((when_recurring, "first_valid", valid),)


def a_doubled_time_is_due_at_its_second() -> Planted:
    def valid(day: date, clock: time, zone: tzinfo) -> datetime:
        found = settle(day, clock, zone)
        return found.second if isinstance(found, Fold) else first_valid(day, clock, zone)

    return ((when_recurring, "first_valid", valid),)


def a_list_leaves_its_last_check_out() -> Planted:
    """Put it on record, and do not say it."""

    def lines(pen: Pen, watches: list[Watch], level: int) -> Lines:
        raised = [w.item.code for w in pen.case.watches.values() if w.raised_at == pen.at]
        made: Lines = _lines(pen, [w for w in watches if w.item.code != max(raised)], level)
        return made

    return ((alike, "_lines", lines),)


def the_first_of_a_list_is_not_armed_again() -> Planted:
    def raise_(pen: Pen, what: object, watches: list[Watch], reach: Reach) -> None:
        armed = len(pen.effects)
        _raise(pen, what, watches, reach)
        first = next(n for n in range(armed, len(pen.effects)) if isinstance(pen.effects[n], Lay))
        laid = pen.effects[first]
        assert isinstance(laid, Lay)
        pen.effects[first : first + 1] = [replace(laid, keys=laid.keys[1:])][: len(laid.keys) - 1]

    return ((alike, "_raise", raise_),)


def a_check_of_a_list_is_raised_alone_too() -> Planted:
    def raise_(pen: Pen, what: object, watches: list[Watch], reach: Reach) -> None:
        _raise(pen, what, watches, reach)
        _raise(pen, what, watches[:1], reach)

    return ((alike, "_raise", raise_),)


ENGINE: Final[Mapping[str, Callable[[], Planted]]] = {
    made.__name__.replace("_", " "): made
    for made in (
        raises_while_acked,
        ack_never_expires,
        ack_goes_on_at_the_same_level,
        ack_stills_the_whole_room,
        last_level_is_said_once,
        gives_up_after_three_times,
        last_level_repeats_an_hour_late,
        no_grace,
        grace_before_every_level,
        nothing_before_the_grace_is_over,
        not_armed_before_the_first_report,
        not_armed_after_a_report,
        leaves_a_level_out,
        begins_anew_after_an_absence,
        raises_again_at_every_start,
        absence_is_not_told,
        nothing_is_raised_when_the_clock_is_set_back,
        desk_hears_nothing,
        own_room_hears_nothing_of_the_last_level,
        anything_counts_as_proof,
        a_report_uses_up_one_check_more,
        an_early_report_uses_up_the_check,
        intervals_drift,
        zones_are_ignored,
        clocks_change_a_day_late,
        a_skipped_time_is_left_out,
        a_doubled_time_is_due_at_its_second,
        a_list_leaves_its_last_check_out,
        the_first_of_a_list_is_not_armed_again,
        a_check_of_a_list_is_raised_alone_too,
    )
}
