"""The ladder: what a watch does when its time comes and nobody has reported.

Stage 0 is the reminder at the due time; after the grace come level 1 (the compartment) and
level 2 (the mediators' desk), which repeats for ever at the pace of the step. After an
outage only the highest stage reached is raised, once, with the outage stated.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.digest.compose import last_seen, state_of
from bot.domain import bodies as b
from bot.domain.case import Case, Watch
from bot.domain.ids import Code, SeatId
from bot.domain.vocabulary import Role, WatchState
from bot.engine.events import DeadlineReached
from bot.engine.pen import Pen
from bot.words.phrase import Fact, Moment, Phrase, Ref, SeatName, phrase

LAST_LEVEL = 2
LATE = timedelta(minutes=2)
"""A notice raised later than this says why it is late."""
ACTING = frozenset({Role.VERIFIER, Role.LIAISON, Role.NEGOTIATOR, Role.COORDINATOR})


def key_of(watch: Watch, stage: str) -> str:
    """Return the due key of one stage of the occurrence now waited for."""
    return f"watch:{watch.item.code}:{int(watch.occurrence.timestamp())}:{stage}"


def arm_occurrence(pen: Pen, watch: Watch) -> None:
    """Arm the next due time, forgetting what waited for earlier ones."""
    pen.disarm(f"watch:{watch.item.code}:")
    pen.arm(key_of(watch, "0"), watch.occurrence)


def reached(case: Case, event: DeadlineReached, pen: Pen) -> None:
    """Raise what a due watch has come to; a key that no longer fits its watch does nothing."""
    _, code, occurrence, stage = event.key.split(":", 3)
    watch = case.watches.get(Code(code))
    if watch is None or int(watch.occurrence.timestamp()) != int(occurrence):
        return
    if stage.startswith("ack:"):
        if watch.state is WatchState.ACKED:
            _raise(case, pen, watch, event, min(watch.level + 1, LAST_LEVEL), expired=True)
    elif watch.state is not WatchState.ACKED:
        _raise(case, pen, watch, event, level_at(watch, event.at), expired=False)


def level_at(watch: Watch, now: datetime) -> int:
    """Return the level that the time since the due instant has come to."""
    late = now - watch.occurrence
    if late < watch.grace:
        return 0
    return min(1 + (late - watch.grace) // watch.step, LAST_LEVEL)


def _raise(
    case: Case, pen: Pen, watch: Watch, event: DeadlineReached, level: int, *, expired: bool
) -> None:
    again = level == watch.level == LAST_LEVEL and watch.state is not WatchState.SCHEDULED
    repeat = watch.repeat + 1 if again else 0
    code = watch.item.code
    here = watch.item.compartment
    pen.append(here, b.WatchRaised(code, watch.occurrence, level, repeat), label=watch.item.label)
    acting = actors(case, watch)
    outage = _outage(case, event)
    said = phrase(
        "watch.due" if level == 0 else "watch.overdue",
        code=code,
        kind=watch.kind.value,
        person=Ref(watch.item.record, "person"),
        late=Fact(watch.item.record, max(event.at - watch.occurrence, timedelta(0))),
        level=level,
        last=last_seen(watch, event.at),
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
    stage, at = _next(watch, level, repeat, event.at)
    pen.arm(key_of(watch, stage), at)


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
    if event.due > until:
        return phrase("nothing")
    return phrase("watch.outage", since=Moment(since), until=Moment(until))
