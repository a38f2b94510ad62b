"""A check that is met: the next one is armed, and flapping is told once.

One road for every kind of evidence. It refuses to be impressed by a flood of reports: one long
before its time renews the picture, and uses up no check.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.digest.compose import needs_proof
from bot.domain import bodies as b
from bot.domain.case import Case, Compartment, Seat, Watch
from bot.domain.fold_watch import FLAPS
from bot.domain.ids import Code, CompartmentId
from bot.domain.vocabulary import WatchState
from bot.domain.when_schedule import NEVER
from bot.engine.ladder import arm, schedule_of
from bot.engine.pen import Pen
from bot.words.phrase import Fact, phrase

FLAP_WITHIN = timedelta(hours=24)
FLAP_QUIET = timedelta(hours=24)
"""Flapping is told once in so long."""


def next_due(watch: Watch, now: datetime) -> datetime:
    """Return when the check after this report is due."""
    early = now < watch.occurrence and watch.state in (WatchState.SCHEDULED, WatchState.SUSPENDED)
    if early and _far(watch, now):
        return watch.occurrence
    return schedule_of(watch, watch.occurrence).next_after(max(watch.occurrence, now))


def _far(watch: Watch, now: datetime) -> bool:
    """A report long before the due time renews the picture but does not use up the check.

    Long is half a period, or half of the time that a check which comes once was given.
    """
    following = schedule_of(watch, watch.occurrence).next_after(watch.occurrence)
    once = following >= NEVER
    if once and not needs_proof(watch.kind):
        # A paper that is asked for once is there once it is sent.
        return False
    period = watch.occurrence - watch.item.recorded_at if once else following - watch.occurrence
    return watch.occurrence - now > period / 2


def met(pen: Pen, code: Code) -> None:
    """Arm what comes after a report that was strong enough, and tell the desk of flapping."""
    arm(pen, code)
    watch = pen.case.watches[code]
    if len(watch.recoveries) < FLAPS:
        return
    schedule = schedule_of(watch, watch.occurrence)
    period = schedule.next_after(watch.occurrence) - watch.occurrence
    within = max(FLAP_WITHIN, FLAPS * period)
    told = watch.flapped_at
    if pen.at - watch.recoveries[0] > within or (told and pen.at - told < FLAP_QUIET):
        return
    where = watch.item.compartment
    pen.append(where, b.WatchFlapped(code), label=watch.item.label)
    pen.tell_desks(phrase("watch.flapping", code=code, compartment=where, times=FLAPS))


def contact(pen: Pen, seat: Seat, here: Compartment) -> None:
    """Close the contact gaps that a binding line closes: those whose readers could all read it.

    A gap that is watched from elsewhere must not tell there that somebody typed here.
    """
    for code in sorted(pen.case.gaps):
        watch = pen.case.watches[code]
        if watch.party != seat.party or watch.state is WatchState.ENDED:
            continue
        if not counts(pen.case, watch.item.compartment, here):
            continue
        was_due = watch.state not in (WatchState.SCHEDULED, WatchState.SUSPENDED)
        due = schedule_of(watch, pen.at).next_after(pen.at)
        made = pen.append(
            watch.item.compartment,
            b.ContactMade(code, seat.id, watch.occurrence, due),
            label=watch.item.label,
        )
        met(pen, code)
        if was_due:
            said = phrase("watch.contact", code=code, next=Fact(made, due))
            pen.tell(watch.item.compartment, said)


def counts(case: Case, watched_from: CompartmentId, here: Compartment) -> bool:
    """Tell whether what is typed here may be known wherever such a watch is read."""
    label = case.label_in(here.id)
    return all(label.admits(reader) for reader in case.readers_of(watched_from))
