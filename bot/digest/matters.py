"""What waits for a reader, what was last put on record, and what comes next: lists of a digest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Final

from bot.digest.lines import Line
from bot.digest.watching import due_of
from bot.domain.case import Case, Compartment, Offer, ReleaseRequest, Watch
from bot.domain.ids import CompartmentId
from bot.domain.items import Item
from bot.domain.vocabulary import CommitmentState
from bot.domain.when_schedule import NEVER
from bot.words.phrase import Fact, PartyName, Phrase, Ref, phrase

NEWEST: Final = 5
"""So many words on record and so many contacts ahead are told."""


def decisions(case: Case, reader: Compartment, now: datetime) -> list[Line]:
    """Return what waits for the reader's own party; nobody decides for another."""
    here, party = reader.id, reader.party
    offers = [
        o
        for o in case.offers.values()
        if o.obligee == party and o.state is CommitmentState.CONFIRMED and not o.refused
    ]
    found = [
        Line(o.item.label, partial(_offer, o))
        for o in sorted(offers, key=lambda o: (o.due, o.item.code))
        if case.shows(o.item, here)
    ]
    asked = [r for r in case.requests.values() if _waits(case, r, reader, now)]
    found += [
        Line(r.label, partial(_request, r)) for r in sorted(asked, key=lambda r: (r.until, r.code))
    ]
    return found


def _offer(found: Offer) -> Phrase:
    return phrase(
        "digest.decide_offer",
        code=found.item.code,
        obligor=PartyName(found.obligor),
        text=Ref(found.item.record, "text"),
    )


def _request(found: ReleaseRequest) -> Phrase:
    return phrase(
        "digest.decide_release",
        code=found.code,
        text=Ref(found.record, "text"),
        until=Fact(found.record, found.until),
    )


def _waits(case: Case, asked: ReleaseRequest, reader: Compartment, now: datetime) -> bool:
    """Tell whether a request waits for the reader's party.

    One that another owner refused waits as before: a refusal is seen by nobody else.
    """
    party = reader.party
    if party is None or party not in asked.owners or party in asked.consents:
        return False
    over = asked.released_as is not None or asked.closed or asked.until <= now
    own_refusal = asked.refused and asked.owners == {party}
    return not over and not own_refusal and asked.label.admits(reader.id) and case.stands(asked)


def status(case: Case, here: CompartmentId) -> list[Line]:
    """Return the words taken on record, newest first."""
    spoken = (
        case.commitments,
        case.offers,
        case.watches,
        case.questions,
        case.evidence,
        case.assessments,
    )
    taken = set().union(*spoken)
    found = [
        item
        for code, item in case.items.items()
        if code not in taken and case.shows(item, here) and item.record not in case.party_keys
    ]
    found.sort(key=_newest, reverse=True)
    return [Line(item.label, partial(_word, item)) for item in found]


def _newest(item: Item) -> tuple[datetime, str]:
    return item.recorded_at, item.code


def _word(item: Item) -> Phrase:
    return phrase(
        "digest.item",
        code=item.code,
        text=Ref(item.record, "text"),
        at=Fact(item.record, item.recorded_at),
    )


def contacts(watched: Iterable[Watch], now: datetime) -> list[Line]:
    """Return the checks that come next, the soonest first."""
    ahead = [w for w in watched if now < w.occurrence < NEVER]
    ahead.sort(key=lambda w: (w.occurrence, w.item.code))
    return [Line(w.item.label, partial(_contact, w)) for w in ahead[:NEWEST]]


def _contact(watch: Watch) -> Phrase:
    return phrase(
        "digest.contact",
        due=due_of(watch),
        kind=watch.kind.value,
        person=Ref(watch.item.record, "person"),
        code=watch.item.code,
    )
