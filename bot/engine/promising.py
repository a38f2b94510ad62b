"""What happens to promises, on every side that knows of them, and what is then armed.

Each room is told under its own code, in a record of its own and without anybody's words. A room
that an offer was made in and that accepted nothing hears of nothing but the offer's own end.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from bot.domain import bodies as b
from bot.domain.case import Case, Commitment, Offer, Seat
from bot.domain.fold_commitment import promise_of
from bot.domain.ids import Code, CompartmentId, PartyId
from bot.domain.promise_clock import DUE, EVENT, LAPSE, LATE, REMIND, key_of, waits_for
from bot.domain.promise_states import ENDED, KEPT, Happening, can
from bot.domain.terms import NOBODY_PARTY
from bot.domain.vocabulary import CommitmentState as S
from bot.domain.when_schedule import Anchored, read_schedule
from bot.engine.anchored import events_of
from bot.engine.events import DeadlineReached
from bot.engine.pen import Pen
from bot.engine.promise_told import said
from bot.engine.promise_words import alias, when_said
from bot.engine.seated import speaks_for_party
from bot.policy.label import owned_by_all
from bot.words.phrase import Fact, PartyName, phrase

_LONG_AGO: Final = datetime(1900, 1, 1, tzinfo=UTC)
RECEIPTS: Final[dict[Happening, str]] = {
    Happening.MINIMUM: "fulfilment",
    Happening.PARTIAL: "fulfilment",
    Happening.FULL: "fulfilment",
    Happening.KEPT: "verdict",
    Happening.PARTLY: "verdict",
    Happening.BROKEN: "verdict",
    Happening.DISPUTED: "dispute",
    Happening.SETTLED: "dispute",
    Happening.SUPERSEDED: "ending",
    Happening.WITHDRAWN: "ending",
}
"""What is proved by a receipt, and how its file is called."""


def sides(case: Case, root: Code, *, offered: bool = False) -> Iterator[Commitment | Offer]:
    """Return a promise on each side that hears of it; with `offered` also where nobody accepted."""
    own = case.commitments.get(root)
    if own is None:
        unlinked = case.offers.get(root)
        if unlinked is not None and case.stands(unlinked.item):
            yield unlinked
        return
    if case.stands(own.item):
        yield own
    for place, code in own.offers:
        found = case.offers[code]
        hears = found.accepted or (offered and not found.refused) or _verifies(case, found, place)
        if hears and case.stands(found.item):
            yield found


def _verifies(case: Case, found: Offer, place: CompartmentId) -> bool:
    """Tell whether the verifier of an offer sits where it was released to."""
    terms = found.terms
    return terms.verifier != NOBODY_PARTY and any(
        seat.party == terms.verifier for seat in case.seats_in(place)
    )


def arm(pen: Pen, root: Code) -> None:
    """Arm what a promise now waits for, and forget whatever it waited for before."""
    pen.disarm(f"promise:{root}:")
    lead = next(sides(pen.case, root), None)
    waits = waits_for(lead, events_of(pen.case), pen.at) if lead is not None else None
    if lead is not None and waits is not None:
        stage, at = waits
        pen.arm(key_of(root, lead, stage), at)


def happens(
    pen: Pen,
    root: Code,
    happening: Happening,
    party: PartyId | None = None,
    *,
    instead: Code | None = None,
    done: tuple[CompartmentId, Code] | None = None,
) -> None:
    """Tell every side that something happened, then arm what follows and what it sets free.

    `done` is where somebody did it, and under which code: there it has happened already.
    """
    ending = happening in (Happening.LAPSED, Happening.WITHDRAWN, Happening.SUPERSEDED)
    hear = tuple(sides(pen.case, root, offered=ending))
    # Only whoever has to do it is reminded.
    for side in hear[:1] if happening is Happening.REMINDED else hear:
        code, place = side.item.code, side.item.compartment
        if done is not None and code == done[1]:
            if place != done[0]:
                pen.tell(place, said(side, happening, party, side.item.record, instead))
            continue
        if not can(side.state, happening):
            continue
        there = alias(pen.case, instead, place) if instead is not None else None
        owners = {side.obligor, side.obligee, *((party,) if party is not None else ())}
        label = side.item.label.join(owned_by_all(frozenset(owners), pen.case.readers_of(place)))
        record = pen.append(place, b.PromiseTold(code, happening, party, there), label=label)
        now = promise_of(pen.case, code) or side
        urgent = happening in _URGENT
        asked = tuple(s.id for s in pen.case.seats_in(place) if _asked(pen.case, now, s))
        words = said(now, happening, party, record, there)
        pen.tell(place, words, mention=asked if urgent else (), urgent=urgent)
        if happening in RECEIPTS:
            pen.give_receipt(place, record, f"{RECEIPTS[happening]}-{code}")
    arm(pen, root)
    settle(pen)


_URGENT: Final = frozenset(
    {Happening.REMINDED, Happening.DUE_CAME, Happening.GRACE_OVER, Happening.END_ASKED}
)


def _asked(case: Case, side: Commitment | Offer, seat: Seat) -> bool:
    """Tell whether a person speaks for a side of a promise, or verifies it."""
    speaks = seat.party in (side.obligor, side.obligee) and speaks_for_party(case, seat)
    return speaks or seat.party == side.terms.verifier


def holds(case: Case, found: Commitment, now: datetime) -> bool:
    """Tell whether every condition of a promise is met, as the room it was made in knows it."""
    for condition in found.terms.conditions:
        if condition.event:
            event = case.anchors.get(condition.event)
            if event is None or event.at > now:
                return False
            continue
        other = promise_of(case, condition.promise)
        if other is None or not kept(other):
            return False
    return True


def kept(found: Commitment | Offer) -> bool:
    """Tell whether a promise counts as kept: with a verifier, only once it was found so."""
    judged = found.terms.verifier == NOBODY_PARTY or found.verdict is not None
    return found.state in KEPT and judged


def settle(pen: Pen) -> None:
    """Put in force what only waited for a condition that now holds."""
    for code, found in sorted(pen.case.commitments.items()):
        waits = found.state is S.ACCEPTED and pen.case.stands(found.item)
        if waits and holds(pen.case, found, pen.at):
            happens(pen, code, Happening.CONDITION_HELD)


_NEXT: Final[dict[str, Happening]] = {
    LAPSE: Happening.LAPSED,
    REMIND: Happening.REMINDED,
    DUE: Happening.DUE_CAME,
    LATE: Happening.GRACE_OVER,
}


def reached(case: Case, event: DeadlineReached, pen: Pen) -> None:
    """Do what a promise waited for; a key that no longer fits it does nothing."""
    _, code, _, _, stage = event.key.split(":", 4)
    root = Code(code)
    lead = next(sides(case, root), None)
    # Armed by the side that was erased since, it is still due on the other.
    armed = (lead, case.commitments.get(root))
    if lead is None or event.key not in {key_of(root, s, stage) for s in armed if s is not None}:
        return
    if stage.startswith(EVENT):
        settle(pen)
        arm(pen, root)
        return
    happening = _NEXT[stage]
    late = lead.due + lead.terms.grace
    if happening is Happening.REMINDED and event.at >= lead.due:
        happening = Happening.DUE_CAME
    if happening is Happening.DUE_CAME and event.at >= late:
        happening = Happening.GRACE_OVER
    happens(pen, root, happening)


def accepted(pen: Pen, root: Code) -> None:
    """Tell a promise's verifier that it was accepted; then arm it and see what it waits for."""
    for place, code in pen.case.commitments[root].offers:
        copy = pen.case.offers[code]
        if not copy.accepted and pen.case.stands(copy.item) and _verifies(pen.case, copy, place):
            catch_up(pen, code, root)
    arm(pen, root)
    settle(pen)


def catch_up(pen: Pen, code: Code, root: Code, *, quietly: bool = False) -> None:
    """Bring a verifier's copy to where its promise stands, and say that it was accepted."""
    own, copy = pen.case.commitments[root], pen.case.offers[code]
    place = copy.item.compartment
    if not _verifies(pen.case, copy, place):
        return
    owners = owned_by_all(frozenset({own.obligor, own.obligee}), pen.case.readers_of(place))
    record = None
    for step in own.story:
        if can(pen.case.offers[code].state, step.happening):
            told = b.PromiseTold(code, step.happening, step.party)
            record = pen.append(place, told, label=copy.item.label.join(owners))
    if record is not None and not quietly:
        at = Fact(record, own.accepted_at or pen.at)
        party = PartyName(own.obligee)
        pen.tell(place, phrase("promise.told.accepted", party=party, code=code, at=at))


def event_set(pen: Pen, name: str) -> None:
    """Date every promise that counts from an event, and tell each room that reads it."""
    for root, own in sorted(pen.case.commitments.items()):
        if own.state in ENDED:
            continue
        for side in tuple(sides(pen.case, root, offered=True)):
            _redate(pen, side, name)
        arm(pen, root)
    settle(pen)


def _redate(pen: Pen, side: Commitment | Offer, name: str) -> None:
    schedule = read_schedule(
        side.terms.hangs or "-", now=pen.at, zone="UTC", anchors=events_of(pen.case)
    )
    if not isinstance(schedule, Anchored) or schedule.name != name:
        return
    due = schedule.next_after(_LONG_AGO)
    if due == side.due:
        return
    code, place = side.item.code, side.item.compartment
    was = when_said(side.item.record, side)
    record = pen.append(
        place,
        b.PromiseDated(code, name, side.due, due, schedule.normal()),
        label=side.item.label,
    )
    now = promise_of(pen.case, code) or side
    pen.tell(
        place,
        phrase("promise.redated", code=code, name=name, due=when_said(record, now), was=was),
    )
