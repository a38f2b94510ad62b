"""The fold of dealings with parties: what a record says of them, beside what it changes.

A pure derivation from the records, made while the case is folded so that nobody reads all of them
for a report. Same rules as `fold`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot.domain import bodies as b
from bot.domain.case import Case
from bot.domain.dealing import KEPT, Dealing, DealingKind
from bot.domain.growing import put
from bot.domain.ids import Code, PartyId, SeatId
from bot.domain.records import Record
from bot.domain.vocabulary import WatchKind
from bot.domain.when_schedule import NEVER

_TELLING = (
    b.ReleaseAsked,
    b.ItemReleased,
    b.ConsentGiven,
    b.ConsentRefused,
    b.OfferAccepted,
    b.OfferRefused,
    b.ReleaseDone,
    b.CommitmentProposed,
    b.WatchAcked,
    b.WatchRaised,
    b.WatchesRaised,
)


def with_dealings(case: Case, record: Record) -> Case:
    """Return the case, as it was before a record, with what the record says of dealings."""
    if not isinstance(record.body, _TELLING):
        return case
    table = case.dealings
    for party, one in _dealt(case, record):
        table = put(table, party, (*table.get(party, ())[1 - KEPT :], one))
    return case if table is case.dealings else replace(case, dealings=table)


def _dealt(case: Case, record: Record) -> Iterator[tuple[PartyId, Dealing]]:
    body = record.body
    match body:
        case b.ReleaseAsked():
            for party in sorted(body.owners):
                yield party, _made(record, DealingKind.NOTICE, body.code, body.until - record.at)
        case b.ItemReleased() if body.obligee is not None and body.due is not None:
            ahead = body.due - record.at if body.due < NEVER else None
            yield body.obligee, _made(record, DealingKind.NOTICE, body.code, ahead)
        case b.ConsentGiven() | b.ConsentRefused():
            yield body.party, _answer(case, record, body.party, body.code)
        case b.OfferAccepted() | b.OfferRefused():
            party = case.offers[body.offer].obligee
            yield party, _answer(case, record, party, body.offer)
        case b.ReleaseDone():
            for party in sorted(case.requests[body.request].owners):
                yield party, _made(record, DealingKind.RELEASE, body.request)
        case b.CommitmentProposed() if body.code in case.commitments:
            more = body.due - case.commitments[body.code].due
            if more > timedelta():
                yield body.obligor, _made(record, DealingKind.EXTENSION, body.code, more)
        case b.WatchAcked():
            found = _party_of(case, body.by)
            if found is not None:
                more = body.until - record.at
                yield found, _made(record, DealingKind.EXTENSION, body.code, more)
        case b.WatchRaised() | b.WatchesRaised() if body.level == 1:
            for one in body.each():
                watch = case.watches[one.code]
                if watch.kind is WatchKind.CONTACT_GAP and watch.party is not None:
                    yield watch.party, _made(record, DealingKind.GAP, one.code)
        case _:
            pass


def _made(
    record: Record, kind: DealingKind, code: Code, length: timedelta | None = None
) -> Dealing:
    return Dealing(kind, record.id, record.at, record.compartment, record.label, code, length)


def _answer(case: Case, record: Record, party: PartyId, code: Code) -> Dealing:
    asked = [
        one.at
        for one in case.dealings.get(party, ())
        if one.kind is DealingKind.NOTICE and one.code == code
    ]
    length = record.at - asked[-1] if asked else None
    return _made(record, DealingKind.ANSWER, code, length)


def _party_of(case: Case, seat: SeatId) -> PartyId | None:
    found = case.seats.get(seat) or case.removed.get(seat)
    return found.party if found else None
