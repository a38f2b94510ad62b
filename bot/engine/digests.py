"""Digests on the clock: once per reader and period, a late one marked as late, none in silence.

What was given is on record only once all of it is in the room. What cannot be given is told to
the desk and made anew: nothing is kept ready that would be out of date when it comes. Refuses to
take anything but a typed confirmation for reading.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from bot.digest.chart import chart
from bot.digest.compose import compose, reader_zone
from bot.domain import bodies as b
from bot.domain.case import Case, Compartment
from bot.domain.digesting import Digesting, Issue
from bot.domain.ids import CompartmentId
from bot.domain.when import read_schedule
from bot.domain.when_schedule import Every, Rule, Schedule, WallClock
from bot.engine.effects import DigestMark
from bot.engine.events import BotReturned, ClockSet, DeadlineReached, DigestGiven, DigestStopped
from bot.engine.pen import Pen
from bot.words.phrase import Moment, Phrase, phrase

LATE: Final = timedelta(minutes=5)
DELIVERY: Final = "delivery:"
"""What follows a digest up: `delivery:COMPARTMENT:WHAT:TURN-INSTANT:REST`."""
SENT, AGAIN, READ = "sent", "again", "read"
GIVEN_WITHIN: Final = timedelta(minutes=15)
"""So long a digest may wait to be sent before the desk is told."""
TOLD_EVERY: Final = timedelta(hours=6)
TRY_EVERY: Final = timedelta(minutes=15)
_WHY: Final[dict[str, Phrase]] = {
    "no_room": phrase("digest.why_no_room"),
    "held": phrase("digest.why_held"),
    "not_sent": phrase("digest.why_not_sent"),
    "gate_found": phrase("digest.why_gate_found"),
    "gate_failed": phrase("digest.why_gate_failed"),
    "gate_slow": phrase("digest.why_gate_slow"),
}
_DENIED: Final = phrase("digest.why_denied")


def state_of(case: Case, place: CompartmentId) -> Digesting:
    """Return what is known of a reader's digests."""
    return case.digesting.get(place) or Digesting()


def schedule_of(case: Case, place: Compartment, now: datetime) -> Schedule | None:
    """Return a reader's schedule, in the reader's zone where it names none; None for none."""
    own = state_of(case, place.id).schedule
    text = place.digest if own is None else own
    found = read_schedule(text, now=now, zone=reader_zone(case, place)) if text else None
    return found if isinstance(found, Every | WallClock | Rule) else None


def deliver(pen: Pen, reader: Compartment, as_of: datetime, period: str) -> None:
    """Compose a digest, put it in its reader's outbox, and record that it was made.

    `period` is when it was due (ISO 8601), empty for one that was asked for.
    """
    late = bool(period) and as_of - datetime.fromisoformat(period) > LATE
    code = pen.code()
    confirm = state_of(pen.case, reader.id).confirm if period else None
    said = compose(pen.case, reader, as_of, late=late, code=code, confirm=confirm)
    drawn = chart(pen.case, reader.id, as_of)
    pen.append(reader.id, b.DigestSent(reader.id, as_of, period, code))
    mention = tuple(s.id for s in pen.case.seats_in(reader.id)) if period else ()
    pen.give_digest(reader.id, said, DigestMark(code, as_of, bool(period), drawn), mention)
    if period:
        _follow(pen, reader.id, SENT, code, GIVEN_WITHIN)


def arm_next(pen: Pen, place: Compartment, after: datetime) -> None:
    """Arm the next period of a compartment's digest, if it has a schedule, and nothing else.

    The key tells more than the period, so that it never fired before: a period may come a second
    time when the clock was set back. Nothing of it follows from what others do in the case.
    """
    pen.disarm(f"digest:{place.id}:")
    schedule = schedule_of(pen.case, place, after)
    if schedule is not None:
        at = schedule.next_after(after)
        pen.arm(f"digest:{place.id}:{at.isoformat()}@{_turn(pen, place.id, pen.at)}", at)


def clock_set_back(case: Case, event: BotReturned | ClockSet, pen: Pen) -> None:
    """Arm every digest anew: what waits was reckoned by a clock that was ahead."""
    for _, place in sorted(case.compartments.items()):
        if schedule_of(case, place, event.at) is None:
            continue
        arm_next(pen, place, event.at)
        issue = state_of(case, place.id).issue
        if issue is not None and issue.delivered_at is None:
            _follow(pen, place.id, SENT, issue.code, GIVEN_WITHIN)
        elif issue is not None and issue.read_at is None:
            _follow(pen, place.id, READ, issue.code, state_of(case, place.id).confirm)


def reached(case: Case, event: DeadlineReached, pen: Pen) -> None:
    """Deliver the digest of a period that came up, and arm the next one.

    After an outage of several periods one digest is sent, marked late: it says all that the
    missed ones would have said.
    """
    _, place_id, waited = event.key.split(":", 2)
    place = case.compartments.get(CompartmentId(place_id))
    if place is None:
        return
    schedule = schedule_of(case, place, event.due)
    if schedule is None:
        return
    period = waited.partition("@")[0]
    issue = state_of(case, place.id).issue
    if issue is None or issue.period != period:
        _try(pen, place, period)
    after = event.at
    if isinstance(schedule, Every):
        # From when it was due, or each digest would come a little later than the one before.
        after = event.due + (event.at - event.due) // schedule.period * schedule.period
    arm_next(pen, place, after)


def _try(pen: Pen, place: Compartment, period: str) -> None:
    """Deliver a period's digest where it can go; else tell the desk and try again."""
    pen.disarm(f"{DELIVERY}{place.id}:")
    blocked = "no_room" if place.room is None else "held" if place.held else ""
    if not blocked:
        deliver(pen, place, pen.at, period)
        return
    _missed(pen, place.id, period, blocked)
    _follow(pen, place.id, AGAIN, period, TRY_EVERY)


def given(case: Case, event: DigestGiven, pen: Pen) -> None:
    """Put on record that a digest is in its room; from now on its reader has time to confirm."""
    if event.compartment not in case.compartments:
        return
    pen.append(event.compartment, b.DigestDelivered(event.compartment, event.code, event.as_of))
    found = state_of(case, event.compartment)
    if found.issue is not None and found.issue.code == event.code:
        pen.disarm(f"{DELIVERY}{event.compartment}:")
        _follow(pen, event.compartment, READ, event.code, found.confirm)


def stopped(case: Case, event: DigestStopped, pen: Pen) -> None:
    """Make a digest anew that was dropped unsent: at once if it had only waited too long."""
    place = case.compartments.get(event.compartment)
    issue = state_of(case, event.compartment).issue
    if place is None:
        return
    if issue is None or issue.code != event.code:
        pen.tell_desks(
            phrase("digest.stopped", compartment=place.id, why=_WHY.get(event.why, _DENIED))
        )
        return
    if event.why == "late":
        _try(pen, place, issue.period)
        return
    pen.disarm(f"{DELIVERY}{place.id}:")
    _missed(pen, place.id, issue.period, event.why)
    _follow(pen, place.id, AGAIN, issue.period, TRY_EVERY)


def followed_up(case: Case, event: DeadlineReached, pen: Pen) -> None:
    """Look after a digest: was it given, can it be given now, has somebody confirmed it."""
    _, place_id, what, _, rest = event.key.split(":", 4)
    place = case.compartments.get(CompartmentId(place_id))
    if place is None:
        return
    issue = state_of(case, place.id).issue
    if what == AGAIN:
        _try(pen, place, rest)
    elif issue is None or issue.code != rest:
        return
    elif what == SENT and issue.delivered_at is None:
        _missed(pen, place.id, issue.period, "not_sent")
        _follow(pen, place.id, SENT, issue.code, TOLD_EVERY)
    elif what == READ and issue.read_at is None:
        _unread(pen, place, issue)


def _unread(pen: Pen, place: Compartment, issue: Issue) -> None:
    """Tell the desk that nobody confirmed, and remind the reader; then again."""
    times = issue.unread + 1
    pen.append(place.id, b.DigestUnread(place.id, issue.code, times))
    found = state_of(pen.case, place.id)
    at = issue.delivered_at or issue.as_of
    pen.tell_desks(
        phrase(
            "digest.unread",
            code=issue.code,
            compartment=place.id,
            at=Moment(at),
            times=times,
            skipped=found.skipped,
        ),
        urgent=times > 1,
    )
    mention = tuple(s.id for s in pen.case.seats_in(place.id))
    pen.tell(place.id, phrase("digest.remind", code=issue.code), mention=mention)
    _follow(pen, place.id, READ, issue.code, found.confirm)


def _missed(pen: Pen, place: CompartmentId, period: str, why: str) -> None:
    """Tell the desk that a digest has not come: at once, then every few hours."""
    found = state_of(pen.case, place)
    if found.missed_at is not None and timedelta() <= pen.at - found.missed_at < TOLD_EVERY:
        return
    pen.append(place, b.DigestMissed(place, period, why))
    pen.tell_desks(
        phrase(
            "digest.missed",
            compartment=place,
            due=Moment(datetime.fromisoformat(period)),
            why=_WHY.get(why, _DENIED),
            times=found.missed + 1,
        )
    )


def _follow(pen: Pen, place: CompartmentId, what: str, rest: str, after: timedelta) -> None:
    """Look at it again after a while. The key is new each time: one that fired never fires again."""
    at = pen.at + after
    pen.disarm(f"{DELIVERY}{place}:{what}:")
    pen.arm(f"{DELIVERY}{place}:{what}:{_turn(pen, place, at)}:{rest}", at)


def _turn(pen: Pen, place: CompartmentId, at: datetime) -> str:
    return f"{state_of(pen.case, place).turn}-{at.astimezone(UTC):%Y%m%dT%H%M}"
