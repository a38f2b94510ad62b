"""The ladder: what a watch does when its time comes and nobody has reported.

Stage 0 is the reminder at the due time; after the grace come level 1 (the compartment) and
level 2 (the mediators' desk), which repeats for ever at the pace of the step. After an
outage only the highest stage reached is raised, once, with the outage stated.

Within one occurrence the level never falls and a key is never armed twice: a key that fired
never fires again, so a ladder that came back to it would be silent for ever.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.digest.compose import last_seen, state_of
from bot.domain import bodies as b
from bot.domain.case import Case, Watch
from bot.domain.ids import Code, SeatId
from bot.domain.vocabulary import Role, WatchState
from bot.domain.when import read_schedule
from bot.domain.when_schedule import Every, WallClock
from bot.engine.events import BotReturned, DeadlineReached
from bot.engine.pen import Pen
from bot.words.phrase import Fact, Moment, Phrase, Ref, SeatName, phrase

LAST_LEVEL = 2
LATE = timedelta(minutes=2)
"""A notice raised later than this says why it is late."""
ROUNDING = timedelta(minutes=1)
"""Intervals are counted from the full minute."""
ACTING = frozenset({Role.VERIFIER, Role.LIAISON, Role.NEGOTIATOR, Role.COORDINATOR})


def key_of(watch: Watch, stage: str) -> str:
    """Return the due key of one stage of the occurrence now waited for.

    It names the last report too: after the clock went back, the same instant may be waited for
    a second time.
    """
    since = watch.last_report or watch.item.record
    return f"watch:{watch.item.code}:{int(watch.occurrence.timestamp())}-{since}:{stage}"


def arm_occurrence(pen: Pen, watch: Watch) -> None:
    """Arm the next due time, forgetting what waited for earlier ones."""
    pen.disarm(f"watch:{watch.item.code}:")
    pen.arm(key_of(watch, "0"), watch.occurrence)


def reached(case: Case, event: DeadlineReached, pen: Pen) -> None:
    """Raise what a due watch has come to; a key that no longer fits its watch does nothing."""
    _, code, _, stage = event.key.split(":", 3)
    watch = case.watches.get(Code(code))
    if watch is None or event.key != key_of(watch, stage):
        return
    if not case.stands(watch.item):
        _ended(case, pen, watch)
        return
    outage = _outage(case, event)
    if stage.startswith("ack:"):
        if watch.state is WatchState.ACKED:
            level = min(watch.level + 1, LAST_LEVEL)
            _raise(case, pen, watch, level, outage=outage, expired=True)
    elif watch.state is not WatchState.ACKED:
        level = max(watch.level, int(stage.split(":")[0]), level_at(watch, event.at))
        _raise(case, pen, watch, level, outage=outage)


def clock_set_back(case: Case, event: BotReturned, pen: Pen) -> None:
    """Raise at once what would now wait for a time that was right under the wrong clock.

    That is every watch that is due, an acknowledged one too, and each one whose next check is
    more than two periods away.
    """
    why = phrase("watch.set_back")
    for _, watch in sorted(case.watches.items()):
        if not case.stands(watch.item):
            continue
        if watch.state is WatchState.SCHEDULED and watch.occurrence <= _two_periods(
            watch, event.at
        ):
            continue
        due = replace(watch, occurrence=min(watch.occurrence, event.at))
        _raise(case, pen, due, watch.level, outage=why)


def _two_periods(watch: Watch, now: datetime) -> datetime:
    """Return the latest instant that an honest next check can have: a report may be early."""
    schedule = read_schedule(watch.schedule, now=now, zone="UTC")
    if not isinstance(schedule, Every | WallClock):
        raise TypeError("a recorded schedule must read")
    return schedule.next_after(schedule.next_after(now)) + ROUNDING


def level_at(watch: Watch, now: datetime) -> int:
    """Return the level that the time since the due instant has come to."""
    late = now - watch.occurrence
    if late < watch.grace:
        return 0
    return min(1 + (late - watch.grace) // watch.step, LAST_LEVEL)


def _raise(
    case: Case, pen: Pen, watch: Watch, level: int, *, outage: Phrase, expired: bool = False
) -> None:
    again = level == watch.level == LAST_LEVEL and watch.state is not WatchState.SCHEDULED
    repeat = watch.repeat + 1 if again else 0
    code = watch.item.code
    here = watch.item.compartment
    pen.append(here, b.WatchRaised(code, watch.occurrence, level, repeat), label=watch.item.label)
    acting = actors(case, watch)
    said = phrase(
        "watch.due" if level == 0 else "watch.overdue",
        code=code,
        kind=watch.kind.value,
        person=Ref(watch.item.record, "person"),
        late=Fact(watch.item.record, max(pen.at - watch.occurrence, timedelta(0))),
        level=level,
        last=last_seen(watch, pen.at),
        expected=tuple(phrase("watch.actor", seat=SeatName(s)) for s in acting)
        or phrase("watch.expected_nobody"),
        expired=phrase("watch.ack_expired") if expired else phrase("nothing"),
        outage=outage,
        grace=Fact(watch.item.record, watch.occurrence + watch.grace),
    )
    pen.tell(here, said, mention=acting, urgent=True)
    if level == LAST_LEVEL:
        pen.tell_desks(
            phrase(
                "watch.desk",
                code=code,
                compartment=here,
                level=level,
                repeat=repeat + 1,
                outage=outage,
            )
        )
    if not acting:
        pen.tell_desks(phrase("watch.nobody", code=code, compartment=here))
    pen.disarm(f"watch:{code}:")
    stage, at = _next(watch, level, repeat, pen.at)
    pen.arm(key_of(watch, stage), at)


def _ended(case: Case, pen: Pen, watch: Watch) -> None:
    """Say at the desk that a watch is no more: its words were erased, and nothing is armed again."""
    pen.disarm(f"watch:{watch.item.code}:")
    for desk in case.desks():
        known = watch.item.label.admits(desk.id)
        code = Fact(watch.item.record, watch.item.code)
        named = phrase("watch.ended_code", code=code) if known else phrase("nothing")
        mention = tuple(s.id for s in case.seats_in(desk.id))
        pen.tell(desk.id, phrase("watch.ended", watch=named), mention=mention, urgent=True)


def _next(watch: Watch, level: int, repeat: int, now: datetime) -> tuple[str, datetime]:
    if level == 0:
        return "1", watch.occurrence + watch.grace
    if level < LAST_LEVEL:
        return str(level + 1), max(now, watch.occurrence + watch.grace) + watch.step
    return f"{LAST_LEVEL}:{repeat + 1}", now + watch.step


def actors(case: Case, watch: Watch) -> tuple[SeatId, ...]:
    """Return who is expected to act: verified people of the compartment, verifiers first.

    A report binds, so who is not verified cannot answer; nor can anybody in a room that is
    held or not made yet, because nothing is heard there.
    """
    place = case.compartments[watch.item.compartment]
    if place.held or place.room is None:
        return ()
    seats = [s for s in case.seats_in(place.id) if s.enrolled and s.verified]
    verifiers = tuple(s.id for s in seats if s.role is Role.VERIFIER)
    return verifiers or tuple(s.id for s in seats if s.role in ACTING | {Role.MEDIATOR})


def watch_line(watch: Watch, now: datetime) -> Phrase:
    """Return one line of a list of watches."""
    record = watch.item.record
    return phrase(
        "watch.line",
        code=watch.item.code,
        kind=watch.kind.value,
        person=Ref(record, "person"),
        due=Fact(record, watch.occurrence),
        state=Fact(record, state_of(watch)),
        last=last_seen(watch, now),
    )


def _outage(case: Case, event: DeadlineReached) -> Phrase:
    """Say that the bot was away, where that is why a notice is late."""
    if case.last_outage is None or event.at - event.due < LATE:
        return phrase("nothing")
    since, until = case.last_outage
    if event.due > until or since > until:
        return phrase("nothing")
    return phrase("watch.outage", since=Moment(since), until=Moment(until))
