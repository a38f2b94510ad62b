"""A digest is built by inclusion: only items whose label admits the reader are looked at.

What may not be read leaves no trace: no count, no "redacted", no gap in an order. The
sections are the same every time, so that an empty one says nothing about other compartments.
"""

from __future__ import annotations

from datetime import datetime

from bot.domain.case import Case, Commitment, Compartment, Offer, Watch
from bot.domain.ids import CompartmentId, PartyId
from bot.domain.vocabulary import (
    CommitmentState,
    CompartmentKind,
    Strength,
    WatchKind,
    WatchState,
)
from bot.domain.watch_clock import waits_for_event
from bot.domain.when_schedule import NEVER
from bot.words.phrase import Fact, Moment, PartyName, Phrase, Ref, phrase

PROOF = frozenset({Strength.LIVE, Strength.QUESTION, Strength.MEDIA})
"""What counts as proof of life: an assertion or a hearsay sighting never does."""
_PAPERS = frozenset({WatchKind.FAMILY_MESSAGE, WatchKind.LIST_DUE, WatchKind.CONTACT_GAP})


def needs_proof(kind: WatchKind) -> bool:
    """Tell whether only proof satisfies a watch: a letter or a list is no statement on a life."""
    return kind not in _PAPERS


def compose(case: Case, reader: Compartment, as_of: datetime, *, late: bool = False) -> Phrase:
    """Return the digest of a compartment as of an instant."""
    here = reader.id
    promises = _promises(case, here)
    watches = sorted(
        (
            w
            for w in case.watches.values()
            if case.shows(w.item, here) and w.state is not WatchState.ENDED
        ),
        key=lambda w: (w.occurrence, w.item.code),
    )
    overdue = [w for w in watches if w.state in (WatchState.OVERDUE, WatchState.ACKED)]
    decide = _to_decide(case, here, reader.party)
    return phrase(
        "digest",
        day=(as_of - (case.opened_at or as_of)).days + 1,
        as_of=Moment(as_of),
        late=phrase("digest.late") if late else phrase("nothing"),
        marking=phrase("digest.marking"),
        bottom=_bottom_line(len(promises), len(watches), len(overdue)),
        decide=decide or (phrase("digest.nothing_to_decide"),),
        preamble=phrase(
            "digest.preamble" if reader.kind is CompartmentKind.BENCH else "digest.preamble_other",
            sources=len(reader.reads) + 1,
        ),
        status=_status(case, here) or (phrase("digest.no_status"),),
        commitments=tuple(line for _, line in promises) or (phrase("digest.no_commitments"),),
        watches=tuple(_watch_line(w, as_of) for w in watches) or (phrase("digest.no_watches"),),
    )


def _bottom_line(promises: int, watches: int, overdue: int) -> Phrase:
    if overdue:
        return phrase("digest.bottom_overdue", overdue=overdue, promises=promises)
    return phrase("digest.bottom", promises=promises, watches=watches)


def _promises(case: Case, here: CompartmentId) -> list[tuple[datetime, Phrase]]:
    found = [
        (c.due, _promise_line(c))
        for c in case.commitments.values()
        if case.shows(c.item, here)
        and c.state not in (CommitmentState.READ_BACK, CommitmentState.WITHDRAWN)
    ]
    found += [
        (o.due, _offer_line(o))
        for o in case.offers.values()
        if case.shows(o.item, here) and not o.refused
    ]
    return sorted(found, key=lambda pair: pair[0])


def _promise_line(found: Commitment) -> Phrase:
    record = found.item.record
    return phrase(
        "digest.promise",
        code=found.item.code,
        obligor=PartyName(found.obligor),
        obligee=PartyName(found.obligee),
        text=Ref(record, "text"),
        due=Fact(record, found.due),
        state=Fact(record, found.state.value),
    )


def _offer_line(offer: Offer) -> Phrase:
    record = offer.item.record
    return phrase(
        "digest.promise",
        code=offer.item.code,
        obligor=PartyName(offer.obligor),
        obligee=PartyName(offer.obligee),
        text=Ref(record, "text"),
        due=Fact(record, offer.due),
        state=Fact(record, "in force" if offer.accepted else "offered, not answered"),
    )


def _watch_line(watch: Watch, now: datetime) -> Phrase:
    record = watch.item.record
    return phrase(
        "digest.watch",
        code=watch.item.code,
        kind=watch.kind.value,
        person=Ref(record, "person"),
        state=Fact(record, state_of(watch)),
        due=due_of(watch),
        last=last_seen(watch, now),
    )


def due_of(watch: Watch) -> Fact | Phrase:
    """Return when a watch is due, or why it has no time, as its readers may know it."""
    record = watch.item.record
    if watch.occurrence < NEVER:
        return Fact(record, watch.occurrence)
    name = waits_for_event(watch)
    return (
        phrase("watch.came_once")
        if name is None
        else phrase("anchor.waits", name=Fact(record, name))
    )


def state_of(watch: Watch) -> str:
    """Return a watch's state as people read it."""
    match watch.state:
        case WatchState.SCHEDULED:
            return "waiting"
        case WatchState.GRACE:
            return "due, nothing reported"
        case WatchState.OVERDUE:
            return f"overdue, level {watch.level}"
        case WatchState.ACKED:
            return "acknowledged, not reported"
        case WatchState.SUSPENDED:
            return "suspended by two people"
        case WatchState.ENDED:
            return "ended by two people"


def last_seen(watch: Watch, now: datetime) -> Phrase:
    """Say when the person was last verified alive: age, kind, strength."""
    alive = needs_proof(watch.kind)
    if watch.last_at is None or watch.last_report is None:
        return phrase("watch.never" if alive else "watch.no_report")
    if watch.last_strength is None:
        return phrase("watch.last_contact", age=Fact(watch.last_report, now - watch.last_at))
    return phrase(
        "watch.last" if alive else "watch.last_report",
        age=Fact(watch.last_report, now - watch.last_at),
        strength=Fact(watch.last_report, watch.last_strength.value),
    )


def _status(case: Case, here: CompartmentId) -> tuple[Phrase, ...]:
    """The latest things taken on record, newest first."""
    spoken = (case.commitments, case.offers, case.watches, case.questions, case.evidence)
    found = sorted(
        (
            i
            for code, i in case.items.items()
            if case.shows(i, here)
            and not any(code in other for other in spoken)
            and i.record not in case.party_keys
        ),
        key=lambda i: i.recorded_at,
        reverse=True,
    )
    return tuple(
        phrase(
            "digest.item",
            code=i.code,
            text=Ref(i.record, "text"),
            at=Fact(i.record, i.recorded_at),
        )
        for i in found[:5]
    )


def _to_decide(case: Case, here: CompartmentId, party: PartyId | None) -> tuple[Phrase, ...]:
    """Offers that wait for the reader's own party; nobody decides for another."""
    waiting = [
        o for o in case.offers.values() if o.obligee == party and not o.accepted and not o.refused
    ]
    return tuple(
        phrase(
            "digest.decide_offer",
            code=o.item.code,
            obligor=PartyName(o.obligor),
            text=Ref(o.item.record, "text"),
        )
        for o in sorted(waiting, key=lambda o: o.due)
        if case.shows(o.item, here)
    )
