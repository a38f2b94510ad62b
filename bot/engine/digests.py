"""Digests on the clock: once per reader and period, a late one marked as late."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.digest.compose import compose
from bot.domain import bodies as b
from bot.domain.case import Case, Compartment
from bot.domain.ids import CompartmentId
from bot.domain.when import read_schedule
from bot.domain.when_schedule import Every, WallClock
from bot.engine.events import BotReturned, ClockSet, DeadlineReached
from bot.engine.pen import Pen
from bot.words.phrase import phrase

LATE = timedelta(minutes=5)


def deliver(pen: Pen, reader: Compartment, as_of: datetime, period: str) -> None:
    """Compose and say a digest in its reader's room, and record that it was sent."""
    late = bool(period) and as_of - datetime.fromisoformat(period) > LATE
    digest = compose(pen.case, reader, as_of, late=late)
    pen.append(reader.id, b.DigestSent(reader.id, as_of, period))
    mention = tuple(s.id for s in pen.case.seats_in(reader.id)) if period else ()
    pen.tell(reader.id, digest, mention=mention)


def arm_next(pen: Pen, place: Compartment, after: datetime) -> None:
    """Arm the next period of a compartment's digest, if it has a schedule, and nothing else.

    The key names the case's head too, so that it never fired before: a period may come a second
    time when the clock was set back, and that is on the journal.
    """
    if not place.digest:
        return
    schedule = read_schedule(place.digest, now=after, zone=pen.case.zone)
    if isinstance(schedule, Every | WallClock):
        at = schedule.next_after(after)
        pen.disarm(f"digest:{place.id}:")
        pen.arm(f"digest:{place.id}:{at.isoformat()}@{pen.case.head}", at)


def clock_set_back(case: Case, event: BotReturned | ClockSet, pen: Pen) -> None:
    """Arm every digest anew: what waits was reckoned by a clock that was ahead."""
    for _, place in sorted(case.compartments.items()):
        arm_next(pen, place, event.at)


def reached(case: Case, event: DeadlineReached, pen: Pen) -> None:
    """Deliver the digest of a period that came up, and arm the next one.

    After an outage of several periods one digest is sent, marked late: it says all that the
    missed ones would have said.
    """
    _, place_id, waited = event.key.split(":", 2)
    place = case.compartments.get(CompartmentId(place_id))
    if place is None:
        return
    if place.room is not None:
        deliver(pen, place, event.at, waited.partition("@")[0])
    else:
        pen.tell_desks(phrase("digest.no_room", compartment=place.id))
    arm_next(pen, place, event.at)
